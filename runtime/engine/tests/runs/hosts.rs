//! Tasks on hosts, with a double in the place of whoever reaches these: what is asked of it, in which
//! order, and what becomes of its answers.

use crate::support::{Project, Ran};
use nexus_engine::{Cancel, Resumption};
use nexus_executor::{
    Ended, Executor, Facts, Failure, FailureKind, Fate, Job, Loss, Output, Pending, Program,
    Session, Stop, Urgency,
};
use nexus_graph::event::{EventKind, HostOutcome, Outcome, Status, Stream};
use nexus_graph::progress::{StepProgress, StepState, step_digest};
use nexus_graph::{
    Consent, Host, HostProgress, OnFailure, Progress, Remote, Step, Strategy, Target, Task,
};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

crate::tests![
    hosts_are_worked_on_apart,
    serial_hosts_begin_in_their_order_and_end_with_the_first_failure,
    so_many_hosts_at_once_as_the_project_says,
    a_command_is_told_of_before_it_is_given_and_given_once,
    questions_are_no_commands,
    what_is_kept_on_hosts_is_removed_unless_it_is_needed,
    out_of_time_is_told_apart,
    whoever_stops_a_run_stops_its_hosts,
    a_run_that_goes_on_asks_the_hosts,
];

/// Hosts that do what the commands they are given say: `exit N`, `print TEXT`, `lost`, `stay`, `late`.
/// Hosts whose name begins with `dead` are not reached.
#[derive(Default)]
struct Double {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    /// What was asked, in order: `web-1 run exit 0`.
    asked: Mutex<Vec<String>>,
    /// Every job that was given, by host.
    jobs: Mutex<Vec<Job>>,
    /// Hosts at work, and the most there were.
    busy: Mutex<(usize, usize)>,
    /// What hosts say became of jobs of another run.
    fates: Mutex<HashMap<String, Fate>>,
    boot: Mutex<Option<String>>,
}

struct OneHost {
    name: String,
    inner: Arc<Inner>,
}

fn failure(kind: FailureKind, host: &str) -> Failure {
    Failure {
        kind,
        code: "NX0802".into(),
        title: "it does not work".into(),
        message: String::new(),
        tried: Vec::new(),
        help: Vec::new(),
        host: host.into(),
        hop: None,
        user: String::new(),
        address: host.into(),
        port: 22,
    }
}

impl Inner {
    fn note(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }
}

impl Executor for Double {
    fn open<'a>(
        &'a self,
        host: &'a Arc<Host>,
        _: &'a Stop,
    ) -> Pending<'a, Result<Arc<dyn Session>, Failure>> {
        Box::pin(async move {
            self.inner.note(format!("{} open", host.name));
            match &*host.name {
                "dead" => Err(failure(FailureKind::Connection, &host.name)),
                "dead-slow" => Err(failure(FailureKind::Timeout, &host.name)),
                _ => Ok(Arc::new(OneHost {
                    name: host.name.clone(),
                    inner: self.inner.clone(),
                }) as Arc<dyn Session>),
            }
        })
    }

    fn close(&self) -> Pending<'_, ()> {
        self.inner.note("close".into());
        Box::pin(std::future::ready(()))
    }
}

impl Session for OneHost {
    fn facts(&self) -> Facts {
        Facts {
            boot_id: match &*self.name {
                "a" | "alias-of-a" => self.inner.boot.lock().unwrap().clone(),
                other => Some(format!("boot of {other}")),
            },
            ..Facts::default()
        }
    }

