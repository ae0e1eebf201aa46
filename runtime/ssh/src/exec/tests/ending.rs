//! Jobs that are ended: for their time, on request, gently or not.

use super::*;
use nexus_executor::{Stopper, Urgency};

/// A script that writes the processes it starts into `pids`, one a line.
const TREE: &str = "echo $$ >>pids; sleep 300 & echo $! >>pids; \
    setsid sleep 300 & echo $! >>pids; \
    env -u NEXUS_JOB sh -c 'sleep 300 & echo $! >>pids; wait' & echo $! >>pids; \
    echo up; wait";

fn processes(machine: &Machine) -> Vec<u32> {
    let text = std::fs::read_to_string(machine.home.path().join("pids")).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).collect()
}

#[tokio::test]
async fn when_time_is_over_everything_ends() {
    // At the same time: it takes a while. Their jobs must not have one name.
    let all = ways().map(|(shell, way)| async move {
        let machine = way.machine(shell);
        let session = machine.session().await.expect("a session");
        // A limit in the midst of jobs without one, or the first of all.
        let mut before = job(&format!("before-{}-{way:?}", shell[0]), "exit 4");
        before.more = way.more();
        assert_eq!(run(&session, &before).await.0, Ok(Ended::Exit(4)));
        let mut limited = job(&format!("limited-{}-{way:?}", shell[0]), TREE);
        limited.more = way.more();
        limited.timeout = Some(Duration::from_secs(4));
        let (ended, printed) = run(&session, &limited).await;
        assert_eq!(ended, Ok(Ended::TimedOut), "{shell:?} {way:?}");
        assert_eq!(printed.text().0, "up\n");
        assert!(printed.warnings.is_empty(), "{printed:?}");
        let all = processes(&machine);
        assert_eq!(all.len(), 5);
        assert!(
            !all.iter().any(|id| alive(*id)),
            "{shell:?} {way:?}: {all:?}"
        );
        // The runner is as good as before.
        assert_eq!(
            run(&session, &job("next", "exit 3")).await.0,
            Ok(Ended::Exit(3))
        );
    });
    futures_util::future::join_all(all).await;
}

#[tokio::test]
async fn what_does_not_heed_sigterm_is_killed_after_its_grace() {
    let machine = Machine::new(shells()[0]);
    let session = machine.session().await.expect("a session");
    let mut deaf = job(
        "deaf",
        "trap '' TERM; echo $$ >>pids; while :; do sleep 1; done",
    );
    deaf.timeout = Some(Duration::from_millis(500));
    deaf.grace = Duration::from_secs(1);
    let begin = Instant::now();
    assert_eq!(run(&session, &deaf).await.0, Ok(Ended::TimedOut));
    assert!(
        begin.elapsed() >= Duration::from_millis(1500),
        "it had its grace"
    );
    assert!(!processes(&machine).iter().any(|id| alive(*id)));
    let mut heeds = job("heeds", "trap 'echo cleaned; exit 0' TERM; sleep 60 & wait");
    heeds.timeout = Some(Duration::from_millis(500));
    heeds.grace = Duration::from_secs(30);
    let (ended, printed) = run(&session, &heeds).await;
    assert_eq!(
        (ended, printed.text().0),
        (Ok(Ended::TimedOut), "cleaned\n".to_owned())
    );
}

#[tokio::test]
async fn whoever_asks_to_stop_is_heard() {
    for (urgency, grace, plain) in [
        (Urgency::Gently, Duration::from_secs(1), false),
        (Urgency::AtOnce, Duration::from_secs(600), false),
        (Urgency::Gently, Duration::from_secs(1), true),
        (Urgency::AtOnce, Duration::from_secs(600), true),
    ] {
        let machine = Machine::new(shells()[0]);
        if plain {
            std::fs::write(machine.home.path().join(".nexus"), "").expect("a file");
        }
        let session = machine.session().await.expect("a session");
        let mut long = job("long", &format!("trap '' TERM; {TREE}; sleep 300"));
        long.grace = grace;
        let kept = Kept::default();
        let (stopper, stop) = Stopper::new();
        let asking = async {
            eventually("the job is up", || processes(&machine).len() == 5).await;
            stopper.ask(urgency);
        };
        let (ended, ()) = tokio::join!(session.run(&long, &kept, &stop), asking);
        assert_eq!(ended, Ok(Ended::Cancelled), "{urgency:?} {plain}");
        let all = processes(&machine);
        assert!(
            !all.iter().any(|id| alive(*id)),
            "{urgency:?} {plain}: {all:?}"
        );
        let refused = session.run(&job("late", "touch late"), &kept, &stop).await;
        assert_eq!(
            refused.expect_err("it is too late").kind,
            nexus_executor::FailureKind::Cancelled
        );
        assert!(!machine.home.path().join("late").exists());
    }
}

