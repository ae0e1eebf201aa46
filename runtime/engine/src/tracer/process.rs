//! The tracer's loop: every stop of a traced process, until the program has ended.

use super::calls::{self, Call, Kind, Operand};
use super::memory;
use super::observed::Book;
use super::{Order, TRACED_ARGUMENT};
use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Event, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long processes that outlive the program may still end by themselves.
const LINGER: Duration = Duration::from_millis(400);

/// Pause between two looks at them.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// Runs what is ordered, writes the report, and gives the program's exit code; 128 and the number
/// of the signal when one ended it.
pub(super) fn trace(order: &Order, file: &OsStr) -> io::Result<u8> {
    let child = Command::new("/proc/self/exe")
        .arg(TRACED_ARGUMENT)
        .arg(file)
        .spawn()?;
    let main = Pid::from_raw(child.id() as i32);
    let mut tracer = Tracer {
        main,
        known: HashSet::from([main]),
        pending: HashMap::new(),
        book: Book::default(),
        started: false,
    };
    let code = tracer.follow()?;
    if !tracer.started {
        return Err(io::Error::other("the program could not be started"));
    }
    tracer.book.finish().write(&order.report)?;
    Ok(code)
}

struct Tracer {
    main: Pid,
    /// Processes and threads that have been seen.
    known: HashSet<Pid>,
    /// Calls that have begun and are not over.
    pending: HashMap<Pid, Pending>,
    book: Book,
    /// The program itself runs.
    started: bool,
}

struct Pending {
    kind: Kind,
    first: Place,
    second: Option<Place>,
    /// What is named was there before.
    existed: bool,
}

/// A path as given and as it is, both absolute.
#[derive(Clone, Debug)]
struct Place {
    given: PathBuf,
    /// Links followed, the last one not.
    own: PathBuf,
    /// All links followed; of what is not there, those of its folder.
    real: PathBuf,
}

impl Tracer {
    fn follow(&mut self) -> io::Result<u8> {
        match waitpid(self.main, Some(WaitPidFlag::__WALL))? {
            WaitStatus::Stopped(..) => {}
            _ => return Err(io::Error::other("the system does not allow it (ptrace)")),
        }
        let options = Options::PTRACE_O_TRACESYSGOOD
            | Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACEVFORK
            | Options::PTRACE_O_TRACECLONE
            | Options::PTRACE_O_TRACEEXEC
            | Options::PTRACE_O_TRACESECCOMP
            | Options::PTRACE_O_EXITKILL;
        ptrace::setoptions(self.main, options)?;
        ptrace::cont(self.main, None)?;
        let mut ended = None;
        loop {
            let mut flags = WaitPidFlag::__WALL;
            flags.set(WaitPidFlag::WNOHANG, ended.is_some());
            let status = match waitpid(None, Some(flags)) {
                Ok(status) => status,
                Err(Errno::EINTR) => continue,
                // Nothing is left.
                Err(Errno::ECHILD) => break,
                Err(error) => return Err(error.into()),
            };
            let now = Instant::now();
            match status {
                WaitStatus::Exited(pid, code) if pid == self.main => {
                    ended = Some((code as u8, now + LINGER));
                }
                WaitStatus::Signaled(pid, signal, _) if pid == self.main => {
                    ended = Some((128 + signal as u8, now + LINGER));
                }
                WaitStatus::StillAlive => match ended {
                    Some((_, until)) if now < until => std::thread::sleep(LOOK_AGAIN),
                    // When the tracer ends, so do they.
                    _ => break,
                },
                status => self.stopped(status),
            }
        }
        match ended {
            Some((code, _)) => Ok(code),
            None => Err(io::Error::other("the traced process was lost")),
        }
    }

