//! Whether the key that a server shows is the one on record.

use super::certificate;
use super::line::{Line, Marker};
use super::name::canonical;
use russh::keys::ssh_key::public::KeyData;
use russh::keys::{Algorithm, Certificate, HashAlg, PublicKeyOrCertificate};
use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

/// Why a server's key is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostKeyError {
    /// No key of the host is on record.
    Unknown {
        /// The name it is looked for by.
        name: String,
        /// The type of the key that was shown.
        kind: String,
        /// Its fingerprint.
        fingerprint: String,
        /// The files that were looked into.
        files: Vec<PathBuf>,
    },
    /// Another key is on record.
    Changed {
        /// The name it is looked for by.
        name: String,
        /// The type of the key that was shown.
        kind: String,
        /// Its fingerprint.
        fingerprint: String,
        /// The type of the key on record.
        recorded_kind: String,
        /// The fingerprint of the key on record.
        recorded: String,
        /// Where it is on record.
        file: PathBuf,
        /// In which line, from 1.
        line: usize,
    },
    /// The key is marked as stolen.
    Revoked {
        /// The fingerprint of the key.
        fingerprint: String,
        /// Where that is said.
        file: PathBuf,
        /// In which line, from 1.
        line: usize,
    },
    /// A certificate does not vouch for the host.
    Certificate {
        /// Why it does not.
        problem: String,
    },
    /// A file with keys cannot be read, so that nothing can be said.
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        problem: String,
    },
    /// The key was accepted but could not be recorded.
    NotRecorded {
        /// The file.
        file: PathBuf,
        /// What the system says.
        problem: String,
    },
    /// A person who was asked does not trust the key.
    Declined {
        /// The fingerprint of the key.
        fingerprint: String,
    },
}

impl fmt::Display for HostKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HostKeyError::Unknown {
                name,
                kind,
                fingerprint,
                ..
            } => write!(
                f,
                "no key of `{name}` is known; it shows {kind} {fingerprint}"
            ),
            HostKeyError::Changed {
                name,
                kind,
                fingerprint,
                recorded_kind,
                recorded,
                file,
                line,
            } => write!(
                f,
                "the key of `{name}` has changed: it shows {kind} {fingerprint}, but {recorded_kind} \
                 {recorded} is on record in {}:{line}",
                file.display()
            ),
            HostKeyError::Revoked {
                fingerprint,
                file,
                line,
            } => write!(
                f,
                "the server's key {fingerprint} is revoked by {}:{line}",
                file.display()
            ),
            HostKeyError::Certificate { problem } => f.write_str(problem),
            HostKeyError::Unreadable { file, problem } => {
                write!(f, "{} cannot be read: {problem}", file.display())
            }
            HostKeyError::NotRecorded { file, problem } => write!(
                f,
                "the server's key cannot be recorded in {}: {problem}",
                file.display()
            ),
            HostKeyError::Declined { fingerprint } => {
                write!(f, "the server's key {fingerprint} was not trusted")
            }
        }
    }
}

/// What the files say about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is on record, or somebody on record vouches for it.
    Known,
    /// Nothing is on record.
    Unknown(HostKeyError),
    /// It must not be accepted.
    Refused(HostKeyError),
}

/// The lines of all files that are about one host.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownHosts {
    host: String,
    name: String,
    /// Lines about the host at its port.
    lines: Vec<Line>,
    /// Lines about the host at the usual port, when it is another one.
    elsewhere: Vec<Line>,
    files: Vec<PathBuf>,
}

impl KnownHosts {
    /// Reads what files say about a host. With an alias, that is the name instead, without the port.
    ///
    /// # Errors
    ///
    /// A file exists and cannot be read.
    pub fn read(
        files: &[PathBuf],
        host: &str,
        port: u16,
        alias: Option<&str>,
    ) -> Result<KnownHosts, HostKeyError> {
        let host = alias.unwrap_or(host).to_ascii_lowercase();
        let name = match alias {
            Some(_) => host.clone(),
            None => canonical(&host, port),
        };
        let mut known = KnownHosts {
            host,
            name,
            files: files.to_vec(),
            ..KnownHosts::default()
        };
        for file in files {
            match fs::read(file) {
                Ok(bytes) => known.add(&String::from_utf8_lossy(&bytes), file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(HostKeyError::Unreadable {
                        file: file.clone(),
                        problem: error.to_string(),
                    });
                }
            }
        }
        Ok(known)
    }

