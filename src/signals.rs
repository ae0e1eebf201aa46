//! Signals: the first asks the run to stop, the second ends the process at once. What the run had
//! started never outlives it either way. SIGUSR1 asks what is going on.

use crate::error::Exit;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::Signals;
use std::io;

/// From now on calls `stop` on the first SIGINT, SIGTERM or SIGHUP, and `tell` on every SIGUSR1, on
/// a thread of its own.
///
/// # Errors
/// When the system refuses the handlers.
pub fn on_signals(
    stop: impl FnOnce() + Send + 'static,
    tell: impl Fn() + Send + 'static,
) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGUSR1])?;
    std::thread::spawn(move || {
        let mut stop = Some(stop);
        for signal in signals.forever() {
            match (signal, stop.take()) {
                (SIGUSR1, before) => {
                    stop = before;
                    tell();
                }
                (_, Some(stop)) => stop(),
                (_, None) => std::process::exit(Exit::Interrupted.code().into()),
            }
        }
    });
    Ok(())
}
