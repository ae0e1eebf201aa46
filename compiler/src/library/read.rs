//! One embedded file, read as far as it is needed.

use super::PREFIX;
use crate::hir::{Expr, ExprId, LocalKind, Module, TypeId};
use crate::lower::{Keep, Lowered, lower};
use crate::symbol::Symbol;
use crate::types::Scheme;
use crate::types::schema::schema;
use crate::types::written::Written;
use crate::vm::Loaded;
use nexus_grammar::ast::{self, NameValue};
use nexus_grammar::{Entry, Parse, parse};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// An embedded file.
#[derive(Debug)]
pub struct Library {
    /// The part of `std` it belongs to: `set`. A part may have several files.
    pub module: &'static str,
    /// Its path below the folder of libraries: `set.nx`.
    pub file: &'static str,
    /// What is in it.
    pub text: &'static str,
    read: OnceLock<Read>,
}

/// A function or value of a library.
#[derive(Debug)]
pub struct Item {
    /// Its name within its part of `std`.
    pub name: &'static str,
    /// Its full name.
    pub full: String,
    /// Its type, as written, on one line.
    pub signature: String,
    /// The comment above it.
    pub doc: Option<String>,
    annotation: Option<TypeId>,
    scheme: OnceLock<Arc<Scheme>>,
    library: &'static str,
}

/// A file once it is parsed.
#[derive(Debug)]
struct Read {
    parse: Parse,
    lowered: Lowered,
    loaded: Loaded,
    items: Vec<Item>,
}

impl Library {
    pub(super) const fn new(module: &'static str, file: &'static str, text: &'static str) -> Self {
        Library {
            module,
            file,
            text,
            read: OnceLock::new(),
        }
    }

    /// What diagnostics and traces call it.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(format!("{PREFIX}{}", self.file))
    }

    /// The names it defines: what stands at the start of a line before ` :`. The layout of
    /// `nexus fmt` makes these the fields of the file.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let lines = self.text.lines();
        lines.filter_map(|line| {
            let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            let end = line.bytes().position(|b| !letter(b))?;
            let (name, rest) = line.split_at(end);
            let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
            (begins && rest.starts_with(" :")).then_some(name)
        })
    }

    /// What it defines, in the order of the file.
    pub fn items(&self) -> &[Item] {
        &self.read().items
    }

    /// What it defines under a name.
    pub fn item(&self, name: &str) -> Option<&Item> {
        self.items().iter().find(|item| item.name == name)
    }

    /// The named types it defines, as written, with the comment above each.
    pub fn types(&self) -> Vec<(&'static str, Option<String>)> {
        let tree = &self.read().parse.tree;
        let items = ast::file(tree, tree.root());
        let all = items.head.iter().chain(items.items);
        all.filter(|node| matches!(ast::item(tree, **node), Some(ast::Item::TypeDef(_))))
            .map(|node| (self.slice(tree.span(*node)), tree.doc_comment(*node)))
            .collect()
    }

    /// Its lowered form.
    pub(crate) fn loaded(&self) -> Loaded {
        self.read().loaded.clone()
    }

    /// What is wrong with its text and its written types.
    pub fn faults(&self) -> Vec<String> {
        let read = self.read();
        let mut faults: Vec<String> = Vec::new();
        faults.extend(read.parse.errors.iter().map(|e| format!("{e:?}")));
        faults.extend(read.lowered.diagnostics.iter().map(|d| format!("{d:?}")));
        let mut written = self.written();
        written.all();
        for item in &read.items {
            match item.annotation {
                Some(annotation) => _ = written.ty(annotation),
                None => faults.push(format!("{} has no type", item.name)),
            }
        }
        faults.extend(written.faults.iter().map(|(_, fault)| format!("{fault:?}")));
        faults
    }

    fn written(&self) -> Written<'_> {
        Written::new(&self.read().lowered.module, Some(schema())).with_variables()
    }

    fn read(&self) -> &Read {
        self.read.get_or_init(|| self.read_now())
    }

    fn read_now(&self) -> Read {
        let parse = parse(self.text, Entry::File);
        let path: Arc<Path> = Arc::from(self.path());
        let lowered = lower(&parse.tree, &path, crate::check::is_global, Keep::Text);
        let loaded = Loaded {
            module: lowered.module.clone(),
            map: lowered.map.clone(),
        };
        let items = self.read_items(&parse, &lowered.module);
        Read {
            parse,
            lowered,
            loaded,
            items,
        }
    }

    fn read_items(&self, parse: &Parse, module: &Module) -> Vec<Item> {
        let tree = &parse.tree;
        let nodes = ast::file(tree, tree.root()).items.iter();
        nodes
            .filter_map(|node| {
                let ast::Item::Binding(binding) = ast::item(tree, *node)? else {
                    return None;
                };
                let [name] = binding.path else { return None };
                let NameValue::Plain(_) = ast::name(tree, *name) else {
                    return None;
                };
                let name = self.slice(tree.span(*name)).trim();
                let signature = binding.annotation.map(|node| self.slice(tree.span(node)));
                let words: Vec<_> = signature.unwrap_or_default().split_whitespace().collect();
                Some(Item {
                    name,
                    full: format!("std.{}.{name}", self.module),
                    signature: words.join(" "),
                    doc: tree.doc_comment(*node),
                    annotation: annotation_of(module, Symbol::new(name)),
                    scheme: OnceLock::new(),
                    library: self.file,
                })
            })
            .collect()
    }

    fn slice(&self, span: std::ops::Range<u32>) -> &'static str {
        let text: &'static str = self.text;
        text.get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }
}

/// The written type of a field of the file.
fn annotation_of(module: &Module, name: Symbol) -> Option<TypeId> {
    let mut at: ExprId = module.root?;
    loop {
        match &module.exprs[at.index()] {
            Expr::Let { body, .. } => at = *body,
            Expr::Record(record) => {
                let field = record.fields.iter().find(|field| field.name == name)?;
                let local = field.local().map(|local| &module.locals[local.index()]);
                let local = local.filter(|local| local.kind == LocalKind::Field);
                return field
                    .annotation()
                    .or(local.and_then(|local| local.annotation));
            }
            _ => return None,
        }
    }
}

impl Item {
    /// Its type.
    pub fn scheme(&self) -> Arc<Scheme> {
        let scheme = self.scheme.get_or_init(|| {
            let library = super::all().iter().find(|l| l.file == self.library);
            let (Some(library), Some(annotation)) = (library, self.annotation) else {
                return Arc::new(Scheme::closed(crate::types::Ty::any()));
            };
            let mut written = library.written();
            let ty = written.ty(annotation);
            Arc::new(Scheme {
                ty,
                bounds: crate::types::signature::bounds(&written),
            })
        });
        scheme.clone()
    }

    /// The examples of its documentation: expression and value.
    pub fn examples(&self) -> Vec<(String, String)> {
        examples(self.doc.as_deref().unwrap_or_default())
    }
}

/// The examples of a comment, expression and value: between lines of three backticks, up to
/// `# => value` at the end of a line.
pub fn examples(doc: &str) -> Vec<(String, String)> {
    let mut inside = false;
    let mut found = Vec::new();
    let mut expression = String::new();
    for line in doc.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
            expression.clear();
        } else if inside {
            let (left, value) = match line.split_once("# => ") {
                Some((left, value)) => (left, Some(value)),
                None => (line, None),
            };
            expression.push_str(left);
            match value {
                Some(value) => {
                    let expression = std::mem::take(&mut expression);
                    found.push((expression.trim().to_string(), value.trim().to_string()));
                }
                None => expression.push('\n'),
            }
        }
    }
    found
}
