//! What a journal says of a run that is to be gone on with, wherever it ends.

use nexus_graph::event::{EventKind, LogLine, Outcome, Reason, Status, Stream, Summary};
use nexus_graph::progress::{StepState, step_digest};
use nexus_graph::{Digest, Event, Progress, Step, Task, TaskGraph, TaskId, TaskKind};
use nexus_journal::{
    Asked, Ended, Header, Journal, OpenRun, Record, Replay, VERSION, open_run_like, open_runs, read,
};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// `plain` may be repeated, `once` may not, `cached` is remembered elsewhere; three steps each.
fn graph() -> Arc<TaskGraph> {
    let tasks = ["plain", "once", "cached"].map(|path| {
        let mut task = Task::new(path);
        task.kind = TaskKind::Work;
        task.steps = (0..3).map(|i| Step::line(format!("{path} {i}"))).collect();
        task.idempotent = path != "once";
        task.cached = path == "cached";
        task
    });
    Arc::new(TaskGraph {
        tasks: tasks.to_vec(),
        ..TaskGraph::default()
    })
}

fn header(tasks: &[&str]) -> Header {
    Header {
        version: VERSION,
        nexus: "1.2.3".into(),
        project: "/project".into(),
        command: vec!["nexus".into(), "run".into()],
        user: String::new(),
        asked: Some(Asked {
            file: "nexus.nx".into(),
            tasks: tasks.iter().map(|t| t.to_string()).collect(),
            ..Asked::default()
        }),
        process: None,
        sources: Vec::new(),
    }
}

struct Fixture {
    folder: tempfile::TempDir,
    graph: Arc<TaskGraph>,
}

