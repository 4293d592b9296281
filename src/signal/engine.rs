//! How notifications find those who wait.

use std::{
    hint::cold_path,
    mem,
    task::{Context, Poll},
};

use super::{Released, Signal, Single};
use crate::{
    domain::Domain,
    primitive::{Ordering, store_load_barrier},
    queue::{FirstPanic, List, Place, Sleeper, Stage, WakeBatch, wake_last},
};

#[cfg(all(test, not(loom)))]
#[path = "../../tests/unit/stalled.rs"]
#[allow(unsafe_code, clippy::disallowed_types, clippy::disallowed_methods)]
mod stalled;

/// When the list is worth entering again.
#[derive(Clone, Copy)]
enum Again {
    /// The batch of wakers was full.
    Now,
    /// When a wait with this number is over, or there is a notification for one.
    When(usize),
    /// When somebody has got in line before this thread had left the list, or there is a
    /// notification for one: nobody else was in line.
    Empty,
    /// When there is a notification for one: nobody was in line as this thread left the list.
    Gone,
}

/// The whole of the plain case: is the wait over, or can it have what is stored?
#[inline(always)]
pub(super) fn is_over_now<S: Signal>(signal: &S, since: usize) -> bool {
    signal.is_over(since)
        || S::STORES
            && signal.single().is_some_and(|single| {
                // What is there while others wait is theirs.
                signal.queue().peek(Ordering::Acquire).is_empty() && single.take_stored()
            })
}

/// The first poll, which found nothing: gets in line.
#[inline(always)]
pub(super) fn start<S: Signal>(
    signal: &S,
    place: Place<'_, S::Domain>,
    sleeper: Sleeper<S::Domain>,
) -> Poll<Released> {
    let first = place.enqueue(sleeper);
    store_load_barrier();
    if signal.is_over(place.need()) {
        return leave(signal, place);
    }
    if signal.single().is_some_and(Single::is_any) {
        serve(signal, false);
        return outcome(place);
    }
    if !first && let Some(list) = signal.queue().try_lock_in_turn() {
        return only_looked(signal, place, list);
    }
    Poll::Pending
}

/// Leaves a list that was only entered to complete its links.
#[inline(never)]
fn only_looked<'a, S: Signal>(
    signal: &'a S,
    place: Place<'_, S::Domain>,
    list: List<'a, S::Domain>,
) -> Poll<Released> {
    let again = again(&list);
    drop(list);
    store_load_barrier();
    if is_worth(signal, again) {
        serve(signal, false);
    }
    outcome(place)
}

/// A later poll.
pub(super) fn poll<S: Signal>(
    signal: &S,
    place: Place<'_, S::Domain>,
    cx: &mut Context<'_>,
) -> Poll<Released> {
    let mut stage = place.stage_now();
    if stage == Stage::Leaving {
        if place.will_wake(cx.waker()) {
            // Whoever took it out of line is about to wake it.
            return Poll::Pending;
        }
        // Settled, it may be in line again, and then this waker has to get there.
        stage = place.stage();
    }
    if !stage.is_linked() {
        return outcome(place);
    }
    if signal.is_over(place.need()) {
        return leave(signal, place);
    }
    // `Queued`, as nobody is woken to compete here.
    if place.will_wake(cx.waker()) {
        return Poll::Pending;
    }
    let waker = Sleeper::of(cx);
    let mut list = signal.queue().lock();
    let unused = place.renew_if_linked(&mut list, waker);
    settle(signal, list, false);
    drop(unused);
    outcome(place)
}

/// How far a wait has come, without a waker to leave behind.
pub(super) fn check<S: Signal>(signal: &S, place: Place<'_, S::Domain>) -> Poll<Released> {
    if place.stage().is_linked() && signal.is_over(place.need()) {
        return leave(signal, place);
    }
    outcome(place)
}

fn outcome<D: Domain>(place: Place<'_, D>) -> Poll<Released> {
    match place.stage() {
        Stage::Granted => Poll::Ready(Released::Alone),
        Stage::Closed => Poll::Ready(Released::Together),
        Stage::Idle | Stage::Queued | Stage::Woken | Stage::Leaving => Poll::Pending,
    }
}

/// The wait is over, but nobody has taken it out of line yet.
#[cold]
fn leave<S: Signal>(signal: &S, place: Place<'_, S::Domain>) -> Poll<Released> {
    give_up(signal, place);
    Poll::Ready(Released::Together)
}

