//! Tasks on hosts whose results are kept.

use crate::fleet::{Fleet, outcomes};
use std::collections::BTreeMap;

const TASKS: &str = r#"
tasks.kept = {
    on = hosts.all;
    cache = true;
    inputs = [ "version" ];
    run = host: [ "echo ${host.name} >> DIR/ran; echo said by ${host.name}" ];
};
tasks.after = { deps = [ tasks.kept ]; cache = true; inputs = [ "version" ]; run = "echo after >> log"; };
"#;

/// How often each host did it.
fn ran(fleet: &Fleet) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in fleet.read("ran").lines() {
        *counts.entry(line.to_string()).or_default() += 1;
    }
    counts
}

#[test]
fn what_hosts_did_is_not_done_again_until_something_is_different() {
    let fleet = Fleet::new(2, TASKS);
    let project = &fleet.project;
    project.edit("version", "1\n");
    let twice = |n: usize| BTreeMap::from(["127.0.0.1", "127.0.0.2"].map(|h| (h.to_string(), n)));
    let first = project.ok(&["run", "after"]);
    assert!(first.text().contains("2 hosts"), "{first}");
    assert_eq!(ran(&fleet), twice(1));
    // Nobody is even connected to.
    let logins = || fleet.server.log().matches("Accepted publickey").count();
    let before = logins();
    for args in [
        &["run", "after"][..],
        &["run", "kept"],
        &["-v", "run", "kept"],
    ] {
        project.ok(args);
    }
    assert_eq!((ran(&fleet), logins()), (twice(1), before));
    // Other inputs.
    project.edit("version", "2\n");
    project.ok(&["run", "kept"]);
    assert_eq!(ran(&fleet), twice(2));
    // The former ones again: the result is known, with what they printed.
    let before = logins();
    project.edit("version", "1\n");
    let again = project.ok(&["-v", "run", "kept"]);
    assert_eq!((ran(&fleet), logins()), (twice(2), before));
    for host in ["127.0.0.1", "127.0.0.2"] {
        assert!(again.stdout.contains(&format!("said by {host}")), "{again}");
    }
    // Another command.
    let text = project.read("nexus.nx");
    project.edit("nexus.nx", &text.replace("said by", "spoken by"));
    project.ok(&["run", "kept"]);
    assert_eq!(ran(&fleet), twice(3));
    // Another host.
    let text = project.read("nexus.nx");
    project.edit(
        "nexus.nx",
        &text.replace("[ \"127.0.0.1\"", "[ \"127.0.0.3\" \"127.0.0.1\""),
    );
    project.ok(&["run", "kept"]);
    assert_eq!(ran(&fleet)["127.0.0.3"], 1);
    project.ok(&["run", "kept", "--force"]);
    assert_eq!(ran(&fleet)["127.0.0.3"], 2);
    // What was done on some hosts is no result of all.
    project.edit("version", "3\n");
    project.ok(&["run", "kept", "--hosts", "127.0.0.3"]);
    assert_eq!(ran(&fleet)["127.0.0.3"], 3);
    let ran = project.ok(&["--format", "json", "run", "kept"]);
    assert_eq!(outcomes(&ran).len(), 3, "{ran}");
}

/// A failure on one host keeps no result, so that all are tried again.
#[test]
fn a_task_that_failed_on_a_host_is_not_kept() {
    let fleet = Fleet::new(
        2,
        r#"tasks.kept = {
            on = hosts.all; cache = true; inputs = [ "nexus.nx" ];
            run = host: "echo ${host.name} >> DIR/ran; test ${host.name} = 127.0.0.1 || test -e DIR/there";
        };"#,
    );
    assert_eq!(fleet.project.nexus(&["run", "kept"]).code, Some(1));
    std::fs::write(fleet.path("there"), "").expect("written");
    fleet.project.ok(&["run", "kept"]);
    fleet.project.ok(&["run", "kept"]);
    assert_eq!(fleet.read("ran").lines().count(), 4);
}
