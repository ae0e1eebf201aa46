//! The way to a server: jump hosts and commands.

use crate::support::{block_on, code, connect, destination};
use nexus_farm::{Ground, Server, Sshd, is_alive, wait_for};
use nexus_ssh::{Client, Connection, Destination, HostKeyPolicy, Lost, Message, Reason, Settings};
use nix::sys::signal::Signal;
use std::path::Path;
use std::time::{Duration, Instant};

fn through(target: &Server, hops: &[&Server]) -> Destination {
    let mut there = destination(target);
    there.jumps = hops.iter().map(|hop| destination(hop)).collect();
    there
}

async fn works(connection: &Connection) {
    let output = connection.exec("echo in", 100).await.unwrap();
    assert_eq!(output.stdout, b"in\n");
}

fn logins(server: &Server) -> usize {
    server.log().matches("Accepted publickey").count()
}

#[test]
fn one_and_two_hops() {
    let (target, one, two) = (
        Sshd::new().start(),
        Sshd::new().start(),
        Sshd::new().start(),
    );
    block_on(async {
        works(&connect(&through(&target, &[&one])).await.unwrap()).await;
        assert_eq!(logins(&one), 1);
        let connection = connect(&through(&target, &[&one, &two])).await.unwrap();
        works(&connection).await;
        assert_eq!((logins(&one), logins(&two)), (2, 1));
        // Much data, in both directions.
        let output = connection
            .exec("head -c 20000000 /dev/zero", 30_000_000)
            .await
            .unwrap();
        assert_eq!(output.stdout.len(), 20_000_000);
        let mut channel = connection.open_session().await.unwrap();
        channel.exec("wc -c").await.unwrap();
        let writer = channel.writer();
        writer.write(vec![7; 5_000_000]).await.unwrap();
        writer.eof().await.unwrap();
        let mut text = Vec::new();
        while let Some(message) = channel.next().await.unwrap() {
            if let Message::Stdout(data) = message {
                text.extend_from_slice(&data);
            }
        }
        assert_eq!(String::from_utf8(text).unwrap().trim(), "5000000");
        assert!(target.log().contains("Accepted publickey"));
    });
}

#[test]
fn those_that_go_through_a_machine_share_the_connection_to_it() {
    let (target, hop) = (Sshd::new().everywhere().start(), Sshd::new().start());
    block_on(async {
        let client = Client::default();
        let settings = Settings::default();
        let destinations: Vec<_> = (1..=10)
            .map(|n| {
                let mut there = through(&target, &[&hop]);
                there.host = format!("127.0.0.{n}");
                there
            })
            .collect();
        let all = destinations
            .iter()
            .map(|there| client.connect(there, &settings));
        let all = futures_util::future::join_all(all).await;
        let all: Vec<_> = all.into_iter().map(Result::unwrap).collect();
        for connection in &all {
            works(connection).await;
        }
        assert_eq!((logins(&target), logins(&hop)), (10, 1));
    });
}

#[test]
fn each_hop_shows_its_own_key() {
    let ground = Ground::get();
    let target = Sshd::new().start();
    let hop = Sshd::new().host_keys(&["host_ed25519_b"]).start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known_hosts");
    let line = |server: &Server, key: &str| {
        format!("[127.0.0.1]:{} {}\n", server.port(), ground.public_key(key))
    };
    let mut there = through(&target, &[&hop]);
    let hop_of_it = &mut there.jumps[0];
    hop_of_it.host_keys = HostKeyPolicy::Strict;
    hop_of_it.known_hosts.read = vec![file.clone()];
    there.host_keys = HostKeyPolicy::Strict;
    there.known_hosts.read = vec![file.clone()];
    block_on(async {
        let both = line(&target, "host_ed25519") + &line(&hop, "host_ed25519_b");
        std::fs::write(&file, both).unwrap();
        works(&connect(&there).await.unwrap()).await;
        let wrong = line(&target, "host_ed25519") + &line(&hop, "host_ed25519");
        std::fs::write(&file, wrong).unwrap();
        let error = connect(&there).await.err().unwrap();
        assert_eq!(code(&error), "NX0809");
        let place = format!("{}@127.0.0.1:{}", there.user, hop.port());
        assert_eq!(error.hop, Some(place));
    });
}

#[test]
fn what_lies_behind_a_hop_fails_by_name() {
    let hop = Sshd::new().start();
    let closed = Sshd::new().option("AllowTcpForwarding", "no").start();
    block_on(async {
        let mut there = through(&hop, &[&hop]);
        there.port = 1;
        let error = connect(&there).await.err().unwrap();
        assert_eq!(code(&error), "NX0816");
        let place = format!("{}@127.0.0.1:{}", there.user, hop.port());
        assert!(error.to_string().contains(&place), "{error}");
        // The name is looked up there, not here.
        there.host = "no.such.host.invalid".to_owned();
        let error = connect(&there).await.err().unwrap();
        assert_eq!(code(&error), "NX0816");
        let error = connect(&through(&hop, &[&closed])).await.err().unwrap();
        assert_eq!(code(&error), "NX0816");
        assert!(error.to_string().contains("does not let"), "{error}");
        // The hop itself cannot be reached.
        let mut there = through(&hop, &[&hop]);
        there.jumps[0].port = 1;
        let error = connect(&there).await.err().unwrap();
        assert_eq!(error.reason, Reason::Refused);
        assert!(error.hop.is_some());
        assert_eq!(error.attempts, 3);
    });
}

