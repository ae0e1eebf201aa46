//! Makes connections: the way there, the exchange of keys, logging in, and again when it may help.

use crate::auth::{self, Attempted};
use crate::connection::Connection;
use crate::destination::{Destination, Settings};
use crate::error::{ConnectError, Phase, Reason};
use crate::gate::Gates;
use crate::host_key::HostKeyCheck;
use crate::keys::{Keys, Loaded};
use crate::patience::Patience;
use crate::wire::Stream;
use crate::{session, stream};
use nexus_executor::{Nobody, Prompt, Secret};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A server that is too busy to listen is tried more often: it turns connections away at random.
const ATTEMPTS_AT_BUSY: u32 = 10;
/// The first pause between attempts, on average.
const PAUSE: Duration = Duration::from_millis(400);
/// The longest pause between attempts, on average.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// A machine that others are reached through must give a sign of life within this time.
const HOP_ANSWERS: Duration = Duration::from_secs(3);
/// How long the place of a connection that has logged in is kept for a server that does not answer.
const COUNTED: Duration = Duration::from_secs(1);

/// Makes connections. Cheap to clone; all clones share keys that were unlocked, connections to machines
/// that others are reached through, and the limits on what is started at the same time.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    prompt: Arc<dyn Prompt>,
    keys: Keys,
    gates: Gates,
    passwords: Mutex<HashMap<String, Secret>>,
    hops: Mutex<HashMap<(Destination, Settings), Arc<Hop>>>,
}

/// A connection that others go through; whoever needs it makes it while the others wait.
type Hop = tokio::sync::Mutex<Option<Connection>>;

impl Default for Client {
    /// A client that asks nobody.
    fn default() -> Self {
        Client::new(Arc::new(Nobody))
    }
}

impl Client {
    /// A client that asks a person through `prompt`.
    pub fn new(prompt: Arc<dyn Prompt>) -> Self {
        Client {
            inner: Arc::new(Inner {
                prompt,
                keys: Keys::default(),
                gates: Gates::default(),
                passwords: Mutex::default(),
                hops: Mutex::default(),
            }),
        }
    }

