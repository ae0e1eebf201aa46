//! Going on with a run when a host does not know what became of a command: somebody decides, for those
//! hosts alone.

use crate::fleet::{Fleet, outcomes};
use crate::support::{signal, wait_until};
use nexus_farm::{Ground, User};
use nix::sys::signal::Signal;
use nix::unistd::{Pid, User as Account};
use std::path::PathBuf;

/// `127.0.0.1` does its second command well, of that of `127.0.0.2` nobody knows, `127.0.0.3` has not begun.
const TASKS: &str = r#"
tasks.long = {
    on = hosts.all;
    idempotent = IDEMPOTENT;
    run = host: [
        "echo first ${host.name} >> DIR/log"
        "echo second ${host.name} >> DIR/log; echo $$ $PPID > DIR/pids.${host.name}; until test -e DIR/go; do sleep 0.05; done"
        "echo third ${host.name} >> DIR/log"
    ];
};
"#;

fn lines(fleet: &Fleet) -> Vec<String> {
    let mut lines: Vec<String> = fleet.read("log").lines().map(str::to_string).collect();
    lines.sort();
    lines
}

/// A run on two hosts that was killed, after which what it did on the second one was lost.
fn broken_off(fleet: &Fleet) {
    let mut child = fleet.project.start(&["run", "long"]);
    wait_until("both are at their second step", || {
        ["127.0.0.1", "127.0.0.2"]
            .iter()
            .all(|n| fleet.read(&format!("pids.{n}")).ends_with('\n'))
    });
    signal(child.id(), Signal::SIGKILL);
    child.wait().expect("it is dead");
    let pids = fleet.read("pids.127.0.0.2");
    // What watches over it first, or it would note the end.
    for pid in pids.split_whitespace().rev() {
        let pid: i32 = pid.parse().expect("a number");
        let _ = nix::sys::signal::kill(Pid::from_raw(pid), Signal::SIGKILL);
        wait_until("it is dead", || !crate::support::alive(pid));
    }
    std::fs::write(fleet.path("go"), "").expect("written");
}

#[test]
fn what_nobody_knows_is_decided_for_the_hosts_it_is_about() {
    for fleet in Fleet::all(2, &TASKS.replace("IDEMPOTENT", "false")) {
        broken_off(&fleet);
        let ran = fleet.project.nexus(&["resume"]);
        assert_eq!(ran.code, Some(3), "{ran}");
        for text in [
            "1 ok, 1 lost of 2 hosts",
            "127.0.0.2",
            "NX0530",
            "it was killed there",
            "nexus resume --repeat long",
            "nexus resume --done long",
        ] {
            assert!(ran.text().contains(text), "{text}\n{ran}");
        }
        let known = [
            "first 127.0.0.1",
            "first 127.0.0.2",
            "second 127.0.0.1",
            "second 127.0.0.2",
            "third 127.0.0.1",
        ];
        assert_eq!(lines(&fleet), known);
        // Still nobody has decided.
        let ran = fleet.project.nexus(&["--format", "json", "resume"]);
        assert_eq!(
            outcomes(&ran),
            ["127.0.0.1 kept", "127.0.0.2 lost"],
            "{ran}"
        );
        let ran = fleet
            .project
            .ok(&["--format", "json", "resume", "--done", "long"]);
        assert_eq!(
            outcomes(&ran),
            ["127.0.0.1 kept", "127.0.0.2 succeeded"],
            "{ran}"
        );
        assert_eq!(lines(&fleet)[5], "third 127.0.0.2");
        assert_eq!(lines(&fleet).len(), 6);
    }
}

#[test]
fn what_is_repeated_is_repeated_where_it_is_not_known() {
    let fleet = Fleet::new(2, &TASKS.replace("IDEMPOTENT", "false"));
    broken_off(&fleet);
    // The first host has its result; only the second one repeats.
    let ran = fleet
        .project
        .ok(&["--format", "json", "resume", "--repeat", "long"]);
    assert_eq!(
        outcomes(&ran),
        ["127.0.0.1 succeeded", "127.0.0.2 succeeded"]
    );
    let count = |line: &str| lines(&fleet).iter().filter(|l| *l == line).count();
    assert_eq!(
        (count("second 127.0.0.1"), count("second 127.0.0.2")),
        (1, 2)
    );
    assert_eq!(
        (
            count("first 127.0.0.2"),
            count("third 127.0.0.1"),
            count("third 127.0.0.2")
        ),
        (1, 1, 1)
    );
}