#[tokio::test]
async fn the_limit_holds_when_nobody_waits_any_more() {
    // At the same time: it takes a while. Their jobs must not have one name.
    let all = ways().map(|(shell, way)| async move {
        let machine = way.machine(shell);
        let session = machine.session().await.expect("a session");
        let mut limited = job(&format!("limited-{}-{way:?}", shell[0]), TREE);
        limited.more = way.more();
        limited.timeout = Some(Duration::from_secs(4));
        limited.grace = Duration::from_secs(1);
        let kept = Kept::default();
        let stop = Stop::never();
        {
            let running = session.run(&limited, &kept, &stop);
            let mut running = std::pin::pin!(running);
            let up = eventually("the job is up", || processes(&machine).len() == 5);
            tokio::select! {
                _ = &mut running => panic!("it runs longer"),
                () = up => {}
            }
        }
        // Even when its runner is killed.
        drop(session);
        let runner = machine.started()[0];
        kill(runner);
        eventually("the runner is gone", || !alive(runner)).await;
        let all = processes(&machine);
        assert!(
            alive(all[0]),
            "{shell:?} {way:?}: the job survives its runner"
        );
        eventually("the limit ends it", || !all.iter().any(|id| alive(*id))).await;
    });
    futures_util::future::join_all(all).await;
}

/// A job that does not stop printing is ended before it fills the disk.
#[tokio::test]
async fn too_much_output_ends_a_job() {
    let machine = Machine::new(shells()[0]);
    let session = machine.session().await.expect("a session");
    // Not as fast as it can: it is ended a while after it has printed too much.
    let script = "echo $$ >>pids; while :; do head -c 4194304 /dev/zero; sleep 0.1; done";
    let (ended, printed) = run(&session, &job("endless", script)).await;
    assert_eq!(ended, Ok(Ended::Signal(9)));
    let warnings: Vec<_> = printed.warnings.iter().map(|(code, _)| *code).collect();
    assert_eq!(warnings, ["NX0839"], "{:?}", printed.warnings);
    assert!(
        printed.warnings[0]
            .1
            .contains("box: the command printed more than")
    );
    assert!(printed.out.len() > 64 << 20);
    assert!(!processes(&machine).iter().any(|id| alive(*id)));
}

/// Output whose file is emptied as soon as something of it came.
struct Emptied {
    file: std::path::PathBuf,
    kept: Kept,
}

impl Output for Emptied {
    fn write<'a>(&'a self, stream: Stream, bytes: &'a [u8]) -> Pending<'a, ()> {
        std::fs::write(&self.file, "").expect("it is there");
        self.kept.write(stream, bytes)
    }

    fn warn(&self, code: &'static str, message: String, help: Option<String>) {
        self.kept.warn(code, message, help);
    }
}

#[tokio::test]
async fn output_that_is_removed_is_missed() {
    for shell in shells() {
        let machine = Machine::new(shell);
        let session = machine.session().await.expect("a session");
        let job = job("emptied", "head -c 300000 /dev/zero; exit 3");
        let output = Emptied {
            file: machine.file(&job, ".o"),
            kept: Kept::default(),
        };
        let ended = session.run(&job, &output, &Stop::never()).await;
        assert_eq!(ended.as_ref().ok(), Some(&Ended::Exit(3)), "{shell:?}");
        let printed = output.kept.take();
        assert!(printed.out.len() < 300_000, "{shell:?}");
        let codes: Vec<_> = printed.warnings.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, ["NX0842"], "{shell:?}");
    }
}
