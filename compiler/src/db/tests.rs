//! What runs again after an edit: exactly these queries.

use super::*;
use crate::check;
use crate::defs::Name;
use crate::inputs::{FileKind, GlobResult, Inputs};
use salsa::plumbing::FromId;
use salsa::{EventKind, Setter};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;

/// Files in memory.
#[derive(Default)]
struct Memory(BTreeMap<PathBuf, Vec<u8>>);

impl Memory {
    fn of(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| (path.into(), text.as_bytes().to_vec()));
        Memory(files.collect())
    }
}

impl Inputs for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0
            .get(path)
            .cloned()
            .ok_or(io::ErrorKind::NotFound.into())
    }
    fn kind(&self, path: &Path) -> FileKind {
        match self.0.contains_key(path) {
            true => FileKind::File,
            false => FileKind::Missing,
        }
    }
    fn glob(&self, root: &Path, _pattern: &str) -> io::Result<GlobResult> {
        let names = self.0.keys().filter(|path| path.parent() == Some(root));
        let names = names.filter_map(|path| path.file_name()?.to_str());
        Ok(GlobResult {
            files: names.map(String::from).collect(),
            folders: vec![root.into()],
        })
    }
    fn env(&self, _name: &str) -> Option<String> {
        None
    }
}

/// A database and the queries it has run since the last look.
struct Logged {
    db: Database,
    log: Arc<Mutex<Vec<salsa::DatabaseKeyIndex>>>,
}

impl Logged {
    fn new(files: &[(&str, &str)]) -> Self {
        let log = Arc::new(Mutex::new(Vec::new()));
        let sink = log.clone();
        let db = Database::with_events(move |event| {
            if let EventKind::WillExecute { database_key } = event.kind {
                sink.lock().unwrap().push(database_key);
            }
        });
        let mut logged = Logged { db, log };
        for (path, text) in files {
            logged.set(path, text);
        }
        logged
    }

    fn set(&mut self, path: &str, text: &str) {
        let file = self.db.file(Path::new(path));
        if file.state(&self.db) != FileState::Present {
            file.set_state(&mut self.db).to(FileState::Present);
        }
        file.set_text(&mut self.db).to(text.into());
    }

    fn role(&mut self, path: &str, role: Role) {
        let file = self.db.file(Path::new(path));
        file.set_role(&mut self.db).to(role);
    }

    /// Checks a file; gives the messages, and the queries that ran: those about the file with
    /// their number, those about a unit with its name.
    fn check(&self, path: &str) -> (Vec<String>, Vec<String>) {
        let db = self.db.clone();
        let file = db.file(Path::new(path));
        let found = crate::stack::on_big_stack(move || check::diagnostics(&db, file));
        let mut ran: BTreeMap<String, usize> = BTreeMap::new();
        let keys: Vec<_> = self.log.lock().unwrap().drain(..).collect();
        for key in keys {
            *ran.entry(self.name(key)).or_default() += 1;
        }
        let messages = found.iter().map(|d| d.message.clone());
        let ran = ran.into_iter().map(|(name, n)| match n {
            1 => name,
            n => format!("{name} ×{n}"),
        });
        (messages.collect(), ran.collect())
    }

    /// The units that are checked.
    fn checked(&self, path: &str) -> Vec<String> {
        let ran = self.check(path).1.into_iter();
        ran.filter_map(|name| name.strip_prefix("check_unit ").map(str::to_owned))
            .collect()
    }

    fn name(&self, key: salsa::DatabaseKeyIndex) -> String {
        let shown = salsa::attach(&self.db, || format!("{key:?}"));
        let query = shown.split('(').next().unwrap_or_default();
        match query {
            "check_unit" | "body" | "member_types" => {
                let definition = Definition::from_id(key.key_index());
                format!("{query} {}", short(definition.name(&self.db)))
            }
            _ => query.to_owned(),
        }
    }
}

fn short(name: &Name) -> String {
    match name {
        Name::Whole => "all".into(),
        Name::Let(name) | Name::Field(name) => name.to_string(),
        Name::LetSource(i) | Name::FieldSource(i) => format!("inherit {i}"),
        Name::Computed => "computed".into(),
        Name::Task(path) => {
            let path: Vec<_> = path.iter().map(|name| name.as_str()).collect();
            format!("tasks.{}", path.join("."))
        }
    }
}

