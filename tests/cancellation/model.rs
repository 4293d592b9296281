//! Random trees against a model that is too simple to be wrong: a list of parents, and a flag each.

use compio_sync::generic::OwnedCancelled;

use crate::common::{Form, Seed, Spy, Task, Token, seeds};

forms!(agrees_with_the_model_after_every_step);

struct Node<D: Form> {
    cancelled: bool,
    parent: Option<usize>,
    /// The tokens of it that exist.
    tokens: Vec<Token<D>>,
}

struct Waiting<D: Form> {
    node: usize,
    task: Task<OwnedCancelled<D>>,
    /// What it was polled with last.
    waker: Option<Spy>,
}

struct Model<D: Form> {
    rng: fastrand::Rng,
    nodes: Vec<Node<D>>,
    waits: Vec<Waiting<D>>,
    old: Vec<Spy>,
    log: Vec<String>,
}

fn agrees_with_the_model_after_every_step<D: Form>() {
    for seed in seeds(500) {
        let named = Seed(seed);
        let mut model = Model::<D> {
            rng: fastrand::Rng::with_seed(seed),
            nodes: Vec::new(),
            waits: Vec::new(),
            old: Vec::new(),
            log: Vec::new(),
        };
        for _ in 0..100 {
            model.step();
            model.check();
        }
        drop(named);
    }
}

impl<D: Form> Model<D> {
    /// One that has a token.
    fn any(&mut self) -> Option<usize> {
        let held: Vec<usize> = (0..self.nodes.len())
            .filter(|at| !self.nodes[*at].tokens.is_empty())
            .collect();
        self.rng.choice(held)
    }

    fn step(&mut self) {
        let what = self.rng.u32(0..100);
        let Some(at) = self.any().filter(|_| what >= 5) else {
            self.log.push(format!("#{} is new", self.nodes.len()));
            self.nodes.push(Node {
                cancelled: false,
                parent: None,
                tokens: vec![Token::new()],
            });
            return;
        };
        let token = self.rng.usize(0..self.nodes[at].tokens.len());
        match what {
            0..35 => {
                self.log
                    .push(format!("#{} is a child of #{at}", self.nodes.len()));
                let child = self.nodes[at].tokens[token].child_token();
                self.nodes.push(Node {
                    cancelled: self.nodes[at].cancelled,
                    parent: Some(at),
                    tokens: vec![child],
                });
            }
            35..40 => {
                let clone = self.nodes[at].tokens[token].clone();
                self.nodes[at].tokens.push(clone);
            }
            40..55 => {
                self.log.push(format!("drop a token of #{at}"));
                drop(self.nodes[at].tokens.swap_remove(token));
            }
            55..62 => self.cancel(at, token),
            62..77 => {
                self.log.push(format!("wait for #{at}"));
                let future = self.nodes[at].tokens[token].clone().cancelled_owned();
                self.waits.push(Waiting {
                    node: at,
                    task: Task::new(future),
                    waker: None,
                });
            }
            77..92 => self.poll_any(),
            _ => {
                if !self.waits.is_empty() {
                    let at = self.rng.usize(0..self.waits.len());
                    let wait = self.waits.swap_remove(at);
                    self.log.push(format!("drop a wait for #{}", wait.node));
                }
            }
        }
    }

    fn cancel(&mut self, at: usize, token: usize) {
        self.log.push(format!("cancel #{at}"));
        if self.rng.bool() {
            self.nodes[at].tokens[token].cancel();
        } else {
            drop(self.nodes[at].tokens.swap_remove(token).drop_guard());
        }
        self.nodes[at].cancelled = true;
        // Parents come before their children.
        for below in at..self.nodes.len() {
            let above = self.nodes[below].parent;
            if above.is_some_and(|above| self.nodes[above].cancelled) {
                self.nodes[below].cancelled = true;
            }
        }
    }

    fn poll_any(&mut self) {
        if self.waits.is_empty() {
            return;
        }
        let at = self.rng.usize(0..self.waits.len());
        let wait = &mut self.waits[at];
        let expected = self.nodes[wait.node].cancelled;
        if wait.waker.is_none() || self.rng.u32(0..4) == 0 {
            self.old.extend(wait.waker.replace(Spy::new()));
        }
        let spy = wait.waker.clone().unwrap();
        let ready = wait.task.poll_as(&spy).is_ready();
        self.log.push(format!("poll #{}: {ready}", wait.node));
        assert_eq!(ready, expected, "{:?}", self.log);
        if ready {
            self.waits.swap_remove(at);
        }
    }

    fn check(&self) {
        for (at, node) in self.nodes.iter().enumerate() {
            for token in &node.tokens {
                assert_eq!(
                    token.is_cancelled(),
                    node.cancelled,
                    "#{at}, {:?}",
                    self.log
                );
            }
        }
        for wait in &self.waits {
            let cancelled = usize::from(self.nodes[wait.node].cancelled);
            if let Some(spy) = &wait.waker {
                assert_eq!(
                    (spy.wakes(), spy.alive()),
                    (cancelled, 1 - cancelled),
                    "(wakes, wakers) for #{}, {:?}",
                    wait.node,
                    self.log
                );
            }
        }
        for spy in &self.old {
            assert_eq!(spy.alive(), 0, "{:?}", self.log);
        }
    }
}
