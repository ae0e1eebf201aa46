//! What can go wrong on a connection: noticed in time, named, and never taken for a result.

use crate::support::{block_on, connect, destination};
use nexus_farm::{Proxy, Sshd, Toxins};
use nexus_ssh::{Client, Connection, Lost, Message, Settings};
use nix::sys::signal::Signal;
use std::time::Duration;

/// A connection through a proxy, with signs of life every second.
async fn lively(server: &nexus_farm::Server, proxy: &Proxy) -> Connection {
    let mut there = destination(server);
    there.port = proxy.port();
    let settings = Settings {
        keepalive: Duration::from_secs(1),
        keepalive_max: 2,
        ..Settings::default()
    };
    Client::default().connect(&there, &settings).await.unwrap()
}

#[test]
fn whatever_ends_a_connection_is_noticed_and_named() {
    let server = Sshd::new().start();
    block_on(async {
        for what in ["stop", "kill", "cut", "reset"] {
            let proxy = Proxy::start(server.port(), Toxins::default());
            let connection = lively(&server, &proxy).await;
            let mut channel = connection.open_session().await.unwrap();
            channel.exec("echo begun; sleep 30").await.unwrap();
            while !matches!(channel.next().await, Ok(Some(Message::Stdout(_)))) {}
            match what {
                "stop" => server.signal_sessions(Signal::SIGSTOP),
                "kill" => server.signal_sessions(Signal::SIGKILL),
                "cut" => proxy.cut(),
                _ => proxy.reset(),
            }
            let lost = loop {
                match channel.next().await {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("{what}: not an orderly end"),
                    Err(lost) => break lost,
                }
            };
            match what {
                "stop" | "cut" => assert_eq!(lost, Lost::Silent, "{what}"),
                _ => assert!(
                    matches!(lost, Lost::Ended | Lost::Network(_)),
                    "{what}: {lost:?}"
                ),
            }
            assert!(connection.is_closed());
            assert!(connection.open_session().await.is_err());
            server.signal_sessions(Signal::SIGCONT);
        }
    });
}

#[test]
fn damage_is_never_taken_for_output() {
    let server = Sshd::new().start();
    let toxins = Toxins {
        corrupt_after: Some(200_000),
        ..Toxins::default()
    };
    let proxy = Proxy::start(server.port(), toxins);
    block_on(async {
        let connection = lively(&server, &proxy).await;
        let mut channel = connection.open_session().await.unwrap();
        channel.exec("head -c 10000000 /dev/zero").await.unwrap();
        let lost = loop {
            match channel.next().await {
                Ok(Some(Message::Stdout(data))) => assert!(data.iter().all(|&byte| byte == 0)),
                Ok(Some(_)) => {}
                Ok(None) => panic!("not an orderly end"),
                Err(lost) => break lost,
            }
        };
        assert_eq!(lost, Lost::Damaged);
    });
}

#[test]
fn a_pause_that_is_short_enough_is_survived() {
    let server = Sshd::new().start();
    let proxy = Proxy::start(server.port(), Toxins::default());
    block_on(async {
        let mut there = destination(&server);
        there.port = proxy.port();
        let connection = connect(&there).await.unwrap();
        let mut channel = connection.open_session().await.unwrap();
        channel.exec("echo one; sleep 1; echo two").await.unwrap();
        while !matches!(channel.next().await, Ok(Some(Message::Stdout(_)))) {}
        proxy.cut();
        tokio::time::sleep(Duration::from_secs(2)).await;
        proxy.heal();
        let mut rest = Vec::new();
        while let Some(message) = channel.next().await.unwrap() {
            if let Message::Stdout(data) = message {
                rest.extend_from_slice(&data);
            }
        }
        assert_eq!(rest, b"two\n");
    });
}
