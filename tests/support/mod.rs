//! A project in a temporary folder and the `nexus` binary run in it, so that tests read like what
//! a user does.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod terminal;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

/// How long a test waits for something that must happen before it fails.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A temporary project with a cache of its own; removed when dropped.
pub struct Project {
    folder: tempfile::TempDir,
}

/// What a finished `nexus` printed and how it ended.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Project {
    /// A project whose `nexus.nx` is `text`.
    pub fn new(text: &str) -> Self {
        let project = Project {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        std::fs::create_dir(project.root()).expect("the project folder");
        project.write("nexus.nx", text)
    }

    /// The project folder.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// The folder given as `NEXUS_CACHE_DIR`.
    pub fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// The folder given as `NEXUS_STATE_DIR`.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// A path in the project.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Writes a file, with its folders.
    pub fn write(self, name: &str, text: &str) -> Self {
        self.edit(name, text);
        self
    }

    /// Writes a file of an existing project, with its folders.
    pub fn edit(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders");
        std::fs::write(&path, text).unwrap_or_else(|e| panic!("write {}: {e}", path.display()));
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> String {
        let path = self.path(name);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("read {}: {e}", path.display()))
    }

    /// Whether something is at a path.
    pub fn exists(&self, name: &str) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    /// Gives a file the time stamps of now, its content unchanged.
    pub fn touch(&self, name: &str) {
        filetime::set_file_mtime(self.path(name), SystemTime::now().into()).expect("touch");
    }

    /// Removes a file.
    pub fn remove(&self, name: &str) {
        std::fs::remove_file(self.path(name)).expect("remove");
    }

    /// The command, ready to be changed further: no colours, its own cache, no standard input.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nexus"));
        command
            .args(args)
            .current_dir(self.root())
            .env("NEXUS_CACHE_DIR", self.cache())
            .env("NEXUS_STATE_DIR", self.state())
            .env("NO_COLOR", "1")
            .env("LANG", "C.UTF-8")
            .env_remove("CI")
            .env_remove("GITHUB_ACTIONS")
            .env_remove("GITLAB_CI")
            .env_remove("NEXUS_CONFIG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs `nexus` to its end.
    pub fn nexus(&self, args: &[&str]) -> Ran {
        Ran::from(self.command(args).output().expect("nexus starts"))
    }

    /// Runs `nexus`, which must succeed.
    pub fn ok(&self, args: &[&str]) -> Ran {
        let ran = self.nexus(args);
        assert_eq!(ran.code, Some(0), "nexus {args:?} failed\n{ran}");
        ran
    }

    /// Starts `nexus` in the background.
    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args).spawn().expect("nexus starts")
    }

    /// Runs `nexus` with JSON events; gives the tasks that executed, in the order they started.
    pub fn executed(&self, args: &[&str]) -> Vec<String> {
        let mut all = vec!["--format", "json"];
        all.extend(args);
        let ran = self.ok(&all);
        ran.events("task_started")
            .iter()
            .map(|e| e["task"].as_str().unwrap_or("").into())
            .collect()
    }

    /// Like [`executed`](Self::executed), sorted.
    pub fn executed_sorted(&self, args: &[&str]) -> Vec<String> {
        let mut tasks = self.executed(args);
        tasks.sort();
        tasks
    }
}

impl Ran {
    /// Events of one kind that a `--format json` run printed.
    pub fn events(&self, kind: &str) -> Vec<serde_json::Value> {
        self.stdout
            .lines()
            .map(|line| {
                serde_json::from_str::<serde_json::Value>(line)
                    .unwrap_or_else(|e| panic!("not JSON ({e}): {line}"))
            })
            .filter(|event| event["event"] == kind)
            .collect()
    }

    /// Both streams, for searching.
    pub fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Ran {
            code,
            stdout,
            stderr,
        } = self;
        write!(
            f,
            "exit code {code:?}\n--- stdout\n{stdout}--- stderr\n{stderr}"
        )
    }
}

/// Waits until `condition` holds, looking often; fails the test when it never does.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(
            start.elapsed() < PATIENCE,
            "waited {PATIENCE:?} in vain until {what}"
        );
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// Whether a process with this id exists and is not a zombie.
pub fn alive(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or("")
            .trim_start()
            .starts_with('Z')
    })
}

/// Processes whose environment or working folder belongs to `folder`: whatever a run under it
/// left behind.
pub fn processes_under(folder: &Path) -> Vec<i32> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| *pid != std::process::id() as i32 && alive(*pid))
        .filter(|pid| {
            std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
        })
        .collect()
}

/// Sends a signal to one process.
pub fn signal(pid: u32, signal: nix::sys::signal::Signal) {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid as i32), signal)
        .expect("the signal is sent");
}
