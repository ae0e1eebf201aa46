//! The decision about a server's key.

use crate::destination::{Destination, HostKeyPolicy};
use crate::known_hosts::{HostKeyError, KnownHosts, Verdict, fingerprint, record_key};
use crate::patience::Patience;
use nexus_executor::{Prompt, Question};
use russh::keys::{Algorithm, PublicKey, PublicKeyOrCertificate};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// What is known about the keys of a server, and what is done about an unknown one.
pub(crate) struct HostKeyCheck {
    known: KnownHosts,
    destination: Destination,
    prompt: Arc<dyn Prompt>,
    patience: Patience,
    /// Keys are collected in the place of a decision.
    scan: Option<Scan>,
}

/// Where keys are collected, and of which type.
struct Scan {
    into: Arc<Mutex<Vec<PublicKey>>>,
    algorithm: Algorithm,
}

impl HostKeyCheck {
    /// Reads what is known.
    ///
    /// # Errors
    ///
    /// A file exists and cannot be read.
    pub async fn prepare(
        destination: &Destination,
        prompt: Arc<dyn Prompt>,
        patience: Patience,
    ) -> Result<Self, HostKeyError> {
        let known = if destination.host_keys == HostKeyPolicy::Off {
            KnownHosts::default()
        } else {
            known(destination).await?
        };
        Ok(HostKeyCheck {
            known,
            destination: destination.clone(),
            prompt,
            patience,
            scan: None,
        })
    }

    /// Collects the key of a type that is shown, and refuses it.
    pub fn scanning(
        destination: &Destination,
        into: Arc<Mutex<Vec<PublicKey>>>,
        algorithm: Algorithm,
    ) -> Self {
        HostKeyCheck {
            known: KnownHosts::default(),
            destination: destination.clone(),
            prompt: Arc::new(nexus_executor::Nobody),
            patience: Patience::default(),
            scan: Some(Scan { into, algorithm }),
        }
    }

    /// The algorithms to ask for.
    pub fn order(&self, offered: &[Algorithm]) -> Vec<Algorithm> {
        match &self.scan {
            Some(scan) => vec![scan.algorithm.clone()],
            None => self.known.order(offered),
        }
    }

    /// Whether certificates could be accepted.
    pub fn wants_certificates(&self) -> bool {
        self.known.has_authority()
    }

    /// Decides. Records an unknown key that is accepted.
    ///
    /// # Errors
    ///
    /// Why it is not accepted.
    pub async fn decide(&self, shown: &PublicKeyOrCertificate) -> Result<(), HostKeyError> {
        if let Some(scan) = &self.scan {
            let mut found = scan.into.lock().unwrap_or_else(PoisonError::into_inner);
            found.push(shown.public_key());
            return Err(HostKeyError::Declined {
                fingerprint: String::new(),
            });
        }
        if self.destination.host_keys == HostKeyPolicy::Off {
            return Ok(());
        }
        let unknown = match self.known.check(shown) {
            Verdict::Known => return Ok(()),
            Verdict::Refused(error) => return Err(error),
            Verdict::Unknown(error) => error,
        };
        match self.destination.host_keys {
            HostKeyPolicy::AcceptNew => {}
            HostKeyPolicy::Tofu => {
                if !self.trusted(shown).await.ok_or(unknown)? {
                    return Err(HostKeyError::Declined {
                        fingerprint: fingerprint(shown.public_key().key_data()),
                    });
                }
            }
            HostKeyPolicy::Strict | HostKeyPolicy::Off => return Err(unknown),
        }
        self.record(shown.public_key()).await
    }

    /// Asks a person; `None` when there is nobody.
    async fn trusted(&self, shown: &PublicKeyOrCertificate) -> Option<bool> {
        if !self.destination.methods.ask {
            return None;
        }
        let key = shown.public_key();
        let question = Question {
            about: vec![
                format!("The server of {} is not known.", self.known.name()),
                format!(
                    "It shows the key {} {}.",
                    key.algorithm(),
                    fingerprint(key.key_data())
                ),
            ],
            text: "Trust it from now on".to_owned(),
            shown: true,
        };
        self.patience.asking(self.prompt.confirm(&question)).await
    }

    async fn record(&self, key: PublicKey) -> Result<(), HostKeyError> {
        let files = self.destination.known_hosts.clone();
        let Some(file) = files.record.filter(|file| file != Path::new("/dev/null")) else {
            return Ok(());
        };
        let (host, port) = (self.destination.host.clone(), self.destination.port);
        let recorded = tokio::task::spawn_blocking(move || {
            let alias = files.alias.as_deref();
            record_key(&file, &host, port, alias, key, files.hash, false)
        });
        match recorded.await {
            Ok(recorded) => recorded.map(|_| ()),
            Err(_) => Ok(()),
        }
    }
}

/// What the files say about a destination.
pub(crate) async fn known(destination: &Destination) -> Result<KnownHosts, HostKeyError> {
    let files = destination.known_hosts.clone();
    let (host, port) = (destination.host.clone(), destination.port);
    let read = tokio::task::spawn_blocking(move || {
        KnownHosts::read(&files.read, &host, port, files.alias.as_deref())
    });
    match read.await {
        Ok(known) => known,
        Err(error) => Err(HostKeyError::Unreadable {
            file: destination
                .known_hosts
                .read
                .first()
                .cloned()
                .unwrap_or_default(),
            problem: error.to_string(),
        }),
    }
}
