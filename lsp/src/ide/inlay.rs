//! What is not written: types that were found, names of parameters.

use super::source::Source;
use nexus_compiler::db::SourceFile;
use nexus_compiler::hir::{Expr, ExprId, LocalId, LocalKind, Param, Span};
use nexus_compiler::ide::{Resolver, Snapshot, type_of_local};
use nexus_compiler::types::readable::{demanded, readable};
use nexus_compiler::types::show::show_within;
use nexus_compiler::types::{Kind, Ty};

/// Longer types are not shown.
const LONGEST: usize = 40;

/// Something that is not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Where it would stand.
    pub at: u32,
    /// What: `: Int`, `name:`.
    pub text: String,
    /// It is a type, not the name of a parameter.
    pub is_type: bool,
    /// It could be written there as it is.
    pub can_be_written: bool,
}

/// What is not written in a span.
pub fn hints(snapshot: &Snapshot, file: SourceFile, within: Span) -> Vec<Hint> {
    let source = Source::new(snapshot, file);
    let mut found = Vec::new();
    let touches = |span: &Span| span.start <= within.end && within.start <= span.end;
    for (i, span) in source.map.locals.iter().enumerate() {
        if touches(span)
            && let Some(hint) = of_binder(&source, LocalId(i as u32), *span)
        {
            found.push(hint);
        }
    }
    for (i, span) in source.map.exprs.iter().enumerate() {
        if touches(span) {
            of_call(&source, ExprId(i as u32), &mut found);
        }
    }
    found.sort_by_key(|hint| hint.at);
    found.dedup();
    found
}

/// The type of a binding or parameter.
fn of_binder(source: &Source<'_>, local: LocalId, span: Span) -> Option<Hint> {
    let binder = &source.module.locals[local.index()];
    if binder.annotation.is_some() {
        return None;
    }
    let is_parameter = match binder.kind {
        LocalKind::Let => {
            let value = binder.value?;
            // Its value says it; an inherited one has its type elsewhere.
            let obvious = is_obvious(source, value) || source.map.exprs[value.index()] == span;
            if obvious {
                return None;
            }
            false
        }
        LocalKind::Param => true,
        _ => return None,
    };
    let scheme = type_of_local(source.db, source.file, local)?;
    let ty = match is_parameter {
        true => demanded(&scheme),
        false => readable(&scheme),
    };
    if says_little(&ty) {
        return None;
    }
    let text = show_within(&ty, LONGEST);
    let short = !text.contains('…');
    short.then(|| Hint {
        at: span.end,
        text: format!(" : {text}"),
        is_type: true,
        // A parameter has no place for a type, and letters stand for any type.
        can_be_written: !is_parameter && !scheme.ty.has_vars(),
    })
}

fn is_obvious(source: &Source<'_>, value: ExprId) -> bool {
    matches!(
        source.module.exprs[value.index()],
        Expr::Int(_)
            | Expr::Float(_)
            | Expr::Duration(_)
            | Expr::Size(_)
            | Expr::Text(_)
            | Expr::String(_)
            | Expr::Path(_)
            | Expr::Record(_)
            | Expr::Import(_)
            | Expr::Missing
    )
}

/// Types that say nothing a person would want to read.
fn says_little(ty: &Ty) -> bool {
    match ty.kind() {
        Kind::Any | Kind::Var(_) | Kind::Tasks(_) => true,
        Kind::Alias(name, _) => name.as_str().len() == 1,
        // Too many things to be read at a glance.
        Kind::Union(members) => members.len() > 2,
        _ => false,
    }
}

/// The names of the parameters of a function of the file, before what is given to it.
fn of_call(source: &Source<'_>, id: ExprId, out: &mut Vec<Hint>) {
    let Expr::Apply { func, args, .. } = &source.module.exprs[id.index()] else {
        return;
    };
    if args.len() < 2 {
        return;
    }
    let span = source.map.exprs[id.index()];
    let function = source.map.exprs[func.index()];
    let mut resolver = Resolver::new(source.db);
    let values = resolver.values(source.file, *func);
    let [(file, value)] = values[..] else { return };
    let module = nexus_compiler::db::lowered(source.db, file);
    let mut at = value;
    for arg in args.iter() {
        let Expr::Lambda { param, body } = &module.exprs[at.index()] else {
            return;
        };
        at = *body;
        let Param::Name(local) = &**param else {
            continue;
        };
        let name = module.locals[local.index()].name.as_str();
        let place = source.map.exprs[arg.index()];
        let written = source.slice(place);
        // What comes through a pipe stands elsewhere; what says it itself needs no help.
        let inside =
            span.start <= place.start && place.end <= span.end && place.start >= function.end;
        if inside && written != name && !written.ends_with(&format!(".{name}")) && name != "_" {
            out.push(Hint {
                at: start_with_parentheses(source, place.start, function.end),
                text: format!("{name}: "),
                is_type: false,
                can_be_written: false,
            });
        }
    }
}

/// Parentheses are not part of what was lowered.
fn start_with_parentheses(source: &Source<'_>, start: u32, after: u32) -> u32 {
    let before = &source.text[after as usize..start as usize];
    let trimmed = before.trim_end_matches(['(', ' ', '\n']);
    let blanks = before.len() - trimmed.len();
    let first = before[trimmed.len()..].find('(');
    match first {
        Some(first) => start - (blanks - first) as u32,
        None => start,
    }
}
