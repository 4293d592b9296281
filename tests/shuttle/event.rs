//! Events that are reset by hand, and those that release one at a time.

use std::sync::Arc;

use compio_sync::Event;
use shuttle::{sync::Barrier, thread};

use crate::support::{come_and_leave, explore, finish, give_up, join, pick, spawn};

/// It is set once, and whoever is released sets it for the next.
#[test]
fn auto_goes_from_hand_to_hand_while_some_leave() {
    explore(|| {
        let event = Arc::new(Event::auto_reset());
        let threads = spawn(6, &event, |event, _| {
            for _ in 0..3 {
                let released = match pick(4) {
                    0 => give_up(event.wait()).is_some(),
                    1 => event.try_wait(),
                    _ => {
                        finish(event.wait());
                        true
                    }
                };
                if released {
                    event.set();
                }
            }
        });
        event.set();
        join(threads);
        assert_eq!(event.waiters(), 0);
        assert!(event.try_wait(), "it is lost");
        assert!(!event.try_wait(), "it was set twice");
    });
}

struct All {
    event: Event,
    begun: Barrier,
}

#[test]
fn manual_releases_all_who_began_before_though_it_is_reset() {
    explore(|| {
        let all = Arc::new(All {
            event: Event::manual_reset(),
            begun: Barrier::new(6),
        });
        let mut threads = spawn(4, &all, |all, _| {
            let wait = all.event.wait();
            all.begun.wait();
            match pick(4) {
                0 => come_and_leave(wait),
                _ => finish(wait),
            }
            come_and_leave(all.event.wait());
        });
        threads.extend(spawn(1, &all, |all, _| {
            all.begun.wait();
            (0..2).for_each(|_| all.event.reset());
        }));
        all.begun.wait();
        all.event.set();
        all.event.reset();
        assert!(!all.event.is_set());
        join(threads);
        assert_eq!(all.event.waiters(), 0);
    });
}

#[test]
fn manual_stays_open_for_those_who_come() {
    explore(|| {
        let event = Arc::new(Event::new());
        let threads = spawn(6, &event, |event, _| {
            for _ in 0..3 {
                match pick(3) {
                    0 => come_and_leave(event.wait()),
                    _ => finish(event.wait()),
                }
            }
        });
        (0..pick(3)).for_each(|_| thread::yield_now());
        event.set();
        if pick(2) == 0 {
            event.reset();
            event.set();
        }
        join(threads);
        assert_eq!(event.waiters(), 0);
        assert!(event.is_set());
    });
}
