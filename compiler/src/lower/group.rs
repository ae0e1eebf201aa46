//! The bindings of a record or `let`, dotted paths merged: `a.b = 1; a.c = 2;` is one entry `a`.

use super::{Lowering, to_span};
use crate::hir::{Span, TypeDef};
use crate::symbol::Symbol;
use nexus_grammar::{NodeId, SyntaxKind, ast};
use rustc_hash::FxHashMap;

/// What one record or `let` binds.
#[derive(Default)]
pub(super) struct Group {
    pub(super) entries: Vec<Entry>,
    /// Built when searching the entries one by one would take long.
    index: FxHashMap<Symbol, usize>,
    /// Names only known when evaluated: the expression that gives the name, and the value.
    pub(super) dynamic: Vec<(NodeId, Slot)>,
    /// The `e` of each `inherit (e) …;`
    pub(super) sources: Vec<NodeId>,
    /// Where names of entries are written once more: position of the entry, place.
    pub(super) again: Vec<(u32, Span)>,
}

/// A name and what it is bound to.
pub(super) struct Entry {
    pub(super) name: Symbol,
    pub(super) at: Span,
    pub(super) slot: Slot,
}

/// What a name is bound to.
pub(super) enum Slot {
    /// `name : annotation = expr;`
    Value {
        expr: NodeId,
        annotation: Option<NodeId>,
    },
    /// The rest of one or more dotted paths.
    Group(Box<Group>),
    /// `inherit name;`
    Inherit,
    /// `inherit (e) name;`, `e` being the numbered source.
    InheritFrom(usize),
}

/// A part of a dotted path.
enum Part {
    Name(Symbol, Span),
    Dynamic(NodeId),
}

/// Below this many entries a search beats a table.
const SMALL: usize = 8;

impl Group {
    fn find(&self, name: Symbol) -> Option<usize> {
        if self.entries.len() <= SMALL {
            return self.entries.iter().position(|entry| entry.name == name);
        }
        self.index.get(&name).copied()
    }

    fn add(&mut self, name: Symbol, at: Span, slot: Slot) -> usize {
        let position = self.entries.len();
        self.entries.push(Entry { name, at, slot });
        if position == SMALL {
            let names = self.entries.iter().enumerate();
            self.index = names.map(|(i, entry)| (entry.name, i)).collect();
        } else if position > SMALL {
            self.index.insert(name, position);
        }
        position
    }
}

