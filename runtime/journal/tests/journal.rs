//! A journal says what happened, however it ends; the history says it of all runs.

use nexus_graph::event::{EventKind, LogLine, Outcome, Reason, Status, Stream, Summary};
use nexus_graph::{Dependency, Event, Task, TaskGraph, TaskId, TaskKind, Used};
use nexus_journal::{
    Difference, Ended, Header, History, Journal, Report, TaskState, VERSION, chrome_trace, compare,
    critical_path, read,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

struct Fixture {
    folder: tempfile::TempDir,
    graph: Arc<TaskGraph>,
}

const MINUTE: u64 = 60_000_000;

impl Fixture {
    /// `a` and `b`, a group of them, and `c` behind the group.
    fn new() -> Fixture {
        let mut tasks = ["a", "b", "c", "group"].map(Task::new).to_vec();
        let on = |task: u32| Dependency {
            task: TaskId(task),
            used: Used::All,
        };
        tasks
            .iter_mut()
            .take(3)
            .for_each(|t| t.kind = TaskKind::Work);
        tasks[3].deps = vec![on(0), on(1)];
        tasks[2].deps = vec![on(3)];
        Fixture {
            folder: tempfile::tempdir().expect("a folder"),
            graph: Arc::new(TaskGraph {
                tasks,
                ..TaskGraph::default()
            }),
        }
    }

    fn project(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn journal(&self) -> Journal {
        let header = Header {
            version: VERSION,
            nexus: "1.2.3".into(),
            project: "/project".into(),
            command: vec!["nexus".into(), "run".into(), "c".into()],
            user: "somebody".into(),
            asked: None,
            process: None,
            sources: Vec::new(),
        };
        Journal::new(&self.state(), &self.project(), header, self.graph.clone())
    }

    fn history(&self) -> History {
        History::open(&self.state(), &self.project())
    }

    /// The files of all journals, oldest first.
    fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.state()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "journal") {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }
}

fn name(id: u32) -> String {
    ["a", "b", "c"][id as usize].to_string()
}

fn started(id: u32) -> EventKind {
    EventKind::TaskStarted {
        id: TaskId(id),
        task: name(id),
        reason: Reason::FirstRun,
        basis: None,
        from: 0,
    }
}

fn printed(id: u32, text: &str) -> EventKind {
    EventKind::Output {
        id: TaskId(id),
        host: None,
        step: 0,
        line: LogLine {
            stream: Stream::Stdout,
            text: text.into(),
        },
    }
}

fn finished(id: u32, micros: u64, outcome: Outcome) -> EventKind {
    EventKind::TaskFinished {
        id: TaskId(id),
        task: name(id),
        outcome,
        micros,
        key: None,
        unchanged: false,
        idle: false,
        steps: 1,
    }
}

/// The events of a run that goes well, each with its time: `b` is slower than `a`.
fn story(run: &str, start: u64, slow: u64) -> Vec<Event> {
    let summary = Summary {
        executed: 3,
        ..Summary::default()
    };
    let kinds = vec![
        (
            0,
            EventKind::RunStarted {
                targets: vec!["c".into()],
                tasks: 3,
                parallel: 2,
                project: "/p".into(),
                nexus: "0".into(),
                resumes: None,
            },
        ),
        (10, started(0)),
        (11, started(1)),
        (20, printed(0, "from a")),
        (
            30,
            EventKind::StepFinished {
                id: TaskId(0),
                host: None,
                step: 0,
                status: Status::Exit(1),
                micros: 10,
                will_retry: true,
                attempt: 1,
            },
        ),
        (1010, finished(0, 1000, Outcome::Succeeded)),
        (11 + slow, finished(1, slow, Outcome::Succeeded)),
        (12 + slow, started(2)),
        (13 + slow, printed(2, "from c")),
        (512 + slow, finished(2, 500, Outcome::Succeeded)),
        (
            600 + slow,
            EventKind::RunFinished {
                summary,
                micros: 600 + slow,
                interrupted: false,
            },
        ),
    ];
    let event = |(i, (at, kind)): (usize, (u64, EventKind))| Event {
        run: run.to_string(),
        sequence: i as u64,
        time: start + at,
        kind,
    };
    kinds.into_iter().enumerate().map(event).collect()
}

fn write(fixture: &Fixture, events: &[Event]) {
    let mut journal = fixture.journal();
    events.iter().for_each(|event| journal.record(event));
}

fn report(file: &Path) -> Report {
    let (header, records) = read(file).expect("a journal");
    Report::new(header, records)
}

#[test]
fn a_run_is_told_as_it_was() {
    let fixture = Fixture::new();
    write(&fixture, &story("r1", MINUTE, 5000));
    let report = report(&fixture.files()[0]);
    assert_eq!(report.run, "r1");
    assert_eq!(report.targets, ["c"]);
    assert_eq!((report.started, report.micros), (MINUTE, 5600));
    let tasks: Vec<_> = report.tasks.iter().map(|t| t.task.as_str()).collect();
    assert_eq!(tasks, ["a", "b", "c"]);
    let (a, c) = (&report.tasks[0], &report.tasks[2]);
    assert_eq!((a.retries, a.log[0].text.as_str()), (1, "from a"));
    assert_eq!(c.after, ["a", "b"], "through the group");
    assert_eq!(c.state, TaskState::Ended(Outcome::Succeeded));
    let path = critical_path(&report);
    let names: Vec<_> = path.iter().map(|t| t.task.as_str()).collect();
    assert_eq!(names, ["b", "c"]);
    let slowest: Vec<_> = report.slowest().iter().map(|t| t.micros).collect();
    assert_eq!(slowest, [5000, 1000, 500]);
}

#[test]
fn tasks_that_overlap_have_lanes_of_their_own_in_a_trace() {
    let fixture = Fixture::new();
    write(&fixture, &story("r1", MINUTE, 5000));
    let trace = chrome_trace(&report(&fixture.files()[0]));
    let lanes: Vec<_> = trace["traceEvents"]
        .as_array()
        .expect("events")
        .iter()
        .filter(|event| event["ph"] == "X")
        .map(|event| {
            (
                event["name"].clone(),
                event["tid"].clone(),
                event["ts"].clone(),
            )
        })
        .collect();
    let lane = |name: &str, lane: u64, at: u64| (name.into(), lane.into(), at.into());
    assert_eq!(
        lanes,
        [lane("a", 1, 10), lane("b", 2, 11), lane("c", 1, 5012)]
    );
}

#[test]
fn a_run_that_executes_nothing_leaves_no_journal() {
    let fixture = Fixture::new();
    let mut events = story("r1", MINUTE, 5000);
    events.retain(|event| {
        matches!(
            event.kind,
            EventKind::RunStarted { .. } | EventKind::RunFinished { .. }
        )
    });
    write(&fixture, &events);
    assert_eq!(fixture.files(), Vec::<PathBuf>::new());
    assert_eq!(fixture.history().runs(), []);
}

#[test]
fn a_journal_cut_or_damaged_anywhere_is_the_beginning_of_the_story() {
    let fixture = Fixture::new();
    // A short one: every byte of it is damaged in turn.
    let events = &story("r1", MINUTE, 5000)[..3];
    write(&fixture, events);
    let file = fixture.files().remove(0);
    let (_, whole) = read(&file).expect("a journal");
    assert_eq!(whole.len(), events.len());
    let bytes = std::fs::read(&file).expect("read");
    let header = bytes.iter().position(|b| *b == b'\n').expect("a line") + 1;
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x11;
        for damaged in [&bytes[..at], &flipped] {
            std::fs::write(&file, damaged).expect("write");
            match read(&file) {
                Ok((header, records)) => {
                    assert_eq!(records, whole[..records.len()], "at {at}");
                    Report::new(header, records);
                }
                Err(_) => assert!(at < header, "the header is whole, cut at {at}"),
            }
        }
    }
}

