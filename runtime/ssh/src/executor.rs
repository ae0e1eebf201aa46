//! The executor that reaches hosts over SSH.

use crate::exec::link::Opener;
use crate::exec::{HostSession, Line, Passwords, Whom};
use crate::openssh::System;
use crate::{Client, Pool, Resolver, Settings};
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
    resolver: Resolver,
    pool: Pool,
    passwords: Arc<Passwords>,
    /// Instead of what is found out for a host.
    settings: Option<Settings>,
    sessions: Mutex<Sessions>,
}

impl SshExecutor {
    /// For the hosts of the project at `root`. Connects to nothing yet; `prompt` is asked for
    /// passwords and the like.
    pub fn new(root: impl Into<PathBuf>, prompt: Arc<dyn Prompt>) -> Self {
        let root = root.into();
        SshExecutor {
            resolver: Resolver::new(&root),
            root,
            pool: Pool::new(Client::new(prompt.clone())),
            passwords: Arc::new(Passwords::new(prompt)),
            settings: None,
            sessions: Mutex::default(),
        }
    }

    /// The same, as patient as this with all hosts.
    pub fn with_settings(mut self, settings: Settings) -> Self {
        self.settings = Some(settings);
        self
    }

    /// The connections that its jobs share with whoever else needs some.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    async fn session(&self, host: &Arc<Host>) -> Result<Arc<HostSession>, Failure> {
        let (destination, settings) = self.resolver.resolve(host).await?;
        let whom = Whom {
            host: host.name.clone(),
            user: destination.user.clone(),
            address: destination.host.clone(),
            port: destination.port,
        };
        let opener: Arc<dyn Opener> = match host.ssh.transport {
            Transport::Russh => {
                let settings = self.settings.clone().unwrap_or(settings);
                Arc::new(Line::new(self.pool.clone(), destination, settings))
            }
            Transport::Openssh => Arc::new(System::new(
                PathBuf::from("ssh"),
                Host::clone(host),
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
            // Runners end with their connection. To let them go first would have everybody wait until
            // all of them have tidied up.
            self.pool.close().await;
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