/// Takes a wait out of line, in whatever stage it is; a notification for one is passed on.
pub(super) fn give_up<S: Signal>(signal: &S, place: Place<'_, S::Domain>) {
    if let Ok(waker) = place.leave_alone() {
        return drop(waker);
    }
    match place.stage() {
        Stage::Granted => return notify_one(signal),
        Stage::Closed => return,
        _ => {}
    }
    let mut list = signal.queue().lock();
    let stage = place.stage();
    let waker = stage.is_linked().then(|| place.leave(&mut list).0);
    settle(signal, list, stage == Stage::Granted);
    drop(waker);
}

/// Notifies the first in line. Where nobody waits, the notification is kept, or lost, as the
/// primitive has it. Never waits for another thread.
#[inline(always)]
pub(crate) fn notify_one<S: Signal>(signal: &S) {
    if !signal.queue().peek(Ordering::Acquire).is_idle() {
        return hand_over(signal);
    }
    if S::STORES {
        // Stored, whoever has come meanwhile: if somebody has, it is theirs, and if they have left
        // again, it is still there.
        single(signal).store();
        store_load_barrier();
        if S::Domain::SHARED && !signal.queue().peek(Ordering::SeqCst).is_idle() {
            serve(signal, false);
        }
    }
}

fn single<S: Signal>(signal: &S) -> &Single<S::Domain> {
    signal.single().expect("it notifies one at a time")
}

/// Publishes a notification for one. Whoever does enters the list afterwards, or leaves that to the
/// one who is in it, so that nothing stays pending when nobody waits.
fn put<S: Signal>(signal: &S) {
    if !signal.queue().peek(Ordering::Acquire).is_empty() {
        single(signal).put_pending();
    } else if S::STORES {
        single(signal).store();
    }
}

/// [`notify_one`], when somebody is in line or in the list. Cut down to what it nearly always is:
/// somebody waits, and for nothing else.
#[inline(never)]
fn hand_over<S: Signal>(signal: &S) {
    let Some(list) = signal.queue().try_lock() else {
        return serve(signal, true);
    };
    let plain = list
        .front_need()
        .is_some_and(|since| !signal.is_over(since))
        && !signal.single().is_some_and(Single::is_any);
    if !plain {
        return settle(signal, list, true);
    }
    let (waker, again) = match list.finish_only(Stage::Granted) {
        Ok(waker) => (Some(waker), Again::Gone),
        Err(mut list) => {
            let waker = list.finish_front(Stage::Granted);
            (waker, again(&list))
        }
    };
    wake_and_look(signal, waker, again);
}

/// Out of the list, with one to wake at most: looks for what was published meanwhile, and wakes.
#[inline(always)]
fn wake_and_look<S: Signal>(signal: &S, waker: Option<Sleeper<S::Domain>>, again: Again) {
    store_load_barrier();
    // On one thread nothing was published since it entered the list.
    if S::Domain::SHARED && is_worth(signal, again) {
        return wake_and_serve(signal, waker);
    }
    if let Some(waker) = waker {
        wake_last(waker);
    }
}

#[cold]
fn wake_and_serve<S: Signal>(signal: &S, waker: Option<Sleeper<S::Domain>>) {
    let mut panic = FirstPanic::new();
    panic.catch(|| serve(signal, false));
    if let Some(waker) = waker {
        panic.catch(|| waker.wake());
    }
    panic.resume();
}

/// Notifies the last in line; where another thread is in the list, the first.
pub(crate) fn notify_last<S: Signal>(signal: &S) {
    match signal.queue().try_lock() {
        Some(mut list) if list.back_need().is_some_and(|since| !signal.is_over(since)) => {
            let waker = list.finish_back(Stage::Granted);
            let again = again(&list);
            drop(list);
            wake_and_look(signal, waker, again);
        }
        Some(list) => settle(signal, list, true),
        None => notify_one(signal),
    }
}

/// Wakes those whose wait is over. The caller has just made it so, with `SeqCst`.
#[inline(always)]
pub(crate) fn notify_all<S: Signal>(signal: &S) {
    store_load_barrier();
    if !signal.queue().peek(Ordering::SeqCst).is_empty() {
        release_all(signal);
    }
}

/// [`notify_all`], when somebody is in line. Cut down to one who is there alone.
#[inline(never)]
fn release_all<S: Signal>(signal: &S) {
    let Some(list) = signal.queue().try_lock() else {
        return serve(signal, false);
    };
    let is_over = list.front_need().is_some_and(|since| signal.is_over(since));
    if !is_over {
        return settle(signal, list, false);
    }
    match list.finish_only(Stage::Closed) {
        Ok(waker) => wake_and_look(signal, Some(waker), Again::Gone),
        Err(list) => settle(signal, list, false),
    }
}

