//! Every change that is offered anywhere in the language's test programs leaves a file that can be
//! read and has no more mistakes than before; so does every renaming.

mod support;

use nexus_compiler::diagnostic::Diagnostic;
use nexus_compiler::hir::Span;
use nexus_compiler::ide::{Workspace, diagnostics, occurrences, scratch};
use nexus_compiler::stack::on_big_stack;
use nexus_compiler::world::Memory;
use nexus_lsp::ide::{Edits, actions, rename};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Set to look at every place of every program, which takes minutes in an optimised build.
const ALL: &str = "NEXUS_LSP_ALL";

/// Places of each program that are looked at, and of how many programs one is taken.
fn thoroughness() -> (usize, usize) {
    match std::env::var_os(ALL) {
        Some(_) => (400, 1),
        None => (12, 3),
    }
}

/// What no other program has: imports that are not in order.
const OWN: &[&str] = &[
    "let\n  b = import ./l.nx;\n  # Why.\n  a = import ./l.nx;\nin\ntasks.t.run = \"${a.x}${b.x}\";\n#- l.nx\nx = \"y\";\n",
    "let\n  b = import ./l.nx;\n  a = import ./l.nx;\n  x = 1;\nin\ntasks.t.run = \"${b.x}\";\n#- l.nx\nx = \"y\";\n",
    "tasks.t.run =\n  let\n    b = import ./l.nx;\n    a = import ./l.nx;\n  in\n  \"${a.x}${b.x}\";\n#- l.nx\nx = \"y\";\n",
    "type T = Int;\nlet\n  c = import ./l.nx;\n  b = import ./l.nx;\n  a = c;\nin\ntasks.t.run = \"${a.x}\";\n#- l.nx\nx = \"y\";\n",
];

struct Program {
    name: String,
    workspace: Workspace,
    files: Vec<PathBuf>,
}

fn programs() -> Vec<Program> {
    let all = support::programs::of_the_language();
    assert!(all.len() > 250, "{} programs", all.len());
    let every = thoroughness().1;
    let own = OWN.iter().enumerate();
    let own = own.map(|(i, text)| (format!("own {i}"), support::files(text)));
    all.into_iter()
        .step_by(every)
        .chain(own)
        .map(|(name, files)| {
            let mut world = Memory::default();
            let mut paths = Vec::new();
            for (file, text) in &files {
                let path = Path::new("/p").join(file);
                world = world.file(&path, text.as_str());
                paths.push(path);
            }
            let mut workspace = Workspace::new();
            workspace.load(&[PathBuf::from("/p/nexus.nx")], &world);
            for path in &paths {
                let text = &files.iter().find(|f| path.ends_with(&f.0)).unwrap().1;
                workspace.open(path, text.as_str(), &world);
            }
            Program {
                name,
                workspace,
                files: paths,
            }
        })
        .collect()
}

/// How much is wrong: mistakes in syntax, errors, everything.
fn badness(found: &[Diagnostic]) -> (usize, usize, usize) {
    let syntax = found.iter().filter(|d| d.code.0 < 100).count();
    let errors = found.iter().filter(|d| d.is_error()).count();
    (syntax, errors, found.len())
}

