//! Threads that start processes. Starting one suspends the caller until the new process executes
//! its program, and on busy processors that process first waits for its turn: a guard that starts
//! processes itself spends a run of short tasks waiting, and learns late what has ended.
//!
//! Children of these threads that are not in the guard's book yet are about to be. Orphans cannot
//! be taken for them, because these become children of the first thread.

use super::protocol::Spawn;
use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{Pid, gettid};
use std::collections::HashMap;
use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// More do not help: what they wait for is the processors.
const MOST: usize = 4;

/// What became of a request.
pub(super) struct Done {
    pub id: u32,
    pub task: u32,
    pub name: String,
    pub started: nix::Result<Pid>,
}

struct Job {
    spawn: Spawn,
    out: OwnedFd,
    err: OwnedFd,
    stopped: Arc<AtomicBool>,
}

/// The threads and what they are doing.
pub(super) struct Spawners {
    jobs: Sender<Job>,
    queue: Arc<Mutex<Receiver<Job>>>,
    results: Sender<Done>,
    done: Receiver<Done>,
    wake: Arc<EventFd>,
    /// Thread ids, once the threads have told them.
    pub threads: Arc<Mutex<Vec<i32>>>,
    started: usize,
    /// How many there may be.
    most: usize,
    /// Nothing new is started.
    stopped: Arc<AtomicBool>,
    /// Requests of each task that are not done.
    open: HashMap<u32, usize>,
}

impl Spawners {
    pub(super) fn new() -> nix::Result<Self> {
        let (jobs, queue) = channel();
        let (results, done) = channel();
        let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
        Ok(Spawners {
            jobs,
            queue: Arc::new(Mutex::new(queue)),
            results,
            done,
            wake: Arc::new(EventFd::from_flags(flags)?),
            threads: Arc::default(),
            started: 0,
            most: MOST,
            stopped: Arc::default(),
            open: HashMap::new(),
        })
    }

    /// Readable when a request is done.
    pub(super) fn ready(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    /// Has a process started; the result comes through [`finished`](Self::finished).
    pub(super) fn start(&mut self, spawn: Spawn, out: OwnedFd, err: OwnedFd) {
        let busy: usize = self.open.values().sum();
        *self.open.entry(spawn.task).or_default() += 1;
        let stopped = self.stopped.clone();
        let job = Job {
            spawn,
            out,
            err,
            stopped,
        };
        // Without `/proc/…/children` nobody could tell a process that is being started from an
        // orphan.
        let may = super::process::kernel_lists_children();
        if may && busy >= self.started && self.started < self.most {
            match self.add_thread() {
                true => self.started += 1,
                // Some containers forbid it. What there is must do.
                false => self.most = self.started,
            }
        }
        if self.started == 0 {
            let _ = self.results.send(job.done());
            let _ = self.wake.write(1);
        } else {
            // The queue is ours, so it is there.
            let _ = self.jobs.send(job);
        }
    }

    /// Whether there is one thread more now.
    fn add_thread(&self) -> bool {
        let (tell, told) = channel();
        let (queue, results) = (self.queue.clone(), self.results.clone());
        let (wake, threads) = (self.wake.clone(), self.threads.clone());
        let work = move || {
            // The working folder is set before each start; each thread needs its own.
            if unshare(CloneFlags::CLONE_FS).is_err() {
                return;
            }
            lock(&threads).push(gettid().as_raw());
            let _ = tell.send(());
            loop {
                let job = lock(&queue).recv();
                let Ok(job) = job else { return };
                if results.send(job.done()).is_err() {
                    return;
                }
                let _ = wake.write(1);
            }
        };
        std::thread::Builder::new()
            .stack_size(256 << 10)
            .spawn(work)
            .is_ok_and(|_| told.recv().is_ok())
    }

    /// What has not begun does not begin any more.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    /// Whether a process is being started.
    pub(super) fn is_busy(&self) -> bool {
        !self.open.is_empty()
    }

    /// What is done.
    pub(super) fn finished(&mut self) -> Vec<Done> {
        let _ = self.wake.read();
        let mut all = Vec::new();
        while let Ok(done) = self.done.try_recv() {
            self.close(&done);
            all.push(done);
        }
        all
    }

    /// Waits until no request of `task`, or none at all, is open; gives what was done meanwhile.
    pub(super) fn settle(&mut self, task: Option<u32>) -> Vec<Done> {
        let mut all = self.finished();
        loop {
            let open = match task {
                Some(task) => self.open.contains_key(&task),
                None => !self.open.is_empty(),
            };
            if !open {
                return all;
            }
            let Ok(done) = self.done.recv() else {
                return all;
            };
            self.close(&done);
            all.push(done);
        }
    }

    fn close(&mut self, done: &Done) {
        if let Some(count) = self.open.get_mut(&done.task) {
            *count -= 1;
            if *count == 0 {
                self.open.remove(&done.task);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Job {
    fn done(self) -> Done {
        let started = match self.stopped.load(Ordering::Acquire) {
            true => Err(Errno::ECANCELED),
            false => start(&self.spawn, self.out.as_raw_fd(), self.err.as_raw_fd()),
        };
        Done {
            id: self.spawn.id,
            task: self.spawn.task,
            name: self.spawn.name,
            started,
        }
    }
}

/// Starts the process as the leader of its own group, with default signals. `posix_spawn` is what
/// keeps this cheap; it cannot change the folder, so the thread itself goes there first.
fn start(spawn: &Spawn, out: RawFd, err: RawFd) -> nix::Result<Pid> {
    use std::os::unix::ffi::OsStrExt;
    let c = |bytes: &Vec<u8>| CString::new(bytes.clone()).map_err(|_| Errno::EINVAL);
    let argv = spawn.argv.iter().map(c).collect::<Result<Vec<_>, _>>()?;
    let env = spawn.env.iter().map(c).collect::<Result<Vec<_>, _>>()?;
    // Every time: the folder may have been removed and made again since the last one.
    nix::unistd::chdir(std::ffi::OsStr::from_bytes(&spawn.cwd))?;
    let mut actions = PosixSpawnFileActions::init()?;
    actions.add_dup2(out, 1)?;
    actions.add_dup2(err, 2)?;
    let mut attributes = PosixSpawnAttr::init()?;
    attributes.set_flags(
        PosixSpawnFlags::POSIX_SPAWN_SETPGROUP
            | PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK
            | PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF,
    )?;
    attributes.set_pgroup(Pid::from_raw(0))?;
    attributes.set_sigmask(&SigSet::empty())?;
    let mut defaults = SigSet::empty();
    defaults.add(Signal::SIGPIPE);
    attributes.set_sigdefault(&defaults)?;
    let program = CString::new(spawn.program.clone()).map_err(|_| Errno::EINVAL)?;
    posix_spawn(program.as_c_str(), &actions, &attributes, &argv, &env)
}
