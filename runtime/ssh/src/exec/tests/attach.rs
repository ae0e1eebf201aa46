//! What later coordinators find out about a job.

use super::*;
use nexus_executor::Loss;

/// Begins a job and forgets about it as a coordinator does that is killed: its runner stays.
async fn begin(machine: &Arc<Machine>, given: &Job) -> HostSession {
    let session = machine.session().await.expect("a session");
    let kept = Kept::default();
    let stop = Stop::never();
    {
        let running = session.run(given, &kept, &stop);
        let claimed = eventually("it is begun", || machine.file(given, ".o").exists());
        tokio::select! {
            _ = running => panic!("it runs longer"),
            () = claimed => {}
        }
    }
    session
}

#[tokio::test]
async fn a_job_is_started_once_whoever_asks() {
    for shell in shells() {
        let machine = Machine::new(shell);
        let sessions = [
            machine.session().await.expect("one"),
            machine.session().await.expect("two"),
        ];
        let given = job("once", "echo x >>count; sleep 0.3; echo done; exit 7");
        let both = tokio::join!(run(&sessions[0], &given), run(&sessions[1], &given));
        for (ended, printed) in [both.0, both.1, run(&sessions[0], &given).await] {
            assert_eq!(
                (ended, printed.text().0),
                (Ok(Ended::Exit(7)), "done\n".to_owned()),
                "{shell:?}"
            );
        }
        let (fate, printed) = attach(&sessions[1], &given).await;
        assert_eq!(
            (fate, printed.text().0),
            (Ok(Fate::Ended(Ended::Exit(7))), "done\n".to_owned())
        );
        let count = std::fs::read_to_string(machine.home.path().join("count")).expect("it ran");
        assert_eq!(count, "x\n");
    }
}

/// A claim that is there but still empty is one that another runner is writing.
#[tokio::test]
async fn a_claim_that_is_being_made_is_waited_for() {
    use std::os::unix::fs::PermissionsExt;
    let machine = Machine::new(shells()[0]);
    let home = machine.home.path().to_owned();
    // Whoever waits there says so, and waits until it is told not to.
    let bin = tempfile::tempdir().expect("a folder");
    let sleep = bin.path().join("sleep");
    let text = format!(
        "#!/bin/sh\ncd {}; touch waits; until [ -e go ]; do /bin/sleep 0.01; done\n",
        home.display()
    );
    std::fs::write(&sleep, text).expect("written");
    std::fs::set_permissions(&sleep, PermissionsExt::from_mode(0o755)).expect("executable");
    let path = format!("{}:/usr/bin:/bin", bin.path().display());
    machine.only(Path::new(&path));
    let session = machine.session().await.expect("a session");
    run(&session, &job("first", "true"))
        .await
        .0
        .expect("it runs");
    let claim = std::fs::read(machine.file(&job("first", ""), ".s")).expect("a claim");
    let given = job("claimed", "echo twice >>count; exit 1");
    std::fs::write(machine.file(&given, ".s"), "").expect("written");
    let kept = Kept::default();
    let stop = Stop::never();
    let writing = async {
        eventually("the claim is waited for", || home.join("waits").exists()).await;
        std::fs::write(machine.file(&given, ".o"), "of the other\n").expect("written");
        std::fs::write(machine.file(&given, ".r"), "3\n").expect("written");
        std::fs::write(machine.file(&given, ".s"), &claim).expect("written");
        std::fs::write(home.join("go"), "").expect("written");
    };
    let (ended, ()) = tokio::join!(session.run(&given, &kept, &stop), writing);
    assert_eq!(
        (ended, kept.take().text().0),
        (Ok(Ended::Exit(3)), "of the other\n".to_owned())
    );
    assert!(!home.join("count").exists());
}

