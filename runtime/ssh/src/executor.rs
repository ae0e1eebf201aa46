//! The executor that reaches hosts over SSH.

use crate::exec::link::Opener;
use crate::exec::{HostSession, Line, Passwords, Whom};
use crate::openssh::System;
use crate::{Client, Destination, HostKeyPolicy, Settings};
use nexus_executor::{Executor, Failure, Pending, Prompt, Session, Stop, Urgency};
use nexus_graph::{Host, Transport};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OnceCell;

/// Sessions by the name of their host.
type Sessions = HashMap<String, Arc<OnceCell<Arc<HostSession>>>>;

/// Runs jobs on hosts over SSH. One session for each host, opened when it is first asked for.
pub struct SshExecutor {
    root: PathBuf,
    client: Client,
    settings: Settings,
    passwords: Arc<Passwords>,
    sessions: Mutex<Sessions>,
}

impl SshExecutor {
    /// Connects to nothing yet. `prompt` is asked for passwords; relative paths in the settings of
    /// hosts are relative to `root`.
    pub fn new(root: PathBuf, prompt: Arc<dyn Prompt>) -> Self {
        SshExecutor {
            root,
            client: Client::default(),
            settings: Settings::default(),
            passwords: Arc::new(Passwords::new(prompt)),
            sessions: Mutex::default(),
        }
    }

    /// The same, as patient as this where a host says nothing else.
    pub fn with_settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    async fn session(&self, host: &Host) -> Result<Arc<HostSession>, Failure> {
        let destination = destination(host);
        let whom = Whom {
            host: host.name.clone(),
            user: destination.user.clone(),
            address: destination.host.clone(),
            port: destination.port,
        };
        let mut settings = self.settings.clone();
        if let Some(attempts) = host.ssh.connect_attempts {
            settings.attempts = attempts.max(1);
        }
        let opener: Arc<dyn Opener> = match host.ssh.transport {
            Transport::Russh => {
                let client = self.client.clone();
                Arc::new(Line::new(client, destination, settings, whom.clone()))
            }
            Transport::Openssh => Arc::new(System::new(
                PathBuf::from("ssh"),
                host.clone(),
                self.root.clone(),
                whom.clone(),
            )),
        };
        let opened = HostSession::open(whom, opener, self.passwords.clone()).await?;
        Ok(Arc::new(opened))
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a host is.
fn destination(host: &Host) -> Destination {
    let user = host.user.clone().or_else(|| std::env::var("USER").ok());
    let mut there = Destination::new(&host.address, user.unwrap_or_else(|| "root".to_owned()));
    there.name = host.name.clone();
    there.port = host.port.unwrap_or(22);
    there.identities = host.ssh.identity.iter().map(PathBuf::from).collect();
    there.host_keys = match host.ssh.host_key {
        Some(nexus_graph::HostKeyPolicy::Off) => HostKeyPolicy::Off,
        _ => HostKeyPolicy::Strict,
    };
    there
}

impl Executor for SshExecutor {
    fn open<'a>(
        &'a self,
        host: &'a Arc<Host>,
        stop: &'a Stop,
    ) -> Pending<'a, Result<Arc<dyn Session>, Failure>> {
        Box::pin(async move {
            let cell = self
                .sessions()
                .entry(host.name.clone())
                .or_default()
                .clone();
            tokio::select! {
                opened = cell.get_or_try_init(|| self.session(host)) => {
                    let opened: Arc<dyn Session> = opened?.clone();
                    Ok(opened)
                }
                () = stop.wait(Urgency::Gently) => Err(cancelled(host)),
            }
        })
    }

    fn close(&self) -> Pending<'_, ()> {
        Box::pin(async move {
            let cells = std::mem::take(&mut *self.sessions());
            let mut leaving = tokio::task::JoinSet::new();
            for session in cells.into_values().filter_map(|cell| cell.get().cloned()) {
                leaving.spawn(async move { session.close().await });
            }
            leaving.join_all().await;
        })
    }
}

fn cancelled(host: &Host) -> Failure {
    let whom = Whom {
        host: host.name.clone(),
        user: host.user.clone().unwrap_or_default(),
        address: host.address.clone(),
        port: host.port.unwrap_or(22),
    };
    whom.cancelled()
}
