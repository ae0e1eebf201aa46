//! Clocks that are wrong: files dated in the future, then in the past.

use crate::support::Project;
use std::time::{Duration, SystemTime};

fn dated(project: &Project, name: &str, text: &str, time: SystemTime) {
    project.edit(name, text);
    filetime::set_file_mtime(project.path(name), time.into()).expect("dated");
}

#[test]
fn a_clock_that_goes_back_hides_no_change() {
    let project = Project::new(
        r#"
tasks = {
  copy = { inputs = [ "source" ]; outputs = { out = "copy"; }; run = "cp source copy"; };
  last = { inputs = [ tasks.copy.outputs.out ]; outputs = [ "last" ]; run = "cp copy last"; };
};
"#,
    );
    let (now, hour) = (SystemTime::now(), Duration::from_secs(3600));
    let times = [
        now + 1000 * hour,
        now,
        now - hour,
        now - hour,
        SystemTime::UNIX_EPOCH + hour,
        now + hour,
        now + 1000 * hour,
    ];
    for (i, time) in times.into_iter().enumerate() {
        // Of the same length every time, so that only content and time differ.
        let text = format!("version {i}\n");
        dated(&project, "source", &text, time);
        assert_eq!(project.executed(&["build"]), ["copy", "last"], "{time:?}");
        assert_eq!(project.read("last"), text);
        assert!(
            project.executed(&["build"]).is_empty(),
            "once is enough at {time:?}"
        );
        // An output with a strange date is the same output; another content under its old date is not.
        dated(&project, "copy", &text, now + 2000 * hour);
        assert!(project.executed(&["build"]).is_empty());
        let kept = project
            .path("last")
            .metadata()
            .and_then(|m| m.modified())
            .expect("its date");
        dated(&project, "last", &text.to_uppercase(), kept);
        project.ok(&["build"]);
        assert_eq!(
            project.read("last"),
            text,
            "damage is put right at {time:?}"
        );
    }
    // Back to the first content with its date: its result is known.
    dated(&project, "source", "version 0\n", times[0]);
    assert!(project.executed(&["build"]).is_empty());
    assert_eq!(project.read("last"), "version 0\n");
}

#[test]
fn the_project_file_may_be_from_the_future_too() {
    let project = Project::new("");
    let future = SystemTime::now() + Duration::from_secs(86_400);
    for word in ["one", "two", "six"] {
        let text =
            format!("tasks.say = {{ outputs = [ \"out\" ]; run = \"echo {word} > out\"; }};\n");
        dated(&project, "nexus.nx", &text, future);
        project.ok(&["build"]);
        assert_eq!(project.read("out"), format!("{word}\n"));
    }
}
