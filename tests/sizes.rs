//! How many bytes the primitives take, in both forms: what users embed by the thousand.

#![cfg(not(loom))]

use compio_sync::{
    futures,
    generic::{
        Barrier, CancellationToken, Domain, Latch, Local, Mutex, Notify, RwLock, Semaphore, Shared,
        WaitGroup,
    },
    local,
};

fn sizes<D: Domain>() {
    let word = size_of::<usize>();
    assert_eq!(size_of::<Semaphore<D>>(), 5 * word);
    assert_eq!(size_of::<Mutex<D, usize>>(), 5 * word);
    assert_eq!(size_of::<RwLock<D, usize>>(), 7 * word);
    assert_eq!(size_of::<Notify<D>>(), 4 * word);
    assert_eq!(size_of::<Latch<D>>(), 3 * word);
    assert_eq!(size_of::<WaitGroup<D>>(), 3 * word);
    assert_eq!(size_of::<Barrier<D>>(), 4 * word);
    assert_eq!(size_of::<CancellationToken<D>>(), word);
}

#[test]
fn shared() {
    sizes::<Shared>();
    assert_eq!(
        size_of::<futures::Acquire<'static>>(),
        7 * size_of::<usize>()
    );
}

#[test]
fn local() {
    sizes::<Local>();
    assert_eq!(
        size_of::<local::futures::Acquire<'static>>(),
        7 * size_of::<usize>()
    );
}