    fn run<'a>(
        &'a self,
        job: &'a Job,
        output: &'a dyn Output,
        stop: &'a Stop,
    ) -> Pending<'a, Result<Ended, Failure>> {
        Box::pin(async move {
            let Program::Script(script) = &job.program else {
                panic!("a script")
            };
            self.inner.note(format!("{} run {script}", self.name));
            self.inner.jobs.lock().unwrap().push(job.clone());
            {
                let mut busy = self.inner.busy.lock().unwrap();
                busy.0 += 1;
                busy.1 = busy.1.max(busy.0);
            }
            // Others get their turn.
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            let ended = match script.split_once(' ').unwrap_or((script, "")) {
                ("exit", code) => Ok(Ended::Exit(code.parse().unwrap())),
                ("print", text) => {
                    output
                        .write(Stream::Stdout, format!("{text}\n").as_bytes())
                        .await;
                    Ok(Ended::Exit(0))
                }
                ("second", code) => Ok(Ended::Exit(match job.id.attempt {
                    2 => 0,
                    _ => code.parse().unwrap(),
                })),
                ("late", _) => Ok(Ended::TimedOut),
                ("stay", _) => {
                    stop.wait(Urgency::Gently).await;
                    Ok(Ended::Cancelled)
                }
                ("lost", _) => Err(failure(FailureKind::Lost(Loss::Unreachable), &self.name)),
                // What a question asks.
                ("test", _) => Ok(Ended::Exit(1)),
                _ => panic!("what is `{script}`?"),
            };
            self.inner.busy.lock().unwrap().0 -= 1;
            ended
        })
    }

    fn attach<'a>(
        &'a self,
        job: &'a Job,
        _: &'a dyn Output,
        _: &'a Stop,
    ) -> Pending<'a, Result<Fate, Failure>> {
        Box::pin(async move {
            let (run, attempt) = (&job.id.run, job.id.attempt);
            self.inner
                .note(format!("{} attach {run} {attempt}", self.name));
            let fates = self.inner.fates.lock().unwrap();
            Ok(fates.get(&self.name).copied().unwrap_or(Fate::NeverStarted))
        })
    }

    fn forget<'a>(&'a self, run: &'a str) -> Pending<'a, ()> {
        let run = if run == "before" { "before" } else { "this" };
        self.inner.note(format!("{} forget {run}", self.name));
        Box::pin(std::future::ready(()))
    }
}

/// A project whose task `t` runs these lines on these hosts.
fn on(hosts: &[&str], lines: &[&str], change: impl FnOnce(&mut Task)) -> (Project, Arc<Inner>) {
    let mut project = Project::new();
    let double = Double::default();
    let inner = double.inner.clone();
    *inner.boot.lock().unwrap() = Some("boot".into());
    project.executor = Some(Arc::new(double));
    project.graph.inventory.hosts = hosts
        .iter()
        .map(|name| Arc::new(Host::new(*name)))
        .collect();
    project.task("t", &[], lines, |task| {
        let target = |host| Target { host, steps: None };
        task.remote = Some(Box::new(Remote {
            targets: (0..hosts.len() as u32).map(target).collect(),
            ..Remote::default()
        }));
        change(task);
    });
    (project, inner)
}

fn remote(task: &mut Task) -> &mut Remote {
    task.remote.as_mut().unwrap()
}

/// Lines that a host runs instead of the task's.
fn differently(task: &mut Task, host: usize, lines: &[&str]) {
    let steps = lines.iter().map(|line| Step::line(*line)).collect();
    remote(task).targets[host].steps = Some(steps);
}

/// How each host ended, by name.
fn hosts(ran: &Ran) -> BTreeMap<String, HostOutcome> {
    let ended = ran.events.iter().filter_map(|event| match &event.kind {
        EventKind::HostFinished { host, outcome, .. } => Some((host.to_string(), outcome.clone())),
        _ => None,
    });
    ended.collect()
}

fn kind(outcome: &HostOutcome) -> &'static str {
    match outcome {
        HostOutcome::Succeeded { idle: false } => "ok",
        HostOutcome::Succeeded { idle: true } => "idle",
        HostOutcome::Failed { .. } => "failed",
        HostOutcome::Unreachable { .. } => "unreachable",
        HostOutcome::Lost { .. } => "lost",
        HostOutcome::Cancelled => "cancelled",
        HostOutcome::NotBegun => "not begun",
        HostOutcome::Kept => "kept",
    }
}

fn kinds(ran: &Ran) -> Vec<&'static str> {
    hosts(ran).values().map(kind).collect()
}

fn asked(inner: &Inner) -> Vec<String> {
    inner.asked.lock().unwrap().clone()
}

