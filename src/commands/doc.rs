//! `nexus doc`: what is said about a project, its files, and the standard library.

use crate::cli::Format;
use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::project::Project;
use crate::session::{mistakes, planned};
use crate::show;
use crate::sources::{files, shown};
use nexus_compiler::db::{Compiler, normalize};
use nexus_compiler::documentation::{self, Document, Page};
use nexus_compiler::world::Disk;
use nexus_grammar::{Entry, Parse, parse};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Arguments of `nexus doc`.
#[derive(Debug, clap::Args)]
pub struct DocArgs {
    /// Files or folders of libraries; without any, the project: its tasks and its files
    #[arg(value_name = "PATH", conflicts_with = "std")]
    pub paths: Vec<PathBuf>,
    /// The standard library
    #[arg(long)]
    pub std: bool,
    /// Write index.html or index.md into this folder instead of printing
    #[arg(short = 'o', long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// Prints or writes the document: Markdown, or with `--format html` a page that needs nothing
/// else.
///
/// # Errors
/// Everything that is wrong with the files; a folder that cannot be written.
pub fn run(context: &Context, args: &DocArgs) -> Result<Exit, CliError> {
    let document = if args.std {
        standard()
    } else if args.paths.is_empty() {
        project(context)?
    } else {
        libraries(context, &args.paths)?
    };
    let (name, text) = match context.global.format {
        Format::Html => (
            "index.html",
            show::html::page(&document.title, &document.markdown()),
        ),
        Format::Json => ("index.json", format!("{}\n", show::doc::json(&document))),
        _ => ("index.md", document.markdown()),
    };
    let Some(folder) = &args.output else {
        context.print(&text)?;
        return Ok(Exit::Done);
    };
    let path = folder.join(name);
    std::fs::create_dir_all(folder).map_err(|e| CliError::file("make", folder, &e))?;
    std::fs::write(&path, text).map_err(|e| CliError::file("write", &path, &e))?;
    context.note(&format!("{}\n", path.display()));
    Ok(Exit::Done)
}

fn standard() -> Document {
    Document {
        title: "The standard library of Nexus".into(),
        pages: documentation::parts()
            .iter()
            .map(|part| part.page())
            .collect(),
        ..Document::default()
    }
}

/// The tasks of the project, and its files that are no project files.
fn project(context: &Context) -> Result<Document, CliError> {
    let project = Project::find(context.global.config.as_deref())?;
    let plan = planned(context)?;
    let mut parsed: HashMap<String, Option<(String, Parse)>> = HashMap::new();
    let mut comment = |file: &str, line: u32| {
        let known = parsed.entry(file.to_string()).or_insert_with(|| {
            let text = std::fs::read_to_string(project.root.join(file)).ok()?;
            let parse = parse(&text, Entry::File);
            Some((text, parse))
        });
        let (text, parse) = known.as_ref()?;
        documentation::comment_at(parse, text, line)
    };
    let tasks = documentation::tasks(&plan.graph, &mut comment);
    let main = page(context, &project, &project.file)?;
    let is_project = |file: &PathBuf| {
        file.file_name() == project.file.file_name() || normalize(file) == project.file
    };
    let mut pages = Vec::new();
    for file in files(context, std::slice::from_ref(&project.root))? {
        if !is_project(&file) {
            pages.push(page(context, &project, &file)?);
        }
    }
    pages.retain(|page| !page.entries.is_empty() || !page.types.is_empty());
    let folder = project.root.file_name().unwrap_or_default();
    Ok(Document {
        title: folder.to_string_lossy().into_owned(),
        summary: main.summary,
        tasks,
        pages,
    })
}

fn libraries(context: &Context, paths: &[PathBuf]) -> Result<Document, CliError> {
    let mut pages = Vec::new();
    for file in files(context, paths)? {
        let path = std::path::absolute(&file).map_err(|e| CliError::file("find", &file, &e))?;
        let folder = path.parent().unwrap_or(Path::new("/")).to_path_buf();
        let around = Project {
            file: path.clone(),
            root: folder,
        };
        pages.push(page(context, &around, &path)?);
    }
    if let [_] = pages[..] {
        let page = pages.remove(0);
        let title = page.title.clone();
        // Its own heading would say the same again.
        return Ok(Document {
            title: title.clone(),
            summary: page.summary.clone(),
            tasks: Vec::new(),
            pages: vec![Page {
                title: "Fields".into(),
                summary: String::new(),
                ..page
            }],
        });
    }
    let names: Vec<_> = paths.iter().map(|path| shown(path)).collect();
    Ok(Document {
        title: names.join(", "),
        pages,
        ..Document::default()
    })
}

fn page(context: &Context, around: &Project, file: &Path) -> Result<Page, CliError> {
    let path = std::path::absolute(file).map_err(|e| CliError::file("find", file, &e))?;
    let path = normalize(&path);
    let mut compiler = Compiler::new();
    match path == around.file
        && path
            .file_name()
            .is_some_and(|n| n == crate::project::FILE_NAME)
    {
        true => compiler.load(&path, &Disk),
        false => compiler.load_library(&path, &Disk),
    }
    let found = compiler.diagnostics();
    if found.iter().any(|d| d.is_error()) {
        return Err(mistakes(context, around, &compiler, &found));
    }
    let title = path.strip_prefix(&around.root).unwrap_or(&path);
    Ok(documentation::of_file(
        &compiler,
        &path,
        &title.to_string_lossy(),
    ))
}
