//! Connections that are kept and shared: one for each destination, more when a server allows no further
//! sessions on one, none longer than needed.

use crate::channel::Channel;
use crate::client::Client;
use crate::connection::{Connection, Lease, OpenError};
use crate::destination::{Destination, Settings};
use crate::error::ConnectError;
use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// A connection that nobody uses is closed after this time.
const IDLE: Duration = Duration::from_secs(60);
/// One that was idle for longer than this part of it is asked for a sign of life before it is used
/// again.
const DOUBTFUL: u32 = 12;
/// It must answer within this time, or another one is made.
const ANSWER: Duration = Duration::from_secs(3);

/// A session that ended within this time may be counted by the server still.
const JUST: Duration = Duration::from_millis(500);
/// Then another one is asked for again after this time,
const MOMENT: Duration = Duration::from_millis(10);
/// so often.
const AGAIN: u32 = 3;

/// Connections that are kept. Cheap to clone; all clones share them.
#[derive(Clone)]
pub struct Pool {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    idle: Duration,
    places: Mutex<HashMap<(Destination, Settings), Arc<Place>>>,
}

/// The connections to one destination.
#[derive(Default)]
struct Place {
    members: Mutex<Vec<Arc<Member>>>,
    /// Whoever makes a connection holds it; the others wait for that connection.
    connecting: tokio::sync::Mutex<()>,
    /// A session has ended.
    freed: Notify,
}

/// One connection.
struct Member {
    connection: Connection,
    state: Mutex<Use>,
}

fn lease(session: &Arc<Session>) -> Lease {
    Box::new(session.clone())
}

/// How a connection is used.
struct Use {
    sessions: usize,
    /// As many as the server allows, once it has refused one.
    most: usize,
    /// When a session ended last.
    ended: Instant,
    retired: bool,
    reaper: Option<AbortHandle>,
}

/// Kept by a channel: gives its place on the connection back.
struct Session {
    place: Arc<Place>,
    member: Arc<Member>,
    idle: Duration,
}

impl Member {
    fn usage(&self) -> MutexGuard<'_, Use> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for a session, if there is one.
    fn take(&self) -> Option<Taken> {
        let mut usage = self.usage();
        if usage.retired || usage.sessions >= usage.most || self.connection.is_closed() {
            return None;
        }
        let alone = usage.sessions == 0;
        let idle = match alone {
            true => usage.ended.elapsed(),
            false => Duration::ZERO,
        };
        usage.sessions += 1;
        if let Some(reaper) = usage.reaper.take() {
            reaper.abort();
        }
        Some(Taken { idle, alone })
    }

    fn has_just_ended(&self) -> bool {
        self.usage().ended.elapsed() < JUST
    }

    /// The server has refused a session, which does not count any more: as many as there are, it allows.
    fn full(&self, alone: bool) {
        let mut usage = self.usage();
        usage.most = usage.sessions.max(1);
        // Commands that go on without us take all places: that will not get better soon.
        usage.retired |= alone;
    }
}

/// A place for a session that was taken.
struct Taken {
    /// For how long nobody has used the connection.
    idle: Duration,
    /// Whether there was no other session.
    alone: bool,
}

impl Drop for Session {
    fn drop(&mut self) {
        let mut usage = self.member.usage();
        usage.sessions = usage.sessions.saturating_sub(1);
        usage.ended = Instant::now();
        if usage.sessions == 0 {
            // What was learned may have been about commands that went on without us.
            usage.most = usize::MAX;
            let (place, member, idle) = (self.place.clone(), self.member.clone(), self.idle);
            // Without a runtime everything ends anyway.
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                let reaper = runtime.spawn(async move {
                    tokio::time::sleep(idle).await;
                    let unused = {
                        let mut usage = member.usage();
                        usage.retired |= usage.sessions == 0;
                        usage.retired
                    };
                    if unused {
                        place.forget(&member);
                        member.connection.close().await;
                    }
                });
                usage.reaper = Some(reaper.abort_handle());
            }
        }
        drop(usage);
        self.place.freed.notify_waiters();
    }
}

impl Place {
    fn members(&self) -> MutexGuard<'_, Vec<Arc<Member>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, member: &Arc<Member>) {
        self.members().retain(|other| !Arc::ptr_eq(other, member));
    }

    /// Whether sessions run that will end.
    fn is_in_use(&self) -> bool {
        let lives =
            |member: &Arc<Member>| !member.connection.is_closed() && member.usage().sessions > 0;
        self.members().iter().any(lives)
    }

    /// A connection with a place for a session, which is taken.
    fn find(&self) -> Option<(Arc<Member>, Taken)> {
        let mut members = self.members();
        members.retain(|member| !member.connection.is_closed());
        members
            .iter()
            .find_map(|member| Some((member.clone(), member.take()?)))
    }
}

impl Pool {
    /// A pool whose connections are made by `client`.
    pub fn new(client: Client) -> Self {
        Pool::with_idle(client, IDLE)
    }

    /// A pool whose connections are closed after another time without use.
    pub fn with_idle(client: Client, idle: Duration) -> Self {
        Pool {
            inner: Arc::new(Inner {
                client,
                idle,
                places: Mutex::default(),
            }),
        }
    }

    /// What makes the connections.
    pub fn client(&self) -> &Client {
        &self.inner.client
    }

