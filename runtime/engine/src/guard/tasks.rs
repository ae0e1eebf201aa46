//! The guard's book of tasks: which process belongs to which, and the ending of those that
//! outlive their task.

use super::TASK_VARIABLE;
use super::process::{self, Stat};
use super::protocol::Leftover;
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// How long a process may survive SIGKILL before the guard stops waiting for it: the kernel may
/// hold it in an uninterruptible call, or it may belong to another user.
const PATIENCE: Duration = Duration::from_secs(3);

/// Pause between two looks at processes that were sent SIGKILL.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Everything the guard knows.
#[derive(Default)]
pub(super) struct Tasks {
    /// Running processes that were asked for: pid to (request id, task).
    mains: HashMap<i32, (u32, u32)>,
    tasks: HashMap<u32, Task>,
}

#[derive(Default)]
struct Task {
    name: String,
    /// Process groups started for it.
    groups: Vec<i32>,
    /// Its processes in `mains`.
    running: usize,
    ending: Option<Ending>,
}

struct Ending {
    phase: Phase,
    grace: Duration,
    ended: Vec<Leftover>,
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    /// May end by itself until then.
    Linger(Instant),
    /// Got SIGTERM; SIGKILL comes then.
    Term(Instant),
    /// Gets SIGKILL again and again; given up then.
    Kill(Instant),
}

impl Tasks {
    /// A requested process runs.
    pub fn started(&mut self, pid: i32, id: u32, number: u32, name: String) {
        self.mains.insert(pid, (id, number));
        let task = self.tasks.entry(number).or_default();
        task.name = name;
        task.groups.push(pid);
        task.running += 1;
    }

    /// A collected child: `None` for an orphan, else its request id and whether its task has
    /// processes left although no requested one runs.
    pub fn exited(&mut self, pid: i32) -> Option<(u32, bool)> {
        let (id, number) = self.mains.remove(&pid)?;
        let mut leftovers = false;
        if let Some(task) = self.tasks.get_mut(&number) {
            task.running -= 1;
            if task.running == 0 {
                leftovers = !self.roots(number).is_empty();
                if !leftovers && self.tasks[&number].ending.is_none() {
                    self.tasks.remove(&number);
                }
            }
        }
        Some((id, leftovers))
    }

    /// Begins to end all processes of a task.
    pub fn end(&mut self, number: u32, linger: Duration, grace: Duration) {
        let until = Instant::now() + linger;
        let task = self.tasks.entry(number).or_default();
        match &mut task.ending {
            Some(ending) => {
                if let Phase::Linger(old) = ending.phase {
                    ending.phase = Phase::Linger(old.min(until));
                }
                ending.grace = ending.grace.min(grace);
            }
            None => {
                task.ending = Some(Ending {
                    phase: Phase::Linger(until),
                    grace,
                    ended: Vec::new(),
                });
            }
        }
    }

    /// Moves every ending on; returns the tasks of which nothing is left and the time to look
    /// again.
    pub fn advance(&mut self) -> (Vec<(u32, Vec<Leftover>)>, Option<Instant>) {
        let ending: Vec<u32> = self
            .tasks
            .iter()
            .filter(|(_, t)| t.ending.is_some())
            .map(|(n, _)| *n)
            .collect();
        let (mut cleared, mut next) = (Vec::new(), None::<Instant>);
        for number in ending {
            let members: Vec<i32> = self
                .roots(number)
                .into_iter()
                .flat_map(process::tree)
                .collect();
            let Some(task) = self.tasks.get_mut(&number) else {
                continue;
            };
            let Some(ending) = &mut task.ending else {
                continue;
            };
            let now = Instant::now();
            let gone = members.is_empty();
            let wake = match ending.phase {
                _ if gone => None,
                Phase::Linger(until) if now < until => Some(until),
                Phase::Linger(_) => {
                    let mains = &self.mains;
                    ending.note(&members, |pid| !mains.contains_key(&pid));
                    send_all(&members, &task.groups, Signal::SIGTERM);
                    // A stopped process would not notice.
                    send_all(&members, &task.groups, Signal::SIGCONT);
                    let until = now + ending.grace;
                    ending.phase = Phase::Term(until);
                    Some(until)
                }
                Phase::Term(until) if now < until => Some(until),
                Phase::Term(_) => {
                    ending.phase = Phase::Kill(now + PATIENCE);
                    send_all(&members, &task.groups, Signal::SIGKILL);
                    Some(now + LOOK_AGAIN)
                }
                Phase::Kill(until) if now < until => {
                    send_all(&members, &task.groups, Signal::SIGKILL);
                    Some(now + LOOK_AGAIN)
                }
                Phase::Kill(_) => None,
            };
            match wake {
                Some(at) => next = Some(next.map_or(at, |n: Instant| n.min(at))),
                // A requested process is reported before its task counts as cleared.
                None if gone && task.running > 0 => {}
                None => {
                    for survivor in &mut ending.ended {
                        survivor.survived = members.contains(&survivor.pid);
                    }
                    cleared.push((number, std::mem::take(&mut ending.ended)));
                    self.tasks.remove(&number);
                }
            }
        }
        (cleared, next)
    }

