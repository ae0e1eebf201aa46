//! What can go wrong while connecting: each with its message, none for ever.

use crate::support::{block_on, code, connect, destination};
use nexus_farm::{Proxy, Sshd, Toxins, wait_for};
use nexus_ssh::{
    Client, ConnectError, Destination, HostKeyPolicy, Pool, Reason, Settings, Timeouts,
};
use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};

/// Attempts that take a second, and are not repeated.
fn hasty() -> Settings {
    Settings {
        attempts: 1,
        timeouts: Timeouts::within(Duration::from_secs(1)),
        ..Settings::default()
    }
}

fn nowhere(port: u16) -> Destination {
    let mut there = Destination::new("127.0.0.1", "nobody");
    there.port = port;
    there.host_keys = HostKeyPolicy::Off;
    there
}

async fn fails(there: &Destination, settings: &Settings) -> ConnectError {
    let connected = Client::default().connect(there, settings).await;
    connected.err().expect("a failure")
}

/// A server that does something with each connection, on a thread of its own.
fn server(serve: impl Fn(std::net::TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = std::sync::Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            std::thread::spawn(move || serve(stream));
        }
    });
    port
}

#[test]
fn a_closed_port() {
    block_on(async {
        let error = fails(&nowhere(1), &Settings::default()).await;
        assert_eq!(code(&error), "NX0802");
        assert_eq!(error.attempts, 3, "it may come up while we try");
        assert!(error.to_string().contains("refused"), "{error}");
    });
}

#[test]
fn an_unknown_name() {
    block_on(async {
        let mut there = nowhere(22);
        there.host = "no.such.host.invalid".to_owned();
        let error = fails(&there, &Settings::default()).await;
        assert_eq!((code(&error).as_str(), error.attempts), ("NX0801", 1));
    });
}

