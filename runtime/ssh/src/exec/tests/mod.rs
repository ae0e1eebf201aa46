//! Runners in real shells of this machine, through pipes: no server in between.

mod attach;
mod ending;
mod jobs;
mod plain;

use super::link::{Link, Local, Opener, StartError};
use super::password::Passwords;
use super::session::HostSession;
use super::{Whom, shell::SHELL};
use nexus_executor::{
    Ended, Failure, Fate, Job, JobId, Nobody, Output, Pending, Program, Session, Stdin, Stop,
};
use nexus_graph::event::Stream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::Instant;

/// The shells that `/bin/sh` is in the world, as far as they are installed here.
pub(super) fn shells() -> Vec<&'static [&'static str]> {
    let all: [&[&str]; 4] = [
        &["dash"],
        &["bash", "--posix"],
        &["busybox", "ash"],
        &["mksh"],
    ];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = |program: &str| std::env::split_paths(&path).any(|p| p.join(program).exists());
    let found: Vec<_> = all.into_iter().filter(|shell| there(shell[0])).collect();
    assert!(!found.is_empty());
    found
}

/// A machine that consists of a home folder and a shell.
pub(super) struct Machine {
    pub home: TempDir,
    shell: Vec<String>,
    path: Mutex<Option<PathBuf>>,
    /// What login scripts print.
    noise: &'static str,
    /// Processes that were started.
    started: Mutex<Vec<u32>>,
}

impl Machine {
    pub fn new(shell: &[&str]) -> Arc<Self> {
        Machine::noisy(shell, "")
    }

    pub fn noisy(shell: &[&str], noise: &'static str) -> Arc<Self> {
        Arc::new(Machine {
            home: tempfile::tempdir().expect("a folder"),
            shell: shell.iter().map(|word| (*word).to_owned()).collect(),
            path: Mutex::default(),
            noise,
            started: Mutex::default(),
        })
    }

    /// Only what lies in this folder can be started.
    pub fn only(&self, path: &Path) {
        *self.path.lock().unwrap() = Some(path.to_owned());
    }

    /// Everything can be started except this.
    pub fn without(&self, program: &str) {
        let folder = self.home.path().join("programs");
        std::fs::create_dir(&folder).expect("a folder");
        let path = std::env::var_os("PATH").unwrap_or_default();
        for entry in std::env::split_paths(&path).filter_map(|part| part.read_dir().ok()) {
            for found in entry.flatten() {
                // The first one of a name counts.
                if found.file_name() != program {
                    let _ =
                        std::os::unix::fs::symlink(found.path(), folder.join(found.file_name()));
                }
            }
        }
        self.only(&folder);
    }

    pub async fn session(self: &Arc<Self>) -> Result<HostSession, Failure> {
        let whom = Whom {
            host: "box".to_owned(),
            user: "me".to_owned(),
            address: "127.0.0.1".to_owned(),
            port: 22,
        };
        let passwords = Arc::new(Passwords::new(Arc::new(Nobody)));
        HostSession::open(whom, self.clone(), passwords).await
    }

    /// The shells that were started, the last one last.
    pub fn started(&self) -> Vec<u32> {
        self.started.lock().unwrap().clone()
    }

    /// A file of a job.
    pub fn file(&self, job: &Job, kind: &str) -> PathBuf {
        let name = crate::runner::script::name(job);
        self.home.path().join(".nexus/runs").join(name + kind)
    }
}

impl Opener for Machine {
    fn start<'a>(
        &'a self,
        command: &'a str,
        _terminal: bool,
    ) -> Pending<'a, Result<Link, StartError>> {
        Box::pin(async move {
            // As a server starts it, whatever this process ignores.
            let mut login = Command::new("/usr/bin/env");
            login.args(["--default-signal", "/bin/sh"]);
            let shell = format!("exec {}", self.shell.join(" "));
            let command = if command == SHELL { &shell } else { command };
            login.args(["-c", &format!("{}{command}", self.noise)]);
            login.current_dir(self.home.path());
            login.env("HOME", self.home.path());
            if let Some(path) = &*self.path.lock().unwrap() {
                login.env("PATH", path);
            }
            let link = Local::start(&mut login, None).expect("a shell starts");
            let Link::Process(local) = &link else {
                unreachable!("it is a process")
            };
            self.started.lock().unwrap().extend(local.id());
            Ok(link)
        })
    }

    fn close(&self) -> Pending<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// How a runner runs one job after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Each is asked for alone, and the shell sees to it.
    Alone,
    /// The host has what it takes to hasten them.
    Hastened,
    /// Others follow, and the shell sees to them.
    Ahead,
}

