//! `=`, `:`, `?` and `==` where another of them is meant.

use super::brackets::NONE;
use super::driver::{Driver, Repair};
use super::stream::head;
use crate::error::SyntaxError;
use crate::kind::SyntaxKind as K;

/// How far a look ahead goes; what is longer is not taken for what is looked for.
const FAR: usize = 256;

impl Driver<'_> {
    /// `{ … }:`, `{ … }@x:` or `x@{ … }:`
    fn is_pattern(&self, opener: usize) -> bool {
        let close = self.partner[opener];
        self.items[opener].kind == K::LBrace
            && close != NONE
            && (matches!(self.kind(close as usize + 1), Some(K::Colon | K::At))
                || (opener > 0 && self.kind(opener - 1) == Some(K::At)))
    }

    /// `a: 1;` for `a = 1;`
    pub(super) fn colon_for_equals(&mut self, at: usize) -> Option<Repair> {
        if !self.machine.accepts(&[K::Equals]) {
            return None;
        }
        if self.bracket().is_some_and(|opener| self.is_pattern(opener)) {
            return None;
        }
        let span = self.span(at);
        if self.kind(at + 1) == Some(K::Equals) {
            if self.adjacent(at, at + 1) {
                self.report(
                    SyntaxError::new(
                        "NX0011",
                        span.clone(),
                        "a binding is written with `=`, not `:=`",
                    )
                    .help("write `name = value;`")
                    .fix("Remove the :", span, ""),
                );
                return Some(Repair::Drop);
            }
            return None;
        }
        let mut next = at + 1;
        while next < at + FAR {
            match self.kind(next) {
                Some(K::Equals) => return None,
                None | Some(K::Semicolon | K::Comma | K::RBrace | K::In) => break,
                Some(_)
                    if self.items[next].column.is_some() && head(&self.items, next).is_some() =>
                {
                    break;
                }
                Some(
                    K::LBrace
                    | K::LBracket
                    | K::LParen
                    | K::Quote
                    | K::IndentQuote
                    | K::Interpolate,
                ) if self.partner[next] != NONE
                    && !self.items[self.partner[next] as usize].made_up =>
                {
                    next = self.partner[next] as usize + 1;
                }
                Some(_) => next += 1,
            }
        }
        // `a : Int;` is a type without a value.
        if next == at + 2
            && self.kind(at + 1) == Some(K::Ident)
            && self
                .text_of(at + 1)
                .starts_with(|c: char| c.is_ascii_uppercase())
        {
            return None;
        }
        let group = self.bracket().unwrap_or(usize::MAX);
        let edit = (span.clone(), if self.touches_name(at) { " =" } else { "=" });
        if self.merge(group, "NX0011", edit.clone()) {
            return Some(Repair::ReadAs(K::Equals));
        }
        let error = SyntaxError::new("NX0011", span, "a value is given with `=`, not with `:`")
            .help("write `name = value;`; a `:` is followed by a type")
            .fix("Write =", edit.0, edit.1);
        if let Some(index) = self.report(error) {
            self.separators.insert((group, "NX0011"), index);
        }
        Some(Repair::ReadAs(K::Equals))
    }

    fn touches_name(&self, at: usize) -> bool {
        at > 0 && self.adjacent(at - 1, at)
    }

    /// `{ a = 1 }: …` for `{ a ? 1 }: …`
    pub(super) fn equals_for_default(&mut self, at: usize) -> Option<Repair> {
        let opener = self.bracket()?;
        if !self.is_pattern(opener) || !self.machine.accepts(&[K::Question]) {
            return None;
        }
        let span = self.span(at);
        self.report(
            SyntaxError::new(
                "NX0011",
                span.clone(),
                "a parameter's default is given with `?`, not with `=`",
            )
            .help("write `{ name ? value }: …`")
            .fix("Write ?", span, "?"),
        );
        Some(Repair::ReadAs(K::Question))
    }

    /// A `=` where none fits.
    pub(super) fn equals(&mut self, at: usize) -> Option<Repair> {
        let span = self.span(at);
        if self.machine.accepts(&[K::EqualsEquals]) {
            self.report(
                SyntaxError::new(
                    "NX0011",
                    span.clone(),
                    "values are compared with `==`, not with `=`",
                )
                .help("write `a == b`")
                .fix("Write ==", span, "=="),
            );
            return Some(Repair::ReadAs(K::EqualsEquals));
        }
        if self.innermost() == Some(K::LBracket) {
            let error = SyntaxError::new("NX0022", span, "a list holds values, not bindings")
                .help("for names with values write a record: `{ a = 1; }`");
            let index = self.report(error);
            // The `;` that follows belongs to the same mistake.
            if let (Some(index), Some(group)) = (index, self.bracket()) {
                self.separators.insert((group, "NX0012"), index);
            }
            return Some(Repair::Drop);
        }
        None
    }
}
