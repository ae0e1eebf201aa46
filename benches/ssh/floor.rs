//! The floor: a client that does nothing but connect, log in and run a command on a channel of its own.

use russh::client::{self, Handle};
use russh::keys::{PrivateKeyWithHashAlg, PublicKeyOrCertificate, load_secret_key};
use russh::{ChannelMsg, Disconnect};
use std::path::Path;
use std::sync::Arc;

/// Accepts every server.
pub struct Anybody;

impl client::Handler for Anybody {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

/// A connection that is logged in.
pub async fn connect(address: &str, port: u16, user: &str, key: &Path) -> Handle<Anybody> {
    let config = Arc::new(client::Config {
        nodelay: true,
        ..client::Config::default()
    });
    let stream = tokio::net::TcpStream::connect((address, port))
        .await
        .expect("it listens");
    stream.set_nodelay(true).expect("an option");
    let mut handle = client::connect_stream(config, stream, Anybody)
        .await
        .expect("keys agree");
    let key = Arc::new(load_secret_key(key, None).expect("a key"));
    let key = PrivateKeyWithHashAlg::new(key, None);
    let entered = handle
        .authenticate_publickey(user, key)
        .await
        .expect("an answer");
    assert!(entered.success(), "it lets us in");
    handle
}

/// Runs a command; its status and what it printed.
pub async fn exec(handle: &Handle<Anybody>, command: &str) -> (u32, Vec<u8>) {
    let mut channel = handle.channel_open_session().await.expect("a channel");
    channel.exec(false, command).await.expect("a request");
    let (mut status, mut printed) = (u32::MAX, Vec::new());
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Data { data } => printed.extend_from_slice(&data),
            ChannelMsg::ExitStatus { exit_status } => status = exit_status,
            _ => {}
        }
    }
    (status, printed)
}

/// Says good-bye.
pub async fn close(handle: &Handle<Anybody>) {
    let _ = handle.disconnect(Disconnect::ByApplication, "", "en").await;
}
