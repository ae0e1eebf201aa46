//! Telling the database what files hold.

use super::{Database, FileState, SourceFile};
use crate::inputs::Inputs;
use salsa::{Durability, Setter};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The largest text that is read as source: positions are 32-bit.
const LARGEST: usize = 1 << 30;

/// What is at a path outside.
pub(crate) struct Content {
    state: FileState,
    text: Arc<str>,
    /// The names of the `.nx` files of its folder, when nothing is there.
    neighbours: Vec<String>,
}

/// Looks at a file outside.
pub(crate) fn look(path: &Path, inputs: &dyn Inputs) -> Content {
    let (state, text) = match inputs.read(path) {
        Ok(bytes) if bytes.len() > LARGEST => (FileState::TooLong, String::new()),
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => (FileState::Present, text),
            Err(e) => {
                let at = e.utf8_error().valid_up_to() as u32;
                (FileState::NotUtf8(at), String::new())
            }
        },
        Err(e) if e.kind() == io::ErrorKind::NotFound => (FileState::Missing, String::new()),
        Err(_) => (FileState::Unreadable, String::new()),
    };
    let neighbours = match (state, path.parent()) {
        (FileState::Missing, Some(folder)) => inputs
            .glob(folder, "*.nx")
            .map(|found| found.files)
            .unwrap_or_default(),
        _ => Vec::new(),
    };
    Content {
        state,
        text: text.into(),
        neighbours,
    }
}

/// Takes what is outside.
pub(crate) fn take(db: &mut Database, file: SourceFile, content: Content) {
    let Content {
        state,
        text,
        neighbours,
    } = content;
    if state == FileState::Missing && *file.neighbours(db) != *neighbours {
        file.set_neighbours(db).to(neighbours.into());
    }
    store(db, file, state, text, Durability::MEDIUM);
}

/// Reads a file from outside.
pub(crate) fn read(db: &mut Database, file: SourceFile, inputs: &dyn Inputs) {
    let content = look(&file.path(db), inputs);
    take(db, file, content);
}

/// Sets what a file holds. Equal values are not set: setting starts a new revision.
pub(crate) fn store(
    db: &mut Database,
    file: SourceFile,
    state: FileState,
    text: Arc<str>,
    how: Durability,
) {
    if file.state(db) != state {
        file.set_state(db).with_durability(how).to(state);
    }
    if file.text(db) != text {
        file.set_text(db).with_durability(how).to(text);
    }
}
