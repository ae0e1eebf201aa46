//! What runs again after an edit: exactly these queries.

use super::*;
use crate::check;
use crate::inputs::{FileKind, GlobResult, Inputs};
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

/// A database and the names of the queries it has run since the last look.
struct Logged {
    db: Database,
    log: Arc<Mutex<Vec<String>>>,
}

impl Logged {
    fn new(files: &[(&str, &str)]) -> Self {
        let log = Arc::new(Mutex::new(Vec::new()));
        let sink = log.clone();
        let mut db = Database::with_events(move |event| {
            if let EventKind::WillExecute { database_key } = event.kind {
                let key = format!("{database_key:?}");
                let name = key.split('(').next().unwrap_or_default();
                sink.lock().unwrap().push(name.to_owned());
            }
        });
        for (path, text) in files {
            let file = db.file(Path::new(path));
            file.set_state(&mut db).to(FileState::Present);
            file.set_text(&mut db).to((*text).into());
        }
        Logged { db, log }
    }

    fn set(&mut self, path: &str, text: &str) {
        let file = self.db.file(Path::new(path));
        file.set_text(&mut self.db).to(text.into());
    }

    /// Checks a file; gives the messages, and the queries that ran, sorted, with their number.
    fn check(&self, path: &str) -> (Vec<String>, Vec<String>) {
        let db = self.db.clone();
        let file = db.file(Path::new(path));
        let found = crate::stack::on_big_stack(move || check::diagnostics(&db, file));
        let mut ran: BTreeMap<String, usize> = BTreeMap::new();
        for name in self.log.lock().unwrap().drain(..) {
            *ran.entry(name).or_default() += 1;
        }
        (
            found.into_iter().map(|d| d.message).collect(),
            ran.into_iter()
                .map(|(name, n)| format!("{name} {n}"))
                .collect(),
        )
    }
}

#[test]
fn an_edit_of_blanks_ends_at_the_module() {
    let mut logged = Logged::new(&[("/p/a.nx", "let x = 1; in y = x;")]);
    let (messages, ran) = logged.check("/p/a.nx");
    assert_eq!(messages, Vec::<String>::new());
    assert!(ran.iter().any(|name| name == "lowered 1"), "{ran:?}");
    logged.set("/p/a.nx", "# why\nlet x = 1;\nin\ny =   x;\n");
    let (_, ran) = logged.check("/p/a.nx");
    assert_eq!(
        ran,
        [
            "is_broken 1",
            "lower_file 1",
            "lowered 1",
            "parse 1",
            "syntax 1"
        ]
    );
}

#[test]
fn nothing_changes_nothing_runs() {
    let logged = Logged::new(&[("/p/a.nx", "x = 1;")]);
    logged.check("/p/a.nx");
    assert_eq!(logged.check("/p/a.nx").1, Vec::<String>::new());
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
            "check 1",
            "imports 1",
            "lower_file 1",
            "lowered 1",
            "parse 1"
        ]
    );
    // Another type.
    logged.set("/p/b.nx", "z = 2;");
    let (messages, ran) = logged.check("/p/a.nx");
    assert!(ran.contains(&"check 2".to_owned()), "{ran:?}");
    assert_eq!(messages, ["this record has no field `y`"]);
}

#[test]
fn a_file_that_appears_mends_its_importers() {
    let mut logged = Logged::new(&[("/p/a.nx", "x = (import ./b.nx).y;")]);
    let (messages, _) = logged.check("/p/a.nx");
    assert_eq!(messages, ["there is no file `./b.nx`"]);
    let file = logged.db.file(Path::new("/p/b.nx"));
    file.set_state(&mut logged.db).to(FileState::Present);
    logged.set("/p/b.nx", "y = 1;");
    assert_eq!(logged.check("/p/a.nx").0, Vec::<String>::new());
}
