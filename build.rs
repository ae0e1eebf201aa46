//! Embeds the pages of `docs/errors/` so that `nexus explain` works without the repository, and has
//! a release put the functions of a start side by side.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    lay_out(&root);
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

/// Has the linker put the functions that `src/layout.ld` names in front of all others: up to a third
/// less memory for a small run, see `scripts/layout.py`. Only for the linker that rustc brings with it,
/// lld on x86_64 Linux, which places the sections that a script does not name as ever; GNU's would
/// replace its whole layout. `NEXUS_LAYOUT=none` leaves the functions where they are.
fn lay_out(root: &Path) {
    let script = root.join("src/layout.ld");
    println!("cargo::rerun-if-changed={}", script.display());
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    println!("cargo::rerun-if-env-changed=NEXUS_LAYOUT");
    let chosen = is("NEXUS_LAYOUT", "none")
        || env::var_os("RUSTC_LINKER").is_some()
        || ["linker", "-fuse-ld"]
            .iter()
            .any(|word| flags.contains(word));
    let lld = is("TARGET", "x86_64-unknown-linux-gnu");
    if is("PROFILE", "release") && lld && !chosen {
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{}", script.display());
    }
}
