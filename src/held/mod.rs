//! A value that carries a permit with it, into the driver and back.
//!
//! * [`anchor`]: the permit, and on which threads it may be given back
//! * [`buffer`], [`op`]: what makes a held value a buffer or an operation, as the value is

mod anchor;
mod buffer;
mod op;

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use compio_driver::TakeBuffer;

use self::anchor::Anchor;

/// A value together with the permit that it is used under: a buffer or an operation for compio's
/// driver, with a permit that comes back when the driver is done with it.
///
/// Made by [`SemaphorePermit::hold`](crate::generic::SemaphorePermit::hold) and
/// [`OwnedSemaphorePermit::hold`](crate::generic::OwnedSemaphorePermit::hold).
///
/// # Why dropping a future is not enough
///
/// Dropping the future of an operation only *asks* for the operation to end. The driver keeps the
/// buffer until the kernel is done, and only then is what a limit is for (a place in a queue of the
/// kernel, a thread of the pool, the memory itself) free again. A permit in the task does not wait
/// for that:
///
/// ```text
///                 starts          timed out: dropped      the kernel is done
///                   |                     |                       |
/// future            |=====================|                       |
/// buffer, kernel    |=============================================|
///                   |                     |                       |
/// permit in task    |=====================| one too many at work  |
/// permit held       |=============================================| free
/// ```
///
/// A held permit goes with the buffer. It is given back when the completion arrives and nobody
/// waits for it any more; if somebody does, the buffer comes back with the permit in it.
///
/// # As a buffer
///
/// It is whatever the value is: [`IoBuf`](compio_buf::IoBuf), [`IoBufMut`](compio_buf::IoBufMut),
/// [`IoVectoredBuf`](compio_buf::IoVectoredBuf) and
/// [`IoVectoredBufMut`](compio_buf::IoVectoredBufMut), so that it goes wherever a buffer goes:
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::{sync::Arc, time::Duration};
///
/// use compio::{net::UdpSocket, time::timeout};
/// use compio_sync::Semaphore;
///
/// let limit = Arc::new(Semaphore::new(1));
/// let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
/// let permit = limit.clone().acquire_owned().await;
///
/// // Nobody sends anything, and after a while nobody waits any more.
/// let receive = socket.recv(permit.hold(Vec::with_capacity(1024)));
/// assert!(timeout(Duration::from_millis(1), receive).await.is_err());
///
/// // The kernel has not been told yet, so the operation still counts.
/// assert!(limit.try_acquire().is_none());
/// // This waits until it is over.
/// let _permit = limit.acquire().await;
/// # });
/// ```
///
/// The same with permits of one runtime:
///
/// ```
/// # #[cfg(feature = "compio")]
/// # compio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::rc::Rc;
///
/// use compio::{buf::BufResult, fs::File, io::AsyncReadAt};
/// use compio_sync::{Held, local::Semaphore};
///
/// let limit = Rc::new(Semaphore::new(4));
/// let file = File::open("Cargo.toml").await.unwrap();
///
/// let permit = limit.clone().acquire_owned().await;
/// let BufResult(read, buffer) = file.read_at(permit.hold(Vec::with_capacity(9)), 0).await;
/// assert_eq!((read.unwrap(), &buffer[..]), (9, &b"[workspac"[..]));
///
/// // The buffer is back, with the permit: it may be used for the next read, or let go.
/// assert_eq!(limit.in_use(), 1);
/// let text: Vec<u8> = Held::into_inner(buffer);
/// assert_eq!(limit.in_use(), 0);
/// # drop(text);
/// # });
/// ```
///
/// # As an operation
///
/// Where the driver picks the buffer (a managed read, [`compio_driver::op::ReadManaged`]) or where
/// there is none (a connection to accept), hold the operation:
/// `runtime.submit(permit.hold(operation))`, and `submit_multi` for one with several completions.
/// The permit is then held until the last of them. What a buffer of the pool takes up afterwards is
/// not counted.
///
/// # Which permits
///
/// The driver takes what is `'static` only: an [owned permit](crate::OwnedSemaphorePermit), or one
/// that was borrowed from a semaphore in a `static`.
///
/// # When the permit comes back
///
/// * When this is dropped, the value first. If nobody waits for the operation, that is inside of
///   the driver, as it looks for completions; so the wakers of those in line are called there.
///   Those of compio and all that only put a task on a list are fine with that. A waker that polls
///   or drops a task on the spot may find the driver in use, which panics.
/// * As a runtime ends, with what is in flight. (On Windows, compio lets go of that for good, and
///   the permits are lost.)
/// * Not before the kernel is done, however long that takes: an operation that cannot be cancelled
///   holds its permit until it is over by itself.
///
/// # Local permits and the thread pool
///
/// Some operations run on compio's thread pool: all that block, and without io_uring all that have
/// to do with files. They outlive their runtime, and are dropped on a thread of the pool then; so
/// may be what the polling driver was just told to cancel. A [local](crate::local) permit cannot be
/// given back from there: it is lost, and its semaphore has one less from then on. It is never
/// touched by another thread. Use the shared form where a semaphore outlives the runtime.
///
/// # Functions, not methods
///
/// It derefs to the value, and so has no methods of its own.
#[must_use = "permits that are dropped at once limit nothing"]
pub struct Held<T, P> {
    // Dropped in this order: what the permit stands for is gone before the permit is back.
    value: T,
    permit: Anchor<P>,
}

impl<T, P> Held<T, P> {
    /// `local` says that the permit belongs to this thread.
    #[inline]
    pub(crate) fn new(value: T, permit: P, local: bool) -> Self {
        Self {
            value,
            permit: Anchor::new(permit, local),
        }
    }

    /// The permit that comes back with it.
    pub fn permit(this: &Self) -> &P {
        this.permit.get()
    }

    /// Takes the value out and gives the permit back.
    pub fn into_inner(this: Self) -> T {
        this.value
    }

    /// Takes the two apart.
    pub fn split(this: Self) -> (T, P) {
        (this.value, this.permit.into_inner())
    }
}

impl<T, P> Deref for Held<T, P> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T, P> DerefMut for Held<T, P> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

/// For a managed operation: the permit comes back as the buffer is taken.
impl<T: TakeBuffer, P> TakeBuffer for Held<T, P> {
    type Buffer = T::Buffer;

    fn take_buffer(self) -> Option<T::Buffer> {
        Self::into_inner(self).take_buffer()
    }
}

impl<T: fmt::Debug, P: fmt::Debug> fmt::Debug for Held<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("value", &self.value)
            .field("permit", self.permit.get())
            .finish()
    }
}