#[test]
fn an_edit_of_blanks_ends_at_the_module() {
    let mut logged = Logged::new(&[("/p/a.nx", "let x = 1; in y = x;")]);
    let (messages, ran) = logged.check("/p/a.nx");
    assert_eq!(messages, Vec::<String>::new());
    assert!(ran.iter().any(|name| name == "check_unit y"), "{ran:?}");
    logged.set("/p/a.nx", "# why\nlet x = 1;\nin\ny =   x;\n");
    let (_, ran) = logged.check("/p/a.nx");
    assert_eq!(ran, ["is_broken", "lower_file", "lowered", "syntax"]);
}

#[test]
fn nothing_changes_nothing_runs() {
    let logged = Logged::new(&[("/p/a.nx", "x = 1;")]);
    logged.check("/p/a.nx");
    assert_eq!(logged.check("/p/a.nx").1, Vec::<String>::new());
}

/// An edit inside one definition, when its type stays: the bodies of its group are compared, one is checked.
#[test]
fn an_edit_checks_its_definition_alone() {
    let text = "let\n  a = 1;\n  b = a + 1;\n  c = b;\nin\nx = c;\ny = x;\n";
    let mut logged = Logged::new(&[("/p/a.nx", text)]);
    logged.check("/p/a.nx");
    logged.set("/p/a.nx", &text.replace("a + 1", "a + (2 + 3)"));
    let (_, ran) = logged.check("/p/a.nx");
    assert_eq!(
        ran,
        [
            "body a",
            "body b",
            "body c",
            "body x",
            "body y",
            "check",
            "check_unit b",
            "definitions",
            "file_type",
            "group_count",
            "group_of",
            "is_broken",
            "lower_file",
            "lowered",
            "member_types b",
            "syntax",
            "unit_count",
        ]
    );
}

/// Another type: what mentions the definition is checked again, and what mentions that only if
/// its type has changed in turn.
#[test]
fn another_type_checks_what_mentions_it() {
    let text = "let a = 1; b = [ a ]; c = std.list.length b; d = c; e = 5; in x = e; y = d;";
    let mut logged = Logged::new(&[("/p/a.nx", text)]);
    logged.check("/p/a.nx");
    logged.set("/p/a.nx", &text.replace("a = 1", "a = \"one\""));
    assert_eq!(logged.checked("/p/a.nx"), ["a", "b", "c"]);
}

/// Of a record only the fields that are used matter.
#[test]
fn users_of_other_fields_are_not_checked() {
    let text = "let o = { a = 1; b = 2; }; in x = o.a; y = o.b;";
    let mut logged = Logged::new(&[("/p/a.nx", text)]);
    logged.check("/p/a.nx");
    logged.set("/p/a.nx", &text.replace("b = 2", "b = \"two\""));
    assert_eq!(logged.checked("/p/a.nx"), ["o", "y"]);
}

#[test]
fn definitions_added_above_leave_those_below() {
    let text = "let a = x: x; b = a 1; in y = b;";
    let mut logged = Logged::new(&[("/p/a.nx", text)]);
    logged.check("/p/a.nx");
    logged.set(
        "/p/a.nx",
        "let n = 1; a = x: x; m = 2; b = a 1; in z = n + m; y = b;",
    );
    assert_eq!(logged.checked("/p/a.nx"), ["m", "n", "z"]);
}

#[test]
fn definitions_that_need_each_other_are_checked_together() {
    let text = "let even = n: if n == 0 then true else odd (n - 1); odd = n: if n == 0 then false else even (n - 1); in x = even 4; y = 1;";
    let mut logged = Logged::new(&[("/p/a.nx", text)]);
    assert_eq!(logged.checked("/p/a.nx"), ["even", "x", "y"]);
    logged.set("/p/a.nx", &text.replace("then false", "then !true"));
    assert_eq!(logged.checked("/p/a.nx"), ["even"]);
}

