//! What kind of project a folder holds.

use std::fs;
use std::path::Path;

/// Scripts or targets taken over at most; the rest can follow by the same pattern.
const MOST: usize = 12;

/// A kind of project, with what its starter needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A `Cargo.toml`; the binary's name when there is one.
    Rust {
        /// Name of the package, when `src/main.rs` exists.
        binary: Option<String>,
    },
    /// A `package.json`.
    Node {
        /// The command that installs dependencies.
        install: &'static str,
        /// The program that runs scripts.
        runner: &'static str,
        /// Names of its scripts.
        scripts: Vec<String>,
    },
    /// A Makefile with these targets.
    Make {
        /// Names of targets that are not files.
        targets: Vec<String>,
    },
    /// C files in this folder of the project; empty for the project folder itself.
    C {
        /// `src` or nothing.
        folder: &'static str,
        /// What the program is called.
        program: String,
    },
    /// Nothing known.
    Empty,
}

impl Kind {
    /// Looks at the files of `folder`.
    pub fn of(folder: &Path) -> Kind {
        let read = |name: &str| fs::read_to_string(folder.join(name)).ok();
        if let Some(manifest) = read("Cargo.toml") {
            let binary = folder
                .join("src/main.rs")
                .exists()
                .then(|| package_name(&manifest))
                .flatten();
            return Kind::Rust { binary };
        }
        if let Some(manifest) = read("package.json") {
            let exists = |name: &str| folder.join(name).exists();
            let (install, runner) = if exists("pnpm-lock.yaml") {
                ("pnpm install --frozen-lockfile", "pnpm")
            } else if exists("yarn.lock") {
                ("yarn install --frozen-lockfile", "yarn")
            } else if exists("package-lock.json") {
                ("npm ci", "npm")
            } else {
                ("npm install", "npm")
            };
            return Kind::Node {
                install,
                runner,
                scripts: scripts(&manifest),
            };
        }
        if let Some(text) = read("Makefile").or_else(|| read("makefile")) {
            return Kind::Make {
                targets: make_targets(&text),
            };
        }
        for source in ["", "src"] {
            if has_c(&folder.join(source)) {
                return Kind::C {
                    folder: source,
                    program: program_name(folder),
                };
            }
        }
        Kind::Empty
    }

    /// A word for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Rust { .. } => "rust",
            Kind::Node { .. } => "node",
            Kind::Make { .. } => "make",
            Kind::C { .. } => "c",
            Kind::Empty => "empty",
        }
    }

    /// Words for people.
    pub fn describe(&self) -> &'static str {
        match self {
            Kind::Rust { .. } => "a Rust project",
            Kind::Node { .. } => "a JavaScript project",
            Kind::Make { .. } => "a project with a Makefile",
            Kind::C { .. } => "a C project",
            Kind::Empty => "a new project",
        }
    }
}

/// `name = "…"` under `[package]`.
fn package_name(manifest: &str) -> Option<String> {
    let package = manifest.split("[package]").nth(1)?;
    let section = package.split("\n[").next()?;
    let name = section.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "name").then(|| value.trim().trim_matches('"').to_string())
    })?;
    is_simple(&name).then_some(name)
}

fn scripts(manifest: &str) -> Vec<String> {
    let manifest: serde_json::Value = serde_json::from_str(manifest).unwrap_or_default();
    let scripts = manifest["scripts"].as_object();
    scripts
        .into_iter()
        .flat_map(|scripts| scripts.keys())
        .filter(|name| is_simple(name))
        .take(MOST)
        .cloned()
        .collect()
}

/// Targets with plain names: neither files, nor patterns, nor special ones.
fn make_targets(text: &str) -> Vec<String> {
    let mut targets: Vec<String> = Vec::new();
    for line in text.lines() {
        let Some((names, rest)) = line.split_once(':') else {
            continue;
        };
        if rest.starts_with('=') || line.starts_with(char::is_whitespace) {
            continue;
        }
        for name in names.split_whitespace() {
            if is_simple(name) && !name.contains('.') && !targets.iter().any(|t| t == name) {
                targets.push(name.to_string());
            }
        }
    }
    targets.truncate(MOST);
    targets
}

/// Safe in a shell, in a path and between quotes.
fn is_simple(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(['-', '.'])
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-.:".contains(&b))
}

fn has_c(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.path().extension().is_some_and(|e| e == "c"))
    })
}

fn program_name(folder: &Path) -> String {
    let full = folder.canonicalize().unwrap_or_default();
    let name = full.file_name().unwrap_or_default().to_string_lossy();
    if is_simple(&name) {
        name.into_owned()
    } else {
        "program".to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_of_a_makefile() {
        let text = "CC := gcc\nall: main.o\n\tcc: x\n.PHONY: all clean\n%.o: %.c\nclean test:\n\trm x\nall:\n";
        assert_eq!(make_targets(text), ["all", "clean", "test"]);
    }

    #[test]
    fn names_from_manifests() {
        let toml = "[workspace]\nname = \"no\"\n[package]\nversion = \"1\"\nname = \"shop\"\n[dependencies]\n";
        assert_eq!(package_name(toml).as_deref(), Some("shop"));
        assert_eq!(package_name("[package]\nname.workspace = true\n"), None);
        assert_eq!(
            scripts(r#"{"scripts":{"build":"x","test:unit":"y","a b":"z"}}"#),
            ["build", "test:unit"]
        );
        assert!(scripts("not json").is_empty());
    }

    #[test]
    fn folders() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Kind::of(folder.path()), Kind::Empty);
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/a.c"), "").unwrap();
        assert_eq!(Kind::of(folder.path()).name(), "c");
        fs::write(folder.path().join("Makefile"), "all:\n").unwrap();
        assert_eq!(Kind::of(folder.path()).name(), "make");
        fs::write(folder.path().join("Cargo.toml"), "[package]\nname=\"x\"\n").unwrap();
        assert_eq!(Kind::of(folder.path()), Kind::Rust { binary: None });
    }
}
