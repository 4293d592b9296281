//! One runtime: takes clients until it is told to stop, and stays until they are served.

use std::{
    io,
    net::TcpListener as StdListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use compio::{
    net::{TcpListener, TcpStream},
    runtime::spawn,
    time::sleep,
};
use compio_sync::{CancellationToken, OwnedWaitGroupGuard, WaitGroup, local};

use crate::connection::Connection;

/// What all the runtimes share.
pub struct Server {
    /// No more clients, no more lines.
    pub stop: CancellationToken,
    /// The deadline has passed: leave everything.
    pub cut: CancellationToken,
    /// Connections, and runtimes that may still take some.
    pub under_way: Arc<WaitGroup>,
    pub connections: AtomicUsize,
    pub lines: AtomicUsize,
}

/// Serves on a clone of the listener. `listening` was counted before this runtime had started: the
/// count is not zero before the last runtime has stopped listening, so that nobody takes the server
/// for drained while one of them takes another client.
pub async fn work(
    server: Arc<Server>,
    listener: StdListener,
    listening: OwnedWaitGroupGuard,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    // The parent of the tokens of this runtime's connections, and one of the local kind. Told by
    // the shared token directly, each connection would be a wake from another runtime, and compio
    // 0.19 can come to a standstill over more than 64 of those at a time. This way each runtime
    // is woken once, and hands on to however many connections it has without leaving its thread.
    let stop_here = local::CancellationToken::new();

    while let Some(accepted) = server.stop.run_until_cancelled(listener.accept()).await {
        if server.stop.is_cancelled() {
            // Both at the same moment: this client has come too late.
            break;
        }
        match accepted {
            Ok((stream, _)) => {
                // Counted before it is spawned, or the server could look drained in between.
                let counted = Arc::clone(&server.under_way).enter_owned();
                let told = stop_here.child_token();
                spawn(serve(Arc::clone(&server), stream, told, counted)).detach();
            }
            Err(error) => {
                // Such as too many open files: it may pass when clients leave.
                eprintln!("graceful_shutdown: cannot take a client: {error}");
                sleep(Duration::from_millis(10)).await;
            }
        }
    }
    // Closed first, so that who connects from now on is refused and does not wait in vain.
    let closed = listener.close().await;
    stop_here.cancel();
    drop(listening);

    server
        .cut
        .run_until_cancelled(server.under_way.wait())
        .await;
    closed
}

async fn serve(
    server: Arc<Server>,
    stream: TcpStream,
    told: local::CancellationToken,
    counted: OwnedWaitGroupGuard,
) {
    server.connections.fetch_add(1, Relaxed);
    let mut connection = Connection::new(stream, told, server.stop.clone());
    // That a client has gone is no concern of the server's.
    connection.serve().await.ok();
    server.lines.fetch_add(connection.lines, Relaxed);
    connection.close().await.ok();
    drop(counted);
}
