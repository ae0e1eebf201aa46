//! Jobs without a runner that keeps their results: where nothing can be kept, and where there is no shell.

use super::*;

#[tokio::test]
async fn without_a_place_for_results_jobs_run_all_the_same() {
    let machine = Machine::new(shells()[0]);
    // A file where the folder should be: nothing can be kept, even by root.
    std::fs::write(machine.home.path().join(".nexus"), "").expect("a file");
    let session = machine.session().await.expect("a session");
    let (ended, printed) = run(&session, &job("one", "echo $((1 + 2)); exit 4")).await;
    assert_eq!(ended, Ok(Ended::Exit(4)));
    assert_eq!(printed.text().0, "3\n");
    assert_eq!(printed.warnings.len(), 1, "{printed:?}");
    assert_eq!(printed.warnings[0].0, "NX0831");
    let mut reads = job("two", "cat; exit 5");
    reads.stdin = Stdin::Bytes(vec![b'x'; 200_000]);
    let (ended, printed) = run(&session, &reads).await;
    assert_eq!(ended, Ok(Ended::Exit(5)));
    assert_eq!(printed.out.len(), 200_000);
    assert!(printed.warnings.is_empty(), "told once");
    let mut ignores = job("three", "exec 0<&-; exit 6");
    ignores.stdin = Stdin::Bytes(vec![b'x'; 5_000_000]);
    assert_eq!(run(&session, &ignores).await.0, Ok(Ended::Exit(6)));
}

#[tokio::test]
async fn without_the_programs_it_needs_a_runner_says_so() {
    let machine = Machine::new(shells()[0]);
    let bin = tempfile::tempdir().expect("a folder");
    for program in ["dash", "bash", "busybox", "mksh", "sh", "echo"] {
        let _ = std::os::unix::fs::symlink(format!("/bin/{program}"), bin.path().join(program));
    }
    machine.only(bin.path());
    let session = machine.session().await.expect("a session");
    let (ended, printed) = run(&session, &job("one", "echo x")).await;
    assert_eq!(
        (ended, printed.text().0),
        (Ok(Ended::Exit(0)), "x\n".to_owned())
    );
    assert!(
        printed.warnings[0].1.contains("`mkdir` is missing"),
        "{printed:?}"
    );
}

#[tokio::test]
async fn a_login_that_gives_no_shell_is_told_with_its_words() {
    let machine = Machine::noisy(
        shells()[0],
        "echo 'This account is not available.'; exit 1; ",
    );
    let failure = machine.session().await.err().expect("there is no shell");
    assert_eq!(failure.code, "NX0830");
    assert!(
        failure.message.contains("This account is not available."),
        "{failure:?}"
    );
}

/// The limit of a job that nothing is kept of holds on the host as well when nobody waits any more, and
/// nothing is left of what watches over that.
#[tokio::test]
async fn the_limit_of_a_plain_job_holds_on_the_host() {
    let machine = Machine::new(shells()[0]);
    std::fs::write(machine.home.path().join(".nexus"), "").expect("a file");
    let session = machine.session().await.expect("a session");
    let mut limited = job(
        "plainly-limited",
        "trap '' TERM; echo $$ >>pids; setsid sleep 300 & echo $! >>pids; wait; while :; do sleep 1; done",
    );
    limited.timeout = Some(Duration::from_secs(6));
    limited.grace = Duration::from_secs(1);
    let pids = || {
        let text = std::fs::read_to_string(machine.home.path().join("pids")).unwrap_or_default();
        let pids = text.lines().filter_map(|line| line.parse().ok());
        pids.collect::<Vec<u32>>()
    };
    let kept = Kept::default();
    let stop = Stop::never();
    {
        let running = session.run(&limited, &kept, &stop);
        let up = eventually("the job is up", || pids().len() == 2);
        tokio::select! {
            _ = running => panic!("it runs longer"),
            () = up => {}
        }
    }
    drop(session);
    let all = pids();
    assert!(alive(all[0]), "it goes on");
    eventually("the limit ends it", || !all.iter().any(|id| alive(*id))).await;
    let watches = || {
        let own = crate::runner::script::name(&limited);
        let entries = std::fs::read_dir("/proc").expect("there is /proc");
        let words = entries.filter_map(|entry| {
            let line = std::fs::read(entry.ok()?.path().join("cmdline")).ok()?;
            String::from_utf8(line).ok()
        });
        words.filter(|words| words.contains(&own)).count()
    };
    eventually("nothing watches any more", || watches() == 0).await;
}

/// A job waits for what it started itself, and for nothing else.
#[tokio::test]
async fn a_plain_job_with_a_limit_sees_nothing_of_what_watches_over_it() {
    for shell in shells() {
        let machine = Machine::new(shell);
        std::fs::write(machine.home.path().join(".nexus"), "").expect("a file");
        let session = machine.session().await.expect("a session");
        let mut limited = job("watched", "sleep 0.1 & wait; cat; exit 4");
        limited.timeout = Some(Duration::from_secs(600));
        limited.stdin = Stdin::Bytes(b"in\n".to_vec());
        let (ended, printed) = run(&session, &limited).await;
        assert_eq!(
            (ended, printed.text()),
            (Ok(Ended::Exit(4)), ("in\n".to_owned(), String::new())),
            "{shell:?}"
        );
    }
}
