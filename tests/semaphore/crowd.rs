//! Many waiters: no recursion, and a flat cost, counted in wakes and polls.

use std::{cell::Cell, rc::Rc};

use compio_sync::{Fairness, generic::Semaphore};

use crate::common::{Event, Form, Task, assert_at_rest, fewer};

suite! {
    both:
        ten_thousand_released_in_a_chain,
        hundred_thousand_released_in_a_chain,
        ten_thousand_released_at_once,
        hundred_thousand_released_at_once,
        hundred_thousand_closed_at_once,
        hundred_thousand_dropped_from_either_end;
}

fn ten_thousand_released_in_a_chain<D: Form>(fairness: Fairness) {
    chain::<D>(fairness, 10_000);
}

fn hundred_thousand_released_in_a_chain<D: Form>(fairness: Fairness) {
    chain::<D>(fairness, fewer(100_000));
}

/// Stack that the wakers of a crowd may span: they all run at the same depth.
const SPAN: usize = 4 << 10;

/// Where on the stack wakers ran: lowest and highest.
#[derive(Clone)]
struct Depth(Rc<Cell<(usize, usize)>>);

impl Depth {
    fn of<F: Future>(tasks: &[Task<F>]) -> Self {
        let depth = Self(Rc::new(Cell::new((usize::MAX, 0))));
        for task in tasks {
            let depth = depth.clone();
            task.spy().on(Event::Wake, move || depth.look());
        }
        depth
    }

    fn look(&self) {
        let mark = 0_u8;
        let here = std::ptr::from_ref(std::hint::black_box(&mark)).addr();
        let (low, high) = self.0.get();
        self.0.set((low.min(here), high.max(here)));
    }

    fn span(&self) -> usize {
        let (low, high) = self.0.get();
        high.checked_sub(low).expect("no waker ran")
    }
}

fn chain<D: Form>(fairness: Fairness, n: usize) {
    let s = Semaphore::<D>::with_fairness(1, fairness);
    let held = s.try_acquire().unwrap();
    let mut tasks: Vec<_> = (0..n).map(|_| Task::waiting(s.acquire())).collect();
    let depth = Depth::of(&tasks);
    drop(held);
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        drop(task.ready());
    }
    assert!(depth.span() < SPAN, "{} bytes of stack", depth.span());
    for task in &tasks {
        assert_eq!((task.wakes(), task.polls(), task.spy().alive()), (1, 2, 0));
    }
    assert_at_rest(&s, 1);
}

fn ten_thousand_released_at_once<D: Form>(fairness: Fairness) {
    at_once::<D>(fairness, 10_000);
}

fn hundred_thousand_released_at_once<D: Form>(fairness: Fairness) {
    at_once::<D>(fairness, fewer(100_000));
}

fn at_once<D: Form>(fairness: Fairness, n: usize) {
    let s = Semaphore::<D>::with_fairness(n, fairness);
    let held = s.try_acquire_many(n).unwrap();
    let mut tasks: Vec<_> = (0..n).map(|_| Task::waiting(s.acquire())).collect();
    let depth = Depth::of(&tasks);
    drop(held);
    assert!(depth.span() < SPAN, "{} bytes of stack", depth.span());
    let permits: Vec<_> = tasks
        .iter_mut()
        .map(|task| {
            assert_eq!(task.wakes(), 1);
            task.ready()
        })
        .collect();
    assert_eq!(s.in_use(), n);
    drop(permits);
    assert!(tasks.iter().all(|task| task.wakes() == 1));
    assert_at_rest(&s, n);
}

fn hundred_thousand_closed_at_once<D: Form>(fairness: Fairness) {
    let s = Semaphore::<D>::with_fairness(0, fairness);
    let mut tasks: Vec<_> = (0..fewer(100_000))
        .map(|_| Task::waiting(s.acquire_or_closed()))
        .collect();
    let depth = Depth::of(&tasks);
    s.close();
    assert!(depth.span() < SPAN, "{} bytes of stack", depth.span());
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        assert!(task.ready().is_err());
    }
    assert_at_rest(&s, 0);
}

fn hundred_thousand_dropped_from_either_end<D: Form>(fairness: Fairness) {
    for newest_first in [false, true] {
        let s = Semaphore::<D>::with_fairness(1, fairness);
        let held = s.try_acquire().unwrap();
        let mut tasks: Vec<_> = (0..fewer(100_000))
            .map(|_| Task::waiting(s.acquire()))
            .collect();
        if newest_first {
            tasks.reverse();
        }
        let (last, others) = tasks.split_last_mut().unwrap();
        for task in others {
            task.cancel();
        }
        assert_eq!(s.waiters(), 1);
        drop(held);
        drop(last.ready());
        assert_at_rest(&s, 1);
    }
}
