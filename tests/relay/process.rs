//! Processes that fork (which only Unix has) or exit while relays are up and mail is on its way.

use std::{
    sync::{Arc, mpsc},
    thread,
};

use compio::runtime::spawn;
use compio_sync::Semaphore;

use crate::common::{DOORBELLS, WELL, alone, on_a_runtime, release_soon};
#[cfg(unix)]
use crate::common::{spin_until, turn, until, warm_up};

const MANY: usize = 200;

/// What a forked process ends with.
#[cfg(unix)]
const FORKED: i32 = 7;

/// Runs `body` in a fork of this process, which has this thread only, and waits for its end.
#[cfg(unix)]
fn in_a_fork(body: impl FnOnce()) {
    // SAFETY: the child has the memory as it is now. What it uses of it takes no lock that the
    // threads of the parent may have held, but for the heap's, which libc sees to.
    match unsafe { libc::fork() } {
        -1 => panic!("{}", std::io::Error::last_os_error()),
        0 => {
            // Nobody watches over this one.
            // SAFETY: no memory is involved.
            unsafe { libc::alarm(60) };
            body();
            // SAFETY: as above.
            unsafe { libc::_exit(FORKED) }
        }
        child => {
            let mut status = 0;
            // SAFETY: the call writes to the status.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            assert!(libc::WIFEXITED(status), "status {status:#x}");
            assert_eq!(libc::WEXITSTATUS(status), FORKED);
        }
    }
}

/// A runtime on a thread of its own, with tasks that wait for a permit each. Ends when they have
/// it.
#[cfg(unix)]
fn waiting_runtime(s: &Arc<Semaphore>) -> thread::JoinHandle<()> {
    let (ready, is_ready) = mpsc::channel();
    let thread = thread::spawn({
        let s = s.clone();
        move || {
            on_a_runtime(async {
                warm_up().await;
                let tasks: Vec<_> = (0..MANY)
                    .map(|_| spawn(s.clone().acquire_owned()))
                    .collect();
                while s.waiters() < MANY {
                    turn().await;
                }
                ready.send(()).unwrap();
                for task in tasks {
                    task.await.unwrap().forget();
                }
            });
        }
    });
    is_ready.recv().unwrap();
    thread
}

/// In the fork the threads of those runtimes do not exist.
#[test]
#[cfg(unix)]
fn fork_releases_tasks_of_its_parents_runtimes_then_neither_hangs() {
    const TEST: &str = "process::fork_releases_tasks_of_its_parents_runtimes_then_neither_hangs";
    for doorbell in DOORBELLS {
        alone(TEST, &[doorbell], || {
            let gates = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
            let threads = [0, 1].map(|at| waiting_runtime(&gates[at]));
            // So that they sleep.
            thread::sleep(std::time::Duration::from_millis(50));
            for _ in 0..3 {
                in_a_fork(|| {
                    for gate in &gates {
                        gate.add_permits(1);
                        gate.add_permits(MANY - 1);
                        gate.close();
                    }
                });
            }
            for (gate, thread) in gates.iter().zip(threads) {
                assert_eq!((gate.waiters(), gate.is_closed()), (MANY, false));
                gate.add_permits(MANY);
                thread.join().unwrap();
            }
        });
    }
}

#[test]
#[cfg(unix)]
fn fork_in_a_task_releases_tasks_of_all_runtimes_then_neither_hangs() {
    const TEST: &str = "process::fork_in_a_task_releases_tasks_of_all_runtimes_then_neither_hangs";
    for doorbell in DOORBELLS {
        alone(TEST, &[doorbell], || {
            let [here, there] = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
            let other = waiting_runtime(&there);
            on_a_runtime(async {
                warm_up().await;
                let tasks: Vec<_> = (0..MANY)
                    .map(|_| spawn(here.clone().acquire_owned()))
                    .collect();
                until(|| here.waiters() == MANY).await;
                let forking = {
                    let (here, there) = (here.clone(), there.clone());
                    spawn(async move {
                        in_a_fork(|| {
                            here.add_permits(MANY);
                            there.add_permits(MANY);
                        });
                    })
                };
                forking.await.unwrap();
                assert_eq!((here.waiters(), there.waiters()), (MANY, MANY));
                there.add_permits(MANY);
                let releasing = release_soon(&here, MANY);
                for task in tasks {
                    task.await.unwrap().forget();
                }
                releasing.join().unwrap();
            });
            other.join().unwrap();
        });
    }
}

/// Tasks of two runtimes that release each other without end, while `exit` is called.
fn exit_amid_mail(exit: impl Fn() + Send + Clone + 'static) {
    let gates = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
    let [one, _two] = [0, 1].map(|this| {
        let (own, other) = (gates[this].clone(), gates[1 - this].clone());
        let exit = exit.clone();
        thread::spawn(move || {
            on_a_runtime(async {
                for _ in 0..MANY {
                    let (own, other) = (own.clone(), other.clone());
                    spawn(async move {
                        loop {
                            other.add_permits(1);
                            own.acquire().await.forget();
                        }
                    })
                    .detach();
                }
                // Mail comes for a while.
                let s = Arc::new(Semaphore::new(0));
                let releasing = release_soon(&s, 1);
                s.acquire().await.forget();
                releasing.join().unwrap();
                if this == 0 {
                    spawn(async move { exit() }).await.unwrap();
                }
                std::future::pending::<()>().await;
            });
        })
    });
    one.join().unwrap();
}

#[test]
fn exit_in_a_task_while_mail_is_on_its_way_then_the_process_ends() {
    const TEST: &str = "process::exit_in_a_task_while_mail_is_on_its_way_then_the_process_ends";
    for doorbell in DOORBELLS {
        alone(TEST, &[doorbell], || {
            exit_amid_mail(|| std::process::exit(WELL));
        });
    }
}

#[test]
fn exit_on_another_thread_while_mail_is_on_its_way_then_the_process_ends() {
    const TEST: &str =
        "process::exit_on_another_thread_while_mail_is_on_its_way_then_the_process_ends";
    for doorbell in DOORBELLS {
        alone(TEST, &[doorbell], || {
            let (call, called) = mpsc::channel();
            thread::spawn(move || exit_amid_mail(move || call.send(()).unwrap()));
            called.recv().unwrap();
            std::process::exit(WELL);
        });
    }
}

/// The fork ends as a process does that ends well, with its destructors, in a runtime of its own
/// beside what is left of the parent's.
#[test]
#[cfg(unix)]
fn fork_runs_a_runtime_of_its_own_then_exits() {
    const TEST: &str = "process::fork_runs_a_runtime_of_its_own_then_exits";
    for doorbell in DOORBELLS {
        alone(TEST, &[doorbell], || {
            let s = Arc::new(Semaphore::new(0));
            let other = waiting_runtime(&s);
            thread::sleep(std::time::Duration::from_millis(50));
            in_a_fork(|| {
                on_a_runtime(async {
                    warm_up().await;
                    s.add_permits(MANY);
                    let more = Arc::new(Semaphore::new(0));
                    let task = spawn(more.clone().acquire_owned());
                    let releasing = thread::spawn(move || {
                        spin_until(|| more.waiters() == 1);
                        more.add_permits(1);
                    });
                    task.await.unwrap().forget();
                    releasing.join().unwrap();
                });
                std::process::exit(FORKED);
            });
            s.add_permits(MANY);
            other.join().unwrap();
        });
    }
}