#[tokio::test]
async fn what_was_never_begun_is_told_apart_from_what_was_lost() {
    for shell in shells() {
        let machine = Machine::new(shell);
        let session = machine.session().await.expect("a session");
        assert_eq!(
            attach(&session, &job("never", "")).await.0,
            Ok(Fate::NeverStarted)
        );
        // Begun before the host was started again.
        let rebooted = job("rebooted", "exit 0");
        run(&session, &rebooted).await.0.expect("it runs");
        std::fs::remove_file(machine.file(&rebooted, ".r")).expect("no result");
        let claim = std::fs::read_to_string(machine.file(&rebooted, ".s")).expect("a claim");
        let (_, rest) = claim.split_once(' ').expect("two words");
        std::fs::write(
            machine.file(&rebooted, ".s"),
            format!("another-boot {rest}"),
        )
        .expect("written");
        assert_eq!(
            attach(&session, &rebooted).await.0,
            Ok(Fate::Lost(Loss::Reboot))
        );
        let failure = run(&session, &rebooted)
            .await
            .0
            .expect_err("it is not run again");
        assert_eq!(
            failure.kind,
            nexus_executor::FailureKind::Lost(Loss::Reboot)
        );
        // The number of its runner belongs to somebody else now.
        let strange = job("strange", "exit 0");
        run(&session, &strange).await.0.expect("it runs");
        std::fs::remove_file(machine.file(&strange, ".r")).expect("no result");
        let claim = std::fs::read_to_string(machine.file(&strange, ".s")).expect("a claim");
        let words: Vec<&str> = claim.split_whitespace().collect();
        let own = std::process::id();
        // It says when it was started, or leaves that to the first process of the job, which began
        // before this one.
        for rest in ["1".to_owned(), format!("- {own} 1")] {
            let other = format!("{} {own} {rest}\n", words[0]);
            std::fs::write(machine.file(&strange, ".s"), other).expect("written");
            assert_eq!(
                attach(&session, &strange).await.0,
                Ok(Fate::Lost(Loss::Killed)),
                "{shell:?} {rest}"
            );
        }
        // A result without its newline is none.
        let cut = job("cut", "exit 0");
        run(&session, &cut).await.0.expect("it runs");
        std::fs::write(machine.file(&cut, ".r"), "12").expect("written");
        std::fs::write(
            machine.file(&cut, ".s"),
            format!("{} {} 1\n", words[0], std::process::id()),
        )
        .expect("written");
        assert_eq!(attach(&session, &cut).await.0, Ok(Fate::Lost(Loss::Killed)));
        // An empty claim: there was no room for it, or the power went. Nobody knows.
        let empty = job("empty", "exit 0");
        std::fs::write(machine.file(&empty, ".s"), "").expect("written");
        assert_eq!(
            attach(&session, &empty).await.0,
            Ok(Fate::Lost(Loss::Killed))
        );
    }
}

#[tokio::test]
async fn a_later_coordinator_gets_the_result_with_all_output() {
    for shell in shells() {
        let machine = Machine::new(shell);
        let given = job(
            "long",
            "echo first; until [ -e go ]; do sleep 0.05; done; echo last; echo e >&2; exit 7",
        );
        let first = begin(&machine, &given).await;
        let second = machine.session().await.expect("a session");
        let (fate, printed) = {
            let going = async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                std::fs::write(machine.home.path().join("go"), "").expect("it can go on");
            };
            let kept = Kept::default();
            let stop = Stop::never();
            let (fate, ()) = tokio::join!(second.attach(&given, &kept, &stop), going);
            (fate, kept.take())
        };
        drop(first);
        assert_eq!(fate, Ok(Fate::Ended(Ended::Exit(7))), "{shell:?}");
        assert_eq!(
            printed.text(),
            ("first\nlast\n".to_owned(), "e\n".to_owned()),
            "{shell:?}"
        );
    }
}

/// Where another process keeps results the shell can even be killed without losing one.
#[tokio::test]
async fn a_job_that_outlives_its_runner_is_waited_for() {
    for (way, fate) in [
        (Way::Alone, Fate::Lost(Loss::Killed)),
        (Way::Hastened, Fate::Ended(Ended::Exit(4))),
    ] {
        let machine = way.machine(shells()[0]);
        let script = "until [ -e go ]; do sleep 0.05; done; echo last; exit 4";
        let mut given = job(&format!("orphan-{way:?}"), script);
        given.more = way.more();
        let first = begin(&machine, &given).await;
        let runner = machine.started()[0];
        drop(first);
        kill(runner);
        eventually("its runner is gone", || !alive(runner)).await;
        let second = machine.session().await.expect("a session");
        let kept = Kept::default();
        let stop = Stop::never();
        let mut waiting = std::pin::pin!(second.attach(&given, &kept, &stop));
        let early = tokio::time::timeout(Duration::from_millis(500), &mut waiting).await;
        assert!(early.is_err(), "{way:?}: it is still running: {early:?}");
        std::fs::write(machine.home.path().join("go"), "").expect("it can go on");
        assert_eq!(waiting.await, Ok(fate), "{way:?}");
        assert_eq!(kept.take().text().0, "last\n");
    }
}

/// Whatever waits for the next job when its runner is killed: that job is begun once, by another runner.
#[tokio::test]
async fn what_waits_for_a_runner_that_is_killed_begins_nothing() {
    for (shell, way) in ways() {
        let machine = way.machine(shell);
        let session = machine.session().await.expect("a session");
        for number in 0..2 {
            let mut before = job(&format!("before-{number}-{way:?}"), "echo x >>count");
            before.more = way.more();
            assert_eq!(run(&session, &before).await.0, Ok(Ended::Exit(0)));
        }
        let runner = machine.started()[0];
        kill(runner);
        eventually("its runner is gone", || !alive(runner)).await;
        let mut next = job(&format!("next-{way:?}"), "echo y >>count; echo z; exit 3");
        next.more = way.more();
        let (ended, printed) = run(&session, &next).await;
        assert_eq!(ended, Ok(Ended::Exit(3)), "{shell:?} {way:?}");
        assert_eq!(printed.text().0, "z\n");
        let count = std::fs::read_to_string(machine.home.path().join("count"));
        assert_eq!(count.expect("it ran"), "x\nx\ny\n", "{shell:?} {way:?}");
        assert!(machine.started().len() >= 2, "{shell:?} {way:?}");
    }
}

