//! What a journal says of tasks on hosts, wherever it ends.

use nexus_graph::event::{EventKind, HostFailure, HostName, HostOutcome, Reason, Status};
use nexus_graph::progress::{StepState, step_digest};
use nexus_graph::{
    Event, Host, HostProgress, Inventory, Remote, Step, Target, Task, TaskGraph, TaskId, TaskKind,
};
use nexus_journal::{Header, Journal, Replay, VERSION, read};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A task of three steps on `one` and `two`, on the second one other steps than on the first.
fn graph() -> Arc<TaskGraph> {
    let steps = |word: &str| (0..3).map(|i| Step::line(format!("{word} {i}"))).collect();
    let mut task = Task::new("deploy");
    task.kind = TaskKind::Work;
    task.idempotent = false;
    task.steps = steps("do");
    task.remote = Some(Box::new(Remote {
        targets: vec![
            Target {
                host: 1,
                steps: None,
            },
            Target {
                host: 0,
                steps: Some(steps("differ")),
            },
        ],
        ..Remote::default()
    }));
    // Not in the order of the targets.
    let hosts = ["two", "one"].map(|name| Arc::new(Host::new(name)));
    Arc::new(TaskGraph {
        tasks: vec![task],
        inventory: Inventory {
            hosts: hosts.to_vec(),
            ..Inventory::default()
        },
        ..TaskGraph::default()
    })
}

const ID: TaskId = TaskId(0);

fn begin() -> Vec<EventKind> {
    let run = EventKind::RunStarted {
        targets: vec!["deploy".into()],
        tasks: 1,
        parallel: 2,
        project: String::new(),
        nexus: String::new(),
        resumes: None,
    };
    let task = EventKind::TaskStarted {
        id: ID,
        task: "deploy".into(),
        reason: Reason::Always,
        basis: None,
        from: 0,
    };
    vec![run, task]
}

fn name(host: &str) -> HostName {
    host.into()
}

fn connected(host: &str, boot: &str) -> EventKind {
    EventKind::HostConnected {
        id: ID,
        host: name(host),
        boot: Some(boot.into()),
        micros: 1,
    }
}

fn started(host: &str, step: u32, attempt: u32, by: Option<&str>) -> EventKind {
    EventKind::StepStarted {
        id: ID,
        host: Some(name(host)),
        step,
        command: "command".into(),
        attempt,
        user: None,
        begun_by: by.map(str::to_owned),
    }
}

fn ended(host: &str, step: u32, attempt: u32, status: Status) -> EventKind {
    EventKind::StepFinished {
        id: ID,
        host: Some(name(host)),
        step,
        status,
        micros: 1,
        will_retry: false,
        attempt,
    }
}

