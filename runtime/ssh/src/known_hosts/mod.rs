//! Keys of servers that are known, in the format of OpenSSH's `known_hosts` (sshd(8), "SSH_KNOWN_HOSTS
//! FILE FORMAT").
//!
//! The library's own reader is not used: it knows no wildcards, passes over `@revoked`, takes a second
//! key of a host for a changed one, and an unreadable file for an empty one.
//!
//! - A file that does not exist says nothing; one that cannot be read stops the connection.
//! - Lines that cannot be understood are passed over.
//! - A host with keys on record of which none is the one that was shown has *changed*, even when the
//!   types differ: whoever wants to be taken for a server can choose the type that is not on record.

mod certificate;
mod line;
mod name;
mod record;
mod verify;

pub(crate) use name::{Pattern, matches_list};
pub use record::Recorded;
pub(crate) use record::record_key;
pub use verify::HostKeyError;
pub(crate) use verify::{KnownHosts, Verdict, fingerprint};
