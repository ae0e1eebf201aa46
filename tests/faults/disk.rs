//! A disk that is full, or cannot be written. The disks are small ones in memory, mounted where only
//! the nexus of the test sees them.

use crate::layers::{assert_layers_are_right, assert_store_is_clean, layers};
use crate::support::{Project, Ran};
use std::process::Command;

/// Runs a shell line in a mount namespace of its own, with `nexus` in the search path.
fn apart(project: &Project, line: &str) -> Ran {
    let mut command = Command::new("unshare");
    if !nix::unistd::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_nexus"));
    let path = std::env::var("PATH").unwrap_or_default();
    let folder = program.parent().expect("a folder").display().to_string();
    command
        .args(["--mount", "sh", "-ec", line])
        .current_dir(project.root());
    for (name, value) in project.command(&[]).get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
        .env("PATH", format!("{folder}:{path}"))
        .env("STATE", project.state())
        .env("CACHE", project.cache());
    Ran::from(command.output().expect("unshare starts"))
}

/// Two tasks with large results, one after the other.
fn large() -> Project {
    Project::new(
        r#"
tasks = {
  one = { inputs = [ "seed" ]; outputs = { out = "out/one"; }; run = "cat seed > out/one && head -c 3000000 /dev/urandom >> out/one && echo one >> executed"; };
  two = { inputs = [ tasks.one.outputs.out ]; outputs = [ "out/two" ]; run = "cp out/one out/two && echo two >> executed"; };
};
"#,
    )
    .write("seed", "seed\n")
    .write("out/keep", "")
}

fn warnings(ran: &Ran) -> Vec<&str> {
    ran.stderr
        .lines()
        .filter(|line| line.starts_with("warning"))
        .collect()
}

#[test]
fn a_full_disk_under_the_store_costs_a_warning_and_the_results() {
    let project = large();
    let ran = apart(
        &project,
        "mkdir -p $CACHE; mount -t tmpfs -o size=1m tmpfs $CACHE; nexus build; nexus build; rm out/one; nexus build",
    );
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(!warnings(&ran).is_empty(), "{ran}");
    let content = |name: &str| std::fs::read(project.path(name)).expect("an output");
    assert_eq!(content("out/one"), content("out/two"), "{ran}");
    // What is in its place is not made again, what is lost is.
    assert_eq!(project.read("executed"), "one\ntwo\none\ntwo\n");
    // Back on a disk with room nothing is wrong.
    assert_eq!(project.executed_sorted(&["build"]), ["one", "two"]);
    assert!(project.executed(&["build"]).is_empty());
}

#[test]
fn a_store_without_a_byte_left_fails_no_build() {
    let project = layers();
    let ran = apart(
        &project,
        "mkdir -p $CACHE; mount -t tmpfs -o size=64k tmpfs $CACHE; dd if=/dev/zero of=$CACHE/fill bs=4k count=16 2>/dev/null || true; nexus build",
    );
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_layers_are_right(&project);
    assert!(ran.stderr.contains("warning"), "{ran}");
}

#[test]
fn a_full_disk_under_the_journal_costs_a_warning() {
    let project = Project::new(
        r#"
tasks = {
  talk  = { run = "yes 0123456789012345678901234567890123456789 | head -c 3000000"; };
  after = { deps = [ tasks.talk ]; run = [ "echo one >> book" "echo two >> book" ]; };
  once  = { idempotent = false; run = [ "echo three >> book" "echo four >> book" ]; };
};
"#,
    );
    let ran = apart(
        &project,
        "mkdir -p $STATE; mount -t tmpfs -o size=256k tmpfs $STATE; nexus -q run after; nexus -q run once; nexus pipelines",
    );
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(project.read("book"), "one\ntwo\nthree\nfour\n");
    assert!(
        warnings(&ran).iter().any(|line| line.contains("NX0537")),
        "{ran}"
    );
    assert!(warnings(&ran).len() <= 2, "once a run: {ran}");
}

#[test]
fn a_full_disk_under_the_outputs_is_told_and_nothing_half_counts() {
    let project = large();
    project.ok(&["build"]);
    project.edit("executed", "");
    // There is no room to put them back, nor to make them anew.
    let ran = apart(
        &project,
        "mount -t tmpfs -o size=1m tmpfs out; nexus build || echo failed with $?; ls -s out",
    );
    assert!(ran.stdout.contains("failed with 1"), "{ran}");
    assert!(ran.text().contains("No space left on device"), "{ran}");
    // The disk as it was before is seen again, and so are the results.
    project.remove("out/one");
    let again = project.executed(&["build"]);
    assert!(
        again.is_empty(),
        "{again:?} executed, although their results are known"
    );
    let content = |name: &str| std::fs::read(project.path(name)).expect("an output");
    assert_eq!(content("out/one"), content("out/two"));
}

#[test]
fn a_store_that_may_only_be_read_fails_no_build() {
    let project = layers();
    project.ok(&["build"]);
    std::fs::remove_dir_all(project.path("out")).expect("remove");
    let line = "mount --bind $CACHE $CACHE; mount -o remount,ro,bind $CACHE; nexus build; echo changed > seed; nexus build";
    let ran = apart(&project, line);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_layers_are_right(&project);
    assert!(ran.stderr.contains("NX0601"), "{ran}");
    // Nothing of this was remembered, and nothing is wrong with what was.
    assert_store_is_clean(&project);
    assert_eq!(project.executed(&["build"]).len(), 40);
}

#[test]
fn a_read_only_cache_does_not_fail_a_build() {
    let project = layers();
    // A file where the folder should be: nothing can be written, not even by root.
    std::fs::write(project.cache(), "in the way").unwrap();
    let ran = project.nexus(&["build"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_layers_are_right(&project);
    assert!(ran.stderr.contains("cache"), "the user is told\n{ran}");
}
