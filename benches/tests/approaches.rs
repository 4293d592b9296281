//! What the designs for waking lose when somebody gives up, and that the others lose nothing.

use std::{future::Future, mem, task::Context, time::Duration};

use compio_sync_benches::{
    approaches::{self, atomic_waker, passing_on, plain, rows},
    candidate::Semaphore,
    candidates::{ours, tokio},
    designs::{byte_lock, std_mutex},
    pinned::Pinned,
    rows::Run,
    wakers::WakeCounter,
};

/// When a waiter gives up.
#[derive(Clone, Copy, Debug, PartialEq)]
enum GivesUp {
    Waiting,
    /// It was woken and not polled since.
    Woken,
}

use GivesUp::{Waiting, Woken};

/// `waiters` stand in line, `gone` gives up, and then there is a permit for each of the others.
/// Tells how many sleep on beside free permits.
fn forgotten<S: Semaphore>(waiters: usize, gone: usize, when: GivesUp) -> usize {
    let semaphore = S::new(0);
    let wakers: Vec<_> = (0..waiters).map(|_| WakeCounter::new()).collect();
    let mut waiting = Pinned::new((0..waiters).map(|_| Some(semaphore.acquire())));
    let futures = waiting.iter_mut().filter_map(Option::as_pin_mut);
    for (future, (_, waker)) in futures.zip(&wakers) {
        assert!(future.poll(&mut Context::from_waker(waker)).is_pending());
    }

    if when == Woken {
        semaphore.add_permits(1);
        assert_eq!(wakers[gone].0.wakes(), 1, "it was its turn");
    }
    let mut given_up = waiting.iter_mut().nth(gone).expect("one of them");
    given_up.set(None);
    let more = waiters - 1 - usize::from(when == Woken);
    (0..more).for_each(|_| semaphore.add_permits(1));

    // As a runtime does it: only who is woken is polled.
    let mut seen = vec![0; waiters];
    let mut polled = true;
    while polled {
        polled = false;
        for ((mut future, (counter, waker)), seen) in waiting.iter_mut().zip(&wakers).zip(&mut seen)
        {
            let wakes = counter.wakes();
            let woken = mem::replace(seen, wakes) != wakes;
            if let Some(pending) = future.as_mut().as_pin_mut().filter(|_| woken) {
                polled = true;
                if let std::task::Poll::Ready(output) =
                    pending.poll(&mut Context::from_waker(waker))
                {
                    mem::forget(S::permit(output));
                    future.set(None);
                }
            }
        }
    }

    let asleep = waiting.iter_mut().filter(|it| it.is_some()).count();
    let mut free = 0;
    while let Some(permit) = semaphore.try_acquire() {
        mem::forget(permit);
        free += 1;
    }
    assert_eq!(free, asleep, "{}: no permit is lost", S::INFO.name);
    asleep
}

#[test]
fn plain_queue_spends_a_wake_on_who_has_given_up_and_the_next_sleeps_on() {
    for when in [Waiting, Woken] {
        assert_eq!(forgotten::<plain::Deque>(2, 0, when), 1, "{when:?}");
        assert_eq!(forgotten::<plain::Segments>(2, 0, when), 1, "{when:?}");
    }
}

#[test]
fn plain_queue_forgets_one_for_each_that_gives_up() {
    assert_eq!(forgotten::<plain::Deque>(100, 50, Waiting), 1);
    assert_eq!(forgotten::<plain::Segments>(100, 50, Waiting), 1);
}

#[test]
fn atomic_waker_forgets_nobody_when_the_one_in_its_place_gives_up() {
    for when in [Waiting, Woken] {
        let forgotten = forgotten::<atomic_waker::Semaphore>(2, 0, when);
        assert_eq!(forgotten, 0, "{when:?}");
    }
}

#[test]
fn atomic_waker_forgets_somebody_when_one_in_its_queue_gives_up() {
    assert_eq!(forgotten::<atomic_waker::Semaphore>(3, 1, Waiting), 1);
}

