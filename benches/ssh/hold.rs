//! Many connections held at the same time, and the memory they take here.

use nexus_farm::{Ground, Sshd, User};
use nexus_ssh::{Client, Destination, HostKeyPolicy, Settings};
use std::time::Instant;

fn memory() -> String {
    let text = std::fs::read_to_string("/proc/self/status").expect("status");
    let line = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.map(|line| {
            line.split_whitespace()
                .skip(1)
                .collect::<Vec<_>>()
                .join(" ")
        })
    };
    format!(
        "anonymous {:?}, peak {:?}",
        line("RssAnon:"),
        line("VmHWM:")
    )
}

fn address(n: usize) -> String {
    format!("127.0.{}.{}", n / 250, n % 250 + 1)
}

fn destination(n: usize, port: u16) -> Destination {
    let ground = Ground::get();
    let mut there = Destination::new(address(n), ground.user(User::Plain));
    there.port = port;
    there.identities = vec![ground.key("id_ed25519")];
    there.identities_only = true;
    there.agent = nexus_ssh::Agent::None;
    there.host_keys = HostKeyPolicy::Off;
    there
}

/// Holds so many connections at once, at addresses of their own, and runs a command on each.
pub async fn run(count: usize) {
    // Several servers, so that no process has all the sessions.
    let servers: Vec<_> = (0..4).map(|_| Sshd::new().everywhere().start()).collect();
    println!("before: {}", memory());
    let client = Client::default();
    let started = Instant::now();
    let each = (0..count).map(|n| {
        let client = client.clone();
        let port = servers[n % servers.len()].port();
        tokio::spawn(async move {
            let there = destination(n / 4, port);
            client
                .connect(&there, &Settings::default())
                .await
                .expect("connects")
        })
    });
    let mut connections = Vec::new();
    for one in each.collect::<Vec<_>>() {
        connections.push(one.await.expect("no panic"));
    }
    println!(
        "{count} connections in {:?}: {}",
        started.elapsed(),
        memory()
    );
    for some in connections.chunks(50) {
        let all = some
            .iter()
            .map(|connection| connection.exec("echo here", 100));
        for output in futures_util::future::join_all(all).await {
            assert_eq!(output.expect("it runs").stdout, b"here\n");
        }
    }
    println!("after a command on each: {}", memory());
    for some in connections.chunks(50) {
        futures_util::future::join_all(some.iter().map(|connection| connection.close())).await;
    }
}
