//! One client: sends back each line, and stops between two of them.

use std::io;

use compio::{
    BufResult,
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use compio_sync::{CancellationToken, local};

const QUIT: &[u8] = b"quit";
/// The longest line that is put up with.
const LONGEST: usize = 64 * 1024;
const CHUNK: usize = 4096;

pub struct Connection {
    stream: TcpStream,
    /// Tells this connection to stop.
    told: local::CancellationToken,
    /// Tells the whole server to stop.
    server: CancellationToken,
    pub lines: usize,
}

impl Connection {
    pub fn new(
        stream: TcpStream,
        told: local::CancellationToken,
        server: CancellationToken,
    ) -> Self {
        Self {
            stream,
            told,
            server,
            lines: 0,
        }
    }

    /// Serves the client until it leaves or the connection is told to stop.
    pub async fn serve(&mut self) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        // The part of a line that has arrived.
        let mut begun = Vec::new();
        loop {
            let chunk = Vec::with_capacity(CHUNK);
            let read = if begun.is_empty() {
                // Nothing of a line is here: this is where to stop. Whatever comes at this very
                // moment is lost with the dropped read, as it would be a moment later.
                match self.told.run_until_cancelled(self.stream.read(chunk)).await {
                    Some(read) => read,
                    None => break,
                }
            } else {
                // A line that has begun is under way. Only the deadline ends it.
                self.stream.read(chunk).await
            };
            let BufResult(read, chunk) = read;
            if read? == 0 {
                break;
            }
            begun.extend(chunk);
            let Some(end) = begun.iter().rposition(|&byte| byte == b'\n') else {
                if begun.len() > LONGEST {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                continue;
            };
            let rest = begun.split_off(end + 1);
            let lines = self.answer(begun).await?;
            begun = rest;
            if lines.split(|&byte| byte == b'\n').any(|line| line == QUIT) {
                self.server.cancel();
            }
        }
        // Says that nothing more comes, before the socket is closed.
        self.stream.shutdown().await
    }

    pub async fn close(self) -> io::Result<()> {
        self.stream.close().await
    }

    async fn answer(&mut self, lines: Vec<u8>) -> io::Result<Vec<u8>> {
        let BufResult(sent, lines) = self.stream.write_all(lines).await;
        sent?;
        self.lines += lines.iter().filter(|&&byte| byte == b'\n').count();
        Ok(lines)
    }
}
