//! Which hosts are worked on when, and what becomes of the others when one fails.

use crate::fleet::{Fleet, outcomes};

#[test]
fn one_host_and_one_command() {
    for fleet in Fleet::all(
        1,
        "tasks.up = { on = hosts.all; run = \"echo it is $(id -un); echo oops >&2\"; };",
    ) {
        let ran = fleet.project.ok(&["run", "up"]);
        let user = nexus_farm::Ground::get().user(nexus_farm::User::Plain);
        assert!(
            ran.stdout.contains(&format!("127.0.0.1  it is {user}")),
            "{ran}"
        );
        assert!(ran.stdout.contains("127.0.0.1  oops"), "{ran}");
        assert!(ran.stdout.contains("1 host"), "{ran}");
        let ran = fleet.project.ok(&["--format", "json", "run", "up"]);
        assert_eq!(outcomes(&ran), ["127.0.0.1 succeeded"]);
        let started = &ran.events("step_started")[0];
        assert_eq!(
            (started["host"].as_str(), started["attempt"].as_u64()),
            (Some("127.0.0.1"), Some(1))
        );
    }
}

/// Each host waits for the others: that can only end when all work at the same time.
#[test]
fn parallel_hosts_work_at_the_same_time() {
    for fleet in Fleet::all(
        5,
        r#"tasks.meet = {
            on = hosts.all;
            timeout = 60s;
            run = host: "touch DIR/${host.name}; until test $(ls DIR | wc -l) = 5; do sleep 0.05; done";
        };"#,
    ) {
        fleet.project.ok(&["run", "meet"]);
    }
}

/// So many tasks, each on a host of its own and each with this line; `N` stands for its number.
fn tasks_of_their_own(count: usize, line: &str) -> Fleet {
    let one = |n: usize| {
        let line = line.replace('N', &n.to_string());
        format!(
            "hosts.h{n} = [ \"127.0.0.{n}\" ];\n\
             tasks.t{n} = {{ on = hosts.h{n}; timeout = 60s; run = \"{line}\"; }};\n"
        )
    };
    Fleet::new(1, &(1..=count).map(one).collect::<String>())
}

/// Each task waits for the others, and there are more of them than this machine has processors.
#[test]
fn tasks_on_hosts_wait_for_no_processor_here() {
    let count = std::thread::available_parallelism().map_or(1, usize::from) + 3;
    let fleet = tasks_of_their_own(
        count,
        &format!("touch DIR/N; until test $(ls DIR | wc -l) = {count}; do sleep 0.05; done"),
    );
    let names: Vec<String> = (1..=count).map(|n| format!("t{n}")).collect();
    let words: Vec<&str> = std::iter::once("run")
        .chain(names.iter().map(String::as_str))
        .collect();
    fleet.project.ok(&words);
}

#[test]
fn a_limit_that_is_asked_for_holds_for_tasks_on_hosts_too() {
    let fleet = tasks_of_their_own(3, "echo N >> DIR/log; sleep 0.1; echo N >> DIR/log");
    fleet.project.ok(&["run", "-p", "1", "t1", "t2", "t3"]);
    let log = fleet.read("log");
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 6, "{lines:?}");
    assert!(lines.chunks(2).all(|two| two[0] == two[1]), "{lines:?}");
}

#[test]
fn serial_hosts_work_one_after_the_other_in_their_order() {
    for fleet in Fleet::all(
        3,
        r#"tasks.roll = {
            on = hosts.all;
            strategy = "serial";
            run = host: [ "echo begin ${host.name} >> DIR/log" "sleep 0.1; echo end ${host.name} >> DIR/log" ];
        };"#,
    ) {
        fleet.project.ok(&["run", "roll"]);
        let lines: Vec<String> = ["1", "2", "3"]
            .iter()
            .flat_map(|n| [format!("begin 127.0.0.{n}"), format!("end 127.0.0.{n}")])
            .collect();
        assert_eq!(fleet.read("log").lines().collect::<Vec<_>>(), lines);
    }
}

const ONE_FAILS: &str = r#"
tasks.one = {
    on = hosts.all; STRATEGY
    run = host: [ "test ${host.name} != 127.0.0.2 || { echo no room; exit 7; }" "echo ${host.name} >> DIR/done" ];
};
tasks.after = { deps = [ tasks.one ]; run = "touch after"; };
"#;

#[test]
fn a_host_that_fails_keeps_no_other_one_from_its_work() {
    for fleet in Fleet::all(4, &ONE_FAILS.replace("STRATEGY", "")) {
        let ran = fleet.project.nexus(&["run", "after"]);
        assert_eq!(ran.code, Some(1), "{ran}");
        for text in [
            "error[NX0856]: task `one` failed: 3 ok, 1 failed of 4 hosts",
            "127.0.0.2: `test 127.0.0.2 != 127.0.0.2",
            "exited with code 7 [NX0501]",
            "no room",
            "because `one` did not succeed: after",
        ] {
            assert!(ran.text().contains(text), "{text}\n{ran}");
        }
        let mut done: Vec<String> = fleet.read("done").lines().map(str::to_string).collect();
        done.sort();
        assert_eq!(done, ["127.0.0.1", "127.0.0.3", "127.0.0.4"]);
        assert!(!fleet.project.exists("after"));
    }
}

