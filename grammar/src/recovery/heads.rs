//! Mistakes that show where a binding begins, before the parser stumbles.

use super::brackets::NONE;
use super::driver::{Driver, Repair};
use super::stream::{Head, ends_operand, head, is_closer, starts_operand};
use crate::error::SyntaxError;
use crate::kind::SyntaxKind as K;
use crate::parser::Entry;

impl Driver<'_> {
    /// Mistakes that show before the parser stumbles, where it would already have read the token
    /// as something else.
    pub(super) fn before_item(&mut self, at: usize) -> Option<Repair> {
        let item = self.items[at];
        if self.entry == Entry::Expression
            && at == 0
            && matches!(head(&self.items, 0), Some(Head::Equals | Head::Typed))
        {
            self.report(
                SyntaxError::new(
                    "NX0022",
                    self.span(0),
                    "an expression is expected here, not bindings",
                )
                .help("for a record write `{ a = 1; }`, to use names write `let a = 1; in a`"),
            );
            return Some(Repair::DropTo(self.items.len()));
        }
        if item.kind.is_reserved()
            && let Some(repair) = self.reserved(at)
        {
            return Some(repair);
        }
        match item.kind {
            K::Colon => self.colon_for_equals(at),
            K::Equals => self.equals_for_default(at),
            _ => {
                let head = head(&self.items, at);
                if self.lacks_in(at, head) {
                    self.report_keyword("in", "let");
                    return Some(Repair::Insert(K::In));
                }
                if head.is_some() {
                    self.end_previous(at);
                }
                None
            }
        }
    }

    /// A binding begins here for certain: what is before it is brought to its end.
    fn end_previous(&mut self, at: usize) {
        let item = self.items[at];
        let joined = self.before == Some(K::Dot) && item.column.is_none();
        let probable = item.column.is_some() || self.before.is_some_and(ends_operand);
        let among_bindings = match self.innermost() {
            None => self.entry == Entry::File,
            innermost => matches!(innermost, Some(K::LBrace | K::Let)),
        };
        let let_ends = self.outside_of_let(at);
        if joined || !probable || !among_bindings || (self.begins_binding() && !let_ends) {
            return;
        }
        if item.column.is_none() && !self.machine.accepts(&[K::Semicolon]) {
            return;
        }
        // `a` above `b = 1;`: fine so far, but only because `a b` could go on.
        for _ in 0..64 {
            if self.begins_binding() && !self.outside_of_let(at) {
                return;
            }
            let Some(kind) = self.missing() else { return };
            self.report_missing(kind, at);
            if !self.insert(kind) {
                return;
            }
        }
    }

    /// A line that begins at or left of an unfinished `let` is not in it any more, unless it is
    /// the `let` of the file.
    fn outside_of_let(&self, at: usize) -> bool {
        let Some(&opening) = self.context.last() else {
            return false;
        };
        let of_file = opening == 0 || self.items[opening - 1].kind == K::Colon;
        self.items[opening].kind == K::Let
            && self.partner[opening] == NONE
            && !(of_file && self.context.len() == 1)
            && self.items[at]
                .column
                .is_some_and(|c| c <= self.items[opening].indent)
    }

    /// A binding may begin here.
    pub(super) fn begins_binding(&mut self) -> bool {
        self.machine.accepts(&[K::Inherit])
    }

    /// A `let` without `in`, and something that is no binding.
    fn lacks_in(&mut self, at: usize, head: Option<Head>) -> bool {
        let Some(opening) = self.context.last().copied() else {
            return false;
        };
        if self.items[opening].kind == K::Let && self.partner[opening] == NONE && head.is_some() {
            return self.left_of_let(at, opening);
        }
        self.items[opening].kind == K::Let
            && self.partner[opening] == NONE
            && head.is_none()
            && matches!(self.before, Some(K::Let | K::Semicolon))
            && (starts_operand(self.items[at].kind) || is_closer(self.items[at].kind))
            && self.machine.accepts(&[K::In])
    }

    /// A binding at the very left, when those of the `let` of the file stand further right.
    fn left_of_let(&mut self, at: usize, opening: usize) -> bool {
        let first = self.items.get(opening + 1).and_then(|item| item.column);
        self.entry == Entry::File
            && self.context.len() == 1
            && self.items[opening].column == Some(0)
            && self.items[at].column == Some(0)
            && first != Some(0)
            && self.before == Some(K::Semicolon)
            && self.machine.accepts(&[K::In])
    }

    /// A reserved word where a name is meant.
    fn reserved(&mut self, at: usize) -> Option<Repair> {
        let next = self.kind(at + 1);
        let as_key = matches!(next, Some(K::Equals | K::Dot))
            || (next == Some(K::Colon) && self.items[at].kind != K::Else);
        let selected = self.before == Some(K::Dot) && at > 0 && self.adjacent(at - 1, at);
        let name = match selected {
            true => self.machine.accepts(&[K::Ident]),
            false => as_key && self.begins_binding(),
        };
        if !name {
            return None;
        }
        let (span, word) = (self.span(at), self.text_of(at));
        self.report(
            SyntaxError::new(
                "NX0013",
                span.clone(),
                format!("`{word}` is a word of the language and cannot be a name"),
            )
            .help(format!(
                "choose another name, or write it in quotes: `\"{word}\"`"
            ))
            .fix("Put the name in quotes", span, &format!("\"{word}\"")),
        );
        Some(Repair::ReadAs(K::Ident))
    }
}
