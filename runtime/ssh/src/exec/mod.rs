//! Running jobs on a host: who does it, what it prints, how it is ended, and what became of it.

mod become_user;
mod case;
mod crew;
mod ending;
mod failure;
mod line;
pub(crate) mod link;
mod password;
mod plain;
mod session;
mod shell;
#[cfg(test)]
mod tests;

pub(crate) use failure::Whom;
pub(crate) use line::Line;
pub(crate) use password::Passwords;
pub(crate) use session::HostSession;

use std::time::Duration;

/// How long the other side may take for something that takes no time.
const PATIENCE: Duration = Duration::from_secs(10);
