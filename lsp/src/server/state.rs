//! What the server knows: the files, the agreement with the client, and what it was told.

use super::client::Outbox;
use super::documents::{Document, Documents, path_of};
use super::evaluate::{Evaluation, by_file, together};
use super::job::Event;
use super::publish::{Found, Known, Round};
use super::requests::Tokens;
use super::settings::{Refreshes, Settings};
use super::view::View;
use super::{convert, extract};
use nexus_compiler::diagnostic::Diagnostic;
use nexus_compiler::ide::{PROJECT_FILE, Planning, Workspace};
use nexus_compiler::world::Disk;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use tower_lsp::ls_types::{
    DidChangeWatchedFilesRegistrationOptions, FileChangeType, FileEvent, FileSystemWatcher,
    GlobPattern, InitializeParams, MessageType, Registration, TextDocumentContentChangeEvent,
    TextDocumentItem, Uri,
};

/// The most files of a folder that are taken into account without being asked for.
const MOST_FILES: usize = 20_000;

/// Everything that one thread owns.
pub(super) struct State {
    workspace: Workspace,
    documents: Arc<Documents>,
    settings: Arc<Settings>,
    tokens: Arc<Tokens>,
    outbox: Outbox,
    /// Folders that the client works in.
    folders: Vec<PathBuf>,
    /// Project files whose mistakes are told, open or not.
    projects: BTreeSet<PathBuf>,
    /// Counts changes.
    revision: u64,
    /// What was said to be wrong.
    known: Arc<Known>,
    /// Something has changed since the last round of looking for mistakes began.
    changed: bool,
    /// Such a round is going on.
    looking: bool,
    /// What is found by evaluating.
    pub(super) evaluation: Evaluation,
    /// The client is gone.
    pub(super) is_over: bool,
}

impl State {
    pub(super) fn new(outbox: Outbox) -> Self {
        State {
            workspace: Workspace::new(),
            documents: Arc::default(),
            settings: Arc::new(Settings::unknown()),
            tokens: Arc::default(),
            outbox,
            folders: Vec::new(),
            projects: BTreeSet::new(),
            revision: 0,
            known: Arc::default(),
            changed: false,
            looking: false,
            evaluation: Evaluation::default(),
            is_over: false,
        }
    }

    /// Everything as it is now, for another thread.
    pub(super) fn view(&self) -> View {
        View::new(
            self.workspace.snapshot(),
            self.documents.clone(),
            self.settings.clone(),
            self.tokens.clone(),
            self.evaluation.planned.clone(),
            self.revision,
        )
    }

    /// The client has said what it can do and where it works.
    pub(super) fn initialize(&mut self, settings: Settings, folders: Vec<PathBuf>) {
        self.settings = Arc::new(settings);
        self.folders = folders;
    }

    /// The client is ready: files are looked for.
    pub(super) fn initialized(&mut self) {
        if self.settings.watch {
            let watcher = FileSystemWatcher {
                glob_pattern: GlobPattern::String("**/*.nx".into()),
                kind: None,
            };
            let options = DidChangeWatchedFilesRegistrationOptions {
                watchers: vec![watcher],
            };
            self.outbox.register(vec![Registration {
                id: "nexus-watch".into(),
                method: "workspace/didChangeWatchedFiles".into(),
                register_options: serde_json::to_value(options).ok(),
            }]);
        }
        let folders = self.folders.clone();
        self.scan(&folders);
    }

    /// The client works in other folders now.
    pub(super) fn change_folders(&mut self, added: &[PathBuf], removed: &[PathBuf]) {
        self.folders.retain(|folder| !removed.contains(folder));
        self.projects.retain(|project| {
            let folder = project.parent();
            !removed
                .iter()
                .any(|removed| folder == Some(removed.as_path()))
        });
        self.folders.extend(added.iter().cloned());
        self.scan(added);
        self.touch();
    }

