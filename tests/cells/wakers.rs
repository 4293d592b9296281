//! Wakers are user code: what they may do, and that one that panics keeps nobody from being told.

use std::{cell::RefCell, rc::Rc};

use compio_sync::generic::OnceCell;

use crate::common::{Event, Form, Gate, Next, Spy, Task, kept, panic_of};

forms!(
    wake_looks_sets_and_waits_again,
    wake_of_the_next_gives_up_its_turn,
    wake_drops_others_that_wait,
    clone_sets_between_the_failed_try_and_the_registration,
    clone_ends_the_initialiser_before_the_registration,
    wakes_panic_when_it_is_set_then_all_are_told,
    wakes_panic_when_it_is_made_then_all_are_told,
    wake_of_the_next_panics_when_one_gives_up_then_it_is_its_turn,
    clone_panics_then_it_is_not_in_line,
    drop_panics_when_cancelled_then_it_has_left,
);

fn wake_looks_sets_and_waits_again<D: Form>() {
    let cell = kept(OnceCell::<D, u32>::new());
    let mut a = Task::waiting(cell.wait());
    let mut b = Task::waiting(cell.wait());
    a.spy().on(Event::Wake, || {
        assert_eq!(cell.get(), Some(&1));
        assert!(cell.set(2).is_err());
        assert_eq!(Task::new(cell.wait()).ready(), &1);
        assert_eq!(Task::new(cell.get_or_init(async || 3)).ready(), &1);
    });
    assert_eq!(cell.set(1), Ok(()));
    assert_eq!((a.wakes(), b.wakes()), (1, 1));
    assert_eq!((a.ready(), b.ready()), (&1, &1));
}

fn wake_of_the_next_gives_up_its_turn<D: Form>() {
    let cell = kept(OnceCell::<D, u32>::new());
    let gate = Gate::new(Next::Wait);
    let gate = kept(gate);
    let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(0).await));
    let second = Rc::new(RefCell::new(Task::waiting(cell.get_or_init(async || 1))));
    let mut third = Task::waiting(cell.get_or_init(async || 2));
    let (this, spy) = (second.clone(), second.borrow().spy().clone());
    spy.on(Event::Wake, move || this.borrow_mut().cancel());
    first.cancel();
    spy.forget_hook();
    assert_eq!((spy.wakes(), third.wakes()), (1, 1));
    assert_eq!(third.ready(), &2);
}

fn wake_drops_others_that_wait<D: Form>() {
    let cell = kept(OnceCell::<D, u32>::new());
    let mut a = Task::waiting(cell.wait());
    let b = Rc::new(RefCell::new(Task::waiting(cell.wait())));
    let mut c = Task::waiting(cell.wait());
    let other = b.clone();
    a.spy().on(Event::Wake, move || other.borrow_mut().cancel());
    assert_eq!(cell.set(1), Ok(()));
    assert_eq!((a.ready(), c.ready()), (&1, &1));
    assert_eq!(b.borrow().spy().alive(), 0);
}

fn clone_sets_between_the_failed_try_and_the_registration<D: Form>() {
    let cell = kept(OnceCell::<D, u32>::new());
    let mut wait = Task::new(cell.wait());
    wait.spy()
        .on(Event::Clone, || assert_eq!(cell.set(1), Ok(())));
    assert_eq!(wait.ready(), &1);
    assert_eq!((wait.spy().alive(), wait.wakes()), (0, 0));
}

fn clone_ends_the_initialiser_before_the_registration<D: Form>() {
    for next in [Next::Finish, Next::Fail, Next::Wait] {
        let cell = kept(OnceCell::<D, u32>::new());
        let gate = kept(Gate::new(Next::Wait));
        let first = Task::waiting(cell.get_or_try_init(async || gate.pass(1).await));
        let first = RefCell::new(first);
        let mut second = Task::new(cell.get_or_init(async || 2));
        second.spy().on(Event::Clone, move || {
            gate.set(next);
            if next == Next::Wait {
                first.borrow_mut().cancel();
            } else {
                let _ = first.borrow_mut().ready();
            }
        });
        let expected = if next == Next::Finish { 1 } else { 2 };
        assert_eq!(second.ready(), &expected);
        second.spy().forget_hook();
    }
}

