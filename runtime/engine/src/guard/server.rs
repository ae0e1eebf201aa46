//! The guard process: one loop over the socket to the engine and the signal that a child ended.

use super::protocol::{ExitKind, Frames, Reply, Request, Spawn, encode};
use super::start::start;
use super::tasks::{Tasks, continue_everything, end_everything, stop_everything};
use nix::cmsg_space;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, send};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{dup2_stderr, dup2_stdin, dup2_stdout, setsid};
use std::collections::VecDeque;
use std::io::IoSliceMut;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Time between SIGTERM and SIGKILL when the engine is gone.
const GRACE_AFTER_DEATH: Duration = Duration::from_millis(300);

/// Runs the guard until the engine closes its end of the socket, which is this process's standard
/// input. To be called first thing in `main` when the only argument is
/// [`ARGUMENT`](super::ARGUMENT), before any thread is started.
pub fn main() -> ExitCode {
    match Guard::new() {
        Ok(mut guard) => {
            guard.serve();
            // Also after an error: whatever happened, nothing may be left behind.
            end_everything(GRACE_AFTER_DEATH, || guard.reap());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("the guard cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Guard {
    socket: OwnedFd,
    signals: SignalFd,
    frames: Frames,
    /// Received and not yet used, in order of arrival.
    descriptors: VecDeque<OwnedFd>,
    out: Vec<u8>,
    tasks: Tasks,
    /// Open until the end.
    held: Vec<OwnedFd>,
}

impl Guard {
    fn new() -> nix::Result<Guard> {
        let io = |e: std::io::Error| Errno::from_raw(e.raw_os_error().unwrap_or(0));
        let socket = std::io::stdin().as_fd().try_clone_to_owned().map_err(io)?;
        let null = std::fs::File::options()
            .read(true)
            .write(true)
            .open("/dev/null")
            .map_err(io)?;
        dup2_stdin(&null)?;
        dup2_stdout(&null)?;
        // Out of reach of the terminal: Ctrl+C is the engine's business.
        let _ = setsid();
        nix::sys::prctl::set_child_subreaper(true)?;
        crate::slice::shorten();
        // The guard lives exactly as long as the engine. A signal meant to stop the whole run
        // must not take the guard away first.
        let mut mask = SigSet::empty();
        for signal in [
            Signal::SIGTERM,
            Signal::SIGINT,
            Signal::SIGHUP,
            Signal::SIGQUIT,
            Signal::SIGCHLD,
        ] {
            mask.add(signal);
        }
        mask.thread_block()?;
        let signals = SignalFd::with_flags(&mask, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
        dup2_stderr(&null)?;
        Ok(Guard {
            socket,
            signals,
            frames: Frames::default(),
            descriptors: VecDeque::new(),
            out: Vec::new(),
            tasks: Tasks::default(),
            held: Vec::new(),
        })
    }

    fn serve(&mut self) {
        loop {
            let (cleared, wake) = self.tasks.advance();
            for (task, ended) in cleared {
                encode(&Reply::Cleared { task, ended }, &mut self.out);
            }
            if self.flush().is_err() {
                return;
            }
            let timeout = match wake {
                Some(at) => {
                    let left = at.saturating_duration_since(Instant::now());
                    // Rounded up, so that it does not wake a little early and spin.
                    PollTimeout::try_from(left.as_millis() + 1).unwrap_or(PollTimeout::MAX)
                }
                None => PollTimeout::NONE,
            };
            let mut wanted = PollFlags::POLLIN;
            wanted.set(PollFlags::POLLOUT, !self.out.is_empty());
            let mut fds = [
                PollFd::new(self.socket.as_fd(), wanted),
                PollFd::new(self.signals.as_fd(), PollFlags::POLLIN),
            ];
            match poll(&mut fds, timeout) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(_) => return,
            }
            let ready = |i: usize| fds[i].revents().unwrap_or(PollFlags::empty());
            let readable = !(ready(0) & !PollFlags::POLLOUT).is_empty();
            let signalled = !ready(1).is_empty();
            if signalled {
                while let Ok(Some(_)) = self.signals.read_signal() {}
                self.reap();
            }
            if readable && !self.receive() {
                return;
            }
        }
    }

    /// Collects every child that ended and reports those that were asked for.
    fn reap(&mut self) {
        while let Ok(status) = waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            let (pid, status) = match status {
                WaitStatus::Exited(pid, code) => (pid, ExitKind::Code(code)),
                WaitStatus::Signaled(pid, signal, _) => (pid, ExitKind::Signal(signal as i32)),
                WaitStatus::StillAlive => return,
                _ => continue,
            };
            if let Some((id, leftovers)) = self.tasks.exited(pid.as_raw()) {
                let reply = Reply::Exited {
                    id,
                    status,
                    leftovers,
                };
                encode(&reply, &mut self.out);
            }
        }
    }

    /// Reads once and handles every complete message; `false` when the engine is gone.
    fn receive(&mut self) -> bool {
        let mut buffer = [0u8; 65536];
        let mut space = cmsg_space!([RawFd; 2]);
        let length = {
            let mut slices = [IoSliceMut::new(&mut buffer)];
            let flags = MsgFlags::MSG_CMSG_CLOEXEC | MsgFlags::MSG_DONTWAIT;
            match recvmsg::<()>(
                self.socket.as_raw_fd(),
                &mut slices,
                Some(&mut space),
                flags,
            ) {
                Ok(message) => {
                    if let Ok(parts) = message.cmsgs() {
                        for part in parts {
                            if let ControlMessageOwned::ScmRights(fds) = part {
                                // SAFETY: the kernel has just made them for us.
                                let own = |fd| unsafe { OwnedFd::from_raw_fd(fd) };
                                self.descriptors.extend(fds.into_iter().map(own));
                            }
                        }
                    }
                    message.bytes
                }
                Err(Errno::EAGAIN | Errno::EINTR) => return true,
                Err(_) => return false,
            }
        };
        if length == 0 {
            return false;
        }
        self.frames.feed(&buffer[..length]);
        loop {
            match self.frames.next::<Request>() {
                Ok(Some(request)) => {
                    if !self.handle(request) {
                        return false;
                    }
                }
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    }

    fn handle(&mut self, request: Request) -> bool {
        match request {
            Request::Hold => self.held.extend(self.descriptors.pop_front()),
            Request::Spawn(spawn) => self.spawn(spawn),
            Request::End {
                task,
                linger,
                grace,
            } => {
                self.tasks.end(
                    task,
                    Duration::from_millis(linger.into()),
                    Duration::from_millis(grace.into()),
                );
            }
            Request::Stop { stop: true } => stop_everything(),
            Request::Stop { stop: false } => continue_everything(),
            Request::Finish => {
                let ended = end_everything(GRACE_AFTER_DEATH, || self.reap());
                encode(
                    &Reply::Cleared {
                        task: u32::MAX,
                        ended,
                    },
                    &mut self.out,
                );
                let _ = self.flush();
                return false;
            }
        }
        true
    }

    fn spawn(&mut self, spawn: Spawn) {
        let started = match (self.descriptors.pop_front(), self.descriptors.pop_front()) {
            (Some(out), Some(err)) => start(&spawn, out.as_raw_fd(), err.as_raw_fd()),
            // The system refused to hand the descriptors over: too many open files.
            _ => Err(Errno::EMFILE),
        };
        let id = spawn.id;
        match started {
            Ok(pid) => self.tasks.started(pid.as_raw(), id, spawn.task, spawn.name),
            Err(errno) => {
                let errno = errno as i32;
                encode(&Reply::NotStarted { id, errno }, &mut self.out);
            }
        }
    }

    /// Writes as much as the socket takes.
    fn flush(&mut self) -> nix::Result<()> {
        while !self.out.is_empty() {
            let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
            match send(self.socket.as_raw_fd(), &self.out, flags) {
                Ok(n) => drop(self.out.drain(..n)),
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