fn hosts_are_worked_on_apart() {
    let (mut project, inner) = on(&["a", "b", "dead", "e"], &["exit 0", "print end"], |task| {
        differently(task, 1, &["exit 7", "print never"]);
        differently(task, 3, &["lost"]);
    });
    project.task("after", &["t"], &["touch after"], |_| {});
    let ran = project.run(&["after"]);
    assert_eq!(kinds(&ran), ["ok", "failed", "unreachable", "lost"]);
    let Some(Outcome::Hosts { counts, timed_out }) = ran.outcome("t") else {
        panic!("{:?}", ran.outcome("t"))
    };
    let numbers = (counts.ok, counts.failed, counts.unreachable, counts.lost);
    assert_eq!((numbers, *timed_out), ((1, 1, 1, 1), false));
    assert_eq!(ran.lines(), ["end"]);
    assert!(matches!(
        ran.outcome("after"),
        Some(Outcome::Skipped { .. })
    ));
    assert_eq!(asked(&inner).last().unwrap(), "close");
}

fn serial_hosts_begin_in_their_order_and_end_with_the_first_failure() {
    for (on_failure, expected) in [
        (OnFailure::Stop, ["ok", "failed", "not begun"]),
        (OnFailure::Continue, ["ok", "failed", "ok"]),
    ] {
        let (project, inner) = on(&["a", "b", "c"], &["exit 0"], |task| {
            remote(task).strategy = Strategy::Serial;
            remote(task).on_failure = on_failure;
            differently(task, 1, &["exit 1"]);
        });
        let ran = project.run(&["t"]);
        assert_eq!(kinds(&ran), expected);
        let asked = asked(&inner);
        let work: Vec<&str> = asked
            .iter()
            .map(String::as_str)
            .filter(|a| !a.contains("forget"))
            .collect();
        let all = [
            "a open",
            "a run exit 0",
            "b open",
            "b run exit 1",
            "c open",
            "c run exit 0",
        ];
        let begun = if on_failure == OnFailure::Stop { 4 } else { 6 };
        assert_eq!(work[..work.len() - 1], all[..begun]);
        assert_eq!(inner.busy.lock().unwrap().1, 1);
    }
}

