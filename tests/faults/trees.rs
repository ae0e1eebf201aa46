//! Folders and names that are not as one would wish.

use crate::support::{Project, Ran};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

/// As many as `split` makes of so many lines.
const MANY: usize = 100_000;

#[test]
fn a_hundred_thousand_tiny_files() {
    let project = Project::new(&format!(
        r#"
tasks = {{
  make  = {{ inputs = [ "seed" ]; outputs = {{ out = "many"; }}; run = "rm -rf many; mkdir many; cd many; seq {MANY} | split -a 4 -l 1 - f"; }};
  count = {{ inputs = [ tasks.make.outputs.out ]; outputs = [ "count" ]; run = "ls many | wc -l > count"; }};
}};
"#
    ))
    .write("seed", "");
    assert_eq!(project.executed(&["build"]), ["make", "count"]);
    assert_eq!(project.read("count").trim(), MANY.to_string());
    assert!(project.executed(&["build"]).is_empty());
    // One of them is damaged, one is gone, one is too much.
    project.edit("many/faaab", "damaged\n");
    project.remove("many/faaac");
    project.edit("many/more", "");
    assert!(
        project.executed(&["build"]).is_empty(),
        "they are put right"
    );
    assert_eq!(project.read("many/faaab"), "2\n");
    assert_eq!(project.read("many/faaac"), "3\n");
    let count = std::fs::read_dir(project.path("many"))
        .expect("a folder")
        .count();
    assert_eq!(count, MANY);
}

#[test]
fn loops_of_links_end() {
    let project = Project::new(
        r#"
tasks = {
  list = { inputs = [ "src/**" ]; outputs = { out = "list"; }; run = "find src -type f | sort > list"; };
  tree = { outputs = { out = "made"; }; run = "mkdir -p made/in; echo x > made/in/file; ln -sfn .. made/in/up; ln -sfn b made/a; ln -sfn a made/b; ln -sfn nowhere made/none"; };
  use  = { inputs = [ tasks.tree.outputs.out ]; outputs = [ "used" ]; run = "cat made/in/up/in/file > used"; };
};
"#,
    )
    .write("src/file", "1\n");
    symlink(".", project.path("src/self")).expect("a link");
    symlink("../src", project.path("src/round")).expect("a link");
    symlink("two", project.path("src/one")).expect("a link");
    symlink("one", project.path("src/two")).expect("a link");
    symlink("/nowhere/at/all", project.path("src/dangling")).expect("a link");
    let mut all = project.executed_sorted(&["build"]);
    all.dedup();
    assert_eq!(all, ["list", "tree", "use"]);
    assert_eq!(project.read("list"), "src/file\n");
    assert_eq!(project.read("used"), "x\n");
    assert!(project.executed(&["build"]).is_empty());
    std::fs::remove_dir_all(project.path("made")).expect("remove");
    assert!(
        project.executed(&["build"]).is_empty(),
        "links are put back as links"
    );
    let link = std::fs::read_link(project.path("made/in/up")).expect("a link");
    assert_eq!(link.to_str(), Some(".."));
    assert_eq!(
        std::fs::read_link(project.path("made/none"))
            .expect("a link")
            .to_str(),
        Some("nowhere")
    );
    project.edit("src/other", "");
    assert_eq!(project.executed(&["build", "list"]), ["list"]);
}

/// Everything that has a meaning somewhere, and a line end.
const ODD: &str =
    "a b'c\"d\\e$f`g;h|i&j<k>l(m)n{o}p[q]r*s?t!u~v#w%x^y=z,:@+\u{7f}\t\u{e9}\u{1f980}\u{202e}\n-";

#[test]
fn paths_with_every_odd_character() {
    let project = Project::new(
        r#"
tasks = {
  copy = { inputs = [ "src/**" ]; outputs = { out = "out"; }; run = "rm -rf out; cp -r src out"; };
  list = { inputs = [ tasks.copy.outputs.out ]; outputs = [ "count" ]; run = "find out -type f | grep -c text > count"; };
  note = { run = [ "pwd > where" "true" ]; };
};
"#,
    );
    // The whole project in such a folder, with such a file in such a folder.
    let odd = project.root().join(ODD);
    std::fs::create_dir_all(odd.join("src").join(ODD)).expect("folders");
    std::fs::copy(project.path("nexus.nx"), odd.join("nexus.nx")).expect("copied");
    let file = odd.join("src").join(ODD).join(format!("text {ODD}"));
    std::fs::write(&file, "1\n").expect("written");
    std::fs::write(odd.join("src/-text"), "1\n").expect("written");
    let nexus = |args: &[&str]| {
        let output = project.command(args).current_dir(&odd).output();
        let ran = Ran::from(output.expect("nexus starts"));
        assert_eq!(ran.code, Some(0), "{ran}");
        ran
    };
    let executed = |args: &[&str]| {
        let all = [&["--format", "json"], args].concat();
        nexus(&all).events("task_started").len()
    };
    assert_eq!(executed(&["build"]), 2);
    assert_eq!(executed(&["build"]), 0);
    let copy = odd.join("out").join(ODD).join(format!("text {ODD}"));
    assert_eq!(std::fs::read_to_string(&copy).expect("copied"), "1\n");
    std::fs::remove_dir_all(odd.join("out")).expect("remove");
    assert_eq!(executed(&["build"]), 0, "it is put back");
    assert_eq!(std::fs::read_to_string(&copy).expect("put back"), "1\n");
    std::fs::write(&file, "2\n").expect("written");
    assert_eq!(executed(&["build"]), 2, "a change is seen");
    nexus(&["run", "note"]);
    nexus(&["why", "copy"]);
    nexus(&["pipelines"]);
    nexus(&["report"]);
    nexus(&["cache", "verify"]);
}

/// Names that are no text at all.
#[test]
fn a_name_that_is_not_utf_8_is_told() {
    let project = Project::new(
        r#"tasks.pack = { inputs = [ "src/**" ]; outputs = [ "out" ]; run = "cat src/* > out"; };"#,
    )
    .write("src/a", "1\n");
    let name = |bytes: &[u8]| project.path("src").join(OsStr::from_bytes(bytes));
    project.ok(&["build"]);
    std::fs::write(name(b"b\xff"), "2\n").expect("written");
    let ran = project.nexus(&["build"]);
    // It cannot be named, so it cannot be left out silently either.
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(
        ran.text().contains("NX0512") && ran.text().contains("not UTF-8"),
        "{ran}"
    );
    std::fs::rename(name(b"b\xff"), project.path("src/b")).expect("renamed");
    project.ok(&["build"]);
    assert_eq!(project.read("out"), "1\n2\n");
}
