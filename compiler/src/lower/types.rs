//! Written types.

use super::Lowering;
use crate::diagnostic::registry::syntax;
use crate::hir::{TypeExpr, TypeId};
use crate::symbol::Symbol;
use nexus_grammar::{NodeId, SyntaxKind};

impl Lowering<'_> {
    pub(super) fn ty(&mut self, node: NodeId) -> TypeId {
        let mut node = node;
        while self.tree.kind(node) == SyntaxKind::TypeParen
            && let Some(&inner) = self.tree.children(node).first()
        {
            node = inner;
        }
        let span = self.span(node);
        if !self.enter(node) {
            return self.push_type(TypeExpr::Missing, span);
        }
        let ty = self.type_expr(node);
        self.leave();
        self.push_type(ty, span)
    }

    fn type_expr(&mut self, node: NodeId) -> TypeExpr {
        let tree = self.tree;
        let children = tree.children(node);
        match (tree.kind(node), children) {
            (SyntaxKind::TypeName, _) => TypeExpr::Name(Symbol::new(tree.text(node)), Box::new([])),
            (SyntaxKind::TypeApply, [head, args @ ..]) => {
                let args = args.iter().map(|arg| self.ty(*arg)).collect();
                TypeExpr::Name(Symbol::new(tree.text(*head)), args)
            }
            (SyntaxKind::TypeString, [string]) => match self.plain_string(*string) {
                Some(text) => TypeExpr::String(text.into()),
                None => {
                    let span = self.span(node);
                    self.report(syntax::SYNTAX, span, "a type cannot contain `${…}`");
                    TypeExpr::Missing
                }
            },
            (SyntaxKind::TypeInt, _) => {
                let text: String = tree.text(node).split_whitespace().collect();
                match text.parse() {
                    Ok(number) => TypeExpr::Int(number),
                    Err(_) => {
                        let span = self.span(node);
                        self.report(
                            syntax::LITERAL_RANGE,
                            span,
                            format!("{text} is too large for Int"),
                        );
                        TypeExpr::Missing
                    }
                }
            }
            (SyntaxKind::TypeList, [element]) => TypeExpr::List(self.ty(*element)),
            (SyntaxKind::TypeRecord, _) => self.type_record(children),
            (SyntaxKind::TypeDict, [key, value]) => {
                if tree.text(*key) != "String" {
                    let span = self.span(*key);
                    self.report(
                        syntax::SYNTAX,
                        span,
                        "the keys of a dictionary are strings: write `[String]`",
                    );
                }
                TypeExpr::Dictionary(self.ty(*value))
            }
            (SyntaxKind::TypeFunction, [from, to]) => {
                let from = self.ty(*from);
                TypeExpr::Function(from, self.ty(*to))
            }
            (SyntaxKind::TypeUnion, _) => {
                TypeExpr::Union(children.iter().map(|member| self.ty(*member)).collect())
            }
            _ => TypeExpr::Missing,
        }
    }

    fn type_record(&mut self, children: &[NodeId]) -> TypeExpr {
        let tree = self.tree;
        let mut fields: Vec<(Symbol, bool, TypeId)> = Vec::new();
        let mut places = Vec::new();
        let mut open = false;
        for &child in children {
            if tree.kind(child) == SyntaxKind::Rest {
                open = true;
                continue;
            }
            let [path, ty] = tree.children(child) else {
                continue;
            };
            let Some(&name_node) = tree.children(*path).first() else {
                continue;
            };
            let name = match tree.kind(name_node) {
                SyntaxKind::Name if !tree.text(name_node).is_empty() => {
                    Symbol::new(tree.text(name_node))
                }
                SyntaxKind::StringName => match self.plain_string_name(name_node) {
                    Some(name) => name,
                    None => continue,
                },
                _ => continue,
            };
            let optional = tree.own_token(child, SyntaxKind::Question).is_some();
            let at = self.span(name_node);
            if let Some(first) = fields.iter().position(|field| field.0 == name) {
                self.report_duplicate(name, places[first], at);
                continue;
            }
            let ty = self.ty(*ty);
            fields.push((name, optional, ty));
            places.push(at);
        }
        TypeExpr::Record {
            fields: fields.into(),
            open,
        }
    }
}
