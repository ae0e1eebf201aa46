//! The extension for Visual Studio Code: it compiles, passes its tests against the real program, and
//! packages.

use std::path::{Path, PathBuf};
use std::process::Command;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let made = ["node_modules", "out", "out-test", "syntaxes"];
        if path.is_dir() {
            if !made.iter().any(|m| *m == name) {
                copy(&path, &to.join(name));
            }
        } else {
            std::fs::copy(&path, to.join(name)).expect("a copy");
        }
    }
}

fn npm(folder: &Path, args: &[&str]) {
    let output = Command::new("npm")
        .args(args)
        .current_dir(folder)
        .env("NEXUS", env!("CARGO_BIN_EXE_nexus"))
        .env("CI", "1")
        .env("NO_COLOR", "1")
        .output()
        .expect("npm starts");
    assert!(
        output.status.success(),
        "npm {args:?}: {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

#[test]
fn the_extension_is_tested_and_packaged() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Kept between runs, so that packages are fetched once.
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("editors");
    let folder = place.join("editors/vscode");
    copy(&root.join("editors/vscode"), &folder);
    copy(
        &root.join("grammar/textmate"),
        &place.join("grammar/textmate"),
    );
    std::fs::copy(root.join("LICENSE-MIT"), place.join("LICENSE-MIT")).expect("a copy");
    let lock = std::fs::read(folder.join("package-lock.json")).expect("the lock file");
    let installed = folder.join("node_modules/.of-lock");
    if std::fs::read(&installed).ok().as_ref() != Some(&lock) {
        npm(
            &folder,
            &["ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        );
        std::fs::write(&installed, &lock).expect("a mark");
    }
    npm(&folder, &["test"]);
    npm(&folder, &["run", "package"]);
    let packaged = folder.join("nexus.vsix");
    let size = packaged.metadata().expect("the package").len();
    assert!((20_000..2_000_000).contains(&size), "{size} bytes");
}
