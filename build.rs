//! Embeds the pages of `docs/errors/` so that `nexus explain` works without the repository, and has
//! a release put the functions of a start side by side.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    link(&root);
    let folder = root.join("docs/errors");
    println!("cargo::rerun-if-changed={}", folder.display());

    let mut pages: Vec<PathBuf> = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_page(path))
        .collect();
    pages.sort();

    let mut table = String::from("pub(super) static PAGES: &[(&str, &str)] = &[\n");
    for page in pages {
        let code = page.file_stem().unwrap_or_default().to_string_lossy();
        let path = page.to_string_lossy();
        writeln!(table, "    ({code:?}, include_str!({path:?})),").expect("writing to a string");
    }
    table.push_str("];\n");

    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    fs::write(out.join("pages.rs"), table).expect("the build folder is writable");
}

/// `NXnnnn.md`.
fn is_page(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.strip_prefix("NX")
        .and_then(|rest| rest.strip_suffix(".md"))
        .is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// Options for the linker of a release: a third less memory for a small run. Only for the linker that
/// rustc brings with it, lld on x86_64 Linux. `NEXUS_LAYOUT=none` leaves the functions where they are.
fn link(root: &Path) {
    let script = root.join("src/layout.ld");
    println!("cargo::rerun-if-changed={}", script.display());
    println!("cargo::rerun-if-env-changed=NEXUS_LAYOUT");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let chosen = env::var_os("RUSTC_LINKER").is_some()
        || ["linker", "-fuse-ld"]
            .iter()
            .any(|word| flags.contains(word));
    let lld = is("TARGET", "x86_64-unknown-linux-gnu");
    if !is("PROFILE", "release") || !lld || chosen {
        return;
    }
    // The functions that the script names stand in front of all others, see `scripts/layout.py`. lld
    // places the sections that a script does not name as ever; GNU's would replace its whole layout.
    if !is("NEXUS_LAYOUT", "none") {
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{}", script.display());
    }
    // The table of relocations is read at every start: 1.2 MB of it, or 0.1 MB packed.
    if is("HOST", "x86_64-unknown-linux-gnu") && reads_packed_relocations() {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// Whether the C library here is glibc 2.36 or newer, which is the first that knows packed relocations
/// (`DT_RELR`). A program is not expected to run with an older one than it was built with.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn reads_packed_relocations() -> bool {
    unsafe extern "C" {
        fn gnu_get_libc_version() -> *const std::ffi::c_char;
    }
    // SAFETY: it takes nothing and gives a constant text that ends with a zero.
    let version = unsafe { std::ffi::CStr::from_ptr(gnu_get_libc_version()) };
    let version = version.to_str().unwrap_or_default();
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let version: (u32, u32) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    version >= (2, 36)
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn reads_packed_relocations() -> bool {
    false
}
