//! Applying the fixes that are certain, until none is left or none helps.

use crate::db::Compiler;
use crate::diagnostic::{Diagnostic, fix};
use crate::inputs::Inputs;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a fix leaves may be mended by another one, at most so often.
const MOST_ROUNDS: usize = 32;

/// A file after its fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// Its text.
    pub text: Arc<str>,
    /// What was done: "Replace with `timeout`", and to which message.
    pub done: Vec<(String, String)>,
}

/// Mends a project file and everything it imports; nothing is written. A fix is kept only when
/// the project has fewer mistakes with it than without, and no more that concern the syntax.
pub fn mend(root: &Path, inputs: &dyn Inputs) -> BTreeMap<PathBuf, Mended> {
    let mut compiler = Compiler::new();
    compiler.load(root, inputs);
    let mut mended: BTreeMap<PathBuf, Mended> = BTreeMap::new();
    // Fixes that turned out to be of no use, by what they are for.
    let mut useless: Vec<(String, u32)> = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let before = compiler.diagnostics();
        let mut progress = false;
        for file in compiler.files() {
            let useful = before
                .iter()
                .filter(|d| !useless.contains(&(d.message.clone(), d.primary.span.start)));
            let chosen = fix::certain(useful, &file);
            let Some(old) = compiler.source(&file).filter(|_| !chosen.is_empty()) else {
                continue;
            };
            // Together if that goes well, else only the first.
            for some in [&chosen[..], &chosen[..1]] {
                let Some(new) = together(&old, some) else {
                    continue;
                };
                compiler.set_text(&file, &new);
                if worth(&before, &compiler.diagnostics()) {
                    let entry = mended.entry(file.to_path_buf());
                    let entry = entry.or_insert_with(|| Mended {
                        text: old.clone(),
                        done: Vec::new(),
                    });
                    entry.text = Arc::from(new);
                    entry.done.extend(some.iter().map(|d| {
                        let title = d.fix.as_ref().map_or("", |fix| &fix.title);
                        (title.to_owned(), d.message.clone())
                    }));
                    progress = true;
                    break;
                }
                compiler.set_text(&file, &old);
                if some.len() == 1 {
                    useless.push((some[0].message.clone(), some[0].primary.span.start));
                    progress = true;
                    break;
                }
            }
            if progress {
                break;
            }
        }
        if !progress {
            break;
        }
    }
    mended
}

fn together(text: &str, diagnostics: &[&Diagnostic]) -> Option<String> {
    let mut all = diagnostics.first()?.fix.clone()?;
    for diagnostic in &diagnostics[1..] {
        all.edits.extend(diagnostic.fix.clone()?.edits);
    }
    fix::apply(text, &all)
}

/// Fewer mistakes, or other ones in the place of those in the syntax, which hide others.
fn worth(before: &[Diagnostic], after: &[Diagnostic]) -> bool {
    let count = |all: &[Diagnostic]| {
        let syntax = all.iter().filter(|d| d.code.0 < 100).count();
        (syntax, all.len())
    };
    let (old, new) = (count(before), count(after));
    new.0 < old.0 || (new.0 == old.0 && new.1 < old.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Memory;

    fn mended(text: &str) -> (String, usize) {
        let path = Path::new("/p/nexus.nx");
        let world = Memory::default().file("/p/nexus.nx", text);
        let mended = mend(path, &world);
        match mended.get(path) {
            Some(file) => (file.text.to_string(), file.done.len()),
            None => (text.to_owned(), 0),
        }
    }

    #[test]
    fn many_at_once_and_one_after_the_other() {
        let text = "tasks.a = {\n  run = \"x\"\n  timout = \"30s\";\n};\ntasks.b = { run = \"y\", cache = yes };\n";
        let (text, done) = mended(text);
        assert_eq!(
            text,
            "tasks.a = {\n  run = \"x\";\n  timeout = 30s;\n};\ntasks.b = { run = \"y\"; cache = true; };\n"
        );
        assert!(done >= 4, "{done}");
    }

    #[test]
    fn what_is_not_certain_is_left() {
        for text in [
            "tasks.a = { run = \"x\"; timeout = 30; };\n",
            "tasks.a.run = zzz;\nx",
        ] {
            let again = mended(&mended(text).0);
            assert_eq!(again.1, 0);
        }
        assert_eq!(mended("tasks.a = { run = \"x\"; timeout = 30; };\n").1, 0);
    }
}
