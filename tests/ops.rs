//! `std.ops` on this machine: each operation brings about what it says, and a second run changes
//! nothing. What would change the machine itself runs against stand-ins for the programs it uses,
//! which keep their state in the project.

mod support;

use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use support::{Project, Ran};

/// A project whose task `it` does `operations`, a list of steps.
fn project(operations: &str) -> Project {
    Project::new(&format!("tasks.it.run = {operations};\n"))
}

/// With stand-ins for programs: names, and shell scripts that see `$STATE`, a folder.
fn with_programs(project: Project, programs: &[(&str, &str)]) -> Project {
    std::fs::create_dir_all(project.path("state")).expect("a folder");
    for (name, body) in programs {
        let script = format!(
            "#!/bin/sh\nSTATE={}/state\n{body}\n",
            project.root().display()
        );
        let file = format!("bin/{name}");
        project.edit(&file, &script);
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(project.path(&file), executable).expect("executable");
    }
    project
}

fn run(project: &Project) -> Ran {
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", project.path("bin").display());
    let mut command = project.command(&["run", "it"]);
    Ran::from(command.env("PATH", path).output().expect("nexus starts"))
}

/// The first run does something, the second nothing.
fn settles(project: &Project) -> Ran {
    let first = run(project);
    assert_eq!(first.code, Some(0), "{first}");
    assert!(first.stdout.contains("1 task · 1 run"), "{first}");
    unchanged(project);
    first
}

fn unchanged(project: &Project) {
    let second = run(project);
    assert_eq!(second.code, Some(0), "{second}");
    assert!(second.stdout.contains("1 task · 1 unchanged"), "{second}");
}

fn mode(project: &Project, name: &str) -> u32 {
    let metadata = std::fs::metadata(project.path(name)).expect("the file");
    metadata.permissions().mode() & 0o7777
}

#[test]
fn a_file_has_its_content_and_mode() {
    let text = "it's\\n\\\"$HOME\\\" `x` %s \\\\\\\\n\\n\\n";
    let project = project(&format!(
        "std.ops.file {{ path = \"motd\"; content = \"{}\"; mode = \"0640\"; }}",
        text.replace('$', "\\$")
    ));
    let first = settles(&project);
    assert!(first.stdout.contains("write motd"), "{first}");
    assert_eq!(project.read("motd"), "it's\n\"$HOME\" `x` %s \\\\n\n\n");
    assert_eq!(mode(&project, "motd"), 0o640);
    // Whatever somebody changes is put right, and only that.
    project.edit("motd", "other");
    settles(&project);
    let open = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(project.path("motd"), open).expect("a mode");
    let again = settles(&project);
    assert!(again.stdout.contains("nothing to do"), "{again}");
    assert_eq!(mode(&project, "motd"), 0o640);
}

