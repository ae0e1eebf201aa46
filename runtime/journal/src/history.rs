//! All runs of a project: an index in SQLite, brought up to date from the journals when it is
//! asked. Runs themselves never wait for it.

use crate::open::is_held;
use crate::place::{EXTENSION, project_folder};
use crate::read::{Broken, read, read_header};
use crate::report::Report;
use nexus_graph::event::Summary;
use rusqlite::{Connection, params};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything asked for is done.
    Succeeded,
    /// Something failed.
    Failed,
    /// It was told to stop.
    Cancelled,
    /// It goes on.
    Running,
    /// It did not come to its end: killed, or the machine went down.
    Interrupted,
}

/// A run as the index knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// Its name.
    pub run: String,
    /// The command line.
    pub command: String,
    /// Start, microseconds since the Unix epoch.
    pub started: u64,
    /// Wall time in microseconds.
    pub micros: u64,
    /// How it ended.
    pub ended: Ended,
    /// Its counts.
    pub summary: Summary,
    /// The run that it went on with.
    pub resumes: Option<String>,
}

/// The form of the index; one of another form is made anew.
const FORM: i64 = 2;

/// The history of a project.
pub struct History {
    folder: PathBuf,
    index: Option<Connection>,
}

impl History {
    /// Opens the history of a project and takes in what has happened since the last time. An index
    /// that cannot be used is made anew, in memory when there is no other way: it is derived data.
    pub fn open(state: &Path, project: &Path) -> History {
        let folder = project_folder(state, project);
        let file = folder.join("history.sqlite");
        let index = connect(&file).or_else(|error| {
            tracing::debug!(%error, "the history's index is made anew");
            let _ = std::fs::remove_file(&file);
            connect(&file).or_else(|_| Connection::open_in_memory().and_then(prepare))
        });
        let mut history = History {
            folder,
            index: index.ok(),
        };
        history.take_in();
        history
    }

    /// Newest first.
    pub fn runs(&self) -> Vec<Past> {
        let Some(index) = &self.index else {
            return Vec::new();
        };
        let query = "SELECT run, command, started, micros, ended, summary, resumes FROM runs
                     ORDER BY started DESC, run DESC";
        let Ok(mut statement) = index.prepare(query) else {
            return Vec::new();
        };
        let rows = statement.query_map([], |row| {
            let run: String = row.get(0)?;
            let summary: String = row.get(5)?;
            Ok(Past {
                command: row.get(1)?,
                started: row.get::<_, i64>(2)? as u64,
                micros: row.get::<_, i64>(3)? as u64,
                ended: self.ended(&run, &row.get::<_, String>(4)?),
                summary: serde_json::from_str(&summary).unwrap_or_default(),
                resumes: row.get(6)?,
                run,
            })
        });
        rows.map(|rows| rows.flatten().collect())
            .unwrap_or_default()
    }

    /// The last times, newest first, that a task was executed and succeeded, in microseconds.
    pub fn times(&self, task: &str, most: usize) -> Vec<u64> {
        let Some(index) = &self.index else {
            return Vec::new();
        };
        let query = "SELECT micros FROM tasks WHERE task = ?1 ORDER BY started DESC LIMIT ?2";
        let Ok(mut statement) = index.prepare(query) else {
            return Vec::new();
        };
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![task, most], |row| row.get::<_, i64>(0));
        rows.map(|rows| rows.flatten().map(|t| t as u64).collect())
            .unwrap_or_default()
    }

    /// The names of the runs that `name` may mean: `last`, `last~N` (N runs before), or how the name
    /// of a run begins or ends.
    pub fn matching(&self, name: &str) -> Vec<String> {
        let runs = self.runs();
        if let Some(back) = name.strip_prefix("last") {
            let back = match back {
                "" => Some(0),
                back => back.strip_prefix('~').and_then(|n| n.parse::<usize>().ok()),
            };
            return back
                .and_then(|back| runs.get(back))
                .map(|past| past.run.clone())
                .into_iter()
                .collect();
        }
        if let Some(exact) = runs.iter().find(|past| past.run == name) {
            return vec![exact.run.clone()];
        }
        let fits = |run: &str| run.starts_with(name) || run.ends_with(name);
        runs.into_iter()
            .map(|past| past.run)
            .filter(|run| fits(run))
            .collect()
    }

    /// Everything the journal of a run says.
    ///
    /// # Errors
    /// It is gone or no journal.
    pub fn report(&self, run: &str) -> Result<Report, Broken> {
        let (header, records) = read(&self.journal(run))?;
        Ok(Report::new(header, records))
    }

    fn journal(&self, run: &str) -> PathBuf {
        self.folder.join(format!("{run}.{EXTENSION}"))
    }

    fn ended(&self, run: &str, word: &str) -> Ended {
        match word {
            "succeeded" => Ended::Succeeded,
            "failed" => Ended::Failed,
            "cancelled" => Ended::Cancelled,
            // Whoever writes a journal holds its lock; so does, for a moment, what a killed run left.
            _ => {
                let journal = self.journal(run);
                let alive = || match read_header(&journal) {
                    Ok(header) => header.process.is_none_or(|process| process.is_alive()),
                    Err(_) => true,
                };
                match is_held(&journal) && alive() {
                    true => Ended::Running,
                    false => Ended::Interrupted,
                }
            }
        }
    }

    /// Reads journals that are new or were not at their end the last time, forgets those that are
    /// gone.
    fn take_in(&mut self) {
        let Some(index) = &mut self.index else { return };
        if let Err(error) = take_in(index, &self.folder) {
            tracing::debug!(%error, "the history could not be brought up to date");
        }
    }
}

