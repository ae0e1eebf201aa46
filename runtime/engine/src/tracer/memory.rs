//! Reading registers and memory of a stopped process.

use nix::sys::ptrace;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;
use std::ffi::OsString;
use std::io::IoSliceMut;
use std::os::unix::ffi::OsStringExt;

/// The registers of a system call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Registers {
    pub number: i64,
    pub args: [u64; 6],
    /// The result, when the call is over: the number of an error negated.
    pub result: i64,
}

#[cfg(target_arch = "x86_64")]
pub(super) fn registers(pid: Pid) -> nix::Result<Registers> {
    let r = ptrace::getregs(pid)?;
    Ok(Registers {
        number: r.orig_rax as i64,
        args: [r.rdi, r.rsi, r.rdx, r.r10, r.r8, r.r9],
        result: r.rax as i64,
    })
}

#[cfg(target_arch = "aarch64")]
pub(super) fn registers(pid: Pid) -> nix::Result<Registers> {
    let r = ptrace::getregs(pid)?.regs;
    Ok(Registers {
        number: r[8] as i64,
        args: [r[0], r[1], r[2], r[3], r[4], r[5]],
        result: r[0] as i64,
    })
}

/// Nothing can be traced on other processors.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) fn registers(_: Pid) -> nix::Result<Registers> {
    Err(nix::errno::Errno::ENOSYS)
}

/// Longer paths are refused by the kernel as well.
const LONGEST: usize = 4096;

/// Pages are at least this large, so a read that stays inside one does not fail because of the next.
const PAGE: u64 = 4096;

/// A text that ends with a zero; `None` when the address is wrong.
pub(super) fn text(pid: Pid, address: u64) -> Option<OsString> {
    let mut bytes = Vec::new();
    let mut at = address;
    while bytes.len() <= LONGEST {
        let length = (PAGE - at % PAGE) as usize;
        let piece = read(pid, at, length)?;
        if let Some(end) = piece.iter().position(|b| *b == 0) {
            bytes.extend_from_slice(&piece[..end]);
            return Some(OsString::from_vec(bytes));
        }
        at += piece.len() as u64;
        bytes.extend(piece);
    }
    None
}

/// A number of 64 bits.
pub(super) fn number(pid: Pid, address: u64) -> Option<u64> {
    let bytes = read(pid, address, 8)?;
    Some(u64::from_ne_bytes(bytes.try_into().ok()?))
}

fn read(pid: Pid, address: u64, length: usize) -> Option<Vec<u8>> {
    let mut buffer = vec![0; length];
    let base = usize::try_from(address).ok()?;
    let remote = [RemoteIoVec { base, len: length }];
    let read = process_vm_readv(pid, &mut [IoSliceMut::new(&mut buffer)], &remote).ok()?;
    buffer.truncate(read);
    (read > 0).then_some(buffer)
}
