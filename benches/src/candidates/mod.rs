//! The published crates that are measured, a file for each crate.
//!
//! To add a candidate: implement its trait of [`candidate`](crate::candidate) on a newtype in a
//! file of its own, and name it in [`register`] (a crate) or in
//! [`designs::register`](crate::designs) (another design of ours). Rows, checks, tables and charts
//! follow.

#[macro_use]
mod forward;

mod async_lock;
mod asyncband;
mod compio;
mod futures_intrusive;
mod local_sync;
pub mod ours;
mod synchrony;
pub mod tokio;

use crate::{candidate::Form, registry::Registry};

pub fn register(registry: &mut Registry) {
    registry.shared::<ours::Strict>();
    registry.shared::<ours::Throughput>();
    registry.shared::<tokio::Semaphore>();
    registry.shared::<async_lock::Semaphore>();
    registry.shared::<asyncband::Semaphore>();
    registry.shared::<futures_intrusive::Fair>();
    registry.shared::<futures_intrusive::Unfair>();

    registry.local::<ours::LocalStrict>();
    registry.local::<ours::LocalThroughput>();
    registry.local::<futures_intrusive::LocalFair>();
    registry.local::<futures_intrusive::LocalUnfair>();
    registry.local::<local_sync::Semaphore>();

    mutexes(registry);
    rwlocks(registry);
    notifies(registry);
    once_cells(registry);
    tokens(registry);
}

fn mutexes(registry: &mut Registry) {
    registry.shared_mutex::<ours::StrictMutex>();
    registry.shared_mutex::<ours::ThroughputMutex>();
    registry.shared_mutex::<tokio::Mutex>();
    registry.shared_mutex::<async_lock::Mutex>();
    registry.shared_mutex::<asyncband::Mutex>();
    registry.shared_mutex::<futures_intrusive::FairMutex>();
    registry.shared_mutex::<futures_intrusive::UnfairMutex>();
    registry.shared_mutex::<synchrony::Mutex>();

    registry.local_mutex::<ours::LocalStrictMutex>();
    registry.local_mutex::<ours::LocalThroughputMutex>();
    registry.local_mutex::<futures_intrusive::LocalFairMutex>();
    registry.local_mutex::<futures_intrusive::LocalUnfairMutex>();
    registry.local_mutex::<synchrony::LocalMutex>();
}

fn rwlocks(registry: &mut Registry) {
    registry.shared_rwlock::<ours::StrictRwLock>();
    registry.shared_rwlock::<ours::ThroughputRwLock>();
    registry.shared_rwlock::<tokio::RwLock>();
    registry.shared_rwlock::<async_lock::RwLock>();
    registry.shared_rwlock::<asyncband::RwLock>();

    // No crate has one for a single thread.
    registry.local_rwlock::<ours::LocalStrictRwLock>();
    registry.local_rwlock::<ours::LocalThroughputRwLock>();
}

fn notifies(registry: &mut Registry) {
    registry.notify::<ours::Notify>(Form::Shared);
    registry.notify_one::<ours::AutoReset>(Form::Shared);
    registry.notify_all::<ours::ManualReset>(Form::Shared);
    registry.notify::<tokio::Notify>(Form::Shared);
    registry.notify_one::<asyncband::AutoReset>(Form::Shared);
    registry.notify_all::<asyncband::ManualReset>(Form::Shared);
    registry.notify_all::<futures_intrusive::Event>(Form::Shared);
    registry.notify::<synchrony::Event>(Form::Shared);

    registry.notify::<ours::LocalNotify>(Form::Local);
    registry.notify_one::<ours::LocalAutoReset>(Form::Local);
    registry.notify_all::<ours::LocalManualReset>(Form::Local);
    registry.notify_all::<futures_intrusive::LocalEvent>(Form::Local);
    registry.notify::<synchrony::LocalEvent>(Form::Local);
}

fn once_cells(registry: &mut Registry) {
    registry.once_cell::<ours::OnceCell>(Form::Shared);
    registry.once_cell::<tokio::OnceCell>(Form::Shared);
    registry.once_cell::<async_lock::OnceCell>(Form::Shared);
    registry.once_cell::<asyncband::OnceCell>(Form::Shared);

    registry.once_cell::<ours::LocalOnceCell>(Form::Local);
    registry.once_cell::<local_sync::OnceCell>(Form::Local);
}

fn tokens(registry: &mut Registry) {
    registry.parent::<ours::Token>(Form::Shared);
    registry.parent::<tokio::Token>(Form::Shared);

    registry.parent::<ours::LocalToken>(Form::Local);
    registry.token::<compio::Token>(Form::Local);
}