#[test]
fn one_task_of_ten_thousand() {
    let mut text = String::from("let mk = n: { run = \"make ${n}\"; }; in\n");
    for i in 0..10_000 {
        text += &match i % 3 {
            0 => format!("tasks.t{i} = {{ run = \"a\"; outputs = {{ bin = \"o/{i}\"; }}; }};\n"),
            1 => format!(
                "tasks.t{i} = {{ run = \"b\"; deps = [ tasks.t{} ]; }};\n",
                i - 1
            ),
            _ => format!("tasks.t{i} = mk \"${{tasks.t{}.outputs.bin}}\";\n", i - 2),
        };
    }
    let mut logged = Logged::new(&[("/p/nexus.nx", &text)]);
    logged.role("/p/nexus.nx", Role::Project);
    assert_eq!(logged.checked("/p/nexus.nx").len(), 10_001);
    let edit = |from: &str, to: &str| text.replace(from, to);
    logged.set("/p/nexus.nx", &edit("o/6000", "out/6000"));
    assert_eq!(logged.checked("/p/nexus.nx"), ["tasks.t6000"]);
    // Another name for what it makes: those that mention it look again, one is wrong now.
    logged.set("/p/nexus.nx", &edit("bin = \"o/6000\"", "exe = \"o/6000\""));
    let (messages, ran) = logged.check("/p/nexus.nx");
    assert_eq!(messages, ["the task `t6000` has no output `bin`"]);
    let ran: Vec<_> = ran.iter().filter(|q| q.starts_with("check_unit")).collect();
    assert_eq!(
        ran,
        [
            "check_unit tasks.t6000",
            "check_unit tasks.t6001",
            "check_unit tasks.t6002"
        ]
    );
}

/// Fields of a project file are checked by themselves, so what needs itself is no unit of its own.
#[test]
fn fields_of_a_project_that_need_each_other() {
    let texts = [
        "foo = bar.x; bar = foo.y; tasks.a.run = \"x\";",
        "inherit (foo) a; foo = { a = b; }; b = a; tasks.t.run = \"echo ${b}\";",
        "foo = [ foo.x ]; tasks.a.run = foo;",
        "foo = tasks.a.inputs; tasks.a = { run = \"x\"; inputs = foo; };",
        "tasks.a.inputs = tasks.b.inputs; tasks.b.inputs = tasks.a.inputs;",
        "tasks.a = f tasks.a; f = x: x;",
    ];
    for text in texts {
        let mut logged = Logged::new(&[("/p/nexus.nx", text)]);
        logged.role("/p/nexus.nx", Role::Project);
        assert!(!logged.check("/p/nexus.nx").0.is_empty(), "{text}");
    }
}

#[test]
fn long_chains_of_definitions() {
    let mut text = String::from("let a0 = 1;\n");
    for i in 1..10_000 {
        text += &format!("a{i} = a{};\n", i - 1);
    }
    text += "in x = a9999;";
    let mut logged = Logged::new(&[("/p/a.nx", &text)]);
    assert_eq!(logged.check("/p/a.nx").0, Vec::<String>::new());
    logged.set("/p/a.nx", &text.replace("a0 = 1;", "a0 = \"one\";"));
    assert_eq!(logged.checked("/p/a.nx").len(), 10_001);
    // Asked for from its end.
    let reversed: Vec<&str> = text.lines().collect();
    let (last, first) = reversed.split_last().unwrap();
    let mut reversed: Vec<_> = first.iter().map(|l| l.replace("let ", "")).collect();
    reversed.reverse();
    let text = format!("let {}\n{last}", reversed.join("\n"));
    let mut logged = Logged::new(&[("/p/b.nx", &text), ("/p/c.nx", "y = (import ./b.nx).x;")]);
    assert_eq!(logged.check("/p/c.nx").0, Vec::<String>::new());
    logged.set("/p/b.nx", &text.replace("a0 = 1;", "a0 = \"one\";"));
    assert_eq!(logged.check("/p/c.nx").0, Vec::<String>::new());
}

#[test]
fn long_chains_of_imports() {
    let text = |i: usize| format!("x = (import ./f{}.nx).x;", i + 1);
    let names: Vec<String> = (0..2_000).map(|i| format!("/p/f{i}.nx")).collect();
    let texts: Vec<String> = (0..2_000).map(text).collect();
    let mut files: Vec<(&str, &str)> = names
        .iter()
        .zip(&texts)
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    files[1_999].1 = "x = 1;";
    let mut logged = Logged::new(&files);
    assert_eq!(logged.check("/p/f0.nx").0, Vec::<String>::new());
    logged.set("/p/f1999.nx", "x = \"one\";");
    let checked = logged.checked("/p/f0.nx").len();
    assert!(checked > 0);
}

#[test]
fn loading_follows_imports_once() {
    let inputs = Memory::of(&[
        (
            "/p/nexus.nx",
            "let a = import ./lib/a.nx; b = import ./b.nx; in",
        ),
        ("/p/lib/a.nx", "b = import ../b.nx;"),
        ("/p/b.nx", "x = 1;"),
    ]);
    let mut compiler = Compiler::new();
    compiler.load(Path::new("/p/nexus.nx"), &inputs);
    let files: Vec<_> = compiler
        .files()
        .iter()
        .map(|f| f.display().to_string())
        .collect();
    assert_eq!(files, ["/p/nexus.nx", "/p/lib/a.nx", "/p/b.nx"]);
    assert_eq!(
        compiler.source(Path::new("/p/b.nx")).as_deref(),
        Some("x = 1;")
    );
    assert!(compiler.module(Path::new("/p/b.nx")).root.is_some());
}