/// The process that hastens jobs is killed: the runner is given up, and the job that ran meanwhile is
/// waited for and not begun again.
#[tokio::test]
async fn a_job_survives_what_hastens_it() {
    let machine = Way::Hastened.machine(shells()[0]);
    let session = machine.session().await.expect("a session");
    let mut before = job("before", "exit 0");
    before.more = true;
    assert_eq!(run(&session, &before).await.0, Ok(Ended::Exit(0)));
    let mut given = job(
        "given",
        "echo $PPID >parent; until [ -e go ]; do sleep 0.05; done; echo last",
    );
    given.more = true;
    let kept = Kept::default();
    let stop = Stop::never();
    let running = session.run(&given, &kept, &stop);
    let meddling = async {
        let parent = machine.home.path().join("parent");
        let read = || std::fs::read_to_string(&parent).unwrap_or_default();
        eventually("it is begun", || read().ends_with('\n')).await;
        let parent: u32 = read().trim().parse().expect("a number");
        assert_ne!(parent, machine.started()[0], "something is in between");
        kill(parent);
        eventually("it is gone", || !alive(parent)).await;
        std::fs::write(machine.home.path().join("go"), "").expect("it can go on");
    };
    let (ended, ()) = tokio::join!(running, meddling);
    let failure = ended.expect_err("nobody saw how it ended");
    assert_eq!(failure.code, "NX0835", "{failure:?}");
    assert_eq!(kept.take().text().0, "last\n");
    // The next one is none the worse for it.
    let (ended, _) = run(&session, &job("after", "exit 5")).await;
    assert_eq!(ended, Ok(Ended::Exit(5)));
}

/// Not before the runner ends, since nobody has to wait for it; and never what still runs.
#[tokio::test]
async fn runs_are_forgotten_when_nothing_of_them_runs() {
    for (shell, way) in ways() {
        let machine = way.machine(shell);
        let runs = machine.home.path().join(".nexus/runs");
        let folder = runs.join(format!("r{}", run_name()));
        let session = machine.session().await.expect("a session");
        let mut given = job(&format!("one-{way:?}"), "echo x");
        given.more = way.more();
        assert_eq!(run(&session, &given).await.0, Ok(Ended::Exit(0)));
        session.forget(&run_name()).await;
        session.forget("another").await;
        session.close().await;
        let left = || std::fs::read_dir(&runs).map_or(0, |found| found.count());
        eventually("nothing is left", || left() == 0).await;

        let mut given = job(&format!("two-{way:?}"), "sleep 300");
        given.more = way.more();
        let busy = begin(&machine, &given).await;
        let session = machine.session().await.expect("a session");
        session.forget(&run_name()).await;
        session.close().await;
        let runner = machine.started()[2];
        eventually("who was to remove it is gone", || !alive(runner)).await;
        assert!(folder.is_dir(), "{shell:?} {way:?}: a job of it is running");
        let claim = std::fs::read_to_string(machine.file(&given, ".s")).expect("its process");
        let leader = claim.split_whitespace().nth(3).expect("a number");
        let leader: u32 = leader.parse().expect("a number");
        kill(leader);
        eventually("its result is there", || {
            machine.file(&given, ".r").exists()
        })
        .await;
        drop(busy);
        let session = machine.session().await.expect("a session");
        session.forget(&run_name()).await;
        session.close().await;
        eventually("it is removed", || !folder.exists()).await;
    }
}

#[tokio::test]
async fn the_next_run_clears_away_what_is_old() {
    for shell in shells() {
        let machine = Machine::new(shell);
        let runs = machine.home.path().join(".nexus/runs");
        for i in 0..120 {
            std::fs::create_dir_all(runs.join(format!("r{i:03}"))).expect("a folder");
        }
        let age = |i: u64| match i {
            0..5 => 20,
            5..115 => 2,
            _ => 0,
        };
        for i in 0..120 {
            let folder = std::fs::File::open(runs.join(format!("r{i:03}"))).expect("it is there");
            let then = std::time::SystemTime::now() - Duration::from_secs(age(i) * 86400);
            folder.set_modified(then).expect("it is old");
        }
        let session = machine.session().await.expect("a session");
        assert_eq!(
            run(&session, &job("one", "true")).await.0,
            Ok(Ended::Exit(0))
        );
        session.close().await;
        let left = || std::fs::read_dir(&runs).map_or(0, |found| found.count());
        // The last hundred, those of the last day, and its own.
        eventually("what is too much is gone", || left() == 106).await;
        let is_there = |name: &str| runs.join(name).exists();
        assert!(!is_there("r004") && is_there("r115"), "{shell:?}");
        assert!(is_there(&format!("r{}", run_name())), "{shell:?}");
    }
}
