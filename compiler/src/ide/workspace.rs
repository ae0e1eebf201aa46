//! The files of an editor: some are open and as the editor says, all others as they are on disk.

use super::Snapshot;
use crate::db::{
    Database, Db, FileState, Project, Role, SourceFile, import_paths, normalize, store,
};
use crate::inputs::Inputs;
use crate::stack::on_big_stack;
use rustc_hash::FxHashSet;
use salsa::{Durability, Setter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a project file is called.
pub const PROJECT_FILE: &str = "nexus.nx";

/// Everything an editor works on. One thread owns it and changes it; [snapshots](Snapshot) read.
///
/// A change waits until every snapshot is gone, and asks them to hurry
/// ([`super::Cancelled::Edited`]): the thread that owns this must not hold one.
#[derive(Default)]
pub struct Workspace {
    db: Database,
    /// The files of which it is known what is in them.
    read: Arc<FxHashSet<SourceFile>>,
    /// The files that were asked for by name.
    roots: Vec<SourceFile>,
    known_roots: FxHashSet<SourceFile>,
    open: FxHashSet<SourceFile>,
}

impl Workspace {
    /// Nothing loaded.
    pub fn new() -> Self {
        Workspace::default()
    }

    /// Takes what an editor has opened.
    pub fn open(&mut self, path: &Path, text: impl Into<Arc<str>>, inputs: &dyn Inputs) {
        let file = self.file(path);
        self.open.insert(file);
        if !file.edited(&self.db) {
            file.set_edited(&mut self.db).to(true);
        }
        self.put(file, text.into());
        self.mark_read(file);
        self.add_roots(&[file]);
        self.follow(vec![file], inputs);
    }

    /// Takes a new text of an open file. What it imports is read when a
    /// [snapshot says so](Snapshot::unread).
    pub fn edit(&mut self, path: &Path, text: impl Into<Arc<str>>) {
        let file = self.file(path);
        let text = text.into();
        if file.text(&self.db) != text {
            self.put(file, text);
        }
    }

    /// A file is no longer open: what is on disk counts.
    pub fn close(&mut self, path: &Path, inputs: &dyn Inputs) {
        let file = self.file(path);
        self.open.remove(&file);
        self.db.trees().forget(file);
        if file.edited(&self.db) {
            file.set_edited(&mut self.db).to(false);
        }
        store::read(&mut self.db, file, inputs);
        // From now on it changes seldom.
        let text = file.text(&self.db);
        let how = Durability::MEDIUM;
        file.set_text(&mut self.db).with_durability(how).to(text);
        self.follow(vec![file], inputs);
    }

    /// Whether an editor has it open.
    pub fn is_open(&self, path: &Path) -> bool {
        self.open.contains(&self.file(path))
    }

    /// Reads a file that may have changed on disk, if anybody has asked for it; open ones are as
    /// the editor says. Gives whether it was read.
    pub fn reread(&mut self, path: &Path, inputs: &dyn Inputs) -> bool {
        let file = self.file(path);
        if self.open.contains(&file) || !self.read.contains(&file) {
            return false;
        }
        store::read(&mut self.db, file, inputs);
        self.follow(vec![file], inputs);
        true
    }

    /// Takes files of the disk and everything they import into account, whether or not somebody
    /// imports them.
    pub fn load(&mut self, paths: &[PathBuf], inputs: &dyn Inputs) {
        let files: Vec<SourceFile> = paths.iter().map(|path| self.file(path)).collect();
        self.add_roots(&files);
        let paths: Vec<_> = files.iter().map(|file| file.path(&self.db)).collect();
        self.need(&paths, inputs);
    }

    /// Reads files that were not read yet, and everything they import.
    pub fn need(&mut self, paths: &[Arc<Path>], inputs: &dyn Inputs) {
        let mut new = Vec::new();
        for path in paths {
            let file = self.file(path);
            if !self.read.contains(&file) {
                store::read(&mut self.db, file, inputs);
                self.mark_read(file);
                new.push(file);
            }
        }
        self.follow(new, inputs);
    }

    /// Everything as it is now, for another thread.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(
            self.db.clone(),
            self.read.clone(),
            Arc::from(&self.roots[..]),
            self.open.iter().copied().collect(),
        )
    }

    fn file(&self, path: &Path) -> SourceFile {
        self.db.file(&normalize(path))
    }

    /// Sets the text of an open file: it changes often.
    fn put(&mut self, file: SourceFile, text: Arc<str>) {
        let (state, text) = match u32::try_from(text.len()) {
            Ok(_) => (FileState::Present, text),
            Err(_) => (FileState::TooLong, Arc::from("")),
        };
        if file.state(&self.db) != state {
            file.set_state(&mut self.db).to(state);
        }
        let how = Durability::LOW;
        file.set_text(&mut self.db).with_durability(how).to(text);
    }

    fn mark_read(&mut self, file: SourceFile) {
        Arc::make_mut(&mut self.read).insert(file);
    }

    fn add_roots(&mut self, files: &[SourceFile]) {
        let before = self.roots.len();
        for file in files {
            if !self.known_roots.insert(*file) {
                continue;
            }
            let path = file.path(&self.db);
            let is_project = path.file_name().is_some_and(|name| name == PROJECT_FILE);
            if is_project && file.role(&self.db) != Role::Project {
                file.set_role(&mut self.db).to(Role::Project);
            }
            self.roots.push(*file);
        }
        if self.roots.len() == before {
            return;
        }
        let roots: Arc<[SourceFile]> = Arc::from(&self.roots[..]);
        let how = Durability::MEDIUM;
        match Project::try_get(&self.db) {
            Some(project) => {
                project
                    .set_roots(&mut self.db)
                    .with_durability(how)
                    .to(roots);
            }
            None => {
                // There is one, and it is found by its type.
                let _ = Project::builder(roots).durability(how).new(&self.db);
            }
        }
    }

    /// Reads what files import, round by round, as far as it is not known.
    fn follow(&mut self, files: Vec<SourceFile>, inputs: &dyn Inputs) {
        let mut round = files;
        while !round.is_empty() {
            let from = std::mem::take(&mut round);
            let db = self.db.clone();
            let paths: Vec<Arc<Path>> = on_big_stack(move || {
                let all = from.iter().flat_map(|file| {
                    let imports = import_paths(&db, *file);
                    imports.iter().cloned().collect::<Vec<_>>()
                });
                all.collect()
            });
            for path in paths {
                let file = self.db.file(&path);
                if !self.read.contains(&file) {
                    store::read(&mut self.db, file, inputs);
                    self.mark_read(file);
                    round.push(file);
                }
            }
        }
    }
}