#[test]
fn odd_names_are_only_names() {
    let names = [
        "a b", "-n", "--help", "it's", "$HOME", "x=y", "*", "é", "a;b", "(", "~", "!x",
    ];
    let list: Vec<_> = names
        .iter()
        .map(|name| format!("\"{}\"", name.replace('$', "\\$")))
        .collect();
    let project = project(&format!(
        "concat_map (path: std.ops.file {{ inherit path; content = path; mode = \"0600\"; }}
           ++ std.ops.line {{ path = \"lines of ${{path}}\"; line = path; }}
           ++ std.ops.directory {{ path = \"dirs/${{path}}/x\"; mode = \"0700\"; }}
           ++ std.ops.link {{ path = \"links ${{path}}\"; target = path; }}) [ {} ]",
        list.join(" ")
    ));
    settles(&project);
    for name in names {
        assert_eq!(project.read(name), name);
        assert_eq!(
            project.read(&format!("lines of {name}")),
            format!("{name}\n")
        );
        assert!(project.path(&format!("dirs/{name}/x")).is_dir());
        let link = std::fs::read_link(project.path(&format!("links {name}"))).expect("a link");
        assert_eq!(link.to_string_lossy(), name);
    }
}

#[test]
fn files_are_copied_made_and_removed() {
    let project = project(
        "std.ops.file { path = \"copy\"; source = ./original; }
           ++ std.ops.file { path = \"empty\"; }
           ++ std.ops.file { path = \"gone\"; state = \"absent\"; }
           ++ std.ops.directory { path = \"gone_too\"; state = \"absent\"; }",
    )
    .write("original", "text\n")
    .write("gone", "")
    .write("gone_too/deep/file", "");
    settles(&project);
    assert_eq!(project.read("copy"), "text\n");
    assert_eq!(project.read("empty"), "");
    assert!(!project.exists("gone") && !project.exists("gone_too"));
    project.edit("original", "new\n");
    settles(&project);
    assert_eq!(project.read("copy"), "new\n");
}

#[test]
fn owners_are_those_named() {
    // The owner of a new file is whoever runs this.
    let id = |flag: &str| {
        let out = Command::new("id").args([flag, "-n"]).output().expect("id");
        String::from_utf8_lossy(&out.stdout).trim().to_string()
    };
    let project = project(&format!(
        "std.ops.file {{ path = \"f\"; owner = \"{}\"; group = \"{}\"; }}",
        id("-u"),
        id("-g")
    ));
    settles(&project);
}

#[test]
fn a_link_is_moved_but_a_folder_is_not_replaced() {
    let project = project("std.ops.link { path = \"current\"; target = \"releases/2\"; }");
    std::os::unix::fs::symlink("releases/1", project.path("current")).expect("a link");
    settles(&project);
    let link = std::fs::read_link(project.path("current")).expect("a link");
    assert_eq!(link.to_string_lossy(), "releases/2");
    project.remove("current");
    project.edit("current/file", "");
    let ran = run(&project);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stdout.contains("current is a folder"), "{ran}");
    assert!(project.exists("current/file"));
}

#[test]
fn lines_are_put_replaced_and_removed() {
    let cases = [
        ("", "line = \"a\";", "a\n"),
        ("x", "line = \"a\";", "x\na\n"),
        (
            "a=1\nb\na=2\n\n",
            "line = \"a=3\"; match = \"^a=\";",
            "a=3\nb\n\n",
        ),
        ("b\n", "line = \"a=3\"; match = \"^a=\";", "b\na=3\n"),
        ("1.5\n105\n", "line = \"1.5\"; state = \"absent\";", "105\n"),
        (
            "# a\nb\n",
            "line = \"\"; match = \"^#\"; state = \"absent\";",
            "b\n",
        ),
        ("x\n", "line = \"\\\\d \\$1 & it's\";", "x\n\\d $1 & it's\n"),
    ];
    for (before, options, after) in cases {
        let project =
            project(&format!("std.ops.line {{ path = \"f\"; {options} }}")).write("f", before);
        settles(&project);
        assert_eq!(project.read("f"), after, "{options}");
    }
    let absent = project("std.ops.line { path = \"none\"; line = \"a\"; state = \"absent\"; }");
    unchanged(&absent);
    assert!(!absent.exists("none"));
}

#[test]
fn an_archive_is_unpacked_when_it_is_new() {
    let project = project(
        "std.ops.archive { source = \"a b.tar\"; destination = \"out dir\"; strip = 1; }
           ++ std.ops.archive { source = \"a b.tar\"; destination = \"once\"; creates = \"once/top/file\"; }",
    )
    .write("top/file", "one");
    let pack = || {
        let mut tar = Command::new("tar");
        tar.args(["-cf", "a b.tar", "top"])
            .current_dir(project.root());
        assert!(tar.status().expect("tar").success());
    };
    pack();
    settles(&project);
    assert_eq!(project.read("out dir/file"), "one");
    assert_eq!(project.read("once/top/file"), "one");
    project.edit("top/file", "two, longer");
    pack();
    settles(&project);
    assert_eq!(project.read("out dir/file"), "two, longer");
    assert_eq!(project.read("once/top/file"), "one");
}

#[test]
fn a_download_is_what_its_digest_says() {
    let digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    // A stand-in: what is asked for is in a file of that name.
    let curl = "while [ $# -gt 0 ]; do case $1 in -o) to=$2; shift;; esac; url=$1; shift; done
cat \"$STATE/${url##*/}\" > \"$to\"";
    let project = project(&format!(
        "std.ops.download {{ url = \"https://x.org/it\"; path = \"-f\"; sha256 = \"{}\"; }}
           ++ std.ops.download {{ url = \"https://x.org/it\"; path = \"g\"; }}",
        digest.to_uppercase()
    ));
    let project = with_programs(project, &[("curl", curl)]).write("state/it", "hello");
    settles(&project);
    assert_eq!(
        (project.read("-f"), project.read("g")),
        ("hello".into(), "hello".into())
    );
    project.edit("-f", "tampered");
    settles(&project);
    assert_eq!(project.read("-f"), "hello");
    project.remove("-f");
    project.edit("state/it", "other");
    let ran = run(&project);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stdout.contains("does not have the digest"), "{ran}");
    assert!(!project.exists("-f") && !project.exists("-f.part"));
}

#[test]
fn a_checkout_follows_its_revision() {
    let project = Project::new("");
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@x.org"]);
        git.args([
            "-c",
            "commit.gpgsign=false",
            "-c",
            "init.defaultBranch=main",
        ]);
        let done = git
            .args(args)
            .current_dir(project.root())
            .output()
            .expect("git");
        assert!(done.status.success(), "git {args:?}: {done:?}");
        String::from_utf8_lossy(&done.stdout).trim().to_string()
    };
    let commit = |text: &str| {
        project.edit("origin/file", text);
        git(&["-C", "origin", "add", "-A"]);
        git(&["-C", "origin", "commit", "-qm", text]);
        git(&["-C", "origin", "rev-parse", "HEAD"])
    };
    git(&["init", "-q", "origin"]);
    commit("one");
    git(&["-C", "origin", "tag", "v1"]);
    let second = commit("two");
    let want = |revision: &str, more: &str| {
        project.edit(
            "nexus.nx",
            &format!(
                "tasks.it.run = std.ops.git {{ repository = \"{}/origin\"; path = \"our copy\"; revision = \"{revision}\"; {more} }};",
                project.root().display()
            ),
        );
    };
    want("v1", "");
    settles(&project);
    assert_eq!(project.read("our copy/file"), "one");
    want(&second, "");
    settles(&project);
    assert_eq!(project.read("our copy/file"), "two");
    want("main", "");
    unchanged(&project);
    commit("three");
    unchanged(&project);
    want("main", "update = true;");
    settles(&project);
    assert_eq!(project.read("our copy/file"), "three");
    want("nowhere", "");
    assert_eq!(run(&project).code, Some(1));
}

#[test]
fn packages_are_installed_and_removed() {
    let apt = "for word; do case $word in
  install) act=touch;; remove) act='rm -f';; update) exit 0;; -*) ;;
  *) $act \"$STATE/$word\";; esac; done";
    let dpkg = "for word; do :; done; [ -e \"$STATE/$word\" ] && printf 'install ok installed'";
    let wanted = |options: &str| {
        format!("std.ops.package {{ names = [ \"git\" \"c++\" ]; sudo = false; {options} }}")
    };
    for options in ["manager = \"apt\";", "update = true;"] {
        let project = with_programs(
            project(&wanted(options)),
            &[("apt-get", apt), ("dpkg-query", dpkg)],
        );
        settles(&project);
        assert!(project.exists("state/git") && project.exists("state/c++"));
        project.remove("state/git");
        settles(&project);
        let text = format!(
            "tasks.it.run = {};",
            wanted("state = \"absent\"; manager = \"apt\";")
        );
        project.edit("nexus.nx", &text);
        settles(&project);
        assert!(!project.exists("state/git") && !project.exists("state/c++"));
    }
}

#[test]
fn services_run_and_stay_enabled() {
    let systemctl = "for unit; do :; done
case $1 in
  is-active) [ -e \"$STATE/on.$unit\" ];; is-enabled) [ -e \"$STATE/boot.$unit\" ];;
  start) touch \"$STATE/on.$unit\";; stop) rm -f \"$STATE/on.$unit\";;
  enable) touch \"$STATE/boot.$unit\";; disable) rm -f \"$STATE/boot.$unit\";;
esac";
    let project = project("std.ops.service { name = \"web@1\"; enabled = true; sudo = false; }");
    let project = with_programs(project, &[("systemctl", systemctl)]);
    settles(&project);
    assert!(project.exists("state/on.web@1") && project.exists("state/boot.web@1"));
    project.edit(
        "nexus.nx",
        "tasks.it.run = std.ops.service { name = \"web@1\"; state = \"stopped\"; enabled = false; sudo = false; };",
    );
    settles(&project);
    assert!(!project.exists("state/on.web@1") && !project.exists("state/boot.web@1"));
}

#[test]
fn users_and_groups_are_as_described() {
    let getent =
        "case $1 in group) [ -e \"$STATE/group.$2\" ];; passwd) cat \"$STATE/user.$2\";; esac";
    let id = "case $1 in -nG) cat \"$STATE/in.$2\";; *) [ -e \"$STATE/user.$2\" ];; esac";
    let useradd = "for word; do :; done; echo \"$word:x:1:1::/home/$word:/bin/sh\" > \"$STATE/user.$word\"; echo \"$word\" > \"$STATE/in.$word\"";
    let usermod = "case $1 in
  -aG) echo \"$(cat \"$STATE/in.$3\") $2\" > \"$STATE/in.$3\";;
  -s) echo \"$3:x:1:1::/home/$3:$2\" > \"$STATE/user.$3\";; esac";
    let groupadd = "for word; do :; done; touch \"$STATE/group.$word\"";
    let project = project(
        "std.ops.group { name = \"www\"; gid = 990; sudo = false; }
           ++ std.ops.user { name = \"app\"; shell = \"/bin/false\"; groups = [ \"www\" \"adm\" ]; sudo = false; }",
    );
    let userdel = "rm \"$STATE/user.$1\"";
    let project = with_programs(
        project,
        &[
            ("getent", getent),
            ("id", id),
            ("useradd", useradd),
            ("usermod", usermod),
            ("groupadd", groupadd),
            ("userdel", userdel),
        ],
    );
    settles(&project);
    assert_eq!(project.read("state/in.app"), "app www adm\n");
    assert!(project.read("state/user.app").ends_with(":/bin/false\n"));
    project.edit(
        "nexus.nx",
        "tasks.it.run = std.ops.user { name = \"app\"; state = \"absent\"; sudo = false; };",
    );
    settles(&project);
    assert!(!project.exists("state/user.app"));
}

#[test]
fn a_crontab_has_its_entries_and_those_of_others() {
    let crontab = "case $1 in -l) cat \"$STATE/tab\";; -) cat > \"$STATE/new\"; mv \"$STATE/new\" \"$STATE/tab\";; esac";
    let entry = |name: &str, more: &str| format!("std.ops.cron {{ name = \"{name}\"; {more} }}");
    let project = project(&format!(
        "{} ++ {}",
        entry(
            "back up",
            "schedule = \"0 3 * * *\"; command = \"tar -c it's > \\\"%x\\\"\";"
        ),
        entry("b", "schedule = \"@daily\"; command = \"b\";")
    ));
    let project =
        with_programs(project, &[("crontab", crontab)]).write("state/tab", "@hourly own\n");
    settles(&project);
    let tab =
        "@hourly own\n# nexus: back up\n0 3 * * * tar -c it's > \"%x\"\n# nexus: b\n@daily b\n";
    assert_eq!(project.read("state/tab"), tab);
    let text = format!(
        "tasks.it.run = {};",
        entry("back up", "state = \"absent\";")
    );
    project.edit("nexus.nx", &text);
    settles(&project);
    assert_eq!(
        project.read("state/tab"),
        "@hourly own\n# nexus: b\n@daily b\n"
    );
}

#[test]
fn a_container_is_made_anew_when_its_description_changes() {
    let docker = "case $1 in
  inspect) for name; do :; done; cat \"$STATE/$name\";;
  rm) rm \"$STATE/$3\";;
  run) shift; while [ $# -gt 0 ]; do case $1 in --name) name=$2;; --label) label=${2#*=};; esac; shift; done
    echo \"true $label\" > \"$STATE/$name\"; echo ran >> \"$STATE/log\";;
esac";
    let container = |more: &str| {
        format!(
            "std.ops.container {{ name = \"db\"; image = \"postgres:17\"; env = {{ A = \"it's\"; B = 1; }}; {more} }}"
        )
    };
    let project = with_programs(project(&container("")), &[("docker", docker)]);
    settles(&project);
    let change = |text: String| project.edit("nexus.nx", &format!("tasks.it.run = {text};"));
    change(container("ports = [ \"5432:5432\" ];"));
    settles(&project);
    assert_eq!(project.read("state/log"), "ran\nran\n");
    change("std.ops.container { name = \"db\"; state = \"absent\"; }".into());
    settles(&project);
    assert!(!project.exists("state/db"));
}

