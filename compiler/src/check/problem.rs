//! What the checker finds, without positions.

use crate::diagnostic::{Code, Diagnostic, Fix, Label, Severity};
use crate::hir::{ExprId, LocalId, SourceMap, Span, TypeId};
use std::path::Path;
use std::sync::Arc;

/// A part of a module that has a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// An expression.
    Expr(ExprId),
    /// A written type.
    Type(TypeId),
    /// A name where it is bound.
    Local(LocalId),
    /// The name of a field of a record.
    Field(ExprId, u32),
    /// A name in a selection.
    Key(ExprId, u32),
    /// Right in front of an expression.
    Before(ExprId),
    /// Right behind an expression.
    After(ExprId),
    /// From where an expression begins to where another one inside of it begins.
    Until(ExprId, ExprId),
    /// From where an inner expression ends to where the first, which is around it, ends.
    Beyond(ExprId, ExprId),
}

impl Place {
    /// The same place in another numbering.
    pub fn renumbered(
        self,
        expr: impl Fn(ExprId) -> ExprId,
        ty: impl Fn(TypeId) -> TypeId,
        local: impl Fn(LocalId) -> LocalId,
    ) -> Place {
        match self {
            Place::Expr(id) => Place::Expr(expr(id)),
            Place::Type(id) => Place::Type(ty(id)),
            Place::Local(id) => Place::Local(local(id)),
            Place::Field(id, i) => Place::Field(expr(id), i),
            Place::Key(id, i) => Place::Key(expr(id), i),
            Place::Before(id) => Place::Before(expr(id)),
            Place::After(id) => Place::After(expr(id)),
            Place::Until(outer, inner) => Place::Until(expr(outer), expr(inner)),
            Place::Beyond(outer, inner) => Place::Beyond(expr(outer), expr(inner)),
        }
    }

    /// Its position.
    pub fn span(self, map: &SourceMap) -> Span {
        let expr = |id: ExprId| map.exprs.get(id.index()).copied().unwrap_or_default();
        match self {
            Place::Expr(id) => expr(id),
            Place::Type(id) => map.types.get(id.index()).copied().unwrap_or_default(),
            Place::Local(id) => map.locals.get(id.index()).copied().unwrap_or_default(),
            Place::Field(id, i) => map.field(id, i).unwrap_or(expr(id)),
            Place::Key(id, i) => map.key(id, i).unwrap_or(expr(id)),
            Place::Before(id) => {
                let at = expr(id).start;
                Span { start: at, end: at }
            }
            Place::After(id) => {
                let at = expr(id).end;
                Span { start: at, end: at }
            }
            Place::Until(outer, inner) => Span {
                start: expr(outer).start,
                end: expr(inner).start,
            },
            Place::Beyond(outer, inner) => Span {
                start: expr(inner).end,
                end: expr(outer).end,
            },
        }
    }
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Problem {
    /// Its kind.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence that stands alone.
    pub message: String,
    /// What is to blame.
    pub at: Place,
    /// Said beside it.
    pub label: String,
    /// Other places.
    pub related: Vec<(Place, String)>,
    /// Facts.
    pub notes: Vec<String>,
    /// Advice.
    pub helps: Vec<String>,
    /// A change that mends it.
    pub fix: Option<Mend>,
}

/// A change that mends a problem, without positions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mend {
    /// What it does: "Replace with `timeout`".
    pub title: String,
    /// What is replaced, by what.
    pub edits: Vec<(Place, String)>,
    /// Nothing else can be meant.
    pub certain: bool,
}

impl Problem {
    /// An error.
    pub fn error(code: Code, at: Place, message: impl Into<String>) -> Self {
        Problem {
            code,
            severity: Severity::Error,
            message: message.into(),
            at,
            label: String::new(),
            related: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
            fix: None,
        }
    }

    /// A warning.
    pub fn warning(code: Code, at: Place, message: impl Into<String>) -> Self {
        Problem {
            severity: Severity::Warning,
            ..Problem::error(code, at, message)
        }
    }

    /// What is said beside the place.
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// Another place.
    pub fn related(mut self, at: Place, text: impl Into<String>) -> Self {
        self.related.push((at, text.into()));
        self
    }

    /// A fact.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Advice.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(text.into());
        self
    }

    /// A change that certainly mends it.
    pub fn fix(mut self, title: impl Into<String>, edits: Vec<(Place, String)>) -> Self {
        self.fix = Some(Mend {
            title: title.into(),
            edits,
            certain: true,
        });
        self
    }

    /// A change that may be what is meant.
    pub fn proposal(self, title: impl Into<String>, edits: Vec<(Place, String)>) -> Self {
        let mut problem = self.fix(title, edits);
        if let Some(fix) = &mut problem.fix {
            fix.certain = false;
        }
        problem
    }

    /// The same problem with its places moved.
    pub fn moved(&self, to: &dyn Fn(Place) -> Place) -> Self {
        let pairs = |pairs: &[(Place, String)]| {
            let pairs = pairs.iter();
            pairs.map(|(at, text)| (to(*at), text.clone())).collect()
        };
        let mut moved = self.clone();
        moved.at = to(self.at);
        moved.related = pairs(&self.related);
        if let Some(fix) = &mut moved.fix {
            fix.edits = pairs(&fix.edits);
        }
        moved
    }

    /// With positions.
    pub fn locate(&self, file: &Arc<Path>, map: &SourceMap) -> Diagnostic {
        Diagnostic {
            code: self.code,
            severity: self.severity,
            message: self.message.clone(),
            primary: Label {
                file: file.clone(),
                span: self.at.span(map),
                text: self.label.clone(),
            },
            secondary: self
                .related
                .iter()
                .map(|(at, text)| Label {
                    file: file.clone(),
                    span: at.span(map),
                    text: text.clone(),
                })
                .collect(),
            notes: self.notes.clone(),
            helps: self.helps.clone(),
            fix: self.fix.as_ref().map(|mend| Fix {
                title: mend.title.clone(),
                file: file.clone(),
                edits: mend
                    .edits
                    .iter()
                    .map(|(at, text)| (at.span(map), text.clone()))
                    .collect(),
                certain: mend.certain,
            }),
        }
    }
}
