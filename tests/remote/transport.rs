//! The system's `ssh` as the transport, through the binary: the same tasks, the same ends.

use crate::fleet::{Fleet, outcomes};
use crate::support::{Ran, signal, wait_until};
use nix::sys::signal::Signal;

/// Hosts reached by the system's `ssh`. It knows no file of the project, but the same settings.
fn fleets(count: usize, text: &str) -> Vec<Fleet> {
    let all = Fleet::all(count, text);
    for fleet in &all {
        let text = fleet.project.read("nexus.nx");
        let text = text.replace(
            "config.ssh = {",
            "config.ssh = { transport = \"openssh\"; identities_only = true;",
        );
        fleet.project.edit("nexus.nx", &text);
        std::fs::create_dir_all(fleet.project.path(".nexus")).expect("a folder");
    }
    all
}

#[test]
fn tasks_run_through_the_systems_ssh() {
    for fleet in fleets(
        2,
        r#"tasks.all = { on = hosts.all; run = host: [
            "echo it is ${host.name}; echo oops >&2"
            { cmd = "cat"; stdin = "given\n"; }
            { cmd = "test -t 1 && echo a terminal"; pty = true; }
            { cmd = "test ${host.name} = 127.0.0.1 || exit 7"; }
        ]; };
        hosts.dead = [ "127.0.0.9:1" ];
        tasks.dead = { on = hosts.dead; run = "true"; };"#,
    ) {
        let ran = fleet.project.nexus(&["run", "all"]);
        assert_eq!(ran.code, Some(1), "{ran}");
        for text in [
            "127.0.0.1  it is 127.0.0.1",
            "127.0.0.2  oops",
            "127.0.0.2  given",
            "127.0.0.1  a terminal",
            "1 ok, 1 failed of 2 hosts",
            "exited with code 7",
        ] {
            assert!(ran.text().contains(text), "{text}\n{ran}");
        }
        let ran = fleet.project.nexus(&["run", "dead"]);
        assert_eq!(ran.code, Some(3), "{ran}");
        assert!(
            ran.text().contains("NX0841") && ran.text().contains("refused"),
            "{ran}"
        );
        let ran = fleet
            .project
            .ok(&["exec", "--group", "all", "--", "echo same"]);
        assert!(
            ran.stdout.contains("127.0.0.1, 127.0.0.2 (2 hosts)"),
            "{ran}"
        );
        wait_until("no connection is left", || {
            fleet.server.sessions().is_empty()
        });
    }
}

#[test]
fn limits_interruptions_and_our_own_end_are_the_same() {
    for fleet in fleets(
        2,
        r#"tasks.long = { on = hosts.all; idempotent = false;
            run = host: [ "echo $$ > DIR/${host.name}; echo ${host.name} >> DIR/begun; until test -e DIR/go; do sleep 0.05; done; echo the output" ]; };
        tasks.limited = { on = hosts.all; run = { cmd = "sleep 600"; timeout = 500ms; }; };"#,
    ) {
        let ran = fleet.project.nexus(&["run", "limited"]);
        assert_eq!(ran.code, Some(4), "{ran}");
        let both = || {
            ["127.0.0.1", "127.0.0.2"]
                .iter()
                .all(|n| fleet.read(n).ends_with('\n'))
        };
        let pids =
            || ["127.0.0.1", "127.0.0.2"].map(|n| fleet.read(n).trim().parse::<i32>().unwrap());
        // Ctrl+C.
        let child = fleet.project.start(&["run", "long"]);
        wait_until("both run", both);
        let first = pids();
        signal(child.id(), Signal::SIGINT);
        let ran = Ran::from(child.wait_with_output().expect("it ends"));
        assert_eq!(ran.code, Some(130), "{ran}");
        assert!(
            first.iter().all(|pid| !crate::support::alive(*pid)),
            "{ran}"
        );
        fleet.project.ok(&["resume", "--discard"]);
        for n in ["127.0.0.1", "127.0.0.2", "begun"] {
            std::fs::remove_file(fleet.path(n)).expect("it is there");
        }
        // kill -9, and going on.
        let mut child = fleet.project.start(&["run", "long"]);
        wait_until("both run", both);
        signal(child.id(), Signal::SIGKILL);
        child.wait().expect("it is dead");
        std::fs::write(fleet.path("go"), "").expect("written");
        let ran = fleet.project.ok(&["--format", "json", "resume"]);
        assert_eq!(
            outcomes(&ran),
            ["127.0.0.1 succeeded", "127.0.0.2 succeeded"]
        );
        assert_eq!(fleet.read("begun").lines().count(), 2);
        let output = ran.events("output");
        assert_eq!(
            output.iter().filter(|e| e["text"] == "the output").count(),
            2
        );
    }
}
