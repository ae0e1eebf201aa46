//! What a session knows, and its answers.

use crate::context::Context;
use crate::error::CliError;
use crate::project::Project;
use crate::session::rendered;
use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::registry::names::UNUSED_BINDING;
use nexus_compiler::eval::{Evaluator, SourceModules};
use nexus_compiler::value::Value;
use nexus_compiler::vm::{Failure, Limits, World};
use nexus_compiler::world::Disk;
use nexus_grammar::{Entry, SyntaxKind, parse};
use std::path::{Path, PathBuf};

/// What is said to an input.
pub enum Answer {
    /// Nothing was asked.
    Nothing,
    /// A value or a type.
    Value(String),
    /// What the commands are.
    Help,
    /// A report.
    Mistake(String),
    /// It is over.
    Leave,
}

/// What is asked of an expression.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Value,
    Type,
    Names,
}

/// The bindings so far.
pub struct Session<'a> {
    context: &'a Context,
    /// Paths are relative to this folder.
    here: PathBuf,
    project: Project,
    /// Names and what was written for them, in order.
    bindings: Vec<(String, String)>,
    file: Option<String>,
}

/// Whether an input is whole: no bracket, no text of several lines and no interpolation is open.
pub fn is_complete(input: &str) -> bool {
    let text = input.trim();
    if text.starts_with(':') && !text.starts_with(":t") {
        return true;
    }
    let text = text.strip_prefix(":t").unwrap_or(text);
    let open = |entry| {
        parse(text, entry).errors.iter().any(|error| {
            let opener = &text[error.span.start as usize..error.span.end as usize];
            match error.code {
                "NX0005" | "NX0015" => true,
                "NX0004" => !opener.starts_with('"'),
                _ => false,
            }
        })
    };
    !(open(Entry::Expression) && open(Entry::File))
}

impl<'a> Session<'a> {
    /// Nothing bound.
    ///
    /// # Errors
    /// The current folder cannot be found.
    pub fn new(context: &'a Context) -> Result<Self, CliError> {
        let here =
            std::env::current_dir().map_err(|e| CliError::file("enter", Path::new("."), &e))?;
        let project = Project::find(context.global.config.as_deref()).unwrap_or_else(|_| Project {
            file: here.join(crate::project::FILE_NAME),
            root: here.clone(),
        });
        Ok(Session {
            context,
            here,
            project,
            bindings: Vec::new(),
            file: None,
        })
    }

    /// The answer to a whole input.
    pub fn answer(&mut self, input: &str) -> Answer {
        let text = input.trim();
        if let Some(command) = text.strip_prefix(':') {
            let (name, rest) = command
                .split_once(char::is_whitespace)
                .unwrap_or((command, ""));
            return match name {
                "q" | "quit" | "exit" => Answer::Leave,
                "t" | "type" => self.evaluate(rest, Wanted::Type),
                "l" | "load" => self.load(rest.trim()),
                "r" | "reload" => match self.file.clone() {
                    Some(file) => self.load(&file),
                    None => mistake("there is no file to read again", "`:l FILE` loads one"),
                },
                "?" | "h" | "help" => Answer::Help,
                _ => mistake(
                    &format!("there is no command `:{name}`"),
                    "`:?` lists the commands",
                ),
            };
        }
        if text.is_empty() || text.lines().all(|line| line.trim().starts_with('#')) {
            return Answer::Nothing;
        }
        match bound_name(text) {
            Some(name) => self.bind(name, text),
            None => self.evaluate(text, Wanted::Value),
        }
    }

    /// Makes the fields of a file names.
    pub fn load(&mut self, file: &str) -> Answer {
        let path = self.here.join(file);
        let literal = match path.strip_prefix(&self.here) {
            _ if file.is_empty() => return mistake("which file?", "`:l FILE`"),
            Ok(relative) if !file.starts_with("..") => format!("./{}", relative.display()),
            _ if file.starts_with("../") => file.to_owned(),
            _ => {
                return mistake(
                    &format!("`{file}` is not reached from this folder"),
                    "name it by a path that begins with `./` or `../`",
                );
            }
        };
        let before = self.bindings.clone();
        self.bindings.retain(|(name, _)| name != "import");
        let names = match self.evaluate(&format!("import {literal}"), Wanted::Names) {
            Answer::Value(names) => names,
            other => {
                self.bindings = before;
                return other;
            }
        };
        self.file = Some(file.to_owned());
        let binding = format!("inherit (import {literal}) {names};");
        self.bindings.insert(0, ("import".to_owned(), binding));
        Answer::Value(names)
    }

