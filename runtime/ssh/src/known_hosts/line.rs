//! One line of a `known_hosts` file.

use super::name::Names;
use russh::keys::PublicKey;
use russh::keys::ssh_key::public::KeyData;
use std::path::PathBuf;
use std::sync::Arc;

/// What a line says about its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marker {
    /// It is a key of the hosts.
    Key,
    /// Whoever has it may vouch for the hosts (`@cert-authority`).
    Authority,
    /// Nobody who shows it is to be believed (`@revoked`).
    Revoked,
}

/// A line that was understood.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub marker: Marker,
    pub names: Names,
    pub key: KeyData,
    /// The file it is in.
    pub file: Arc<PathBuf>,
    /// Its number, from 1.
    pub number: usize,
}

impl Line {
    /// Reads a line. `None` when it is empty or a comment, or cannot be understood: OpenSSH passes
    /// over these as well, so that files with keys of a later version go on working.
    pub fn parse(text: &str, file: &Arc<PathBuf>, number: usize) -> Option<Line> {
        let text = text.trim_matches([' ', '\t', '\r']);
        if text.is_empty() || text.starts_with('#') {
            return None;
        }
        let mut words = text.split([' ', '\t']).filter(|word| !word.is_empty());
        let first = words.next()?;
        let (marker, names) = match first {
            "@cert-authority" => (Marker::Authority, words.next()?),
            "@revoked" => (Marker::Revoked, words.next()?),
            _ if first.starts_with('@') => return None,
            _ => (Marker::Key, first),
        };
        let (kind, data) = (words.next()?, words.next()?);
        let key = PublicKey::from_openssh(&format!("{kind} {data}")).ok()?;
        Some(Line {
            marker,
            names: Names::parse(names)?,
            key: key.key_data().clone(),
            file: file.clone(),
            number,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// Whatever a file holds, a line is understood or passed over.
        #[test]
        fn any_line(text in "(@[a-z-]{0,12} )?[!-~]{0,20}[ \\t](ssh-[a-z0-9]{0,8}|ecdsa)?[ \\t][A-Za-z0-9+/=]{0,80}.{0,20}") {
            let _ = Line::parse(&text, &Arc::new(PathBuf::new()), 1);
        }
    }
}
