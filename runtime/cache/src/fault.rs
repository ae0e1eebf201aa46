//! What can be wrong with a shared cache, and how it is told.

use nexus_store::Warning;
use std::time::Duration;

/// Why something could not be had or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No connection, or one that ended too early.
    Unreachable(String),
    /// It took too long.
    Slow(String),
    /// It wants to know who we are, or we may not.
    Refused(String),
    /// It asks us to come back later, perhaps after a certain time.
    Busy(String, Option<Duration>),
    /// It has no room.
    Full(String),
    /// It answered what nobody can use: errors of its own, or another protocol.
    Failed(String),
    /// What it gave is not what its name says.
    Lied(String),
    /// Not signed by anybody the project names.
    Untrusted(String),
    /// More bytes than the project or the cache allows for one result.
    TooLarge(String),
    /// This machine's own store failed, which is told by the store.
    Local,
    /// It was given up before.
    Off,
}

impl Fault {
    /// Whether there is no sense in trying anything else.
    pub fn is_final(&self) -> bool {
        matches!(self, Fault::Refused(_) | Fault::Full(_))
    }

    /// Whether it says something about how the cache works at all.
    pub fn counts(&self) -> bool {
        !matches!(
            self,
            Fault::Untrusted(_) | Fault::TooLarge(_) | Fault::Local | Fault::Off
        )
    }

    fn text(&self) -> &str {
        match self {
            Fault::Unreachable(text)
            | Fault::Slow(text)
            | Fault::Refused(text)
            | Fault::Busy(text, _)
            | Fault::Full(text)
            | Fault::Failed(text)
            | Fault::Lied(text)
            | Fault::Untrusted(text)
            | Fault::TooLarge(text) => text,
            Fault::Local => "this machine's own cache cannot be written",
            Fault::Off => "it was given up",
        }
    }

    /// For people.
    pub fn warning(&self, cache: &str, writing: bool, more: u32, off: bool) -> Warning {
        let (code, what, help) = match self {
            Fault::Lied(_) => (
                "NX0633",
                "gave something else than it should",
                "nothing of it was used; somebody should look after the cache: `nexus cache doctor`",
            ),
            Fault::Untrusted(_) => (
                "NX0634",
                "has results that are not trusted",
                "they were not used; `config.cache.keys` names those whose results are",
            ),
            _ if writing => (
                "NX0635",
                "could not be written",
                "the results are kept on this machine; `nexus cache doctor` tests the cache",
            ),
            _ => (
                "NX0632",
                "could not be used",
                "what it would have spared was executed; `nexus cache doctor` tests it",
            ),
        };
        let more = match more {
            0 => String::new(),
            1 => " (and once more)".to_string(),
            n => format!(" (and {n} times more)"),
        };
        let off = if off && self.counts() {
            "; it was given up for the rest of the run"
        } else {
            ""
        };
        Warning {
            code,
            message: format!(
                "the shared cache `{cache}` {what}: {}{more}{off}",
                self.text()
            ),
            help: Some(help.to_string()),
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}