impl Lowering<'_> {
    /// Collects the bindings directly below a node.
    pub(super) fn collect(&mut self, node: NodeId) -> Group {
        let mut group = Group::default();
        self.collect_into(&mut group, node);
        group
    }

    fn collect_into(&mut self, group: &mut Group, node: NodeId) {
        let tree = self.tree;
        let items = tree.children(node);
        group.entries.reserve(items.len());
        for &item in items {
            match tree.kind(item) {
                SyntaxKind::Binding => self.collect_binding(group, item),
                SyntaxKind::InheritBinding => self.collect_inherit(group, item),
                SyntaxKind::TypeDef => self.type_def(item),
                _ => {}
            }
        }
    }

    fn collect_binding(&mut self, group: &mut Group, node: NodeId) {
        let tree = self.tree;
        let (path, annotation, expr) = match *tree.children(node) {
            [path, expr] => (path, None, expr),
            [path, annotation, expr] => (path, Some(annotation), expr),
            _ => return,
        };
        let slot = Slot::Value { expr, annotation };
        if let [name] = tree.children(path) {
            if let Some(part) = self.part(*name) {
                self.insert(group, &[part], slot);
            }
            return;
        }
        let parts: Vec<Part> = tree
            .children(path)
            .iter()
            .filter_map(|name| self.part(*name))
            .collect();
        self.insert(group, &parts, slot);
    }

    fn collect_inherit(&mut self, group: &mut Group, node: NodeId) {
        let tree = self.tree;
        let mut source = None;
        for &child in tree.children(node) {
            if tree.kind(child) == SyntaxKind::InheritFrom {
                if let Some(&expr) = tree.children(child).first() {
                    source = Some(group.sources.len());
                    group.sources.push(expr);
                }
                continue;
            }
            if let Some(Part::Name(name, at)) = self.part(child) {
                let slot = match source {
                    Some(source) => Slot::InheritFrom(source),
                    None => Slot::Inherit,
                };
                self.insert(group, &[Part::Name(name, at)], slot);
            }
        }
    }

    /// A written name; nothing where it is missing.
    fn part(&mut self, node: NodeId) -> Option<Part> {
        let span = to_span(self.tree.span(node));
        match self.tree.kind(node) {
            SyntaxKind::Name => {
                let text = self.tree.text(node);
                (!text.is_empty()).then(|| Part::Name(Symbol::new(text), span))
            }
            SyntaxKind::StringName => match self.plain_string_name(node) {
                Some(name) => Some(Part::Name(name, span)),
                None => self.tree.children(node).first().map(|s| Part::Dynamic(*s)),
            },
            SyntaxKind::DynamicName => {
                let expr = *self.tree.children(node).first()?;
                Some(Part::Dynamic(expr))
            }
            _ => None,
        }
    }

    fn insert(&mut self, group: &mut Group, path: &[Part], slot: Slot) {
        let Some((last, way)) = path.split_last() else {
            return;
        };
        let mut group = group;
        for (i, part) in way.iter().enumerate() {
            match part {
                Part::Name(name, at) => {
                    let position = match group.find(*name) {
                        Some(position) => {
                            group.again.push((position as u32, *at));
                            position
                        }
                        None => group.add(*name, *at, Slot::Group(Box::default())),
                    };
                    let entry = &mut group.entries[position];
                    if !self.open(&mut entry.slot) {
                        let first = entry.at;
                        self.report_duplicate(*name, first, *at);
                        return;
                    }
                    match &mut entry.slot {
                        Slot::Group(inner) => group = &mut **inner,
                        _ => return,
                    }
                }
                Part::Dynamic(name) => {
                    let mut inner = Group::default();
                    self.insert(&mut inner, &path[i + 1..], slot);
                    group.dynamic.push((*name, Slot::Group(Box::new(inner))));
                    return;
                }
            }
        }
        match last {
            Part::Dynamic(name) => group.dynamic.push((*name, slot)),
            Part::Name(name, at) => match group.find(*name) {
                None => {
                    group.add(*name, *at, slot);
                }
                Some(position) => {
                    group.again.push((position as u32, *at));
                    self.merge(&mut group.entries[position], *at, slot);
                }
            },
        }
    }

    /// A second definition of a name: two plain records become one.
    fn merge(&mut self, entry: &mut Entry, at: Span, slot: Slot) {
        if let Slot::Value {
            expr,
            annotation: None,
        } = slot
            && self.is_plain_record(expr)
            && self.open(&mut entry.slot)
            && let Slot::Group(group) = &mut entry.slot
        {
            self.collect_into(group, expr);
            return;
        }
        self.report_duplicate(entry.name, entry.at, at);
    }

    /// Makes a slot a group if it is a plain record.
    fn open(&mut self, slot: &mut Slot) -> bool {
        match slot {
            Slot::Group(_) => true,
            Slot::Value {
                expr,
                annotation: None,
            } if self.is_plain_record(*expr) => {
                let group = self.collect(*expr);
                *slot = Slot::Group(Box::new(group));
                true
            }
            _ => false,
        }
    }

    /// `{ … }` without `rec`.
    fn is_plain_record(&self, node: NodeId) -> bool {
        matches!(
            ast::expr(self.tree, node),
            ast::Expr::Record {
                recursive: false,
                ..
            }
        )
    }

    /// `type Name a b = T;`
    fn type_def(&mut self, node: NodeId) {
        let tree = self.tree;
        let Some((&body, names)) = tree.children(node).split_last() else {
            return;
        };
        let mut names = names
            .iter()
            .filter(|name| !tree.text(**name).is_empty())
            .map(|name| (Symbol::new(tree.text(*name)), to_span(tree.span(*name))));
        let Some((name, at)) = names.next() else {
            return;
        };
        let params = names.map(|(name, _)| name).collect();
        let body = self.ty(body);
        match self.type_names.get(&name) {
            Some(first) => {
                let first = *first;
                self.report_duplicate(name, first, at);
            }
            None => {
                self.type_names.insert(name, at);
                self.map.type_defs.push(at);
                self.module.type_defs.push(TypeDef { name, params, body });
            }
        }
    }
}