#[test]
fn serial_hosts_stop_at_the_first_that_fails_unless_told_otherwise() {
    for (strategy, expected) in [
        (
            "strategy = \"serial\";",
            ["succeeded", "failed", "not_begun"],
        ),
        (
            "strategy = \"serial\"; on_failure = \"continue\";",
            ["succeeded", "failed", "succeeded"],
        ),
    ] {
        let fleet = Fleet::new(3, &ONE_FAILS.replace("STRATEGY", strategy));
        let ran = fleet.project.nexus(&["--format", "json", "run", "one"]);
        assert_eq!(ran.code, Some(1));
        let expected = expected
            .iter()
            .zip(1..)
            .map(|(kind, n)| format!("127.0.0.{n} {kind}"));
        assert_eq!(outcomes(&ran), expected.collect::<Vec<_>>(), "{ran}");
    }
}

#[test]
fn runs_are_limited_to_some_hosts() {
    let fleet = Fleet::new(
        4,
        r#"hosts.some = [ "127.0.0.2" { name = "four"; address = "127.0.0.44"; tags = [ "new" ]; } ];
        tasks.up = { on = [ hosts.all hosts.some ]; run = "true"; };"#,
    );
    for (hosts, expected) in [
        ("127.0.0.1,127.0.0.3", &["127.0.0.1", "127.0.0.3"][..]),
        ("some", &["127.0.0.2", "four"]),
        ("tag:new", &["four"]),
        (
            "all,!127.0.0.2,!tag:new",
            &["127.0.0.1", "127.0.0.3", "127.0.0.4"],
        ),
    ] {
        let ran = fleet
            .project
            .ok(&["--format", "json", "run", "up", "--hosts", hosts]);
        let expected: Vec<String> = expected.iter().map(|n| format!("{n} succeeded")).collect();
        assert_eq!(outcomes(&ran), expected, "{hosts}");
    }
    let ran = fleet.project.nexus(&["run", "up", "--hosts", "som"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("NX0855") && ran.stderr.contains("did you mean `some`?"),
        "{ran}"
    );
    let ran = fleet
        .project
        .ok(&["run", "up", "--dry-run", "--hosts", "some"]);
    assert!(ran.stdout.contains("on 127.0.0.2, four"), "{ran}");
}

#[test]
fn tasks_run_on_other_hosts_than_they_name() {
    let fleet = Fleet::new(
        2,
        r#"hosts.some = [ "127.0.0.3" { name = "four"; address = "127.0.0.4"; tags = [ "new" ]; vars = { role = "db"; }; } ];
        tasks = {
            up = { on = hosts.all; run = host: "echo ${host.name} is ${host.vars.role or "web"}"; };
            here = { run = "true"; };
        };"#,
    );
    let hosts = |args: &[&str]| {
        let all = [&["--format", "json", "run"], args].concat();
        outcomes(&fleet.project.ok(&all))
    };
    let both = ["127.0.0.1 succeeded", "127.0.0.2 succeeded"];
    for (on, expected) in [
        ("some", &["127.0.0.3 succeeded", "four succeeded"][..]),
        ("tag:new", &["four succeeded"]),
        ("some,!four", &["127.0.0.3 succeeded"]),
        // The project does not know this one: it is connected to as all others are.
        ("127.0.0.55", &["127.0.0.55 succeeded"]),
    ] {
        assert_eq!(hosts(&["up", "--on", on]), expected, "{on}");
        // Nothing of it is kept.
        assert_eq!(hosts(&["up"]), both, "after {on}");
    }
    assert_eq!(
        hosts(&["up", "--on", "some", "--hosts", "four"]),
        ["four succeeded"]
    );
    // What runs here does so still.
    let none: [&str; 0] = [];
    assert_eq!(hosts(&["here", "--on", "some"]), none);
    let ran = fleet.project.ok(&["run", "up", "--on", "four"]);
    assert!(ran.stdout.contains("four is db"), "{ran}");
    let ran = fleet
        .project
        .ok(&["run", "up", "--dry-run", "--on", "some"]);
    assert!(ran.stdout.contains("on 127.0.0.3, four"), "{ran}");
    for mode in [&["run", "up"][..], &["run", "up", "--dry-run"]] {
        let ran = fleet.project.nexus(&[mode, &["--on", "som"]].concat());
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(
            ran.stderr.contains("NX0855") && ran.stderr.contains("did you mean `some`?"),
            "{ran}"
        );
    }
}
