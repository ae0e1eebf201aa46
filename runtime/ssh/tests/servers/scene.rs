//! A server and what is known about its key.

use crate::support::{connect, destination};
use nexus_farm::{Ground, Server, Sshd};
use nexus_ssh::{ConnectError, Connection, Destination, HostKeyPolicy};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A server, a file with known hosts, and a destination that looks into it.
pub struct Scene {
    pub server: Server,
    pub folder: tempfile::TempDir,
    pub there: Destination,
}

impl Scene {
    pub fn new(sshd: &Sshd, policy: HostKeyPolicy) -> Scene {
        let server = sshd.start();
        let folder = tempfile::tempdir().unwrap();
        let mut there = destination(&server);
        there.host_keys = policy;
        there.known_hosts.read = vec![folder.path().join("known_hosts")];
        there.known_hosts.record = Some(folder.path().join("known_hosts"));
        Scene {
            server,
            folder,
            there,
        }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("known_hosts")
    }

    pub fn name(&self) -> String {
        format!("[127.0.0.1]:{}", self.server.port())
    }

    pub fn write(&self, text: &str) {
        fs::write(self.file(), text).unwrap();
    }

    pub fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    pub async fn connect(&self) -> Result<Connection, ConnectError> {
        connect(&self.there).await
    }
}

/// The key of the usual server.
pub fn ed25519() -> String {
    Ground::get().public_key("host_ed25519")
}

/// The fingerprint of a key, as `ssh-keygen` tells it.
pub fn fingerprint(key: &str) -> String {
    let path = Ground::get().key(&format!("{key}.pub"));
    let run = Command::new("ssh-keygen")
        .arg("-lf")
        .arg(path)
        .output()
        .unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    text.split_whitespace().nth(1).unwrap().to_owned()
}
