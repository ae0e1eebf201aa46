//! The variables of the environment that Nexus reads, besides those that all programs share.

use crate::suggest::close_to;

/// One variable.
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub about: &'static str,
}

/// All of them.
pub const KNOWN: &[Variable] = &[
    Variable {
        name: "NEXUS_CACHE_DIR",
        about: "where results are kept",
    },
    Variable {
        name: "NEXUS_CACHE_ACCEPT",
        about: "classes of writers whose shared results are used",
    },
    Variable {
        name: "NEXUS_CACHE_BUDGET",
        about: "seconds that a run may lose to a shared cache",
    },
    Variable {
        name: "NEXUS_CACHE_CA",
        about: "certificates to trust besides the system's",
    },
    Variable {
        name: "NEXUS_CACHE_CLASS",
        about: "the class of results that are shared from here",
    },
    Variable {
        name: "NEXUS_CACHE_KEY",
        about: "the secret that signs shared results",
    },
    Variable {
        name: "NEXUS_CACHE_KEYS",
        about: "public keys of those whose shared results are used",
    },
    Variable {
        name: "NEXUS_CACHE_KEY_FILE",
        about: "the file with the secret that signs shared results",
    },
    Variable {
        name: "NEXUS_CACHE_PASSWORD",
        about: "the password for an HTTP cache",
    },
    Variable {
        name: "NEXUS_CACHE_TIMEOUT",
        about: "seconds that a request to a shared cache may take",
    },
    Variable {
        name: "NEXUS_CACHE_TOKEN",
        about: "the token for an HTTP or gRPC cache",
    },
    Variable {
        name: "NEXUS_CACHE_UNSIGNED",
        about: "whether shared results need no signature",
    },
    Variable {
        name: "NEXUS_CACHE_URL",
        about: "a cache shared with other machines",
    },
    Variable {
        name: "NEXUS_CACHE_USER",
        about: "the name for an HTTP cache",
    },
    Variable {
        name: "NEXUS_CACHE_WRITE",
        about: "whether results are shared from here",
    },
    Variable {
        name: "NEXUS_CONFIG",
        about: "the project file",
    },
    Variable {
        name: "NEXUS_LOG_LEVEL",
        about: "how much is logged",
    },
    Variable {
        name: "NEXUS_NO_EMOJI",
        about: "letters in the place of symbols",
    },
    Variable {
        name: "NEXUS_STATE_DIR",
        about: "where runs are remembered",
    },
    Variable {
        name: "NEXUS_TASK",
        about: "the task that runs, for its commands",
    },
];

/// Of `names`, those that are most likely meant to be one of [`KNOWN`], with what was meant.
pub fn mistaken(names: impl IntoIterator<Item = String>) -> Vec<(String, &'static Variable)> {
    let known = || KNOWN.iter().map(|variable| variable.name);
    let near = |name: String| {
        if !name.starts_with("NEXUS") || known().any(|known| known == name) {
            return None;
        }
        let meant = *close_to(&name, known()).first()?;
        let meant = KNOWN.iter().find(|variable| variable.name == meant)?;
        Some((name, meant))
    };
    names.into_iter().filter_map(near).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    #[test]
    fn misspelt_names() {
        let names = ["NEXUS_CACH_DIR", "NEXUS_CONFIG", "NEXUS_OF_MINE", "CONFIG"];
        let found = mistaken(names.map(str::to_string));
        let [(name, meant)] = found.as_slice() else {
            panic!("one name is misspelt")
        };
        assert_eq!(
            (name.as_str(), meant.name),
            ("NEXUS_CACH_DIR", "NEXUS_CACHE_DIR")
        );
    }

    /// Every variable that the programs' source names is in the list.
    #[test]
    fn none_is_missing() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders: Vec<PathBuf> = vec![root.join("src")];
        let crates = std::fs::read_dir(root.join("runtime")).expect("the crates");
        folders.extend(crates.flatten().map(|entry| entry.path().join("src")));
        let mut named = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).expect("a source");
                // Tests have variables of their own.
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                for rest in code.split("\"NEXUS_").skip(1) {
                    let name = rest.split('"').next().unwrap_or_default();
                    let part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
                    if !name.chars().all(part) {
                        // A sentence that begins with a name.
                        continue;
                    }
                    let name = format!("NEXUS_{name}");
                    let known = KNOWN.iter().any(|variable| variable.name == name);
                    assert!(known, "{name} in {}", path.display());
                    named += 1;
                }
            }
        }
        assert!(named > KNOWN.len());
    }
}
