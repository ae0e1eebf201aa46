//! A folder, perhaps on another machine, with any number of readers and writers.
//!
//! ```text
//! cas/ab/abcd…       a blob, as in the local store
//! results/12/1234…   an entry
//! tmp/               files that are being written
//! ```
//!
//! Files are written aside and renamed, so a name never stands for half a content; an entry is
//! linked to its name, which fails when there is one already, on network file systems as well.

use crate::backend::{Backend, Job, Pace, Sink, Source, allowed};
use crate::entry;
use crate::fault::Fault;
use crate::name::{Hash, Name};
use crate::settings::Settings;
use bytes::Bytes;
use nexus_graph::Digest;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;

pub(crate) struct Folder {
    root: Arc<PathBuf>,
    timeout: Duration,
}

impl Folder {
    /// Makes the folder if it is to be written; the folder above it must be there.
    pub async fn open(root: &Path, settings: &Settings) -> Result<Self, Fault> {
        let folder = Folder {
            root: Arc::new(root.to_path_buf()),
            timeout: settings.timeout,
        };
        if settings.write {
            let make = |root: &Path| match std::fs::create_dir(root) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                other => other,
            };
            folder.disk(folder.timeout, make).await?;
        }
        Ok(folder)
    }

    /// A job for the disk, which may never answer: then its thread is left behind.
    async fn disk<T: Send + 'static>(
        &self,
        limit: Duration,
        job: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let root = self.root.clone();
        let job = tokio::task::spawn_blocking(move || job(&root));
        match tokio::time::timeout(limit, job).await {
            Ok(Ok(answer)) => answer.map_err(fault),
            Ok(Err(_)) => Err(Fault::Failed("reading it failed".into())),
            Err(_) => Err(Fault::Slow(format!(
                "no answer in {:.1} s",
                limit.as_secs_f64()
            ))),
        }
    }
}

fn fault(error: io::Error) -> Fault {
    let text = error.to_string();
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Fault::Refused(text),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Fault::Full(text),
        io::ErrorKind::NotFound => Fault::Unreachable("the folder does not exist".into()),
        _ => Fault::Failed(text),
    }
}

fn place(root: &Path, kind: &str, hex: &str) -> PathBuf {
    root.join(kind).join(&hex[..2]).join(hex)
}

/// Opens a file to read it, and nothing else: a pipe in its place would keep us waiting for ever.
fn open(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW;
    options.read(true).custom_flags(flags.bits() as i32);
    match options.open(path) {
        Ok(file) if file.metadata()?.is_file() => Ok(Some(file)),
        Ok(_) => Err(io::Error::other(
            "something that is no file is in the place of one",
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A file of our own, whoever else writes.
fn aside(root: &Path) -> io::Result<(File, PathBuf)> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let folder = root.join("tmp");
    loop {
        let mut random = [0; 8];
        rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())?;
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{:016x}-{count}", u64::from_le_bytes(random));
        let path = folder.join(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                std::fs::create_dir_all(&folder)?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Writes aside, then gives the file its name by `name`.
fn write(
    root: &Path,
    target: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
    name: impl Fn(&Path, &Path) -> io::Result<()>,
) -> io::Result<()> {
    let (mut file, aside) = aside(root)?;
    let written = fill(&mut file).and_then(|()| {
        // What a server of files has not taken yet may still not fit.
        file.sync_all()?;
        match name(&aside, target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                std::fs::create_dir_all(target.parent().unwrap_or(root))?;
                name(&aside, target)
            }
            other => other,
        }
    });
    // Gone when it was renamed.
    let _ = std::fs::remove_file(&aside);
    written
}

/// Names a file unless the name is taken.
fn name_new(aside: &Path, target: &Path) -> io::Result<()> {
    match std::fs::hard_link(aside, target) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // File systems without links. Two writers at the same moment both succeed then.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported
            ) =>
        {
            match target.symlink_metadata() {
                Ok(_) => Ok(()),
                Err(_) => std::fs::rename(aside, target),
            }
        }
        other => other,
    }
}

impl Backend for Folder {
    fn hash(&self) -> Hash {
        Hash::Blake3
    }

    fn entry(&self, slot: Digest) -> Job<'_, Option<Bytes>> {
        Box::pin(self.disk(self.timeout, move |root| {
            // Not there, and nowhere: a mount that failed is not an empty cache.
            let Some(file) = open(&place(root, "results", &slot.hex()))? else {
                return root.metadata().map(|_| None);
            };
            let mut bytes = Vec::new();
            file.take(entry::MOST as u64 + 1).read_to_end(&mut bytes)?;
            Ok(Some(Bytes::from(bytes)))
        }))
    }

    fn put_entry(
        &self,
        slot: Digest,
        entry: Bytes,
        _needs: Vec<Name>,
        replace: bool,
    ) -> Job<'_, ()> {
        Box::pin(self.disk(self.timeout, move |root| {
            let target = place(root, "results", &slot.hex());
            let fill = |file: &mut File| file.write_all(&entry);
            match replace {
                true => write(root, &target, fill, |aside, target| {
                    std::fs::rename(aside, target)
                }),
                false => write(root, &target, fill, name_new),
            }
        }))
    }

    fn missing(&self, names: Vec<Name>) -> Job<'_, Vec<Name>> {
        Box::pin(self.disk(self.timeout, move |root| {
            let lacks = |name: &Name| {
                let path = place(root, "cas", &name.hex());
                !path.metadata().is_ok_and(|found| found.len() == name.size)
            };
            Ok(names.into_iter().filter(lacks).collect())
        }))
    }

    fn read<'a>(&'a self, name: Name, sink: &'a mut dyn Sink) -> Job<'a, bool> {
        Box::pin(async move {
            let opening = self.disk(self.timeout, move |root| {
                open(&place(root, "cas", &name.hex()))
            });
            let Some(file) = opening.await? else {
                return Ok(false);
            };
            let file = Arc::new(file);
            let mut pace = Pace::new(self.timeout);
            loop {
                let file = file.clone();
                let piece = self.disk(self.timeout, move |_| {
                    let mut buffer = vec![0; PIECE];
                    let read = (&*file).read(&mut buffer)?;
                    buffer.truncate(read);
                    Ok(buffer)
                });
                let piece = pace.next(piece).await??;
                if piece.is_empty() {
                    return Ok(true);
                }
                pace.count(piece.len())?;
                sink.push(&piece)?;
            }
        })
    }

    fn write(&self, name: Name, source: Source) -> Job<'_, ()> {
        let limit = allowed(self.timeout, name.size);
        Box::pin(self.disk(limit, move |root| {
            let fill = |file: &mut File| match &source {
                Source::Bytes(bytes) => file.write_all(bytes),
                Source::File(path) => io::copy(&mut File::open(path)?, file).map(|_| ()),
            };
            let target = place(root, "cas", &name.hex());
            write(root, &target, fill, |aside, target| {
                std::fs::rename(aside, target)
            })
        }))
    }
}