    /// Takes every source file of some folders into account.
    fn scan(&mut self, folders: &[PathBuf]) {
        let mut found = Vec::new();
        for folder in folders {
            let project = folder.join(PROJECT_FILE);
            if project.is_file() {
                self.projects.insert(project);
            }
            // What version control ignores is nobody's source.
            let walk = ignore::WalkBuilder::new(folder)
                .follow_links(false)
                .sort_by_file_name(std::cmp::Ord::cmp)
                .build();
            let files = walk.filter_map(Result::ok).map(ignore::DirEntry::into_path);
            let sources = files.filter(|path| path.extension().is_some_and(|e| e == "nx"));
            found.extend(sources.take(MOST_FILES));
        }
        if found.len() >= MOST_FILES {
            let text = format!("only {MOST_FILES} files of this folder are looked at");
            self.outbox.log(MessageType::WARNING, text);
        }
        found.retain(|path| path.is_file());
        self.workspace.load(&found, &Disk);
        self.touch();
    }

    /// A document was opened.
    pub(super) fn open(&mut self, item: TextDocumentItem) {
        let path = path_of(&item.uri);
        let document = Document::new(item.uri, item.version, item.text);
        self.workspace.open(&path, document.text.clone(), &Disk);
        Arc::make_mut(&mut self.documents).insert(path.clone(), document);
        if let Some(project) = project_of(&path) {
            self.workspace.load(std::slice::from_ref(&project), &Disk);
            self.projects.insert(project);
        }
        self.touch();
    }

    /// A document was edited.
    pub(super) fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) {
        let path = path_of(uri);
        let encoding = self.settings.encoding;
        let Some(document) = Arc::make_mut(&mut self.documents).get_mut(&path) else {
            let text = format!("{} was changed without being open", uri.as_str());
            self.outbox.log(MessageType::WARNING, text);
            return;
        };
        document.change(version, changes, encoding);
        let text = document.text.clone();
        self.workspace.edit(&path, text);
        self.touch();
    }

    /// A document was closed.
    pub(super) fn close(&mut self, uri: &Uri) {
        let path = path_of(uri);
        if Arc::make_mut(&mut self.documents).remove(&path).is_some() {
            self.tokens.forget(&path);
            self.workspace.close(&path, &Disk);
            self.touch();
        }
    }

    /// A document was written to disk: files beside it may have been, too.
    pub(super) fn saved(&mut self) {
        self.touch();
    }

    /// Files of the disk have changed.
    pub(super) fn files_changed(&mut self, changes: Vec<FileEvent>) {
        for change in changes {
            let path = path_of(&change.uri);
            let new = change.typ == FileChangeType::CREATED;
            if !self.workspace.reread(&path, &Disk) && new && path.is_file() {
                self.workspace.load(std::slice::from_ref(&path), &Disk);
            }
            let is_project = self.folders.iter().any(|f| f.join(PROJECT_FILE) == path);
            if new && is_project {
                self.projects.insert(path);
            }
        }
        self.touch();
        self.outbox.refresh(self.settings.refreshes);
    }

    /// Reads files that somebody asked for.
    pub(super) fn need(&mut self, paths: &[Arc<Path>]) {
        if !paths.is_empty() {
            self.workspace.need(paths, &Disk);
            // A round that is going on is broken off by this, and knows less than there is now.
            self.changed = true;
        }
    }

    fn touch(&mut self) {
        self.revision += 1;
        self.changed = true;
        self.evaluation.touched(self.settings.pause);
    }

    /// Counts what has changed.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether mistakes should be looked for.
    pub(super) fn wants_round(&self) -> bool {
        self.changed && !self.looking && !self.settings.pull
    }

    /// A round of looking for mistakes begins: gives the projects to look at, and what was said.
    pub(super) fn begin_round(&mut self) -> (Vec<PathBuf>, Arc<Known>) {
        self.changed = false;
        self.looking = true;
        let projects = self.projects.iter().cloned().collect();
        (projects, self.known.clone())
    }

    /// Tells what was found, if it is still so.
    pub(super) fn publish(&mut self, mut round: Round) {
        if round.is_last {
            self.looking = false;
        }
        if round.revision != self.revision {
            return;
        }
        self.add_planned(&mut round);
        let known = Arc::make_mut(&mut self.known);
        let mut told = BTreeSet::new();
        for file in round.found {
            let version = self.documents.get(&file.path).map(|d| d.version);
            let before = known.get(&file.path);
            let same = before.is_some_and(|(found, at)| *found == file.found && *at == version);
            let silent = before.is_none() && file.found.is_empty() && version.is_none();
            told.insert(file.path.clone());
            if same || silent {
                continue;
            }
            let uri = match self.documents.get(&file.path) {
                Some(document) => Some(document.uri.clone()),
                None => super::documents::uri_of(&file.path),
            };
            if let (Some(uri), Some(shown)) = (uri, file.shown) {
                self.outbox.diagnostics(uri, shown, version);
                known.insert(file.path, (file.found, version));
            }
        }
        if round.is_whole {
            let gone: Vec<PathBuf> = known
                .keys()
                .filter(|path| !told.contains(*path))
                .cloned()
                .collect();
            for path in gone {
                let before = known.remove(&path);
                if let Some(uri) = super::documents::uri_of(&path)
                    && before.is_some_and(|(found, _)| !found.is_empty())
                {
                    self.outbox.diagnostics(uri, Vec::new(), None);
                }
            }
        }
    }
}