    /// Living direct children of the guard that belong to a task. All its processes are below
    /// them: what loses its parent becomes a child of the guard.
    fn roots(&self, number: u32) -> Vec<i32> {
        process::own_children()
            .into_iter()
            .filter(|pid| match self.mains.get(pid) {
                Some((_, of)) => *of == number,
                None => self.owner_of_orphan(*pid) == Some(number),
            })
            .filter(|pid| Stat::of(*pid).is_some_and(|s| !s.is_dead()))
            .collect()
    }

    /// By process group, else by the variable every task's processes inherit, else, when there
    /// is only one task, that one.
    fn owner_of_orphan(&self, pid: i32) -> Option<u32> {
        let stat = Stat::of(pid)?;
        if stat.is_dead() {
            return None;
        }
        let by_group = |group: i32| {
            let owner = |(_, t): &(&u32, &Task)| t.groups.contains(&group);
            self.tasks.iter().find(owner).map(|(n, _)| *n)
        };
        by_group(stat.group)
            .or_else(|| {
                let name = process::variable(pid, TASK_VARIABLE)?;
                let owner = |(_, t): &(&u32, &Task)| t.name.as_bytes() == name;
                self.tasks.iter().find(owner).map(|(n, _)| *n)
            })
            .or_else(|| match self.tasks.len() {
                1 => self.tasks.keys().next().copied(),
                _ => None,
            })
    }
}

impl Ending {
    fn note(&mut self, members: &[i32], concerned: impl Fn(i32) -> bool) {
        self.ended = members
            .iter()
            .filter(|pid| concerned(**pid))
            .map(|pid| Leftover {
                pid: *pid,
                command: process::command_line(*pid),
                survived: false,
            })
            .collect();
    }
}

/// Sends to whole groups first, so that a group sees the signal at one instant, then to each.
/// Groups are named only while one of their members was seen, so a reused number is never hit.
fn send_all(members: &[i32], groups: &[i32], signal: Signal) {
    let mut served = Vec::new();
    for pid in members {
        if let Some(stat) = Stat::of(*pid)
            && groups.contains(&stat.group)
        {
            if !served.contains(&stat.group) {
                served.push(stat.group);
                let _ = kill(Pid::from_raw(-stat.group), signal);
            }
            continue;
        }
        match kill(Pid::from_raw(*pid), signal) {
            Ok(()) | Err(Errno::ESRCH) => {}
            // Another user's process: reported as a survivor when it stays.
            Err(_) => {}
        }
    }
}

/// Everything that lives below this process.
fn everything() -> Vec<i32> {
    let children = process::own_children().into_iter();
    children.flat_map(process::tree).collect()
}

/// Stops everything below this process. One look does not find all: meanwhile a process may start
/// another, and the system's list of children leaves some out while one of them is collected. So
/// it looks until all it finds are at rest; those start and collect nothing. That is a process that
/// waits in the kernel, too, once it was told to stop: a shell whose child was stopped between `vfork`
/// and its program never gets further.
pub(super) fn stop_everything() {
    let give_up = Instant::now() + PATIENCE;
    let mut told = HashSet::new();
    loop {
        let rests = |pid: &i32| {
            process::Stat::of(*pid).is_none_or(|stat| {
                stat.is_stopped() || stat.is_dead() || stat.waits() && told.contains(pid)
            })
        };
        let mut members = everything();
        members.retain(|pid| !rests(pid));
        // Refused for another user's processes, which go on.
        members.retain(|pid| kill(Pid::from_raw(*pid), Signal::SIGSTOP) != Err(Errno::EPERM));
        if members.is_empty() || Instant::now() > give_up {
            return;
        }
        told.extend(members);
        std::thread::sleep(LOOK_AGAIN);
    }
}

/// Lets everything below this process go on.
pub(super) fn continue_everything() {
    // All are found before the first goes on, since a list of children is complete at rest only.
    for pid in everything() {
        // Gone already, or another user's.
        let _ = kill(Pid::from_raw(pid), Signal::SIGCONT);
    }
}

/// Ends everything below this process: SIGTERM, `grace`, then SIGKILL until nothing is left.
/// `reap` collects children that ended.
pub(super) fn end_everything(grace: Duration, mut reap: impl FnMut()) -> Vec<Leftover> {
    reap();
    let members = everything();
    let mut ended: Vec<Leftover> = members
        .iter()
        .map(|pid| Leftover {
            pid: *pid,
            command: process::command_line(*pid),
            survived: false,
        })
        .collect();
    if members.is_empty() {
        return ended;
    }
    for signal in [Signal::SIGTERM, Signal::SIGCONT] {
        for pid in &members {
            let _ = kill(Pid::from_raw(*pid), signal);
        }
    }
    let kill_at = Instant::now() + grace;
    let give_up = kill_at + PATIENCE;
    loop {
        reap();
        let members = everything();
        let now = Instant::now();
        if members.is_empty() || now > give_up {
            for leftover in &mut ended {
                leftover.survived = members.contains(&leftover.pid);
            }
            return ended;
        }
        if now >= kill_at {
            for pid in &members {
                let _ = kill(Pid::from_raw(*pid), Signal::SIGKILL);
            }
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}