fn wakes_panic_when_it_is_set_then_all_are_told<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let mut waits: Vec<_> = (0..100).map(|_| Task::waiting(cell.wait())).collect();
    for wait in waits.iter().step_by(7) {
        wait.spy().panic_on(Event::Wake);
    }
    assert!(panic_of(|| _ = cell.set(1)).is_some());
    for wait in &mut waits {
        assert_eq!(wait.wakes(), 1);
        assert_eq!(wait.ready(), &1);
    }
}

fn wakes_panic_when_it_is_made_then_all_are_told<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let gate = Gate::new(Next::Wait);
    let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(1).await));
    let mut others: Vec<_> = (0..50)
        .map(|_| Task::waiting(cell.get_or_init(async || 2)))
        .collect();
    let mut waits: Vec<_> = (0..50).map(|_| Task::waiting(cell.wait())).collect();
    // A panic among those who would make it keeps it from none of those who only wait.
    others[3].spy().panic_on(Event::Wake);
    waits[40].spy().panic_on(Event::Wake);
    gate.set(Next::Finish);
    assert!(panic_of(|| _ = first.poll()).is_some());
    assert_eq!(cell.get(), Some(&1));
    for task in &mut others {
        assert_eq!(task.wakes(), 1);
        assert_eq!(task.ready(), &1);
    }
    for wait in &mut waits {
        assert_eq!(wait.wakes(), 1);
        assert_eq!(wait.ready(), &1);
    }
}

fn wake_of_the_next_panics_when_one_gives_up_then_it_is_its_turn<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let gate = Gate::new(Next::Wait);
    let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(0).await));
    let mut second = Task::waiting(cell.get_or_init(async || 1));
    let mut third = Task::waiting(cell.get_or_init(async || 2));
    second.spy().panic_on(Event::Wake);
    assert!(panic_of(|| first.cancel()).is_some());
    third.pends();
    assert_eq!(second.ready(), &1);
    assert_eq!(third.ready(), &1);
}

fn clone_panics_then_it_is_not_in_line<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let gate = Gate::new(Next::Wait);
    let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(0).await));
    let mut second = Task::new(cell.get_or_init(async || 1));
    let mut wait = Task::new(cell.wait());
    for spy in [second.spy(), wait.spy()] {
        spy.panic_on(Event::Clone);
    }
    assert!(panic_of(|| _ = second.poll()).is_some());
    assert!(panic_of(|| _ = wait.poll()).is_some());
    assert_eq!((second.spy().alive(), wait.spy().alive()), (0, 0));
    wait.spy().forget_hook();
    wait.pends();
    first.cancel();
    // Nobody is in line to make it, and one waits for it.
    assert_eq!(cell.set(3), Ok(()));
    assert_eq!(wait.ready(), &3);
}

fn drop_panics_when_cancelled_then_it_has_left<D: Form>() {
    let cell = OnceCell::<D, u32>::new();
    let gate = Gate::new(Next::Wait);
    let mut first = Task::waiting(cell.get_or_try_init(async || gate.pass(0).await));
    let mut second = Task::waiting(cell.get_or_init(async || 1));
    let mut wait = Task::waiting(cell.wait());
    let other = Spy::new();
    for spy in [second.spy(), wait.spy()] {
        spy.panic_on(Event::Drop);
    }
    assert!(panic_of(|| second.cancel()).is_some());
    assert!(panic_of(|| _ = wait.poll_as(&other)).is_some());
    first.cancel();
    assert_eq!(cell.set(3), Ok(()));
    assert_eq!(other.wakes(), 1);
    assert!(wait.poll_as(&other).is_ready());
}
