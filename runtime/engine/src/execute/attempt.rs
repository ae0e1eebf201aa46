//! One attempt at one command: start, read, wait, and end it when its time is over.

use super::reader::{self, Target};
use crate::clock::{Clock, Deadline};
use crate::guard::{ExitKind, GuardClient, GuardLost, Spawn, Started};
use crate::program::{Invocation, SHELL};
use crate::sandbox::Policy;
use nexus_graph::event::{LogLine, Status, Stream};
use nix::fcntl::OFlag;
use nix::unistd::pipe2;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// What an attempt needs of its surroundings.
pub(super) struct Surroundings<'a> {
    pub guard: &'a GuardClient,
    pub cancel: &'a crate::Cancel,
    pub clock: &'a Clock,
    /// Number of the task in the run.
    pub task: u32,
    /// Its path.
    pub name: &'a str,
    /// Absolute working folder.
    pub cwd: &'a Path,
    /// The whole environment.
    pub env: &'a [Vec<u8>],
    /// Between SIGTERM and SIGKILL.
    pub grace: Duration,
    /// By how much its processes are nicer to others.
    pub nice: u8,
    /// What the process may reach; everything when absent.
    pub policy: Option<&'a Policy>,
}

/// What came of it.
pub(super) struct Attempted {
    pub status: Status,
    /// Readers of its output that have not come to an end.
    pub readers: Vec<JoinHandle<()>>,
    /// Other processes of the task are alive.
    pub leftovers: bool,
}

/// Runs a command to its end.
pub(super) async fn attempt(
    around: &Surroundings<'_>,
    mut invocation: Invocation,
    deadline: Option<Deadline>,
    target: Target,
) -> Result<Attempted, GuardLost> {
    loop {
        match once(around, &invocation, deadline, target.clone()).await? {
            Ok(attempted) => return Ok(attempted),
            // An executable text without `#!`: by convention a shell script.
            Err(error)
                if error.raw_os_error() == Some(nix::libc::ENOEXEC)
                    && invocation.program != Path::new(SHELL) =>
            {
                let script = invocation.program.to_string_lossy().into_owned();
                invocation.program = SHELL.into();
                invocation.argv.splice(..1, ["sh".to_string(), script]);
            }
            Err(error) => {
                let text = if around.cwd.is_dir() {
                    format!("cannot start `{}`: {error}", invocation.program.display())
                } else {
                    format!(
                        "cannot start the command: the working folder `{}` does not exist",
                        around.cwd.display()
                    )
                };
                target
                    .give(&mut vec![LogLine {
                        stream: Stream::Stderr,
                        text,
                    }])
                    .await;
                return Ok(Attempted {
                    status: Status::NotStarted,
                    readers: Vec::new(),
                    leftovers: false,
                });
            }
        }
    }
}

async fn once(
    around: &Surroundings<'_>,
    invocation: &Invocation,
    deadline: Option<Deadline>,
    target: Target,
) -> Result<Result<Attempted, io::Error>, GuardLost> {
    let pipes = pipe2(OFlag::O_CLOEXEC).and_then(|out| Ok((out, pipe2(OFlag::O_CLOEXEC)?)));
    let ((out, out_end), (err, err_end)) = match pipes {
        Ok(pipes) => pipes,
        Err(errno) => return Ok(Err(errno.into())),
    };
    let readers = reader::spawn(out, Stream::Stdout, target.clone())
        .and_then(|out| Ok(vec![out, reader::spawn(err, Stream::Stderr, target)?]));
    let mut readers = match readers {
        Ok(readers) => readers,
        Err(error) => return Ok(Err(error)),
    };
    let spawn = Spawn {
        id: 0,
        task: around.task,
        name: around.name.to_string(),
        program: invocation.program.as_os_str().as_bytes().to_vec(),
        argv: invocation
            .argv
            .iter()
            .map(|a| a.clone().into_bytes())
            .collect(),
        env: around.env.to_vec(),
        cwd: around.cwd.as_os_str().as_bytes().to_vec(),
        nice: around.nice,
        policy: around.policy.cloned().map(Box::new),
    };
    let mut exit = around.guard.spawn(spawn, out_end, err_end).await?;
    let started = tokio::select! {
        biased;
        started = &mut exit => started.map_err(|_| GuardLost)?,
        status = interruption(around, deadline) => {
            around.guard.end(around.task, Duration::ZERO, around.grace).await?;
            // A process the kernel does not let go is not waited for.
            if let Ok(Started::Not(error)) = exit.try_recv() {
                return Ok(Err(error));
            }
            drain(&mut readers, Duration::from_millis(100)).await;
            return Ok(Ok(Attempted { status, readers: Vec::new(), leftovers: false }));
        }
    };
    let ended = match started {
        Started::Ended(ended) => ended,
        Started::Not(error) => return Ok(Err(error)),
    };
    if !ended.leftovers {
        // Everybody who could write is dead, so the end is near.
        drain(&mut readers, Duration::from_secs(1)).await;
    }
    let status = match ended.status {
        ExitKind::Code(code) => Status::Exit(code),
        ExitKind::Signal(signal) => Status::Signal(signal),
    };
    readers.retain(|r| !r.is_finished());
    Ok(Ok(Attempted {
        status,
        readers,
        leftovers: ended.leftovers,
    }))
}

/// Waits for what ends a process before its time.
async fn interruption(around: &Surroundings<'_>, deadline: Option<Deadline>) -> Status {
    let time = async {
        match deadline {
            Some(deadline) => around.clock.until(deadline).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = around.cancel.cancelled() => Status::Cancelled,
        () = time => Status::TimedOut,
    }
}

/// Lets readers come to their end; those that have not by then are given up: a process outside
/// the task holds the pipe.
pub(super) async fn drain(readers: &mut Vec<JoinHandle<()>>, patience: Duration) {
    let until = Instant::now() + patience;
    for mut reader in readers.drain(..) {
        if tokio::time::timeout_at(until, &mut reader).await.is_err() {
            reader.abort();
        }
    }
}
