//! Pools, weights, niceness, and the limits of the machine.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use support::{Project, Ran};

/// A task that writes down how many of `group` run while it does.
fn counted(group: &str) -> String {
    format!(
        "mkdir -p {group}; touch {group}/$$; sleep 0.05; ls {group} | wc -l >> most.{group}; rm {group}/$$"
    )
}

/// The highest number that was written down.
fn most(project: &Project, group: &str) -> usize {
    let text = project.read(&format!("most.{group}"));
    let numbers = text.lines().map(|line| line.trim().parse::<usize>());
    numbers.map(|n| n.expect("a number")).max().unwrap_or(0)
}

/// Tasks by their fields; everything is asked for by `all`.
fn project(config: &str, tasks: &[(String, String)]) -> Project {
    let mut text = format!("{config}\ntasks = {{\n");
    for (name, fields) in tasks {
        _ = writeln!(text, "  {name} = {{ {fields} }};");
    }
    let names: Vec<String> = tasks.iter().map(|(n, _)| format!("tasks.{n}")).collect();
    _ = writeln!(text, "  all.deps = [ {} ];\n}};", names.join(" "));
    Project::new(&text)
}

#[test]
fn no_more_tasks_of_a_pool_run_than_it_has_places() {
    let mut tasks = Vec::new();
    for i in 0..5 {
        let link = format!("run = \"{}\"; pool = \"link\";", counted("link"));
        let pair = format!("run = \"{}\"; pool = \"pair\";", counted("pair"));
        let free = format!("run = \"{}\";", counted("free"));
        tasks.push((format!("link{i}"), link));
        tasks.push((format!("pair{i}"), pair));
        tasks.push((format!("free{i}"), free));
    }
    let project = project("config.pools = { link = 1; pair = 2; };", &tasks);
    project.ok(&["run", "-p", "8", "all"]);
    assert_eq!(most(&project, "link"), 1);
    assert!(most(&project, "pair") <= 2);
    // Those of no pool were not held up by those that wait for one.
    assert!(most(&project, "free") >= 2);
}

#[test]
fn a_heavy_task_runs_alone_and_is_reached() {
    let mut tasks: Vec<(String, String)> = (0..12)
        .map(|i| (format!("t{i:02}"), format!("run = \"{}\";", counted("all"))))
        .collect();
    let alone = "test $(ls all | wc -l) = 0 && touch all/me && sleep 0.05 && test $(ls all | wc -l) = 1 && rm all/me";
    let heavy = format!("run = \"mkdir -p all; {alone}\"; weight = 100;");
    tasks.insert(4, ("t03b".to_string(), heavy));
    let project = project("", &tasks);
    project.ok(&["run", "-p", "4", "all"]);
    assert!(most(&project, "all") > 1, "the others shared the slots");
}

#[test]
fn a_task_is_as_nice_as_it_says_and_so_is_what_it_starts() {
    let nice = "sh -c 'nice' > ";
    let tasks = [
        ("usual".into(), format!("run = \"{nice} usual\";")),
        ("own".into(), format!("run = \"{nice} own\"; nice = 12;")),
        ("zero".into(), format!("run = \"{nice} zero\"; nice = 0;")),
    ];
    let ran = |config: &str| {
        let project = project(config, &tasks);
        project.ok(&["run", "all"]);
        ["usual", "own", "zero"].map(|name| project.read(name).trim().parse::<i32>().unwrap())
    };
    let [base, own, zero] = ran("");
    assert_eq!((own, zero), ((base + 12).min(19), base));
    let [usual, own, zero] = ran("config.nice = 5;");
    assert_eq!(usual, (base + 5).min(19));
    assert_eq!((own, zero), ((base + 12).min(19), base));
}

#[test]
fn resources_are_no_part_of_what_a_task_is() {
    let task = |more: &str| {
        format!(
            "config.pools = {{ link = 1; }};\ntasks.a = {{ inputs = [ \"seed\" ]; outputs = [ \"out\" ]; run = \"cp seed out\"; {more} }};\n"
        )
    };
    let project = Project::new(&task("")).write("seed", "1");
    assert_eq!(project.executed(&["build"]), ["a"]);
    for more in ["pool = \"link\";", "weight = 3;", "nice = 10;"] {
        project.edit("nexus.nx", &task(more));
        assert!(project.executed(&["build"]).is_empty(), "{more}");
    }
}

