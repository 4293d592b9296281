//! Waiting until a number of tasks have arrived, again and again.

#![allow(unsafe_code)] // One `unsafe impl`, whose promise is stated on `Signal`.

use std::{fmt, mem};

#[cfg(not(loom))]
use crate::{blocking::block_on, domain::Shared};
use crate::{
    domain::Domain,
    primitive::Ordering,
    queue::{Wait, WaitQueue},
    signal::{self, MAX_COUNT, Round, Rounds, Signal, Until},
};

/// A point at which a number of tasks wait for each other, round after round.
///
/// Use it through [`compio_sync::Barrier`](crate::Barrier), usable from any thread, or
/// [`compio_sync::local::Barrier`](crate::local::Barrier), bound to one.
///
/// The last to arrive completes the round and is its leader. The next round begins at once.
///
/// # Fairness
///
/// All of a round are released in one step.
///
/// # Cancel safety
///
/// A wait that is dropped before its round is complete withdraws its arrival: the round waits for
/// another. Afterwards the drop changes nothing.
///
/// # Memory ordering
///
/// What each of a round did before it arrived *happens before* what all of them do after it.
///
/// # When not to use it
///
/// To wait for others who do not wait in turn there are [`Latch`](crate::generic::Latch) and
/// [`WaitGroup`](crate::generic::WaitGroup).
pub struct Barrier<D: Domain> {
    /// The present round, and how many have arrived in it.
    rounds: Rounds<D>,
    parties: usize,
    queue: WaitQueue<D>,
}

/// What [`Barrier::wait`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarrierWaitResult {
    leader: bool,
}

impl BarrierWaitResult {
    /// Whether this was the last to arrive: one of each round is.
    pub fn is_leader(&self) -> bool {
        self.leader
    }
}

// SAFETY: the queue is a field.
unsafe impl<D: Domain> Signal for Barrier<D> {
    type Domain = D;

    #[inline(always)]
    fn queue(&self) -> &WaitQueue<D> {
        &self.queue
    }

    #[inline(always)]
    fn is_over(&self, since: usize) -> bool {
        self.rounds.now(Ordering::SeqCst).number() != since
    }
}

/// An arrival in a round that may not be complete.
struct Arrival<'a, D: Domain> {
    barrier: &'a Barrier<D>,
    round: usize,
}

impl<D: Domain> Drop for Arrival<'_, D> {
    fn drop(&mut self) {
        // Where the round is complete there is nothing to withdraw.
        let _ = self.barrier.rounds.update(|now| {
            if now.number() == self.round {
                now.less()
            } else {
                None
            }
        });
    }
}

impl<D: Domain> Barrier<D> {
    /// The most tasks that one can wait for.
    pub const MAX_PARTIES: usize = MAX_COUNT;

    const_fn! {
        /// Makes one for `parties` tasks. For none it is as for one: nobody waits.
        ///
        /// # Panics
        ///
        /// When `parties` is above [`MAX_PARTIES`](Self::MAX_PARTIES).
        #[track_caller]
        pub fn new(parties: usize) -> Self {
            assert!(
                parties <= Self::MAX_PARTIES,
                "a barrier is for at most `MAX_PARTIES` tasks"
            );
            Self {
                rounds: Rounds::new(),
                parties,
                queue: WaitQueue::new(),
            }
        }
    }

    /// Arrives, and waits until all have.
    ///
    /// # Cancel safety
    ///
    /// The first poll arrives. Dropping the future before the round is complete withdraws that;
    /// afterwards it changes nothing.
    pub async fn wait(&self) -> BarrierWaitResult {
        let is_last = |now: Round| now.count() + 1 >= self.parties;
        let arrive = |now: Round| {
            if is_last(now) {
                Some(now.next())
            } else {
                now.more(1)
            }
        };
        let before = self
            .rounds
            .update(arrive)
            .unwrap_or_else(|_| unreachable!("there is room for all parties"));
        let leader = is_last(before);
        if leader {
            signal::notify_all(self);
        } else {
            let arrival = Arrival {
                barrier: self,
                round: before.number(),
            };
            Wait::<Until<_>>::new(self, before.number()).await;
            mem::forget(arrival);
        }
        BarrierWaitResult { leader }
    }

    /// For how many it is.
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// How many have arrived in the present round.
    pub fn arrived(&self) -> usize {
        self.rounds.now(Ordering::Relaxed).count()
    }
}

/// Waiting on a plain thread, which is parked meanwhile.
#[cfg(not(loom))]
impl Barrier<Shared> {
    /// Arrives, and waits until all have.
    ///
    /// # Panics
    ///
    /// On a thread that is running a compio runtime: parking that thread would stop the runtime's
    /// own driver. Use [`wait`](Barrier::wait) there. (Seen with the feature `compio` only.)
    #[track_caller]
    pub fn blocking_wait(&self) -> BarrierWaitResult {
        block_on("blocking_wait", "wait().await", self.wait())
    }
}

impl<D: Domain> fmt::Debug for Barrier<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("parties", &self.parties)
            .field("arrived", &self.arrived())
            .field("queue", &self.queue)
            .finish()
    }
}
