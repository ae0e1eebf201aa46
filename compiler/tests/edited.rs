//! What is known of a file after edits is what would be known of it if it had been read as it is.

use nexus_compiler::db::{Db, definitions, lowered, source_map};
use nexus_compiler::ide::{Snapshot, Workspace, diagnostics};
use nexus_compiler::stack::on_big_stack;
use nexus_compiler::world::Memory;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// The programs of this repository, and some whose parts depend on each other in more ways.
fn programs() -> &'static [String] {
    static PROGRAMS: OnceLock<Vec<String>> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut folders: Vec<PathBuf> = ["examples", "compiler/tests/check"]
            .iter()
            .map(|name| root.join(name))
            .collect();
        let mut programs: Vec<String> = WRITTEN.iter().map(|text| text.to_string()).collect();
        while let Some(folder) = folders.pop() {
            let mut entries: Vec<PathBuf> = std::fs::read_dir(&folder)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path())
                .collect();
            entries.sort();
            for path in entries {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "nx") {
                    programs.extend(std::fs::read_to_string(&path));
                }
            }
        }
        assert!(programs.len() > 100, "{}", programs.len());
        programs
    })
}

const WRITTEN: &[&str] = &[
    "let app = \"shop\"; mk = name: deps: { inherit deps; run = \"build ${name}\"; }; in\n\
     tasks.a = {\n  inputs = [ \"src/**\" ];\n  outputs = { bin = \"out\"; };\n  run = [ \"make ${app}\" { cmd = \"strip\"; timeout = 5s; } ];\n};\n\
     tasks.b = mk \"n\" [ tasks.a ];\ntasks.c.run = host: \"echo ${host.name}\";\n\
     tasks.d = { deps = [ tasks.b ]; run = \"cp ${tasks.a.outputs.bin} .\"; env.A = \"x\"; };\n\
     tasks.e.env.B = tasks.d.env.A; tasks.e.run = \"x\"; tasks.part.f.run = \"y\";\nconfig.parallel = 3;\n",
    "a = 1;\nb = a + 1;\nis_big = x: x > 3 || x == 1;\nc = if is_big b then d else [ 1 2 ];\nd = map (x: x + a) c;\n\
     e = { k = d; l.m = b; };\nf = { x, y ? 2 }: let z = x + y; in z * a;\ntype T = { a : Int };\ng : T = { a = b; };\nh = g.a + e.l.m;\n",
    "even = n: if n == 0 then true else odd (n - 1);\nodd = n: if n == 0 then false else even (n - 1);\nx = even 4;\ny = std.type.is_int x;\nz = w: if y then w ? a.b else !x;\n",
    "inherit (rec { p = q; q = 1; }) p;\nr = with { s = 1; }; s + p;\n\"t u\" = r;\n${\"v\"} = r;\nw.x = 1; w.y = 2;\nxs = [ (import ./other.nx).a ];\n",
];

/// What is typed.
const TYPED: &[&str] = &[
    "",
    "",
    "",
    "a",
    "x",
    "b c",
    " ",
    "\n",
    "1",
    ".",
    "\"",
    "${a}",
    "{ }",
    "{ a = 1; }",
    "[ ]",
    "[ b",
    "(a)",
    "# c\n",
    ": ",
    "let q = 1; in ",
    "a = 1; ",
    "s = { t = \"d\"; };",
    "inherit a;",
    "type U = Int;",
    "é",
    "x: ",
    "{ a, b }: ",
    "if a then b else c",
    " == 1",
    " as Int",
    " ? a",
    " or 1",
    "ti\n",
    "tasks.a",
    "is_big b",
];

const PATH: &str = "/p/nexus.nx";

