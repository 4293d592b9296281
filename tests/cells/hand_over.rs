//! An initialiser that is cancelled, panics or fails hands over to the next in line.

use compio_sync::generic::OnceCell;

use crate::common::{Form, Gate, Next, Task, panic_of};

forms!(
    cancelled_then_the_next_in_line_makes_it,
    panicked_then_the_next_in_line_makes_it,
    failed_then_the_next_in_line_makes_it,
    each_gives_up_in_its_own_way_then_the_last_makes_it,
    handed_over_and_dropped_before_its_poll_then_the_next,
    handed_over_and_polled_late_then_others_wait,
    dropped_in_line_then_its_initialiser_never_runs,
    cancelled_with_nobody_in_line_then_a_newcomer_makes_it,
    dropped_before_its_first_poll_then_nothing_ran,
    the_turn_is_the_waiters_and_not_a_newcomers,
);

fn cancelled_then_the_next_in_line_makes_it<D: Form>() {
    gives_up::<D>(Next::Wait);
}

fn panicked_then_the_next_in_line_makes_it<D: Form>() {
    gives_up::<D>(Next::Panic);
}

fn failed_then_the_next_in_line_makes_it<D: Form>() {
    gives_up::<D>(Next::Fail);
}

fn gives_up<D: Form>(how: Next) {
    let cell = OnceCell::<D, usize>::new();
    let gates: [Gate; 3] = std::array::from_fn(|_| Gate::new(Next::Wait));
    let mut line: Vec<_> = gates
        .iter()
        .enumerate()
        .map(|(at, gate)| Task::waiting(cell.get_or_try_init(async move || gate.pass(at).await)))
        .collect();
    let mut wait = Task::waiting(cell.wait());
    assert_eq!(gates.each_ref().map(Gate::polls), [1, 0, 0]);
    gates[0].set(how);
    match how {
        Next::Wait => line[0].cancel(),
        Next::Panic => {
            let text = panic_of(|| _ = line[0].poll()).expect("it goes to the caller");
            assert_eq!(text, "it panicked");
        }
        Next::Fail => assert_eq!(line[0].ready(), Err("it failed")),
        Next::Finish => unreachable!(),
    }
    assert_eq!(
        (gates[0].running(), line[1].wakes(), line[2].wakes()),
        (0, 1, 0)
    );
    assert_eq!((cell.get(), wait.wakes()), (None, 0));
    gates[1].set(Next::Finish);
    assert_eq!(line[1].ready(), Ok(&1));
    assert_eq!((line[2].wakes(), wait.wakes()), (1, 1));
    assert_eq!(line[2].ready(), Ok(&1));
    assert_eq!(wait.ready(), &1);
    assert_eq!(gates.each_ref().map(Gate::running), [0; 3]);
    assert_eq!(gates[2].polls(), 0);
}

fn each_gives_up_in_its_own_way_then_the_last_makes_it<D: Form>() {
    let cell = OnceCell::<D, usize>::new();
    let gates: Vec<_> = (0..100).map(|_| Gate::new(Next::Wait)).collect();
    let mut line: Vec<_> = gates
        .iter()
        .enumerate()
        .map(|(at, gate)| Task::waiting(cell.get_or_try_init(async move || gate.pass(at).await)))
        .collect();
    for at in 0..99 {
        gates[at].set([Next::Fail, Next::Wait, Next::Panic][at % 3]);
        match gates[at].next() {
            Next::Fail => assert!(line[at].ready().is_err()),
            Next::Panic => assert!(panic_of(|| _ = line[at].poll()).is_some()),
            _ => {
                line[at].pends();
                line[at].cancel();
            }
        }
        assert_eq!((line[at + 1].wakes(), gates[at].running()), (1, 0));
        assert!(line.get(at + 2).is_none_or(|task| task.wakes() == 0));
    }
    gates[99].set(Next::Finish);
    assert_eq!(line[99].ready(), Ok(&99));
}

fn handed_over_and_dropped_before_its_poll_then_the_next<D: Form>() {
    let cell = OnceCell::<D, usize>::new();
    let gate = Gate::new(Next::Wait);
    let new = |n| Task::waiting(cell.get_or_try_init(async move || gate_of(n).pass(n).await));
    let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(0).await));
    let mut line = [1, 2, 3].map(new);
    first.cancel();
    line[0].cancel();
    line[1].cancel();
    assert_eq!((line[1].wakes(), line[2].wakes()), (1, 1));
    assert_eq!(line[2].ready(), Ok(&3));
}

fn gate_of(_: usize) -> &'static Gate {
    crate::common::kept(Gate::new(Next::Finish))
}

fn handed_over_and_polled_late_then_others_wait<D: Form>() {
    let cell = OnceCell::<D, usize>::new();
    let gate = Gate::new(Next::Wait);
    let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(0).await));
    let mut second = Task::waiting(cell.get_or_init(async || 1));
    first.cancel();
    let mut newcomer = Task::waiting(cell.get_or_init(async || 2));
    let mut wait = Task::waiting(cell.wait());
    newcomer.pends();
    wait.pends();
    assert_eq!(second.ready(), &1);
    assert_eq!((newcomer.ready(), wait.ready()), (&1, &1));
    assert_eq!((newcomer.wakes(), wait.wakes()), (1, 1));
}

fn dropped_in_line_then_its_initialiser_never_runs<D: Form>() {
    let cell = OnceCell::<D, usize>::new();
    let gate = Gate::new(Next::Wait);
    let other = Gate::new(Next::Finish);
    let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(0).await));
    let mut gone = Task::waiting(cell.get_or_try_init(async || other.pass(1).await));
    let mut third = Task::waiting(cell.get_or_init(async || 2));
    gone.cancel();
    assert_eq!(gone.spy().alive(), 0);
    first.cancel();
    assert_eq!(third.wakes(), 1);
    assert_eq!(third.ready(), &2);
    assert_eq!(other.polls(), 0);
}

fn cancelled_with_nobody_in_line_then_a_newcomer_makes_it<D: Form>() {
    let cell = OnceCell::<D, usize>::new();
    let gate = Gate::new(Next::Wait);
    for _ in 0..10 {
        let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(0).await));
        first.pends();
        first.cancel();
        assert_eq!((gate.running(), cell.is_initialized()), (0, false));
    }
    assert_eq!(Task::new(cell.get_or_init(async || 1)).ready(), &1);
}

fn dropped_before_its_first_poll_then_nothing_ran<D: Form>() {
    let cell = OnceCell::<D, usize>::new();
    let gate = Gate::new(Next::Finish);
    drop(cell.get_or_try_init(async || gate.pass(0).await));
    assert_eq!(gate.polls(), 0);
    assert_eq!(cell.set(1), Ok(()));
}

fn the_turn_is_the_waiters_and_not_a_newcomers<D: Form>() {
    let cell = OnceCell::<D, usize>::new();
    let gate = Gate::new(Next::Wait);
    let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(0).await));
    let mut second = Task::waiting(cell.get_or_init(async || 1));
    gate.set(Next::Fail);
    assert!(first.ready().is_err());
    // Neither by asking nor by setting.
    let mut newcomer = Task::waiting(cell.get_or_init(async || 2));
    assert!(cell.set(3).is_err());
    assert_eq!(second.ready(), &1);
    assert_eq!(newcomer.ready(), &1);
}
