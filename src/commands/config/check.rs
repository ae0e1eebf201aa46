//! `nexus config check`.

use super::effective::{Row, settings};
use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::project::Project;
use crate::render::look::Role;
use crate::render::text::{columns, count};
use crate::render::warning;
use crate::session::Session;
use crate::variables;
use nexus_compiler::diagnostic::registry::project::DEPRECATED;
use nexus_graph::event::EventKind;

/// Checks the project with all that the environment says, and shows what counts.
///
/// # Errors
/// Everything that is wrong with the project.
pub fn run(context: &Context) -> Result<Exit, CliError> {
    let project = Project::find(context.global.config.as_deref())?;
    let session = Session::new(context, project, None);
    // Without what the last run left: a check looks at everything, warnings included.
    let planned = session.plan()?;
    let rows = settings(context, &session.project, &planned);
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mistaken = variables::mistaken(names);
    let deprecated = planned.warnings.iter().filter(|d| d.code == DEPRECATED);
    let deprecated: Vec<&str> = deprecated.map(|d| d.message.as_str()).collect();
    if context.json() {
        let rows: Vec<_> = rows.iter().map(Row::json).collect();
        let mistaken: Vec<_> = mistaken
            .iter()
            .map(|(name, meant)| serde_json::json!({ "name": name, "meant": meant.name }))
            .collect();
        context.print_json(&serde_json::json!({
            "ok": true,
            "settings": rows,
            "deprecated": deprecated,
            "unknown_variables": mistaken,
        }))?;
        return Ok(Exit::Done);
    }
    for (name, meant) in &mistaken {
        let message = format!("the variable `{name}` of the environment means nothing to Nexus");
        let warning = EventKind::Warning {
            task: None,
            code: "NX0434".to_string(),
            message,
            help: Some(format!("did you mean `{}`, {}?", meant.name, meant.about)),
        };
        context.note(&warning::render(&warning, &context.err).unwrap_or_default());
    }
    if !context.global.quiet {
        context.print(&table(&rows, context))?;
        let file = session.project.file.file_name().unwrap_or_default();
        let (ok, dot) = (context.out.ok(), context.out.dot());
        let warnings = match deprecated.len() + mistaken.len() {
            0 => "no mistakes".to_string(),
            n => format!("no mistakes, {}", count(n, "warning")),
        };
        let file = file.to_string_lossy();
        context.print(&format!("\n{ok} {file}{dot}{warnings}\n"))?;
    }
    if !deprecated.is_empty() {
        context.note("`nexus config migrate` writes the new names\n");
    }
    Ok(Exit::Done)
}

fn table(rows: &[Row], context: &Context) -> String {
    let width = |of: fn(&Row) -> &str| rows.iter().map(|row| columns(of(row))).max().unwrap_or(0);
    let (name, value) = (width(|row| &row.name), width(|row| &row.value).min(40));
    let mut out = String::new();
    for row in rows {
        let pad = |text: &str, width: usize| {
            format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
        };
        let source = context.out.paint(Role::Dim, &row.source.to_string());
        out += &format!(
            "{}  {}  {source}\n",
            pad(&row.name, name),
            pad(&row.value, value)
        );
    }
    out
}
