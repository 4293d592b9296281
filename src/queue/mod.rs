//! The wait queue: every wait of every primitive goes through here.
//!
//! # Shape
//!
//! A primitive owns a [`WaitQueue`]; a pending future owns a [`Waiter`](waiter::Waiter) that is
//! linked into it. Nothing is allocated. One word is all that the two sides share:
//!
//! ```text
//!   word ─► newest ──older──► … ──older──► oldest          bits of the word
//!            │ ◄──newer── (set by holders of the lock) ──►   LOCKED   a thread is in the list
//!            └ the last to register                          MARK_*   two bits for the primitive
//! ```
//!
//! * **Registering** is one compare-exchange that puts the waiter in front of the word, also while
//!   the list is locked. It waits for nobody.
//! * **Serving** (granting, waking, closing) takes the LOCKED bit, or leaves at once when it is
//!   taken. The holder completes the `newer` links of those that came since the last time, each
//!   once, and works from the oldest.
//! * **Removing** a waiter that is dropped is one compare-exchange when it is alone. Otherwise it
//!   needs the lock and is the only operation that has to wait for it, for at most one batch of
//!   grants of another thread, none of which runs user code.
//!
//! # Who completes the links
//!
//! A holder of the lock, for those that have come since the last one. Where 10,000 wait and one
//! call releases them, that would be the one who releases, and it would fetch each waiter from the
//! CPU that has just written it. So those who wait do it for each other: now and then one that has
//! registered behind others enters the list if that is free, and then the links are there up to it.
//! It costs a lock and an unlock in 31 registrations, and the walk along 31 waiters that somebody
//! has to take anyway.
//!
//! # Published work
//!
//! A release never waits: it adds what it gives back to the primitive's own state word and *then*
//! looks here. Either it sees no waiter, or it takes the lock and serves, or the lock is busy, and
//! then the holder serves in its place, because a holder looks at the primitive's word once more
//! after it has unlocked. A registration does the same from the other end: it links first and then
//! looks whether the state word has meanwhile become good enough. So there are three pairs of
//! "write mine, then read yours", and in each at least one side sees the other:
//!
//! ```text
//!   release      publish in the state word ; read the queue word
//!   register     push on the queue word    ; read the state word
//!   holder       unlock the queue word     ; read the state word
//! ```
//!
//! All six are `SeqCst`, the writes being read-modify-writes; on x86 that costs nothing beyond
//! them. A thread that is descheduled inside the list therefore delays those who wait and those who
//! leave, never one that gives something back.
//!
//! # Invariants
//!
//! Safety comments cite these.
//!
//! * **I1, linked means alive.** A waiter that is reachable from the word is pinned, and its owner
//!   does not end its life before it has been unlinked: [`Wait`]'s destructor sees to it.
//! * **I2, the lock guards the list.** `newer` and `oldest`, and `older` of a linked waiter, are
//!   written by the holder of LOCKED only. Before the push the waiter is its owner's alone.
//! * **I3, the stage tells who has the waker.** The waker's cell is initialised in stage `Queued`,
//!   and its bits stay in place when it is moved out. The owner may read them (to compare) in
//!   stages `Queued` and `Leaving` without the lock. (In `Woken` they tell nothing: the task that
//!   they are of may be gone, and another at its address. As the owner saw one of these two, the
//!   waker still held its task, and the one that polls is alive, too.) Whoever moves the waker out
//!   or replaces it holds the lock, or has unlinked the waiter; and leaves the stage, or puts
//!   another waker, before anybody else can come.
//! * **I4, linked is `Queued` or `Woken`.** Under the lock the converse holds too.
//! * **I5, the grant is the last touch.** A waiter is unlinked and its waker taken before the store
//!   that sets `Granted` or `Closed`; after that store no reference to it is live, arguments of
//!   running calls included. Where the thread has left the list by then, the stage is `Leaving`
//!   from before it did, and an owner who finds that waits for the store before it ends the
//!   waiter's life.
//! * **I6, alone means uncached.** While unlocked, `oldest` is null or the list has at least two
//!   waiters, and where it is null no `newer` link is set. So a lone waiter can leave without the
//!   lock.
//! * **I7, one owner.** The word holds a waiter at most once, and only [`Place::enqueue`] puts it
//!   there, in stage `Idle`.
//! * **I8, only the first is woken.** In stage `Woken` is the oldest or nobody: none but the oldest
//!   gets there, and nobody gets in line before it.
//!
//! # What it costs
//!
//! Read-modify-writes, the wakers' own not counted: register 1, leave alone 1, leave others 2, wait
//! on after a wake in vain 2, hand over 2; and 2 more for one registration in 31 that finds others
//! in line. The first holder after k registrations walks k links; in the local form none, since
//! there a registration links itself.
//!
//! A thread that releases may be kept busy for a while by those who delegate their releases to it,
//! as the holder of any combining lock may; each time round it serves somebody.

mod list;
mod sleeper;
mod turn;
mod wait;
mod wait_queue;
mod waiter;
mod wake_batch;
mod word;

pub use self::wait::Wait;
pub(crate) use self::{
    list::List,
    sleeper::{Asleep, Sleeper},
    wait::{Place, Request},
    wait_queue::{Marks, WaitQueue},
    waiter::Stage,
    wake_batch::{FirstPanic, WakeBatch, wake_last},
    word::Word,
};
