//! `~/.ssh/config`, as OpenSSH means it (ssh_config(5), and `readconf.c` where the manual is silent).
//!
//! The rules that matter:
//!
//! - For each keyword the first value found counts; keys, certificates and variables to send add up.
//! - The user's file is read before the system's one.
//! - `Host` is compared with the name as it was given, `Match host` with what `HostName` has made of it.
//! - `Match final` and `CanonicalizeHostname` make a second pass, in which `Host` sees the new name.
//! - A file included in a block that does not apply applies nowhere.
//! - A jump host is looked up like any other host.

mod files;
mod jump;
mod keyword;
mod lookup;
mod matching;
mod time;
mod token;
mod value;
mod words;

pub use files::ConfigError;
pub use jump::Jump;
pub use lookup::{HostConfig, Lookup, SshConfig};
pub use value::{AddressFamily, StrictHostKeyChecking};
