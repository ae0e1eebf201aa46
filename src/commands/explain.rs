//! `nexus explain CODE`: the page of an error code; without a code, the list of all.

mod markdown;
mod pages;

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::render::look::Role;
use crate::suggest::close_to;
use nexus_compiler::diagnostic::registry;
use pages::Page;

/// Arguments of `nexus explain`.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// A code as messages print it (NX0201), its number, or its name; without it, all are listed
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// Prints one page or the list.
///
/// # Errors
/// NX0707 when there is no such code.
pub fn run(context: &Context, args: &ExplainArgs) -> Result<Exit, CliError> {
    match &args.code {
        None => list(context)?,
        Some(wanted) => {
            let page = pages::find(wanted).ok_or_else(|| unknown(wanted))?;
            if context.json() {
                context.print_json(&to_json(&page))?;
            } else {
                context.print(&markdown::render(page.text, &context.out))?;
            }
        }
    }
    Ok(Exit::Done)
}

fn list(context: &Context) -> Result<(), CliError> {
    if context.json() {
        let pages: Vec<_> = pages::all().map(|page| to_json(&page)).collect();
        return context.print_json(&pages.into());
    }
    let mut text = String::new();
    for page in pages::all() {
        let code = context.out.paint(Role::Literal, page.code);
        text += &format!("{code}  {}\n", page.name);
    }
    context.print(&text)
}

fn to_json(page: &Page) -> serde_json::Value {
    let info = page.code.parse().ok().and_then(registry::find);
    serde_json::json!({
        "code": page.code,
        "name": page.name,
        "severity": info.map(|info| info.severity),
        "summary": info.map(|info| info.summary),
        "text": page.text,
    })
}

fn unknown(wanted: &str) -> CliError {
    let pages: Vec<Page> = pages::all().collect();
    let names = pages.iter().flat_map(|page| [page.code, page.name]);
    CliError::new("NX0707", format!("there is no error code `{wanted}`"))
        .did_you_mean(&close_to(wanted, names))
        .help("`nexus explain` lists all codes")
}
