//! The events that `--format json` prints are those of the reference page: no more, no less, field
//! by field.

mod support;
use nexus_graph::event::{
    Difference, EventKind, Hint, HostCounts, HostFailure, HostOutcome, LogLine, Origin, Outcome,
    Reason, SharedTotals, Status, Stream, Summary,
};
use nexus_graph::key::Change;
use nexus_graph::{Digest, Event, TaskId};
use nexus_journal::Record;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use support::Project;

/// Fields of every event.
const COMMON: [&str; 4] = ["run", "sequence", "time", "event"];

/// The name of each event. Whoever adds one is led here, and then to [`samples`].
fn name(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::RunStarted { .. } => "run_started",
        EventKind::TaskKept { .. } => "task_kept",
        EventKind::TaskCached { .. } => "task_cached",
        EventKind::TaskStarted { .. } => "task_started",
        EventKind::StepStarted { .. } => "step_started",
        EventKind::StepSkipped { .. } => "step_skipped",
        EventKind::Output { .. } => "output",
        EventKind::StepFinished { .. } => "step_finished",
        EventKind::StepRetrying { .. } => "step_retrying",
        EventKind::HostConnected { .. } => "host_connected",
        EventKind::HostFinished { .. } => "host_finished",
        EventKind::TaskFinished { .. } => "task_finished",
        EventKind::TaskVerified { .. } => "task_verified",
        EventKind::Warning { .. } => "warning",
        EventKind::Shutdown { .. } => "shutdown",
        EventKind::Uploading { .. } => "uploading",
        EventKind::SharedCache(_) => "shared_cache",
        EventKind::RunAborted { .. } => "run_aborted",
        EventKind::RunFinished { .. } => "run_finished",
    }
}

/// One of each, with everything that is optional.
fn samples() -> Vec<EventKind> {
    let (id, step) = (TaskId(0), 0);
    let (key, text) = (Digest([0; 32]), String::new);
    let (status, line) = (
        Status::TimedOut,
        LogLine {
            stream: Stream::Stdout,
            text: text(),
        },
    );
    let totals = SharedTotals::default();
    vec![
        EventKind::RunStarted {
            targets: Vec::new(),
            tasks: 0,
            parallel: 0,
            project: text(),
            nexus: text(),
            resumes: Some(text()),
        },
        EventKind::TaskKept {
            id,
            task: text(),
            run: text(),
        },
        EventKind::TaskCached {
            id,
            task: text(),
            key,
            restored: Vec::new(),
            log: Vec::new(),
            saved: Some(0),
            shared: Some(origin()),
        },
        EventKind::TaskStarted {
            id,
            task: text(),
            reason: Reason::Always,
            basis: Some(key),
            from: 1,
        },
        EventKind::StepStarted {
            id,
            host: Some("h".into()),
            step,
            command: text(),
            attempt: 0,
            user: Some(text()),
            begun_by: Some(text()),
        },
        EventKind::StepSkipped {
            id,
            host: Some("h".into()),
            step,
            command: text(),
            because: text(),
        },
        EventKind::Output {
            id,
            host: Some("h".into()),
            step,
            line,
        },
        EventKind::StepFinished {
            id,
            host: Some("h".into()),
            step,
            status,
            micros: 0,
            will_retry: false,
            attempt: 0,
        },
        EventKind::StepRetrying {
            id,
            host: Some("h".into()),
            step,
            status,
            attempt: 0,
            attempts: 0,
            delay: 0,
        },
        EventKind::HostConnected {
            id,
            host: "h".into(),
            boot: Some(text()),
            micros: 0,
        },
        EventKind::HostFinished {
            id,
            host: "h".into(),
            outcome: HostOutcome::Cancelled,
            micros: 0,
        },
        EventKind::TaskFinished {
            id,
            task: text(),
            outcome: Outcome::Succeeded,
            micros: 0,
            key: Some(key),
            unchanged: false,
            idle: false,
            steps: 0,
        },
        EventKind::TaskVerified {
            id,
            task: text(),
            differences: Vec::new(),
        },
        EventKind::Warning {
            task: None,
            code: text(),
            message: text(),
            help: None,
        },
        EventKind::Shutdown {
            signal: None,
            running: Vec::new(),
        },
        EventKind::Uploading {
            results: 0,
            bytes: 0,
        },
        EventKind::SharedCache(totals),
        EventKind::RunAborted {
            code: text(),
            message: text(),
            micros: 0,
        },
        EventKind::RunFinished {
            summary: Summary::default(),
            micros: 0,
            interrupted: false,
        },
    ]
}

fn origin() -> Origin {
    Origin {
        cache: String::new(),
        class: String::new(),
        run: String::new(),
        at: 0,
        bytes: 0,
        micros: 0,
    }
}

