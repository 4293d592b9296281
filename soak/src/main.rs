//! Everything in compio-sync at once, for as long as it is told to: tasks of several runtimes that
//! come and go, plain threads, timeouts, tasks that are given up, operations that hold permits. It
//! checks all the time what has to be true, sees to it that everybody gets on, and at the end that
//! all is back and nothing has grown.

mod actor;
mod buffer;
mod options;
mod plain;
mod plant;
mod samples;
mod session;
mod slots;
mod world;

use std::{
    io::{IsTerminal, stderr},
    process::{ExitCode, exit},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use compio::driver::AsyncifyPool;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    options::{HELP, Options},
    samples::{Growth, Sample},
    world::World,
};

fn main() -> ExitCode {
    let options = match Options::parse() {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    // A check that fails on whatever thread is the end of it.
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        print(info);
        eprintln!("FAILED: a check does not hold");
        exit(1);
    }));
    eprintln!("seed {}", options.seed);
    soak(options)
}

fn soak(options: Options) -> ExitCode {
    let world = Arc::new(World::new(options));
    let pool = AsyncifyPool::new(64, Duration::from_secs(60));
    let before = Sample::now(0, 0);
    let ended = Arc::new(AtomicBool::new(false));
    let watching = thread::spawn({
        let (world, ended) = (world.clone(), ended.clone());
        move || watch(&world, &ended)
    });
    let feeders = plain::feeders(&world);
    let blockers = plain::blockers(&world);
    let sessions: Vec<_> = (0..world.options.threads as u64)
        .map(|at| {
            let (world, pool) = (world.clone(), pool.clone());
            thread::spawn(move || session::run(&world, &pool, at))
        })
        .collect();

    thread::sleep(world.options.time);
    world.stop.store(true, Ordering::SeqCst);
    for thread in sessions.into_iter().chain(blockers) {
        thread.join().unwrap();
    }
    // Calls of runtimes that have ended go on.
    let patience = Instant::now() + world.options.bound;
    while world.calls.now() > 0 && Instant::now() < patience {
        thread::sleep(Duration::from_millis(1));
    }
    world.stop_feeding.store(true, Ordering::SeqCst);
    world.not_full.notify_all();
    for thread in feeders {
        thread.join().unwrap();
    }
    ended.store(true, Ordering::SeqCst);
    let samples = watching.join().unwrap();
    report(&world, &before, &samples)
}

fn held(world: &World) -> usize {
    world.held.in_use.now()
}

/// Shows how it goes, and ends the process when somebody does not get on.
fn watch(world: &World, ended: &AtomicBool) -> Vec<Sample> {
    const EVERY: Duration = Duration::from_millis(250);
    let total = world.options.time;
    let bar = stderr().is_terminal().then(|| {
        let style = ProgressStyle::with_template("{elapsed_precise} {bar:30} {msg}").unwrap();
        ProgressBar::new(total.as_millis().try_into().unwrap()).with_style(style)
    });
    // All the room at once: what watches must not grow itself.
    let room = total.as_millis() / EVERY.as_millis() + 1;
    let mut samples = Vec::with_capacity(room.try_into().unwrap());
    let (mut shown, mut shown_done) = (Instant::now(), 0);
    while !ended.load(Ordering::SeqCst) {
        thread::sleep(EVERY);
        let stuck = world.slots.stuck(world.options.bound);
        if !stuck.is_empty() {
            stuck.iter().for_each(|line| eprintln!("{line}"));
            eprintln!("FAILED: {} do not get on", stuck.len());
            exit(1);
        }
        let sample = Sample::now(world.slots.busy(), held(world));
        if !world.stops() {
            samples.push(sample);
        }
        let (done, since) = (world.slots.done(), shown.elapsed());
        let every = if bar.is_some() {
            EVERY
        } else {
            Duration::from_secs(5)
        };
        if since >= every {
            let rate = (done - shown_done) as f64 / since.as_secs_f64();
            let sessions = world.sessions.load(Ordering::SeqCst);
            let line = format!("{done} steps, {rate:.0}/s, {sessions} runtimes, {sample}");
            match &bar {
                Some(bar) => {
                    bar.set_position(world.start.elapsed().as_millis().try_into().unwrap());
                    bar.set_message(line);
                }
                None => eprintln!("{:>5} s  {line}", world.start.elapsed().as_secs()),
            }
            (shown, shown_done) = (Instant::now(), done);
        }
    }
    bar.inspect(ProgressBar::finish_and_clear);
    samples
}

fn report(world: &World, before: &Sample, samples: &[Sample]) -> ExitCode {
    let mut faults = world.faults_at_rest();
    let growth = Growth::of(samples);
    faults.extend(growth.faults());
    let end = Sample::now(world.slots.busy(), held(world));
    // Each relay keeps a descriptor: as many as there were runtimes at a time.
    let descriptors = before.descriptors + world.options.threads + 4;
    if end.descriptors > descriptors {
        faults.push(format!(
            "{} descriptors are open at the end, not {descriptors}",
            end.descriptors
        ));
    }
    let (done, time) = (world.slots.done(), world.start.elapsed().as_secs_f64());
    eprintln!("before: {before}");
    eprintln!("second third: {}", growth.before);
    eprintln!("last third: {}", growth.after);
    eprintln!("at the end: {end}");
    println!(
        "{{\"seed\":{},\"seconds\":{time:.1},\"steps\":{done},\"steps_per_second\":{:.0},\"\
         given_up\":{},\"runtimes\":{},\"before\":{},\"second_third\":{},\"last_third\":{},\"end\"\
         :{},\"faults\":{}}}",
        world.options.seed,
        done as f64 / time,
        world.given_up.load(Ordering::SeqCst),
        world.sessions.load(Ordering::SeqCst),
        before.json(),
        growth.before.json(),
        growth.after.json(),
        end.json(),
        faults.len()
    );
    for fault in &faults {
        eprintln!("FAILED: {fault}");
    }
    ExitCode::from(u8::from(!faults.is_empty()))
}
