//! The rules: what is done about a token that does not fit.

use super::brackets::NONE;
use super::driver::{Driver, Repair};
use super::stream::{ends_operand, head, is_closer, is_operator, starts_operand};
use super::words::thing;
use crate::error::SyntaxError;
use crate::kind::SyntaxKind as K;

impl Driver<'_> {
    /// What to do about an item that does not fit.
    pub(super) fn repair(&mut self, at: usize) -> Repair {
        let kind = self.items[at].kind;
        if let Some(repair) = self.foreign(at) {
            return repair;
        }
        let special = match kind {
            K::Equals => self.equals(at),
            K::EqualsEquals if self.machine.accepts(&[K::Equals]) => {
                let span = self.span(at);
                self.report(
                    SyntaxError::new("NX0011", span.clone(), "a binding is written with one `=`")
                        .help("`==` compares two values")
                        .fix("Write =", span, "="),
                );
                Some(Repair::ReadAs(K::Equals))
            }
            K::Ident
                if self.before.is_some_and(ends_operand) && self.machine.accepts(&[K::Equals]) =>
            {
                self.two_names(at)
            }
            K::Comma => self.comma(at),
            K::Semicolon => self.semicolon(at),
            _ => None,
        };
        if let Some(repair) = special {
            return repair;
        }
        if let Some(kind) = self.completion(at) {
            self.report_missing(kind, at);
            return Repair::Insert(kind);
        }
        if let Some(repair) = self.operator(at) {
            return repair;
        }
        if self.begins_binding() && !is_closer(kind) {
            return self.no_binding(at);
        }
        self.unexpected(at);
        if !self.before.is_some_and(ends_operand) && self.machine.accepts(&[K::MissingValue]) {
            self.insert(K::MissingValue);
        }
        Repair::Drop
    }

    fn unexpected(&mut self, at: usize) {
        if self.is_quiet() {
            return;
        }
        let kind = self.items[at].kind;
        let what = thing(kind, self.text_of(at));
        let span = self.span(at);
        let after_operand = self.before.is_some_and(ends_operand);
        let error = if kind == K::Semicolon && self.machine.accepts_end() {
            SyntaxError::new(
                "NX0001",
                span.clone(),
                "an expression does not end with `;`",
            )
            .help("remove it; only bindings end with `;`")
            .fix("Remove the ;", span, "")
        } else if starts_operand(kind) && after_operand {
            SyntaxError::new(
                "NX0019",
                span,
                format!("{what} cannot follow here without parentheses"),
            )
            .help("put parentheses around what belongs together")
        } else {
            SyntaxError::new("NX0001", span, format!("{what} is not expected here"))
                .help("remove it, or add what should stand before it")
        };
        self.report(error);
    }

    /// `my name = 1;`
    fn two_names(&mut self, at: usize) -> Option<Repair> {
        if self.items[at].column.is_some() || head(&self.items, at).is_none() {
            return None;
        }
        let span = self.span(at);
        self.report(
            SyntaxError::new("NX0001", span, "a name has no blanks in it")
                .label("a second name")
                .help("a field of a field is written with a `.`: `tasks.build = …;`; the words of one name are joined with `_`"),
        );
        Some(Repair::Drop)
    }

    /// An operator without a left operand, or at a place that takes none.
    fn operator(&mut self, at: usize) -> Option<Repair> {
        let kind = self.items[at].kind;
        let text = self.text_of(at);
        let span = self.span(at);
        let in_list = self.innermost() == Some(K::LBracket);
        let after_operand = self.before.is_some_and(ends_operand);
        let parentheses = |message: String, help: &str| {
            SyntaxError::new("NX0019", span.clone(), message).help(help)
        };
        if in_list && after_operand && (is_operator(kind) || matches!(kind, K::Question | K::Colon))
        {
            self.report(match kind {
                K::Colon => parentheses(
                    "a function in a list needs parentheses".to_owned(),
                    "write `[ (x: body) ]`",
                ),
                _ => parentheses(
                    format!("an operation with `{text}` in a list needs parentheses"),
                    "elements are separated by blanks: write `[ (a + b) c ]`",
                ),
            });
            return Some(Repair::Drop);
        }
        if matches!(
            kind,
            K::Less
                | K::LessEquals
                | K::Greater
                | K::GreaterEquals
                | K::EqualsEquals
                | K::NotEquals
        ) && after_operand
            && self.machine.accepts(&[K::AndAnd])
        {
            self.report(parentheses(
                "comparisons cannot be chained".to_owned(),
                "write `a < b && b < c`, or use parentheses",
            ));
            return Some(Repair::ReadAs(K::AndAnd));
        }
        if kind == K::Bang {
            self.report(parentheses(
                "`!` needs parentheses here".to_owned(),
                "`!` binds weaker than arithmetic: write `(!a)`",
            ));
            return Some(Repair::Drop);
        }
        if kind == K::Or && after_operand {
            self.report(parentheses(
                "`or` gives a default only to a selection or a look-up".to_owned(),
                "write `a.b or c`, `(f x).y or c`, or `a || b` for booleans",
            ));
            return Some(Repair::Drop);
        }
        if is_operator(kind) && self.machine.accepts(&[K::MissingValue, kind]) && !after_operand {
            self.report(
                SyntaxError::new(
                    "NX0003",
                    span,
                    format!("a value is missing before `{text}`"),
                )
                .help("write a value on both sides of the operator"),
            );
            return Some(Repair::Insert(K::MissingValue));
        }
        None
    }

    /// Something else where a binding should begin: dropped up to where the next one may.
    fn no_binding(&mut self, at: usize) -> Repair {
        let what = thing(self.items[at].kind, self.text_of(at));
        self.report(
            SyntaxError::new(
                "NX0022",
                self.span(at),
                format!("a binding `name = value;` is expected here, not {what}"),
            )
            .help("files, records and `let` hold bindings; give the value a name"),
        );
        let mut next = at;
        while let Some(kind) = self.kind(next) {
            if next > at {
                let starts = self.items[next].column.is_some() && head(&self.items, next).is_some();
                if starts || is_closer(kind) || kind == K::In {
                    break;
                }
            }
            if kind == K::Semicolon {
                return Repair::DropTo(next + 1);
            }
            let partner = self.partner[next];
            next = match kind {
                K::Let | K::In => next + 1,
                _ if partner != NONE => (partner as usize).max(next) + 1,
                _ => next + 1,
            };
        }
        Repair::DropTo(next)
    }
}