#[test]
fn the_history_knows_every_run_and_how_it_ended() {
    let fixture = Fixture::new();
    write(&fixture, &story("r1", MINUTE, 5000));
    let mut failed = story("r2", 2 * MINUTE, 5000);
    if let EventKind::RunFinished { summary, .. } = &mut failed[10].kind {
        summary.failed = 1;
    }
    write(&fixture, &failed);
    write(&fixture, &story("r3", 3 * MINUTE, 5000)[..8]);
    let ended = || -> Vec<_> {
        let runs = fixture.history().runs();
        runs.into_iter()
            .map(|past| (past.run, past.ended))
            .collect()
    };
    let past = |run: &str, ended| (run.to_string(), ended);
    let mut expected = vec![
        past("r3", Ended::Interrupted),
        past("r2", Ended::Failed),
        past("r1", Ended::Succeeded),
    ];
    assert_eq!(ended(), expected);
    // One that goes on, and later comes to its end.
    let mut journal = fixture.journal();
    let events = story("r4", 4 * MINUTE, 7000);
    events[..8].iter().for_each(|event| journal.record(event));
    expected.insert(0, past("r4", Ended::Running));
    assert_eq!(ended(), expected);
    events[8..].iter().for_each(|event| journal.record(event));
    drop(journal);
    expected[0].1 = Ended::Succeeded;
    assert_eq!(ended(), expected);
    let history = fixture.history();
    assert_eq!(history.runs()[0].command, "nexus run c");
    assert_eq!(history.times("b", 5), [7000, 5000, 5000, 5000]);
    assert_eq!(history.times("b", 1), [7000]);
    assert_eq!(history.matching("last"), ["r4"]);
    assert_eq!(history.matching("last~3"), ["r1"]);
    assert_eq!(history.matching("last~4"), Vec::<String>::new());
    assert_eq!(history.matching("r2"), ["r2"]);
    assert_eq!(history.matching("r").len(), 4);
    // What is gone is forgotten; a broken index is made anew.
    std::fs::remove_file(&fixture.files()[0]).expect("remove");
    expected.pop();
    assert_eq!(ended(), expected);
    let index = fixture.files()[0].with_file_name("history.sqlite");
    std::fs::write(index, "no database").expect("write");
    assert_eq!(ended(), expected);
}