#[test]
fn changes_make_nothing_worse() {
    let mut tried = 0;
    let mut kinds = std::collections::BTreeMap::new();
    on_big_stack(|| {
        for program in programs() {
            let snapshot = program.workspace.snapshot();
            for path in &program.files {
                let file = snapshot.file(path);
                let text = snapshot.source(path).unwrap();
                let before: Vec<Diagnostic> = program
                    .files
                    .iter()
                    .flat_map(|path| diagnostics(snapshot.db(), snapshot.file(path)).to_vec())
                    .collect();
                let mut selections = Vec::new();
                let places = thoroughness().0;
                let step = (text.len() / places).max(1);
                for offset in (0..text.len()).step_by(step) {
                    if text.is_char_boundary(offset) {
                        let offset = offset as u32;
                        selections.push(Span {
                            start: offset,
                            end: offset,
                        });
                    }
                }
                // Whole expressions, too.
                let map = nexus_compiler::db::source_map(snapshot.db(), file);
                let step = (map.exprs.len() / places).max(1);
                selections.extend(map.exprs.iter().step_by(step));
                for diagnostic in diagnostics(snapshot.db(), file).iter() {
                    selections.push(diagnostic.primary.span);
                }
                let mut seen = std::collections::HashSet::new();
                for (i, selected) in selections.into_iter().enumerate() {
                    for action in actions::actions(&snapshot, file, selected, i == 0) {
                        if !seen.insert((action.title.clone(), action.edits.0.clone())) {
                            continue;
                        }
                        tried += 1;
                        *kinds.entry(format!("{:?}", action.kind)).or_insert(0) += 1;
                        let after = try_edits(&snapshot, &action.edits, &program, &action.title);
                        let (old, new) = (badness(&before), badness(&after.1));
                        let worse = new.0 > old.0 || new.1 > old.1 || new.2 > old.2;
                        assert!(
                            !worse,
                            "{}: `{}` at {selected:?} makes it worse: {old:?} -> {new:?}\n{}\n{:#?}",
                            program.name,
                            action.title,
                            after.0,
                            after.1.iter().map(|d| &d.message).collect::<Vec<_>>()
                        );
                    }
                }
            }
        }
    });
    println!("{tried} tried: {kinds:?}");
    assert!(tried > 400, "{tried}");
    for kind in ["Fix", "FixAll", "Extract", "Inline", "Rewrite", "Organise"] {
        assert!(kinds.get(kind).is_some_and(|n| *n > 2), "{kind}: {kinds:?}");
    }
}

fn try_edits(
    snapshot: &nexus_compiler::ide::Snapshot,
    edits: &Edits,
    program: &Program,
    what: &str,
) -> (Arc<str>, Vec<Diagnostic>) {
    let texts = edits.apply(|path| snapshot.source(path));
    let texts = texts.unwrap_or_else(|| panic!("{}: `{what}` cannot be applied", program.name));
    let copy = scratch(snapshot, &texts);
    let mut found = Vec::new();
    for path in &program.files {
        found.extend(copy.compiler().diagnostics_of(path));
    }
    (texts.values().next().unwrap().clone(), found)
}

#[test]
fn renaming_makes_nothing_worse() {
    let (mut renamed, mut refused) = (0, 0);
    on_big_stack(|| {
        for program in programs() {
            let snapshot = program.workspace.snapshot();
            for path in &program.files {
                let file = snapshot.file(path);
                let before: Vec<Diagnostic> = program
                    .files
                    .iter()
                    .flat_map(|path| diagnostics(snapshot.db(), snapshot.file(path)).to_vec())
                    .collect();
                let all = occurrences(snapshot.db(), file);
                let step = (all.len() / thoroughness().0.min(all.len()).max(1) * 3).max(1);
                for occurrence in all.iter().step_by(step) {
                    for new in ["brand_new", "app", "Upper"] {
                        let at = occurrence.span.start;
                        let Ok(edits) = rename::rename(&snapshot, file, at, new) else {
                            refused += 1;
                            continue;
                        };
                        if edits.0.is_empty() {
                            continue;
                        }
                        renamed += 1;
                        let after = try_edits(&snapshot, &edits, &program, new);
                        let (old, new) = (badness(&before), badness(&after.1));
                        assert!(
                            new.0 <= old.0 && new.1 <= old.1,
                            "{}: at {at} worse: {old:?} -> {new:?}\n{}",
                            program.name,
                            after.0
                        );
                    }
                }
            }
        }
    });
    assert!(renamed > 100 && refused > 100, "{renamed} {refused}");
    println!("{renamed} renamed, {refused} refused");
}
