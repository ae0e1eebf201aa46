//! Connecting, running and ending, on real servers.

use crate::support::{block_on, connect, destination};
use nexus_farm::{Proxy, Server, Sshd, Toxins, User};
use nexus_ssh::{Message, OpenError, Reason};

#[test]
fn a_command_runs() {
    let server = Sshd::new().start();
    block_on(async {
        let connection = connect(&destination(&server)).await.unwrap();
        let output = connection
            .exec("echo out; echo err >&2; exit 7", 1000)
            .await
            .unwrap();
        assert_eq!(output.stdout, b"out\n");
        assert_eq!(output.stderr, b"err\n");
        assert_eq!(output.status, Some(7));
        assert!(connection.server().starts_with("OpenSSH"));
        connection.close().await;
        connection.closed().await;
        assert!(connection.is_closed());
    });
}

#[test]
fn dropbear_works_as_well() {
    if !nexus_farm::Ground::get().users_or_skip() {
        return;
    }
    let server = Server::dropbear();
    block_on(async {
        let connection = connect(&destination(&server)).await.unwrap();
        let output = connection
            .exec("echo $USER; kill -TERM $$", 1000)
            .await
            .unwrap();
        assert_eq!(
            output.stdout,
            format!("{}\n", User::Plain.name()).as_bytes()
        );
        assert_eq!(output.signal.as_deref(), Some("TERM"));
    });
}

#[test]
fn a_channel_nobody_reads_stops_no_other() {
    let server = Sshd::new().start();
    block_on(async {
        let connection = connect(&destination(&server)).await.unwrap();
        let mut silent = connection.open_session().await.unwrap();
        silent.exec("head -c 50000000 /dev/zero").await.unwrap();
        for _ in 0..5 {
            let output = connection.exec("echo here", 100).await.unwrap();
            assert_eq!(output.stdout, b"here\n");
        }
        let mut total = 0;
        while let Some(message) = silent.next().await.unwrap() {
            if let Message::Stdout(data) = message {
                total += data.len();
            }
        }
        assert_eq!(total, 50_000_000);
    });
}

#[test]
fn channels_that_are_dropped_are_closed() {
    let server = Sshd::new().option("MaxSessions", "2").start();
    block_on(async {
        let connection = connect(&destination(&server)).await.unwrap();
        for _ in 0..10 {
            let one = connection.open_session().await.unwrap();
            let two = connection.open_session().await.unwrap();
            assert!(matches!(
                connection.open_session().await,
                Err(OpenError::Refused(_))
            ));
            drop((one, two));
            // Closing takes a moment.
            while connection.exec("true", 0).await.is_err() {}
        }
    });
}

#[test]
fn writing_to_a_command_that_does_not_read_ends() {
    let server = Sshd::new().start();
    block_on(async {
        let connection = connect(&destination(&server)).await.unwrap();
        let mut channel = connection.open_session().await.unwrap();
        channel.exec("head -c 10 >/dev/null; exit 3").await.unwrap();
        let writer = channel.writer();
        let writing = tokio::spawn(async move { writer.write(vec![0; 50_000_000]).await });
        let mut status = None;
        while let Some(message) = channel.next().await.unwrap() {
            if let Message::Exit(code) = message {
                status = Some(code);
            }
        }
        assert_eq!(status, Some(3));
        assert!(writing.await.unwrap().is_err());
    });
}

#[test]
fn a_lost_connection_is_no_result() {
    let server = Sshd::new().start();
    let proxy = Proxy::start(server.port(), Toxins::default());
    block_on(async {
        let mut there = destination(&server);
        there.port = proxy.port();
        let connection = connect(&there).await.unwrap();
        let mut channel = connection.open_session().await.unwrap();
        channel.exec("echo begun; sleep 60").await.unwrap();
        loop {
            if let Some(Message::Stdout(_)) = channel.next().await.unwrap() {
                break;
            }
        }
        proxy.reset();
        let lost = loop {
            match channel.next().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("not an orderly end"),
                Err(lost) => break lost,
            }
        };
        assert_eq!(connection.closed().await, lost);
    });
}

#[test]
fn refused_and_unknown() {
    block_on(async {
        let mut nowhere = nexus_ssh::Destination::new("127.0.0.1", "nobody");
        nowhere.port = 1;
        let error = connect(&nowhere).await.err().unwrap();
        assert_eq!(error.reason, Reason::Refused);
        let nowhere = nexus_ssh::Destination::new("no.such.host.invalid", "nobody");
        let error = connect(&nowhere).await.err().unwrap();
        assert!(
            matches!(error.reason, Reason::UnknownHost { .. }),
            "{error}"
        );
    });
}
