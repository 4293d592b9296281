//! One loop for everything: files, sockets, timers, and what another runtime releases.

use std::{
    cell::Cell,
    io::Write,
    rc::Rc,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use compio::{
    fs::File,
    io::{AsyncReadAtExt, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::spawn,
    time::sleep,
};
use compio_sync::Semaphore;

use crate::common::{Watchdog, is_quick, on_a_runtime, spin_until, until};

fn rounds() -> usize {
    if is_quick() { 300 } else { 3000 }
}

const TEXT: &[u8] = b"what is read again and again";

async fn some_file() -> (File, tempfile::TempPath) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(TEXT).unwrap();
    let path = file.into_temp_path();
    (File::open(&path).await.unwrap(), path)
}

async fn read(file: &File) {
    let text = Vec::with_capacity(TEXT.len());
    let (_, text) = file.read_exact_at(text, 0).await.unwrap();
    assert_eq!(text, TEXT);
}

/// Both ends in one runtime.
async fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (near, far) = futures_util::join!(TcpStream::connect(address), listener.accept());
    (near.unwrap(), far.unwrap().0)
}

/// Sends a number there and back.
async fn ping(near: &mut TcpStream, far: &mut TcpStream, number: u64) {
    near.write_all(number.to_le_bytes()).await.unwrap();
    let (_, sent) = far.read_exact([0; 8]).await.unwrap();
    far.write_all(sent).await.unwrap();
    let (_, back) = near.read_exact([0; 8]).await.unwrap();
    assert_eq!(u64::from_le_bytes(back), number);
}

/// A runtime whose tasks release one permit of `to` for each of `from`, until it is told to stop.
fn answering(
    from: &Arc<Semaphore>,
    to: &Arc<Semaphore>,
    tasks: usize,
    stop: &Arc<AtomicBool>,
) -> thread::JoinHandle<()> {
    let (from, to, stop) = (from.clone(), to.clone(), stop.clone());
    thread::spawn(move || {
        on_a_runtime(async {
            for _ in 0..tasks {
                let (from, to) = (from.clone(), to.clone());
                spawn(async move {
                    loop {
                        from.acquire().await.forget();
                        to.add_permits(1);
                    }
                })
                .detach();
            }
            until(|| stop.load(Ordering::SeqCst)).await;
        });
    })
}

#[test]
fn task_reads_pings_sleeps_and_waits_for_another_runtime_in_turns() {
    let _watchdog = Watchdog::start();
    let [ask, answer] = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
    let stop = Arc::new(AtomicBool::new(false));
    let other = answering(&ask, &answer, 1, &stop);
    on_a_runtime(async {
        let task = spawn(async move {
            let (file, _path) = some_file().await;
            let (mut near, mut far) = connection().await;
            for round in 0..rounds() {
                read(&file).await;
                ask.add_permits(1);
                answer.acquire().await.forget();
                ping(&mut near, &mut far, round as u64).await;
                ask.add_permits(2);
                sleep(Duration::from_micros(50)).await;
                answer.acquire_many(2).await.forget();
            }
            assert_eq!(answer.available_permits(), 0);
        });
        task.await.unwrap();
    });
    stop.store(true, Ordering::SeqCst);
    other.join().unwrap();
}

/// Many tasks that do nothing but wait for the other runtime, in rounds that never end, beside one
/// for each other source.
#[test]
fn waits_for_another_runtime_without_end_then_no_other_source_starves() {
    const CROWD: usize = 128;
    let _watchdog = Watchdog::start();
    let [ask, answer] = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
    let stop = Arc::new(AtomicBool::new(false));
    let other = answering(&ask, &answer, CROWD, &stop);
    on_a_runtime(async {
        let waits = Rc::new(Cell::new(0_usize));
        for _ in 0..CROWD {
            let (ask, answer, waits) = (ask.clone(), answer.clone(), waits.clone());
            spawn(async move {
                loop {
                    ask.add_permits(1);
                    answer.acquire().await.forget();
                    waits.set(waits.get() + 1);
                }
            })
            .detach();
        }
        let sources = [
            spawn(async {
                let (file, _path) = some_file().await;
                for _ in 0..rounds() {
                    read(&file).await;
                }
            }),
            spawn(async {
                let (mut near, mut far) = connection().await;
                for round in 0..rounds() {
                    ping(&mut near, &mut far, round as u64).await;
                }
            }),
            spawn(async {
                for _ in 0..rounds() {
                    sleep(Duration::from_micros(50)).await;
                }
            }),
        ];
        let mut before = 0;
        for source in sources {
            source.await.unwrap();
            // Nor do the waits.
            let least = before + CROWD;
            until(|| waits.get() > least).await;
            before = waits.get();
        }
    });
    stop.store(true, Ordering::SeqCst);
    other.join().unwrap();
}

#[test]
fn tasks_of_two_runtimes_in_one_line_then_served_in_their_order() {
    const TASKS: usize = 50;
    let _watchdog = Watchdog::start();
    let s = Arc::new(Semaphore::new(0));
    let served = Arc::new(Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for this in 0..2 {
            let (s, served) = (&s, &served);
            scope.spawn(move || {
                on_a_runtime(async {
                    let mut tasks = Vec::new();
                    for at in (0..TASKS).map(|at| 2 * at + this) {
                        // Each is behind one of the other runtime.
                        until(|| s.waiters() == at).await;
                        let (s, served) = (s.clone(), served.clone());
                        tasks.push(spawn(async move {
                            s.acquire().await.forget();
                            served.lock().unwrap().push(at);
                        }));
                    }
                    for task in tasks {
                        task.await.unwrap();
                    }
                });
            });
        }
        spin_until(|| s.waiters() == 2 * TASKS);
        // One by one, since nothing is said of the order in which two runtimes run.
        for n in 1..=TASKS {
            s.add_permits(1);
            spin_until(|| served.lock().unwrap().len() == n);
        }
        s.add_permits(TASKS);
    });
    let served = Arc::into_inner(served).unwrap().into_inner().unwrap();
    assert_eq!(served[..TASKS], (0..TASKS).collect::<Vec<_>>());
    for this in 0..2 {
        // Of those that were released at once, each runtime serves its own in their order.
        let own: Vec<_> = served
            .iter()
            .filter(|at| *at % 2 == this)
            .copied()
            .collect();
        assert!(own.is_sorted(), "{own:?}");
    }
}
