//! Cases of requests: `cases/REQUEST/*.nxt` are projects (several files, separated by `#- name`)
//! with the cursor at `$0` (a second `$0` ends a selection), followed by a line `---` and what the
//! server answers, through the whole protocol. Those that begin with `broken` are about text that
//! is half typed; each request has some.
//!
//! `UPDATE_EXPECT=1 cargo test -p nexus-lsp --test cases` writes the answers anew.

mod render;
mod support;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use support::{Client, Folder, capabilities, files, run};

/// Set when the program runs with a folder for caches of its own.
const INSIDE: &str = "NEXUS_LSP_CASES_INSIDE";

/// Between project and answer.
const RULE: &str = "---\n";

fn main() -> ExitCode {
    if std::env::var_os(INSIDE).is_none() {
        return again();
    }
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut trials = Vec::new();
    let mut kinds: Vec<PathBuf> = folder(&root);
    kinds.sort();
    for kind in kinds {
        let request = kind
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut cases = folder(&kind);
        cases.sort();
        let count = cases.len();
        let is_broken = |case: &&PathBuf| {
            let name = case.file_name().unwrap_or_default();
            name.to_string_lossy().starts_with("broken")
        };
        // What cannot be read is not evaluated.
        let broken = match request.as_str() {
            "evaluated" => 1,
            _ => cases.iter().filter(is_broken).count(),
        };
        for case in cases {
            let name = case.file_stem().unwrap_or_default().to_string_lossy();
            let request = request.clone();
            let name = format!("{request}/{name}");
            trials.push(Trial::test(name, move || check(&request, &case)));
        }
        trials.push(Trial::test(
            format!("{request}: there are cases"),
            move || match (count >= 3, broken >= 1) {
                (true, true) => Ok(()),
                (true, false) => Err("none is about half-typed text".into()),
                (false, _) => Err(format!("only {count}").into()),
            },
        ));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Runs this program once more with a folder for caches that goes away with it.
fn again() -> ExitCode {
    let caches = tempfile::tempdir().expect("a folder");
    let status = std::process::Command::new(std::env::current_exe().expect("this program"))
        .args(std::env::args_os().skip(1))
        .env("XDG_CACHE_HOME", caches.path())
        .env("NEXUS_TEST_VARIABLE", "for completion")
        .env(INSIDE, "1")
        .status();
    match status.map(|status| status.code()) {
        Ok(Some(0)) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn folder(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

fn check(request: &str, case: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(case)?;
    let (project, expected) = match text.find(&format!("\n{RULE}")) {
        Some(at) => (&text[..at + 1], &text[at + 1 + RULE.len()..]),
        None => (text.as_str(), ""),
    };
    let found = run(answer(request, project));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(case, format!("{project}{RULE}{found}"))?;
        return Ok(());
    }
    match found == expected {
        true => Ok(()),
        false => Err(format!("expected:\n{expected}\nfound:\n{found}").into()),
    }
}

/// The cursor of a project.
pub struct Cursor {
    /// The file it is in.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Where it is; the second end of a selection.
    pub at: usize,
    /// The other end.
    pub end: usize,
}

async fn answer(request: &str, project: &str) -> String {
    let mut files = files(project);
    let mut cursor = None;
    let mut others = Vec::new();
    for (name, text) in &mut files {
        if let Some(at) = text.find("$0") {
            text.replace_range(at..at + 2, "");
            let end = text.find("$0");
            if let Some(end) = end {
                text.replace_range(end..end + 2, "");
            }
            cursor = Some((name.clone(), text.clone(), at, end.unwrap_or(at)));
        } else {
            others.push((name.clone(), text.clone()));
        }
    }
    let folder = Folder::of(&files);
    let (name, text, at, end) = cursor.unwrap_or_else(|| {
        let (name, text) = files[0].clone();
        (name, text, 0, 0)
    });
    let cursor = Cursor {
        path: folder.path.join(name),
        text,
        at,
        end,
    };
    let mut client = Client::inside();
    let options = json!({
        "commands": ["nexus.run", "nexus.build", "nexus.showGraph", "nexus.showReferences"],
        "evaluateAfter": 0,
    });
    client.start(&folder.path, capabilities(), options).await;
    client.open(&cursor.path, &cursor.text).await;
    let found = render::answer(&mut client, request, &cursor, &folder.path).await;
    client.stop().await;
    found
}
