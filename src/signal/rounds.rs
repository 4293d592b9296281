//! Rounds, and a count within the present one.

use crate::{domain::Domain, primitive::Ordering, queue::Word};

const HALF: u32 = usize::BITS / 2;

/// The most that a count can be, and the last number that a round has before they begin again.
pub(crate) const MAX_COUNT: usize = usize::MAX >> HALF;

/// The number of a round in the upper half of a word, a count in the lower.
///
/// One word, so that the count that ends a round and the round that begins are one step: a wait
/// that carries the number of its round is over when that is not the present one.
pub(crate) struct Rounds<D: Domain>(Word<D>);

/// What the word held at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Round(usize);

impl Round {
    pub(crate) fn number(self) -> usize {
        self.0 >> HALF
    }

    /// The number of a round that is over.
    pub(crate) fn number_before(self) -> usize {
        self.number().wrapping_sub(1) & MAX_COUNT
    }

    pub(crate) fn count(self) -> usize {
        self.0 & MAX_COUNT
    }

    /// The same round with `n` more, where so many can be counted.
    pub(crate) fn more(self, n: usize) -> Option<Self> {
        let fits = n <= MAX_COUNT - self.count();
        fits.then(|| Self(self.0 + n))
    }

    /// The same round with one less, where there is one.
    pub(crate) fn less(self) -> Option<Self> {
        (self.count() > 0).then(|| Self(self.0 - 1))
    }

    /// The next round, with a count of zero.
    pub(crate) fn next(self) -> Self {
        Self(self.number().wrapping_add(1) << HALF)
    }
}

impl<D: Domain> Rounds<D> {
    const_fn! {
        pub(crate) fn new() -> Self {
            Self(Word::new(0))
        }
    }

    #[inline(always)]
    pub(crate) fn now(&self, order: Ordering) -> Round {
        Round(self.0.load(order))
    }

    /// [`Word::update`], `SeqCst`, since whoever ends a round looks at the queue next.
    pub(crate) fn update(
        &self,
        mut change: impl FnMut(Round) -> Option<Round>,
    ) -> Result<Round, Round> {
        self.0
            .update(Ordering::SeqCst, Ordering::Relaxed, |word| {
                change(Round(word)).map(|round| round.0)
            })
            .map(Round)
            .map_err(Round)
    }
}
