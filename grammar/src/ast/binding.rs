//! Files, bindings and names.

use super::string::plain_text;
use crate::kind::SyntaxKind as K;
use crate::tree::{NodeId, Tree};

/// The parts of a file.
#[derive(Clone, Copy, Debug)]
pub struct File<'t> {
    /// `{ args, ... }:`, a [`K::Pattern`].
    pub params: Option<NodeId>,
    /// The items of `let … in` before the body.
    pub head: &'t [NodeId],
    /// The items of the body.
    pub items: &'t [NodeId],
}

/// The parts of a [`K::File`].
pub fn file(tree: &Tree, node: NodeId) -> File<'_> {
    let mut parts = File {
        params: None,
        head: &[],
        items: &[],
    };
    for &child in tree.children(node) {
        match tree.kind(child) {
            K::Pattern => parts.params = Some(child),
            K::LetHead => parts.head = tree.children(child),
            K::Body => parts.items = tree.children(child),
            _ => {}
        }
    }
    parts
}

/// What stands between `{` and `}`, or `let` and `in`, or in a file.
#[derive(Clone, Copy, Debug)]
pub enum Item<'t> {
    /// `a.b : T = e;`
    Binding(Binding<'t>),
    /// `inherit (e) a b;`
    Inherit(InheritBinding<'t>),
    /// `type N a = T;`
    TypeDef(TypeDef<'t>),
}

/// Which item a node is; `None` for other nodes.
pub fn item(tree: &Tree, node: NodeId) -> Option<Item<'_>> {
    match tree.kind(node) {
        K::Binding => binding(tree, node).map(Item::Binding),
        K::InheritBinding => Some(Item::Inherit(inherit(tree, node))),
        K::TypeDef => type_def(tree, node).map(Item::TypeDef),
        _ => None,
    }
}

/// `a.b : T = e;`
#[derive(Clone, Copy, Debug)]
pub struct Binding<'t> {
    /// The names, at least one; see [`name`].
    pub path: &'t [NodeId],
    /// The type.
    pub annotation: Option<NodeId>,
    /// The expression.
    pub value: NodeId,
}

/// The parts of a [`K::Binding`].
pub fn binding(tree: &Tree, node: NodeId) -> Option<Binding<'_>> {
    let (&path, rest) = tree.children(node).split_first()?;
    let (&value, rest) = rest.split_last()?;
    Some(Binding {
        path: attr_path(tree, path),
        annotation: rest.first().copied(),
        value,
    })
}

/// `inherit (e) a b;`
#[derive(Clone, Copy, Debug)]
pub struct InheritBinding<'t> {
    /// The expression in parentheses.
    pub from: Option<NodeId>,
    /// The names; see [`name`].
    pub names: &'t [NodeId],
}

/// The parts of a [`K::InheritBinding`].
pub fn inherit(tree: &Tree, node: NodeId) -> InheritBinding<'_> {
    match tree.children(node).split_first() {
        Some((&from, names)) if tree.kind(from) == K::InheritFrom => InheritBinding {
            from: tree.children(from).first().copied(),
            names,
        },
        _ => InheritBinding {
            from: None,
            names: tree.children(node),
        },
    }
}

/// `type N a b = T;`
#[derive(Clone, Copy, Debug)]
pub struct TypeDef<'t> {
    /// Its name, a [`K::Name`].
    pub name: NodeId,
    /// Its parameters, [`K::Name`]s.
    pub params: &'t [NodeId],
    /// The type it stands for.
    pub body: NodeId,
}

/// The parts of a [`K::TypeDef`].
pub fn type_def(tree: &Tree, node: NodeId) -> Option<TypeDef<'_>> {
    let (&name, rest) = tree.children(node).split_first()?;
    let (&body, params) = rest.split_last()?;
    Some(TypeDef { name, params, body })
}

/// The names of a [`K::AttrPath`].
pub fn attr_path(tree: &Tree, node: NodeId) -> &[NodeId] {
    tree.children(node)
}

/// What a name node says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameValue<'t> {
    /// `a`
    Plain(&'t str),
    /// `"a b"`, escapes resolved.
    Quoted(String),
    /// `${e}`, or a string with an interpolation: the expression that gives the name.
    Dynamic(NodeId),
    /// Left out by mistake.
    Missing,
}

/// What a [`K::Name`], [`K::StringName`] or [`K::DynamicName`] says.
pub fn name(tree: &Tree, node: NodeId) -> NameValue<'_> {
    let inner = tree.children(node).first().copied();
    match (tree.kind(node), inner) {
        (K::Name, _) if !tree.token_range(node).is_empty() => NameValue::Plain(tree.text(node)),
        (K::StringName, Some(string)) => match plain_text(tree, string) {
            Some(text) => NameValue::Quoted(text),
            None => NameValue::Dynamic(string),
        },
        (K::DynamicName, Some(expr)) => NameValue::Dynamic(expr),
        _ => NameValue::Missing,
    }
}
