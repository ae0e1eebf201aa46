//! Strings and names in quotes.

use super::Lowering;
use crate::hir::StrPart;
use crate::symbol::Symbol;
use nexus_grammar::{NodeId, ast};

impl Lowering<'_> {
    /// The parts of a string.
    pub(super) fn string(&mut self, node: NodeId) -> Box<[StrPart]> {
        match ast::verbatim_text(self.tree, node) {
            Some("") => return Box::default(),
            Some(text) => return Box::new([StrPart::Text(text.into())]),
            None => {}
        }
        ast::string_value(self.tree, node)
            .into_iter()
            .map(|part| match part {
                ast::Part::Text(text) => StrPart::Text(text.into()),
                ast::Part::Expr(node) => StrPart::Expr(self.expr(node)),
            })
            .collect()
    }

    /// The text of a string without interpolations.
    pub(super) fn plain_string(&self, node: NodeId) -> Option<String> {
        let mut parts = ast::string_value(self.tree, node);
        match parts.pop() {
            None => Some(String::new()),
            Some(ast::Part::Text(text)) if parts.is_empty() => Some(text),
            Some(_) => None,
        }
    }

    /// A name in quotes, when it has no interpolations.
    pub(super) fn plain_string_name(&self, node: NodeId) -> Option<Symbol> {
        let string = *self.tree.children(node).first()?;
        self.plain_string(string).map(|text| Symbol::new(&text))
    }
}
