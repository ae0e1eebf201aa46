//! Logs of Nexus itself, on standard error. Off the hot path: nothing is set up unless asked for.

use clap::ValueEnum;
use tracing_subscriber::filter::LevelFilter;

/// How much Nexus tells about its own work. The values have no doc comments: the help would become
/// a page long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    // Nothing.
    Off,
    // What failed inside.
    Error,
    // What went wrong but was dealt with.
    #[value(alias = "warning")]
    Warn,
    // The phases of a run.
    Info,
    // Decisions.
    Debug,
    // Everything.
    Trace,
}

/// The shape of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    // For people.
    Text,
    // One JSON object a line.
    Json,
}

/// Sends logs of at least `level` to standard error.
pub fn start(level: LogLevel, format: LogFormat, color: bool) {
    let filter = match level {
        LogLevel::Off => return,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let logs = tracing_subscriber::fmt()
        .with_max_level(filter)
        .with_writer(std::io::stderr)
        .with_ansi(color);
    // A second call would be refused; there is only one.
    _ = match format {
        LogFormat::Text => logs.compact().try_init(),
        LogFormat::Json => logs.json().try_init(),
    };
}
