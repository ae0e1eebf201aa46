//! What is wrong with a project, as it is told.

use crate::context::Context;
use crate::error::CliError;
use crate::project::Project;
use crate::render::look::Glyphs;
use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::{self, Diagnostic, RenderOptions};
use std::path::Path;

/// Everything wrong with a project, as one error.
pub fn mistakes(
    context: &Context,
    project: &Project,
    compiler: &Compiler,
    diagnostics: &[Diagnostic],
) -> CliError {
    let code = diagnostics
        .iter()
        .find(|d| d.is_error())
        .map_or("NX0201".to_string(), |d| d.code.to_string());
    if context.json() {
        let source = |path: &Path| compiler.source(path);
        let lines = diagnostics
            .iter()
            .map(|d| format!("{}\n", diagnostic::json::to_json(d, &source)));
        return CliError::rendered(&code, lines.collect::<String>());
    }
    CliError::rendered(&code, rendered(context, project, compiler, diagnostics))
}

/// Diagnostics with excerpts of the source.
pub fn rendered(
    context: &Context,
    project: &Project,
    compiler: &Compiler,
    diagnostics: &[Diagnostic],
) -> String {
    // Paths are shown as the user would type them from here.
    let base = std::env::current_dir()
        .ok()
        .filter(|here| project.root.starts_with(here));
    let options = RenderOptions {
        color: context.err.color,
        ascii: context.err.glyphs != Glyphs::Unicode,
        base: Some(base.unwrap_or_else(|| project.root.clone())),
    };
    diagnostic::render(diagnostics, &|path| compiler.source(path), &options)
}
