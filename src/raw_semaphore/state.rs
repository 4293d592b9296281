//! The state word.

use std::{fmt, hint::cold_path};

use crate::{domain::Domain, primitive::Ordering, queue::Word};

const CLOSED: usize = 1;
const SHIFT: u32 = 1;

/// How many permits are free, and whether it is closed.
///
/// | count | meaning |
/// |---|---|
/// | above 0 | that many are free |
/// | 0 | none is free |
/// | below 0 | that many are owed to a reduction: they are withheld as they come back |
///
/// The count is in the upper bits, in two's complement, so giving back is one addition whatever it
/// is.
pub(crate) struct State<D: Domain>(Word<D>);

/// What the word held at one moment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Snapshot(usize);

impl Snapshot {
    #[inline(always)]
    pub(crate) fn count(self) -> isize {
        self.0.cast_signed() >> SHIFT
    }

    /// Open, with none free and none owed.
    #[inline(always)]
    pub(crate) fn is_bare(self) -> bool {
        self.0 == 0
    }

    #[inline(always)]
    pub(crate) fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    /// Whether it is open and has so many free. Nothing is always to be had.
    #[inline(always)]
    pub(crate) fn allows(self, n: usize) -> bool {
        self.less(n).is_some()
    }

    /// What is left without `n`, if it is open and they are free.
    #[inline(always)]
    fn less(self, n: usize) -> Option<Self> {
        // One look for both: closed is the lowest bit, and less than nothing shows in the highest.
        const BAD: usize = CLOSED | !(usize::MAX >> 1);
        let rest = Self(self.0.wrapping_sub(n << SHIFT));
        let good = rest.0 & BAD == 0 || n == 0 && !self.is_closed();
        good.then_some(rest)
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permits")
            .field("count", &self.count())
            .field("closed", &self.is_closed())
            .finish()
    }
}

impl<D: Domain> State<D> {
    /// So that sums of a few such numbers still fit the count.
    pub(crate) const MAX: usize = usize::MAX >> 4;

    const_fn! {
        pub(crate) fn new(n: usize) -> Self {
            Self(Word::new(n << SHIFT))
        }
    }

    const_fn! {
        pub(crate) fn new_closed() -> Self {
            Self(Word::new(CLOSED))
        }
    }

    #[inline(always)]
    pub(crate) fn load(&self, order: Ordering) -> Snapshot {
        Snapshot(self.0.load(order))
    }

    /// Takes `n` if it is open and they are free; otherwise says what there was.
    #[inline(always)]
    pub(crate) fn try_take(&self, n: usize) -> Result<(), Snapshot> {
        let mut seen = self.load(Ordering::Relaxed);
        loop {
            let Some(rest) = seen.less(n) else {
                return Err(seen);
            };
            match self
                .0
                .compare_exchange(seen.0, rest.0, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return Ok(()),
                Err(now) => seen = Snapshot(now),
            }
        }
    }

    /// Takes whatever is free, up to `most`, closed or not; says how many.
    pub(crate) fn take_up_to(&self, most: usize) -> usize {
        let free = |word| Snapshot(word).count().max(0).cast_unsigned().min(most);
        let rest = |word: usize| match free(word) {
            0 => None,
            n => Some(word.wrapping_sub(n << SHIFT)),
        };
        self.0
            .update(Ordering::Acquire, Ordering::Relaxed, rest)
            .map_or(0, free)
    }

    /// [`try_take`](Self::try_take) of all that there is. Says whether it was.
    #[inline(always)]
    pub(crate) fn take_whole(&self, whole: usize) -> bool {
        if self.foresees(whole) {
            self.0.store(0, Ordering::Relaxed);
            return true;
        }
        self.try_take(whole).is_ok()
    }

    /// [`put`](Self::put) of all that there is.
    #[inline(always)]
    pub(crate) fn put_whole(&self, whole: usize) {
        if self.foresees(0) {
            self.0.store(whole << SHIFT, Ordering::Relaxed);
        } else {
            self.put(whole);
        }
    }

    /// In the local form, whether it is open and so many are free, as is to be expected.
    ///
    /// The processor expects it, too, and then what is stored next does not have to wait for what
    /// is loaded here: so a lock that is taken and given back again and again takes half the time.
    #[inline(always)]
    fn foresees(&self, n: usize) -> bool {
        if D::SHARED {
            return false;
        }
        let as_expected = self.load(Ordering::Relaxed).0 == n << SHIFT;
        if !as_expected {
            // Otherwise the compiler finds that one addition does for both.
            cold_path();
        }
        as_expected
    }

    /// Adds `n`. `SeqCst`, since whoever publishes looks at the queue next.
    #[inline(always)]
    pub(crate) fn put(&self, n: usize) {
        self.0.fetch_add(n << SHIFT, Ordering::SeqCst);
    }

    /// Takes `n` away, free or not: what is not there is owed.
    pub(crate) fn withhold(&self, n: usize) {
        self.0.fetch_sub(n << SHIFT, Ordering::Relaxed);
    }

    pub(crate) fn close(&self) {
        self.0.fetch_or(CLOSED, Ordering::SeqCst);
    }
}

impl<D: Domain> fmt::Debug for State<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.load(Ordering::Relaxed).fmt(f)
    }
}
