//! The pool: a turn for each connection, the idle ones, and a keeper for the broken ones.
//!
//! A connection belongs to the runtime that made it, so all of this is of the local kind. At any
//! time each connection is idle, out on a lease, or missing: broken, or not opened yet. There are
//! as many turns as connections, so whoever has a turn and finds none idle knows that one is
//! missing, and that the keeper is about to bring it.
//!
//! Nothing here is lost when a future is dropped, which is what a timeout does. In the line for a
//! turn the place is given up, and a turn that had just come goes to the next. In the wait for an
//! idle connection a notification goes to the next who waits. And a lease that is dropped instead
//! of given back counts as broken, for its request may be half done: the answer to it would be
//! taken for the answer to the next.

use std::{
    cell::{Cell, RefCell},
    io,
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};

use compio::{
    BufResult,
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};
use compio_sync::{
    Closed,
    local::{Condvar, Mutex, OwnedSemaphorePermit, Semaphore},
};

/// How often the keeper tries to open a connection before it closes the pool, and how long it waits
/// in between.
const TRIES: usize = 10;
const PAUSE: Duration = Duration::from_millis(20);

pub struct Pool {
    address: SocketAddr,
    turns: Rc<Semaphore>,
    idle: Mutex<Vec<TcpStream>>,
    /// There is one more idle, or the pool was closed.
    arrived: Condvar,
    /// One permit for each connection that is missing.
    missing: Semaphore,
    /// Those of the missing ones that are still to be closed.
    broken: RefCell<Vec<TcpStream>>,
    opened: Cell<usize>,
    most_out: Cell<usize>,
}

/// A connection for one request after the other, until it is given back.
pub struct Lease {
    pool: Rc<Pool>,
    /// `None` only at the very end.
    stream: Option<TcpStream>,
    // Declared last: whoever gets the turn finds what `Drop` below has done.
    _turn: OwnedSemaphorePermit,
}

impl Pool {
    pub fn new(address: SocketAddr, connections: usize) -> Rc<Self> {
        Rc::new(Self {
            address,
            turns: Rc::new(Semaphore::new(connections)),
            idle: Mutex::new(Vec::with_capacity(connections)),
            arrived: Condvar::new(),
            missing: Semaphore::new(connections),
            broken: RefCell::default(),
            opened: Cell::new(0),
            most_out: Cell::new(0),
        })
    }

    /// Waits for a connection. [`Closed`] means that there is nothing to connect to.
    pub async fn check_out(self: &Rc<Self>) -> Result<Lease, Closed> {
        let turn = Rc::clone(&self.turns).acquire_owned_or_closed().await?;
        let none = |idle: &mut Vec<_>| idle.is_empty() && !self.turns.is_closed();
        let idle = self.idle.lock().await;
        let stream = self.arrived.wait_while(idle, none).await.pop();
        self.most_out.update(|most| most.max(self.turns.in_use()));
        Ok(Lease {
            pool: Rc::clone(self),
            stream: Some(stream.ok_or(Closed)?),
            _turn: turn,
        })
    }

    /// Opens what is missing, one after the other, for as long as there is something to connect to.
    pub async fn keep(self: Rc<Self>) {
        loop {
            self.missing.acquire().await.forget();
            // Closed first, and the close awaited: there are never more than so many open.
            let broken = self.broken.borrow_mut().pop();
            if let Some(broken) = broken
                && let Err(error) = broken.close().await
            {
                eprintln!("connection_pool: cannot close a connection: {error}");
            }
            match self.connect().await {
                Ok(stream) => self.put(stream).await,
                Err(error) => {
                    eprintln!("connection_pool: cannot connect: {error}");
                    self.turns.close();
                    self.arrived.notify_all();
                    return;
                }
            }
        }
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        let mut tries = 1;
        let stream = loop {
            match TcpStream::connect(self.address).await {
                Err(_) if tries < TRIES => tries += 1,
                tried => break tried?,
            }
            sleep(PAUSE).await;
        };
        stream.set_nodelay(true)?;
        self.opened.update(|opened| opened + 1);
        Ok(stream)
    }

    async fn put(&self, stream: TcpStream) {
        self.idle.lock().await.push(stream);
        self.arrived.notify_one();
    }

    pub fn out(&self) -> usize {
        self.turns.in_use()
    }

    pub fn waiting(&self) -> usize {
        self.turns.waiters() + self.arrived.waiters()
    }

    pub fn opened(&self) -> usize {
        self.opened.get()
    }

    pub fn most_out(&self) -> usize {
        self.most_out.get()
    }
}

impl Lease {
    /// Sends a message and waits for the answer.
    pub async fn echo(&mut self, message: Vec<u8>) -> io::Result<Vec<u8>> {
        let stream = self.stream.as_mut().expect("it is not at its end");
        let BufResult(sent, message) = stream.write_all(message).await;
        sent?;
        let answer = Vec::with_capacity(message.len());
        let BufResult(received, answer) = stream.read_exact(answer).await;
        received.map(|()| answer)
    }

    /// Gives a good connection back for the next.
    pub async fn give_back(mut self) {
        // Cancelled before it has the lock, it is still in the lease, and dropped with that.
        let mut idle = self.pool.idle.lock().await;
        idle.extend(self.stream.take());
        drop(idle);
        self.pool.arrived.notify_one();
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.take() {
            self.pool.broken.borrow_mut().push(stream);
            self.pool.missing.add_permits(1);
        }
    }
}
