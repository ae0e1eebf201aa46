//! The environment of a task.
//!
//! A cached task sees what it declares, which is part of its key, and a short list of variables
//! that say where things are rather than what to build; these are not part of the key. Its
//! messages and sort order do not depend on who builds: the locale is fixed. An uncached task
//! inherits everything, as people expect of a command runner.

use crate::guard::TASK_VARIABLE;
use nexus_graph::Task;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// Variables that reach every cached task without being part of its key.
pub const PASSED: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TMPDIR",
    "TZ",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "SSH_AUTH_SOCK",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "NIX_SSL_CERT_FILE",
    "GIT_SSL_CAINFO",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "GOPATH",
    "GOMODCACHE",
    "GOCACHE",
    "JAVA_HOME",
    "NVM_DIR",
    "PYENV_ROOT",
    "DOCKER_HOST",
    "DOCKER_CONFIG",
];

/// The locale of a cached task that declares none.
const LOCALE: &str = "C.UTF-8";

/// What tasks are given, derived once per run from the engine's own environment.
pub struct Environment {
    all: BTreeMap<OsString, OsString>,
    passed: BTreeMap<OsString, OsString>,
}

impl Environment {
    /// From the engine's variables and the project's list of further names to pass.
    pub fn new(own: impl Iterator<Item = (OsString, OsString)>, pass: &[String]) -> Self {
        let all: BTreeMap<OsString, OsString> = own.collect();
        let wanted = |name: &OsStr| {
            PASSED.iter().any(|p| OsStr::new(p) == name)
                || pass.iter().any(|p| OsStr::new(p) == name)
        };
        let passed = all
            .iter()
            .filter(|(name, _)| wanted(name))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect();
        Environment { all, passed }
    }

    /// Value of a variable as the task will see it.
    pub fn get(&self, task: &Task, name: &str) -> Option<OsString> {
        if let Some(value) = task.env.get(name) {
            return Some(value.into());
        }
        self.base(task).get(OsStr::new(name)).cloned()
    }

    /// The whole environment of a task as `NAME=value`, sorted by name.
    pub fn of(&self, task: &Task) -> Vec<Vec<u8>> {
        let mut merged: BTreeMap<&OsStr, &OsStr> = self
            .base(task)
            .iter()
            .map(|(n, v)| (n.as_os_str(), v.as_os_str()))
            .collect();
        if task.cached {
            let has_locale = task.env.keys().any(|n| n == "LANG" || n.starts_with("LC_"));
            if !has_locale {
                merged.insert(OsStr::new("LANG"), OsStr::new(LOCALE));
                merged.insert(OsStr::new("LC_ALL"), OsStr::new(LOCALE));
            }
        }
        merged.insert(OsStr::new(TASK_VARIABLE), OsStr::new(&task.path));
        for (name, value) in &task.env {
            merged.insert(OsStr::new(name), OsStr::new(value));
        }
        merged
            .into_iter()
            .map(|(name, value)| [name.as_bytes(), b"=", value.as_bytes()].concat())
            .collect()
    }

    fn base(&self, task: &Task) -> &BTreeMap<OsString, OsString> {
        if task.cached { &self.passed } else { &self.all }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        let own = [
            ("PATH", "/bin"),
            ("SECRET", "x"),
            ("EXTRA", "y"),
            ("LANG", "de_DE"),
        ];
        Environment::new(
            own.iter().map(|(n, v)| (n.into(), v.into())),
            &["EXTRA".to_string()],
        )
    }

    fn of(task: &Task) -> Vec<String> {
        environment()
            .of(task)
            .into_iter()
            .map(|v| String::from_utf8(v).unwrap())
            .collect()
    }

    #[test]
    fn a_cached_task_sees_what_is_declared_and_passed() {
        let mut task = Task::new("t");
        task.cached = true;
        task.env.insert("MODE".into(), "fast".into());
        assert_eq!(
            of(&task),
            [
                "EXTRA=y",
                "LANG=C.UTF-8",
                "LC_ALL=C.UTF-8",
                "MODE=fast",
                "NEXUS_TASK=t",
                "PATH=/bin"
            ]
        );
        task.env.insert("LANG".into(), "fr_FR".into());
        assert_eq!(of(&task)[1..3], ["LANG=fr_FR", "MODE=fast"]);
    }

    #[test]
    fn an_uncached_task_inherits_everything() {
        let task = Task::new("t");
        assert_eq!(
            of(&task),
            [
                "EXTRA=y",
                "LANG=de_DE",
                "NEXUS_TASK=t",
                "PATH=/bin",
                "SECRET=x"
            ]
        );
    }
}
