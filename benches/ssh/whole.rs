//! The two halves that a comparison of whole processes needs: servers that stay while it runs, and the
//! floor as a program of its own.

use crate::floor;
use nexus_farm::{Ground, Server, User};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Says how to log in, as one line of JSON, and keeps the server until standard input ends.
pub fn serve(server: &Server) {
    let ground = Ground::get();
    println!(
        r#"{{"port": {}, "user": "{}", "key": "{}"}}"#,
        server.port(),
        ground.user(User::Plain),
        ground.key("id_ed25519").display()
    );
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// Connects to hosts at the same time and runs a command so often on each, one after the other.
pub async fn floor(port: u16, user: &str, key: &Path, hosts: usize, commands: usize, line: &str) {
    let gate = Arc::new(tokio::sync::Semaphore::new(50));
    let mut all = tokio::task::JoinSet::new();
    for number in 1..=hosts {
        let gate = gate.clone();
        let (user, key, line) = (user.to_owned(), key.to_owned(), line.to_owned());
        all.spawn(async move {
            let connecting = gate.acquire().await;
            let handle = floor::connect(&format!("127.0.0.{number}"), port, &user, &key).await;
            drop(connecting);
            for _ in 0..commands {
                let (status, printed) = floor::exec(&handle, &line).await;
                assert_eq!(status, 0);
                println!(
                    "127.0.0.{number}  {}",
                    String::from_utf8_lossy(&printed).trim_end()
                );
            }
            floor::close(&handle).await;
        });
    }
    all.join_all().await;
}
