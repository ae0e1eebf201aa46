//! What the server knows: the files, the agreement with the client, and what it was told.

use super::client::Outbox;
use super::documents::{Document, Documents, path_of};
use super::position::Encoding;
use super::publish::{Known, Round};
use super::requests::Tokens;
use super::view::View;
use super::{convert, extract};
use nexus_compiler::ide::{PROJECT_FILE, Workspace};
use nexus_compiler::world::Disk;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower_lsp::ls_types::{
    ClientCapabilities, DidChangeWatchedFilesRegistrationOptions, FileChangeType, FileEvent,
    FileSystemWatcher, GlobPattern, InitializeParams, MessageType, Registration,
    TextDocumentContentChangeEvent, TextDocumentItem, Uri,
};

/// The most files of a folder that are taken into account without being asked for.
const MOST_FILES: usize = 20_000;

/// What was agreed on with the client.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// In which units columns count.
    pub(super) encoding: Encoding,
    /// Completions may have places to fill in.
    pub(super) snippets: bool,
    /// The client asks what is wrong, instead of being told.
    pub(super) pull: bool,
    /// Files may be watched by the client.
    watch: bool,
    /// Edits may name versions.
    pub(super) versions: bool,
    /// Symbols may be nested.
    pub(super) nested_symbols: bool,
    /// Only whole lines can be folded.
    pub(super) fold_lines: bool,
    /// Tokens may span lines.
    pub(super) long_tokens: bool,
    /// What can be asked to be computed anew.
    refreshes: Refreshes,
    /// The commands of code lenses that the client has.
    pub(super) commands: Vec<String>,
}

/// What a client can be told to ask for anew.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Refreshes {
    pub(super) diagnostics: bool,
    pub(super) tokens: bool,
    pub(super) hints: bool,
    pub(super) lenses: bool,
}

impl Settings {
    /// What a client says about itself.
    pub(super) fn of(params: &InitializeParams) -> Self {
        let client: &ClientCapabilities = &params.capabilities;
        let general = client.general.as_ref();
        let text = client.text_document.as_ref();
        let workspace = client.workspace.as_ref();
        let offered = general.and_then(|general| general.position_encodings.as_deref());
        let item = text
            .and_then(|text| text.completion.as_ref())
            .and_then(|completion| completion.completion_item.as_ref());
        let refresh = Refreshes {
            diagnostics: workspace
                .and_then(|w| w.diagnostics.as_ref())
                .and_then(|d| d.refresh_support)
                .unwrap_or_default(),
            tokens: workspace
                .and_then(|w| w.semantic_tokens.as_ref())
                .and_then(|d| d.refresh_support)
                .unwrap_or_default(),
            hints: workspace
                .and_then(|w| w.inlay_hint.as_ref())
                .and_then(|d| d.refresh_support)
                .unwrap_or_default(),
            lenses: workspace
                .and_then(|w| w.code_lens.as_ref())
                .and_then(|d| d.refresh_support)
                .unwrap_or_default(),
        };
        let options = params.initialization_options.as_ref();
        let commands = options.and_then(|options| options.get("commands")?.as_array());
        let names = commands.into_iter().flatten();
        let names = names.filter_map(|name| name.as_str().map(str::to_owned));
        Settings {
            encoding: Encoding::choose(offered.unwrap_or_default()),
            snippets: item
                .and_then(|item| item.snippet_support)
                .unwrap_or_default(),
            pull: text.is_some_and(|text| text.diagnostic.is_some()),
            watch: workspace
                .and_then(|w| w.did_change_watched_files.as_ref())
                .and_then(|w| w.dynamic_registration)
                .unwrap_or_default(),
            versions: workspace
                .and_then(|w| w.workspace_edit.as_ref())
                .and_then(|edit| edit.document_changes)
                .unwrap_or_default(),
            nested_symbols: text
                .and_then(|text| text.document_symbol.as_ref())
                .and_then(|symbols| symbols.hierarchical_document_symbol_support)
                .unwrap_or_default(),
            fold_lines: text
                .and_then(|text| text.folding_range.as_ref())
                .and_then(|folding| folding.line_folding_only)
                .unwrap_or_default(),
            long_tokens: text
                .and_then(|text| text.semantic_tokens.as_ref())
                .and_then(|tokens| tokens.multiline_token_support)
                .unwrap_or_default(),
            refreshes: refresh,
            commands: names.collect(),
        }
    }

    /// Before anything was agreed on.
    fn unknown() -> Self {
        Settings::of(&InitializeParams::default())
    }
}

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
    pub(super) fn publish(&mut self, round: Round) {
        if round.is_last {
            self.looking = false;
        }
        if round.revision != self.revision {
            return;
        }
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