/// What an operation mentions of other tasks makes a dependency, through quoting and all.
#[test]
fn operations_depend_on_what_they_mention() {
    let project = Project::new(
        r#"tasks = {
  made = { run = "echo text > 'a file'"; inputs = [ ]; outputs.it = "a file"; };
  it.run = std.ops.file { path = "copy"; source = tasks.made.outputs.it; }
    ++ std.ops.line { path = "notes"; line = "see ${tasks.made.outputs.it}"; };
};
"#,
    );
    let ran = run(&project);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("2 tasks · 2 run"), "{ran}");
    assert_eq!(project.read("copy"), "text\n");
    assert_eq!(project.read("notes"), "see a file\n");
}

#[test]
fn mistakes_are_told_before_anything_runs() {
    let cases = [
        ("std.ops.file { pth = \"a\"; }", "did you mean `path`?"),
        (
            "std.ops.file { path = \"a\"; mode = \"rw\"; }",
            "octal digits",
        ),
        ("std.ops.file { path = \"a\"; mode = 644; }", "String"),
        (
            "std.ops.directory { path = \"/\"; state = \"absent\"; }",
            "does not remove",
        ),
        (
            "std.ops.directory { path = \"x/..\"; state = \"absent\"; }",
            "does not remove",
        ),
        (
            "std.ops.service { name = \"a\"; state = \"start\"; }",
            "started",
        ),
        (
            "std.ops.line { path = \"a\"; line = \"a\\nb\"; }",
            "one line",
        ),
        (
            "std.ops.cron { name = \"a\"; }",
            "needs `schedule` and `command`",
        ),
        ("std.ops.container { name = \"a\"; }", "needs the `image`"),
    ];
    for (text, expected) in cases {
        let project = project(text);
        let ran = run(&project);
        assert_eq!(ran.code, Some(2), "{text}\n{ran}");
        assert!(ran.stderr.contains(expected), "{text}\n{ran}");
        // The mistake is where the project is, not inside the library.
        assert!(ran.stderr.contains("nexus.nx:1:"), "{text}\n{ran}");
    }
}
