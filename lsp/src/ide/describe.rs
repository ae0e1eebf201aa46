//! What is to be said about something that has a name.

use super::source::Source;
use nexus_compiler::builtins;
use nexus_compiler::db::{Db, SourceFile, lowered};
use nexus_compiler::documentation;
use nexus_compiler::hir::{Expr, ExprId, LocalKind};
use nexus_compiler::ide::{Def, Snapshot, place_of, type_of_def, value_of};
use nexus_compiler::library;
use nexus_compiler::types::readable::{demanded, readable};
use nexus_compiler::types::schema::schema;
use nexus_compiler::types::show::show_within;
use nexus_compiler::types::{Kind, Scheme, Ty};
use std::sync::Arc;

/// Longer types are cut.
const LONGEST_TYPE: usize = 600;

/// Longer values are not shown.
const LONGEST_VALUE: usize = 120;

/// What is to be said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Description {
    /// Name and type, as the language writes them.
    pub(super) code: String,
    /// In Markdown.
    pub(super) doc: Option<String>,
    /// Its value, when that is plain to see.
    pub(super) value: Option<String>,
}

impl Description {
    /// All of it in Markdown.
    pub(super) fn markdown(&self) -> String {
        let mut text = format!("```nx\n{}", self.code);
        if let Some(value) = &self.value {
            text.push_str(" = ");
            text.push_str(value);
        }
        text.push_str("\n```");
        if let Some(doc) = self.doc.as_deref().filter(|doc| !doc.trim().is_empty()) {
            text.push_str("\n\n");
            text.push_str(doc.trim());
        }
        text
    }
}

/// Describes something. `seen` is the type it has where it is mentioned, if that is known.
pub(super) fn describe(
    snapshot: &Snapshot,
    def: &Def,
    seen: Option<Arc<Scheme>>,
) -> Option<Description> {
    let db = snapshot.db();
    let ty = || seen.clone().or_else(|| type_of_def(db, def));
    let typed = |name: &str| match ty() {
        Some(ty) => match ty.ty.kind() {
            Kind::Tasks(_) => show_within(&ty.ty, LONGEST_TYPE),
            _ => format!("{name} : {}", shown(db, def, &ty)),
        },
        None => name.to_owned(),
    };
    Some(match def {
        Def::Local(file, local) => {
            let module = lowered(db, *file);
            let binder = module.locals.get(local.index())?;
            Description {
                code: typed(binder.name.as_str()),
                doc: comment(snapshot, def),
                value: binder.value.and_then(|value| literal(db, *file, value)),
            }
        }
        Def::Field(file, record, position) => {
            let module = lowered(db, *file);
            let Expr::Record(literal_record) = &module.exprs[record.index()] else {
                return None;
            };
            let field = literal_record.fields.get(*position as usize)?;
            Description {
                code: typed(field.name.as_str()),
                doc: comment(snapshot, def).or_else(|| description(db, *file, field.value)),
                value: literal(db, *file, field.value),
            }
        }
        Def::Type(file, _) => {
            let source = Source::new(snapshot, *file);
            let (_, name) = place_of(db, def)?;
            let around = source.nodes_at(name.start);
            let node = around
                .into_iter()
                .find(|node| source.tree().kind(*node) == nexus_grammar::SyntaxKind::TypeDef)?;
            Description {
                code: source.tree().text(node).trim().to_owned(),
                doc: comment(snapshot, def),
                value: None,
            }
        }
        Def::SchemaType(name) => {
            let ty = schema().get(*name)?;
            let shown = match ty.kind() {
                Kind::Record(record) => {
                    let mut anonymous = (**record).clone();
                    anonymous.name = None;
                    let ty = Ty::record(anonymous);
                    show_within(&ty, LONGEST_TYPE)
                }
                _ => show_within(&ty, LONGEST_TYPE),
            };
            Description {
                code: format!("type {name} = {shown}"),
                doc: schema().doc(*name, None).map(str::to_owned),
                value: None,
            }
        }
        Def::SchemaField(ty, field) => {
            let shown = match schema().get(*ty)?.kind() {
                Kind::Record(record) => {
                    let known = record.field(*field)?;
                    let sign = if known.optional { '?' } else { ':' };
                    format!("{field} {sign} {}", show_within(&known.ty, LONGEST_TYPE))
                }
                _ => return None,
            };
            Description {
                code: shown,
                doc: schema().doc(*ty, Some(*field)).map(str::to_owned),
                value: None,
            }
        }
        Def::Standard(name) => standard(name)?,
        Def::File(path) => Description {
            code: typed(&path.file_name()?.to_string_lossy()),
            doc: None,
            value: None,
        },
    })
}

