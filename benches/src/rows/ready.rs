//! What is looked at again and again, and has nothing to wait for: a cell with its value, a token.

use std::{
    hint::black_box,
    pin::pin,
    task::{Context, Poll},
};

use super::{Row, Sample};
use crate::{
    candidate::{OnceCell, Parent, Primitive, Token},
    clock::Stopwatch,
    wakers::WakeCounter,
};

pub static GET: Row = Row::best(
    Primitive::OnceCell,
    "get",
    "a cell with its value: get, and the value read",
);

pub static GET_OR_INIT: Row = Row::best(
    Primitive::OnceCell,
    "get-or-init",
    "a cell with its value: get_or_init polled once, and the value read",
);

pub static IS_CANCELLED: Row = Row::best(
    Primitive::CancellationToken,
    "is-cancelled",
    "a token that is not cancelled: is_cancelled",
);

pub static CHILD: Row = Row::best(
    Primitive::CancellationToken,
    "child",
    "a child of a token made and dropped; the token has another child",
);

// Addresses pass `black_box` once, and `black_box(())` makes every iteration look again, as in the
// uncontended pairs.

pub fn get<C: OnceCell>(iterations: u64) -> Sample {
    let cell = filled::<C>();
    let cell = black_box(&cell);
    let mut sum = 0;
    let start = Stopwatch::start();
    for _ in 0..iterations {
        sum += cell.get().expect("it has its value");
        black_box(());
    }
    let elapsed = start.elapsed();
    assert_eq!(sum, 7 * iterations, "the value was read each time");
    Sample::new(elapsed, iterations)
}

pub fn get_or_init<C: OnceCell>(iterations: u64) -> Sample {
    let cell = filled::<C>();
    let cell = black_box(&cell);
    let (_, waker) = WakeCounter::new();
    let mut cx = Context::from_waker(&waker);
    let mut sum = 0;
    let start = Stopwatch::start();
    for _ in 0..iterations {
        let Poll::Ready(value) = pin!(cell.get_or_init()).poll(&mut cx) else {
            panic!("it has its value");
        };
        sum += value;
        black_box(());
    }
    let elapsed = start.elapsed();
    assert_eq!(sum, 7 * iterations, "the value was read each time");
    Sample::new(elapsed, iterations)
}

fn filled<C: OnceCell>() -> C {
    let cell = C::new();
    let (_, waker) = WakeCounter::new();
    let made = pin!(cell.get_or_init()).poll(&mut Context::from_waker(&waker));
    assert!(made.is_ready(), "the value is made at the first poll");
    cell
}

pub fn is_cancelled<T: Token>(iterations: u64) -> Sample {
    let token = T::new();
    let token = black_box(&token);
    let start = Stopwatch::start();
    for _ in 0..iterations {
        assert!(!token.is_cancelled(), "nobody cancels it");
        black_box(());
    }
    Sample::new(start.elapsed(), iterations)
}

pub fn child<T: Parent>(iterations: u64) -> Sample {
    let token = T::new();
    let token = black_box(&token);
    let other = token.child();
    let start = Stopwatch::start();
    for _ in 0..iterations {
        let child = token.child();
        black_box(&child);
        drop(child);
        black_box(());
    }
    let elapsed = start.elapsed();
    drop(other);
    Sample::new(elapsed, iterations)
}
