//! What every sandboxed process may reach: the system's programs and libraries, some devices, and
//! the tools of the task with the folders they are installed in.

use super::policy::Policy;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Folders of the system that may be read. `/proc` as a whole, because `/proc/self` is another
/// folder in each process.
const READ: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc",
    "/opt",
    "/nix/store",
    "/gnu/store",
    "/proc",
    "/sys",
];

/// Files of the system that are often links to places outside of these folders.
const READ_BEHIND_LINKS: &[&str] = &["/etc/resolv.conf", "/etc/localtime"];

/// Devices that hold nothing.
const DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/ptmx",
];

/// Terminals, and memory that processes share by name, which semaphores need.
const DEVICE_FOLDERS: &[&str] = &["/dev/pts", "/dev/shm"];

/// Variables that name folders of tools, see [`PASSED`](crate::environment::PASSED).
const TOOL_VARIABLES: &[&str] = &[
    "JAVA_HOME",
    "NVM_DIR",
    "PYENV_ROOT",
    "RUSTUP_HOME",
    "CARGO_HOME",
    "GOPATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "NIX_SSL_CERT_FILE",
    "GIT_SSL_CAINFO",
];

/// What tools need besides their programs.
pub(super) struct Toolchain {
    /// Variables to set, because `HOME` is another folder in the sandbox.
    pub variables: Vec<(&'static str, PathBuf)>,
}

/// Adds the system. What contains the project is opened only beside the project.
pub(super) fn allow_system(policy: &mut Policy, root: &Path) {
    for folder in READ {
        beside(policy, Path::new(folder), root);
    }
    let links = READ_BEHIND_LINKS.iter();
    let targets = links.filter_map(|link| Path::new(link).canonicalize().ok());
    targets.for_each(|target| policy.may_read(target));
    policy.change.extend(DEVICES.iter().map(OsString::from));
    policy
        .write
        .extend(DEVICE_FOLDERS.iter().map(OsString::from));
}

/// Adds the tools: `programs` are the files that the commands name, `variable` gives the value of a
/// variable of the task.
pub(super) fn allow_tools(
    policy: &mut Policy,
    root: &Path,
    programs: &[PathBuf],
    variable: impl Fn(&str) -> Option<OsString>,
) -> Toolchain {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let of_system = |path: &Path| READ.iter().any(|folder| path.starts_with(folder));
    let mut real = Vec::new();
    for program in programs {
        policy.may_read(program);
        let target = program.canonicalize().unwrap_or_else(|_| program.clone());
        for place in [program, &target] {
            if !place.starts_with(root) && !of_system(place) {
                let folder = installed_in(place, root, home.as_deref());
                beside(policy, &folder, root);
            }
        }
        policy.may_read(&target);
        real.push(target);
    }
    for name in TOOL_VARIABLES {
        if let Some(folder) = variable(name).map(PathBuf::from)
            && folder.is_absolute()
            && !root.starts_with(&folder)
        {
            policy.may_read(folder);
        }
    }
    let place = |name: &str, default: &str| {
        let named = variable(name).map(PathBuf::from);
        let found = named.or_else(|| Some(home.as_ref()?.join(default)));
        found.filter(|path| path.is_absolute() && path.is_dir())
    };
    let mut chain = Toolchain {
        variables: Vec::new(),
    };
    let named = |names: &[&str]| {
        let all = programs.iter().chain(&real);
        let mut all = all.filter_map(|path| path.file_name());
        all.any(|name| names.iter().any(|wanted| *wanted == name))
    };
    if named(&["cargo", "rustc", "rustup", "rustdoc", "rustfmt"]) {
        if let Some(cargo) = place("CARGO_HOME", ".cargo") {
            // What was downloaded is compared with the lock file by cargo itself.
            policy
                .write
                .extend(["registry", "git"].map(|f| cargo.join(f).into()));
            let files = [".package-cache", ".package-cache-mutate", ".global-cache"];
            policy.change.extend(files.map(|f| cargo.join(f).into()));
            policy.may_read(&cargo);
            chain.variables.push(("CARGO_HOME", cargo));
        }
        if let Some(rustup) = place("RUSTUP_HOME", ".rustup") {
            policy.may_read(&rustup);
            chain.variables.push(("RUSTUP_HOME", rustup));
        }
    }
    if named(&["go", "gofmt"]) {
        if let Some(packages) = place("GOPATH", "go") {
            policy.may_read(&packages);
            policy.write.push(packages.join("pkg").into());
            chain.variables.push(("GOPATH", packages));
        }
        for (name, default) in [("GOMODCACHE", "go/pkg/mod"), ("GOCACHE", ".cache/go-build")] {
            if let Some(cache) = place(name, default) {
                policy.write.push(cache.clone().into());
                chain.variables.push((name, cache));
            }
        }
    }
    chain
}

/// The folder a program is installed in with what belongs to it: `~/.local` for `~/.local/bin/x`.
fn installed_in(program: &Path, root: &Path, home: Option<&Path>) -> PathBuf {
    let folder = program.parent().unwrap_or(Path::new("/"));
    let holds_programs = ["bin", "sbin", "shims"]
        .iter()
        .any(|name| folder.ends_with(name));
    match folder.parent() {
        // Not all of somebody's home or the project for a single program.
        Some(above)
            if holds_programs
                && above != Path::new("/")
                && home.is_none_or(|home| !home.starts_with(above))
                && !root.starts_with(above) =>
        {
            above.to_path_buf()
        }
        _ => folder.to_path_buf(),
    }
}

/// Makes a folder readable; when the project lies in it, only what is beside the project.
fn beside(policy: &mut Policy, folder: &Path, root: &Path) {
    if !root.starts_with(folder) {
        policy.may_read(folder);
        return;
    }
    if folder == root {
        return;
    }
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        beside(policy, &entry.path(), root);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_brings_the_folder_it_is_installed_in() {
        let home = Some(Path::new("/home/u"));
        let root = Path::new("/home/u/tools/project");
        for (program, folder) in [
            ("/home/u/.local/bin/x", "/home/u/.local"),
            ("/home/u/.pyenv/shims/python", "/home/u/.pyenv"),
            ("/home/u/bin/x", "/home/u/bin"),
            ("/home/u/tools/bin/x", "/home/u/tools/bin"),
            ("/srv/x", "/srv"),
            ("/bin/x", "/bin"),
        ] {
            let found = installed_in(Path::new(program), root, home);
            assert_eq!(found, Path::new(folder), "{program}");
        }
    }

    #[test]
    fn a_project_inside_a_folder_of_the_system_stays_closed() {
        let folder = tempfile::tempdir().unwrap();
        let system = folder.path().canonicalize().unwrap();
        for name in ["lib", "src/app/secret", "src/other"] {
            std::fs::create_dir_all(system.join(name)).unwrap();
        }
        let mut policy = Policy::default();
        beside(&mut policy, &system, &system.join("src/app"));
        policy.read.sort();
        assert_eq!(policy.read, [system.join("lib"), system.join("src/other")]);
        assert!(!policy.reach().reads(&system.join("src/app/secret")));
    }
}
