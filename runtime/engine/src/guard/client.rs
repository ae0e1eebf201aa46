//! The engine's end: starts the guard and turns its answers into futures.

use super::process;
use super::protocol::{ExitKind, Frames, Leftover, Reply, Request, Spawn, encode};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use nix::unistd::Pid;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, IoSlice};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::{Mutex, oneshot};

/// The guard died. Its processes were sent SIGKILL as far as they were known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the guard process ended unexpectedly")]
pub struct GuardLost;

/// What became of a request to start a process.
#[derive(Debug)]
pub enum Started {
    /// It ran and ended.
    Ended(Ended),
    /// It could not be started.
    Not(io::Error),
}

/// The end of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub status: ExitKind,
    /// Whether other processes of its task are alive although none that was asked for is.
    pub leftovers: bool,
}

/// A running guard. Cheap to clone; used on one thread, inside a tokio `LocalSet`.
#[derive(Clone)]
pub struct GuardClient {
    shared: Rc<Shared>,
}

struct Shared {
    stream: UnixStream,
    /// Held while one message is written, so that messages do not mix.
    writing: Mutex<()>,
    state: RefCell<State>,
    process: RefCell<Option<Child>>,
}

#[derive(Default)]
struct State {
    next: u32,
    lost: bool,
    /// It was told to exit.
    finishing: bool,
    processes: HashMap<u32, oneshot::Sender<Started>>,
    clearing: HashMap<u32, Vec<oneshot::Sender<Vec<Leftover>>>>,
}

/// A guard that nobody talks to yet. It can be started on any thread, before a runtime exists, so
/// that it gets ready while the run is planned. Dropped, it ends.
#[derive(Debug)]
pub struct GuardProcess {
    /// `None` once it was handed over.
    parts: Option<(StdStream, Child)>,
}

impl GuardProcess {
    /// Starts `program` with `arguments`, which must call [`super::main`].
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(program: &Path, arguments: &[OsString]) -> io::Result<GuardProcess> {
        let (ours, theirs) = StdStream::pair()?;
        let process = Command::new(program)
            .args(arguments)
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .current_dir("/")
            .spawn()?;
        crate::limits::as_before(process.id());
        ours.set_nonblocking(true)?;
        Ok(GuardProcess {
            parts: Some((ours, process)),
        })
    }
}

