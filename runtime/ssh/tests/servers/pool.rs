//! Connections that are kept and shared.

use crate::support::{block_on, destination};
use nexus_farm::{Server, Sshd, wait_for};
use nexus_ssh::{Client, Connection, Destination, Message, Pool, Settings};
use nix::sys::signal::Signal;
use std::time::Duration;

/// Runs a command through the pool; says on which connection.
async fn run(pool: &Pool, there: &Destination, command: &str) -> Connection {
    let (mut channel, connection) = pool.open(there, &Settings::default()).await.unwrap();
    channel.exec(command).await.unwrap();
    let mut status = None;
    while let Some(message) = channel.next().await.unwrap() {
        if let Message::Exit(code) = message {
            status = Some(code);
        }
    }
    assert_eq!(status, Some(0), "{command}");
    connection
}

fn logins(server: &Server) -> usize {
    server.log().matches("Accepted publickey").count()
}

#[test]
fn one_connection_for_many_commands() {
    let server = Sshd::new().start();
    let there = destination(&server);
    block_on(async {
        let pool = Pool::new(Client::default());
        // At once, before there is a connection, and one after the other.
        let at_once = (0..20).map(|_| run(&pool, &there, "sleep 0.1"));
        futures_util::future::join_all(at_once).await;
        for _ in 0..20 {
            run(&pool, &there, "true").await;
        }
        assert_eq!(pool.connections(&there, &Settings::default()), 1);
        assert_eq!(logins(&server), 1);
        pool.close().await;
        wait_for("the sessions end", || server.sessions().is_empty());
    });
}

#[test]
fn hosts_that_differ_in_their_name_alone_share_a_connection() {
    let server = Sshd::new().start();
    block_on(async {
        let pool = Pool::new(Client::default());
        let mut there = destination(&server);
        run(&pool, &there, "true").await;
        there.name = "by another name".to_owned();
        run(&pool, &there, "true").await;
        assert_eq!(logins(&server), 1);
        there.user = "root".to_owned();
        run(&pool, &there, "true").await;
        assert_eq!(logins(&server), 2);
    });
}

#[test]
fn more_sessions_than_the_server_allows_on_one_connection() {
    let server = Sshd::new().option("MaxSessions", "2").start();
    let there = destination(&server);
    block_on(async {
        let pool = Pool::new(Client::default());
        let at_once = (0..8).map(|_| run(&pool, &there, "sleep 0.3"));
        futures_util::future::join_all(at_once).await;
        let connections = pool.connections(&there, &Settings::default());
        assert!((2..=4).contains(&connections), "{connections}");
    });
}

#[test]
fn where_no_further_connection_is_allowed_sessions_wait() {
    let server = Sshd::new().option("MaxSessions", "2").start();
    let there = destination(&server);
    block_on(async {
        let pool = Pool::new(Client::default());
        run(&pool, &there, "true").await;
        // No new connection from now on.
        server.signal(Signal::SIGSTOP);
        // A command that goes on without us takes a place that nobody here knows of.
        let (channel, _) = pool.open(&there, &Settings::default()).await.unwrap();
        channel.exec("sleep 1").await.unwrap();
        drop(channel);
        let at_once = (0..8).map(|_| run(&pool, &there, "sleep 0.2"));
        let all = futures_util::future::join_all(at_once);
        let done = tokio::time::timeout(Duration::from_secs(20), all).await;
        server.signal(Signal::SIGCONT);
        assert!(done.is_ok(), "sessions wait for each other");
    });
}

#[test]
fn idle_connections_are_closed() {
    let server = Sshd::new().start();
    let there = destination(&server);
    block_on(async {
        let pool = Pool::with_idle(Client::default(), Duration::from_millis(300));
        let connection = run(&pool, &there, "true").await;
        connection.closed().await;
        assert_eq!(pool.connections(&there, &Settings::default()), 0);
        // One that is in use is not.
        let connection = run(&pool, &there, "sleep 1").await;
        assert!(!connection.is_closed());
        connection.closed().await;
    });
}

#[test]
fn dead_connections_are_replaced_before_anybody_notices() {
    let server = Sshd::new().start();
    let there = destination(&server);
    block_on(async {
        // Doubtful after a twelfth of the time.
        let pool = Pool::with_idle(Client::default(), Duration::from_secs(12));
        let connection = run(&pool, &there, "true").await;
        server.signal_sessions(Signal::SIGKILL);
        run(&pool, &there, "true").await;
        connection.closed().await;
        assert_eq!(logins(&server), 2);
        // One whose other side has fallen silent, which nothing has told yet.
        let silent = server.sessions();
        server.signal_sessions(Signal::SIGSTOP);
        tokio::time::sleep(Duration::from_millis(1200)).await;
        run(&pool, &there, "true").await;
        assert_eq!(logins(&server), 3);
        for pid in silent {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), Signal::SIGKILL);
        }
    });
}