#[test]
fn designs_that_remove_or_pass_on_forget_nobody() {
    fn check<S: Semaphore>() {
        for (waiters, gone, when) in [
            (2, 0, Waiting),
            (2, 0, Woken),
            (3, 1, Waiting),
            (100, 0, Woken),
            (100, 50, Waiting),
            (100, 99, Waiting),
        ] {
            let forgotten = forgotten::<S>(waiters, gone, when);
            assert_eq!(
                forgotten,
                0,
                "{}: {gone} of {waiters} gave up, {when:?}",
                S::INFO.name
            );
        }
    }
    check::<passing_on::Deque>();
    check::<passing_on::Segments>();
    check::<std_mutex::Semaphore>();
    check::<byte_lock::Semaphore>();
    check::<ours::Strict>();
    check::<ours::Throughput>();
    check::<tokio::Semaphore>();
}

/// Waits that end in the kernel, so that a runtime has to run: with the permit a first waiter that
/// is gone may have been woken, a second one has to get it all the same.
#[cfg(target_os = "linux")]
#[test]
fn futex_forgets_nobody() {
    use std::{cell::Cell, rc::Rc, thread};

    use approaches::futex;
    use compio::runtime::{Runtime, spawn};
    use compio_sync_benches::{candidate::Candidate, yield_now::yield_now};

    if !futex::is_supported() {
        eprintln!("not before Linux 6.7: left out");
        return;
    }
    /// Long enough on any machine.
    const TRIES: usize = 10_000;

    // Words of the runtimes that ended are not made again: see the design.
    let turns = [None, Some(0), Some(1), Some(2), Some(3)];
    for turns_before_giving_up in turns.repeat(20) {
        Runtime::new().expect("a runtime").block_on(async {
            let semaphore = Rc::new(futex::Semaphore::new(0));
            let served = Rc::new(Cell::new(0));
            let waiters: Vec<_> = (0..2)
                .map(|_| {
                    let (semaphore, served) = (semaphore.clone(), served.clone());
                    spawn(async move {
                        mem::forget(semaphore.acquire().await);
                        served.set(served.get() + 1);
                    })
                })
                .collect();
            // Both operations get to the kernel.
            for _ in 0..100 {
                yield_now().await;
            }
            let mut waiters = waiters.into_iter();
            let first = waiters.next().expect("there are two");
            match turns_before_giving_up {
                // Dropped at once with the release, before the kernel has cancelled its operation.
                None => {
                    drop(first);
                    semaphore.add_permits(1);
                }
                Some(turns) => {
                    semaphore.add_permits(1);
                    for _ in 0..turns {
                        yield_now().await;
                    }
                    drop(first);
                }
            }
            for _ in 0..TRIES {
                if served.get() > 0 {
                    return;
                }
                yield_now().await;
                thread::sleep(Duration::from_millis(1));
            }
            panic!("gave up {turns_before_giving_up:?}: nobody got the permit");
        });
    }
}

#[test]
fn every_candidate_and_floor_does_its_work() {
    for entry in &approaches::registry().entries {
        (entry.verify)();
    }
}

#[test]
fn every_case_is_of_a_row_and_gives_a_figure() {
    for entry in &approaches::registry().entries {
        assert!(!entry.cases.is_empty(), "{}", entry.info.name);
        for case in &entry.cases {
            let listed = rows::all().iter().filter(|row| row.is(case.row)).count();
            assert_eq!(listed, 1, "row {}", case.row.id);
            let sample = match case.run {
                Run::Iterations(batch) => batch(1),
                Run::Span(batch, _) => batch(Duration::from_millis(1)),
            };
            assert!(
                sample.nanoseconds() > 0.0,
                "{} in row {}",
                entry.info.name,
                case.row.id
            );
        }
    }
}

#[test]
fn only_who_serves_everybody_is_measured_for_it() {
    let registry = approaches::registry();
    let measured = |row: &str, name: &str| {
        let mut entries = registry.entries.iter();
        let entry = entries.find(|it| it.info.name == name).expect(name);
        entry.cases.iter().any(|case| case.row.id == row)
    };
    for row in rows::give_up::HALF.iter().map(|row| row.id) {
        for name in ["VecDeque", "SegQueue", "AtomicWaker + VecDeque"] {
            assert!(!measured(row, name), "{name} in {row}");
        }
        for name in [
            "VecDeque passing on",
            "list under std Mutex",
            "compio-sync strict",
        ] {
            assert!(measured(row, name), "{name} in {row}");
        }
    }
}
