//! `nexus cache`: what is kept between runs.

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
    Verify,
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
