//! `std.hash`: digests, in hexadecimal digits. Those of files are tracked like any file that a
//! plan reads.

use super::declare::builtins;
use super::file;
use crate::value::Value;
use crate::vm::{Raise, Step, Vm};
use sha2::{Digest, Sha256};

builtins! {
    /// The SHA-256 digest of a text.
    ///
    /// `std.hash.sha256 ""` => `"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`
    ["std.hash.sha256"] Function "String -> String" = sha256(Value);

    /// The BLAKE3 digest of a text.
    ///
    /// `std.hash.blake3 ""` => `"af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"`
    ["std.hash.blake3"] Function "String -> String" = blake3_of(Value);

    /// The SHA-256 digest of a file, text or not.
    ///
    /// `std.hash.sha256_file ./VERSION == std.hash.sha256 (read_file ./VERSION)` => `true`
    ["std.hash.sha256_file"] Function "String | Path -> String" = sha256_file(Value);

    /// The BLAKE3 digest of a file, text or not.
    ///
    /// `std.hash.blake3_file ./VERSION == std.hash.blake3 (read_file ./VERSION)` => `true`
    ["std.hash.blake3_file"] Function "String | Path -> String" = blake3_file(Value);
}

fn sha256_hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn blake3_hex(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn of_text(vm: &mut Vm<'_>, args: &[Value], hex: fn(&[u8]) -> String) -> Result<Step, Raise> {
    let text = vm.need_str(args[0], "what to take the digest of")?;
    let digest = hex(vm.heap.str(text).as_bytes());
    vm.text(&digest, text.context)
}

fn of_file(vm: &mut Vm<'_>, args: &[Value], hex: fn(&[u8]) -> String) -> Result<Step, Raise> {
    let (bytes, at) = file::bytes_of(vm, args[0])?;
    vm.text(&hex(&bytes), at.context)
}

fn sha256(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    of_text(vm, args, sha256_hex)
}

fn blake3_of(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    of_text(vm, args, blake3_hex)
}

fn sha256_file(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    of_file(vm, args, sha256_hex)
}

fn blake3_file(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    of_file(vm, args, blake3_hex)
}
