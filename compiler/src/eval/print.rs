//! Values as the language writes them. Lists and records that fit on a line stay on one.

use crate::symbol::Symbol;
use crate::value::{Value, text};
use crate::vm::Vm;
use rustc_hash::FxHashSet;

/// Columns.
const WIDTH: usize = 80;

/// A piece of the output, children before parents.
enum Node {
    Leaf(String),
    Group {
        record: bool,
        children: Vec<(Option<Symbol>, usize)>,
        /// Length on one line.
        flat: usize,
    },
}

struct Open {
    record: bool,
    id: (u32, u32),
    items: std::vec::IntoIter<(Option<Symbol>, Value)>,
    name: Option<Symbol>,
    children: Vec<(Option<Symbol>, usize)>,
}

/// On one line.
pub(crate) fn print_flat(vm: &Vm<'_>, value: Value) -> String {
    print(&nodes(vm, value), usize::MAX)
}

/// On as many lines as it takes.
pub(super) fn print_pretty(vm: &Vm<'_>, value: Value) -> String {
    print(&nodes(vm, value), WIDTH)
}

fn nodes(vm: &Vm<'_>, root: Value) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut stack: Vec<Open> = Vec::new();
    let mut inside: FxHashSet<(u32, u32)> = FxHashSet::default();
    let mut next = (None, root);
    loop {
        let (name, value) = next;
        let element = name.is_none() && !stack.is_empty();
        match open(vm, name, element, vm.heap.resolve(value)) {
            Ok(open) if inside.insert(open.id) => stack.push(open),
            Ok(_) => add(
                &mut nodes,
                &mut stack,
                name,
                Node::Leaf("<repeated>".into()),
            ),
            Err(leaf) => add(&mut nodes, &mut stack, name, Node::Leaf(leaf)),
        }
        loop {
            let Some(open) = stack.last_mut() else {
                return nodes;
            };
            if let Some(item) = open.items.next() {
                next = item;
                break;
            }
            if let Some(done) = stack.pop() {
                inside.remove(&done.id);
                let flat = done
                    .children
                    .iter()
                    .map(|&(name, child)| {
                        let name = name.map_or(0, |n| text::field_name(n.as_str()).len() + 4);
                        1 + name + flat(&nodes[child])
                    })
                    .sum::<usize>();
                let group = Node::Group {
                    record: done.record,
                    children: done.children,
                    flat: flat + 3,
                };
                add(&mut nodes, &mut stack, done.name, group);
            }
        }
    }
}

fn add(nodes: &mut Vec<Node>, stack: &mut [Open], name: Option<Symbol>, node: Node) {
    nodes.push(node);
    if let Some(open) = stack.last_mut() {
        open.children.push((name, nodes.len() - 1));
    }
}

fn flat(node: &Node) -> usize {
    match node {
        Node::Leaf(text) => text.chars().count(),
        Node::Group { flat, .. } => *flat,
    }
}

/// `element`: among the elements of a list, where a sign would be an operator.
fn open(vm: &Vm<'_>, name: Option<Symbol>, element: bool, value: Value) -> Result<Open, String> {
    let number = |text: String, negative: bool| {
        if negative && element {
            format!("({text})")
        } else {
            text
        }
    };
    Err(match value {
        Value::Null => "null".into(),
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => number(i.to_string(), i < 0),
        Value::Float(f) => number(text::float(f), f < 0.0),
        Value::Duration(d) => number(text::duration(d), d < 0),
        Value::Size(s) => number(text::size(s), s < 0),
        Value::Str(s) => text::quoted(vm.heap.str(s)),
        Value::Path(p) => {
            let shown = vm.shown_path(p);
            match shown.starts_with(['/', '.']) {
                true => shown,
                false => format!("./{shown}"),
            }
        }
        Value::List(list) if list.is_empty() => "[ ]".into(),
        Value::List(list) => {
            let items: Vec<_> = vm.heap.items(list).iter().map(|v| (None, *v)).collect();
            return Ok(Open {
                record: false,
                id: (list.start, list.len),
                items: items.into_iter(),
                name,
                children: Vec::new(),
            });
        }
        Value::Function(_) | Value::Partial(_) | Value::Primitive(_) => "<function>".into(),
        Value::Thunk(_) => "<not computed>".into(),
        Value::Record(_) | Value::Dict(_) => {
            if value.record().is_none_or(|r| vm.heap.record_len(r) == 0) {
                return Err("{ }".into());
            }
            let id = match value {
                Value::Record(r) => (r.start, u32::MAX - r.shape),
                Value::Dict(d) => (d.root, u32::MAX),
                _ => (0, 0),
            };
            let fields: Vec<_> = value
                .record()
                .map(|r| vm.heap.entries_by_name(r))
                .unwrap_or_default()
                .into_iter()
                .map(|(name, value)| (Some(name), value))
                .collect();
            return Ok(Open {
                record: true,
                id,
                items: fields.into_iter(),
                name,
                children: Vec::new(),
            });
        }
    })
}

/// What is still to be written.
enum Todo {
    Node(usize),
    Text(&'static str),
    Name(Symbol),
    /// A blank, or a new line.
    Gap,
    /// Back to the layout and indentation of the parent.
    End,
}

fn print(nodes: &[Node], width: usize) -> String {
    let mut out = String::new();
    let mut todo = vec![Todo::Node(nodes.len() - 1)];
    // For each open group: whether it is on several lines.
    let mut broken: Vec<bool> = Vec::new();
    // How many of them are.
    let mut depth: usize = 0;
    let mut column = 0;
    while let Some(next) = todo.pop() {
        let before = out.len();
        match next {
            Todo::Text(text) => out.push_str(text),
            Todo::Name(name) => {
                out.push_str(&text::field_name(name.as_str()));
                out.push_str(" = ");
            }
            Todo::Gap => {
                if broken.last().copied().unwrap_or(false) {
                    out.push('\n');
                    out.extend(std::iter::repeat_n("  ", depth));
                    column = 2 * depth;
                    continue;
                }
                out.push(' ');
            }
            Todo::End => {
                if broken.pop().unwrap_or(false) {
                    depth -= 1;
                    out.push('\n');
                    out.extend(std::iter::repeat_n("  ", depth));
                    column = 2 * depth;
                    continue;
                }
                out.push(' ');
            }
            Todo::Node(id) => match &nodes[id] {
                Node::Leaf(text) => out.push_str(text),
                Node::Group {
                    record,
                    children,
                    flat,
                } => {
                    out.push(if *record { '{' } else { '[' });
                    todo.push(Todo::Text(if *record { "}" } else { "]" }));
                    todo.push(Todo::End);
                    let parent = broken.last().copied().unwrap_or(true);
                    let breaks =
                        parent && !children.is_empty() && column.saturating_add(*flat) > width;
                    broken.push(breaks);
                    depth += usize::from(breaks);
                    for &(name, child) in children.iter().rev() {
                        if name.is_some() {
                            todo.push(Todo::Text(";"));
                        }
                        todo.push(Todo::Node(child));
                        if let Some(name) = name {
                            todo.push(Todo::Name(name));
                        }
                        todo.push(Todo::Gap);
                    }
                }
            },
        }
        column += out[before..].chars().count();
    }
    out
}
