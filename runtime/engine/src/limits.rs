//! The limit on open files: raised for this process as far as it must and may be, never for the
//! processes of tasks, because some programs take its usual value for granted.

use nexus_graph::event::EventKind;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit, setrlimit};
use std::sync::OnceLock;

/// Open whatever is run: the store, the journal, the guard, files that are being read.
const BASE: u64 = 100;
/// For each task at once: two pipes, both ends for a moment.
const EACH: u64 = 4;
/// Of `BASE`, what a small run cannot do without.
const LEAST: u64 = 40;

/// The limits before they were raised.
static BEFORE: OnceLock<Rlimit> = OnceLock::new();

/// The limit does not suffice for what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shortage {
    /// The highest value that is allowed here.
    pub allowed: u64,
    /// What running as many tasks at once as were asked for takes.
    pub wanted: u64,
    /// How many tasks can run at once with what is allowed.
    pub parallel: usize,
}

impl Shortage {
    /// What the user is told.
    pub fn warning(&self) -> EventKind {
        let Shortage {
            allowed,
            wanted,
            parallel,
        } = self;
        let tasks = match parallel {
            1 => "1 task runs".to_string(),
            n => format!("{n} tasks run"),
        };
        EventKind::Warning {
            task: None,
            code: "NX0550".to_string(),
            message: format!(
                "the limit on open files is {allowed}, too low for what `-p` asks for: {tasks} at once"
            ),
            help: Some(format!(
                "`ulimit -n {wanted}` before the run allows it; above the hard limit (`ulimit -Hn`), the administrator has to, in /etc/security/limits.conf"
            )),
        }
    }
}

/// Files that are open when `parallel` tasks run at once.
fn wanted(parallel: usize) -> u64 {
    BASE + EACH * parallel as u64
}

/// Sees to it that `parallel` tasks can run at once.
pub(crate) fn make_room(parallel: usize) -> Result<(), Shortage> {
    let limit = getrlimit(Resource::Nofile);
    let wanted = wanted(parallel);
    let enough = |value: Option<u64>| value.is_none_or(|value| value >= wanted);
    if enough(limit.current) {
        return Ok(());
    }
    let current = match enough(limit.maximum) {
        true => Some(wanted),
        false => limit.maximum,
    };
    let raised = Rlimit {
        current,
        maximum: limit.maximum,
    };
    // Raising it as far as the hard limit is always allowed; if it is refused all the same, what
    // there is has to do.
    let allowed = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => {
            BEFORE.get_or_init(|| limit);
            current
        }
        Err(_) => limit.current,
    };
    match allowed {
        Some(allowed) if fitting(allowed) < parallel => Err(Shortage {
            allowed,
            wanted,
            parallel: fitting(allowed),
        }),
        _ => Ok(()),
    }
}

/// How many tasks at once so many files are enough for; at least one, because then the system
/// says best what it lacks.
fn fitting(allowed: u64) -> usize {
    let tasks = allowed.saturating_sub(LEAST) / EACH;
    usize::try_from(tasks).unwrap_or(usize::MAX).max(1)
}

/// Gives a new process the limits from before they were raised.
pub(crate) fn as_before(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let (Some(before), Some(pid)) = (BEFORE.get(), pid) {
        // A higher limit than usual harms few programs.
        let _ = prlimit(Some(pid), Resource::Nofile, *before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_what_fits() {
        for parallel in [1, 2, 50, 1000] {
            assert!(fitting(wanted(parallel)) >= parallel);
        }
        assert_eq!(fitting(0), 1);
        assert_eq!(fitting(64), 6);
    }
}
