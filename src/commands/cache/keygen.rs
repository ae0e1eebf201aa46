//! `nexus cache keygen`: a pair of keys for the results of a shared cache.

use crate::context::Context;
use crate::error::{CliError, Exit};
use nexus_cache::SecretKey;
use serde_json::json;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// Arguments of `nexus cache keygen`.
#[derive(Debug, clap::Args)]
pub struct KeygenArgs {
    /// Write the secret key to this file, which must not exist, instead of showing it
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Makes a pair of keys.
///
/// # Errors
/// NX0709 when the file cannot be written, NX0636 when the system has no randomness to give.
pub fn run(context: &Context, args: &KeygenArgs) -> Result<Exit, CliError> {
    let secret = SecretKey::generate().map_err(|error| {
        CliError::new("NX0636", format!("no key can be made: {error}"))
            .help("the system's source of randomness must be readable")
    })?;
    let public = secret.public().to_string();
    if let Some(path) = &args.out {
        let written = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| writeln!(file, "{}", secret.reveal()));
        written.map_err(|error| CliError::file("write", path, &error))?;
    }
    if context.json() {
        let revealed = args.out.is_none().then(|| secret.reveal());
        context.print_json(&json!({ "public": public, "secret": revealed, "file": args.out }))?;
        return Ok(Exit::Done);
    }
    let hidden = match &args.out {
        Some(path) => format!(
            "written to {}; NEXUS_CACHE_KEY_FILE names it",
            path.display()
        ),
        None => format!(
            "{}\n        give it to NEXUS_CACHE_KEY and to nobody else",
            secret.reveal()
        ),
    };
    context.print(&format!(
        "public  {public}\n        write it into config.cache.keys\nsecret  {hidden}\n"
    ))?;
    Ok(Exit::Done)
}
