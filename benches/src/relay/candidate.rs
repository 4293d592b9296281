//! What is compared: the crate with each of its doorbells, tokio's primitives, and no primitive.

use std::{
    future::{Future, poll_fn},
    sync::Mutex,
    task::{Poll, Waker},
};

use compio_sync::relay::{self, Doorbell};
use serde::{Serialize, Serializer};

use super::{round_trip, threads};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// With no doorbell forced, or with this one.
    Ours(Option<Doorbell>),
    Tokio,
    /// Wakers of the tasks, kept in a vector: what waking costs without any primitive.
    Direct,
}

impl Candidate {
    pub const ALL: [Self; 6] = [
        Self::Ours(None),
        Self::Ours(Some(Doorbell::Eventfd)),
        Self::Ours(Some(Doorbell::Futex)),
        Self::Ours(Some(Doorbell::Waker)),
        Self::Tokio,
        Self::Direct,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ours(None) => "compio-sync",
            Self::Ours(Some(Doorbell::Eventfd)) => "compio-sync, Eventfd",
            Self::Ours(Some(Doorbell::Futex)) => "compio-sync, Futex",
            Self::Ours(Some(Doorbell::Waker)) => "compio-sync, Waker",
            Self::Ours(Some(_)) => "compio-sync, another",
            Self::Tokio => "tokio",
            Self::Direct => "direct wakes",
        }
    }

    pub fn is_ours(self) -> bool {
        matches!(self, Self::Ours(_))
    }

    /// Has runtimes use its doorbell from here on.
    pub fn force(self) {
        let Self::Ours(doorbell) = self else {
            return;
        };
        relay::force(doorbell);
    }
}

impl Serialize for Candidate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The one in use when none is forced.
pub fn doorbell_of_choice() -> Option<String> {
    let doorbell = doorbell_of(Candidate::Ours(None))?;
    Some(format!("{doorbell:?}"))
}

fn doorbell_of(candidate: Candidate) -> Option<Doorbell> {
    round_trip::between::<compio_sync::Notify>(candidate, threads::cpus(), 64, false).doorbell
}

/// Those that are what they say: a doorbell that is not to be had here is not measured under its
/// name.
pub fn usable(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.retain(|&candidate| {
        let Candidate::Ours(Some(wanted)) = candidate else {
            return true;
        };
        let used = doorbell_of(candidate);
        if used != Some(wanted) {
            eprintln!("left out: {} (here it is {used:?})", candidate.name());
        }
        used == Some(wanted)
    });
    candidates
}

/// What many wait at.
pub trait Gate: Send + Sync + 'static {
    fn closed() -> Self;
    fn pass(&self) -> impl Future<Output = ()>;
    /// Wakes `n`, who are all that wait.
    fn open(&self, n: usize);
}

impl Gate for compio_sync::Semaphore {
    fn closed() -> Self {
        Self::new(0)
    }

    async fn pass(&self) {
        self.acquire().await.forget();
    }

    fn open(&self, n: usize) {
        self.add_permits(n);
    }
}

impl Gate for tokio::sync::Semaphore {
    fn closed() -> Self {
        Self::new(0)
    }

    async fn pass(&self) {
        self.acquire().await.expect("never closed").forget();
    }

    fn open(&self, n: usize) {
        self.add_permits(n);
    }
}

#[derive(Default)]
pub struct Wakers(Mutex<Vec<Waker>>);

impl Gate for Wakers {
    fn closed() -> Self {
        Self::default()
    }

    async fn pass(&self) {
        let mut is_in = false;
        poll_fn(|cx| {
            if is_in {
                return Poll::Ready(());
            }
            is_in = true;
            self.0.lock().expect("no panic").push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    fn open(&self, n: usize) {
        let wakers = std::mem::take(&mut *self.0.lock().expect("no panic"));
        assert_eq!(wakers.len(), n);
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// What one waits for.
pub trait Signal: Send + Sync + 'static {
    fn unset() -> Self;
    fn notified(&self) -> impl Future<Output = ()>;
    fn notify(&self);
}

impl Signal for compio_sync::Notify {
    fn unset() -> Self {
        Self::new()
    }

    fn notified(&self) -> impl Future<Output = ()> {
        self.notified()
    }

    fn notify(&self) {
        self.notify_one();
    }
}

impl Signal for tokio::sync::Notify {
    fn unset() -> Self {
        Self::new()
    }

    fn notified(&self) -> impl Future<Output = ()> {
        self.notified()
    }

    fn notify(&self) {
        self.notify_one();
    }
}
