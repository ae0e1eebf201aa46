//! Comments, functions and paths as other languages write them.

use super::brackets::NONE;
use super::driver::{Driver, Repair};
use super::stream::ends_operand;
use crate::error::SyntaxError;
use crate::kind::SyntaxKind as K;
use std::ops::Range;

impl Driver<'_> {
    /// Habits of other languages.
    pub(super) fn foreign(&mut self, at: usize) -> Option<Repair> {
        let span = self.span(at);
        let foreign = |message: &str| SyntaxError::new("NX0021", span.clone(), message);
        match self.items[at].kind {
            K::SlashSlash => {
                self.report(
                    foreign("a comment begins with `#`")
                        .help("`//` joins two records")
                        .fix("Write #", span.clone(), "#"),
                );
                Some(Repair::DropTo(self.line_end(at)))
            }
            K::Slash if self.adjacent(at, at + 1) && !self.before.is_some_and(ends_operand) => {
                let mut next = at + 1;
                while self.adjacent(next - 1, next)
                    && matches!(
                        self.kind(next),
                        Some(K::Ident | K::Slash | K::Dot | K::Int | K::Type)
                    )
                {
                    next += 1;
                }
                self.report(
                    SyntaxError::new(
                        "NX0021",
                        span.start..self.span(next - 1).end,
                        "an absolute path is written as a string",
                    )
                    .help("path literals begin with `./` or `../`; write `\"/etc/hosts\"`")
                    .fix("Put the path in quotes", span.start..span.start, "\"")
                    .fix(
                        "Put the path in quotes",
                        self.place_after(next - 1),
                        "\"",
                    ),
                );
                if self.machine.accepts(&[K::MissingValue]) {
                    self.insert(K::MissingValue);
                }
                Some(Repair::DropTo(next))
            }
            K::Arrow if self.before == Some(K::Ident) && self.machine.accepts(&[K::Colon]) => {
                self.report(
                    foreign("a function is written with `:`, not with `->`")
                        .help("write `x: body`")
                        .fix("Write :", span.clone(), ":"),
                );
                Some(Repair::ReadAs(K::Colon))
            }
            K::Arrow if self.machine.accepts(&[K::OrOr]) => {
                self.report(
                    foreign("there is no operator `->`")
                        .help("for \"a implies b\" write `!a || b`"),
                );
                Some(Repair::ReadAs(K::OrOr))
            }
            K::Equals
                if self.kind(at + 1) == Some(K::Greater)
                    && self.adjacent(at, at + 1)
                    && self.machine.accepts(&[K::Colon]) =>
            {
                let arrow = span.start..self.span(at + 1).end;
                self.report(
                    SyntaxError::new(
                        "NX0021",
                        arrow.clone(),
                        "a function is written with `:`, not with `=>`",
                    )
                    .help("write `x: body`")
                    .fix("Write :", arrow, ":"),
                );
                self.items[at + 1].kind = K::Unknown;
                Some(Repair::ReadAs(K::Colon))
            }
            K::Unknown => Some(Repair::Drop),
            K::Bar if self.machine.accepts(&[K::OrOr]) => {
                self.report(
                    foreign("there is no operator `|` for values")
                        .help("write `||` for \"or\", and `|>` to pass a value on to a function"),
                );
                Some(Repair::ReadAs(K::OrOr))
            }
            _ => None,
        }
    }

    fn place_after(&self, at: usize) -> Range<u32> {
        let end = self.span(at).end;
        end..end
    }

    /// The first item of the next line; the next item when brackets reach over the line's end.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.items[at + 1..].iter();
        let end = at + 1 + rest.take_while(|item| item.column.is_none()).count();
        let line = at + 1..end;
        let inside = |p: u32| p == NONE || line.contains(&(p as usize));
        match line.clone().all(|i| inside(self.partner[i])) {
            true => end,
            false => at + 1,
        }
    }
}