impl Way {
    pub const ALL: [Way; 3] = [Way::Alone, Way::Hastened, Way::Ahead];

    /// A machine on which a runner has to do it in this way.
    pub fn machine(self, shell: &[&str]) -> Arc<Machine> {
        let machine = Machine::new(shell);
        if self != Way::Hastened {
            machine.without("perl");
        }
        machine
    }

    /// Whether another job is announced.
    pub fn more(self) -> bool {
        self != Way::Alone
    }
}

/// Every shell in every way.
pub(super) fn ways() -> impl Iterator<Item = (&'static [&'static str], Way)> {
    shells()
        .into_iter()
        .flat_map(|shell| Way::ALL.into_iter().map(move |way| (shell, way)))
}

/// Kills a process.
pub(super) fn kill(process: u32) {
    let killed = std::process::Command::new("kill")
        .args(["-9", &process.to_string()])
        .status();
    assert!(killed.expect("kill runs").success());
}

/// Keeps what a job prints.
#[derive(Default)]
pub(super) struct Kept(Mutex<Printed>);

#[derive(Default, Clone, Debug, PartialEq, Eq)]
pub(super) struct Printed {
    pub out: Vec<u8>,
    pub err: Vec<u8>,
    pub warnings: Vec<(&'static str, String)>,
    /// When the first bytes came.
    pub first: Option<Instant>,
}

impl Printed {
    pub fn text(&self) -> (String, String) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&self.out), text(&self.err))
    }
}

impl Kept {
    pub fn take(&self) -> Printed {
        self.0.lock().unwrap().clone()
    }
}

impl Output for Kept {
    fn write<'a>(&'a self, stream: Stream, bytes: &'a [u8]) -> Pending<'a, ()> {
        let mut kept = self.0.lock().unwrap();
        kept.first.get_or_insert_with(Instant::now);
        match stream {
            Stream::Stdout => kept.out.extend_from_slice(bytes),
            Stream::Stderr => kept.err.extend_from_slice(bytes),
        }
        Box::pin(std::future::ready(()))
    }

    fn warn(&self, code: &'static str, message: String, _: Option<String>) {
        self.0.lock().unwrap().warnings.push((code, message));
    }
}

/// The name of this test's run: what ends a job finds its processes by it, on the whole machine.
pub(super) fn run_name() -> String {
    let thread = format!("{:?}", std::thread::current().id());
    let number: String = thread.chars().filter(char::is_ascii_digit).collect();
    format!("run{number}-{}", std::process::id())
}

/// A job with nothing special about it.
pub(super) fn job(name: &str, script: &str) -> Job {
    Job {
        id: JobId {
            run: run_name(),
            task: name.to_owned(),
            host: "box".to_owned(),
            step: 0,
            attempt: 1,
        },
        program: Program::Script(script.to_owned()),
        env: Default::default(),
        cwd: None,
        user: None,
        stdin: Stdin::Empty,
        pty: false,
        timeout: None,
        grace: Duration::from_secs(2),
        durable: true,
        more: false,
    }
}

pub(super) async fn run(session: &HostSession, job: &Job) -> (Result<Ended, Failure>, Printed) {
    let kept = Kept::default();
    let ended = session.run(job, &kept, &Stop::never()).await;
    (ended, kept.take())
}

pub(super) async fn attach(session: &HostSession, job: &Job) -> (Result<Fate, Failure>, Printed) {
    let kept = Kept::default();
    let fate = session.attach(job, &kept, &Stop::never()).await;
    (fate, kept.take())
}

/// Waits for something that must happen soon.
pub(super) async fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(30);
    while !happened() {
        assert!(Instant::now() < limit, "{what} does not happen");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Whether a process lives.
pub(super) fn alive(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let state = stat
        .rsplit(") ")
        .next()
        .and_then(|rest| rest.chars().next());
    state.is_some_and(|state| state != 'Z')
}
