//! The same client on the other server there is a lot of: Dropbear. Its keys, its limits and its messages
//! are its own.

use crate::support::{Person, block_on, code, connect, destination};
use nexus_farm::{Ground, Proxy, Server, SshAgent, Sshd, Toxins};
use nexus_ssh::{
    Agent, Client, Connection, Destination, HostKeyPolicy, Lost, Message, Pool, Reason, Settings,
};
use std::sync::Arc;

fn dropbear() -> Option<Server> {
    Ground::get().users_or_skip().then(Server::dropbear)
}

async fn works(connection: &Connection) {
    let output = connection.exec("echo in; exit 7", 100).await.unwrap();
    assert_eq!((&output.stdout[..], output.status), (&b"in\n"[..], Some(7)));
}

fn bare(server: &Server) -> Destination {
    let mut there = destination(server);
    there.identities.clear();
    there.agent = Agent::None;
    there
}

#[test]
fn every_way_to_log_in() {
    let Some(server) = dropbear() else { return };
    let ground = Ground::get();
    block_on(async {
        for key in ["id_ed25519", "id_ecdsa", "id_rsa"] {
            let mut there = bare(&server);
            there.identities = vec![ground.key(key)];
            works(&connect(&there).await.unwrap()).await;
        }
        let person = Person::who_says(&["keypass"]);
        let mut there = bare(&server);
        there.identities = vec![ground.key("id_encrypted")];
        let client = Client::new(person.clone());
        works(&client.connect(&there, &Settings::default()).await.unwrap()).await;
        assert_eq!(person.asked().len(), 1);
        let agent = SshAgent::with(&[ground.key("id_other"), ground.key("id_ecdsa")]);
        let mut there = bare(&server);
        there.agent = Agent::Socket(agent.socket());
        there.forward_agent = true;
        let connection = connect(&there).await.unwrap();
        let output = connection.exec("ssh-add -l", 10_000).await.unwrap();
        let listed = String::from_utf8(output.stdout).unwrap();
        assert!(listed.contains("farm-id_ecdsa"), "{listed}");
        let person = Person::who_says(&["wrong", ground.password()]);
        let client = Client::new(person.clone());
        works(
            &client
                .connect(&bare(&server), &Settings::default())
                .await
                .unwrap(),
        )
        .await;
        assert_eq!(person.asked().len(), 2);
        let mut there = bare(&server);
        there.identities = vec![ground.key("id_other")];
        let error = connect(&there).await.err().unwrap();
        assert_eq!(error.reason, Reason::Denied);
        assert!(
            error.offered.contains(&"publickey".to_owned()),
            "{:?}",
            error.offered
        );
        assert_eq!(error.tried[0].result, "refused by the server");
    });
}

#[test]
fn its_key_is_checked_like_any_other() {
    let Some(server) = dropbear() else { return };
    let ground = Ground::get();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known_hosts");
    let mut there = destination(&server);
    there.known_hosts.read = vec![file.clone()];
    there.known_hosts.record = Some(file.clone());
    block_on(async {
        std::fs::write(&file, "").unwrap();
        there.host_keys = HostKeyPolicy::Strict;
        assert_eq!(code(&connect(&there).await.err().unwrap()), "NX0808");
        there.host_keys = HostKeyPolicy::AcceptNew;
        works(&connect(&there).await.unwrap()).await;
        let recorded = std::fs::read_to_string(&file).unwrap();
        assert!(
            recorded.contains(&ground.public_key("dropbear")),
            "{recorded}"
        );
        there.host_keys = HostKeyPolicy::Strict;
        works(&connect(&there).await.unwrap()).await;
        let other = recorded.replace(
            &ground.public_key("dropbear"),
            &ground.public_key("host_ed25519"),
        );
        std::fs::write(&file, other).unwrap();
        let error = connect(&there).await.err().unwrap();
        assert_eq!(code(&error), "NX0809");
        assert_eq!(error.to_string().matches("SHA256:").count(), 2, "{error}");
        let keys = Client::default()
            .scan(&there, &Settings::default())
            .await
            .unwrap();
        assert_eq!(keys.len(), 1);
        assert_eq!(keys[0].kind, "ssh-ed25519");
    });
}