#[test]
fn what_is_no_text_is_said() {
    let mut inputs = Memory::default();
    inputs
        .0
        .insert("/p/nexus.nx".into(), b"x = \"\xff\";".to_vec());
    let mut compiler = Compiler::new();
    compiler.load(Path::new("/p/nexus.nx"), &inputs);
    let codes: Vec<_> = compiler
        .diagnostics()
        .iter()
        .map(|d| d.code.to_string())
        .collect();
    assert_eq!(codes, ["NX0024"]);
}

#[test]
fn importers_see_types_not_texts() {
    let mut logged = Logged::new(&[("/p/a.nx", "x = (import ./b.nx).y;"), ("/p/b.nx", "y = 1;")]);
    logged.check("/p/a.nx");
    // Another value of the same type.
    logged.set("/p/b.nx", "y = 2;");
    let (_, ran) = logged.check("/p/a.nx");
    assert_eq!(
        ran,
        [
            "body y",
            "check_unit y",
            "definitions",
            "file_type",
            "group_count",
            "group_of",
            "import_paths",
            "lower_file",
            "lowered",
            "member_types y",
            "unit_count"
        ]
    );
    // Another type.
    logged.set("/p/b.nx", "z = 2;");
    let (messages, _) = logged.check("/p/a.nx");
    assert_eq!(messages, ["this record has no field `y`"]);
}

/// Of the definitions of an importing file, those that mention what has changed.
#[test]
fn a_changed_export_checks_its_users() {
    let mut logged = Logged::new(&[
        (
            "/p/a.nx",
            "let lib = import ./b.nx; in x = lib.f 1; y = lib.g; z = 3; w = y;",
        ),
        ("/p/b.nx", "f = n: n + 1; g = \"text\";"),
    ]);
    assert_eq!(logged.check("/p/a.nx").0, Vec::<String>::new());
    logged.set("/p/b.nx", "f = n: n + 1; g = [ \"text\" ];");
    assert_eq!(logged.checked("/p/a.nx"), ["g", "lib", "w", "y"]);
    // Its value alone: nothing but itself.
    logged.set("/p/b.nx", "f = n: n + 2; g = [ \"text\" ];");
    assert_eq!(logged.checked("/p/a.nx"), ["f"]);
}

#[test]
fn a_file_that_appears_or_vanishes_checks_its_importers() {
    let mut logged = Logged::new(&[("/p/a.nx", "x = (import ./b.nx).y; z = 1;")]);
    let (messages, _) = logged.check("/p/a.nx");
    assert_eq!(messages, ["there is no file `./b.nx`"]);
    logged.set("/p/b.nx", "y = 1;");
    let (messages, ran) = logged.check("/p/a.nx");
    assert_eq!(messages, Vec::<String>::new());
    assert!(ran.contains(&"check_unit x".into()) && !ran.contains(&"check_unit z".into()));
    let file = logged.db.file(Path::new("/p/b.nx"));
    file.set_state(&mut logged.db).to(FileState::Missing);
    let (messages, ran) = logged.check("/p/a.nx");
    assert_eq!(messages, ["there is no file `./b.nx`"]);
    let checked: Vec<_> = ran.iter().filter(|q| q.starts_with("check_unit")).collect();
    assert_eq!(checked, ["check_unit x"]);
}

#[test]
fn a_circle_of_imports_is_said_in_each_of_its_files() {
    let mut logged = Logged::new(&[
        ("/p/a.nx", "x = (import ./b.nx).x;"),
        ("/p/b.nx", "x = (import ./c.nx).x; y = 1;"),
        ("/p/c.nx", "x = (import ./a.nx).x;"),
    ]);
    for file in ["/p/a.nx", "/p/b.nx", "/p/c.nx"] {
        let messages = logged.check(file).0;
        assert!(
            messages[0].contains("leads back to this file"),
            "{messages:?}"
        );
    }
    logged.set("/p/c.nx", "x = 1;");
    for file in ["/p/a.nx", "/p/b.nx", "/p/c.nx"] {
        assert_eq!(logged.check(file).0, Vec::<String>::new());
    }
}
