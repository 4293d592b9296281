//! Designs for waking that the crate did not take, as semaphores beside the crate's own.
//!
//! `docs/research/wakeup-approaches.md` says what each of them has to prevent, what it loses, and
//! what came of it. They are as simple as their idea allows, and each takes part in the rows whose
//! work it does:
//!
//! | | waits by | when a waiter gives up |
//! |---|---|---|
//! | [`plain`] | a waker in a queue, of a mutex or `SegQueue` | the waker stays |
//! | [`passing_on`] | an allocation in the same queues | it stays, marked; its wake is passed on |
//! | [`atomic_waker`] | one waker in a place of its own, others in a queue | the one leaves, others stay |
//! | [`designs`](crate::designs) | a list of the futures themselves, under a lock | it is unlinked |
//! | `futex` | an operation in the runtime's ring | it is cancelled; its wake is passed on |
//! | compio-sync | a list of the futures themselves, work is published | it is unlinked |

pub mod atomic_waker;
#[cfg(target_os = "linux")]
pub mod futex;
#[cfg(target_os = "linux")]
mod futex_footprint;
pub mod line;
pub mod passing_on;
pub mod permits;
pub mod plain;
pub mod rows;

use std::process::ExitCode;

use self::rows::{contention, files, give_up, one_by_one};
use crate::{
    Bench,
    candidate::{Form, Info, Primitive, Semaphore},
    candidates::{ours, tokio},
    designs::{byte_lock, std_mutex},
    footprint::{self, Footprint},
    registry::{Case, Entry, Registry},
    rows::{cancel, floor, hand_off, once, two_threads, uncontended, wake},
    verify,
};

const HELP: &str = "\
Measures designs for waking side by side, as semaphores.

    cargo bench -p compio-sync-benches --bench approaches -- [OPTIONS]

    --quick             fewer rounds, shorter batches: less than a minute
    --rounds N          how often every row is measured for every candidate
    --rows A,B          only rows whose name contains A or B
    --candidates A,B    only candidates whose name contains A or B; floors stay
    --json PATH         where the figures of all rounds go, from the root of the workspace
                        (default: target/bench/approaches.json)
    --list              names the selected rows and candidates
    --help              this text

Charts go to target/bench/approaches-ROW.svg. Without `--bench`, which `cargo bench` gives,
candidates are checked and nothing is measured.
";

/// The whole program.
pub fn main() -> ExitCode {
    let bench = Bench {
        help: HELP,
        registry,
        rows: |options| options.rows_of(rows::all()),
        json: "approaches.json",
        charts: Some("approaches"),
    };
    bench.main()
}

/// What takes part, in the order of the document.
pub fn registry() -> Registry {
    let mut registry = Registry::default();
    floors(&mut registry);
    loses_wakes::<plain::Deque>(&mut registry);
    complete::<passing_on::Deque>(&mut registry);
    loses_wakes::<atomic_waker::Semaphore>(&mut registry);
    loses_wakes::<plain::Segments>(&mut registry);
    complete::<passing_on::Segments>(&mut registry);
    complete::<std_mutex::Semaphore>(&mut registry);
    complete::<byte_lock::Semaphore>(&mut registry);
    #[cfg(target_os = "linux")]
    in_the_ring(&mut registry);
    complete::<ours::Strict>(&mut registry);
    complete::<ours::Throughput>(&mut registry);
    complete::<tokio::Semaphore>(&mut registry);
    registry
}

/// A design that does all there is to do.
fn complete<S: Semaphore + Send + Sync>(registry: &mut Registry) {
    let mut cases = without_runtime::<S>();
    cases.extend(give_up::half_cases::<S>());
    cases.extend(on_runtimes::<S>());
    let verify = || {
        verify_plain::<S>();
        verify::wakes_reach_all_but::<S>(|index| index % 2 == 0);
    };
    add(registry, S::INFO, cases, verify, footprint::of::<S>);
}

