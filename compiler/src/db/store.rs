//! Telling the database what files hold.

use super::{Database, FileState, SourceFile};
use crate::inputs::Inputs;
use salsa::{Durability, Setter};
use std::io;
use std::sync::Arc;

/// The largest text that is read as source: positions are 32-bit.
const LARGEST: usize = 1 << 30;

/// Reads a file from outside.
pub(crate) fn read(db: &mut Database, file: SourceFile, inputs: &dyn Inputs) {
    let path = file.path(db);
    let (state, text) = match inputs.read(&path) {
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
    if state == FileState::Missing {
        let neighbours = path
            .parent()
            .and_then(|folder| inputs.glob(folder, "*.nx").ok())
            .map(|found| found.files)
            .unwrap_or_default();
        if *file.neighbours(db) != *neighbours {
            file.set_neighbours(db).to(neighbours.into());
        }
    }
    store(db, file, state, text.into(), Durability::MEDIUM);
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