impl Fixture {
    fn new() -> Fixture {
        Fixture {
            folder: tempfile::tempdir().expect("a folder"),
            graph: graph(),
        }
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn journal(&self, tasks: &[&str]) -> Journal {
        let (state, project) = (self.state(), self.folder.path());
        Journal::new(&state, project, header(tasks), self.graph.clone())
    }

    fn file(&self, run: &str) -> PathBuf {
        let folder = std::fs::read_dir(self.state().join("runs")).expect("runs");
        let folder = folder.flatten().next().expect("a project").path();
        folder.join(format!("{run}.journal"))
    }

    /// Writes a story; gives what its journal says.
    fn written(&self, run: &str, kinds: &[EventKind]) -> Replay {
        let mut journal = self.journal(&["plain", "once"]);
        tell(&mut journal, run, kinds);
        drop(journal);
        replay(&self.file(run))
    }

    fn open(&self) -> Vec<OpenRun> {
        open_runs(&self.state(), self.folder.path())
    }
}

fn replay(file: &Path) -> Replay {
    let (_, records) = read(file).expect("a journal");
    Replay::new(&records)
}

fn tell(journal: &mut Journal, run: &str, kinds: &[EventKind]) {
    for (i, kind) in kinds.iter().enumerate() {
        journal.record(&Event {
            run: run.to_string(),
            sequence: i as u64,
            time: 1_000_000 + i as u64,
            kind: kind.clone(),
        });
    }
}

const NAMES: [&str; 3] = ["plain", "once", "cached"];

fn begin() -> EventKind {
    EventKind::RunStarted {
        targets: vec!["once".into()],
        tasks: 3,
        parallel: 2,
        project: String::new(),
        nexus: String::new(),
        resumes: None,
    }
}

fn started(id: u32, from: u32) -> EventKind {
    EventKind::TaskStarted {
        id: TaskId(id),
        task: NAMES[id as usize].into(),
        reason: Reason::Always,
        basis: Some(Digest([id as u8; 32])),
        from,
    }
}

fn step(id: u32, step: u32) -> EventKind {
    EventKind::StepStarted {
        id: TaskId(id),
        host: None,
        step,
        command: "command".into(),
        attempt: 1,
        user: None,
        begun_by: None,
    }
}

fn printed(id: u32, step: u32) -> EventKind {
    let text = format!("{id} {step}");
    EventKind::Output {
        id: TaskId(id),
        host: None,
        step,
        line: LogLine {
            stream: Stream::Stdout,
            text,
        },
    }
}

fn ended(id: u32, step: u32, status: Status) -> EventKind {
    EventKind::StepFinished {
        id: TaskId(id),
        host: None,
        step,
        status,
        micros: 1,
        will_retry: false,
        attempt: 1,
    }
}

fn finished(id: u32) -> EventKind {
    EventKind::TaskFinished {
        id: TaskId(id),
        task: NAMES[id as usize].into(),
        outcome: Outcome::Succeeded,
        micros: 1,
        key: None,
        unchanged: false,
        idle: false,
        steps: 3,
    }
}

fn over(summary: Summary, interrupted: bool) -> EventKind {
    EventKind::RunFinished {
        summary,
        micros: 1,
        interrupted,
    }
}

/// All three tasks, to their ends.
fn whole() -> Vec<EventKind> {
    let mut story = vec![begin()];
    for id in 0..3 {
        story.push(started(id, 0));
        for at in 0..3 {
            story.extend([
                step(id, at),
                printed(id, at),
                ended(id, at, Status::Exit(0)),
            ]);
        }
        story.push(finished(id));
    }
    story.push(over(Summary::default(), false));
    story
}

/// The same by looking at the events one by one.
fn expected(story: &[EventKind], path: &str) -> Option<(Vec<StepState>, bool)> {
    let mut found = None;
    for kind in story {
        match kind {
            EventKind::TaskStarted { task, .. } if task == path => {
                found = Some((Vec::new(), false));
            }
            EventKind::StepStarted { id, .. } if NAMES[id.index()] == path => {
                found.as_mut()?.0.push(StepState::Begun);
            }
            EventKind::StepFinished { id, .. } if NAMES[id.index()] == path => {
                *found.as_mut()?.0.last_mut()? = StepState::Completed;
            }
            EventKind::TaskFinished { task, .. } if task == path => found.as_mut()?.1 = true,
            _ => {}
        }
    }
    found
}

fn states(progress: &Progress) -> (Vec<StepState>, bool) {
    let steps = progress.steps.values().map(|step| step.state);
    (steps.collect(), progress.finished)
}

#[test]
fn a_journal_cut_at_any_byte_says_how_far_its_tasks_were() {
    let fixture = Fixture::new();
    let story = whole();
    fixture.written("r1", &story);
    let file = fixture.file("r1");
    let bytes = std::fs::read(&file).expect("read");
    let first = bytes.iter().position(|b| *b == b'\n').expect("a line") + 1;
    let whole_file = std::fs::File::options()
        .write(true)
        .open(&file)
        .expect("open");
    for cut in (first..=bytes.len()).rev() {
        let events = bytes[first..cut].iter().filter(|b| **b == b'\n').count();
        whole_file.set_len(cut as u64).expect("cut");
        let found = replay(&file);
        for path in ["plain", "once"] {
            let expected = expected(&story[..events], path);
            assert_eq!(
                found.progress.get(path).map(states),
                expected,
                "{path}, cut at {cut}"
            );
        }
        assert_eq!(
            found.progress.get("cached"),
            None,
            "its result is remembered elsewhere"
        );
        assert_eq!(
            found.once.contains("once"),
            found.progress.contains_key("once")
        );
    }
    std::fs::write(&file, &bytes).expect("write");
    let found = replay(&file);
    let task = &fixture.graph.tasks[1];
    let once = &found.progress["once"];
    assert_eq!(once.basis, Some(Digest([1; 32])));
    for (at, known) in &once.steps {
        assert_eq!(known.digest, step_digest(task, &task.steps[*at as usize]));
    }
    assert_eq!(once.log.len(), 3, "it belongs to the result");
    assert_eq!(found.progress["plain"].log, []);
}

#[test]
fn how_a_command_ended_decides_what_is_known_of_it() {
    for (status, state) in [
        (Status::Exit(0), StepState::Completed),
        (Status::Exit(1), StepState::Failed),
        (Status::NotStarted, StepState::Failed),
        (Status::Signal(9), StepState::Begun),
        (Status::TimedOut, StepState::Begun),
        (Status::Cancelled, StepState::Begun),
    ] {
        let fixture = Fixture::new();
        let mut story = vec![begin(), started(1, 0), step(1, 0), ended(1, 0, status)];
        let found = fixture.written("r1", &story);
        assert_eq!(
            states(&found.progress["once"]),
            (vec![state], false),
            "{status:?}"
        );
        assert_eq!(found.would_repeat_once(), state != StepState::Failed);
        // The next command began, so that one was to be ignored.
        story.push(step(1, 1));
        let found = fixture.written("r2", &story);
        let expected = (vec![StepState::Completed, StepState::Begun], false);
        assert_eq!(states(&found.progress["once"]), expected, "{status:?}");
    }
}

#[test]
fn an_attempt_that_failed_and_is_repeated_is_begun_again() {
    let fixture = Fixture::new();
    let story = [
        begin(),
        started(0, 0),
        step(0, 0),
        ended(0, 0, Status::Exit(1)),
        step(0, 0),
    ];
    let found = fixture.written("r1", &story);
    assert_eq!(states(&found.progress["plain"]).0, [StepState::Begun]);
    assert!(!found.would_repeat(), "nothing of it was completed");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// A run that goes on with another one and is killed leaves what both have done, whenever either
    /// was killed.
    #[test]
    fn what_was_known_is_known_after_the_next_run(first in 0usize..35, second in 0usize..6, from in 0u32..3) {
        let fixture = Fixture::new();
        let story = whole();
        // A journal is there from the first task on.
        let before = fixture.written("r1", &story[..first.clamp(2, story.len())]);
        let mut journal = fixture.journal(&["plain", "once"]).going_on("r1".into(), before.clone());
        let next = [
            begin(), started(2, 0), started(1, from), step(1, from), printed(1, 2),
            ended(1, from, Status::Exit(0)),
        ];
        tell(&mut journal, "r2", &next[..second.max(1) + 1]);
        drop(journal);
        let file = fixture.file("r2");
        let found = replay(&file);
        prop_assert_eq!(found.progress.get("plain"), before.progress.get("plain"));
        if second < 2 {
            prop_assert_eq!(&found, &before);
        } else {
            // What it does not repeat counts as done, whatever was known.
            let (steps, _) = states(&found.progress["once"]);
            prop_assert!(steps.iter().take(from as usize).all(|s| *s == StepState::Completed));
        }
    }

    /// Any lines in any order are survived.
    #[test]
    fn nonsense_is_survived(picks in proptest::collection::vec(any::<proptest::sample::Index>(), 0..40)) {
        let all = whole();
        let time = |(i, kind): (usize, EventKind)| Record::of(Event {
            run: "r".into(), sequence: i as u64, time: 0, kind,
        });
        let records: Vec<Record> = picks.iter().map(|pick| pick.get(&all).clone()).enumerate().map(time).collect();
        Replay::new(&records);
    }
}

#[test]
fn every_record_is_read_as_it_was_written() {
    let fixture = Fixture::new();
    let kept = EventKind::TaskKept {
        id: TaskId(0),
        task: "plain".into(),
        run: "r0".into(),
    };
    let left = fixture.written("r0", &whole()[..12]);
    let mut journal = fixture
        .journal(&["once"])
        .going_on("r0".into(), left.clone());
    tell(
        &mut journal,
        "r1",
        &[begin(), kept, started(1, 2), step(1, 2)],
    );
    drop(journal);
    let bytes = std::fs::read(fixture.file("r1")).expect("read");
    let (_, records) = read(&fixture.file("r1")).expect("a journal");
    let lines = bytes.iter().filter(|b| **b == b'\n').count();
    assert_eq!(records.len() + 1, lines, "none is lost");
}

#[test]
fn runs_are_open_until_something_became_of_them() {
    let fixture = Fixture::new();
    let names = |fixture: &Fixture| -> Vec<(String, Ended)> {
        let open = fixture.open().into_iter();
        open.map(|run| (run.run, run.ended)).collect()
    };
    let failed = Summary {
        failed: 1,
        ..Summary::default()
    };
    let story = whole();
    let middle = &story[..8];
    fixture.written("r1", middle);
    assert_eq!(names(&fixture), [("r1".into(), Ended::Interrupted)]);
    // Another wish does not concern it.
    let mut other = fixture.journal(&["cached"]);
    tell(&mut other, "r2", middle);
    let r2 = |ended| ("r2".to_string(), ended);
    let r1 = ("r1".to_string(), Ended::Interrupted);
    assert_eq!(names(&fixture), [r2(Ended::Running), r1.clone()]);
    assert!(fixture.open()[0].take().is_err(), "it runs");
    tell(&mut other, "r2", &[over(failed, false)]);
    drop(other);
    assert_eq!(names(&fixture), [r2(Ended::Failed), r1]);
    let wish = header(&["once", "plain"]).asked.expect("a wish");
    let like = open_run_like(&fixture.state(), fixture.folder.path(), &wish);
    assert_eq!(like.expect("r1").run, "r1");
    // The same wish once more, from the beginning.
    fixture.written("r3", &[middle, &[over(Summary::default(), true)]].concat());
    let r3 = ("r3".to_string(), Ended::Cancelled);
    assert_eq!(names(&fixture), [r3, r2(Ended::Failed)]);
    // Gone on with, to the end.
    let open = fixture.open().remove(0);
    let taken = open.take().expect("nobody has it");
    assert!(open.take().is_err(), "only one at a time");
    let left = open.replay.clone();
    let mut journal = fixture
        .journal(&["plain", "once"])
        .going_on("r3".into(), left);
    tell(&mut journal, "r4", &story);
    drop((journal, taken));
    assert_eq!(names(&fixture), [r2(Ended::Failed)]);
    // Forgotten.
    fixture.open()[0].forget().expect("forgotten");
    assert_eq!(names(&fixture), []);
    // One that executes nothing more leaves no journal, and yet that was the end of it.
    fixture.written("r5", middle);
    let left = fixture.open().remove(0).replay;
    let mut journal = fixture
        .journal(&["plain", "once"])
        .going_on("r5".into(), left);
    tell(
        &mut journal,
        "r6",
        &[begin(), over(Summary::default(), false)],
    );
    assert_eq!(names(&fixture), []);
    assert!(!fixture.file("r6").exists());
}

#[test]
fn journals_that_cannot_be_read_are_passed_over() {
    let fixture = Fixture::new();
    fixture.written("r1", &whole()[..8]);
    let marks = fixture.file("r1").with_file_name("open");
    for (name, content) in [("r2", "nonsense"), ("r3", ""), ("r4", "\n\n")] {
        std::fs::write(marks.join(name), "").expect("write");
        std::fs::write(fixture.file(name), content).expect("write");
    }
    std::fs::write(marks.join("r5"), "").expect("write");
    std::fs::create_dir(fixture.file("r5")).expect("a folder");
    let names: Vec<String> = fixture.open().into_iter().map(|run| run.run).collect();
    assert_eq!(names, ["r1"]);
    fixture.written("r6", &whole()[..8]);
    let names: Vec<String> = fixture.open().into_iter().map(|run| run.run).collect();
    assert_eq!(names, ["r6"]);
}
