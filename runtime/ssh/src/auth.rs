//! Logging in: keys first, the right one as early as possible, because servers count wrong ones.
//!
//! The order: keys that are named, keys of the agent, the usual files, then what a person is asked for.
//! A key that needs a passphrase is offered before the passphrase is asked for, unless it was named.

mod agent;
mod ask;
mod candidate;

use crate::client::Client;
use crate::destination::Destination;
use crate::error::{Lost, Phase, Reason};
use crate::handler::{Handler, State};
use crate::patience::Patience;
use agent::AgentKeys;
use candidate::Candidate;
use nexus_executor::{Question, Tried};
use russh::MethodKind;
use russh::client::{AuthResult, Handle};
use russh::keys::{Certificate, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey};
use std::sync::Arc;
use std::time::Duration;

/// What is left of an attempt to log in: for the message when it fails.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attempted {
    /// The ways that the server offers.
    pub offered: Vec<String>,
    /// What was tried.
    pub tried: Vec<Tried>,
}

/// Logs in.
pub(crate) async fn authenticate(
    handle: &mut Handle<Handler>,
    state: &State,
    destination: &Destination,
    client: &Client,
    patience: &Patience,
    limit: Duration,
    attempted: &mut Attempted,
) -> Result<(), (Phase, Reason)> {
    let mut login = Login {
        handle,
        state,
        destination,
        client,
        patience,
        attempted,
        rsa: None,
        agent: None,
    };
    let reason = match patience.limit(limit, login.run()).await {
        Some(Ok(())) => return Ok(()),
        Some(Err(reason)) => reason,
        None => Reason::Timeout(limit),
    };
    Err((Phase::Authenticate, reason))
}

struct Login<'a> {
    handle: &'a mut Handle<Handler>,
    state: &'a State,
    destination: &'a Destination,
    client: &'a Client,
    patience: &'a Patience,
    attempted: &'a mut Attempted,
    /// The hash for signatures with RSA keys, once it is known.
    rsa: Option<HashAlg>,
    agent: Option<AgentKeys>,
}

/// How an attempt went.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// We are in.
    In,
    /// Not this way.
    Refused,
    /// This way was right, but the server wants another one in addition.
    More,
}

