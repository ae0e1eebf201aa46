//! The `ssh` program of the system as a way to start programs on a host, for what only it can do:
//! security keys, smart cards, Kerberos, and settings that only it understands.
//!
//! One process holds the connection and shares it with the others through a socket in a folder of our
//! own, so that nothing is left behind and no connection of the user is touched. That process runs
//! `cat` on the host and ends with it when we are gone, however we go.

mod options;
mod said;

use crate::exec::Whom;
use crate::exec::link::{Heard, Link, Local, Opener, StartError};
use crate::runner;
use nexus_executor::{Failure, Pending};
use nexus_graph::Host;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// By this exit code `ssh` says that it has no connection, or none any more.
const LOST: i32 = 255;
/// How long connecting may take at most, with questions that people answer.
const CONNECTING: Duration = Duration::from_secs(120);
/// The longest path that a socket can have everywhere, with what `ssh` appends while making it.
const LONGEST_PATH: usize = 104 - 18;

/// A host reached by the system's `ssh`.
pub(crate) struct System {
    program: PathBuf,
    host: Host,
    root: PathBuf,
    whom: Whom,
    master: Mutex<Option<Master>>,
}

/// The process that holds the connection.
struct Master {
    link: Link,
    /// Removed with everything in it.
    folder: TempDir,
}

impl Master {
    fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }
}

impl System {
    /// Starts nothing yet. Relative paths of the host's settings are relative to `root`.
    pub fn new(program: PathBuf, host: Host, root: PathBuf, whom: Whom) -> Self {
        System {
            program,
            host,
            root,
            whom,
            master: Mutex::default(),
        }
    }

    /// The socket of a connection that works.
    async fn socket(&self) -> Result<PathBuf, StartError> {
        let mut master = self.master.lock().await;
        if let Some(held) = master.as_mut() {
            // It says nothing while it lives.
            let now = timeout(Duration::ZERO, held.link.next()).await;
            if now.is_err() && held.socket().exists() {
                return Ok(held.socket());
            }
        }
        *master = None;
        let made = self.connect().await;
        let made = made.map_err(|failure| StartError::Unreachable(Box::new(failure)))?;
        let socket = made.socket();
        *master = Some(made);
        Ok(socket)
    }

    async fn connect(&self) -> Result<Master, Failure> {
        let local = |problem: std::io::Error| self.whom.no_ssh(&self.program, &problem.to_string());
        let folder = folder().map_err(local)?;
        let word = runner::word();
        let mut command = Command::new(&self.program);
        command
            .args(options::connect(
                &self.host,
                &self.root,
                &folder.path().join("s"),
            ))
            .arg(format!("echo {word}; exec cat"));
        let mut link = Local::start(&mut command, Some(LOST)).map_err(local)?;
        let mut said = Vec::new();
        let ready = async {
            let mut out = Vec::new();
            loop {
                match link.next().await {
                    Ok(Some(Heard::Stdout(bytes))) => out.extend_from_slice(&bytes),
                    Ok(Some(Heard::Stderr(bytes))) => said.extend_from_slice(&bytes),
                    Ok(Some(_)) => {}
                    Ok(None) | Err(_) => return false,
                }
                if memchr::memmem::find(&out, word.as_bytes()).is_some() {
                    return true;
                }
            }
        };
        match timeout(CONNECTING, ready).await {
            Ok(true) => Ok(Master { link, folder }),
            Ok(false) | Err(_) => Err(self.whom.ssh_said(&String::from_utf8_lossy(&said))),
        }
    }
}

impl Opener for System {
    fn start<'a>(
        &'a self,
        command: &'a str,
        terminal: bool,
    ) -> Pending<'a, Result<Link, StartError>> {
        Box::pin(async move {
            let socket = self.socket().await?;
            let mut ssh = Command::new(&self.program);
            ssh.args(options::share(&self.host, &self.root, &socket, terminal))
                .arg(command);
            Local::start(&mut ssh, Some(LOST)).map_err(|problem| {
                let failure = self.whom.no_ssh(&self.program, &problem.to_string());
                StartError::Unreachable(Box::new(failure))
            })
        })
    }

    fn patience(&self) -> Duration {
        CONNECTING
    }

    fn close(&self) -> Pending<'_, ()> {
        Box::pin(async move {
            // The end of its input ends it.
            if let Some(mut master) = self.master.lock().await.take() {
                let _ = master.link.writer().eof().await;
                let ended = async { while let Ok(Some(_)) = master.link.next().await {} };
                let _ = timeout(Duration::from_millis(500), ended).await;
            }
        })
    }
}

/// A folder that nobody else can look into, whose path is short enough for a socket.
fn folder() -> std::io::Result<TempDir> {
    let usual = std::env::temp_dir();
    let short = usual.as_os_str().len() + "/nexus-ssh-012345/s".len() <= LONGEST_PATH;
    let place = if short {
        usual.as_path()
    } else {
        Path::new("/tmp")
    };
    tempfile::Builder::new()
        .prefix("nexus-ssh-")
        .rand_bytes(6)
        .tempdir_in(place)
}