    /// A channel to a destination: on a connection that there is, on a new one when there is none, or
    /// when the server allows no more on the others. When it does not allow another connection
    /// either, waits until a session ends.
    ///
    /// The place on the connection counts as taken until the channel has come to its end.
    ///
    /// # Errors
    ///
    /// There is no connection, and none can be made.
    pub async fn open(
        &self,
        destination: &Destination,
        settings: &Settings,
    ) -> Result<(Channel, Connection), ConnectError> {
        let place = self.place(destination, settings);
        loop {
            let mut freed = pin!(place.freed.notified());
            if let Some(opened) = self.on_existing(&place).await {
                return Ok(opened);
            }
            let Ok(_connecting) = place.connecting.try_lock() else {
                // Somebody makes one. It may have room for this session, too.
                tokio::select! {
                    _ = place.connecting.lock() => {}
                    () = &mut freed => {}
                }
                continue;
            };
            // A session that ends meanwhile makes room as well.
            let mut connecting = pin!(self.inner.client.connect(destination, settings));
            let connected = loop {
                tokio::select! {
                    connected = &mut connecting => break connected,
                    () = &mut freed => {
                        freed.set(place.freed.notified());
                        if let Some(opened) = self.on_existing(&place).await {
                            return Ok(opened);
                        }
                    }
                }
            };
            match connected {
                Ok(connection) => self.add(&place, connection),
                Err(error) if place.is_in_use() => {
                    tracing::debug!(%error, "no further connection, a session is waited for");
                    freed.await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// A connection to a destination that is known to live: for what needs no session of its own.
    ///
    /// # Errors
    ///
    /// None can be made.
    pub async fn connection(
        &self,
        destination: &Destination,
        settings: &Settings,
    ) -> Result<Connection, ConnectError> {
        let place = self.place(destination, settings);
        let _connecting = place.connecting.lock().await;
        let known = place.members().iter().find_map(|member| {
            let usage = member.usage();
            (!usage.retired && !member.connection.is_closed()).then(|| member.connection.clone())
        });
        if let Some(connection) = known
            && connection.ping(ANSWER).await
        {
            return Ok(connection);
        }
        let connection = self.inner.client.connect(destination, settings).await?;
        self.add(&place, connection.clone());
        Ok(connection)
    }

    fn place(&self, destination: &Destination, settings: &Settings) -> Arc<Place> {
        let places = self.inner.places.lock();
        let mut places = places.unwrap_or_else(PoisonError::into_inner);
        let place = places.entry((destination.key(), settings.clone()));
        place.or_default().clone()
    }

    fn add(&self, place: &Arc<Place>, connection: Connection) {
        let member = Arc::new(Member {
            connection,
            state: Mutex::new(Use {
                sessions: 1,
                most: usize::MAX,
                ended: Instant::now(),
                retired: false,
                reaper: None,
            }),
        });
        place.members().push(member.clone());
        // From now on it is idle until somebody uses it.
        drop(Session {
            place: place.clone(),
            member,
            idle: self.inner.idle,
        });
    }

    /// A session on a connection that there is.
    async fn on_existing(&self, place: &Arc<Place>) -> Option<(Channel, Connection)> {
        while let Some((member, taken)) = place.find() {
            let connection = member.connection.clone();
            let session = Arc::new(Session {
                place: place.clone(),
                member: member.clone(),
                idle: self.inner.idle,
            });
            if taken.idle > self.inner.idle / DOUBTFUL && !connection.ping(ANSWER).await {
                place.forget(&member);
                member.usage().retired = true;
                continue;
            }
            let mut opened = connection.open_leased(lease(&session)).await;
            // Servers count a session that has just ended until they have nothing else to do.
            for _ in 0..AGAIN {
                if !matches!(opened, Err(OpenError::Refused(_))) || !member.has_just_ended() {
                    break;
                }
                tokio::time::sleep(MOMENT).await;
                opened = connection.open_leased(lease(&session)).await;
            }
            drop(session);
            match opened {
                Ok(channel) => return Some((channel, connection)),
                Err(OpenError::Refused(_)) => member.full(taken.alone),
                Err(OpenError::Timeout(_) | OpenError::Lost(_)) => {
                    place.forget(&member);
                    member.usage().retired = true;
                }
            }
        }
        None
    }

    /// How many connections there are to a destination.
    pub fn connections(&self, destination: &Destination, settings: &Settings) -> usize {
        let place = self.place(destination, settings);
        let members = place.members();
        let live = members
            .iter()
            .filter(|member| !member.connection.is_closed());
        live.count()
    }

    /// Closes all connections, at the same time.
    pub async fn close(&self) {
        let places: Vec<_> = {
            let places = self.inner.places.lock();
            let mut places = places.unwrap_or_else(PoisonError::into_inner);
            places.drain().map(|(_, place)| place).collect()
        };
        let mut leaving = tokio::task::JoinSet::new();
        for place in places {
            let members = std::mem::take(&mut *place.members());
            for member in members {
                if let Some(reaper) = member.usage().reaper.take() {
                    reaper.abort();
                }
                leaving.spawn(async move { member.connection.close().await });
            }
        }
        leaving.join_all().await;
        // Last what others led through.
        self.inner.client.close().await;
    }
}