fn reasons() -> Vec<Reason> {
    let text = String::new;
    let all = vec![
        Reason::Always,
        Reason::FirstRun,
        Reason::Changed {
            changes: Vec::new(),
        },
        Reason::ResultLost { output: text() },
        Reason::LastFailed,
        Reason::Forced,
        Reason::InputEdited { path: text() },
        Reason::Verification,
        Reason::Observation,
    ];
    for reason in &all {
        match reason {
            // Whoever adds one adds it above.
            Reason::Always
            | Reason::FirstRun
            | Reason::Changed { .. }
            | Reason::ResultLost { .. }
            | Reason::LastFailed
            | Reason::Forced
            | Reason::Verification
            | Reason::Observation
            | Reason::InputEdited { .. } => {}
        }
    }
    all
}

fn statuses() -> Vec<Status> {
    let all = vec![
        Status::Exit(0),
        Status::Signal(0),
        Status::TimedOut,
        Status::Cancelled,
        Status::NotStarted,
    ];
    for status in &all {
        match status {
            Status::Exit(_)
            | Status::Signal(_)
            | Status::TimedOut
            | Status::Cancelled
            | Status::NotStarted => {}
        }
    }
    all
}

fn outcomes() -> Vec<Outcome> {
    let text = String::new;
    let all = vec![
        Outcome::Succeeded,
        Outcome::Failed {
            step: 0,
            status: Status::TimedOut,
        },
        Outcome::Hosts {
            counts: HostCounts::default(),
            timed_out: false,
        },
        Outcome::Broken {
            code: text(),
            message: text(),
            help: Some(text()),
        },
        Outcome::Skipped { because: text() },
        Outcome::Cancelled,
    ];
    for outcome in &all {
        match outcome {
            Outcome::Succeeded
            | Outcome::Failed { .. }
            | Outcome::Hosts { .. }
            | Outcome::Broken { .. }
            | Outcome::Skipped { .. }
            | Outcome::Cancelled => {}
        }
    }
    all
}

fn host_outcomes() -> Vec<HostOutcome> {
    let status = Status::TimedOut;
    let failure = host_failure;
    let all = vec![
        HostOutcome::Succeeded { idle: false },
        HostOutcome::Failed { step: 0, status },
        HostOutcome::Unreachable { failure: failure() },
        HostOutcome::Lost {
            step: 0,
            failure: failure(),
        },
        HostOutcome::Cancelled,
        HostOutcome::NotBegun,
        HostOutcome::Kept,
    ];
    for outcome in &all {
        match outcome {
            HostOutcome::Succeeded { .. }
            | HostOutcome::Failed { .. }
            | HostOutcome::Unreachable { .. }
            | HostOutcome::Lost { .. }
            | HostOutcome::Cancelled
            | HostOutcome::NotBegun
            | HostOutcome::Kept => {}
        }
    }
    all
}

fn host_failure() -> HostFailure {
    HostFailure {
        hop: Some(String::new()),
        ..HostFailure::default()
    }
}

fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("plain data")
}

fn keys(value: &Value) -> BTreeSet<String> {
    value
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect()
}

/// Of each section of the page, the rows of its table: what stands first, and the names in the
/// second column.
fn page() -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/events.md");
    let text = std::fs::read_to_string(path).expect("the page");
    let mut sections: BTreeMap<String, BTreeMap<_, _>> = BTreeMap::new();
    let mut section = String::new();
    let quoted = |cell: &str| -> BTreeSet<String> {
        let parts = cell.split('`').enumerate();
        parts
            .filter(|(at, _)| at % 2 == 1)
            .map(|(_, name)| name.to_string())
            .collect()
    };
    for line in text.lines() {
        if let Some(title) = line.strip_prefix('#') {
            section = title.trim_start_matches('#').trim().replace('`', "");
            sections.entry(section.clone()).or_default();
        } else if let Some(cells) = line.strip_prefix("| `") {
            let mut cells = cells.split('|');
            let first = cells.next().expect("a cell");
            let name = first.trim().trim_end_matches('`').to_string();
            if name != "kind" {
                let second = quoted(cells.next().unwrap_or_default());
                sections
                    .entry(section.clone())
                    .or_default()
                    .insert(name, second);
            }
        }
    }
    sections
}

fn fields(
    page: &BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    of: &str,
) -> BTreeSet<String> {
    let section = page.get(of).unwrap_or_else(|| panic!("no section {of:?}"));
    section.keys().cloned().collect()
}

