//! Types.

use super::binding::attr_path;
use crate::kind::SyntaxKind as K;
use crate::tree::{NodeId, Tree};

/// The parts of a type.
#[derive(Clone, Debug)]
pub enum TypeNode<'t> {
    /// A hole left by a mistake, already reported.
    Missing,
    /// `Int`, `Pair a b`: the name, where it is, and its arguments.
    Name(&'t str, NodeId, &'t [NodeId]),
    /// `"a"`: a [`K::String`]; see [`super::plain_text`].
    String(NodeId),
    /// `1`
    Int(i64),
    /// `[T]`
    List(NodeId),
    /// `{ a : T, b ? T, ... }`
    Record {
        /// The fields, in source order.
        fields: Vec<TypeField>,
        /// `...` is present.
        open: bool,
    },
    /// `{ [K] : V }`
    Dictionary(NodeId, NodeId),
    /// `A -> B`
    Function(NodeId, NodeId),
    /// `A | B`
    Union(&'t [NodeId]),
    /// `(T)`
    Paren(NodeId),
}

/// `a : T` or `a ? T`
#[derive(Clone, Copy, Debug)]
pub struct TypeField {
    /// The [`K::TypeField`]; its documentation is [`Tree::doc_comment`].
    pub node: NodeId,
    /// Its name; see [`super::name`].
    pub name: NodeId,
    /// Written with `?`.
    pub optional: bool,
    /// Its type.
    pub ty: NodeId,
}

/// The parts of a type node; [`TypeNode::Missing`] for nodes that are none.
pub fn ty(tree: &Tree, node: NodeId) -> TypeNode<'_> {
    let children = tree.children(node);
    match (tree.kind(node), children) {
        (K::TypeName, _) => TypeNode::Name(tree.text(node), node, &[]),
        (K::TypeApply, &[head, ref args @ ..]) => TypeNode::Name(tree.text(head), head, args),
        (K::TypeString, &[string]) => TypeNode::String(string),
        (K::TypeInt, _) => int(tree, node).map_or(TypeNode::Missing, TypeNode::Int),
        (K::TypeList, &[element]) => TypeNode::List(element),
        (K::TypeRecord, _) => TypeNode::Record {
            fields: children.iter().filter_map(|f| field(tree, *f)).collect(),
            open: children.iter().any(|f| tree.kind(*f) == K::Rest),
        },
        (K::TypeDict, &[key, value]) => TypeNode::Dictionary(key, value),
        (K::TypeFunction, &[from, to]) => TypeNode::Function(from, to),
        (K::TypeUnion, _) => TypeNode::Union(children),
        (K::TypeParen, &[inner]) => TypeNode::Paren(inner),
        _ => TypeNode::Missing,
    }
}

fn field(tree: &Tree, node: NodeId) -> Option<TypeField> {
    let &[path, ty] = tree.children(node) else {
        return None;
    };
    Some(TypeField {
        node,
        name: attr_path(tree, path).first().copied()?,
        optional: tree.own_token(node, K::Question).is_some(),
        ty,
    })
}

/// The value of a [`K::TypeInt`]; `None` on overflow.
pub(crate) fn int(tree: &Tree, node: NodeId) -> Option<i64> {
    let digits = tree.own_token(node, K::Int)?;
    let sign = if tree.own_token(node, K::Minus).is_some() {
        "-"
    } else {
        ""
    };
    format!("{sign}{}", tree.token_text(digits)).parse().ok()
}
