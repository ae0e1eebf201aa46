//! Signals: the first asks the run to stop, the second ends the process at once. What the run had
//! started never outlives it either way.

use crate::error::Exit;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io;

/// From now on calls `stop` on the first SIGINT, SIGTERM or SIGHUP, on a thread of its own.
///
/// # Errors
/// When the system refuses the handlers.
pub fn on_interrupt(stop: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::spawn(move || {
        let mut signals = signals.forever();
        if signals.next().is_some() {
            stop();
        }
        if signals.next().is_some() {
            std::process::exit(Exit::Interrupted.code().into());
        }
    });
    Ok(())
}
