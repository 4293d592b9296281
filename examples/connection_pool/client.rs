//! The tasks that share the pool, and what becomes of their requests.

use std::{cell::Cell, rc::Rc, time::Duration};

use compio::time::timeout;
use compio_sync::Closed;

use crate::pool::Pool;

/// What all the tasks share. They are of one runtime, so there is nothing atomic about it.
pub struct Job {
    pub pool: Rc<Pool>,
    pub patience: Duration,
    pub answered: Cell<usize>,
    pub timed_out: Cell<usize>,
    pub broken: Cell<usize>,
}

impl Job {
    /// Sends so many requests, each with a number of its own, until each has its answer.
    pub async fn run(&self, first: u64, requests: usize) -> Result<(), Closed> {
        for number in (first..).take(requests) {
            self.request(number).await?;
            bump(&self.answered);
        }
        Ok(())
    }

    async fn request(&self, number: u64) -> Result<(), Closed> {
        loop {
            let Ok(lease) = timeout(self.patience, self.pool.check_out()).await else {
                bump(&self.timed_out);
                continue;
            };
            let mut lease = lease?;
            let message = number.to_be_bytes();
            match lease.echo(message.to_vec()).await {
                Ok(answer) => {
                    assert_eq!(answer, message, "the answer to another request");
                    lease.give_back().await;
                    return Ok(());
                }
                // The server has hung up. The lease is dropped, the pool replaces the connection,
                // and the request is sent again.
                Err(_) => bump(&self.broken),
            }
        }
    }
}

fn bump(counter: &Cell<usize>) {
    counter.update(|count| count + 1);
}