    /// A process that was killed meanwhile is reported later; nothing can be done with it before.
    fn stopped(&mut self, status: WaitStatus) {
        let event = |e: Event| e as i32;
        let _ = match status {
            WaitStatus::PtraceEvent(pid, _, e) if e == event(Event::PTRACE_EVENT_SECCOMP) => {
                match self.begins(pid) {
                    true => ptrace::syscall(pid, None),
                    false => ptrace::cont(pid, None),
                }
            }
            WaitStatus::PtraceEvent(pid, _, e) if e == event(Event::PTRACE_EVENT_EXEC) => {
                // The call succeeded: what called it is no more.
                self.ends(pid, Some(0));
                self.started = true;
                ptrace::cont(pid, None)
            }
            WaitStatus::PtraceSyscall(pid) => {
                self.ends(pid, None);
                ptrace::cont(pid, None)
            }
            WaitStatus::PtraceEvent(pid, ..) => ptrace::cont(pid, None),
            // Every new process and thread begins with this one.
            WaitStatus::Stopped(pid, Signal::SIGSTOP) if self.known.insert(pid) => {
                ptrace::cont(pid, None)
            }
            WaitStatus::Stopped(pid, signal) => ptrace::cont(pid, Some(signal)),
            WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..) => {
                self.known.remove(&pid);
                self.pending.remove(&pid);
                Ok(())
            }
            _ => Ok(()),
        };
    }

    /// A call begins; whether its end is of interest.
    fn begins(&mut self, pid: Pid) -> bool {
        let Ok(registers) = memory::registers(pid) else {
            return false;
        };
        let Some(mut call) = calls::decode(registers.number as _, registers.args) else {
            return false;
        };
        if let (Kind::Open(flags), Some(how)) = (&mut call.kind, call.how) {
            // The flags are its first field, and fit into 32 bits so far.
            *flags = memory::number(pid, how).unwrap_or(0) as i32;
        }
        let Some(pending) = Pending::new(pid, &call) else {
            return false;
        };
        self.pending.insert(pid, pending);
        true
    }

    fn ends(&mut self, pid: Pid, result: Option<i64>) {
        let Some(pending) = self.pending.remove(&pid) else {
            return;
        };
        let result = result.or_else(|| Some(memory::registers(pid).ok()?.result));
        let Some(result) = result else {
            return;
        };
        if result >= 0 {
            self.done(pid, pending, result);
            return;
        }
        let error = Errno::from_raw(-result as i32);
        if matches!(error, Errno::EACCES | Errno::EPERM | Errno::EROFS) {
            self.refused(&pending);
        }
    }

    fn done(&mut self, pid: Pid, pending: Pending, result: i64) {
        let Pending {
            kind,
            first,
            second,
            existed,
        } = pending;
        match kind {
            Kind::Open(flags) => {
                if flags & libc::O_PATH != 0 {
                    return;
                }
                // What was opened is told better by the descriptor than by a name.
                let opened = std::fs::read_link(format!("/proc/{pid}/fd/{result}"));
                let real = opened.unwrap_or(first.real);
                let writes = flags & libc::O_ACCMODE != libc::O_RDONLY
                    || flags & (libc::O_CREAT | libc::O_TRUNC) != 0 && !existed;
                let reads = flags & libc::O_ACCMODE != libc::O_WRONLY
                    && flags & libc::O_TRUNC == 0
                    && existed;
                if !real.is_absolute() || reads && !writes && real.is_dir() {
                    return;
                }
                let fresh = !self.book.knows(&real);
                let access = self.book.entry(real, &first.given);
                access.written |= writes;
                access.read |= reads;
                access.own |= fresh && writes && (!existed || flags & libc::O_TRUNC != 0);
            }
            Kind::Execute => self.book.entry(first.real, &first.given).executed = true,
            Kind::List => self.book.entry(first.real, &first.given).listed = true,
            Kind::Make | Kind::MakeFolder => self.made(first, existed),
            Kind::Remove => self.book.entry(first.own, &first.given).removed = true,
            Kind::Rename => {
                self.book.entry(first.own, &first.given).removed = true;
                if let Some(place) = second {
                    self.moved(place);
                }
            }
            Kind::Link => {
                self.book.entry(first.own, &first.given).read = true;
                second.into_iter().for_each(|place| self.made(place, false));
            }
        }
    }

    /// A link, a folder or a device is made, or a file moved here.
    fn made(&mut self, place: Place, existed: bool) {
        let fresh = !self.book.knows(&place.own);
        let access = self.book.entry(place.own, &place.given);
        access.written = true;
        access.own |= fresh && !existed;
    }

    /// A file came here, or a folder with everything inside.
    fn moved(&mut self, place: Place) {
        let mut pending = vec![place.own.clone()];
        self.made(place, false);
        while let Some(folder) = pending.pop() {
            let held = folder.symlink_metadata().is_ok_and(|found| found.is_dir());
            let entries = held.then(|| std::fs::read_dir(&folder));
            for entry in entries.into_iter().flatten().flatten().flatten() {
                let path = entry.path();
                let inner = Place {
                    given: path.clone(),
                    own: path.clone(),
                    real: path.clone(),
                };
                self.made(inner, false);
                pending.push(path);
            }
        }
    }

    fn refused(&mut self, pending: &Pending) {
        let Place { given, own, real } = &pending.first;
        match pending.kind {
            Kind::Open(flags) => {
                let writes = flags & libc::O_ACCMODE != libc::O_RDONLY
                    || flags & (libc::O_CREAT | libc::O_TRUNC) != 0;
                let access = self.book.entry(real.clone(), given);
                access.refused_writing |= writes;
                access.refused_reading |= !writes;
            }
            Kind::Execute | Kind::List => {
                self.book.entry(real.clone(), given).refused_reading = true;
            }
            Kind::Make | Kind::MakeFolder | Kind::Remove => {
                self.book.entry(own.clone(), given).refused_writing = true;
            }
            Kind::Rename | Kind::Link => {
                let target = pending.second.as_ref().unwrap_or(&pending.first);
                let access = self.book.entry(target.own.clone(), &target.given);
                access.refused_writing = true;
            }
        }
    }
}

impl Pending {
    fn new(pid: Pid, call: &Call) -> Option<Pending> {
        let first = Place::of(pid, call.first)?;
        let second = call.second.and_then(|operand| Place::of(pid, operand));
        let existed = first.real.symlink_metadata().is_ok();
        Some(Pending {
            kind: call.kind,
            first,
            second,
            existed,
        })
    }
}

impl Place {
    fn of(pid: Pid, operand: Operand) -> Option<Place> {
        let text = match operand.path {
            Some(address) => memory::text(pid, address)?,
            None => Default::default(),
        };
        let mut path = PathBuf::from(&text);
        if !path.is_absolute() {
            let base = match operand.folder {
                libc::AT_FDCWD => format!("/proc/{pid}/cwd"),
                folder => format!("/proc/{pid}/fd/{folder}"),
            };
            let base = std::fs::read_link(base).ok()?;
            path = if text.is_empty() {
                base
            } else {
                base.join(path)
            };
        }
        // Devices without names, and what the kernel tells about processes.
        if !path.is_absolute() || path.starts_with("/proc") {
            return None;
        }
        let given = plain(&path);
        let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
        let own = match (folder, path.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => given.clone(),
        };
        let real = own.canonicalize().unwrap_or_else(|_| own.clone());
        Some(Place { given, own, real })
    }
}

/// Without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}
