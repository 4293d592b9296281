//! A server to talk to: sends back each message, takes its time, and hangs up now and then.

use std::{io, net::SocketAddr, time::Duration};

use compio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::spawn,
    time::sleep,
};

/// Bytes of a message.
pub const MESSAGE: usize = 8;

const WORK: Duration = Duration::from_millis(2);

/// Starts the server on a free port. It ends with the runtime.
pub async fn start(hang_up_after: usize) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            // That a client has gone is no concern of the server's.
            spawn(async move { serve(client, hang_up_after).await.ok() }).detach();
        }
    })
    .detach();
    Ok(address)
}

async fn serve(mut client: TcpStream, requests: usize) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut message = Vec::with_capacity(MESSAGE);
    for _ in 0..requests {
        message.clear();
        let read = client.read_exact(message).await;
        message = read.1;
        read.0?;
        sleep(WORK).await;
        let written = client.write_all(message).await;
        message = written.1;
        written.0?;
    }
    client.close().await
}
