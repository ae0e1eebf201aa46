//! Strings and names in quotes.

use super::Lowering;
use crate::hir::{Expr, StrPart};
use crate::symbol::Symbol;
use nexus_grammar::{NodeId, ast};

impl Lowering<'_> {
    /// A string.
    pub(super) fn string(&mut self, node: NodeId) -> Expr {
        if let Some(text) = ast::verbatim_text(self.tree, node) {
            return Expr::Text(text.into());
        }
        let mut parts = ast::string_value(self.tree, node);
        match &mut parts[..] {
            [] => return Expr::Text(Box::default()),
            [ast::Part::Text(text)] => return Expr::Text(std::mem::take(text).into()),
            _ => {}
        }
        let parts = parts.into_iter().map(|part| match part {
            ast::Part::Text(text) => StrPart::Text(text.into()),
            ast::Part::Expr(node) => StrPart::Expr(self.expr(node)),
        });
        Expr::String(parts.collect())
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
