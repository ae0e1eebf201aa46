//! `nexus cache`: what is kept between runs.

mod doctor;
mod keygen;

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::render::failure::help_line;
use crate::render::look::Role;
use crate::render::text::{bytes, count};
use nexus_store::gc::{Limits, collect};
use nexus_store::{Store, Warning, default_cache_dir};
use serde_json::json;
use std::time::Duration;

/// Arguments of `nexus cache`.
#[derive(Debug, clap::Args)]
pub struct CacheArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: CacheAction,
}

/// What can be done with the cache.
#[derive(Debug, clap::Subcommand)]
pub enum CacheAction {
    /// Show where results are kept, how many, and how much room they take
    Stat,
    /// Remove results that were not used for long, and the oldest when there are too many
    Gc(GcArgs),
    /// Read everything that is kept and check it against its digest
    Verify(VerifyArgs),
    /// Try whether the shared cache does what a run needs, and tell whose results would be used
    Doctor(doctor::DoctorArgs),
    /// Make a pair of keys for the results of a shared cache
    Keygen(keygen::KeygenArgs),
}

/// Arguments of `nexus cache verify`.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// Remove what is damaged; it is made again when it is needed
    #[arg(long)]
    pub repair: bool,
}

/// Arguments of `nexus cache gc`.
#[derive(Debug, clap::Args)]
pub struct GcArgs {
    /// Keep what was used during the last DAYS days
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub max_age: u32,
    /// Keep at most this much, as in 5GB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_size: Option<u64>,
}

/// Does what is asked.
///
/// # Errors
/// NX0711 when another process uses the store, NX0709 when it cannot be read, and the store's
/// own codes.
pub fn run(context: &Context, args: &CacheArgs) -> Result<Exit, CliError> {
    match &args.action {
        CacheAction::Stat => stat(context),
        CacheAction::Gc(args) => gc(context, args),
        CacheAction::Verify(args) => verify(context, args.repair),
        CacheAction::Doctor(args) => doctor::run(context, args),
        CacheAction::Keygen(args) => keygen::run(context, args),
    }
}

/// The store; without one there is nothing these commands could do.
fn open(context: &Context) -> Result<Store, CliError> {
    let store = Store::open(&default_cache_dir());
    let mut warnings = store.take_warnings();
    if !store.enabled() && !warnings.is_empty() {
        return Err(from_warning(warnings.remove(0)));
    }
    for warning in warnings {
        let head = format!("warning[{}]", warning.code);
        let head = context.err.paint(Role::Warn, &head);
        let mut text = format!("{head}: {}\n", warning.message);
        if let Some(help) = warning.help {
            help_line(&help, &context.err, &mut text);
        }
        context.note(&text);
    }
    Ok(store)
}

fn from_warning(warning: Warning) -> CliError {
    let error = CliError::new(warning.code, warning.message);
    match warning.help {
        Some(help) => error.help(help),
        None => error,
    }
}

fn stat(context: &Context) -> Result<Exit, CliError> {
    let store = open(context)?;
    let found = store.statistics();
    if context.json() {
        context.print_json(&json!({
            "folder": store.root(),
            "results": found.actions,
            "contents": found.blobs,
            "content_bytes": found.blob_bytes,
            "projects": found.projects,
            "total_bytes": found.total_bytes,
        }))?;
        return Ok(Exit::Done);
    }
    let label = |name: &str| context.out.paint(Role::Dim, &format!("{name:<9}"));
    context.print(&format!(
        "{}{}\n{}{}\n{}{} ({})\n{}{}\n{}{}\n",
        label("folder"),
        store.root().display(),
        label("results"),
        found.actions,
        label("contents"),
        found.blobs,
        bytes(found.blob_bytes),
        label("projects"),
        found.projects,
        label("in all"),
        bytes(found.total_bytes),
    ))?;
    Ok(Exit::Done)
}

fn gc(context: &Context, args: &GcArgs) -> Result<Exit, CliError> {
    let folder = default_cache_dir();
    let limits = Limits {
        age: Duration::from_secs(u64::from(args.max_age) * 24 * 3600),
        size: args.max_size.unwrap_or(u64::MAX),
    };
    let collected = collect(&folder, limits)
        .map_err(|error| CliError::file("clean up", &folder, &error))?
        .ok_or_else(|| {
            CliError::new("NX0711", "the cache is in use by another nexus")
                .help("wait until its run is over, and try again")
        })?;
    if context.json() {
        context.print_json(&json!({
            "results": collected.actions,
            "contents": collected.blobs,
            "bytes": collected.bytes,
        }))?;
    } else {
        context.print(&format!(
            "{} removed {} and {}, {} free again\n",
            context.out.ok(),
            count(collected.actions as usize, "result"),
            count(collected.blobs as usize, "content"),
            bytes(collected.bytes),
        ))?;
    }
    Ok(Exit::Done)
}

fn verify(context: &Context, repair: bool) -> Result<Exit, CliError> {
    let store = open(context)?;
    let found = store.verify(repair);
    let exit = if found.is_clean() || repair {
        Exit::Done
    } else {
        Exit::TaskFailed
    };
    if context.json() {
        context.print_json(&json!({
            "clean": found.is_clean(),
            "results": found.actions,
            "contents": found.blobs,
            "damaged_contents": found.damaged_blobs,
            "broken_results": found.broken_actions,
            "database": found.database,
            "leftovers": found.leftovers,
            "repaired": repair && !found.is_clean(),
        }))?;
        return Ok(exit);
    }
    let out = &context.out;
    let mut text = String::new();
    for (what, names) in [
        ("damaged content", &found.damaged_blobs),
        ("result without its contents", &found.broken_actions),
        ("database", &found.database),
    ] {
        for name in names {
            text += &format!("{} {what}: {name}\n", out.failed());
        }
    }
    let mark = if found.is_clean() {
        out.ok()
    } else {
        out.failed()
    };
    let end = match (found.is_clean(), repair) {
        (true, _) => "all as they should be",
        (false, true) => "what is damaged was removed and is made again when it is needed",
        (false, false) => "`nexus cache verify --repair` removes what is damaged",
    };
    text += &format!(
        "{mark} checked {} and {}: {end}\n",
        count(found.actions as usize, "result"),
        count(found.blobs as usize, "content"),
    );
    context.print(&text)?;
    Ok(exit)
}

/// Reads a number of bytes: `500MB`, `5GiB`, `1.5GB`, `1000`.
fn size(text: &str) -> Result<u64, String> {
    let wrong = || "write a number and a unit, as in 500MB or 5GiB".to_string();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let number: f64 = text[..digits].parse().map_err(|_| wrong())?;
    let unit: f64 = match text[digits..].trim() {
        "" | "B" => 1.0,
        "kB" | "KB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "TB" => 1e12,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        "TiB" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return Err(wrong()),
    };
    Ok((number * unit) as u64)
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes() {
        assert_eq!(size("1000"), Ok(1000));
        assert_eq!(size("5GB"), Ok(5_000_000_000));
        assert_eq!(size("1.5KiB"), Ok(1536));
        for wrong in ["", "GB", "-1", "1.2.3", "5 parsecs", "5gb5"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
