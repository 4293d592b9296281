//! A buffer with room for two: who is notified alone is notified of something.

use std::sync::Arc;

use compio_sync::{Condvar, Mutex};

use crate::support::{come_and_leave, explore, finish, give_up, join, pick, spawn};

const ROOM: usize = 2;
const EACH: usize = 3;

struct Buffer {
    items: Mutex<Vec<usize>>,
    more: Condvar,
    less: Condvar,
    taken: Mutex<Vec<usize>>,
}

impl Buffer {
    fn put(&self, item: usize) {
        let items = finish(self.items.lock());
        let mut items = finish(self.less.wait_while(items, |items| items.len() == ROOM));
        items.push(item);
        if pick(2) == 0 {
            drop(items);
        }
        self.more.notify_one();
    }

    fn take(&self) {
        let items = finish(self.items.lock());
        let mut items = finish(self.more.wait_while(items, |items| items.is_empty()));
        let item = items.pop().expect("there is one");
        drop(items);
        self.less.notify_one();
        finish(self.taken.lock()).push(item);
    }

    /// Waits for a while, and leaves with nothing. Who was notified and has come that far has used
    /// the notification up, so it goes on to the next.
    fn look(&self) {
        let Some(items) = give_up(self.items.lock()) else {
            return;
        };
        let condvar = [&self.more, &self.less][pick(2)];
        if give_up(condvar.wait(items)).is_some() {
            condvar.notify_one();
        }
    }
}

#[test]
fn buffer_that_some_look_at_and_leave() {
    explore(|| {
        let buffer = Arc::new(Buffer {
            items: Mutex::new(Vec::new()),
            more: Condvar::new(),
            less: Condvar::new(),
            taken: Mutex::new(Vec::new()),
        });
        let mut threads = spawn(3, &buffer, |buffer, number| {
            (0..EACH).for_each(|item| buffer.put(number * EACH + item));
        });
        threads.extend(spawn(3, &buffer, |buffer, _| {
            (0..EACH).for_each(|_| buffer.take());
        }));
        threads.extend(spawn(2, &buffer, |buffer, _| {
            (0..8).for_each(|_| buffer.look());
        }));
        join(threads);
        assert_eq!(buffer.more.waiters() + buffer.less.waiters(), 0);
        assert!(finish(buffer.items.lock()).is_empty());
        let mut taken = finish(buffer.taken.lock()).clone();
        taken.sort_unstable();
        assert!(taken.into_iter().eq(0..3 * EACH), "each once");
    });
}

#[test]
fn all_are_notified_of_what_each_waits_for() {
    explore(|| {
        let shared = Arc::new((Mutex::new(0), Condvar::new()));
        let mut threads = spawn(5, &shared, |shared, number| {
            let (turn, changed) = &**shared;
            let guard = finish(turn.lock());
            let mut turn = finish(changed.wait_while(guard, |turn| *turn != number));
            *turn += 1;
            changed.notify_all();
        });
        threads.extend(spawn(2, &shared, |shared, _| {
            let (turn, changed) = &**shared;
            if let Some(guard) = give_up(turn.lock()) {
                come_and_leave(changed.wait(guard));
            }
        }));
        join(threads);
        assert_eq!(*finish(shared.0.lock()), 5);
        assert_eq!(shared.1.waiters(), 0);
    });
}