/// How many are in line. Walks all of them.
pub(crate) fn waiters<S: Signal>(signal: &S) -> usize {
    if signal.queue().peek(Ordering::Relaxed).is_empty() {
        return 0;
    }
    let list = signal.queue().lock();
    let len = list.len();
    settle(signal, list, false);
    len
}

/// Looks after the queue, with a notification for one in `hand` or without. Where another thread is
/// in the list, that one looks after it when it leaves.
#[inline(never)]
fn serve<S: Signal>(signal: &S, hand: bool) {
    if let Some(list) = signal.queue().try_lock() {
        return settle(signal, list, hand);
    }
    if hand {
        put(signal);
    }
    if let Some(list) = enter(signal) {
        settle(signal, list, false);
    }
}

/// The list, for a thread that has work for it; also an empty one, where something is pending that
/// came too late for those who waited.
fn enter<S: Signal>(signal: &S) -> Option<List<'_, S::Domain>> {
    let queue = signal.queue();
    queue.try_lock().or_else(|| {
        signal
            .single()
            .filter(|single| single.is_pending())
            .and_then(|_| queue.try_lock_empty())
    })
}

/// Does what there is to do in the list, leaves it, wakes, and looks for what was published
/// meanwhile, until there is nothing. Every holder of the list ends here.
///
/// A waker that panics keeps nobody from being notified; the first panic goes on when all is done.
fn settle<'a, S: Signal>(signal: &'a S, mut list: List<'a, S::Domain>, mut hand: bool) {
    let mut wakers = list.new_batch();
    let mut panic = FirstPanic::new();
    loop {
        let again = work(signal, &mut list, mem::take(&mut hand), &mut wakers);
        drop(list);
        store_load_barrier();
        let more = is_worth(signal, again);
        if wakers.is_full() {
            wakers.wake_all(&mut panic);
        }
        list = match more.then(|| enter(signal)).flatten() {
            Some(list) => list,
            None => break,
        };
    }
    wakers.wake_all(&mut panic);
    panic.resume();
}

fn is_worth<S: Signal>(signal: &S, again: Again) -> bool {
    match again {
        Again::Now => true,
        Again::When(since) => signal.is_over(since) || signal.single().is_some_and(Single::is_any),
        // Who has got in line before the unlocking has looked, but perhaps too early: whoever made
        // the condition true after that has found the list locked.
        Again::Empty => {
            !signal.queue().peek(Ordering::SeqCst).is_empty()
                || signal.single().is_some_and(Single::is_any)
        }
        // Who gets in line from here on looks after the unlocking.
        Again::Gone => signal.single().is_some_and(Single::is_any),
    }
}

/// One pass over the front of the list: first those whose wait is over, then, one each, those for
/// whom there is a notification.
fn work<S: Signal>(
    signal: &S,
    list: &mut List<'_, S::Domain>,
    mut hand: bool,
    wakers: &mut WakeBatch<S::Domain>,
) -> Again {
    loop {
        let is_over = |since: &usize| signal.is_over(*since);
        if let Some(first) = list.front_need().filter(is_over) {
            // Most that are released together have the same number.
            let is_over_too = |since| {
                since == first || {
                    cold_path();
                    signal.is_over(since)
                }
            };
            list.finish_while(is_over_too, Stage::Closed, wakers);
        }
        let Some(since) = list.front_need().filter(|_| !wakers.is_full()) else {
            break;
        };
        hand = hand || signal.single().is_some_and(Single::take);
        if !hand {
            break;
        }
        // Taken first and looked at afterwards: a notification that was published after this wait
        // was over is for the next.
        if !signal.is_over(since) {
            hand = false;
            if let Some(waker) = list.finish_front(Stage::Granted) {
                wakers.push(waker);
            }
        }
    }
    if hand {
        put(signal);
    }
    if let Some(single) = signal.single() {
        single.collapse(S::STORES, || {
            signal.queue().peek(Ordering::SeqCst).is_empty()
        });
    }
    if wakers.is_full() {
        Again::Now
    } else {
        again(list)
    }
}

fn again<D: Domain>(list: &List<'_, D>) -> Again {
    list.front_need().map_or(Again::Empty, Again::When)
}
