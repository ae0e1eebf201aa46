//! Reading a journal, however it ends.

use crate::line;
use crate::record::{Header, Record, VERSION};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// No header is longer, in bytes.
const LONGEST_HEADER: u64 = 16 << 20;

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

/// The header alone.
///
/// # Errors
/// As [`read`].
pub fn read_header(path: &Path) -> Result<Header, Broken> {
    let file = File::open(path).map_err(Broken::Io)?;
    let mut first = Vec::new();
    BufReader::new(file.take(LONGEST_HEADER))
        .read_until(b'\n', &mut first)
        .map_err(Broken::Io)?;
    let line = first.strip_suffix(b"\n").ok_or(Broken::NoJournal)?;
    match line::take::<Record>(line) {
        Some(Record::Header(header)) if header.version == VERSION => Ok(header),
        _ => Err(Broken::NoJournal),
    }
}
