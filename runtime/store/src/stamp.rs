//! What `stat` says about a file: enough to know that its content cannot have changed.

use rustix::fs::{AtFlags, Statx, StatxFlags, statx};
use serde::{Deserialize, Serialize};
use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Kind {
    /// Nothing.
    Missing = 0,
    /// A regular file.
    File = 1,
    /// A folder.
    Folder = 2,
    /// A symbolic link (only when it was asked for the link itself).
    Link = 3,
    /// A device, socket or pipe.
    Other = 4,
}

impl Kind {
    pub(crate) fn from_u8(byte: u8) -> Option<Self> {
        [
            Kind::Missing,
            Kind::File,
            Kind::Folder,
            Kind::Link,
            Kind::Other,
        ]
        .get(byte as usize)
        .copied()
    }
}

/// Identity, size and times of a file. Two equal stamps mean the same content, except in the
/// moment after a write (see [`Stamp::is_racy`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// What it is.
    pub kind: Kind,
    /// Whether its owner may execute it.
    pub executable: bool,
    /// Device number.
    pub device: u64,
    /// Inode number.
    pub inode: u64,
    /// Bytes.
    pub size: u64,
    /// Last change of the content, nanoseconds since the epoch.
    pub mtime: i64,
    /// Last change of content or metadata, nanoseconds since the epoch. `utimensat` cannot set it
    /// back.
    pub ctime: i64,
}

impl Stamp {
    /// The stamp of a path where nothing is.
    pub const MISSING: Stamp = Stamp {
        kind: Kind::Missing,
        executable: false,
        device: 0,
        inode: 0,
        size: 0,
        mtime: 0,
        ctime: 0,
    };

    /// Of what `path` leads to, links followed. A missing file has the stamp [`Stamp::MISSING`].
    ///
    /// # Errors
    /// Anything but "not there", such as missing rights.
    pub fn of(path: &Path) -> io::Result<Stamp> {
        Self::at(rustix::fs::CWD, path.as_os_str().as_encoded_bytes(), true)
    }

    /// Of the path itself: a link is a link.
    ///
    /// # Errors
    /// As [`Stamp::of`].
    pub fn of_link(path: &Path) -> io::Result<Stamp> {
        Self::at(rustix::fs::CWD, path.as_os_str().as_encoded_bytes(), false)
    }

    /// Relative to an open folder.
    pub(crate) fn at(folder: BorrowedFd<'_>, name: &[u8], follow: bool) -> io::Result<Stamp> {
        let flags = if follow {
            AtFlags::empty()
        } else {
            AtFlags::SYMLINK_NOFOLLOW
        };
        let wanted = StatxFlags::TYPE
            | StatxFlags::MODE
            | StatxFlags::INO
            | StatxFlags::SIZE
            | StatxFlags::MTIME
            | StatxFlags::CTIME;
        match statx(folder, name, flags, wanted) {
            Ok(found) => Ok(Self::from_statx(&found)),
            // A link that leads to itself leads nowhere.
            Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR | rustix::io::Errno::LOOP) => {
                Ok(Stamp::MISSING)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn from_statx(s: &Statx) -> Stamp {
        let kind = match u32::from(s.stx_mode) & 0o170_000 {
            0o100_000 => Kind::File,
            0o040_000 => Kind::Folder,
            0o120_000 => Kind::Link,
            _ => Kind::Other,
        };
        let nanos = |t: rustix::fs::StatxTimestamp| t.tv_sec * 1_000_000_000 + i64::from(t.tv_nsec);
        Stamp {
            kind,
            executable: kind == Kind::File && s.stx_mode & 0o100 != 0,
            device: (u64::from(s.stx_dev_major) << 32) | u64::from(s.stx_dev_minor),
            inode: s.stx_ino,
            size: s.stx_size,
            mtime: nanos(s.stx_mtime),
            ctime: nanos(s.stx_ctime),
        }
    }

    /// Whether the file was changed so shortly before `looked_at` (nanoseconds since the epoch)
    /// that a further change could have left the same stamp: git's racily-clean rule
    /// (git, Documentation/technical/racy-git). Only the change time is asked: no program can set
    /// it, so a modification time in the future does no harm.
    pub fn is_racy(&self, looked_at: i64) -> bool {
        matches!(self.kind, Kind::File | Kind::Folder)
            && crate::clock::tick(self.device, self.ctime)
                .is_some_and(|tick| self.ctime >= looked_at.saturating_sub(tick))
    }
}

/// Nanoseconds since the epoch, as the kernel stamps files.
pub fn now() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_links_and_the_executable_bit() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().expect("folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "x").expect("write");
        symlink("file", at("link")).expect("link");
        symlink("loop", at("loop")).expect("link");
        let plain = Stamp::of(&at("file")).expect("stamp");
        assert_eq!(
            (plain.kind, plain.size, plain.executable),
            (Kind::File, 1, false)
        );
        assert_eq!(Stamp::of(&at("link")).expect("stamp"), plain);
        assert_eq!(Stamp::of_link(&at("link")).expect("stamp").kind, Kind::Link);
        for nothing in ["loop", "file/below", "nope"] {
            assert_eq!(
                Stamp::of(&at(nothing)).expect("stamp"),
                Stamp::MISSING,
                "{nothing}"
            );
        }
        std::fs::set_permissions(at("file"), std::fs::Permissions::from_mode(0o744)).expect("mode");
        let now = Stamp::of(&at("file")).expect("stamp");
        assert!(now.executable && now != plain);
    }

    #[test]
    fn recent_files_are_racy_where_the_clock_is_coarse() {
        let second = 1_000_000_000;
        let changed = |ctime| Stamp {
            kind: Kind::File,
            ctime,
            ..Stamp::MISSING
        };
        assert!(changed(100 * second).is_racy(101 * second));
        assert!(
            changed(200 * second).is_racy(101 * second),
            "the clock was set back"
        );
        assert!(!changed(100 * second).is_racy(103 * second));
        assert!(!Stamp::MISSING.is_racy(0));
    }
}
