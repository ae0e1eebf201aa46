//! Reading a journal, however it ends.

use crate::line;
use crate::record::{Header, Record, VERSION};
use std::io;
use std::path::Path;

/// Why a journal says nothing.
#[derive(Debug)]
pub enum Broken {
    /// It cannot be read.
    Io(io::Error),
    /// It does not begin like a journal, or like one of this version.
    NoJournal,
}

/// The header and everything after it that is whole. What follows a damaged line is not believed:
/// a journal is the beginning of a story, never the story with a hole.
///
/// # Errors
/// When there is no header.
pub fn read(path: &Path) -> Result<(Header, Vec<Record>), Broken> {
    let bytes = std::fs::read(path).map_err(Broken::Io)?;
    let mut lines = bytes.split_inclusive(|b| *b == b'\n').map_while(|line| {
        // A line without its end was being written when the writer died.
        line::take::<Record>(line.strip_suffix(b"\n")?)
    });
    match lines.next() {
        Some(Record::Header(header)) if header.version == VERSION => Ok((header, lines.collect())),
        _ => Err(Broken::NoJournal),
    }
}