fn connect(file: &Path) -> rusqlite::Result<Connection> {
    prepare(Connection::open(file)?)
}

fn prepare(connection: Connection) -> rusqlite::Result<Connection> {
    connection.busy_timeout(Duration::from_secs(5))?;
    let form: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if form != FORM {
        // Another version's, or new.
        connection.execute_batch("DROP TABLE IF EXISTS runs; DROP TABLE IF EXISTS tasks;")?;
        connection.pragma_update(None, "user_version", FORM)?;
    }
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = NORMAL;
         CREATE TABLE IF NOT EXISTS runs (
             run TEXT PRIMARY KEY, command TEXT NOT NULL, started INTEGER NOT NULL,
             micros INTEGER NOT NULL, ended TEXT NOT NULL, summary TEXT NOT NULL,
             resumes TEXT
         ) WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS tasks (
             task TEXT NOT NULL, started INTEGER NOT NULL, run TEXT NOT NULL,
             micros INTEGER NOT NULL, PRIMARY KEY (task, started, run)
         ) WITHOUT ROWID;",
    )?;
    Ok(connection)
}

fn take_in(index: &mut Connection, folder: &Path) -> rusqlite::Result<()> {
    let mut there: HashSet<String> = HashSet::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == EXTENSION)
            && let Some(run) = path.file_stem().and_then(|s| s.to_str())
        {
            there.insert(run.to_string());
        }
    }
    let changes = index.transaction()?;
    let mut gone = Vec::new();
    {
        let mut known = changes.prepare("SELECT run, ended FROM runs")?;
        let rows = known.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for row in rows {
            let (run, ended): (String, String) = row?;
            if !there.contains(&run) {
                gone.push(run);
            } else if ended != "open" {
                there.remove(&run);
            }
        }
    }
    for run in gone {
        changes.execute("DELETE FROM runs WHERE run = ?1", [&run])?;
        changes.execute("DELETE FROM tasks WHERE run = ?1", [&run])?;
    }
    for run in there {
        let path = folder.join(format!("{run}.{EXTENSION}"));
        if let Ok((header, records)) = read(&path) {
            add(&changes, &run, &Report::new(header, records))?;
        }
    }
    changes.commit()
}

fn add(index: &Connection, run: &str, report: &Report) -> rusqlite::Result<()> {
    let ended = match report.ended() {
        Some(Ended::Succeeded) => "succeeded",
        Some(Ended::Failed) => "failed",
        Some(Ended::Cancelled) => "cancelled",
        Some(Ended::Running | Ended::Interrupted) | None => "open",
    };
    let summary = serde_json::to_string(&report.summary.unwrap_or_default());
    let (started, micros) = (report.started as i64, report.micros as i64);
    index.execute(
        "INSERT OR REPLACE INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            run,
            report.header.command.join(" "),
            started,
            micros,
            ended,
            summary.unwrap_or_default(),
            report.resumes,
        ],
    )?;
    for task in report.tasks.iter().filter(|task| task.succeeded()) {
        index.execute(
            "INSERT OR REPLACE INTO tasks VALUES (?1, ?2, ?3, ?4)",
            params![task.task, task.started as i64, run, task.micros as i64],
        )?;
    }
    Ok(())
}