#[test]
fn what_may_be_repeated_is() {
    let fleet = Fleet::new(2, &TASKS.replace("IDEMPOTENT", "true"));
    broken_off(&fleet);
    fleet.project.ok(&["resume"]);
    let count = |line: &str| lines(&fleet).iter().filter(|l| *l == line).count();
    assert_eq!(
        (count("second 127.0.0.1"), count("second 127.0.0.2")),
        (1, 2)
    );
}

/// Where the login keeps what was done for us.
fn kept(fleet: &Fleet) -> Vec<PathBuf> {
    let user = Ground::get().user(User::Plain);
    let home = Account::from_name(&user)
        .expect("users")
        .expect("the user")
        .dir;
    let runs = std::fs::read_dir(home.join(".nexus/runs"))
        .into_iter()
        .flatten()
        .flatten();
    let files = runs
        .filter_map(|run| std::fs::read_dir(run.path()).ok())
        .flatten()
        .flatten();
    // Others use this home as well: those of this project know its folder.
    let own = fleet.path("pids.127.0.0.1");
    let pids = std::fs::read_to_string(own).unwrap_or_default();
    let first = pids.split(' ').next().unwrap_or_default().to_owned();
    // A claim names the first process of its job behind what watches over it.
    let of_it = files.map(|file| file.path()).filter(|path| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        path.extension().is_some_and(|e| e == "s") && text.split(' ').nth(3) == Some(&*first)
    });
    of_it.collect()
}

/// Fault 26: the host was started again meanwhile.
#[test]
fn a_host_that_was_started_again_is_told_of() {
    let fleet = Fleet::new(1, &TASKS.replace("IDEMPOTENT", "false"));
    let mut child = fleet.project.start(&["run", "long"]);
    wait_until("it is at its second step", || {
        fleet.read("pids.127.0.0.1").ends_with('\n')
    });
    signal(child.id(), Signal::SIGKILL);
    child.wait().expect("it is dead");
    let claims = kept(&fleet);
    assert_eq!(claims.len(), 1, "{claims:?}");
    let claim = std::fs::read_to_string(&claims[0]).expect("a claim");
    let (_, rest) = claim.split_once(' ').expect("words");
    let before = format!("11111111-2222-3333-4444-555555555555 {rest}");
    std::fs::write(&claims[0], before).expect("written");
    let ran = fleet.project.nexus(&["resume"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(
        ran.text().contains("the host was started again meanwhile"),
        "{ran}"
    );
    std::fs::write(fleet.path("go"), "").expect("written");
    fleet.project.ok(&["resume", "--done", "long"]);
    assert_eq!(
        lines(&fleet),
        ["first 127.0.0.1", "second 127.0.0.1", "third 127.0.0.1"]
    );
}

/// What would be done is said for each host.
#[test]
fn a_dry_run_says_where_hosts_go_on() {
    let fleet = Fleet::new(2, &TASKS.replace("IDEMPOTENT", "false"));
    broken_off(&fleet);
    let ran = fleet.project.ok(&["resume", "--dry-run"]);
    let expected = "long on 127.0.0.1, 127.0.0.2: asks what became of its command 2";
    let one = "long on 127.0.0.1: asks what became of its command 2: echo second 127.0.0.1";
    assert!(
        ran.stdout.contains(expected) || ran.stdout.contains(one),
        "{ran}"
    );
    assert!(
        ran.stderr
            .contains("1 command done, one begun on 127.0.0.1, 127.0.0.2"),
        "{ran}"
    );
    fleet.project.ok(&["resume", "--done", "long"]);
    let ran = fleet.project.nexus(&["resume", "--dry-run"]);
    assert_ne!(ran.code, Some(0), "nothing is left: {ran}");
}
