//! Recording keys.

use super::name::{canonical, hashed};
use super::verify::{HostKeyError, KnownHosts, Verdict};
use russh::keys::{PublicKey, PublicKeyOrCertificate};
use rustix::fs::FlockOperation;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// What became of a key that was to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// A line was added.
    Added,
    /// It was there already, perhaps since a moment ago.
    Already,
}

/// Adds a key of a host to a file, under a lock: two processes that meet a host at the same time
/// record it once, and when they were shown different keys the second one is told so.
///
/// With `beside` it is added beside keys of other types.
///
/// # Errors
///
/// Another key was recorded meanwhile, or the file cannot be written.
pub(crate) fn record_key(
    file: &Path,
    host: &str,
    port: u16,
    alias: Option<&str>,
    mut key: PublicKey,
    hash: bool,
    beside: bool,
) -> Result<Recorded, HostKeyError> {
    let failed = |error: io::Error| HostKeyError::NotRecorded {
        file: file.to_owned(),
        problem: error.to_string(),
    };
    let mut opened = open(file).map_err(failed)?;
    rustix::fs::flock(&opened, FlockOperation::LockExclusive)
        .map_err(|error| failed(error.into()))?;
    let known = KnownHosts::read(&[file.to_owned()], host, port, alias)?;
    key.set_comment("");
    match known.check(&PublicKeyOrCertificate::from(key.clone())) {
        Verdict::Known => return Ok(Recorded::Already),
        Verdict::Refused(HostKeyError::Changed {
            kind,
            recorded_kind,
            ..
        }) if beside && kind != recorded_kind => {}
        Verdict::Refused(problem) => return Err(problem),
        Verdict::Unknown(_) => {}
    }
    let name = match alias {
        Some(alias) => alias.to_ascii_lowercase(),
        None => canonical(host, port),
    };
    let name = if hash { hide(&name)? } else { name };
    let key = key
        .to_openssh()
        .map_err(|error| failed(io::Error::other(error)))?;
    append(&mut opened, &format!("{name} {}\n", key.trim())).map_err(failed)?;
    Ok(Recorded::Added)
}

fn hide(name: &str) -> Result<String, HostKeyError> {
    let mut salt = [0; 20];
    let random = ring::rand::SystemRandom::new();
    match ring::rand::SecureRandom::fill(&random, &mut salt) {
        Ok(()) => Ok(hashed(name, &salt)),
        Err(_) => Ok(name.to_owned()),
    }
}

fn open(file: &Path) -> io::Result<File> {
    if let Some(folder) = file.parent().filter(|folder| !folder.exists()) {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(file)
}

/// Adds a line. A last line without an end is ended first, or both would be spoiled.
fn append(file: &mut File, line: &str) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut text = String::new();
    if length > 0 {
        let mut last = [0];
        file.seek(SeekFrom::Start(length - 1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            text.push('\n');
        }
    }
    text.push_str(line);
    file.write_all(text.as_bytes())?;
    file.sync_data()
}
