//! Pipes, out of which nothing comes before somebody writes: what reads that never end are of.

#[cfg(unix)]
mod ends {
    pub use std::io::PipeReader as Reader;
    use std::io::{self, PipeWriter};

    pub use compio::fs::pipe::Receiver;
    use compio::fs::pipe::{Sender, anonymous};

    pub async fn pipe() -> (Receiver, Sender) {
        anonymous().await.unwrap()
    }

    pub fn raw_pipe() -> (Reader, PipeWriter) {
        io::pipe().unwrap()
    }
}

/// Named ones, since those without a name cannot be read by overlapped operations.
#[cfg(windows)]
mod ends {
    use std::{
        fs::{File, OpenOptions},
        process,
        sync::atomic::{AtomicUsize, Ordering},
    };

    pub use compio::fs::named_pipe::NamedPipeServer as Receiver;
    use compio::{
        driver::{SharedFd, ToSharedFd},
        fs::named_pipe::{ClientOptions, NamedPipeClient, ServerOptions},
    };

    pub type Reader = SharedFd<File>;

    /// The end that is read from, which belongs to this runtime, and the name for the other.
    fn receiver() -> (Receiver, String) {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let name = format!(r"\\.\pipe\compio-sync-{}-{number}", process::id());
        let receiver = ServerOptions::new().access_outbound(false).create(&name);
        (receiver.unwrap(), name)
    }

    pub async fn pipe() -> (Receiver, NamedPipeClient) {
        let (receiver, name) = receiver();
        let sender = ClientOptions::new().read(false).open(name).await;
        (receiver, sender.unwrap())
    }

    pub fn raw_pipe() -> (Reader, File) {
        let (receiver, name) = receiver();
        let writer = OpenOptions::new().write(true).open(name);
        (receiver.to_shared_fd(), writer.unwrap())
    }
}

/// For operations of our own. Made at once and without the pool, in the runtime that reads.
pub use self::ends::{Reader, raw_pipe};
/// The usual way.
pub use self::ends::{Receiver, pipe};