fn boundary(text: &str, at: usize) -> usize {
    let mut before = (0..=at.min(text.len())).rev();
    before.find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Compares a database in which a text came about with one that reads it for the first time.
fn compare(db: &dyn Db, text: &str, name: &str) {
    let fresh = opened(name, text);
    let fresh = fresh.snapshot();
    let file = db.file(Path::new(name));
    let new = fresh.file(Path::new(name));
    let (known, wanted) = (lowered(db, file), lowered(fresh.db(), new));
    assert_eq!(known, wanted, "{text}");
    let (known, wanted) = (source_map(db, file), source_map(fresh.db(), new));
    assert_eq!(**known, **wanted, "{text}");
    let (known, wanted) = (definitions(db, file), definitions(fresh.db(), new));
    assert_eq!(known, wanted, "{text}");
    let (known, wanted) = (diagnostics(db, file), diagnostics(fresh.db(), new));
    assert_eq!(known, wanted, "{text}");
}

fn opened(name: &str, text: &str) -> Workspace {
    let mut workspace = Workspace::new();
    workspace.open(Path::new(name), text, &others());
    workspace
}

fn others() -> Memory {
    Memory::default().file("/p/other.nx", "a = 1;")
}

/// A snapshot after everything was read that is imported.
fn snapshot(workspace: &mut Workspace) -> Snapshot {
    let unread = workspace.snapshot().unread();
    workspace.need(&unread, &others());
    workspace.snapshot()
}

fn edit(program: &str, edits: &[(usize, usize, usize)], name: &str) {
    let mut text = program.to_owned();
    let mut workspace = opened(name, &text);
    {
        let snapshot = workspace.snapshot();
        compare(snapshot.db(), &text, name);
    }
    for (at, removed, typed) in edits {
        let start = boundary(&text, at % (text.len() + 1));
        let end = boundary(&text, start + removed).max(start);
        text.replace_range(start..end, TYPED[typed % TYPED.len()]);
        workspace.edit(Path::new(name), text.as_str());
        // Sometimes nobody asks between two edits.
        if typed % 5 != 0 {
            let snapshot = snapshot(&mut workspace);
            compare(snapshot.db(), &text, name);
        }
    }
    let snapshot = snapshot(&mut workspace);
    compare(snapshot.db(), &text, name);
}

/// Of a file in which a binding is edited, the units of the others are not even looked at.
#[test]
fn what_is_elsewhere_stays() {
    let mut text = WRITTEN[0].to_owned();
    let mut workspace = opened(PATH, &text);
    let units = |workspace: &Workspace| {
        let snapshot = workspace.snapshot();
        let file = snapshot.file(Path::new(PATH));
        on_big_stack(move || definitions(snapshot.db(), file).units.clone())
    };
    let mut before = units(&workspace);
    // Other expressions, fewer of them, and the same ones.
    let edits = [
        ("5s", "6s", 1),
        ("strip", "strip ${app}", usize::MAX),
        ("${app}", "", usize::MAX),
        ("echo", "ls", 1),
        ("[ tasks.b ]", "[ tasks.b tasks.a ]", usize::MAX),
        (" tasks.a ]", "  tasks.a ]", 0),
    ];
    for (from, to, most) in edits {
        text = text.replacen(from, to, 1);
        workspace.edit(Path::new(PATH), text.as_str());
        let after = units(&workspace);
        let all = before.iter().zip(&after);
        let new = all.clone().filter(|(a, b)| !Arc::ptr_eq(a, b)).count();
        let bodies = all.filter(|(a, b)| !Arc::ptr_eq(&a.body, &b.body)).count();
        assert!(new <= most, "{new} units are new: {text}");
        assert!(
            bodies <= most.min(1),
            "{bodies} units say something else: {text}"
        );
        before = after;
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn edits_lead_to_what_the_text_means(
        program in any::<prop::sample::Index>(),
        written in any::<bool>(),
        is_project in any::<bool>(),
        edits in prop::collection::vec((any::<usize>(), 0usize..4, any::<usize>()), 1..12),
    ) {
        let programs = programs();
        let program = match written {
            true => &programs[program.index(WRITTEN.len())],
            false => program.get(programs),
        };
        let name = if is_project { PATH } else { "/p/a.nx" };
        on_big_stack(|| edit(program, &edits, name));
    }
}
