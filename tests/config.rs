//! `nexus config`: settings, versions and migrations.

mod support;

use support::{Project, Ran};

const TASK: &str = "tasks.a = { run = \"echo a\"; };\n";

fn with(config: &str) -> Project {
    Project::new(&format!("{config}\n{TASK}"))
}

fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("not JSON ({e}): {ran}"))
}

#[test]
fn the_old_name_works_and_is_warned_about() {
    let old = with("config.parallel = 3;");
    let ran = old.ok(&["run", "a", "--format", "json"]);
    assert_eq!(ran.events("run_started")[0]["parallel"], 3, "{ran}");
    let ran = old.ok(&["check"]);
    assert!(ran.stderr.contains("warning[NX0431]"), "{ran}");
    assert!(ran.stderr.contains("parallel_limit"), "{ran}");
    let new = with("config.parallel_limit = 3;");
    let ran = new.ok(&["run", "a", "--format", "json"]);
    assert_eq!(ran.events("run_started")[0]["parallel"], 3, "{ran}");
    assert_eq!(new.ok(&["check"]).stderr, "");
}

#[test]
fn a_migration_changes_names_and_nothing_else() {
    // Before and after.
    let cases = [
        (
            "# How many\nconfig.parallel   =  4 ;  # at most",
            "# How many\nconfig.parallel_limit   =  4 ;  # at most",
        ),
        (
            "config = {\n  /* here */ parallel = 2 + 2; # parallel\n\n};",
            "config = {\n  /* here */ parallel_limit = 2 + 2; # parallel\n\n};",
        ),
        (
            "config = { \"parallel\" = 4; };",
            "config = { parallel_limit = 4; };",
        ),
        (
            "config = let parallel = 4; in { inherit parallel; };",
            "config = let parallel = 4; in { parallel_limit = parallel; };",
        ),
        (
            "config.parallel = 4;\ntasks.b.run = \"make -j${config.parallel}\";",
            "config.parallel_limit = 4;\ntasks.b.run = \"make -j${config.parallel_limit}\";",
        ),
        (
            "config = { nice = 1; } // { parallel = 4; };",
            "config = { nice = 1; } // { parallel_limit = 4; };",
        ),
    ];
    for (before, after) in cases {
        let project = with(before);
        let text = project.read("nexus.nx");
        let dry = project.ok(&["config", "migrate", "--dry-run"]);
        assert!(
            dry.stdout
                .contains("config.parallel → config.parallel_limit"),
            "{dry}"
        );
        assert_eq!(project.read("nexus.nx"), text, "a dry run writes nothing");
        assert!(!project.exists("nexus.nx.bak"));
        let ran = project.ok(&["config", "migrate"]);
        assert_eq!(
            project.read("nexus.nx"),
            format!("{after}\n{TASK}"),
            "{ran}"
        );
        assert_eq!(project.read("nexus.nx.bak"), text, "what was is kept");
        assert_eq!(project.ok(&["check"]).stderr, "", "{after}");
        let again = project.ok(&["config", "migrate"]);
        assert!(again.stdout.contains("nothing to do"), "{again}");
        assert!(!project.exists("nexus.nx.bak.1"));
    }
}

#[test]
fn imported_settings_are_migrated_where_they_are() {
    let project = with("config = import ./settings.nx;");
    project.edit("settings.nx", "# Ours\nparallel = 4;\n");
    let ran = project.ok(&["config", "migrate", "--format", "json"]);
    assert_eq!(project.read("settings.nx"), "# Ours\nparallel_limit = 4;\n");
    let report = json(&ran);
    assert_eq!(report["changes"][0]["file"], "settings.nx");
    assert_eq!(report["changes"][0]["line"], 2);
    assert_eq!(report["copies"][0], "settings.nx.bak");
}