#[test]
fn the_page_has_every_event_with_its_fields() {
    let page = page();
    let common: BTreeSet<String> = COMMON.map(String::from).into();
    assert_eq!(fields(&page, "Every event"), common);
    let mut seen = BTreeSet::new();
    for kind in samples() {
        let name = name(&kind);
        let mut own = keys(&json(&kind));
        own.remove("event");
        // The number alone says nothing to whoever reads one line.
        let numbered = own.contains("id");
        assert!(own.contains("task") || !numbered || own.insert("task".into()));
        assert_eq!(fields(&page, name), own, "{name}");
        assert_eq!(json(&kind)["event"], name);
        assert!(own.is_disjoint(&common), "{name}: {own:?}");
        let event = Event {
            run: "r".into(),
            sequence: 1,
            time: 2,
            kind,
        };
        let again: Event = serde_json::from_value(json(&event)).expect("an event");
        assert_eq!(again, event);
        assert!(seen.insert(name), "two samples of {name}");
    }
    let sections = page
        .keys()
        .filter(|section| section.contains('_') || *section == "output");
    let sections: BTreeSet<&str> = sections.map(String::as_str).collect();
    let known = seen
        .iter()
        .filter(|name| name.contains('_') || **name == "output");
    assert_eq!(sections, known.copied().collect());
}

#[test]
fn the_page_has_every_value_with_its_fields() {
    let page = page();
    let summary = Summary {
        shared: 1,
        verified: 1,
        ..Summary::default()
    };
    let change = Change {
        section: String::new(),
        name: String::new(),
        before: None,
        after: None,
    };
    let difference = Difference {
        path: String::new(),
        before: Some(0),
        after: Some(0),
        offset: Some(0),
        hint: Some(Hint::Time),
    };
    let line = LogLine {
        stream: Stream::Stdout,
        text: String::new(),
    };
    for (section, value) in [
        ("Summary", json(&summary)),
        ("Origin", json(&origin())),
        ("Change", json(&change)),
        ("Difference", json(&difference)),
        ("Line", json(&line)),
        ("Host failure", json(&host_failure())),
        ("Host counts", json(&HostCounts::default())),
    ] {
        assert_eq!(fields(&page, section), keys(&value), "{section}");
    }
    let kinds = [
        ("Reason", reasons().iter().map(json).collect::<Vec<_>>()),
        ("Status", statuses().iter().map(json).collect()),
        ("Outcome", outcomes().iter().map(json).collect()),
        ("Host outcome", host_outcomes().iter().map(json).collect()),
    ];
    for (section, values) in kinds {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for value in values {
            let kind = value["kind"].as_str().expect("a kind").to_string();
            let mut own = keys(&value);
            own.remove("kind");
            found.insert(kind, own);
        }
        assert_eq!(page[section], found, "{section}");
    }
}

#[test]
fn what_a_run_prints_is_what_the_page_says() {
    let project = Project::new(
        r#"
tasks = {
  good  = { outputs = [ "good" ]; run = [ "echo a" "touch good" ]; };
  flaky = { deps = [ tasks.good ]; run = { cmd = "test -e once || { touch once; exit 3; }"; retries = 1; retry_delay = 1ms; }; };
  idle  = { run = { cmd = "touch x"; unless = "true"; }; };
  bad   = { outputs = [ "bad" ]; run = "true"; };
  after = { deps = [ tasks.bad ]; run = "true"; };
};
"#,
    );
    let page = page();
    let mut seen = BTreeSet::new();
    let args = ["--format", "json", "run", "--continue-on-error"];
    for tasks in [["flaky", "idle"], ["flaky", "after"]] {
        let ran = project.nexus(&[args.as_slice(), &tasks].concat());
        for line in ran.stdout.lines() {
            let event: Event = serde_json::from_str(line).expect("an event");
            let value: Value = serde_json::from_str(line).expect("JSON");
            let mut known = fields(&page, name(&event.kind));
            known.extend(COMMON.map(String::from));
            let own = keys(&value);
            assert!(own.is_subset(&known), "{line}");
            assert!(!own.contains("id") || own.contains("task"), "{line}");
            if let EventKind::TaskFinished { task, steps, .. } = &event.kind {
                let expected = match task.as_str() {
                    "good" => 2,
                    "flaky" | "bad" => 1,
                    _ => 0,
                };
                assert_eq!(*steps, expected, "{line}");
            }
            seen.insert(name(&event.kind));
        }
    }
    for expected in [
        "run_started",
        "task_started",
        "step_started",
        "step_skipped",
        "output",
        "step_finished",
        "step_retrying",
        "task_finished",
        "task_cached",
        "run_finished",
    ] {
        assert!(seen.contains(expected), "no {expected} in {seen:?}");
    }
}

/// A record says more beside an event; were a name used twice, it could not be read.
#[test]
fn every_event_is_read_from_a_journal_as_it_was_written() {
    for kind in samples() {
        let event = Event {
            run: "r".into(),
            sequence: 1,
            time: 2,
            kind,
        };
        let mut record = Record::of(event);
        if let Record::Event {
            after,
            digests,
            once,
            recorded,
            ..
        } = &mut record
        {
            (*after, *digests) = (vec!["a".into()], vec![Digest([1; 32])]);
            (*once, *recorded) = (true, true);
        }
        let text = serde_json::to_string(&record).expect("JSON");
        let read: Record = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
        assert_eq!(read, record, "{text}");
    }
}
