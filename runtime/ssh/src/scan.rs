//! The keys of a server, without logging in.

use crate::algorithms::HOST_KEYS;
use crate::auth::Attempted;
use crate::client::Client;
use crate::destination::{Destination, Settings};
use crate::error::{ConnectError, Phase, Reason};
use crate::host_key::{self, HostKeyCheck};
use crate::known_hosts::{HostKeyError, Recorded, Verdict, fingerprint, record_key};
use crate::patience::Patience;
use crate::session;
use russh::keys::{Algorithm, PublicKey, PublicKeyOrCertificate};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A key that a server shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKey {
    /// Its type: `ssh-ed25519`.
    pub kind: String,
    /// Its fingerprint: `SHA256:…`.
    pub fingerprint: String,
    key: PublicKey,
}

/// How a key stands to what is on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is on record.
    Known,
    /// Nothing is on record about its host.
    Unknown,
    /// It is to be refused.
    Refused(HostKeyError),
}

impl HostKey {
    fn new(mut key: PublicKey) -> Self {
        key.set_comment("");
        HostKey {
            kind: key.algorithm().to_string(),
            fingerprint: fingerprint(key.key_data()),
            key,
        }
    }

    /// How it stands to what is on record about a destination, whatever its policy is.
    ///
    /// # Errors
    ///
    /// A file exists and cannot be read.
    pub async fn standing(&self, destination: &Destination) -> Result<Standing, HostKeyError> {
        let known = host_key::known(destination).await?;
        let shown = PublicKeyOrCertificate::from(self.key.clone());
        Ok(match known.check(&shown) {
            Verdict::Known => Standing::Known,
            Verdict::Unknown(_) => Standing::Unknown,
            Verdict::Refused(error) => Standing::Refused(error),
        })
    }

    /// Adds it to a file. Other types of keys that are on record about the host do not matter, another
    /// key of the same type does. Blocks.
    ///
    /// # Errors
    ///
    /// Another key is on record, or the file cannot be written.
    pub fn record(&self, destination: &Destination, file: &Path) -> Result<Recorded, HostKeyError> {
        let (host, port) = (&destination.host, destination.port);
        let files = &destination.known_hosts;
        let alias = files.alias.as_deref();
        record_key(file, host, port, alias, self.key.clone(), files.hash, true)
    }
}

impl Client {
    /// The keys of a server, in the order of preference: one connection for each type, none of which
    /// is logged in.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, or shows no key at all.
    pub async fn scan(
        &self,
        destination: &Destination,
        settings: &Settings,
    ) -> Result<Vec<HostKey>, ConnectError> {
        let mut found: Vec<HostKey> = Vec::new();
        let mut failure = None;
        for algorithm in HOST_KEYS {
            let rsa = matches!(algorithm, Algorithm::Rsa { .. });
            if rsa && found.iter().any(|key| key.kind == "ssh-rsa") {
                continue;
            }
            match self.scan_one(destination, settings, algorithm).await? {
                Ok(key) => found.push(HostKey::new(key)),
                // It has no key of this type.
                Err((_, Reason::NoCommonAlgorithm { .. })) => {}
                Err(reason) => failure = Some(reason),
            }
        }
        match failure {
            Some((phase, reason)) if found.is_empty() => Err(ConnectError::new(
                destination,
                phase,
                reason,
                Attempted::default(),
                1,
            )),
            _ => Ok(found),
        }
    }

    async fn scan_one(
        &self,
        destination: &Destination,
        settings: &Settings,
        algorithm: &Algorithm,
    ) -> Result<Result<PublicKey, (Phase, Reason)>, ConnectError> {
        let (stream, _hop) = self.scan_stream(destination, settings).await?;
        let shown = Arc::new(Mutex::new(Vec::new()));
        let check = HostKeyCheck::scanning(destination, shown.clone(), algorithm.clone());
        let patience = Patience::default();
        let limit = settings.timeouts.handshake;
        let exchanged =
            session::handshake(stream, destination, settings, check, &patience, limit).await;
        let shown = shown.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(match (shown, exchanged) {
            (Some(key), _) => Ok(key),
            (None, Err(failure)) => Err(failure),
            (None, Ok(_)) => Err((
                Phase::Handshake,
                Reason::Protocol("the server shows no key".to_owned()),
            )),
        })
    }
}