#[test]
fn a_server_that_says_nothing() {
    let port = server(|mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    block_on(async {
        let error = fails(&nowhere(port), &hasty()).await;
        assert_eq!(code(&error), "NX0804");
        assert!(matches!(error.reason, Reason::Silent(_)), "{error}");
    });
}

#[test]
fn another_kind_of_server() {
    let port = server(|mut stream| {
        let _ = stream.read(&mut [0; 100]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    block_on(async {
        let error = fails(&nowhere(port), &hasty()).await;
        assert_eq!(code(&error), "NX0806");
        assert_eq!(
            error.reason,
            Reason::NotSsh("HTTP/1.1 400 Bad Request".to_owned())
        );
    });
}

#[test]
fn a_server_that_does_not_stop_greeting() {
    let port = server(|mut stream| while stream.write_all(b"welcome \x1b[31mhere\r\n").is_ok() {});
    block_on(async {
        let error = fails(&nowhere(port), &hasty()).await;
        assert_eq!(error.reason, Reason::NotSsh("welcome [31mhere".to_owned()));
    });
}

#[test]
fn a_server_that_turns_everybody_away() {
    let port = server(|mut stream| {
        let _ = stream.write_all(b"Exceeded MaxStartups\r\n");
    });
    block_on(async {
        let error = fails(&nowhere(port), &hasty()).await;
        assert_eq!(code(&error), "NX0805");
        assert!(
            error.to_string().contains("Exceeded MaxStartups"),
            "{error}"
        );
    });
}

#[test]
fn silence_at_every_point_of_the_exchange() {
    let server = Sshd::new().start();
    block_on(async {
        for after in [10, 200, 1100, 1500, 2000, 2400] {
            let toxins = Toxins {
                hole_after: Some(after),
                ..Toxins::default()
            };
            let proxy = Proxy::start(server.port(), toxins);
            let mut there = destination(&server);
            there.port = proxy.port();
            let started = Instant::now();
            let connected = Client::default().connect(&there, &hasty()).await;
            if let Err(error) = connected {
                assert_eq!(code(&error), "NX0804", "after {after}: {error}");
            }
            assert!(started.elapsed() < Duration::from_secs(5), "after {after}");
        }
    });
}

#[test]
fn resets_and_damage_at_every_point_of_the_exchange() {
    let server = Sshd::new().start();
    block_on(async {
        for after in [10, 200, 1100, 1500, 2000, 2400] {
            for damage in [false, true] {
                let toxins = Toxins {
                    reset_after: (!damage).then_some(after),
                    corrupt_after: damage.then_some(after),
                    ..Toxins::default()
                };
                let proxy = Proxy::start(server.port(), toxins);
                let mut there = destination(&server);
                there.port = proxy.port();
                // What is damaged is never taken for what was sent.
                let connected = Client::default().connect(&there, &hasty()).await;
                match connected {
                    Err(error) => {
                        let expected = ["NX0803", "NX0804", "NX0805", "NX0806", "NX0807", "NX0818"];
                        assert!(
                            expected.contains(&code(&error).as_str()),
                            "after {after}, damage {damage}: {} {error}",
                            code(&error)
                        );
                    }
                    Ok(connection) => {
                        let output = connection.exec("head -c 3000 /dev/zero", 9000).await;
                        if let Ok(output) = output {
                            assert!(output.stdout.iter().all(|&byte| byte == 0));
                        }
                    }
                }
            }
        }
    });
}

#[test]
fn slow_networks_are_no_failures() {
    let server = Sshd::new().start();
    let slow = [
        Toxins {
            trickle: true,
            ..Toxins::default()
        },
        Toxins {
            rate: Some(20_000),
            ..Toxins::default()
        },
        Toxins {
            delay: Duration::from_millis(25),
            ..Toxins::default()
        },
        Toxins {
            accept_delay: Duration::from_secs(3),
            ..Toxins::default()
        },
    ];
    block_on(async {
        for toxins in slow {
            let proxy = Proxy::start(server.port(), toxins.clone());
            let mut there = destination(&server);
            there.port = proxy.port();
            let connection = connect(&there)
                .await
                .unwrap_or_else(|e| panic!("{toxins:?}: {e}"));
            let output = connection.exec("echo in", 100).await.unwrap();
            assert_eq!(output.stdout, b"in\n");
        }
    });
}

#[test]
fn a_busy_server_lets_everybody_in_at_last() {
    let server = Sshd::new()
        .everywhere()
        .option("MaxStartups", "3:50:10")
        .start();
    block_on(async {
        // At addresses of their own, so that it is the server alone that holds them up.
        let client = Client::default();
        let settings = Settings::default();
        let destinations: Vec<_> = (1..=60)
            .map(|n| {
                let mut there = destination(&server);
                there.host = format!("127.0.0.{n}");
                there
            })
            .collect();
        let all = destinations
            .iter()
            .map(|there| client.connect(there, &settings));
        for connected in futures_util::future::join_all(all).await {
            connected.unwrap_or_else(|e| panic!("{e}"));
        }
        assert!(
            server.log().contains("MaxStartups"),
            "nobody was turned away"
        );
    });
}

#[test]
fn many_connections_to_one_address_never_meet_its_limit() {
    // As many as we start at a time, so that each that the server still counts is one too many.
    let server = Sshd::new().option("MaxStartups", "8:100:8").start();
    wait_for("the connection that looked whether it listens ends", || {
        server.log().contains("Connection from") && server.sessions().is_empty()
    });
    block_on(async {
        let client = Client::default();
        let settings = Settings::default();
        let there = destination(&server);
        let all = (0..60).map(|_| client.connect(&there, &settings));
        for connected in futures_util::future::join_all(all).await {
            connected.unwrap_or_else(|e| panic!("{e}"));
        }
        assert!(!server.log().contains("MaxStartups"), "{}", server.log());
    });
}

/// Rules of the firewall, removed when dropped. Needs root and iptables.
struct Firewall(Vec<Vec<String>>);

impl Firewall {
    fn new() -> Option<Firewall> {
        let works = Command::new("/usr/sbin/iptables")
            .args(["-w", "-L", "-n"])
            .output();
        works
            .is_ok_and(|run| run.status.success())
            .then(|| Firewall(Vec::new()))
    }

    fn add(&mut self, rule: &str) {
        let rule: Vec<String> = rule.split(' ').map(str::to_owned).collect();
        let added = Command::new("/usr/sbin/iptables")
            .args(["-w", "-I"])
            .args(&rule)
            .status();
        assert!(added.unwrap().success(), "{rule:?}");
        self.0.push(rule);
    }
}

impl Drop for Firewall {
    fn drop(&mut self) {
        for rule in &self.0 {
            let _ = Command::new("/usr/sbin/iptables")
                .args(["-w", "-D"])
                .args(rule)
                .status();
        }
    }
}

#[test]
fn packets_that_are_dropped_or_refused() {
    let Some(mut firewall) = Firewall::new() else {
        return;
    };
    let server = Sshd::new().everywhere().start();
    let port = server.port();
    let to = |address: &str| format!("INPUT -i lo -p tcp --dport {port} -d {address}");
    firewall.add(&format!("{} -j DROP", to("127.0.77.66")));
    firewall.add(&format!(
        "{} -j REJECT --reject-with icmp-host-unreachable",
        to("127.0.77.67")
    ));
    block_on(async {
        let client = Client::default();
        let settings = hasty();
        let at = |address: &str| {
            let mut there = destination(&server);
            there.host = address.to_owned();
            there
        };
        let (dropped, refused, fine) = (at("127.0.77.66"), at("127.0.77.67"), at("127.0.77.68"));
        let (dropped, refused, fine) = tokio::join!(
            client.connect(&dropped, &settings),
            client.connect(&refused, &settings),
            client.connect(&fine, &settings),
        );
        let dropped = dropped.err().unwrap();
        assert_eq!(code(&dropped), "NX0804");
        assert!(matches!(dropped.reason, Reason::Timeout(_)), "{dropped}");
        let refused = refused.err().unwrap();
        assert_eq!(code(&refused), "NX0803");
        assert!(
            refused.to_string().contains("no route to host"),
            "{refused}"
        );
        assert!(fine.is_ok());
    });
}

#[test]
fn addresses_of_both_families() {
    let server = Sshd::new().start();
    // Listens on IPv4 alone, while `localhost` may have both.
    let proxy = Proxy::start(server.port(), Toxins::default());
    let six = TcpListener::bind("[::1]:0").is_ok();
    block_on(async {
        let mut places = vec![("localhost", proxy.port()), ("127.0.0.1", server.port())];
        if six {
            places.extend([("::1", server.port()), ("[::1]", server.port())]);
        }
        for (host, port) in places {
            let mut there = destination(&server);
            there.host = host.to_owned();
            there.port = port;
            connect(&there).await.unwrap_or_else(|e| panic!("{e}"));
        }
        let mut there = destination(&server);
        there.host = "127.0.0.1".to_owned();
        there.family = nexus_ssh::config::AddressFamily::Inet6;
        assert_eq!(code(&fails(&there, &hasty()).await), "NX0801");
        there.family = nexus_ssh::config::AddressFamily::Inet;
        there.bind = Some("127.0.0.9".parse().unwrap());
        let connection = connect(&there).await.unwrap();
        let output = connection.exec("echo $SSH_CLIENT", 100).await.unwrap();
        assert!(output.stdout.starts_with(b"127.0.0.9 "));
    });
}

/// Name servers that do not answer hold up nobody but the one who asks. The test runs itself again
/// where the system's list of name servers is another one.
#[test]
fn slow_name_servers() {
    const INSIDE: &str = "NEXUS_TEST_SLOW_NAMES";
    if std::env::var_os(INSIDE).is_none() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("resolv.conf");
        std::fs::write(
            &list,
            "nameserver 127.0.99.254\noptions timeout:30 attempts:5\n",
        )
        .unwrap();
        let script = r#"mount --bind "$1" /etc/resolv.conf && exec "$2" --exact faults::slow_name_servers --nocapture"#;
        let inside = Command::new("unshare")
            .args(["-m", "sh", "-c", script, "sh"])
            .arg(&list)
            .arg(std::env::current_exe().unwrap())
            .env(INSIDE, "1")
            .output();
        match inside {
            Ok(run) if run.status.success() => {}
            // Only root may do so.
            Ok(run) if String::from_utf8_lossy(&run.stderr).contains("not permitted") => {}
            Err(_) => {}
            Ok(run) => panic!(
                "{}{}",
                String::from_utf8_lossy(&run.stdout),
                String::from_utf8_lossy(&run.stderr)
            ),
        }
        return;
    }
    let Ok(_deaf) = UdpSocket::bind("127.0.99.254:53") else {
        return;
    };
    let server = Sshd::new().start();
    block_on(async {
        let mut there = nowhere(22);
        there.host = "slow.example.com".to_owned();
        let client = Client::default();
        let settings = hasty();
        let fine = destination(&server);
        let (slow, fine) = tokio::join!(
            client.connect(&there, &settings),
            client.connect(&fine, &settings)
        );
        let slow = slow.err().unwrap();
        assert_eq!(
            (code(&slow).as_str(), slow.phase),
            ("NX0804", nexus_ssh::Phase::Resolve)
        );
        assert!(fine.is_ok());
    });
}

#[test]
fn old_algorithms_are_not_used() {
    let server = Sshd::new()
        .host_keys(&["host_rsa"])
        .option("HostKeyAlgorithms", "ssh-rsa")
        .start();
    let exchange = Sshd::new()
        .option("KexAlgorithms", "diffie-hellman-group14-sha1")
        .start();
    block_on(async {
        for server in [&server, &exchange] {
            let error = fails(&destination(server), &hasty()).await;
            assert_eq!(code(&error), "NX0807", "{error}");
        }
    });
}

#[test]
fn every_exchange_that_is_offered_works() {
    let names = [
        "curve25519-sha256",
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp521",
        "diffie-hellman-group14-sha256",
        "diffie-hellman-group16-sha512",
        "diffie-hellman-group-exchange-sha256",
    ];
    block_on(async {
        for name in names {
            let server = Sshd::new().option("KexAlgorithms", name).start();
            connect(&destination(&server))
                .await
                .unwrap_or_else(|e| panic!("{name}: {e}"));
        }
        for name in [
            "aes128-gcm@openssh.com",
            "chacha20-poly1305@openssh.com",
            "aes256-ctr",
        ] {
            let server = Sshd::new().option("Ciphers", name).start();
            let connection = connect(&destination(&server)).await.unwrap();
            let output = connection
                .exec("head -c 3000000 /dev/zero", 9_000_000)
                .await
                .unwrap();
            assert_eq!(output.stdout.len(), 3_000_000, "{name}");
        }
    });
}

#[test]
fn a_server_that_is_dead_half_way_up_does_not_hold_up_the_pool() {
    let silent = server(|mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let alive = Sshd::new().start();
    block_on(async {
        let pool = Pool::new(Client::default());
        let (dead, settings) = (nowhere(silent), hasty());
        let there = destination(&alive);
        let dead = async { pool.open(&dead, &settings).await.err().unwrap() };
        let fine = async { pool.open(&there, &settings).await.unwrap() };
        let (dead, _fine) = tokio::join!(dead, fine);
        assert_eq!(code(&dead), "NX0804");
        pool.close().await;
    });
    wait_for("the sessions end", || alive.sessions().is_empty());
}
