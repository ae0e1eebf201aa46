//! Signals: the first asks the run to stop, the second ends the process at once. What the run had
//! started never outlives it either way. SIGUSR1 asks what is going on.

use crate::error::Exit;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::Signals;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// What to do for the run that goes on.
struct Current {
    stop: Box<dyn FnMut(&'static str) + Send>,
    tell: Box<dyn Fn() + Send>,
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

/// From now on calls `stop` with its name on the first SIGINT, SIGTERM or SIGHUP, and `tell` on every SIGUSR1, on
/// a thread of its own. Without a run that goes on, the first ends the process.
///
/// # Errors
/// When the system refuses the handlers.
pub fn during(
    stop: impl FnMut(&'static str) + Send + 'static,
    tell: impl Fn() + Send + 'static,
) -> io::Result<During> {
    *current() = Some(Current {
        stop: Box::new(stop),
        tell: Box::new(tell),
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
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGUSR1])?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || signals.forever().for_each(handle))?;
    Ok(())
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
        Some(run) if !run.stopped => {
            ASKED.store(true, Ordering::Release);
            run.stopped = true;
            (run.stop)(name(signal));
        }
        _ => std::process::exit(Exit::Interrupted.code().into()),
    }
}
