//! What a request sees: everything as it was when it was its turn.

use super::documents::{Documents, path_of, uri_of};
use super::evaluate::{Planned, together};
use super::extract;
use super::position::{Encoding, LineIndex};
use super::requests::Tokens;
use super::settings::Settings;
use crate::ide::FileRange;
use nexus_compiler::db::SourceFile;
use nexus_compiler::diagnostic::Diagnostic;
use nexus_compiler::hir::Span;
use nexus_compiler::ide::{self, Snapshot};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower_lsp::ls_types::{
    Location, Position, Range, TextDocumentIdentifier, TextDocumentPositionParams, Uri,
};

/// A snapshot, and what it takes to talk about it with a client.
pub(super) struct View {
    /// The files.
    pub(super) snapshot: Snapshot,
    /// What is open.
    pub(super) documents: Arc<Documents>,
    /// What was agreed on.
    pub(super) settings: Arc<Settings>,
    /// What the client knows of the meanings of tokens.
    pub(super) tokens: Arc<Tokens>,
    /// What evaluation has found in this state of things.
    pub(super) planned: Arc<Planned>,
    /// Which state of things it is.
    pub(super) revision: u64,
    /// Texts and lines of files that are not open.
    lines: RefCell<FxHashMap<PathBuf, Lines>>,
}

/// A text and where its lines begin.
type Lines = (Arc<str>, Arc<LineIndex>);

/// A file with its text and lines.
pub(super) struct Shown {
    pub(super) file: SourceFile,
    pub(super) path: PathBuf,
    pub(super) text: Arc<str>,
    pub(super) lines: Arc<LineIndex>,
    encoding: Encoding,
}

impl View {
    pub(super) fn new(
        snapshot: Snapshot,
        documents: Arc<Documents>,
        settings: Arc<Settings>,
        tokens: Arc<Tokens>,
        planned: Arc<Planned>,
        revision: u64,
    ) -> Self {
        View {
            snapshot,
            documents,
            settings,
            tokens,
            planned,
            revision,
            lines: RefCell::default(),
        }
    }

    /// All that is wrong with a file: what the checker says, and what evaluation has found.
    pub(super) fn wrong(&self, file: SourceFile) -> Arc<Vec<Diagnostic>> {
        let db = self.snapshot.db();
        let found = ide::diagnostics(db, file);
        match self.planned.get(&*file.path(db)) {
            None => found,
            Some(more) => together(&found, more),
        }
    }

    /// A document a client names; nothing when there is none.
    pub(super) fn shown(&self, document: &TextDocumentIdentifier) -> Option<Shown> {
        self.shown_at(&path_of(&document.uri))
    }

    /// A file by path, one of the embedded ones included.
    pub(super) fn shown_at(&self, path: &Path) -> Option<Shown> {
        let (text, lines) = self.text(path)?;
        Some(Shown {
            file: self.snapshot.file(path),
            path: path.to_path_buf(),
            text,
            lines,
            encoding: self.settings.encoding,
        })
    }

    /// A document, and an offset in it.
    pub(super) fn at(&self, at: &TextDocumentPositionParams) -> Option<(Shown, u32)> {
        let shown = self.shown(&at.text_document)?;
        let offset = shown.offset(at.position);
        Some((shown, offset))
    }

    fn text(&self, path: &Path) -> Option<Lines> {
        if let Some(document) = self.documents.get(path) {
            return Some((document.text.clone(), document.lines.clone()));
        }
        if let Some(known) = self.lines.borrow().get(path) {
            return Some(known.clone());
        }
        let text = self
            .snapshot
            .source(path)
            .or_else(|| extract::embedded(path).map(Arc::from))?;
        let lines = Arc::new(LineIndex::new(&text));
        let known = (text, lines);
        self.lines
            .borrow_mut()
            .insert(path.to_path_buf(), known.clone());
        Some(known)
    }

    /// The name of a file, as the client writes it if it has.
    pub(super) fn uri(&self, path: &Path) -> Option<Uri> {
        match self.documents.get(path) {
            Some(document) => Some(document.uri.clone()),
            None => uri_of(path),
        }
    }

    /// A place for the client. Embedded files are written out for it.
    pub(super) fn location(&self, at: &FileRange) -> Option<Location> {
        let shown = self.shown_at(&at.path)?;
        let path = match extract::is_embedded(&at.path) {
            true => extract::written(&at.path)?,
            false => at.path.clone(),
        };
        Some(Location {
            uri: self.uri(&path)?,
            range: shown.range(at.span),
        })
    }
}

impl Shown {
    /// The range of a span.
    pub(super) fn range(&self, span: Span) -> Range {
        self.lines.range(&self.text, span, self.encoding)
    }

    /// The position of an offset.
    pub(super) fn position(&self, offset: u32) -> Position {
        self.lines.position(&self.text, offset, self.encoding)
    }

    /// How wide a stretch of text is.
    pub(super) fn width(&self, span: Span) -> u32 {
        let text = &self.text[span.start as usize..span.end as usize];
        text.chars().map(|c| self.encoding.width(c)).sum()
    }

    /// The offset of a position.
    pub(super) fn offset(&self, position: Position) -> u32 {
        self.lines.offset(&self.text, position, self.encoding)
    }

    /// The span of a range.
    pub(super) fn span(&self, range: Range) -> Span {
        self.lines.span(&self.text, range, self.encoding)
    }
}
