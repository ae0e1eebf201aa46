//! Keys to offer, in their order.

use super::{Login, called, read_certificate};
use crate::auth::agent::AgentKeys;
use crate::keys::Loaded;
use russh::keys::agent::AgentIdentity;
use russh::keys::ssh_key::public::KeyData;
use russh::keys::{Certificate, PrivateKey, PublicKey};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A key to offer, or a reason why not.
pub(super) enum Candidate {
    /// A key at hand.
    Key { what: String, key: Arc<PrivateKey> },
    /// A certificate with its key.
    Certificate {
        what: String,
        key: Arc<PrivateKey>,
        certificate: Box<Certificate>,
    },
    /// A key that needs a passphrase.
    Encrypted {
        what: String,
        path: PathBuf,
        public: Option<PublicKey>,
    },
    /// A key or a certificate of the agent's, by its place.
    Agent { what: String, index: usize },
    /// Nothing that can be offered.
    Unusable { what: String, problem: String },
}

/// What has been listed until now.
#[derive(Default)]
struct List {
    candidates: Vec<Candidate>,
    keys: Vec<KeyData>,
    of_agent: Vec<usize>,
}

impl Login<'_> {
    /// Everything there is to offer.
    pub(super) async fn candidates(&mut self) -> Vec<Candidate> {
        if !self.destination.methods.publickey {
            return Vec::new();
        }
        let mut list = List::default();
        self.agent = match self.destination.agent.socket() {
            None => None,
            Some(socket) => match AgentKeys::list(&socket, self.handle).await {
                Ok(agent) => Some(agent),
                Err(problem) => {
                    let what = format!("agent {}", socket.display());
                    list.candidates.push(Candidate::Unusable { what, problem });
                    None
                }
            },
        };
        let mut certificates = Vec::new();
        for path in &self.destination.certificates {
            certificates.extend(read_certificate(path.clone()).await);
        }
        let destination = self.destination;
        for path in destination.identities.iter().chain(&destination.configured) {
            self.add_file(&mut list, path, &certificates).await;
        }
        if !destination.identities_only {
            let known = self
                .agent
                .as_ref()
                .map_or(0, |agent| agent.identities.len());
            (0..known).for_each(|index| self.add_agent(&mut list, index));
            for path in &destination.fallback {
                self.add_file(&mut list, path, &certificates).await;
            }
        }
        list.candidates
    }

    fn add_agent(&self, list: &mut List, index: usize) {
        let Some(agent) = &self.agent else { return };
        let Some(identity) = agent.identities.get(index) else {
            return;
        };
        if list.of_agent.contains(&index) {
            return;
        }
        let key = identity.public_key();
        if matches!(identity, AgentIdentity::PublicKey { .. }) {
            if list.keys.contains(key.key_data()) {
                return;
            }
            list.keys.push(key.key_data().clone());
        }
        list.of_agent.push(index);
        let kind = match identity {
            AgentIdentity::PublicKey { .. } => "key",
            AgentIdentity::Certificate { .. } => "certificate",
        };
        let fingerprint = key.fingerprint(russh::keys::HashAlg::Sha256);
        let what = match identity.comment() {
            "" => format!("{kind} of the agent ({fingerprint})"),
            comment => format!("{kind} of the agent: {comment} ({fingerprint})"),
        };
        list.candidates.push(Candidate::Agent { what, index });
    }

    async fn add_file(&self, list: &mut List, path: &Path, certificates: &[Certificate]) {
        match self.client.keys().load(path).await {
            // The private half may be with the agent alone.
            Loaded::Missing => {
                let beside = with_suffix(path, ".pub");
                if let Ok(public) = PublicKey::read_openssh_file(&beside) {
                    self.add_from_agent(list, public.key_data());
                }
            }
            Loaded::Unusable(problem) => list.candidates.push(Candidate::Unusable {
                what: path.display().to_string(),
                problem,
            }),
            Loaded::Encrypted(public) => {
                if let Some(public) = &public {
                    if list.keys.contains(public.key_data())
                        || self.add_from_agent(list, public.key_data())
                    {
                        return;
                    }
                    list.keys.push(public.key_data().clone());
                }
                list.candidates.push(Candidate::Encrypted {
                    what: path.display().to_string(),
                    path: path.to_owned(),
                    public,
                });
            }
            Loaded::Ready(key) => {
                let public = key.public_key();
                if list.keys.contains(public.key_data()) {
                    return;
                }
                list.keys.push(public.key_data().clone());
                let beside = read_certificate(with_suffix(path, "-cert.pub")).await;
                let fitting = certificates
                    .iter()
                    .chain(&beside)
                    .filter(|certificate| certificate.public_key() == public.key_data());
                for certificate in fitting {
                    list.candidates.push(Candidate::Certificate {
                        what: format!(
                            "certificate `{}` of {}",
                            certificate.key_id(),
                            path.display()
                        ),
                        key: key.clone(),
                        certificate: Box::new(certificate.clone()),
                    });
                }
                list.candidates.push(Candidate::Key {
                    what: called(path, public),
                    key,
                });
            }
        }
    }

    /// Lists what the agent has of a key; whether it has something.
    fn add_from_agent(&self, list: &mut List, key: &KeyData) -> bool {
        let identities = self.agent.iter().flat_map(|agent| &agent.identities);
        let held: Vec<usize> = identities
            .enumerate()
            .filter(|(_, identity)| identity.public_key().key_data() == key)
            .map(|(index, _)| index)
            .collect();
        held.iter().for_each(|&index| self.add_agent(list, index));
        !held.is_empty()
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