    pub(crate) fn prompt(&self) -> &dyn Prompt {
        &*self.inner.prompt
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    pub(crate) fn password(&self, place: &str) -> Option<Secret> {
        self.passwords().get(place).cloned()
    }

    pub(crate) fn remember_password(&self, place: String, secret: Secret) {
        self.passwords().insert(place, secret);
    }

    pub(crate) fn forget_password(&self, place: &str) {
        self.passwords().remove(place);
    }

    fn passwords(&self) -> std::sync::MutexGuard<'_, HashMap<String, Secret>> {
        let passwords = self.inner.passwords.lock();
        passwords.unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects and logs in. Tries again, after a pause of chance, what may succeed later.
    ///
    /// # Errors
    ///
    /// Says to whom, how far it came, and why not further.
    pub async fn connect(
        &self,
        destination: &Destination,
        settings: &Settings,
    ) -> Result<Connection, ConnectError> {
        let patience = Patience::default();
        self.unlock_named(destination, &patience).await?;
        let mut attempts = 0;
        let mut pause = PAUSE;
        loop {
            attempts += 1;
            let mut attempted = Attempted::default();
            let tried = self.attempt(destination, settings, &patience, &mut attempted);
            let error = match tried.await {
                Ok(connection) => return Ok(connection),
                Err(Failed::Here(phase, reason)) => {
                    ConnectError::new(destination, phase, reason, attempted, attempts)
                }
                // It was tried often enough there.
                Err(Failed::OnTheWay(error)) => return Err(error),
            };
            let most = match (&error.reason, error.phase) {
                (Reason::Closed(_), Phase::Handshake) if settings.attempts > 1 => {
                    settings.attempts.max(ATTEMPTS_AT_BUSY)
                }
                _ => settings.attempts,
            };
            if attempts >= most || !error.reason.may_pass() {
                return Err(error);
            }
            tracing::debug!(%error, attempts, "connecting is tried again");
            sleep(jittered(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Reads the keys that were named, before anybody is connected to: one that cannot be used is the
    /// same mistake for every machine.
    async fn unlock_named(
        &self,
        destination: &Destination,
        patience: &Patience,
    ) -> Result<(), ConnectError> {
        for path in &destination.identities {
            let problem = match self.keys().load(path).await {
                Loaded::Ready(_) => continue,
                Loaded::Missing if has_public_half(path) => continue,
                Loaded::Missing => "there is no such file".to_owned(),
                Loaded::Unusable(problem) => problem,
                // The agent may have it unlocked already.
                Loaded::Encrypted(_) if destination.agent.socket().is_some() => continue,
                Loaded::Encrypted(_) => {
                    let unlocked = self.keys().unlock(path, self.prompt(), patience).await;
                    match unlocked {
                        Ok(_) => continue,
                        Err(problem) => problem,
                    }
                }
            };
            let reason = Reason::Identity {
                path: path.display().to_string(),
                problem,
            };
            let (phase, attempted) = (Phase::Prepare, Attempted::default());
            return Err(ConnectError::new(destination, phase, reason, attempted, 1));
        }
        Ok(())
    }

    async fn attempt(
        &self,
        destination: &Destination,
        settings: &Settings,
        patience: &Patience,
        attempted: &mut Attempted,
    ) -> Result<Connection, Failed> {
        let prompt = self.inner.prompt.clone();
        let check = HostKeyCheck::prepare(destination, prompt, patience.clone())
            .await
            .map_err(|error| (Phase::Prepare, Reason::HostKey(Box::new(error))))?;
        let hop = self.hop(destination, settings).await?;
        let entered = self.inner.gates.enter(&destination.host, destination.port);
        let mut started = entered.await.ok_or((Phase::Connect, Reason::Stopping))?;
        let clock = Clock::start(settings.timeouts.total, patience);
        let (stream, complaints) = self
            .reach(destination, settings, hop.as_ref(), &clock)
            .await?;
        let limit = clock.left(settings.timeouts.handshake);
        let exchanged =
            session::handshake(stream, destination, settings, check, patience, limit).await;
        let mut exchanged = match exchanged {
            Ok(exchanged) => exchanged,
            Err((phase, reason)) => {
                if matches!(reason, Reason::Closed(_)) {
                    started.narrow();
                }
                return Err(explained(phase, reason, destination, complaints.as_ref()).into());
            }
        };
        auth::authenticate(
            &mut exchanged.handle,
            &exchanged.state,
            destination,
            self,
            patience,
            clock.left(settings.timeouts.authenticate),
            attempted,
        )
        .await?;
        let connection = Connection::new(exchanged, destination, settings, hop);
        if started.is_crowded() {
            // Whatever answers has been started after the login was reported to the process that
            // counts (`startup_pipe` of OpenSSH's sshd-session).
            let asked = connection.clone();
            tokio::spawn(async move {
                asked.ping(COUNTED).await;
                drop(started);
            });
        }
        Ok(connection)
    }

    /// The stream to the server, by one of three ways.
    async fn reach(
        &self,
        destination: &Destination,
        settings: &Settings,
        hop: Option<&Connection>,
        clock: &Clock<'_>,
    ) -> Result<(Box<dyn Stream>, Option<stream::Complaints>), (Phase, Reason)> {
        if let Some(hop) = hop {
            let limit = clock.left(settings.timeouts.connect);
            let reached = stream::through(hop, destination, limit).await;
            if matches!(reached, Err((_, Reason::Timeout(_)))) && !hop.ping(HOP_ANSWERS).await {
                // It is the machine on the way that does not answer: the next attempt makes the way
                // anew.
                hop.close().await;
            }
            return Ok((reached?, None));
        }
        if let Some(command) = &destination.proxy_command {
            let (stream, complaints) = stream::command(command)?;
            return Ok((stream, Some(complaints)));
        }
        let limit = clock.left(settings.timeouts.total);
        Ok((stream::direct(destination, settings, limit).await?, None))
    }

    /// The connection to the machine that a destination is reached from, if there is one. All that go
    /// through it share it.
    /// A connection may lead through others, and these through others again: the future is boxed.
    fn hop<'a>(
        &'a self,
        destination: &'a Destination,
        settings: &'a Settings,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Connection>, Failed>> + Send + 'a>> {
        Box::pin(async move {
            let Some((last, before)) = destination.jumps.split_last() else {
                return Ok(None);
            };
            let mut there = last.clone();
            if !before.is_empty() {
                there.jumps = before.to_vec();
            }
            let slot = {
                let hops = self.inner.hops.lock();
                let mut hops = hops.unwrap_or_else(PoisonError::into_inner);
                let slot = hops.entry((there.key(), settings.clone()));
                slot.or_default().clone()
            };
            let mut known = slot.lock().await;
            if let Some(connection) = known.as_ref().filter(|known| !known.is_closed()) {
                return Ok(Some(connection.clone()));
            }
            let connected = self.connect(&there, settings).await;
            let connection = connected.map_err(|mut error| {
                error.hop.get_or_insert_with(|| there.place());
                error.name.clone_from(&destination.name);
                Failed::OnTheWay(error)
            })?;
            *known = Some(connection.clone());
            Ok(Some(connection))
        })
    }

    /// Closes the connections that others go through. Those that still do are lost.
    pub async fn close(&self) {
        let hops: Vec<_> = {
            let hops = self.inner.hops.lock();
            let mut hops = hops.unwrap_or_else(PoisonError::into_inner);
            hops.drain().map(|(_, slot)| slot).collect()
        };
        let mut leaving = tokio::task::JoinSet::new();
        for slot in hops {
            leaving.spawn(async move {
                if let Some(connection) = slot.lock().await.take() {
                    connection.close().await;
                }
            });
        }
        leaving.join_all().await;
    }

    pub(crate) async fn scan_stream(
        &self,
        destination: &Destination,
        settings: &Settings,
    ) -> Result<(Box<dyn Stream>, Option<Connection>), ConnectError> {
        let patience = Patience::default();
        let fail = |(phase, reason)| {
            ConnectError::new(destination, phase, reason, Attempted::default(), 1)
        };
        let hop = match self.hop(destination, settings).await {
            Ok(hop) => hop,
            Err(Failed::OnTheWay(error)) => return Err(error),
            Err(Failed::Here(phase, reason)) => return Err(fail((phase, reason))),
        };
        let clock = Clock::start(settings.timeouts.total, &patience);
        let reached = self
            .reach(destination, settings, hop.as_ref(), &clock)
            .await;
        reached.map(|(stream, _)| (stream, hop)).map_err(fail)
    }
}

/// Where an attempt has failed.
enum Failed {
    Here(Phase, Reason),
    OnTheWay(ConnectError),
}

impl From<(Phase, Reason)> for Failed {
    fn from((phase, reason): (Phase, Reason)) -> Self {
        Failed::Here(phase, reason)
    }
}

/// What is left of the time for an attempt, without what people have taken to answer.
struct Clock<'a> {
    started: Instant,
    total: Duration,
    patience: &'a Patience,
    before: Duration,
}

impl<'a> Clock<'a> {
    fn start(total: Duration, patience: &'a Patience) -> Self {
        Clock {
            started: Instant::now(),
            total,
            patience,
            before: patience.spent(),
        }
    }

    fn left(&self, most: Duration) -> Duration {
        let asked = self.patience.spent() - self.before;
        let spent = self.started.elapsed().saturating_sub(asked);
        self.total.saturating_sub(spent).min(most)
    }
}

/// A command for the connection knows best why there is none.
fn explained(
    phase: Phase,
    reason: Reason,
    destination: &Destination,
    complaints: Option<&stream::Complaints>,
) -> (Phase, Reason) {
    let (Some(command), Some(complaints)) = (&destination.proxy_command, complaints) else {
        return (phase, reason);
    };
    match reason {
        Reason::Closed(_) | Reason::Silent(_) | Reason::Network(_) => {
            let said = complaints.last_line();
            let problem = if said.is_empty() {
                reason.to_string()
            } else {
                said
            };
            let command = command.clone();
            (Phase::Connect, Reason::ProxyCommand { command, problem })
        }
        reason => (phase, reason),
    }
}

fn has_public_half(path: &std::path::Path) -> bool {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".pub");
    std::path::Path::new(&beside).exists()
}

/// Between half and one and a half times a pause, by chance: those that failed together do not come
/// back together.
fn jittered(pause: Duration) -> Duration {
    let chance = std::hash::RandomState::new().build_hasher().finish();
    let share = (chance % 1024) as f64 / 1024.0;
    pause.mul_f64(0.5 + share)
}