/// A design that forgets somebody when others give up: it has no row where that would show.
fn loses_wakes<S: Semaphore + Send + Sync>(registry: &mut Registry) {
    let mut cases = without_runtime::<S>();
    cases.extend(on_runtimes::<S>());
    add(
        registry,
        S::INFO,
        cases,
        verify_plain::<S>,
        footprint::of::<S>,
    );
}

/// The design that waits on a runtime only.
#[cfg(target_os = "linux")]
fn in_the_ring(registry: &mut Registry) {
    type Futex = futex::Semaphore;

    if !futex::is_supported() {
        eprintln!("this kernel has no futex operation (Linux 6.7): left out");
        return;
    }
    add(
        registry,
        <Futex as crate::candidate::Candidate>::INFO,
        on_runtimes::<Futex>(),
        verify_on_runtimes::<Futex>,
        futex_footprint::footprint,
    );
}

fn floors(registry: &mut Registry) {
    let pair = |row| once(row, floor::atomic_pair);
    let pairs = [&uncontended::ACQUIRE, &uncontended::TRY_ACQUIRE].map(pair);
    let one = contention::ONE_RUNTIME
        .iter()
        .map(|row| once(row, floor::yields));
    let two = contention::TWO_RUNTIMES
        .iter()
        .map(|row| two_threads(row, floor::yields_on_two_runtimes));
    let mut add = |name, cases, verify: fn()| {
        let floor = floor::floor(Primitive::Semaphore, name, Form::Shared, cases, verify);
        registry.floor(floor);
    };
    add(
        "floor: compare-exchange + fetch_add",
        pairs.into(),
        floor::verify_atomic,
    );
    add(
        "floor: the yields alone",
        one.chain(two).collect(),
        floor::verify_yields,
    );
    add(
        "floor: 4 tasks that only read",
        vec![once(&files::ROW, files::without)],
        || assert_eq!(files::without(8).operations, 8, "each task reads"),
    );
}

fn add(
    registry: &mut Registry,
    info: Info,
    cases: Vec<Case>,
    verify: fn(),
    footprint: fn() -> Footprint,
) {
    registry.entries.push(Entry {
        primitive: Primitive::Semaphore,
        info,
        form: Form::Shared,
        cases,
        verify,
        footprint: Some(footprint),
    });
}

/// Rows on a thread that has no runtime.
fn without_runtime<S: Semaphore>() -> Vec<Case> {
    let mut cases = vec![
        once(&uncontended::ACQUIRE, uncontended::acquire::<S>),
        once(&uncontended::TRY_ACQUIRE, uncontended::try_acquire::<S>),
        once(&hand_off::ROW, hand_off::batch::<S>),
        once(&cancel::ROW, cancel::batch::<S>),
    ];
    cases.extend(one_by_one::cases::<S>());
    cases.extend(wake::semaphore::<S>().into_iter().filter(rows::is_listed));
    cases
}

fn on_runtimes<S: Semaphore + Send + Sync>() -> Vec<Case> {
    let mut cases = vec![
        once(&give_up::ON_RUNTIME, give_up::on_runtime::<S>),
        once(&files::ROW, files::batch::<S>),
    ];
    cases.extend(contention::cases::<S>());
    cases
}

/// What the rows take for granted that leave nobody behind.
fn verify_plain<S: Semaphore + Send + Sync>() {
    verify::takes_and_gives_back::<S>();
    verify::hands_over::<S>();
    verify::wakes_reach_all_but::<S>(|_| false);
    verify_on_runtimes::<S>();
}

fn verify_on_runtimes<S: Semaphore + Send + Sync>() {
    verify::limits_tasks::<S>();
    verify::limits_tasks_of_two_runtimes::<S>();
    assert_eq!(
        give_up::on_runtime::<S>(128).operations,
        128,
        "{}: tasks can give up",
        S::INFO.name
    );
    assert_eq!(
        files::batch::<S>(128).operations,
        128,
        "{}: files can be read meanwhile",
        S::INFO.name
    );
}
