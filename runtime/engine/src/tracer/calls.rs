//! The system calls that name files, and where their arguments stand.

use nix::libc::{self, c_long};

/// What a call does to the file it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Opens it, with these flags.
    Open(i32),
    /// Executes it.
    Execute,
    /// Makes it, or changes its content.
    Make,
    /// Makes a folder.
    MakeFolder,
    /// Removes it.
    Remove,
    /// Moves it to the second place.
    Rename,
    /// Makes the second place another name of it.
    Link,
    /// Lists a folder that is open.
    List,
}

/// Where the path stands: a folder's descriptor, and the address of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operand {
    pub folder: i32,
    /// `None`: the descriptor itself is meant.
    pub path: Option<u64>,
}

/// A decoded call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub kind: Kind,
    pub first: Operand,
    pub second: Option<Operand>,
    /// The address of `struct open_how`, which holds the flags.
    pub how: Option<u64>,
}

/// Numbers of all calls that are decoded.
pub(super) const NUMBERS: &[c_long] = &[
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_unlinkat,
    libc::SYS_mkdirat,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_truncate,
    libc::SYS_mknodat,
    libc::SYS_getdents64,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_open,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_creat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_unlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rmdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mkdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rename,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_link,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_symlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mknod,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_getdents,
];

/// What a call means; `None` for one that names no file.
pub(super) fn decode(number: c_long, args: [u64; 6]) -> Option<Call> {
    let here = |at: usize| Operand {
        folder: libc::AT_FDCWD,
        path: Some(args[at]),
    };
    let at = |folder: usize, path: usize| Operand {
        // The upper half of the register is not part of the argument.
        folder: args[folder] as i32,
        path: Some(args[path]),
    };
    let one = |kind, first| Call {
        kind,
        first,
        second: None,
        how: None,
    };
    let two = |kind, first, second| Call {
        second: Some(second),
        ..one(kind, first)
    };
    Some(match number {
        libc::SYS_openat => one(Kind::Open(args[2] as i32), at(0, 1)),
        libc::SYS_openat2 => Call {
            how: Some(args[2]),
            ..one(Kind::Open(0), at(0, 1))
        },
        libc::SYS_execve => one(Kind::Execute, here(0)),
        libc::SYS_execveat => one(Kind::Execute, at(0, 1)),
        libc::SYS_unlinkat => one(Kind::Remove, at(0, 1)),
        libc::SYS_mkdirat => one(Kind::MakeFolder, at(0, 1)),
        libc::SYS_renameat | libc::SYS_renameat2 => two(Kind::Rename, at(0, 1), at(2, 3)),
        libc::SYS_linkat => two(Kind::Link, at(0, 1), at(2, 3)),
        libc::SYS_symlinkat => one(Kind::Make, at(1, 2)),
        libc::SYS_truncate => one(Kind::Make, here(0)),
        libc::SYS_mknodat => one(Kind::Make, at(0, 1)),
        libc::SYS_getdents64 => one(Kind::List, open_one(args[0])),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_open => one(Kind::Open(args[1] as i32), here(0)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_creat => one(
            Kind::Open(libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC),
            here(0),
        ),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_unlink | libc::SYS_rmdir => one(Kind::Remove, here(0)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_mkdir => one(Kind::MakeFolder, here(0)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_rename => two(Kind::Rename, here(0), here(1)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_link => two(Kind::Link, here(0), here(1)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_symlink => one(Kind::Make, here(1)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_mknod => one(Kind::Make, here(0)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_getdents => one(Kind::List, open_one(args[0])),
        _ => return None,
    })
}

fn open_one(descriptor: u64) -> Operand {
    Operand {
        folder: descriptor as i32,
        path: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_that_stops_is_understood() {
        for number in NUMBERS {
            assert!(decode(*number, [0; 6]).is_some(), "{number}");
        }
        assert_eq!(decode(libc::SYS_read, [0; 6]), None);
        // A descriptor is 32 bits wide whatever the register holds.
        let call = decode(libc::SYS_openat, [0xffff_ff9c, 7, 0, 0, 0, 0]).unwrap();
        assert_eq!(call.first.folder, libc::AT_FDCWD);
    }
}
