//! Agents that hold keys.

use crate::process::wait_for;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// An agent of the system's, with some keys, until it is dropped.
pub struct SshAgent {
    process: Child,
    folder: tempfile::TempDir,
}

impl SshAgent {
    /// Starts one and gives it these private keys.
    ///
    /// # Panics
    ///
    /// `ssh-agent` is missing, or does not want a key.
    pub fn with<P: AsRef<Path>>(keys: &[P]) -> SshAgent {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("socket");
        let process = Command::new("ssh-agent")
            .arg("-D")
            .arg("-a")
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .expect("ssh-agent runs");
        wait_for("the agent listens", || socket.exists());
        let agent = SshAgent { process, folder };
        for key in keys {
            let added = Command::new("ssh-add")
                .arg("-q")
                .arg(key.as_ref())
                .env("SSH_AUTH_SOCK", agent.socket())
                .status()
                .expect("ssh-add runs");
            assert!(added.success());
        }
        agent
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }
}

impl Drop for SshAgent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
