//! Runs that somebody may go on with: they did not come to their end, or failed, and nobody has gone
//! on with them, forgotten them, or begun anew since.
//!
//! Beside the journals lies a folder with an empty file for each of them, so that a run that begins
//! learns at the cost of one look that there are none. What such a run left is in its journal alone.

use crate::history::Ended;
use crate::place::{EXTENSION, project_folder};
use crate::read::{read, read_header};
use crate::record::{Asked, Header};
use crate::replay::Replay;
use crate::report::Report;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long the processes of a killed run may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// A run that somebody may go on with.
#[derive(Clone, Debug)]
pub struct OpenRun {
    /// Its name.
    pub run: String,
    /// What was known at its start.
    pub header: Header,
    /// Tasks asked for, by their paths.
    pub targets: Vec<String>,
    /// How it ended: never [`Ended::Succeeded`].
    pub ended: Ended,
    /// The last thing heard of it, microseconds since the Unix epoch.
    pub last: u64,
    /// What it left.
    pub replay: Replay,
    folder: PathBuf,
}

/// The right to go on with a run, for one process at a time.
#[derive(Debug)]
pub struct Taken(#[expect(dead_code, reason = "held for its lock")] File);

/// Why a run cannot be gone on with now.
#[derive(Debug)]
pub enum Busy {
    /// It, or another that goes on with it, runs.
    Running,
    /// Its journal cannot be opened or locked.
    Io(io::Error),
}

/// The open runs of a project, the newest first; of several that were asked for the same, the newest.
/// Journals that cannot be read are passed over.
pub fn open_runs(state: &Path, project: &Path) -> Vec<OpenRun> {
    open_runs_if(state, project, |_| true)
}

/// The newest open run of a project that was asked for the same.
pub fn open_run_like(state: &Path, project: &Path, asked: &Asked) -> Option<OpenRun> {
    let same = |header: &Header| header.asked.as_ref().is_some_and(|a| a.same(asked));
    open_runs_if(state, project, same).into_iter().next()
}

/// Only those whose headers are `wanted`: most of a journal is output.
fn open_runs_if(state: &Path, project: &Path, wanted: impl Fn(&Header) -> bool) -> Vec<OpenRun> {
    let folder = project_folder(state, project);
    let mut names = marked(&folder);
    // They begin with the time.
    names.sort_by(|a, b| b.cmp(a));
    let mut found: Vec<OpenRun> = Vec::new();
    for name in names {
        if !read_header(&journal(&folder, &name)).is_ok_and(|header| wanted(&header)) {
            continue;
        }
        let Some(run) = OpenRun::read(&folder, &name) else {
            continue;
        };
        let newer = |other: &OpenRun| match (&other.header.asked, &run.header.asked) {
            (Some(newer), Some(older)) => newer.same(older),
            _ => false,
        };
        if run.ended != Ended::Succeeded && !found.iter().any(newer) {
            found.push(run);
        }
    }
    found
}

impl OpenRun {
    /// What the journal of a run says, whether the run is open or not; `None` when it cannot be read.
    pub fn find(state: &Path, project: &Path, run: &str) -> Option<OpenRun> {
        OpenRun::read(&project_folder(state, project), run)
    }

    fn read(folder: &Path, run: &str) -> Option<OpenRun> {
        let path = journal(folder, run);
        let (header, records) = read(&path).ok()?;
        let replay = Replay::new(&records);
        let report = Report::new(header, records);
        let ended = match report.ended() {
            Some(ended) => ended,
            None if is_held(&path) && report.header.process.is_none_or(|p| p.is_alive()) => {
                Ended::Running
            }
            None => Ended::Interrupted,
        };
        Some(OpenRun {
            run: run.to_string(),
            last: report.started.saturating_add(report.micros),
            header: report.header,
            targets: report.targets,
            ended,
            replay,
            folder: folder.to_path_buf(),
        })
    }

    /// Whether it is still to be gone on with.
    pub fn is_open(&self) -> bool {
        marked(&self.folder).contains(&self.run)
    }

    /// Claims it. What a killed run had started may take a moment to end, and is waited for.
    ///
    /// # Errors
    /// When it, or another that goes on with it, runs.
    pub fn take(&self) -> Result<Taken, Busy> {
        let file = File::open(journal(&self.folder, &self.run)).map_err(Busy::Io)?;
        let until = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Taken(file)),
                Err(TryLockError::Error(error)) => return Err(Busy::Io(error)),
                Err(TryLockError::WouldBlock) => {}
            }
            let alive = self.header.process.is_none_or(|p| p.is_alive());
            if alive || Instant::now() > until {
                return Err(Busy::Running);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Forgets it: it is not to be gone on with any more. Its journal stays.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn forget(&self) -> io::Result<()> {
        match std::fs::remove_file(mark(&self.folder, &self.run)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn journal(folder: &Path, run: &str) -> PathBuf {
    folder.join(format!("{run}.{EXTENSION}"))
}

fn mark(folder: &Path, run: &str) -> PathBuf {
    folder.join("open").join(run)
}

/// The names of the runs that are marked as open.
pub(crate) fn marked(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder.join("open"));
    let names = entries.into_iter().flatten().flatten();
    names
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

/// Whether somebody holds the lock of a journal: the run itself, its guard, or who goes on with it.
pub(crate) fn is_held(journal: &Path) -> bool {
    let lock = File::open(journal).map(|file| file.try_lock_shared());
    matches!(lock, Ok(Err(TryLockError::WouldBlock)))
}

/// Marks a run as open.
pub(crate) fn set_mark(folder: &Path, run: &str) -> io::Result<()> {
    std::fs::create_dir_all(folder.join("open"))?;
    File::create(mark(folder, run)).map(drop)
}

/// The opposite.
pub(crate) fn clear_mark(folder: &Path, run: &str) {
    // One that stays is only a run that is looked at once more.
    let _ = std::fs::remove_file(mark(folder, run));
}

/// Forgets the runs that a new one with the same wish makes obsolete.
pub(crate) fn supersede(folder: &Path, run: &str, asked: &Asked) {
    for name in marked(folder).into_iter().filter(|name| name != run) {
        let path = journal(folder, &name);
        let Ok(header) = read_header(&path) else {
            continue;
        };
        let same = header.asked.is_some_and(|other| other.same(asked));
        let running = || is_held(&path) && header.process.is_none_or(|p| p.is_alive());
        if same && !running() {
            clear_mark(folder, &name);
        }
    }
}
