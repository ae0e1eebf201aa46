//! `nexus cache doctor`: is the shared cache all right, and would its results be used?

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::project::Project;
use crate::render::look::Role;
use crate::session;
use crate::shared::SharedOptions;
use nexus_cache::doctor::{Finding, examine};
use nexus_cache::{Settings, Trust};
use serde_json::json;

/// Arguments of `nexus cache doctor`.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// The cache to look at.
    #[command(flatten)]
    pub shared: SharedOptions,
}

/// Looks.
///
/// # Errors
/// What is wrong with the settings, and NX0637 when the cache does not do what a run needs.
pub fn run(context: &Context, args: &DoctorArgs) -> Result<Exit, CliError> {
    let found = Project::find(context.global.config.as_deref());
    let settings = match &found {
        Ok(project) => {
            let planned = session::planned(context)?;
            let cache = planned.graph.cache.as_ref();
            args.shared.settings(cache, &project.root)?
        }
        // Everything may come from the environment.
        Err(_) => {
            let here = std::env::current_dir()
                .map_err(|error| CliError::file("find", ".".as_ref(), &error))?;
            args.shared.settings(None, &here)?
        }
    };
    let Some(settings) = settings else {
        return Err(
            CliError::new("NX0630", "there is no shared cache to look at")
                .help("name one: `config.cache.url`, NEXUS_CACHE_URL or `--shared-cache`"),
        );
    };
    let findings = examine(&settings);
    let sick = findings.iter().find_map(|finding| {
        let why = finding.result.as_ref().err()?;
        Some((finding.what, why.clone()))
    });
    if context.json() {
        context.print_json(&as_json(&settings, &findings))?;
    } else {
        context.print(&text(context, &settings, &findings))?;
    }
    match sick {
        None => Ok(Exit::Done),
        Some((what, why)) => {
            let message = format!("the shared cache cannot be used: {what}: {why}");
            Err(CliError::new("NX0637", message)
                .help("runs go on without it")
                .exit(Exit::TaskFailed))
        }
    }
}

fn text(context: &Context, settings: &Settings, findings: &[Finding]) -> String {
    let look = &context.out;
    let label = |name: &str| look.paint(Role::Dim, &format!("{name:<9}"));
    let mut text = format!(
        "  {}{}, {}\n",
        label("cache"),
        settings.name(),
        settings.place.kind()
    );
    for finding in findings {
        let (mark, said) = match &finding.result {
            Ok(said) => (look.ok(), said),
            Err(said) => (look.failed(), said),
        };
        text += &format!("{mark} {}{said}\n", label(finding.what));
    }
    let writing = match settings.write {
        true => format!(
            "as `{}`, {}",
            settings.trust.class,
            signing(&settings.trust)
        ),
        false => "no; `write = true` or NEXUS_CACHE_WRITE=1 allows it".to_string(),
    };
    text += &format!("  {}{}\n", label("uses"), using(&settings.trust));
    text += &format!("  {}{writing}\n", label("writes"));
    text
}

fn using(trust: &Trust) -> String {
    if trust.accept.is_empty() {
        return "nothing: no accepted class has a key".to_string();
    }
    let each = trust.accept.iter().map(|class| {
        let keys = trust.keys.get(class).map_or(0, Vec::len);
        match (keys, trust.unsigned) {
            (0, _) => format!("{class} (unsigned)"),
            (1, true) => format!("{class} (1 key, or unsigned)"),
            (n, true) => format!("{class} ({n} keys, or unsigned)"),
            (1, false) => format!("{class} (1 key)"),
            (n, false) => format!("{class} ({n} keys)"),
        }
    });
    format!("results of {}", each.collect::<Vec<_>>().join(", "))
}

fn signing(trust: &Trust) -> String {
    let Some(secret) = &trust.secret else {
        return "unsigned".to_string();
    };
    let public = secret.public();
    let known = trust.keys.get(&trust.class);
    match known.is_some_and(|keys| keys.contains(&public)) {
        true => format!("signed by {public}"),
        false => format!(
            "signed by {public}, which is no key of `{}`: nobody with these settings would use it",
            trust.class
        ),
    }
}

fn as_json(settings: &Settings, findings: &[Finding]) -> serde_json::Value {
    let findings = findings.iter().map(|finding| match &finding.result {
        Ok(said) => json!({ "what": finding.what, "ok": true, "text": said }),
        Err(said) => json!({ "what": finding.what, "ok": false, "text": said }),
    });
    json!({
        "cache": settings.name(),
        "kind": settings.place.kind(),
        "findings": findings.collect::<Vec<_>>(),
        "accept": settings.trust.accept,
        "write": settings.write,
        "class": settings.trust.class,
        "unsigned": settings.trust.unsigned,
    })
}
