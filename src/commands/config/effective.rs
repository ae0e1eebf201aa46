//! Every setting as it counts, and who says so: the project file, the environment, an option, or
//! nobody.

use crate::context::Context;
use crate::logging::LogLevel;
use crate::project::{FILE_NAME, Project};
use crate::session::Planned;
use clap::ValueEnum as _;
use nexus_compiler::migrate::CURRENT_VERSION;
use serde_json::{Value, json};

/// One setting.
pub struct Row {
    /// `config.pools.link`, or what it is about when the project file cannot set it.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where it comes from.
    pub source: Source,
}

/// Where a setting comes from.
pub enum Source {
    /// Nobody has set it.
    Default,
    /// A line of a file.
    File(String, u32),
    /// A variable of the environment.
    Variable(&'static str),
    /// An option of the command line.
    Option(&'static str),
    /// Where things are.
    Found,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Default => f.write_str("default"),
            Source::File(file, line) => write!(f, "{file}:{line}"),
            Source::Variable(name) | Source::Option(name) => f.write_str(name),
            Source::Found => f.write_str("this folder or above"),
        }
    }
}

impl Row {
    /// For programs.
    pub fn json(&self) -> Value {
        let (kind, place) = match &self.source {
            Source::Default => ("default", None),
            Source::File(file, line) => ("file", Some(format!("{file}:{line}"))),
            Source::Variable(name) => ("environment", Some((*name).to_string())),
            Source::Option(name) => ("command_line", Some((*name).to_string())),
            Source::Found => ("found", None),
        };
        json!({ "name": self.name, "value": self.value, "source": kind, "place": place })
    }
}

/// All settings, those of the project file first.
pub fn settings(context: &Context, project: &Project, planned: &Planned) -> Vec<Row> {
    let mut rows: Vec<Row> = planned
        .settings
        .iter()
        .map(|setting| Row {
            name: format!("config.{}", setting.name),
            value: setting.value.clone(),
            source: match &setting.place {
                Some((file, line)) => Source::File(file.clone(), *line),
                None => Source::File(FILE_NAME.to_string(), 1),
            },
        })
        .collect();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let defaults = [
        ("version", CURRENT_VERSION.to_string()),
        ("parallel_limit", processors.to_string()),
        ("nice", "0".to_string()),
    ];
    let parallel = planned.parallel.is_some();
    for (name, value) in defaults {
        let set = planned.settings.iter().any(|setting| setting.name == name);
        let old_name = name == "parallel_limit" && parallel;
        if !set && !old_name {
            rows.push(Row {
                name: format!("config.{name}"),
                value,
                source: Source::Default,
            });
        }
    }
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    rows.extend(outside(context, project));
    rows
}

/// Who has set an option to `value`: an option wins over its variable, and is one when that says
/// something else.
fn by_option(value: &str, variable: &'static str, option: &'static str) -> Source {
    match std::env::var_os(variable).is_some_and(|set| set == value) {
        true => Source::Variable(variable),
        false => Source::Option(option),
    }
}

/// What the project file cannot say.
fn outside(context: &Context, project: &Project) -> Vec<Row> {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let first = |names: &[&'static str]| names.iter().copied().find(|name| set(name));
    let folder = |names: &[&'static str]| match first(names) {
        Some(name) => Source::Variable(name),
        None => Source::Default,
    };
    let global = &context.global;
    let file = match &global.config {
        None => Source::Found,
        Some(path) => by_option(&path.to_string_lossy(), "NEXUS_CONFIG", "--config"),
    };
    let level = global.log_level.to_possible_value();
    let level = level.map_or_else(String::new, |value| value.get_name().to_string());
    let log = match global.log_level {
        LogLevel::Off => Source::Default,
        _ => by_option(&level, "NEXUS_LOG_LEVEL", "--log-level"),
    };
    let state = nexus_journal::state_dir();
    let state = state.map_or_else(
        || "none: runs are not remembered".to_string(),
        |folder| folder.display().to_string(),
    );
    let cache = nexus_store::default_cache_dir();
    let row = |name: &str, value: String, source: Source| Row {
        name: name.to_string(),
        value,
        source,
    };
    vec![
        row("project file", project.file.display().to_string(), file),
        row(
            "cache folder",
            cache.display().to_string(),
            folder(&["NEXUS_CACHE_DIR", "XDG_CACHE_HOME"]),
        ),
        row(
            "state folder",
            state,
            folder(&["NEXUS_STATE_DIR", "XDG_STATE_HOME"]),
        ),
        row("log level", level, log),
    ]
}
