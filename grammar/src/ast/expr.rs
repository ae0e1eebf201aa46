//! Expressions, parameters and patterns.

use super::binding::attr_path;
use super::literal::{Literal, literal};
use crate::kind::SyntaxKind as K;
use crate::tree::{NodeId, Tree};

/// The parts of an expression.
#[derive(Clone, Copy, Debug)]
pub enum Expr<'t> {
    /// A hole left by a mistake, already reported.
    Missing,
    /// A name.
    Name(&'t str),
    /// A number, duration, size or path.
    Literal(Literal<'t>),
    /// A string; see [`super::string_value`].
    String,
    /// `[ a b ]`
    List(&'t [NodeId]),
    /// `{ … }`
    Record {
        /// `rec` is present.
        recursive: bool,
        /// See [`super::item`].
        items: &'t [NodeId],
    },
    /// `(e)`
    Paren(NodeId),
    /// `a.b.c or d`
    Select {
        /// What is selected from.
        base: NodeId,
        /// The names; see [`super::name`].
        path: &'t [NodeId],
        /// The value when any name on the way is absent.
        default: Option<NodeId>,
    },
    /// `f a b or d`
    Apply {
        /// The function.
        func: NodeId,
        /// At least one.
        args: &'t [NodeId],
        /// The value when the application finds nothing.
        default: Option<NodeId>,
    },
    /// `!a` ([`K::Bang`]), `-a` ([`K::Minus`])
    Unary(K, NodeId),
    /// `a + b`, with the kind of the operator's token.
    Binary(K, NodeId, NodeId),
    /// `a ? b.c`
    Has {
        /// What is asked.
        base: NodeId,
        /// The names; see [`super::name`].
        path: &'t [NodeId],
    },
    /// `e as T`
    Conversion {
        /// What is converted.
        value: NodeId,
        /// To what.
        ty: NodeId,
    },
    /// `x: e`
    Lambda {
        /// A [`K::Name`] or [`K::Pattern`]; see [`param`].
        param: NodeId,
        /// What it gives.
        body: NodeId,
    },
    /// `if c then a else b`
    If {
        /// The condition.
        cond: NodeId,
        /// Value when true.
        then: NodeId,
        /// Value when false.
        otherwise: NodeId,
    },
    /// `let … in e`
    Let {
        /// See [`super::item`].
        items: &'t [NodeId],
        /// The value of the whole.
        body: NodeId,
    },
    /// `with e; b`
    With {
        /// The record whose fields become names.
        scope: NodeId,
        /// The value of the whole.
        body: NodeId,
    },
    /// `assert c; b`
    Assert {
        /// Must be true.
        cond: NodeId,
        /// The value of the whole.
        body: NodeId,
    },
}

/// The parts of an expression node; [`Expr::Missing`] for nodes that are none.
pub fn expr(tree: &Tree, node: NodeId) -> Expr<'_> {
    let children = tree.children(node);
    match (tree.kind(node), children) {
        (K::NameRef, _) => Expr::Name(tree.text(node)),
        (K::Literal, _) => Expr::Literal(literal(tree, node)),
        (K::String, _) => Expr::String,
        (K::List, _) => Expr::List(children),
        (K::Record, _) => Expr::Record {
            recursive: tree.own_tokens(node).next().map(|t| tree.tokens().kind(t)) == Some(K::Rec),
            items: children,
        },
        (K::Paren, &[inner]) => Expr::Paren(inner),
        (K::Select, &[base, path, ref default @ ..]) => Expr::Select {
            base,
            path: attr_path(tree, path),
            default: default.first().copied(),
        },
        (K::Apply, &[func, ref args @ ..]) => Expr::Apply {
            func,
            args,
            default: None,
        },
        (K::ApplyOr, &[func, ref args @ .., default]) => Expr::Apply {
            func,
            args,
            default: Some(default),
        },
        (K::Unary, &[operand]) => Expr::Unary(tree.operator(node), operand),
        (K::Binary, &[left, right]) => Expr::Binary(tree.operator(node), left, right),
        (K::Has, &[base, path]) => Expr::Has {
            base,
            path: attr_path(tree, path),
        },
        (K::Conversion, &[value, ty]) => Expr::Conversion { value, ty },
        (K::Lambda, &[param, body]) => Expr::Lambda { param, body },
        (K::IfExpr, &[cond, then, otherwise]) => Expr::If {
            cond,
            then,
            otherwise,
        },
        (K::LetExpr, &[ref items @ .., body]) => Expr::Let { items, body },
        (K::WithExpr, &[scope, body]) => Expr::With { scope, body },
        (K::AssertExpr, &[cond, body]) => Expr::Assert { cond, body },
        _ => Expr::Missing,
    }
}

/// The parameter of a lambda.
#[derive(Clone, Debug)]
pub enum Param<'t> {
    /// `x:`
    Name(&'t str),
    /// `{ a, b ? 1, ... }@all:`
    Pattern(PatternParts),
}

/// The parameter of a lambda or a file.
pub fn param(tree: &Tree, node: NodeId) -> Param<'_> {
    match tree.kind(node) {
        K::Pattern => Param::Pattern(pattern(tree, node)),
        _ => Param::Name(tree.text(node)),
    }
}

/// `{ a, b ? 1, ... }@all`
#[derive(Clone, Debug)]
pub struct PatternParts {
    /// The named fields.
    pub fields: Vec<PatternField>,
    /// `...` is present.
    pub open: bool,
    /// The name of the whole, a [`K::Name`].
    pub whole: Option<NodeId>,
}

/// `a : T ? d`
#[derive(Clone, Copy, Debug)]
pub struct PatternField {
    /// The [`K::PatternField`].
    pub node: NodeId,
    /// Its name; see [`super::name`].
    pub name: NodeId,
    /// Its type.
    pub annotation: Option<NodeId>,
    /// Its value when absent.
    pub default: Option<NodeId>,
}

/// The parts of a [`K::Pattern`].
pub fn pattern(tree: &Tree, node: NodeId) -> PatternParts {
    let mut parts = PatternParts {
        fields: Vec::new(),
        open: false,
        whole: None,
    };
    for &child in tree.children(node) {
        if tree.kind(child) == K::Name {
            parts.whole = Some(child);
            continue;
        }
        for &field in tree.children(child) {
            match tree.kind(field) {
                K::Rest => parts.open = true,
                _ => parts.fields.extend(pattern_field(tree, field)),
            }
        }
    }
    parts
}

fn pattern_field(tree: &Tree, node: NodeId) -> Option<PatternField> {
    let (&path, rest) = tree.children(node).split_first()?;
    let name = attr_path(tree, path).first().copied()?;
    let has_default = tree.own_token(node, K::Question).is_some();
    let (annotation, default) = match *rest {
        [annotation, default] => (Some(annotation), Some(default)),
        [default] if has_default => (None, Some(default)),
        [annotation] => (Some(annotation), None),
        _ => (None, None),
    };
    Some(PatternField {
        node,
        name,
        annotation,
        default,
    })
}