/// Through it to another server, and through another server to it.
#[test]
fn it_is_a_hop_and_lies_behind_one() {
    let Some(server) = dropbear() else { return };
    let other = Sshd::new().start();
    block_on(async {
        for (target, hop) in [(&other, &server), (&server, &other)] {
            let mut there = destination(target);
            there.jumps = vec![destination(hop)];
            let connection = connect(&there).await.unwrap();
            works(&connection).await;
            let output = connection
                .exec("head -c 5000000 /dev/zero", 6_000_000)
                .await
                .unwrap();
            assert_eq!(output.stdout.len(), 5_000_000);
            there.port = 1;
            let error = connect(&there).await.err().unwrap();
            assert_eq!(code(&error), "NX0816", "{error}");
        }
    });
}

#[test]
fn many_commands_share_a_connection_and_a_dead_one_is_replaced() {
    let Some(server) = dropbear() else { return };
    let there = destination(&server);
    block_on(async {
        let pool = Pool::new(Client::default());
        let one = |n: u32| {
            let (pool, there) = (pool.clone(), there.clone());
            async move {
                let (mut channel, _) = pool.open(&there, &Settings::default()).await.unwrap();
                channel.exec(format!("sleep 1; echo {n}")).await.unwrap();
                let mut heard = Vec::new();
                while let Some(message) = channel.next().await.unwrap() {
                    heard.push(message);
                }
                let text = Message::Stdout(format!("{n}\n").into());
                assert!(heard.contains(&text), "{n}: {heard:?}");
                assert!(heard.contains(&Message::Exit(0)), "{n}: {heard:?}");
                // The next one begins where this one ends, which Dropbear minds: see `Line`.
            }
        };
        futures_util::future::join_all((0..8).map(one)).await;
        assert_eq!(pool.connections(&there, &Settings::default()), 1);
        server.signal_sessions(nix::sys::signal::Signal::SIGKILL);
        let (channel, _) = pool.open(&there, &Settings::default()).await.unwrap();
        channel.exec("true").await.unwrap();
        pool.close().await;
    });
}

/// What ends a connection is noticed, and never a result.
#[test]
fn lost_connections_are_no_results() {
    let Some(server) = dropbear() else { return };
    let settings = Settings {
        keepalive: std::time::Duration::from_secs(1),
        keepalive_max: 2,
        ..Settings::default()
    };
    block_on(async {
        for fault in ["cut", "reset", "kill"] {
            let proxy = Proxy::start(server.port(), Toxins::default());
            let mut there = destination(&server);
            there.port = proxy.port();
            let client = Arc::new(Client::default());
            let connection = client.connect(&there, &settings).await.unwrap();
            let mut channel = connection.open_session().await.unwrap();
            channel.exec("echo begun; sleep 30").await.unwrap();
            while !matches!(channel.next().await, Ok(Some(Message::Stdout(_)))) {}
            match fault {
                "cut" => proxy.cut(),
                "reset" => proxy.reset(),
                _ => server.signal_sessions(nix::sys::signal::Signal::SIGKILL),
            }
            let lost = loop {
                match channel.next().await {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("{fault}: not an orderly end"),
                    Err(lost) => break lost,
                }
            };
            assert_eq!(
                matches!(lost, Lost::Silent),
                fault == "cut",
                "{fault}: {lost:?}"
            );
        }
    });
}

/// It turns away who would be the sixth to log in at the same time from one address, without a word.
#[test]
fn many_who_log_in_at_once_all_get_in() {
    let Some(server) = dropbear() else { return };
    let there = destination(&server);
    block_on(async {
        let client = Client::default();
        let settings = Settings::default();
        let all = (0..20).map(|_| client.connect(&there, &settings));
        for connection in futures_util::future::join_all(all).await {
            works(&connection.unwrap()).await;
        }
    });
}
