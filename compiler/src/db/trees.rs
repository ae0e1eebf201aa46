//! The trees of files that are being edited.

use super::SourceFile;
use nexus_grammar::{Entry, Parse, parse_shared, reparse};
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex};

/// The last tree of each file that is being edited.
#[derive(Debug, Default)]
pub struct Trees(Mutex<FxHashMap<SourceFile, Arc<Parse>>>);

impl Trees {
    /// Reads a text: all of it, or what is different from the last one.
    pub(super) fn read(&self, file: SourceFile, text: Arc<str>, entry: Entry) -> Arc<Parse> {
        let last = self.lock().get(&file).cloned();
        let last = last.filter(|_| entry == Entry::File);
        let part = last.and_then(|last| reparse(&last, &text));
        let parse = Arc::new(part.unwrap_or_else(|| parse_shared(text, entry)));
        self.lock().insert(file, parse.clone());
        parse
    }

    /// A file is not edited any more.
    pub(crate) fn forget(&self, file: SourceFile) {
        self.lock().remove(&file);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, FxHashMap<SourceFile, Arc<Parse>>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}