impl Login<'_> {
    async fn run(&mut self) -> Result<(), Reason> {
        let mut keys = self.candidates().await.into_iter();
        if keys.len() == 0 || !self.destination.methods.publickey {
            // Nothing has told yet what the server offers.
            let asked = self.handle.authenticate_none(&self.destination.user).await;
            if self.judge(asked, None)? == Step::In {
                return Ok(());
            }
        }
        let mut asked = ask::Asked::default();
        loop {
            let mut more = false;
            if self.destination.methods.publickey {
                for key in keys.by_ref() {
                    match self.offer(key).await? {
                        Step::In => return Ok(()),
                        Step::Refused => {}
                        Step::More => more = true,
                    }
                    if !self.offers(MethodKind::PublicKey) {
                        break;
                    }
                }
            }
            match self.ask(&mut asked).await? {
                Step::In => return Ok(()),
                Step::More => more = true,
                Step::Refused => {}
            }
            if !more {
                return Err(Reason::Denied);
            }
        }
    }

    /// Whether the server offers a way, as far as it has said.
    fn offers(&self, method: MethodKind) -> bool {
        let name: &str = (&method).into();
        self.attempted.offered.is_empty() || self.attempted.offered.iter().any(|one| one == name)
    }

    fn note(&mut self, what: impl Into<String>, result: impl Into<String>) {
        self.attempted.tried.push(Tried {
            what: what.into(),
            result: result.into(),
        });
    }

    /// What an answer means, and a note about it.
    fn judge(
        &mut self,
        answer: Result<AuthResult, russh::Error>,
        what: Option<&str>,
    ) -> Result<Step, Reason> {
        let (step, result) = match answer {
            Ok(AuthResult::Success) => return Ok(Step::In),
            Ok(AuthResult::Failure {
                remaining_methods,
                partial_success,
            }) if !remaining_methods.is_empty() => {
                self.attempted.offered = remaining_methods.iter().map(String::from).collect();
                if partial_success {
                    (Step::More, "accepted, but the server wants more")
                } else {
                    (Step::Refused, "refused by the server")
                }
            }
            // The library says so when the server offers nothing more, or is gone.
            Ok(AuthResult::Failure { .. }) | Err(_) => {
                if let Some(what) = what {
                    self.note(what, "the server ended the connection");
                }
                return Err(self.gone());
            }
        };
        if let Some(what) = what {
            self.note(what, result);
        }
        Ok(step)
    }

    /// Why the server is gone.
    fn gone(&self) -> Reason {
        match self.state.lost() {
            Some(Lost::Server(text)) if text.contains("Too many authentication failures") => {
                Reason::TooManyFailures
            }
            Some(Lost::Server(text)) => Reason::Closed(text),
            Some(Lost::Network(problem)) => Reason::Network(problem),
            Some(Lost::Other(_)) | None => Reason::Denied,
            Some(lost) => Reason::Closed(lost.to_string()),
        }
    }

    async fn offer(&mut self, candidate: Candidate) -> Result<Step, Reason> {
        match candidate {
            Candidate::Unusable { what, problem } => {
                self.note(what, problem);
                Ok(Step::Refused)
            }
            Candidate::Key { what, key } => self.with_key(&what, key).await,
            Candidate::Certificate {
                what,
                key,
                certificate,
            } => {
                let hash = self.hash_for(key.algorithm().is_rsa()).await?;
                let user = self.destination.user.clone();
                let answer = self
                    .handle
                    .authenticate_certificate_with(
                        user,
                        *certificate,
                        hash,
                        &mut agent::AtHand(key),
                    )
                    .await;
                match answer {
                    Ok(answer) => self.judge(Ok(answer), Some(&what)),
                    Err(_) => Err(self.gone()),
                }
            }
            Candidate::Encrypted { what, path, public } => {
                if let Some(public) = public
                    && !self.would_accept(&what, public).await?
                {
                    return Ok(Step::Refused);
                }
                let prompt = self.client.prompt();
                let keys = self.client.keys();
                match keys.unlock(&path, prompt, self.patience).await {
                    Ok(key) => self.with_key(&what, key).await,
                    Err(problem) => {
                        self.note(what, problem);
                        Ok(Step::Refused)
                    }
                }
            }
            Candidate::Agent { what, index } => self.with_agent(&what, index).await,
        }
    }

    async fn with_key(&mut self, what: &str, key: Arc<PrivateKey>) -> Result<Step, Reason> {
        let hash = self.hash_for(key.algorithm().is_rsa()).await?;
        let key = PrivateKeyWithHashAlg::new(key, hash);
        let user = self.destination.user.clone();
        let answer = self.handle.authenticate_publickey(user, key).await;
        self.judge(answer, Some(what))
    }

    /// Whether the server would accept a key, of which only the public half is at hand.
    async fn would_accept(&mut self, what: &str, public: PublicKey) -> Result<bool, Reason> {
        let hash = self.hash_for(public.algorithm().is_rsa()).await?;
        let user = self.destination.user.clone();
        let mut probe = agent::Probe::default();
        let answer = self
            .handle
            .authenticate_publickey_with(user, public, hash, &mut probe)
            .await;
        match answer {
            Err(_) if probe.asked => Ok(true),
            Err(_) => Err(self.gone()),
            Ok(answer) => self.judge(Ok(answer), Some(what)).map(|_| false),
        }
    }

    async fn with_agent(&mut self, what: &str, index: usize) -> Result<Step, Reason> {
        let Some(mut agent) = self.agent.take() else {
            return Ok(Step::Refused);
        };
        let Some(identity) = agent.identities.get(index).cloned() else {
            self.agent = Some(agent);
            return Ok(Step::Refused);
        };
        let rsa = identity.public_key().algorithm().is_rsa();
        let hash = self.hash_for(rsa).await?;
        let user = self.destination.user.clone();
        let answer = agent.authenticate(self.handle, user, &identity, hash).await;
        self.agent = Some(agent);
        match answer {
            Ok(answer) => self.judge(Ok(answer), Some(what)),
            Err(_) if self.handle.is_closed() => Err(self.gone()),
            Err(problem) => {
                self.note(what, format!("the agent does not sign with it: {problem}"));
                Ok(Step::Refused)
            }
        }
    }

    /// The hash for signatures: RSA keys have several, SHA-1 is not among ours.
    async fn hash_for(&mut self, rsa: bool) -> Result<Option<HashAlg>, Reason> {
        if !rsa {
            return Ok(None);
        }
        if self.rsa.is_none() {
            let best = self.handle.best_supported_rsa_hash().await;
            let best = best.map_err(|_| self.gone())?;
            self.rsa = Some(best.flatten().unwrap_or(HashAlg::Sha512));
        }
        Ok(self.rsa)
    }

    async fn secret(&self, question: Question) -> Option<nexus_executor::Secret> {
        if !self.destination.methods.ask {
            return None;
        }
        let prompt = self.client.prompt();
        self.patience.asking(prompt.secret(&question)).await
    }
}

/// How a key is called in messages.
fn called(path: &std::path::Path, key: &PublicKey) -> String {
    format!("{} ({})", path.display(), key.fingerprint(HashAlg::Sha256))
}

/// A certificate in a file.
async fn read_certificate(path: std::path::PathBuf) -> Option<Certificate> {
    let read = tokio::task::spawn_blocking(move || russh::keys::load_openssh_certificate(path));
    read.await.ok()?.ok()
}
