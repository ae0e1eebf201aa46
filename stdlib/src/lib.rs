//! The project schema and libraries, written in .nx and embedded.

/// The types of the project file.
pub const PROJECT: &str = include_str!("../project.nx");

/// A file of the libraries.
#[derive(Clone, Copy, Debug)]
pub struct Module {
    /// The part of `std` its fields belong to: `set`. A part may have several files.
    pub name: &'static str,
    /// Its path in this folder.
    pub file: &'static str,
    /// What is in it.
    pub text: &'static str,
}

macro_rules! modules {
    ($($name:literal = $file:literal;)*) => {
        /// The files of the libraries, in the order of the manual.
        pub const MODULES: &[Module] = &[
            $(Module {
                name: $name,
                file: $file,
                text: include_str!(concat!("../", $file)),
            }),*
        ];
    };
}

modules! {
    "list" = "list.nx";
    "json" = "json.nx";
    "math" = "math.nx";
    "path" = "path.nx";
    "record" = "record.nx";
    "set" = "set.nx";
    "string" = "string.nx";
    "version" = "version.nx";
    "env" = "env.nx";
    "ops" = "ops/files.nx";
    "ops" = "ops/fetch.nx";
    "ops" = "ops/system.nx";
    "ops" = "ops/container.nx";
}

/// The embedded files: name and text.
pub fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    let modules = MODULES.iter().map(|module| (module.file, module.text));
    std::iter::once(("project.nx", PROJECT)).chain(modules)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn every_file_has_its_name_once() {
        let names: Vec<_> = super::files().map(|file| file.0).collect();
        let once: BTreeSet<_> = names.iter().collect();
        assert_eq!(names.len(), once.len());
    }

    #[test]
    fn every_file_of_the_folder_is_embedded() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let names: BTreeSet<_> = super::files().map(|file| file.0.to_string()).collect();
        for under in ["", "ops"] {
            let Ok(entries) = std::fs::read_dir(folder.join(under)) else {
                continue;
            };
            for entry in entries {
                let path = entry.expect("an entry").path();
                let name = path.strip_prefix(folder).expect("inside").to_string_lossy();
                let known = names.contains(&*name);
                assert!(known || !name.ends_with(".nx"), "{name} is not embedded");
            }
        }
    }
}
