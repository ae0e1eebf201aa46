//! Starting a process. The guard does it itself: threads that do nothing else were tried, and a run
//! of short tasks took longer with them, because every thread that wakes up is in the way of the
//! tasks' processes.

use super::protocol::Spawn;
use crate::sandbox;
use nix::errno::Errno;
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::Pid;
use std::ffi::CString;
use std::os::fd::RawFd;

/// Starts the process as the leader of its own group, with default signals. `posix_spawn` is what
/// keeps this cheap; it cannot change the folder, so the guard itself goes there first.
pub(super) fn start(spawn: &Spawn, out: RawFd, err: RawFd) -> nix::Result<Pid> {
    use std::os::unix::ffi::OsStrExt;
    // Every time: the folder may have been removed and made again since the last one.
    nix::unistd::chdir(std::ffi::OsStr::from_bytes(&spawn.cwd))?;
    match spawn {
        Spawn {
            nice: 0,
            policy: None,
            ..
        } => launch(spawn, out, err),
        _ => apart(spawn, || launch(spawn, out, err)),
    }
}

fn launch(spawn: &Spawn, out: RawFd, err: RawFd) -> nix::Result<Pid> {
    let c = |bytes: &Vec<u8>| CString::new(bytes.clone()).map_err(|_| Errno::EINVAL);
    let argv = spawn.argv.iter().map(c).collect::<Result<Vec<_>, _>>()?;
    let env = spawn.env.iter().map(c).collect::<Result<Vec<_>, _>>()?;
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

/// Starts from a thread that is nicer than the guard, or has given up rights: a process begins with
/// what the thread that starts it has, and nothing of it runs before.
fn apart(spawn: &Spawn, start: impl FnOnce() -> nix::Result<Pid> + Send) -> nix::Result<Pid> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().spawn_scoped(scope, || {
            if spawn.nice > 0 {
                // On Linux each thread has a niceness of its own. Being nicer is never refused.
                let _ = rustix::process::nice(i32::from(spawn.nice));
            }
            if let Some(policy) = &spawn.policy {
                sandbox::restrict(policy).map_err(|_| Errno::EPERM)?;
            }
            start()
        });
        let started = thread.map_err(|_| Errno::EAGAIN)?.join();
        started.unwrap_or(Err(Errno::EAGAIN))
    })
}