fn so_many_hosts_at_once_as_the_project_says() {
    let names: Vec<String> = (0..20).map(|n| format!("h{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (limit, most) in [(Some(3), 3), (None, 20)] {
        let (mut project, inner) = on(&names, &["exit 0", "exit 0"], |_| {});
        project.graph.inventory.parallel = limit;
        project.ok(&["t"]);
        assert_eq!(inner.busy.lock().unwrap().1, most);
    }
}

fn a_command_is_told_of_before_it_is_given_and_given_once() {
    let (project, inner) = on(&["a", "b"], &["exit 0", "second 1"], |task| {
        task.steps[1].retries = 3;
    });
    let (seen, order) = (inner.clone(), Mutex::new(Vec::new()));
    let ran = project.run_with(&["t"], &project.options(), &Cancel::new(), |event| {
        if let EventKind::StepStarted {
            host,
            step,
            attempt,
            ..
        } = &event.kind
        {
            let given = seen
                .jobs
                .lock()
                .unwrap()
                .iter()
                .filter(|job| {
                    let id = &job.id;
                    host.as_deref() == Some(&*id.host) && (id.step, id.attempt) == (*step, *attempt)
                })
                .count();
            order.lock().unwrap().push(given);
        }
    });
    assert!(ran.report.success(), "{ran:?}");
    assert_eq!(*order.lock().unwrap(), [0; 6], "each was told of before");
    let jobs = inner.jobs.lock().unwrap();
    assert_eq!(jobs.len(), 6);
    for (at, job) in jobs.iter().enumerate() {
        assert_eq!(job.id.run, ran.events[0].run);
        assert!(job.durable);
        assert!(
            !jobs[..at].iter().any(|other| other.id == job.id),
            "{}",
            job.id
        );
    }
}

fn questions_are_no_commands() {
    let (project, inner) = on(&["a"], &["exit 0"], |task| {
        task.steps[0].unless = Some("exit 0".into());
        task.steps.push(Step::line("exit 0"));
        task.steps[1].creates = Some("/made".into());
    });
    let ran = project.ok(&["t"]);
    assert_eq!(kinds(&ran), ["ok"]);
    let jobs = inner.jobs.lock().unwrap();
    let of: Vec<(&str, bool)> = jobs
        .iter()
        .map(|job| (job.id.task.as_str(), job.durable))
        .collect();
    assert_eq!(of, [("t?", false), ("t?", false), ("t", true)]);
    drop(jobs);
    // Nothing was needed.
    let (project, _) = on(&["a"], &["exit 0"], |task| {
        task.steps[0].unless = Some("exit 0".into());
    });
    let ran = project.ok(&["t"]);
    assert_eq!(kinds(&ran), ["idle"]);
    assert_eq!(ran.report.summary.idle, 1);
}

fn what_is_kept_on_hosts_is_removed_unless_it_is_needed() {
    let (project, inner) = on(&["a", "b", "dead"], &["exit 1"], |task| {
        differently(task, 1, &["lost"]);
    });
    project.run(&["t"]);
    let asked = asked(&inner);
    let forgotten: Vec<&String> = asked.iter().filter(|a| a.contains("forget")).collect();
    assert_eq!(forgotten, ["a forget this"]);
    // Both are one machine, whatever they are called.
    let (project, inner) = on(&["a", "alias-of-a", "c"], &["exit 0"], |task| {
        differently(task, 1, &["lost"]);
    });
    project.run(&["t"]);
    let asked = self::asked(&inner);
    let forgotten: Vec<&String> = asked.iter().filter(|a| a.contains("forget")).collect();
    assert_eq!(forgotten, ["c forget this"]);
}

fn out_of_time_is_told_apart() {
    for (names, line, expected) in [
        (&["a", "dead-slow"][..], "late", true),
        (&["a", "dead-slow"], "exit 0", true),
        (&["a", "dead"], "late", false),
        (&["a", "dead-slow"], "exit 1", false),
    ] {
        let (project, _) = on(names, &[line], |_| {});
        let ran = project.run(&["t"]);
        let Some(Outcome::Hosts { timed_out, .. }) = ran.outcome("t") else {
            panic!("{:?}", ran.outcome("t"))
        };
        assert_eq!(*timed_out, expected, "{names:?} {line}");
    }
}

fn whoever_stops_a_run_stops_its_hosts() {
    let (mut project, inner) = on(&["a", "b", "c"], &["stay", "exit 0"], |_| {});
    project.graph.inventory.parallel = Some(2);
    let cancel = Cancel::new();
    let (stop, seen) = (cancel.clone(), inner.clone());
    let ran = project.run_with(&["t"], &project.options(), &cancel, |event| {
        if let EventKind::StepStarted {
            host: Some(host), ..
        } = &event.kind
            && &**host == "b"
        {
            // Both are at work by the time anybody hears of it.
            assert!(!seen.asked.lock().unwrap().is_empty());
            stop.cancel();
        }
    });
    assert_eq!(kinds(&ran), ["cancelled"; 3]);
    assert_eq!(ran.outcome("t"), Some(&Outcome::Cancelled));
    assert!(
        !asked(&inner)
            .iter()
            .any(|a| a.contains("exit 0") || a.starts_with("c "))
    );
}

/// What a host had done of `exit 0`, `exit 3`, `exit 0` when the run `before` broke off.
fn at_second(task: &Task, given: bool, boot: Option<&str>) -> HostProgress {
    let mut steps = BTreeMap::new();
    for (at, state) in [(0, StepState::Completed), (1, StepState::Begun)] {
        let digest = step_digest(task, &task.steps[at as usize]);
        steps.insert(at, StepProgress { digest, state });
    }
    HostProgress {
        progress: Progress {
            steps,
            ..Progress::default()
        },
        given,
        run: "before".into(),
        attempt: 2,
        boot: boot.map(str::to_owned),
    }
}

type Case = (
    Option<Fate>,
    Option<&'static str>,
    bool,
    Consent,
    &'static str,
    &'static [u32],
);

fn a_run_that_goes_on_asks_the_hosts() {
    const SAME: Option<&str> = Some("boot");
    let ended = |code| Some(Fate::Ended(Ended::Exit(code)));
    let (never, killed) = (Some(Fate::NeverStarted), Some(Fate::Lost(Loss::Killed)));
    let lost = |loss| Some(Fate::Lost(loss));
    // What the host says, when it was started as far as that was noted, whether it may be repeated, what
    // somebody has decided; how it ends, and which steps are given to it.
    let cases: [Case; 18] = [
        (ended(0), SAME, false, Consent::None, "ok", &[2]),
        (ended(1), SAME, false, Consent::None, "failed", &[]),
        (ended(0), Some("other"), false, Consent::None, "ok", &[2]),
        (never, SAME, false, Consent::None, "ok", &[1, 2]),
        // The note about it may have been lost with the power, or there never was one.
        (never, Some("other"), false, Consent::None, "lost", &[]),
        (never, None, false, Consent::None, "lost", &[]),
        (never, None, true, Consent::None, "ok", &[1, 2]),
        (killed, SAME, false, Consent::None, "lost", &[]),
        (killed, SAME, true, Consent::None, "ok", &[1, 2]),
        (lost(Loss::Reboot), SAME, false, Consent::None, "lost", &[]),
        (
            lost(Loss::Reboot),
            Some("other"),
            true,
            Consent::None,
            "ok",
            &[1, 2],
        ),
        (
            lost(Loss::Unreachable),
            SAME,
            false,
            Consent::None,
            "lost",
            &[],
        ),
        (killed, SAME, false, Consent::Repeat, "ok", &[1, 2]),
        (killed, SAME, false, Consent::Done, "ok", &[2]),
        (never, None, false, Consent::Done, "ok", &[2]),
        // What the host knows counts more than what somebody takes for granted.
        (ended(0), SAME, false, Consent::Repeat, "ok", &[2]),
        (ended(1), SAME, false, Consent::Done, "failed", &[]),
        // It was never sent there.
        (None, SAME, false, Consent::None, "lost", &[]),
    ];
    for (number, (fate, boot, idempotent, consent, expected, steps)) in
        cases.into_iter().enumerate()
    {
        let (mut project, inner) = on(&["a", "b"], &["exit 0", "exit 0", "print last"], |task| {
            task.idempotent = idempotent;
        });
        let task = project.graph.tasks[0].clone();
        let known = at_second(&task, fate.is_some(), boot);
        if let Some(fate) = fate {
            inner.fates.lock().unwrap().insert("a".into(), fate);
        }
        let mut progress = Progress::default();
        progress.hosts.insert("a".into(), known);
        project.resumption = Some(Arc::new(Resumption {
            run: "before".into(),
            progress: HashMap::from([("t".to_owned(), progress)]),
            consent: HashMap::from([("t".to_owned(), consent)]),
        }));
        let ran = project.run(&["t"]);
        let found = hosts(&ran);
        assert_eq!(kind(&found["a"]), expected, "case {number}: {found:?}");
        assert_eq!(kind(&found["b"]), "ok", "case {number}");
        let jobs = inner.jobs.lock().unwrap();
        let given: Vec<u32> = jobs
            .iter()
            .filter(|job| job.id.host == "a")
            .map(|job| job.id.step)
            .collect();
        assert_eq!(given, steps, "case {number}");
        let asked = asked(&inner);
        let asks = asked
            .iter()
            .filter(|a| a.starts_with("a attach before 2"))
            .count();
        assert_eq!(
            asks,
            usize::from(fate.is_some()),
            "case {number}: {asked:?}"
        );
        if let HostOutcome::Lost { failure, step } = &found["a"] {
            assert_eq!((failure.code.as_str(), *step), ("NX0530", 1));
            assert!(failure.help[0].contains("--repeat t"), "{failure:?}");
            assert!(
                !asked.iter().any(|a| a.starts_with("a forget")),
                "{asked:?}"
            );
        } else {
            for run in ["this", "before"] {
                assert!(asked.contains(&format!("a forget {run}")), "{asked:?}");
            }
        }
        if let Some(Fate::Ended(Ended::Exit(code))) = fate {
            let told = ran.events.iter().any(|event| matches!(
                &event.kind,
                EventKind::StepFinished { step: 1, status: Status::Exit(c), attempt: 2, .. } if *c == code
            ));
            assert!(told, "case {number}");
        }
    }
}
