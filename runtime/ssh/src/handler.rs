//! What the library asks and tells while a connection lives.

use crate::error::{Lost, one_line};
use crate::host_key::HostKeyCheck;
use crate::known_hosts::HostKeyError;
use crate::wire::Greeting;
use russh::Channel;
use russh::client::{ChannelOpenHandle, DisconnectReason, Msg, Session};
use russh::keys::PublicKeyOrCertificate;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::UnixStream;
use tokio::sync::watch;

/// What ends a connection from within the library.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The library's own errors.
    Library(russh::Error),
    /// The server's key is not accepted.
    HostKey(HostKeyError),
}

impl From<russh::Error> for Fault {
    fn from(error: russh::Error) -> Self {
        Fault::Library(error)
    }
}

/// What is known of a connection beside its channels.
pub(crate) struct State {
    known: Mutex<Known>,
    ended: watch::Sender<Option<Lost>>,
    greeting: Greeting,
}

#[derive(Default)]
struct Known {
    banner: String,
    closing: bool,
}

impl State {
    pub fn new(greeting: Greeting) -> Self {
        State {
            known: Mutex::default(),
            ended: watch::Sender::new(None),
            greeting,
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on the end of the connection is what was wanted.
    pub fn closing(&self) {
        self.known().closing = true;
    }

    pub fn banner(&self) -> String {
        self.known().banner.clone()
    }

    pub fn lost(&self) -> Option<Lost> {
        self.ended.borrow().clone()
    }

    /// Waits for the end.
    pub async fn ended(&self) -> Lost {
        let mut ended = self.ended.subscribe();
        let end = ended.wait_for(Option::is_some).await;
        end.ok().and_then(|end| end.clone()).unwrap_or_default()
    }

    fn end(&self, lost: Lost) {
        let lost = if self.known().closing {
            Lost::Closed
        } else {
            lost
        };
        // The first reason is the cause, later ones are its effects.
        self.ended.send_if_modified(|end| {
            let first = end.is_none();
            if first {
                *end = Some(lost);
            }
            first
        });
    }

    /// The name of the program on the other side.
    pub fn server(&self) -> String {
        let said = self.greeting.bytes();
        let said = String::from_utf8_lossy(&said);
        let line = said.lines().find_map(|line| line.strip_prefix("SSH-"));
        let name = line.and_then(|line| line.split_once('-'));
        one_line(name.map_or("", |(_, name)| name))
    }
}

/// Told by the library what happens on a connection.
pub(crate) struct Handler {
    state: Arc<State>,
    check: HostKeyCheck,
    /// The socket of the agent that the other side may use.
    agent: Option<PathBuf>,
}

impl Handler {
    pub fn new(state: Arc<State>, check: HostKeyCheck, agent: Option<PathBuf>) -> Self {
        Handler {
            state,
            check,
            agent,
        }
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        // Whatever way the library's task ends.
        self.state.end(Lost::default());
    }
}

impl russh::client::Handler for Handler {
    type Error = Fault;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Fault> {
        let decided = self.check.decide(shown).await;
        decided.map(|()| true).map_err(Fault::HostKey)
    }

    async fn auth_banner(&mut self, banner: &str, _: &mut Session) -> Result<(), Fault> {
        /// More than that is not worth keeping.
        const MOST: usize = 16 << 10;
        let mut known = self.state.known();
        let room = MOST.saturating_sub(known.banner.len());
        known.banner.extend(banner.chars().take(room));
        Ok(())
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Fault> {
        // Without a reply it is refused.
        if let Some(agent) = self.agent.clone() {
            tokio::spawn(async move {
                let Ok(mut agent) = UnixStream::connect(agent).await else {
                    return;
                };
                reply.accept().await;
                let mut channel = channel.into_stream();
                let _ = tokio::io::copy_bidirectional(&mut channel, &mut agent).await;
            });
        }
        Ok(())
    }

    // The library accepts whatever else a server opens. Nothing of that was asked for: dropping the
    // reply refuses it.

    async fn server_channel_open_forwarded_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Fault> {
        Ok(())
    }

    async fn server_channel_open_forwarded_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Fault> {
        Ok(())
    }

    async fn server_channel_open_session(
        &mut self,
        _: Channel<Msg>,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Fault> {
        Ok(())
    }

    async fn server_channel_open_direct_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Fault> {
        Ok(())
    }

    async fn server_channel_open_direct_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Fault> {
        Ok(())
    }

    async fn server_channel_open_x11(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Fault> {
        Ok(())
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Fault>) -> Result<(), Fault> {
        match reason {
            DisconnectReason::ReceivedDisconnect(info) => {
                self.state.end(Lost::Server(one_line(&info.message)));
                Ok(())
            }
            DisconnectReason::Error(fault) => {
                self.state.end(match &fault {
                    Fault::Library(error) => Lost::from(error),
                    Fault::HostKey(why) => Lost::Other(why.to_string()),
                });
                Err(fault)
            }
        }
    }
}
