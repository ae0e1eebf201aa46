//! What a new process would say of a project, with other texts in some of its files.

use super::uri;
use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::{self, Diagnostic, Severity};
use nexus_compiler::hir::Span;
use nexus_compiler::ide::PROJECT_FILE;
use nexus_compiler::inputs::{FileKind, GlobResult, Inputs};
use nexus_compiler::plan::{self, Outcome};
use nexus_compiler::world::Disk;
use nexus_lsp::server::{Encoding, LineIndex};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// What is wrong with each file, by URI, as clients are told; with files that are left out, nothing.
pub type Wrong = BTreeMap<String, Value>;

/// What is wrong with a project.
pub struct Anew {
    /// What the checker says.
    pub checked: Wrong,
    /// What `nexus check` says: evaluation and graph included.
    pub planned: Wrong,
}

/// What is wrong with the project in a folder, and with the files that an editor has open, when
/// these have other texts than on disk.
pub fn anew(folder: &Path, open: BTreeMap<PathBuf, String>) -> Anew {
    let paths: Vec<PathBuf> = open.keys().cloned().collect();
    let inputs = Texts(open);
    let project = folder.join(PROJECT_FILE);
    let mut compiler = Compiler::new();
    let mut checked = Vec::new();
    let mut planned = Vec::new();
    if inputs.kind(&project) == FileKind::File || paths.contains(&project) {
        compiler.load(&project, &inputs);
        checked = compiler.diagnostics();
        planned = match plan::plan(&mut compiler, &project, folder, &inputs, &|_| false) {
            Outcome::Done(plan) | Outcome::Needs { plan, .. } => plan.warnings,
            Outcome::Failed(found) => found,
        };
    }
    let files = compiler.files();
    for path in paths {
        if !files.iter().any(|known| **known == *path) {
            // Nobody imports it.
            let mut alone = Compiler::new();
            alone.load_library(&path, &inputs);
            let found = alone.diagnostics_of(&path);
            checked.extend_from_slice(&found);
            planned.extend(found);
        }
    }
    Anew {
        checked: by_file(checked, &inputs),
        planned: by_file(planned, &inputs),
    }
}

fn by_file(mut found: Vec<Diagnostic>, inputs: &Texts) -> Wrong {
    diagnostic::sort(&mut found);
    let mut all = Wrong::new();
    for diagnostic in found {
        let wrong = all.entry(uri(&diagnostic.primary.file));
        let wrong = wrong.or_insert_with(|| json!([]));
        let told = told(&diagnostic, inputs);
        wrong.as_array_mut().expect("a list").push(told);
    }
    all
}

/// A mistake as clients are told of it.
fn told(found: &Diagnostic, inputs: &Texts) -> Value {
    let mut message = found.message.clone();
    for note in &found.notes {
        message += &format!("\nnote: {note}");
    }
    for help in &found.helps {
        message += &format!("\nhelp: {help}");
    }
    let related = found
        .secondary
        .iter()
        .filter(|label| !label.text.is_empty());
    let related = related.map(|label| {
        let range = range(&inputs.text(&label.file), label.span);
        json!([name(&label.file.to_string_lossy()), range, label.text])
    });
    let primary = range(&inputs.text(&found.primary.file), found.primary.span);
    json!({
        "code": found.code.to_string(),
        "severity": if found.severity == Severity::Error { 1 } else { 2 },
        "range": primary,
        "message": message,
        "related": related.collect::<Vec<_>>(),
    })
}

/// What a client was told of a file, with what is compared: files inside of the program have another
/// path there, but not another name.
pub fn compared(found: &Value) -> Value {
    let all = found.as_array().into_iter().flatten();
    let all = all.map(|d| {
        let related = d["relatedInformation"].as_array().into_iter().flatten();
        let related = related.map(|label| {
            let file = label["location"]["uri"].as_str().expect("a name");
            json!([name(file), label["location"]["range"], label["message"]])
        });
        json!({
            "code": d["code"],
            "severity": d["severity"],
            "range": d["range"],
            "message": d["message"],
            "related": related.collect::<Vec<_>>(),
        })
    });
    all.collect()
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn range(text: &str, span: Span) -> Value {
    let index = LineIndex::new(text);
    let at = |offset| {
        let at = index.position(text, offset, Encoding::Utf8);
        json!({ "line": at.line, "character": at.character })
    };
    json!({ "start": at(span.start), "end": at(span.end.max(span.start)) })
}

struct Texts(BTreeMap<PathBuf, String>);

impl Texts {
    /// The text of a file, of those inside of the program, too.
    fn text(&self, path: &Path) -> String {
        if let Some(name) = path.to_str().and_then(|path| path.strip_prefix("std:/")) {
            let text = nexus_lsp::ide::standard::text_of(name);
            return text.unwrap_or_default().to_owned();
        }
        let bytes = self.read(path).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Inputs for Texts {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.0.get(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => Disk.read(path),
        }
    }

    fn kind(&self, path: &Path) -> FileKind {
        Disk.kind(path)
    }

    fn glob(&self, root: &Path, pattern: &str) -> io::Result<GlobResult> {
        Disk.glob(root, pattern)
    }

    fn env(&self, name: &str) -> Option<String> {
        Disk.env(name)
    }
}
