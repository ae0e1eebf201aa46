//! The types of the project file, read from the embedded `project.nx`.

use super::Ty;
use super::written::Written;
use crate::lower::{Keep, lower};
use crate::stack::on_big_stack;
use crate::symbol::Symbol;
use nexus_grammar::{Entry, NodeId, SyntaxKind, Tree, parse};
use rustc_hash::FxHashMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// The types of the project file, and what is said about them.
#[derive(Debug, Default)]
pub struct Schema {
    types: FxHashMap<Symbol, Ty>,
    docs: FxHashMap<(Symbol, Option<Symbol>), String>,
}

/// The schema; read once.
pub fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| on_big_stack(|| Schema::read(nexus_stdlib::PROJECT)))
}

impl Schema {
    /// A type by name.
    pub fn get(&self, name: Symbol) -> Option<Ty> {
        self.types.get(&name).cloned()
    }

    /// A type that the schema is known to have.
    pub fn named(&self, name: &str) -> Ty {
        self.get(Symbol::new(name)).unwrap_or_else(Ty::any)
    }

    /// The comment above a type, or above one of its fields.
    pub fn doc(&self, ty: Symbol, field: Option<Symbol>) -> Option<&str> {
        self.docs.get(&(ty, field)).map(String::as_str)
    }

    /// The names of its types.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.types.keys().map(|name| name.as_str())
    }

    fn read(text: &str) -> Schema {
        let parse = parse(text, Entry::File);
        let path = Arc::from(Path::new("<project.nx>"));
        let lowered = lower(&parse.tree, &path, |_| false, Keep::Text);
        let mut written = Written::new(&lowered.module, None);
        let mut schema = Schema::default();
        for def in &lowered.module.type_defs {
            if let Some(ty) = written.defined(def.name) {
                schema.types.insert(def.name, ty);
            }
        }
        schema.read_docs(&parse.tree);
        schema
    }

    fn read_docs(&mut self, tree: &Tree) {
        let defs = tree
            .descendants(tree.root())
            .filter(|node| tree.kind(*node) == SyntaxKind::TypeDef);
        for def in defs {
            let Some(name) = tree.children(def).first() else {
                continue;
            };
            let name = Symbol::new(tree.text(*name));
            if let Some(doc) = tree.doc_comment(def) {
                self.docs.insert((name, None), doc);
            }
            let body = tree.children(def).last().copied().unwrap_or(def);
            self.read_field_docs(tree, name, body);
        }
    }

    fn read_field_docs(&mut self, tree: &Tree, name: Symbol, body: NodeId) {
        for &field in tree.children(body) {
            let Some(&path) = tree.children(field).first() else {
                continue;
            };
            if tree.kind(field) == SyntaxKind::TypeField
                && let Some(doc) = tree.doc_comment(field)
            {
                let field = Symbol::new(tree.text(path));
                self.docs.insert((name, Some(field)), doc);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Kind, RecordTy};

    fn record(name: &str) -> RecordTy {
        match schema().named(name).kind() {
            Kind::Record(record) => (**record).clone(),
            _ => panic!("{name} is no record"),
        }
    }

    #[test]
    fn the_schema_has_no_mistakes() {
        let parse = parse(nexus_stdlib::PROJECT, Entry::File);
        assert_eq!(parse.errors, vec![]);
        let lowered = lower(
            &parse.tree,
            &Arc::from(Path::new("/s.nx")),
            |_| false,
            Keep::Text,
        );
        assert_eq!(lowered.diagnostics, vec![]);
        let mut written = Written::new(&lowered.module, None);
        written.all();
        assert_eq!(written.faults, vec![]);
    }

    #[test]
    fn every_field_is_documented() {
        for name in ["Project", "Config", "Task", "Step", "Target"] {
            let record = record(name);
            assert!(schema().doc(Symbol::new(name), None).is_some(), "{name}");
            for field in record.fields.iter() {
                let doc = schema().doc(Symbol::new(name), Some(field.name));
                assert!(doc.is_some(), "{name}.{}", field.name);
            }
        }
    }

    #[test]
    fn types_read_as_written() {
        let run = schema().named("Run");
        assert_eq!(
            format!("{run:?}"),
            "String | Step | Wait | [String | Step | Wait] | (Target -> String | Step | Wait | [String | Step | Wait])"
        );
        let tasks = schema().named("Tasks");
        assert_eq!(format!("{tasks:?}"), "{ [String] : Task | Tasks }");
    }
}
