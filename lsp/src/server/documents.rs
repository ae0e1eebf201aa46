//! Open documents, and the names of files.

use super::position::{Encoding, LineIndex};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use tower_lsp::ls_types::{TextDocumentContentChangeEvent, Uri};

/// A document that is open in the editor.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// As the client writes it.
    pub(super) uri: Uri,
    /// What the client last said.
    pub(super) version: i32,
    /// Its text.
    pub(super) text: Arc<str>,
    /// The lines of it.
    pub(super) lines: Arc<LineIndex>,
}

/// All open documents by path.
pub(super) type Documents = FxHashMap<PathBuf, Document>;

impl Document {
    pub(super) fn new(uri: Uri, version: i32, text: String) -> Self {
        let lines = Arc::new(LineIndex::new(&text));
        Document {
            uri,
            version,
            text: text.into(),
            lines,
        }
    }

    /// Applies changes, one after the other.
    pub(super) fn change(
        &mut self,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        self.version = version;
        for change in changes {
            let text = match change.range {
                None => change.text,
                Some(range) => {
                    let span = self.lines.span(&self.text, range, encoding);
                    let (start, end) = (span.start as usize, span.end as usize);
                    let mut text = String::with_capacity(self.text.len() + change.text.len());
                    text.push_str(&self.text[..start]);
                    text.push_str(&change.text);
                    text.push_str(&self.text[end..]);
                    text
                }
            };
            self.lines = Arc::new(LineIndex::new(&text));
            self.text = text.into();
        }
    }
}

/// The path of a document; for those that are in no file, one that no file has.
pub(super) fn path_of(uri: &Uri) -> PathBuf {
    let is_file = uri.scheme().as_str().eq_ignore_ascii_case("file");
    match uri.to_file_path().filter(|_| is_file) {
        Some(path) => nexus_compiler::db::normalize(&path),
        None => PathBuf::from("/").join(format!("<{}>", uri.as_str().replace('/', "\\"))),
    }
}

/// The name of a file.
pub(super) fn uri_of(path: &Path) -> Option<Uri> {
    if path.is_absolute() {
        return Uri::from_file_path(path);
    }
    Uri::from_str(path.to_str()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tower_lsp::ls_types::{Position, Range};

    fn change(from: (u32, u32), to: (u32, u32), text: &str) -> TextDocumentContentChangeEvent {
        let position = |(line, character)| Position { line, character };
        TextDocumentContentChangeEvent {
            range: Some(Range {
                start: position(from),
                end: position(to),
            }),
            range_length: None,
            text: text.to_owned(),
        }
    }

    #[test]
    fn each_change_sees_the_ones_before() {
        let uri = Uri::from_str("file:///p/a.nx").unwrap();
        let mut document = Document::new(uri, 1, "a = 1;\nb = 2;\n".into());
        let changes = vec![
            change((0, 0), (0, 0), "x = 0;\n"),
            change((1, 4), (1, 5), "10"),
            change((2, 0), (9, 9), ""),
        ];
        document.change(2, changes, Encoding::Utf16);
        assert_eq!(&*document.text, "x = 0;\na = 10;\n");
        assert_eq!(document.lines.lines(), 3);
    }

    #[test]
    fn names_of_files_go_both_ways() {
        for name in ["/p/a.nx", "/p/with blank/ä.nx", "/p/100%.nx"] {
            let uri = uri_of(Path::new(name)).unwrap();
            assert_eq!(path_of(&uri), Path::new(name));
        }
        let untitled = Uri::from_str("untitled:Untitled-1").unwrap();
        assert!(path_of(&untitled).is_absolute());
    }
}