#[test]
fn when_a_hop_is_lost_it_is_named() {
    let (target, hop) = (Sshd::new().start(), Sshd::new().start());
    block_on(async {
        let client = Client::default();
        let there = through(&target, &[&hop]);
        let settings = Settings::default();
        let connection = client.connect(&there, &settings).await.unwrap();
        let mut channel = connection.open_session().await.unwrap();
        channel.exec("sleep 60").await.unwrap();
        hop.signal_sessions(Signal::SIGKILL);
        let lost = loop {
            if let Err(lost) = channel.next().await {
                break lost;
            }
        };
        assert!(matches!(lost, Lost::Hop { .. }), "{lost:?}");
        // The next connection makes the way anew.
        works(&client.connect(&there, &settings).await.unwrap()).await;
        assert_eq!(logins(&hop), 2);
    });
}

/// A hop that falls silent: it is noticed when somebody wants to go through it, and the way is made anew.
#[test]
fn a_hop_that_does_not_answer_any_more_is_replaced() {
    let (target, hop) = (Sshd::new().start(), Sshd::new().start());
    block_on(async {
        let client = Client::default();
        let there = through(&target, &[&hop]);
        let settings = Settings {
            timeouts: nexus_ssh::Timeouts {
                connect: Duration::from_secs(5),
                ..nexus_ssh::Timeouts::default()
            },
            // Signs of life do not tell in time.
            keepalive: Duration::from_secs(600),
            ..Settings::default()
        };
        works(&client.connect(&there, &settings).await.unwrap()).await;
        let silent = hop.sessions();
        hop.signal_sessions(Signal::SIGSTOP);
        works(&client.connect(&there, &settings).await.unwrap()).await;
        assert!(logins(&hop) >= 2);
        for pid in silent {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), Signal::SIGKILL);
        }
    });
}

/// A server that speaks on its standard input and output.
fn inetd(server: &Server) -> String {
    let folder = server.folder().display();
    format!("/usr/sbin/sshd -i -f {folder}/sshd_config")
}

#[test]
fn a_command_carries_the_connection() {
    // Such a server does not know where we come from.
    let server = Sshd::new().option("AllowUsers", "").start();
    block_on(async {
        let mut there = destination(&server);
        there.port = 1;
        there.proxy_command = Some(inetd(&server));
        let connection = connect(&there).await.unwrap();
        works(&connection).await;
        let output = connection.exec("echo $PPID", 100).await.unwrap();
        let session: i32 = String::from_utf8(output.stdout)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        assert!(is_alive(session));
        connection.close().await;
        drop(connection);
        // It is ended with the connection.
        wait_for("the command ends", || !is_alive(session));
    });
}

#[test]
fn a_command_that_fails_says_why() {
    let server = Sshd::new().start();
    block_on(async {
        let cases = [
            (
                "sh -c 'echo first >&2; echo the proxy is closed >&2; exit 3'",
                "the proxy is closed",
            ),
            ("/no/such/program", "/no/such/program"),
            ("true", "closed the connection"),
        ];
        for (command, expected) in cases {
            let mut there = destination(&server);
            there.proxy_command = Some(command.to_owned());
            let client = Client::default();
            let settings = Settings {
                attempts: 1,
                ..Settings::default()
            };
            let error = client.connect(&there, &settings).await.err().unwrap();
            assert_eq!(code(&error), "NX0817", "{error}");
            assert!(error.to_string().contains(expected), "{error}");
        }
    });
}

#[test]
fn a_command_that_hangs_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let pid_file = folder.path().join("pid");
    block_on(async {
        let mut there = Destination::new("anywhere", "nobody");
        there.proxy_command = Some(format!(
            "sh -c 'echo $$ >{}; exec sleep 600'",
            pid_file.display()
        ));
        there.host_keys = HostKeyPolicy::Off;
        let settings = Settings {
            attempts: 1,
            timeouts: nexus_ssh::Timeouts::within(Duration::from_secs(1)),
            ..Settings::default()
        };
        let error = Client::default()
            .connect(&there, &settings)
            .await
            .err()
            .unwrap();
        assert_eq!(code(&error), "NX0817", "{error}");
        // It is ended and, while the runtime lives, waited for: not even a zombie is left.
        let pid = std::fs::read_to_string(&pid_file).unwrap();
        let entry = Path::new("/proc").join(pid.trim());
        let deadline = Instant::now() + Duration::from_secs(60);
        while entry.exists() {
            assert!(Instant::now() < deadline, "the command is still there");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}