#[test]
fn output_without_end_is_cut_and_said_to_be() {
    let fixture = Fixture::new();
    let mut events = story("r1", MINUTE, 5000);
    let mut much = events.remove(3);
    much.kind = printed(0, &"x".repeat(100_000));
    let ended = events.split_off(3);
    events.extend(std::iter::repeat_n(much, 20));
    events.extend(ended);
    write(&fixture, &events);
    let report = report(&fixture.files()[0]);
    let kept: usize = report.tasks[0].log.iter().map(|line| line.text.len()).sum();
    assert!(kept <= 1 << 20 && report.tasks[0].log_cut);
    assert!(!report.tasks[2].log_cut);
}

#[test]
fn two_runs_differ_in_what_they_did() {
    let fixture = Fixture::new();
    write(&fixture, &story("r1", MINUTE, 5000));
    let mut second = story("r2", 2 * MINUTE, 9000);
    second.truncate(8);
    write(&fixture, &second);
    let files = fixture.files();
    let found = compare(&report(&files[0]), &report(&files[1]));
    assert_eq!(
        found.tasks,
        [
            ("b".to_string(), Difference::Time(5000, 9000)),
            (
                "c".to_string(),
                Difference::State(TaskState::Ended(Outcome::Succeeded), TaskState::Running)
            ),
        ]
    );
}

#[test]
fn a_folder_that_cannot_be_written_disturbs_nobody() {
    let fixture = Fixture::new();
    std::fs::write(fixture.state(), "a file in the way").expect("write");
    write(&fixture, &story("r1", MINUTE, 5000));
    assert_eq!(fixture.history().runs(), []);
}
