//! The example of the README: a real C program of more than thirty files, whose sources come from
//! the package registry as a task of the project itself.

mod support;
use std::path::Path;
use support::Project;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the example").flatten() {
        let name = entry.file_name();
        if ["lua", "build"].iter().any(|made| name == *made) && from.ends_with("lua") {
            continue;
        }
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(name));
        } else {
            std::fs::copy(entry.path(), to.join(name)).expect("copied");
        }
    }
}

#[test]
fn lua_is_fetched_compiled_tested_and_not_made_again() {
    let project = Project::new("");
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/lua"),
        &project.root(),
    );
    let first = project.executed(&["run", "test"]);
    let objects = first.iter().filter(|task| task.starts_with("obj.")).count();
    assert!(objects >= 30, "{first:?}");
    for task in ["fetch", "link", "test"] {
        assert!(first.iter().any(|t| t == task), "{first:?}");
    }
    let again = project.ok(&["run", "test"]);
    assert!(again.stdout.contains("up to date"), "{again}");
    let log = project.ok(&["run", "test", "--force"]);
    assert!(log.text().contains("checks passed"), "{log}");

    // The fetched sources are the user's to change.
    let source = project.read("lua/lapi.c");
    project.edit("lua/lapi.c", &format!("{source}\n/* a remark */\n"));
    assert_eq!(project.executed(&["run", "test"]), ["obj.lapi"]);
    assert!(
        project.read("lua/lapi.c").ends_with("/* a remark */\n"),
        "an edit is never overwritten"
    );
    let header = project.read("lua/lzio.h");
    project.edit("lua/lzio.h", &format!("{header}\n/* a remark */\n"));
    let users = project.executed(&["run", "test"]);
    assert!(
        users.len() > 5 && users.len() < objects,
        "exactly its users: {users:?}"
    );
    assert!(
        users.iter().all(|task| task.starts_with("obj.")),
        "nothing is linked: {users:?}"
    );
    std::fs::remove_file(project.path("build/lua")).expect("removed");
    assert!(project.executed(&["run", "test"]).is_empty());
    assert!(project.exists("build/lua"));
}