#[test]
fn what_cannot_be_changed_by_a_machine_is_said() {
    let project = with("config = { \"${\"par\" ++ \"allel\"}\" = 4; };");
    let checked = project.nexus(&["check"]);
    if checked.code != Some(0) {
        // A computed name may be refused altogether; then nothing is to be migrated either.
        assert_eq!(project.nexus(&["config", "migrate"]).code, Some(2));
    }
    // Somebody else reads the same record under its old name.
    let project = with("config = let c = { parallel = 4; }; in if c.parallel > 2 then c else {};");
    let text = project.read("nexus.nx");
    let ran = project.nexus(&["config", "migrate"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("only a person"), "{ran}");
    assert!(!project.exists("nexus.nx.bak"), "{ran}");
    assert_eq!(project.read("nexus.nx"), text);
}

#[test]
fn an_older_copy_is_kept() {
    let project = with("config.parallel = 4;");
    project.edit("nexus.nx.bak", "mine");
    project.ok(&["config", "migrate"]);
    assert_eq!(project.read("nexus.nx.bak"), "mine");
    assert!(
        project
            .read("nexus.nx.bak.1")
            .contains("config.parallel = 4")
    );
}

#[test]
fn a_file_that_cannot_be_written_is_left_as_it_is() {
    let project = with("config.parallel = 4;");
    let text = project.read("nexus.nx");
    // The copy has nowhere to go, not even for root.
    let long = "n".repeat(250) + ".nx";
    std::fs::rename(project.path("nexus.nx"), project.path(&long)).expect("renamed");
    let ran = project.nexus(&["-c", &long, "config", "migrate"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("NX0709"), "{ran}");
    assert_eq!(project.read(&long), text);
}

#[test]
fn both_names_and_newer_versions_are_refused() {
    let ran = with("config = { parallel = 1; parallel_limit = 2; };").nexus(&["check"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("NX0433"), "{ran}");
    // Whatever else a newer version brings along is not complained about.
    for config in [
        "config.version = 2;",
        "config = { version = 2; holograms = true; };",
        "config.version = 2;\ntasks.b = { run = \"x\"; colour = 3; };",
    ] {
        let ran = with(config).nexus(&["run", "a"]);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert_eq!(ran.stderr.matches("error[").count(), 1, "{config}: {ran}");
        assert!(ran.stderr.contains("NX0432"), "{config}: {ran}");
        assert!(ran.stderr.contains("upgrade Nexus"), "{ran}");
    }
    with("config.version = 1;").ok(&["run", "a"]);
    let ran = with("config.version = 0;").nexus(&["check"]);
    assert!(ran.stderr.contains("NX0408"), "{ran}");
}

#[test]
fn every_setting_says_where_it_comes_from() {
    let project =
        with("config = {\n  parallel_limit = 3;\n  pools.link = 1;\n  env.pass = [ \"CC\" ];\n};");
    let report = json(&project.ok(&["config", "check", "--format", "json"]));
    let of = |name: &str| {
        let rows = report["settings"].as_array().expect("settings");
        let row = rows.iter().find(|row| row["name"] == name);
        row.unwrap_or_else(|| panic!("no {name} in {report}"))
            .clone()
    };
    for (name, value, place) in [
        ("config.parallel_limit", "3", "nexus.nx:2"),
        ("config.pools.link", "1", "nexus.nx:3"),
        ("config.env.pass", "[ \"CC\" ]", "nexus.nx:4"),
    ] {
        let row = of(name);
        assert_eq!(
            (&row["value"], &row["place"]),
            (&value.into(), &place.into())
        );
    }
    assert_eq!(of("config.version")["source"], "default");
    assert_eq!(of("cache folder")["place"], "NEXUS_CACHE_DIR");
    assert_eq!(of("project file")["source"], "found");
    let mut command = project.command(&["config", "check", "--log-level", "error"]);
    command
        .env("NEXUS_CONFIG", "nexus.nx")
        .env("NEXUS_STATE_DIRR", "x");
    let ran = Ran::from(command.output().expect("nexus starts"));
    assert_eq!(ran.code, Some(0), "{ran}");
    for words in [
        ["project file", "NEXUS_CONFIG"],
        ["log level", "--log-level"],
    ] {
        let line = |line: &&str| words.iter().all(|word| line.contains(word));
        assert!(ran.stdout.lines().any(|l| line(&l)), "{words:?}: {ran}");
    }
    assert!(ran.stderr.contains("NX0434"), "{ran}");
    assert!(
        ran.stderr.contains("did you mean `NEXUS_STATE_DIR`"),
        "{ran}"
    );
}

#[test]
fn a_check_of_the_configuration_finds_mistakes_of_the_project() {
    let ran = with("config.parallel_limit = \"many\";").nexus(&["config", "check"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    let ran = with("config.parallel = 4;").ok(&["config", "check"]);
    assert!(ran.stderr.contains("NX0431"), "{ran}");
    assert!(ran.stderr.contains("nexus config migrate"), "{ran}");
}