#[test]
fn mistakes_are_found_before_anything_runs() {
    let task = |config: &str, fields: &str| {
        format!("{config}\ntasks.a = {{ run = \"touch ran\"; {fields} }};\n")
    };
    let pools = "config.pools = { link = 1; gpu = 2; };";
    let cases: BTreeMap<String, (&str, &str)> = [
        (
            task(pools, "pool = \"lnik\";"),
            ("NX0430", "did you mean `link`?"),
        ),
        (task(pools, "pool = \"tape\";"), ("NX0430", "`gpu`, `link`")),
        (
            task("", "pool = \"tape\";"),
            ("NX0430", "config.pools.tape = 1"),
        ),
        (
            task("config.pools = { link = 0; };", ""),
            ("NX0408", "config.pools.link"),
        ),
        (task("", "weight = 0;"), ("NX0408", "at least 1")),
        (task("", "nice = 20;"), ("NX0408", "19")),
        (
            task("config.nice = 0 - 1;", ""),
            ("NX0408", "`config.nice`"),
        ),
        (task("", "weight = \"two\";"), ("NX0201", "weight")),
        (
            "tasks = { a.run = \"true\"; b = { deps = [ tasks.a ]; weight = 2; }; };\n".into(),
            ("NX0406", "weight"),
        ),
    ]
    .into();
    for (text, (code, says)) in cases {
        let project = Project::new(&text);
        let ran = project.nexus(&["check"]);
        assert_eq!(ran.code, Some(2), "{text}\n{ran}");
        assert!(ran.stderr.contains(code), "{text}\n{ran}");
        assert!(ran.stderr.contains(says), "{text}\n{ran}");
        project.nexus(&["run", "a"]);
        assert!(!project.exists("ran"), "{text}");
    }
    // The message points at the name of the pool.
    let project = Project::new(&task(pools, "pool = \"lnik\";"));
    let ran = project.nexus(&["check", "--format", "json"]);
    let found: serde_json::Value =
        serde_json::from_str(ran.stderr.lines().next().unwrap()).unwrap();
    let text = project.read("nexus.nx");
    let fix = &found["fix"]["edits"][0];
    assert!(fix.to_string().contains("\\\"link\\\""), "{found}\n{text}");
}

#[test]
fn what_is_special_is_shown() {
    let tasks = [(
        "a".into(),
        "run = \"true\"; pool = \"link\"; weight = 2; nice = 3;".into(),
    )];
    let project = project("config.pools = { link = 1; };", &tasks);
    let shown = "pool link, weight 2, nice 3";
    for args in [
        &["graph"][..],
        &["graph", "--format", "dot"],
        &["run", "-n", "all"],
    ] {
        let ran = project.ok(args);
        assert!(ran.stdout.contains(shown), "{args:?}\n{ran}");
    }
    let ran = project.ok(&["list", "a", "--format", "json"]);
    let list: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(list[0]["pool"], "link");
    assert_eq!(
        (&list[0]["weight"], &list[0]["nice"]),
        (&2.into(), &3.into())
    );
}

/// Runs `nexus` by a shell that limits it first.
fn limited(project: &Project, before: &str, args: &str) -> Ran {
    let command = project.command(&[]);
    let mut shell = std::process::Command::new("sh");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let script = format!("{before} {} {args}", env!("CARGO_BIN_EXE_nexus"));
    shell.args(["-c", &script]).current_dir(project.root());
    Ran::from(shell.output().expect("sh starts"))
}

fn forty() -> Project {
    let tasks: Vec<(String, String)> = (0..40)
        .map(|i| {
            let run = format!("run = \"ulimit -n > limit.{i}; sleep 0.02\";");
            (format!("t{i}"), run)
        })
        .collect();
    project("", &tasks)
}

#[test]
fn the_limit_on_open_files_is_raised_for_nexus_alone() {
    let project = forty();
    let ran = limited(&project, "ulimit -Sn 60;", "run -p 40 all");
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(!ran.text().contains("NX0550"), "{ran}");
    for i in 0..40 {
        assert_eq!(project.read(&format!("limit.{i}")).trim(), "60");
    }
}

#[test]
fn a_low_hard_limit_is_worked_with_and_told() {
    let project = forty();
    let ran = limited(&project, "ulimit -n 60;", "run -p 40 all");
    assert_eq!(ran.code, Some(0), "{ran}");
    let text = ran.text();
    assert_eq!(text.matches("NX0550").count(), 1, "{ran}");
    // What it takes is said, and is enough.
    let wanted = text.split("`ulimit -n ").nth(1).expect("the command");
    let wanted: u32 = wanted
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .and_then(|n| n.parse().ok())
        .expect("a figure");
    let enough = limited(&project, &format!("ulimit -n {wanted};"), "run -p 40 all");
    assert!(!enough.text().contains("NX0550"), "{enough}");
}

#[test]
fn as_many_tasks_at_once_as_processors_may_be_used() {
    let project = Project::new("tasks.a.run = \"true\";");
    let ran = limited(&project, "taskset -c 0", "run a --format json");
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(ran.events("run_started")[0]["parallel"], 1, "{ran}");
}