    fn add(&mut self, text: &str, file: &std::path::Path) {
        let file = Arc::new(file.to_owned());
        for (number, line) in (1..).zip(text.split('\n')) {
            let Some(line) = Line::parse(line, &file, number) else {
                continue;
            };
            if line.names.contain(&self.name) {
                self.lines.push(line);
            } else if self.name != self.host && line.names.contain(&self.host) {
                self.elsewhere.push(line);
            }
        }
    }

    /// The name the host is looked for by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether certificates of the host could be accepted.
    pub fn has_authority(&self) -> bool {
        self.lines
            .iter()
            .any(|line| line.marker == Marker::Authority)
    }

    /// The algorithms to ask for, those of which keys are on record first: a server with several keys
    /// then shows the one that can be checked.
    pub fn order(&self, offered: &[Algorithm]) -> Vec<Algorithm> {
        let known = |algorithm: &&Algorithm| {
            let of = |lines: &[Line]| {
                lines
                    .iter()
                    .any(|line| line.marker == Marker::Key && fits(&line.key, algorithm))
            };
            of(&self.lines) || (self.lines.is_empty() && of(&self.elsewhere))
        };
        let (mut first, rest): (Vec<_>, Vec<_>) = offered.iter().partition(known);
        first.extend(rest);
        first.into_iter().cloned().collect()
    }

    /// What the files say about what a server shows.
    pub fn check(&self, shown: &PublicKeyOrCertificate) -> Verdict {
        match shown {
            PublicKeyOrCertificate::PublicKey { key, .. } => self.check_key(key.key_data()),
            PublicKeyOrCertificate::Certificate(certificate) => self.check_certificate(certificate),
        }
    }

    fn check_certificate(&self, shown: &Certificate) -> Verdict {
        for key in [shown.signature_key(), shown.public_key()] {
            if let Some(revoked) = self.revoked(key) {
                return Verdict::Refused(revoked);
            }
        }
        let trusted = self
            .lines
            .iter()
            .any(|line| line.marker == Marker::Authority && line.key == *shown.signature_key());
        if !trusted {
            // As if the server had shown the bare key.
            return self.check_key(shown.public_key());
        }
        let checked = certificate::check(shown, &self.host, SystemTime::now()).and_then(|()| {
            let signed = shown.verify_signature();
            signed.map_err(|_| "the signature of the certificate is wrong".to_owned())
        });
        match checked {
            Ok(()) => Verdict::Known,
            Err(problem) => Verdict::Refused(HostKeyError::Certificate { problem }),
        }
    }

    fn check_key(&self, shown: &KeyData) -> Verdict {
        if let Some(revoked) = self.revoked(shown) {
            return Verdict::Refused(revoked);
        }
        if recorded(&self.lines).any(|line| line.key == *shown) {
            return Verdict::Known;
        }
        let fingerprint = fingerprint(shown);
        let kind = shown.algorithm().to_string();
        // Of several keys on record, the one of the same type is what changed.
        let same = recorded(&self.lines).find(|line| line.key.algorithm() == shown.algorithm());
        if let Some(line) = same.or_else(|| recorded(&self.lines).next()) {
            return Verdict::Refused(HostKeyError::Changed {
                name: self.name.clone(),
                kind,
                fingerprint,
                recorded_kind: line.key.algorithm().to_string(),
                recorded: self::fingerprint(&line.key),
                file: line.file.to_path_buf(),
                line: line.number,
            });
        }
        // A key recorded without a port counts for every port, as long as there is none with it.
        if recorded(&self.elsewhere).any(|line| line.key == *shown) {
            return Verdict::Known;
        }
        Verdict::Unknown(HostKeyError::Unknown {
            name: self.name.clone(),
            kind,
            fingerprint,
            files: self.files.clone(),
        })
    }

    fn revoked(&self, key: &KeyData) -> Option<HostKeyError> {
        let mut lines = self.lines.iter().chain(&self.elsewhere);
        let line = lines.find(|line| line.marker == Marker::Revoked && line.key == *key)?;
        Some(HostKeyError::Revoked {
            fingerprint: fingerprint(key),
            file: line.file.to_path_buf(),
            line: line.number,
        })
    }
}

fn recorded(lines: &[Line]) -> impl Iterator<Item = &Line> {
    lines.iter().filter(|line| line.marker == Marker::Key)
}

/// Whether a server with a key can use an algorithm. RSA keys have several.
fn fits(key: &KeyData, algorithm: &Algorithm) -> bool {
    match algorithm {
        Algorithm::Rsa { .. } => key.algorithm().is_rsa(),
        other => key.algorithm() == *other,
    }
}

/// A fingerprint as OpenSSH shows it: `SHA256:…`.
pub(crate) fn fingerprint(key: &KeyData) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}
