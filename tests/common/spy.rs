//! A waker that counts what is done to it, and does what a test wants to happen just then.

use std::{
    cell::{Cell, RefCell},
    mem::ManuallyDrop,
    panic::resume_unwind,
    rc::Rc,
    task::{RawWaker, RawWakerVTable, Waker},
    thread::{self, ThreadId},
};

/// What can be done to a waker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Clone,
    Wake,
    Drop,
}

type Hook = Box<dyn FnMut()>;

struct State {
    home: ThreadId,
    wakes: Cell<usize>,
    clones: Cell<usize>,
    drops: Cell<usize>,
    /// Wakes since the task last looked.
    pending: Cell<usize>,
    hook: RefCell<Option<(Event, Hook)>>,
}

impl State {
    fn count(&self, event: Event) {
        assert_eq!(self.home, thread::current().id(), "a spy left its thread");
        let counter = match event {
            Event::Clone => &self.clones,
            Event::Wake => {
                self.pending.set(self.pending.get() + 1);
                &self.wakes
            }
            Event::Drop => &self.drops,
        };
        counter.set(counter.get() + 1);
    }

    /// Runs the hook. It is out of its place meanwhile, so what it causes does not run it again.
    fn fire(&self, event: Event) {
        let mut hook = self.hook.borrow_mut();
        if hook.as_ref().is_none_or(|(on, _)| *on != event) {
            return;
        }
        let mut taken = hook.take();
        drop(hook);
        if let Some((_, act)) = &mut taken {
            act();
        }
        let mut hook = self.hook.borrow_mut();
        if hook.is_none() {
            *hook = taken;
        }
    }
}

/// The test's end of a watching waker. Bound to its thread.
#[derive(Clone)]
pub struct Spy(Rc<State>);

impl Spy {
    pub fn new() -> Self {
        Self(Rc::new(State {
            home: thread::current().id(),
            wakes: Cell::new(0),
            clones: Cell::new(0),
            drops: Cell::new(0),
            pending: Cell::new(0),
            hook: RefCell::new(None),
        }))
    }

    /// Does `act` whenever `event` happens, but not within itself.
    pub fn on(&self, event: Event, act: impl FnMut() + 'static) {
        *self.0.hook.borrow_mut() = Some((event, Box::new(act)));
    }

    /// Panics whenever `event` happens, past the panic hook, so that nothing is printed.
    pub fn panic_on(&self, event: Event) {
        self.on(event, || resume_unwind(Box::new("the waker panicked")));
    }

    pub fn forget_hook(&self) {
        let hook = self.0.hook.borrow_mut().take();
        drop(hook);
    }

    /// A waker, which counts as one that was cloned.
    pub fn waker(&self) -> Waker {
        self.0.count(Event::Clone);
        // SAFETY: the table below keeps the contract, but for threads, which it checks: a spy that
        // is used on another thread panics before it touches anything.
        unsafe { Waker::from_raw(raw(self.0.clone())) }
    }

    pub fn wakes(&self) -> usize {
        self.0.wakes.get()
    }

    pub fn clones(&self) -> usize {
        self.0.clones.get()
    }

    /// How many wakers of this spy exist.
    pub fn alive(&self) -> usize {
        self.0.clones.get() - self.0.drops.get()
    }

    /// Whether it was woken since this was asked last.
    pub fn take_pending(&self) -> bool {
        self.0.pending.take() > 0
    }
}

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

fn raw(state: Rc<State>) -> RawWaker {
    RawWaker::new(Rc::into_raw(state).cast(), &TABLE)
}

/// # Safety
///
/// `data` comes from [`raw`], and the waker that it belongs to exists.
unsafe fn state(data: *const ()) -> ManuallyDrop<Rc<State>> {
    // SAFETY: by the contract.
    ManuallyDrop::new(unsafe { Rc::from_raw(data.cast()) })
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: by the contract of the table.
    let state = unsafe { state(data) };
    state.fire(Event::Clone);
    state.count(Event::Clone);
    raw(Rc::clone(&state))
}

unsafe fn wake(data: *const ()) {
    // SAFETY: by the contract of the table; the waker ends here.
    let state = ManuallyDrop::into_inner(unsafe { state(data) });
    state.count(Event::Wake);
    state.count(Event::Drop);
    state.fire(Event::Wake);
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: by the contract of the table.
    let state = unsafe { state(data) };
    state.count(Event::Wake);
    state.fire(Event::Wake);
}

unsafe fn drop_waker(data: *const ()) {
    // SAFETY: by the contract of the table; the waker ends here.
    let state = ManuallyDrop::into_inner(unsafe { state(data) });
    state.count(Event::Drop);
    state.fire(Event::Drop);
}
