//! Signals: the first asks the run to stop, the second ends the process at once. What the run had
//! started never outlives it either way. SIGUSR1 asks what is going on. SIGTSTP (Ctrl+Z) stops what
//! runs, and then this process. Signals that were ignored when it started stay so (`nohup`).

use crate::error::Exit;
use signal_hook::consts::{SIGHUP, SIGINT, SIGSTOP, SIGTERM, SIGTSTP, SIGUSR1};
use signal_hook::iterator::Signals;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// What to do for the run that goes on.
struct Current {
    stop: Box<dyn FnMut(&'static str) + Send>,
    tell: Box<dyn Fn() + Send>,
    pause: Box<dyn Fn() + Send>,
    stopped: bool,
}

static CURRENT: Mutex<Option<Current>> = Mutex::new(None);
static LISTENING: OnceLock<bool> = OnceLock::new();
static ASKED: AtomicBool = AtomicBool::new(false);

fn current() -> MutexGuard<'static, Option<Current>> {
    CURRENT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Until it is dropped, signals concern one run.
pub struct During(());

impl Drop for During {
    fn drop(&mut self) {
        *current() = None;
    }
}

/// Whether a signal asked this process to come to its end.
pub fn asked_to_end() -> bool {
    ASKED.load(Ordering::Acquire)
}

/// From now on calls `stop` with its name on the first SIGINT, SIGTERM or SIGHUP, `tell` on every
/// SIGUSR1 and `pause` on every SIGTSTP, on a thread of its own. Without a run that goes on, the first
/// ends or stops the process.
///
/// # Errors
/// When the system refuses the handlers.
pub fn during(
    stop: impl FnMut(&'static str) + Send + 'static,
    tell: impl Fn() + Send + 'static,
    pause: impl Fn() + Send + 'static,
) -> io::Result<During> {
    *current() = Some(Current {
        stop: Box::new(stop),
        tell: Box::new(tell),
        pause: Box::new(pause),
        stopped: false,
    });
    let during = During(());
    if *LISTENING.get_or_init(|| listen().is_ok()) {
        Ok(during)
    } else {
        Err(io::Error::other("the system refuses the handlers"))
    }
}

/// Until it is dropped, the first signal ends the process: it waits for an answer.
pub struct Asking(());

/// While somebody is asked.
pub fn asking() -> Asking {
    if let Some(run) = current().as_mut() {
        run.stopped = true;
    }
    Asking(())
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(run) = current().as_mut() {
            run.stopped = false;
        }
    }
}

/// Handles signals although no run goes on yet: they end the process in an orderly way.
pub fn listen_early() {
    LISTENING.get_or_init(|| listen().is_ok());
}

fn listen() -> io::Result<()> {
    let ignored = ignored();
    let wanted = [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGTSTP];
    let wanted = wanted.into_iter().filter(|signal| match *signal {
        // Nobody could let the first process of a session go on.
        SIGTSTP if leads_a_session() => false,
        signal => ignored & (1 << (signal - 1)) == 0,
    });
    let mut signals = Signals::new(wanted)?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || signals.forever().for_each(handle))?;
    Ok(())
}

/// The signals that this process ignores, a bit for each: `SigIgn` of proc_pid_status(5).
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// Whether this process is the first one of its session: the sixth field of proc_pid_stat(5).
fn leads_a_session() -> bool {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let session = rest.split_ascii_whitespace().nth(3);
    session.and_then(|id| id.parse().ok()) == Some(std::process::id())
}

fn name(signal: i32) -> &'static str {
    match signal {
        SIGINT => "SIGINT",
        SIGHUP => "SIGHUP",
        _ => "SIGTERM",
    }
}

fn handle(signal: i32) {
    let mut current = current();
    match current.as_mut() {
        Some(run) if signal == SIGUSR1 => (run.tell)(),
        None if signal == SIGUSR1 => {}
        Some(run) if signal == SIGTSTP && !run.stopped => (run.pause)(),
        _ if signal == SIGTSTP => {
            // Nothing runs. When this fails there is nobody to tell.
            _ = signal_hook::low_level::raise(SIGSTOP);
        }
        Some(run) if !run.stopped => {
            ASKED.store(true, Ordering::Release);
            run.stopped = true;
            (run.stop)(name(signal));
        }
        _ => {
            crate::screen::restore();
            std::process::exit(Exit::Interrupted.code().into())
        }
    }
}
