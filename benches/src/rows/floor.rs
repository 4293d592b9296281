//! What a step costs without a semaphore: the figures that nothing can be faster than.

use std::{
    cell::{Cell, OnceCell, RefCell},
    hint::black_box,
    sync::{
        Mutex, OnceLock, RwLock,
        atomic::{
            AtomicUsize,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
    time::Duration,
};

use super::{Case, Row, Sample, mix, once, ready, tasks, two_runtimes, two_threads, uncontended};
use crate::{
    candidate::{Fairness, Form, Info, Kind, Primitive},
    clock::Stopwatch,
    yield_now::yield_now,
};

pub struct Floor {
    pub primitive: Primitive,
    pub info: Info,
    pub form: Form,
    pub cases: Vec<Case>,
    pub verify: fn(),
}

/// All floors. Where a row has several in one form, figures are compared with the first of them.
pub fn all() -> Vec<Floor> {
    use Form::{Local, Shared};
    use Primitive::{Mutex, OnceCell, Rwlock, Semaphore};

    const ATOMICS: &str = "floor: compare-exchange + fetch_add";
    const CELL: &str = "floor: two stores to a Cell";
    const YIELDS: &str = "floor: the yields alone";
    const STD_MUTEX: &str = "floor: std::sync::Mutex";
    const STD_RWLOCK: &str = "floor: std::sync::RwLock";
    const REF_CELL: &str = "floor: std::cell::RefCell";

    let pairs: [(Primitive, [&'static Row; 2]); 3] = [
        (
            Semaphore,
            [&uncontended::ACQUIRE, &uncontended::TRY_ACQUIRE],
        ),
        (Mutex, [&uncontended::LOCK, &uncontended::TRY_LOCK]),
        (Rwlock, [&uncontended::READ, &uncontended::WRITE]),
    ];
    let tasks: [(Primitive, &'static Row, &'static Row); 3] = [
        (Semaphore, &tasks::ROW, &two_runtimes::ROW),
        (Mutex, &tasks::MUTEX, &two_runtimes::MUTEX),
        (Rwlock, &mix::TASKS, &mix::TWO_RUNTIMES),
    ];

    let mut all = Vec::new();
    for (primitive, rows) in pairs {
        let both = |batch| rows.map(|row| once(row, batch)).into();
        let of = |name, form, batch, verify| floor(primitive, name, form, both(batch), verify);
        all.push(of(ATOMICS, Shared, atomic_pair, verify_atomic));
        all.push(of(CELL, Local, cell_pair, verify_cell));
    }
    for (primitive, one, two) in tasks {
        let of = |form, cases| floor(primitive, YIELDS, form, cases, verify_yields);
        all.push(of(
            Shared,
            vec![once(one, yields), two_threads(two, yields_on_two_runtimes)],
        ));
        all.push(of(Local, vec![once(one, yields)]));
    }
    let [_, (_, [lock, try_lock]), (_, [read, write])] = pairs;
    let std = |primitive, name, form, one, two| {
        let cases = vec![one, two];
        floor(primitive, name, form, cases, verify_std)
    };
    all.extend([
        std(
            Mutex,
            STD_MUTEX,
            Shared,
            once(lock, std_mutex),
            once(try_lock, std_mutex_try),
        ),
        std(
            Mutex,
            REF_CELL,
            Local,
            once(lock, ref_cell),
            once(try_lock, ref_cell),
        ),
        std(
            Rwlock,
            STD_RWLOCK,
            Shared,
            once(read, std_read),
            once(write, std_write),
        ),
        std(
            Rwlock,
            REF_CELL,
            Local,
            once(read, ref_cell_read),
            once(write, ref_cell),
        ),
    ]);
    all.extend([
        floor(
            OnceCell,
            "floor: std::sync::OnceLock",
            Shared,
            vec![
                once(&ready::GET, std_once_lock),
                once(&ready::GET_OR_INIT, std_once_lock),
            ],
            verify_std,
        ),
        floor(
            OnceCell,
            "floor: std::cell::OnceCell",
            Local,
            vec![
                once(&ready::GET, std_once_cell),
                once(&ready::GET_OR_INIT, std_once_cell),
            ],
            verify_std,
        ),
    ]);
    all
}

pub(crate) fn floor(
    primitive: Primitive,
    name: &'static str,
    form: Form,
    cases: Vec<Case>,
    verify: fn(),
) -> Floor {
    Floor {
        primitive,
        info: Info {
            name,
            kind: Kind::Floor,
            fairness: Fairness::Barging,
        },
        form,
        cases,
        verify,
    }
}

/// A pair on a lock of the standard library. The address passes `black_box` as the others' does.
macro_rules! pair {
    ($name:ident, $lock:ty, $($take:tt)+) => {
        fn $name(iterations: u64) -> Sample {
            let lock = <$lock>::new(0);
            let lock = black_box(&lock);
            let start = Stopwatch::start();
            for _ in 0..iterations {
                let guard = lock.$($take)+;
                black_box(());
                drop(guard);
                black_box(());
            }
            Sample::new(start.elapsed(), iterations)
        }
    };
}

/// The value of a filled cell of the standard library, read.
macro_rules! get {
    ($name:ident, $cell:ty) => {
        fn $name(iterations: u64) -> Sample {
            let cell = <$cell>::from(7);
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
    };
}

get!(std_once_lock, OnceLock<u64>);
get!(std_once_cell, OnceCell<u64>);
pair!(std_mutex, Mutex<u64>, lock().expect("not poisoned"));
pair!(std_mutex_try, Mutex<u64>, try_lock().expect("not locked"));
pair!(std_read, RwLock<u64>, read().expect("not poisoned"));
pair!(std_write, RwLock<u64>, write().expect("not poisoned"));
pair!(ref_cell, RefCell<u64>, borrow_mut());
pair!(ref_cell_read, RefCell<u64>, borrow());

/// The least that several threads ask of a lock or a semaphore: look, take one, give one back.
pub(crate) fn atomic_pair(iterations: u64) -> Sample {
    let word = AtomicUsize::new(uncontended::PERMITS);
    let word = black_box(&word);
    let start = Stopwatch::start();
    for _ in 0..iterations {
        if !take_atomic(word) {
            panic!("a permit is free");
        }
        black_box(());
        word.fetch_add(1, Release);
        black_box(());
    }
    Sample::new(start.elapsed(), iterations)
}

fn take_atomic(word: &AtomicUsize) -> bool {
    let mut free = word.load(Relaxed);
    loop {
        if free == 0 {
            return false;
        }
        match word.compare_exchange_weak(free, free - 1, Acquire, Relaxed) {
            Ok(_) => return true,
            Err(now) => free = now,
        }
    }
}

fn cell_pair(iterations: u64) -> Sample {
    let word = Cell::new(uncontended::PERMITS);
    let word = black_box(&word);
    let start = Stopwatch::start();
    for _ in 0..iterations {
        if !take_cell(word) {
            panic!("a permit is free");
        }
        black_box(());
        word.set(word.get() + 1);
        black_box(());
    }
    Sample::new(start.elapsed(), iterations)
}

fn take_cell(word: &Cell<usize>) -> bool {
    match word.get() {
        0 => false,
        free => {
            word.set(free - 1);
            true
        }
    }
}

pub(crate) fn yields(iterations: u64) -> Sample {
    tasks::in_tasks(iterations, |each| async move {
        for _ in 0..each {
            yield_now().await;
        }
    })
}

pub(crate) fn yields_on_two_runtimes(span: Duration) -> Sample {
    two_runtimes::on_two_runtimes(span, |stop| async move {
        let mut done = 0;
        while !stop.load(Relaxed) {
            yield_now().await;
            done += 1;
        }
        done
    })
}

pub(crate) fn verify_atomic() {
    let word = AtomicUsize::new(1);
    assert!(
        take_atomic(&word) && !take_atomic(&word),
        "one permit can be taken once"
    );
    word.fetch_add(1, Release);
    assert!(take_atomic(&word), "a permit that came back can be taken");
}

fn verify_cell() {
    let word = Cell::new(1);
    assert!(
        take_cell(&word) && !take_cell(&word),
        "one permit can be taken once"
    );
}

pub(crate) fn verify_yields() {
    assert_eq!(yields(64).operations, 64, "each task yields once");
}

fn verify_std() {
    for batch in [
        std_mutex,
        std_mutex_try,
        std_read,
        std_write,
        ref_cell,
        ref_cell_read,
        std_once_lock,
        std_once_cell,
    ] {
        assert_eq!(batch(3).operations, 3, "each comes to its end");
    }
}
