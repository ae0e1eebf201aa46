//! Which sandbox this system has.

use super::landlock;
use std::sync::OnceLock;

/// A way to keep processes from reaching what they may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// Landlock: what is not allowed is refused with `EACCES`.
    Landlock,
}

impl Mechanism {
    /// The one to use here; `None` when the system has none. Asked once per process.
    pub fn here() -> Option<Mechanism> {
        static FOUND: OnceLock<Option<Mechanism>> = OnceLock::new();
        *FOUND.get_or_init(|| landlock::is_there().then_some(Mechanism::Landlock))
    }
}