fn finished(host: &str, outcome: HostOutcome) -> EventKind {
    EventKind::HostFinished {
        id: ID,
        host: name(host),
        outcome,
        micros: 1,
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

    /// Writes a story; gives its journal's file.
    fn write(&self, run: &str, kinds: &[EventKind]) -> PathBuf {
        let header = Header {
            version: VERSION,
            nexus: "1.2.3".into(),
            project: "/project".into(),
            command: Vec::new(),
            user: String::new(),
            asked: None,
            process: None,
            sources: Vec::new(),
        };
        let state = self.folder.path().join("state");
        let mut journal = Journal::new(&state, self.folder.path(), header, self.graph.clone());
        for (at, kind) in kinds.iter().enumerate() {
            journal.record(&Event {
                run: run.to_string(),
                sequence: at as u64,
                time: 1_000_000 + at as u64,
                kind: kind.clone(),
            });
        }
        let folders = std::fs::read_dir(state.join("runs")).expect("runs");
        let folder = folders.flatten().next().expect("a project").path();
        folder.join(format!("{run}.journal"))
    }

    fn hosts(&self, run: &str, kinds: &[EventKind]) -> BTreeMap<String, HostProgress> {
        let (_, records) = read(&self.write(run, kinds)).expect("a journal");
        let mut found = Replay::new(&records);
        found.progress.remove("deploy").expect("the task").hosts
    }
}

fn states(host: &HostProgress) -> Vec<StepState> {
    host.progress
        .steps
        .values()
        .map(|step| step.state)
        .collect()
}

/// Of each host it is known what it was given, by whom and when it was started; the digests are those of
/// what it runs, not of what others do.
#[test]
fn hosts_are_told_apart() {
    let fixture = Fixture::new();
    let mut story = begin();
    story.extend([
        connected("one", "boot 1"),
        started("one", 0, 1, None),
        connected("two", "boot 2"),
        started("two", 0, 1, None),
        ended("one", 0, 1, Status::Exit(0)),
        started("one", 1, 1, None),
        ended("one", 1, 1, Status::Exit(1)),
        started("one", 1, 2, None),
        ended("two", 0, 1, Status::Exit(0)),
    ]);
    let hosts = fixture.hosts("r1", &story);
    let (one, two) = (&hosts["one"], &hosts["two"]);
    assert_eq!(states(one), [StepState::Completed, StepState::Begun]);
    assert_eq!((one.given, one.attempt, one.run.as_str()), (true, 2, "r1"));
    assert_eq!(one.boot.as_deref(), Some("boot 1"));
    assert_eq!(states(two), [StepState::Completed]);
    assert!(!two.given, "its end was heard of");
    let task = &fixture.graph.tasks[0];
    let targets = &task.remote.as_ref().expect("hosts").targets;
    for (host, target) in [(one, &targets[0]), (two, &targets[1])] {
        for (at, known) in &host.progress.steps {
            let step = &task.steps_on(target)[*at as usize];
            assert_eq!(known.digest, step_digest(task, step));
        }
    }
}

/// A run that goes on with another one names jobs as that one did, and connects after the host was perhaps
/// started again: what counts is when the job was given.
#[test]
fn what_was_given_keeps_its_name_and_its_time() {
    let fixture = Fixture::new();
    let mut story = begin();
    story.extend([
        connected("one", "boot 1"),
        started("one", 0, 3, Some("r0")),
        connected("one", "boot 2"),
    ]);
    let hosts = fixture.hosts("r1", &story);
    let one = &hosts["one"];
    assert_eq!((one.run.as_str(), one.attempt), ("r0", 3));
    assert_eq!(one.boot.as_deref(), Some("boot 1"));
    story.push(ended("one", 0, 3, Status::Exit(0)));
    story.push(connected("one", "boot 2"));
    let hosts = fixture.hosts("r2", &story);
    assert_eq!(hosts["one"].boot.as_deref(), Some("boot 2"));
}

#[test]
fn how_a_host_ended_decides_what_is_left_there() {
    let failure = HostFailure::default();
    for (outcome, done, given) in [
        (HostOutcome::Succeeded { idle: false }, true, false),
        (HostOutcome::Kept, true, false),
        (HostOutcome::Lost { step: 1, failure }, false, true),
        (HostOutcome::Cancelled, false, true),
    ] {
        let fixture = Fixture::new();
        let mut story = begin();
        story.extend([
            connected("one", "boot"),
            started("one", 0, 1, None),
            ended("one", 0, 1, Status::Exit(0)),
            started("one", 1, 1, None),
            finished("one", outcome.clone()),
        ]);
        let hosts = fixture.hosts("r1", &story);
        let one = &hosts["one"];
        assert_eq!(
            (one.progress.finished, one.given),
            (done, given),
            "{outcome:?}"
        );
    }
}

/// Cut off anywhere, a journal says what its whole lines say: never that something was not given to a
/// host that was.
#[test]
fn a_journal_cut_at_any_byte_says_what_hosts_were_given() {
    let fixture = Fixture::new();
    let mut story = begin();
    for host in ["one", "two"] {
        story.push(connected(host, "boot"));
        for step in 0..3 {
            story.push(started(host, step, 1, None));
            story.push(ended(host, step, 1, Status::Exit(0)));
        }
        story.push(finished(host, HostOutcome::Succeeded { idle: false }));
    }
    let file = fixture.write("r1", &story);
    let bytes = std::fs::read(&file).expect("read");
    let first = bytes.iter().position(|b| *b == b'\n').expect("a line") + 1;
    let whole = std::fs::File::options().write(true).open(&file);
    let whole = whole.expect("open");
    for cut in (first..=bytes.len()).rev() {
        whole.set_len(cut as u64).expect("cut");
        let events = bytes[first..cut].iter().filter(|b| **b == b'\n').count();
        let (_, records) = read(&file).expect("a journal");
        let found = Replay::new(&records);
        let hosts = found.progress.get("deploy").map(|progress| &progress.hosts);
        for host in ["one", "two"] {
            let of_it = |kind: &&EventKind| match kind {
                EventKind::StepStarted { host: Some(h), .. }
                | EventKind::StepFinished { host: Some(h), .. } => &**h == host,
                _ => false,
            };
            let told: Vec<&EventKind> = story[..events].iter().filter(of_it).collect();
            let given = matches!(told.last(), Some(EventKind::StepStarted { .. }));
            let begun = told.len().div_ceil(2);
            let known = hosts.and_then(|hosts| hosts.get(host));
            assert_eq!(
                known.is_some_and(|known| known.given),
                given,
                "cut at {cut}"
            );
            assert_eq!(known.map_or(0, |known| known.progress.steps.len()), begun);
        }
    }
}