    /// Names that are bound, for completion.
    pub fn names(&self) -> Vec<String> {
        let own = self.bindings.iter().flat_map(|(name, text)| {
            let loaded = text
                .strip_prefix("inherit (")
                .and_then(|t| t.split_once(')'));
            match loaded {
                Some((_, names)) => names.split_whitespace().map(str::to_owned).collect(),
                None => vec![name.clone()],
            }
        });
        own.map(|name| name.trim_end_matches(';').to_owned())
            .collect()
    }

    /// The fields of what an expression gives, for completion; none when it fails.
    pub fn fields(&mut self, expression: &str) -> Vec<String> {
        match self.evaluate(expression, Wanted::Names) {
            Answer::Value(names) => names.split_whitespace().map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    fn bind(&mut self, name: String, text: &str) -> Answer {
        let text = match text.ends_with(';') {
            true => text.to_owned(),
            false => format!("{text};"),
        };
        let before = self.bindings.clone();
        // A field of a record that is built in parts does not replace the others.
        if !text[name.len()..].trim_start().starts_with('.') {
            self.bindings.retain(|(bound, _)| *bound != name);
        }
        self.bindings.push((name.clone(), text));
        match self.evaluate(&name, Wanted::Type) {
            Answer::Value(ty) => Answer::Value(format!("{name} : {ty}")),
            other => {
                self.bindings = before;
                other
            }
        }
    }

    fn evaluate(&mut self, expression: &str, wanted: Wanted) -> Answer {
        let mut text = String::new();
        // What is bound here comes before what a file gives.
        let (loaded, own): (Vec<_>, Vec<_>) =
            self.bindings.iter().partition(|(name, _)| name == "import");
        for group in [loaded, own] {
            if group.is_empty() {
                continue;
            }
            text += "let\n";
            for (_, binding) in group {
                text += binding;
                text.push('\n');
            }
            text += "in\n";
        }
        text += expression;
        let mut compiler = Compiler::new();
        let path = compiler.load_expression(&*text, &self.here, &Disk);
        let mut found = compiler.diagnostics();
        // Bindings wait to be used.
        found.retain(|d| d.code != UNUSED_BINDING);
        let report =
            |compiler: &Compiler, all: &[_]| rendered(self.context, &self.project, compiler, all);
        if found.iter().any(|d| d.is_error()) {
            return Answer::Mistake(report(&compiler, &found));
        }
        if !found.is_empty() && wanted == Wanted::Value {
            self.context.note(&report(&compiler, &found));
        }
        if wanted == Wanted::Type {
            return Answer::Value(compiler.type_of(&path));
        }
        let result = {
            let modules = SourceModules::new(&mut compiler, &Disk);
            let world = World {
                inputs: &Disk,
                modules: &modules,
                realised: &|_| true,
                trace: &|text| self.context.note(&format!("trace: {text}\n")),
                root: &self.project.root,
            };
            let mut evaluator = Evaluator::new(world, Limits::default());
            evaluator.eval_file(&path).and_then(|value| match wanted {
                Wanted::Names => names_of(&mut evaluator, value),
                _ => evaluator.print(value),
            })
        };
        match result {
            Ok(text) => Answer::Value(text),
            Err(Failure::Errors(errors)) => Answer::Mistake(report(&compiler, &errors)),
            Err(Failure::NeedsTasks(_)) => mistake(
                "the value depends on outputs of tasks that are not there",
                "`nexus build` makes them",
            ),
        }
    }
}

fn names_of(evaluator: &mut Evaluator<'_>, value: Value) -> Result<String, Failure> {
    let fields = evaluator.as_record(value)?.unwrap_or_default();
    let names: Vec<&str> = fields.iter().map(|field| field.0.as_str()).collect();
    Ok(names.join(" "))
}

/// The name an input binds, if it is a binding.
fn bound_name(text: &str) -> Option<String> {
    let parsed = parse(text.trim_end_matches(';'), Entry::File);
    let parsed = match parsed.errors.is_empty() {
        true => parsed,
        false => parse(&format!("{};", text.trim_end_matches(';')), Entry::File),
    };
    let is_binding = parsed.errors.is_empty()
        && parsed
            .tree
            .descendants(parsed.tree.root())
            .any(|node| parsed.tree.kind(node) == SyntaxKind::Binding);
    let name = text.trim_start();
    let length = name
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '\'')))
        .unwrap_or(name.len());
    (is_binding && length > 0).then(|| name[..length].to_owned())
}

fn mistake(message: &str, help: &str) -> Answer {
    Answer::Mistake(format!("error: {message}\n  help: {help}\n"))
}
