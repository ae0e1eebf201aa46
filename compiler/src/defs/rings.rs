//! Which computed tasks, and fields of tasks, need themselves: `tasks.a.inputs = tasks.b.inputs`
//! and the other way round. Their types are not inferred.

use super::components::components;
use super::tree::resolve;
use super::walk::{Part, parts};
use super::{Definitions, Name, Outer, Root, Unit};
use crate::hir::{Expr, ExprId, Key, LocalId};
use crate::symbol::Symbol;
use rustc_hash::{FxHashMap, FxHashSet};

/// What is computed at a path, or a field of the project file that is not `tasks`.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Node {
    Path(Box<[Symbol]>),
    Field(Symbol),
}

/// The paths of what needs itself. Only what is selected from `tasks` by name counts; other ways
/// to a task are not followed by the checker.
pub fn rings(definitions: &Definitions) -> FxHashSet<Box<[Symbol]>> {
    let mut graph = Graph {
        definitions,
        numbers: FxHashMap::default(),
        nodes: Vec::new(),
    };
    for unit in &definitions.units {
        let counts = |outer: &Outer| match outer {
            Outer::Tasks => true,
            Outer::Member { unit, .. } => matches!(unit, Name::Field(_)),
        };
        if !unit.body.outers.iter().any(counts) {
            continue;
        }
        let module = &unit.body.module;
        let all = (0..module.exprs.len() as u32).map(ExprId);
        graph.targets(unit, all);
    }
    let mut edges = Vec::new();
    while edges.len() < graph.nodes.len() {
        let (_, unit, value) = graph.nodes[edges.len()];
        edges.push(graph.targets(unit, inside(unit, value)));
    }
    let mut found = FxHashSet::default();
    for component in components(&edges) {
        let first = component[0];
        if component.len() == 1 && !edges[first as usize].contains(&first) {
            continue;
        }
        for node in component {
            if let (Node::Path(path), ..) = &graph.nodes[node as usize] {
                found.insert(path.clone());
            }
        }
    }
    found
}

struct Graph<'a> {
    definitions: &'a Definitions,
    numbers: FxHashMap<Node, u32>,
    nodes: Vec<(Node, &'a Unit, ExprId)>,
}

impl<'a> Graph<'a> {
    /// What is computed elsewhere and selected in some expressions of a unit.
    fn targets(&mut self, unit: &Unit, exprs: impl IntoIterator<Item = ExprId>) -> Vec<u32> {
        let module = &unit.body.module;
        let mut found = Vec::new();
        for id in exprs {
            let (base, path) = match &module.exprs[id.index()] {
                Expr::Select { base, path, .. } => (&module.exprs[base.index()], &path[..]),
                other => (other, &[][..]),
            };
            let Expr::Local(local) = base else { continue };
            match unit.body.outer(*local) {
                Some(Outer::Tasks) => {
                    let names = path.iter().map_while(|key| match key {
                        Key::Name(name) => Some(*name),
                        Key::Dynamic(_) => None,
                    });
                    let names: Vec<Symbol> = names.collect();
                    if let Some((unit, value, length)) = resolve(self.definitions, &names) {
                        found.push(self.number(Node::Path(names[..length].into()), unit, value));
                    }
                }
                Some(Outer::Member {
                    unit: Name::Field(name),
                    ..
                }) => {
                    let name = *name;
                    if let Some(unit) = self.definitions.unit(&Name::Field(name))
                        && let Root::Project(record) = unit.body.root
                    {
                        found.push(self.number(Node::Field(name), unit, record));
                    }
                }
                _ => {}
            }
        }
        found
    }

    fn number(&mut self, node: Node, unit: &'a Unit, value: ExprId) -> u32 {
        let next = self.nodes.len() as u32;
        *self.numbers.entry(node.clone()).or_insert_with(|| {
            self.nodes.push((node, unit, value));
            next
        })
    }
}

/// An expression with all that is in it, and the values of names bound in its unit that it uses.
fn inside(unit: &Unit, value: ExprId) -> Vec<ExprId> {
    let module = &unit.body.module;
    let mut seen: FxHashSet<ExprId> = FxHashSet::default();
    let mut found = vec![value];
    let mut next = 0;
    seen.insert(value);
    while next < found.len() {
        let id = found[next];
        next += 1;
        let mut add = |id: ExprId| {
            if seen.insert(id) {
                found.push(id);
            }
        };
        let bound = |local: LocalId| module.locals.get(local.index())?.value;
        parts(&module.exprs[id.index()], &mut |part| match part {
            Part::Expr(id) => add(id),
            Part::Binds(local) | Part::Mentions(local) => {
                bound(local).into_iter().for_each(&mut add)
            }
            Part::Type(_) => {}
        });
    }
    found
}