impl State {
    /// The projects to evaluate, when it is time for that.
    pub(super) fn begin_evaluation(&mut self) -> Option<Vec<PathBuf>> {
        let is_due = self.evaluation.is_due() && !self.projects.is_empty();
        is_due.then(|| self.projects.iter().cloned().collect())
    }

    /// Evaluates projects, if nothing has changed since they were taken out.
    pub(super) fn evaluate(&mut self, revision: u64, projects: Vec<Planning>, to: Sender<Event>) {
        if revision == self.revision {
            let longest = self.settings.longest;
            self.evaluation.start(projects, revision, longest, to);
        }
    }

    /// Projects could not be taken out. When files were read, it is the same state of things; what is
    /// typed makes another, which will be evaluated with the projects there are then.
    pub(super) fn unprepared(&mut self, revision: u64) {
        if revision == self.revision {
            self.evaluation.again();
        }
    }

    /// Tells what evaluation has found, if it is still so.
    pub(super) fn evaluated(&mut self, revision: u64, found: Vec<Diagnostic>) {
        self.evaluation.ended();
        if revision != self.revision || found.is_empty() {
            return;
        }
        self.evaluation.planned = Arc::new(by_file(found));
        if self.settings.pull {
            self.outbox.refresh(Refreshes {
                diagnostics: self.settings.refreshes.diagnostics,
                ..Refreshes::default()
            });
            return;
        }
        let paths = self.evaluation.planned.keys();
        let found = paths.map(|path| Found::nothing(path)).collect();
        self.publish(Round {
            revision,
            found,
            is_whole: false,
            is_last: false,
        });
    }

    /// Adds what evaluation has found to what is to be told.
    fn add_planned(&self, round: &mut Round) {
        let planned = &self.evaluation.planned;
        if planned.is_empty() {
            return;
        }
        let view = self.view();
        if round.is_whole {
            // Evaluation may read files that nobody imports by name.
            let looked_at: BTreeSet<&PathBuf> = round.found.iter().map(|file| &file.path).collect();
            let others = planned.keys().filter(|path| !looked_at.contains(path));
            let others: Vec<Found> = others.map(|path| Found::nothing(path)).collect();
            round.found.extend(others);
        }
        for file in &mut round.found {
            if let Some(more) = planned.get(&file.path) {
                file.found = together(&file.found, more);
                let shown = file.found.iter();
                let shown = shown.filter_map(|d| convert::diagnostic(&view, d));
                file.shown = Some(shown.collect());
            }
        }
    }
}

/// The project a file belongs to: the nearest folder upwards with a project file.
fn project_of(path: &Path) -> Option<PathBuf> {
    if extract::is_extracted(path) {
        return None;
    }
    let folders = path.ancestors().skip(1);
    let mut files = folders.map(|folder| folder.join(PROJECT_FILE));
    files.find(|file| file.is_file() || file == path)
}

/// The folders a client works in.
#[allow(deprecated)]
pub(super) fn folders_of(params: &InitializeParams) -> Vec<PathBuf> {
    if let Some(folders) = &params.workspace_folders {
        return folders.iter().map(|folder| path_of(&folder.uri)).collect();
    }
    if let Some(uri) = &params.root_uri {
        return vec![path_of(uri)];
    }
    let path = params.root_path.as_deref().map(PathBuf::from);
    path.into_iter().filter(|path| path.is_absolute()).collect()
}

/// Used by requests that tell what is wrong.
pub(super) use convert::diagnostic;
