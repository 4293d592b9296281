//! Random operations against a model that is too simple to be wrong: who is at it, and a line.

use std::{collections::VecDeque, pin::Pin, task::Poll};

use compio_sync::generic::{OnceCell, OnceCellWait, SetError};

use crate::common::{Driver, Form, Gate, Next, Seed, Spy, Task, kept, panic_of, seeds};

forms!(agrees_with_the_model_after_every_step);

type Making = Pin<Box<dyn Future<Output = Result<&'static usize, &'static str>>>>;

struct Maker {
    id: usize,
    gate: &'static Gate,
    task: Task<Making>,
    /// What it was polled with last, with the wakes that this should have seen.
    waker: Option<(Spy, usize)>,
    polls: usize,
}

struct Model<D: Form> {
    cell: &'static OnceCell<D, usize>,
    makers: Vec<Maker>,
    /// Whose turn it is, and who comes next.
    turn: Option<usize>,
    line: VecDeque<usize>,
    value: Option<usize>,
    watchers: Driver<OnceCellWait<'static, D, usize>>,
    next: usize,
}

fn agrees_with_the_model_after_every_step<D: Form>() {
    for seed in seeds(600) {
        let named = Seed(seed);
        let mut model = Model::<D> {
            cell: kept(OnceCell::new()),
            makers: Vec::new(),
            turn: None,
            line: VecDeque::new(),
            value: None,
            watchers: Driver::new(seed),
            next: 0,
        };
        for _ in 0..80 {
            model.step();
            model.check();
        }
        while let Some(maker) = model.makers.pop() {
            model.leave(maker);
            model.check();
        }
        drop(named);
    }
}

impl<D: Form> Model<D> {
    fn step(&mut self) {
        match self.watchers.rng.u32(0..100) {
            0..15 => self.arrive(),
            15..45 => self.poll_any(),
            45..60 => self.steer(),
            60..75 => self.cancel_any(),
            75..78 => self.set(),
            78..86 => self.watchers.arrive(self.cell.wait(), false),
            86..96 => {
                let value = self.value;
                if let Some((_, seen)) = self.watchers.poll_any(|_| value.is_some()) {
                    assert_eq!(Some(*seen), value);
                }
            }
            _ => drop(self.watchers.cancel_any()),
        }
    }

    fn arrive(&mut self) {
        let (id, cell) = (self.next, self.cell);
        self.next += 1;
        let gate: &'static Gate = kept(Gate::new(Next::Wait));
        let making = cell.get_or_try_init(async move || gate.pass(id).await);
        self.watchers.note(format!("maker #{id}"));
        self.makers.push(Maker {
            id,
            gate,
            task: Task::new(Box::pin(making)),
            waker: None,
            polls: 0,
        });
    }

    fn any(&mut self) -> Option<usize> {
        let most = self.makers.len();
        (most > 0).then(|| self.watchers.rng.usize(0..most))
    }

    fn steer(&mut self) {
        if let Some(at) = self.any() {
            let next = [Next::Wait, Next::Finish, Next::Fail, Next::Panic];
            let next = next[self.watchers.rng.usize(0..next.len())];
            let id = self.makers[at].id;
            self.watchers.note(format!("#{id} will {next:?}"));
            self.makers[at].gate.set(next);
        }
    }

    fn poll_any(&mut self) {
        let Some(at) = self.any() else { return };
        let mut maker = self.makers.swap_remove(at);
        let moved = self.watchers.rng.u32(0..4) == 0;
        let (spy, wakes) = match maker.waker.take() {
            Some(kept) if !moved => kept,
            _ => (Spy::new(), 0),
        };
        let new = !self.line.contains(&maker.id) && self.turn != Some(maker.id);
        if new && self.value.is_none() && self.turn.is_none() {
            self.turn = Some(maker.id);
        }
        let mine = self.turn == Some(maker.id);
        let mut poll = Poll::Pending;
        let panic = panic_of(|| poll = maker.task.poll_as(&spy).map(|made| made.copied()));
        self.watchers
            .note(format!("poll maker #{}: {poll:?} {panic:?}", maker.id));
        maker.waker = Some((spy, wakes));
        maker.polls += usize::from(mine);
        let expected = match (self.value, mine, maker.gate.next()) {
            (Some(value), ..) => Poll::Ready(Ok(value)),
            (None, true, Next::Finish) => {
                self.value = Some(maker.id);
                Poll::Ready(Ok(maker.id))
            }
            (None, true, Next::Fail) => Poll::Ready(Err("it failed")),
            (None, true, Next::Panic | Next::Wait) | (None, false, _) => Poll::Pending,
        };
        assert_eq!(poll, expected, "{:?}", self.watchers.log());
        let panics = mine && maker.gate.next() == Next::Panic;
        assert_eq!(panic.is_some(), panics, "{:?}", self.watchers.log());
        if poll.is_ready() || panics {
            self.leave(maker);
            return;
        }
        if new && !mine {
            self.line.push_back(maker.id);
        }
        self.makers.push(maker);
    }

    fn cancel_any(&mut self) {
        if let Some(at) = self.any() {
            let maker = self.makers.swap_remove(at);
            self.watchers.note(format!("drop maker #{}", maker.id));
            self.leave(maker);
        }
    }

    /// It is done, one way or another.
    fn leave(&mut self, mut maker: Maker) {
        maker.task.cancel();
        assert_eq!((maker.gate.polls(), maker.gate.running()), (maker.polls, 0));
        if let Some((spy, wakes)) = &maker.waker {
            assert_eq!((spy.wakes(), spy.alive()), (*wakes, 0));
        }
        self.line.retain(|id| *id != maker.id);
        let mine = self.turn == Some(maker.id);
        if mine && self.value.is_none() {
            self.turn = self.line.pop_front();
            self.wake(self.turn);
        } else if mine {
            self.made();
        }
    }

    fn made(&mut self) {
        self.turn = None;
        while let Some(id) = self.line.pop_front() {
            self.wake(Some(id));
        }
        self.watchers.release_line();
    }

    fn wake(&mut self, id: Option<usize>) {
        let maker = self.makers.iter_mut().find(|maker| Some(maker.id) == id);
        if let Some((_, wakes)) = maker.and_then(|maker| maker.waker.as_mut()) {
            *wakes += 1;
        }
    }

    fn set(&mut self) {
        self.watchers.note("set");
        let id = self.next;
        self.next += 1;
        let expected = match (self.value, self.turn) {
            (Some(_), _) => Err(SetError::AlreadyInitialized(id)),
            (None, Some(_)) => Err(SetError::Initializing(id)),
            (None, None) => Ok(()),
        };
        assert_eq!(self.cell.set(id), expected, "{:?}", self.watchers.log());
        if expected.is_ok() {
            self.value = Some(id);
            self.made();
        }
    }

    fn check(&self) {
        assert_eq!(self.cell.get().copied(), self.value);
        assert_eq!(self.cell.is_initialized(), self.value.is_some());
        self.watchers.check(self.watchers.in_line());
        for maker in &self.makers {
            if let Some((spy, wakes)) = &maker.waker {
                let alive = usize::from(self.line.contains(&maker.id));
                assert_eq!(
                    (spy.wakes(), spy.alive()),
                    (*wakes, alive),
                    "(wakes, wakers) of maker #{}, {:?}",
                    maker.id,
                    self.watchers.log()
                );
            }
        }
    }
}
