//! `nexus watch`: a change runs what it affects, and only that.

mod support;
use nix::sys::signal::Signal;
use std::process::Child;
use support::{Project, signal, wait_until};

struct Watched {
    project: Project,
    child: Child,
}

impl Watched {
    fn new(project: Project, task: &str) -> Watched {
        let child = project.start(&["watch", task]);
        Watched { project, child }
    }

    fn wait_for(&self, file: &str, content: &str) {
        wait_until(&format!("{file} is {content:?}"), || {
            std::fs::read_to_string(self.project.path(file)).is_ok_and(|found| found == content)
        });
    }

    /// Ends it as Ctrl+C does; gives what it printed.
    fn end(self) -> (support::Ran, Project) {
        signal(self.child.id(), Signal::SIGINT);
        let ran = support::Ran::from(self.child.wait_with_output().expect("ended"));
        assert_eq!(ran.code, Some(130), "{ran}");
        (ran, self.project)
    }
}

const COPY: &str = r#"
tasks = {
  copy = {
    inputs  = [ "source" ];
    outputs = [ "out/copy" ];
    run     = "echo x >> executed; s=$(cat source); touch started.$s; if [ $s = block ]; then while :; do :; done; fi; echo $s > out/copy";
  };
  other = { inputs = [ "elsewhere/file" ]; outputs = [ "out/other" ]; run = "echo x >> others; cp elsewhere/file out/other"; };
};
"#;

fn copy() -> Project {
    Project::new(COPY)
        .write("source", "one")
        .write("elsewhere/file", "one")
}

#[test]
fn a_change_runs_the_task_again() {
    let watched = Watched::new(copy(), "copy");
    watched.wait_for("out/copy", "one\n");
    for content in ["two", "three"] {
        watched.project.edit("source", content);
        watched.wait_for("out/copy", &format!("{content}\n"));
    }
    // Saved by rename, as many editors do.
    watched.project.edit("source.new", "four");
    let (from, to) = (
        watched.project.path("source.new"),
        watched.project.path("source"),
    );
    std::fs::rename(from, to).expect("rename");
    watched.wait_for("out/copy", "four\n");
    // A damaged output is nobody's input, so nothing runs; the next change repairs it.
    let (ran, project) = watched.end();
    assert!(ran.stdout.contains("source changed"), "{ran}");
    assert!(ran.stderr.contains("waiting for changes"), "{ran}");
    // Once more for a file that was met between being emptied and being written.
    let times = project.read("executed").lines().count();
    assert!((4..=6).contains(&times), "it ran {times} times");
    assert!(!project.exists("others"), "another task ran");
}

#[test]
fn a_change_cancels_a_run_that_it_makes_obsolete() {
    let watched = Watched::new(copy(), "copy");
    watched.wait_for("out/copy", "one\n");
    watched.project.edit("source", "block");
    wait_until("the endless run goes on", || {
        watched.project.exists("started.block")
    });
    watched.project.edit("source", "two");
    watched.wait_for("out/copy", "two\n");
    watched.end();
}

#[test]
fn an_endless_run_is_ended_by_an_interrupt() {
    let project = copy();
    project.edit("source", "block");
    let watched = Watched::new(project, "copy");
    wait_until("the endless run goes on", || {
        watched.project.exists("started.block")
    });
    watched.end();
}

#[test]
fn a_mistake_in_the_project_is_shown_and_waited_for() {
    let watched = Watched::new(copy(), "copy");
    watched.wait_for("out/copy", "one\n");
    let broken = COPY.replace("outputs = [ \"out/copy\" ];", "outpts = [ \"out/copy\" ];");
    watched.project.edit("nexus.nx", &broken);
    let renamed = COPY.replace("out/copy", "out/renamed");
    // Mended however fast: the mistake may never be seen, the cure is.
    watched.project.edit("nexus.nx", &renamed);
    watched.wait_for("out/renamed", "one\n");
    watched.end();
}

#[test]
fn a_project_that_is_wrong_at_first() {
    let project = copy();
    project.edit("nexus.nx", &COPY.replace("copy = {", "copy = ;"));
    let watched = Watched::new(project, "copy");
    watched.project.edit("nexus.nx", COPY);
    watched.wait_for("out/copy", "one\n");
    watched.end();
}

#[test]
fn new_files_of_patterns_and_headers_found_by_running_count() {
    let text = r#"
tasks.all = {
  inputs  = [ "parts/**/*.txt" ];
  outputs = [ "out/all" ];
  run     = { cmd = "cat $(find parts -name '*.txt' | sort) shared/header > out/all; echo 'out/all: shared/header' > out/deps"; depfile = "out/deps"; };
};
"#;
    let project = Project::new(text)
        .write("parts/a.txt", "a\n")
        .write("shared/header", "h\n");
    let watched = Watched::new(project, "all");
    watched.wait_for("out/all", "a\nh\n");
    watched.project.edit("parts/b.txt", "b\n");
    watched.wait_for("out/all", "a\nb\nh\n");
    watched.project.edit("shared/header", "H\n");
    watched.wait_for("out/all", "a\nb\nH\n");
    watched.project.edit("parts/deep/c.txt", "c\n");
    watched.wait_for("out/all", "a\nb\nc\nH\n");
    watched.project.edit("parts/deep/c.txt", "C\n");
    watched.wait_for("out/all", "a\nb\nC\nH\n");
    watched.end();
}

#[test]
fn an_unknown_task_is_a_mistake_that_can_be_mended() {
    let project = copy();
    let watched = Watched::new(project, "copi");
    watched
        .project
        .edit("nexus.nx", &COPY.replace("copy = {", "copi = {"));
    watched.wait_for("out/copy", "one\n");
    watched.end();
}

#[test]
fn a_dry_run_executes_nothing_and_ends() {
    let project = copy();
    let ran = project.ok(&["watch", "-n", "copy"]);
    assert!(ran.stdout.contains("copy"), "{ran}");
    assert!(!project.exists("executed"), "{ran}");
}