impl Drop for GuardProcess {
    fn drop(&mut self) {
        if let Some((stream, mut process)) = self.parts.take() {
            // It has started nothing, so there is nothing to end before it.
            drop(stream);
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl GuardClient {
    /// Talks to a guard. It keeps the files `hold` open until nothing of the run is left.
    ///
    /// # Errors
    /// When its socket cannot be used.
    pub fn attach(
        mut guard: GuardProcess,
        hold: impl IntoIterator<Item = OwnedFd>,
    ) -> io::Result<GuardClient> {
        let Some((ours, process)) = guard.parts.take() else {
            return Err(io::Error::other("the guard is in use"));
        };
        for hold in hold {
            let mut bytes = Vec::new();
            encode(&Request::Hold, &mut bytes);
            let rights = [hold.as_raw_fd()];
            let rights = [ControlMessage::ScmRights(&rights)];
            // The first few bytes of a new socket always fit.
            let slices = [IoSlice::new(&bytes)];
            sendmsg::<()>(
                ours.as_raw_fd(),
                &slices,
                &rights,
                MsgFlags::MSG_NOSIGNAL,
                None,
            )?;
        }
        let shared = Rc::new(Shared {
            stream: UnixStream::from_std(ours)?,
            writing: Mutex::new(()),
            state: RefCell::new(State::default()),
            process: RefCell::new(Some(process)),
        });
        let reader = shared.clone();
        tokio::task::spawn_local(async move {
            reader.listen().await;
            reader.close();
        });
        Ok(GuardClient { shared })
    }

    /// Starts a process; `spawn.id` is filled in here. The descriptors become its standard output
    /// and standard error. The receiver yields when the process has ended; it fails when the
    /// guard is lost.
    ///
    /// # Errors
    /// When the guard is gone.
    pub async fn spawn(
        &self,
        mut spawn: Spawn,
        out: OwnedFd,
        err: OwnedFd,
    ) -> Result<oneshot::Receiver<Started>, GuardLost> {
        let (done, receiver) = oneshot::channel();
        let id = {
            let mut state = self.shared.state.borrow_mut();
            let id = state.next;
            state.next += 1;
            state.processes.insert(id, done);
            id
        };
        spawn.id = id;
        self.shared
            .send(&Request::Spawn(spawn), Some([&out, &err]))
            .await?;
        Ok(receiver)
    }

    /// Ends all processes of a task: they may still end by themselves for `linger`, then get
    /// SIGTERM, then after `grace` SIGKILL. Yields those that had to be ended.
    ///
    /// # Errors
    /// When the guard is gone.
    pub async fn end(
        &self,
        task: u32,
        linger: Duration,
        grace: Duration,
    ) -> Result<Vec<Leftover>, GuardLost> {
        let millis = |d: Duration| u32::try_from(d.as_millis()).unwrap_or(u32::MAX);
        let request = Request::End {
            task,
            linger: millis(linger),
            grace: millis(grace),
        };
        self.ask_to_clear(task, request).await
    }

    /// Stops all processes of the run, or lets them go on.
    ///
    /// # Errors
    /// When the guard is gone.
    pub async fn stop(&self, stop: bool) -> Result<(), GuardLost> {
        self.shared.send(&Request::Stop { stop }, None).await
    }

    /// Ends whatever is left of the run, and the guard itself. Yields what had to be ended.
    ///
    /// # Errors
    /// When the guard was already gone.
    pub async fn finish(&self) -> Result<Vec<Leftover>, GuardLost> {
        self.shared.state.borrow_mut().finishing = true;
        let ended = self.ask_to_clear(u32::MAX, Request::Finish).await;
        if let Some(mut process) = self.shared.process.borrow_mut().take() {
            // It exits right after its answer.
            let _ = process.wait();
        }
        ended
    }

    async fn ask_to_clear(&self, task: u32, request: Request) -> Result<Vec<Leftover>, GuardLost> {
        let (done, receiver) = oneshot::channel();
        self.shared
            .state
            .borrow_mut()
            .clearing
            .entry(task)
            .or_default()
            .push(done);
        self.shared.send(&request, None).await?;
        receiver.await.map_err(|_| GuardLost)
    }
}

impl Shared {
    async fn send(&self, request: &Request, fds: Option<[&OwnedFd; 2]>) -> Result<(), GuardLost> {
        let mut bytes = Vec::with_capacity(1024);
        encode(request, &mut bytes);
        let raw = fds.map(|pair| pair.map(AsRawFd::as_raw_fd));
        let _one_at_a_time = self.writing.lock().await;
        let mut written = 0;
        while written < bytes.len() {
            if self.state.borrow().lost {
                return Err(GuardLost);
            }
            self.stream.writable().await.map_err(|_| GuardLost)?;
            let attempt = self.stream.try_io(Interest::WRITABLE, || {
                let slices = [IoSlice::new(&bytes[written..])];
                // The descriptors go with the first byte.
                let rights = raw
                    .as_ref()
                    .filter(|_| written == 0)
                    .map(|r| ControlMessage::ScmRights(r));
                let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
                let fd = self.stream.as_raw_fd();
                Ok(sendmsg::<()>(fd, &slices, rights.as_slice(), flags, None)?)
            });
            match attempt {
                Ok(n) => written += n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(GuardLost),
            }
        }
        Ok(())
    }

    /// Reads answers until the guard is gone.
    async fn listen(&self) {
        let mut frames = Frames::default();
        let mut buffer = vec![0u8; 16384];
        loop {
            if self.stream.readable().await.is_err() {
                return;
            }
            match self.stream.try_read(&mut buffer) {
                Ok(0) => return,
                Ok(n) => frames.feed(&buffer[..n]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(_) => return,
            }
            loop {
                match frames.next::<Reply>() {
                    Ok(Some(reply)) => self.take(reply),
                    Ok(None) => break,
                    Err(_) => return,
                }
            }
        }
    }

    fn take(&self, reply: Reply) {
        let mut state = self.state.borrow_mut();
        match reply {
            Reply::NotStarted { id, errno } => {
                if let Some(done) = state.processes.remove(&id) {
                    let error = io::Error::from_raw_os_error(errno);
                    let _ = done.send(Started::Not(error));
                }
            }
            Reply::Exited {
                id,
                status,
                leftovers,
            } => {
                if let Some(done) = state.processes.remove(&id) {
                    let _ = done.send(Started::Ended(Ended { status, leftovers }));
                }
            }
            Reply::Cleared { task, ended } => {
                for done in state.clearing.remove(&task).unwrap_or_default() {
                    let _ = done.send(ended.clone());
                }
            }
        }
    }

    /// After the guard is gone: nobody else will end what it started. Its processes are in its
    /// session, unless they left it.
    fn close(&self) {
        let finishing = {
            let mut state = self.state.borrow_mut();
            state.lost = true;
            // Dropping the senders fails every waiting future.
            state.processes.clear();
            state.clearing.clear();
            state.finishing
        };
        let guard = match finishing {
            true => None,
            false => self.process.borrow_mut().take(),
        };
        let Some(mut guard) = guard else { return };
        let session = guard.id() as i32;
        // It may be alive and only beyond understanding.
        let _ = guard.kill();
        let _ = guard.wait();
        // Until none is left: one may start another before it dies.
        for _ in 0..100 {
            let members = process::in_session(session);
            if members.is_empty() {
                return;
            }
            for pid in members {
                // Gone already, or not ours to end.
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
        }
    }
}