/// The type of something as a person would write it: of a parameter what is demanded of it, of a
/// literal text that it is a text.
pub(super) fn shown(db: &dyn Db, def: &Def, ty: &Scheme) -> String {
    let is_parameter = match def {
        Def::Local(file, local) => {
            let module = lowered(db, *file);
            let kind = module.locals[local.index()].kind;
            !matches!(kind, LocalKind::Let | LocalKind::InheritFrom)
        }
        _ => false,
    };
    let read = match (is_parameter && ty.ty.has_vars(), ty.ty.kind()) {
        (_, Kind::Text(_)) => Ty::string(),
        (true, _) => demanded(ty),
        (false, _) => readable(ty),
    };
    show_within(&read, LONGEST_TYPE)
}

/// Describes something of the language, by any of its names.
pub(super) fn standard(name: &str) -> Option<Description> {
    if matches!(name, "true" | "false" | "null") {
        let ty = if name == "null" { "Null" } else { "Bool" };
        return Some(Description {
            code: format!("{name} : {ty}"),
            ..Description::default()
        });
    }
    if let Some(builtin) = builtins::all().find(|builtin| builtin.names.contains(&name)) {
        return Some(Description {
            code: format!("{name} : {}", builtin.signature),
            doc: Some(with_examples(builtin.doc)),
            value: None,
        });
    }
    if let Some(item) = library::item(name) {
        return Some(Description {
            code: format!("{name} : {}", item.signature),
            doc: item.doc.clone(),
            value: None,
        });
    }
    let inside = format!("{name}.");
    let part = documentation::parts()
        .iter()
        .find(|part| part.prefix == inside);
    if let Some(part) = part {
        return Some(Description {
            code: name.to_owned(),
            doc: Some(part.about.to_owned()),
            value: None,
        });
    }
    let known = super::completion::standard_names(name).next().is_some();
    known.then(|| Description {
        code: name.to_owned(),
        ..Description::default()
    })
}

/// Documentation of built-ins: each example on a line of its own.
fn with_examples(doc: &str) -> String {
    let mut text = String::new();
    for line in doc.trim().lines() {
        let line = line.trim();
        if line.contains("` => `") {
            text.push_str("\n- ");
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// The comment above the definition of something in a file.
fn comment(snapshot: &Snapshot, def: &Def) -> Option<String> {
    let (_, name) = place_of(snapshot.db(), def)?;
    let file = match def {
        Def::Local(file, _) | Def::Field(file, ..) | Def::Type(file, _) => *file,
        _ => return None,
    };
    Source::new(snapshot, file).comment_of(name)
}

/// What a task says it is for.
fn description(db: &dyn Db, file: SourceFile, value: ExprId) -> Option<String> {
    let module = lowered(db, file);
    let Expr::Record(record) = &module.exprs[value.index()] else {
        return None;
    };
    let mut fields = record.fields.iter();
    let field = fields.find(|field| field.name.as_str() == "description")?;
    match &module.exprs[field.value.index()] {
        Expr::Text(text) => Some(text.to_string()),
        _ => None,
    }
}

/// The value of something that is not written out, if that is short and quickly computed.
pub(super) fn computed(snapshot: &Snapshot, def: &Def) -> Option<String> {
    let ty = type_of_def(snapshot.db(), def)?;
    if let Kind::Function(..) | Kind::Tasks(_) | Kind::TaskRef = ty.ty.kind() {
        return None;
    }
    let value = value_of(snapshot, def)?;
    (value.len() <= LONGEST_VALUE && !value.contains('\n')).then_some(value)
}

/// A value that is written out as such.
fn literal(db: &dyn Db, file: SourceFile, value: ExprId) -> Option<String> {
    let module = lowered(db, file);
    let plain = match &module.exprs[value.index()] {
        Expr::Int(_)
        | Expr::Float(_)
        | Expr::Duration(_)
        | Expr::Size(_)
        | Expr::Text(_)
        | Expr::Path(_) => true,
        Expr::Global(name) => matches!(name.as_str(), "true" | "false" | "null"),
        _ => false,
    };
    if !plain {
        return None;
    }
    let map = nexus_compiler::db::source_map(db, file);
    let span = *map.exprs.get(value.index())?;
    let text = file.text(db);
    let written = text.get(span.start as usize..span.end as usize)?;
    let short = written.len() <= LONGEST_VALUE && !written.contains('\n');
    short.then(|| written.to_owned())
}
