//! Who gets what becomes free.

/// Who gets a permit that becomes free: whoever waits longest, or whoever can use it at once.
///
/// Both keep those who wait in the order in which they came. They differ in what a newcomer may do.
///
/// | | [`Strict`](Self::Strict) | [`Throughput`](Self::Throughput) |
/// |---|---|---|
/// | a freed permit | is handed to the first in line, and belongs to it from then on | is free; the first in line is woken to take it |
/// | several that are released at once, or that a release finds piled up before it came | likewise | are handed out, in the order of the line |
/// | a newcomer | queues whenever anybody waits | takes a free permit at once |
/// | best for | latency that everybody shares, predictable order | many short holds, on several threads |
/// | costs | a hand-over per operation as soon as a line has formed (a *convoy*) | the first in line can be overtaken, [a stated number of times](Self::MAX_PASSES) |
///
/// # Futurelock
///
/// A future that is in line and is not polled holds up others. Under `Strict` it does so when a
/// permit has been handed to it: the permit is neither used nor free until the future is polled or
/// dropped. Under `Throughput` that takes several permits, released at once or while nobody comes
/// for them. A single one stays free: newcomers get through, but who stands in line behind it does
/// not. Do not keep a waiting future around without polling it: poll it, or drop it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fairness {
    /// First come, first served.
    #[default]
    Strict,
    /// A free permit may be taken past the line, within a bound.
    Throughput,
}

impl Fairness {
    /// How often the first in line may find nothing left for it under
    /// [`Throughput`](Self::Throughput).
    ///
    /// Two things count: being woken and finding that others took what was free, and a release
    /// after which there is not enough for it. From this number on newcomers queue, and what is
    /// released is handed to the first in line, until it has what it asked for.
    pub const MAX_PASSES: usize = if cfg!(loom) { 4 } else { 64 };
}
