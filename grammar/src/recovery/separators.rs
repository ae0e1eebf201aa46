//! `,` and `;` where the other is meant, or neither.

use super::driver::{Driver, Repair};
use super::stream::ends_operand;
use crate::error::{Edit, SyntaxError};
use crate::kind::SyntaxKind as K;
use std::ops::Range;

impl Driver<'_> {
    /// A `,` where none fits.
    pub(super) fn comma(&mut self, at: usize) -> Option<Repair> {
        let span = self.span(at);
        let after_operand = self.before.is_some_and(ends_operand);
        if after_operand && self.machine.accepts(&[K::Semicolon]) {
            let group = self.bracket().unwrap_or(usize::MAX);
            if !self.merge(group, "NX0012", (span.clone(), ";")) {
                let error = SyntaxError::new(
                    "NX0012",
                    span.clone(),
                    "bindings end with `;`, not with `,`",
                )
                .help("write `{ a = 1; b = 2; }`")
                .fix("Write ;", span, ";");
                if let Some(index) = self.report(error) {
                    self.separators.insert((group, "NX0012"), index);
                }
            }
            return Some(Repair::ReadAs(K::Semicolon));
        }
        if self.innermost() == Some(K::LParen) && after_operand {
            self.report(
                SyntaxError::new("NX0012", span, "arguments are separated by blanks, not by `,`")
                    .help("write `f a b`; an argument that is itself a call takes parentheses: `f (g a) b`"),
            );
            return Some(Repair::Drop);
        }
        if matches!(
            self.before,
            Some(K::Comma | K::LBracket | K::LBrace | K::Semicolon)
        ) {
            self.report(
                SyntaxError::new("NX0012", span.clone(), "this `,` separates nothing")
                    .help("remove it")
                    .fix("Remove the ,", span, ""),
            );
            return Some(Repair::Drop);
        }
        None
    }

    /// A `;` where none fits.
    pub(super) fn semicolon(&mut self, at: usize) -> Option<Repair> {
        let span = self.span(at);
        if self.machine.accepts(&[K::Comma]) {
            let group = self.bracket().unwrap_or(usize::MAX);
            if self.innermost() == Some(K::LBracket) {
                if !self.merge(group, "NX0012", (span.clone(), "")) {
                    let error = SyntaxError::new(
                        "NX0012",
                        span.clone(),
                        "elements of a list are separated by blanks, not by `;`",
                    )
                    .help("write `[ a b c ]`")
                    .fix("Remove the ;", span, "");
                    if let Some(index) = self.report(error) {
                        self.separators.insert((group, "NX0012"), index);
                    }
                }
                return Some(Repair::Drop);
            }
            if !self.merge(group, "NX0012", (span.clone(), ",")) {
                let error = SyntaxError::new(
                    "NX0012",
                    span.clone(),
                    "fields of parameters and of record types are separated by `,`, not by `;`",
                )
                .help("write `{ a, b }: …` and `{ a : Int, b : Int }`")
                .fix("Write ,", span, ",");
                if let Some(index) = self.report(error) {
                    self.separators.insert((group, "NX0012"), index);
                }
            }
            return Some(Repair::ReadAs(K::Comma));
        }
        let between = matches!(
            self.before,
            None | Some(K::Semicolon | K::LBrace | K::Let | K::In)
        );
        if between && self.begins_binding() {
            self.report(
                SyntaxError::new("NX0001", span.clone(), "this `;` ends nothing")
                    .help("remove it")
                    .fix("Remove the ;", span, ""),
            );
            return Some(Repair::Drop);
        }
        None
    }

    /// Adds an edit to the mistake of the same kind in the same brackets, if there is one: wrong
    /// separators throughout are one mistake.
    pub(super) fn merge(
        &mut self,
        group: usize,
        code: &'static str,
        edit: (Range<u32>, &str),
    ) -> bool {
        let Some(error) = self
            .separators
            .get(&(group, code))
            .map(|i| &mut self.errors[*i])
        else {
            return false;
        };

        if let Some(fix) = &mut error.fix {
            fix.edits.push(Edit {
                span: edit.0,
                text: edit.1.to_owned(),
            });
        }
        true
    }

    /// A `;` that is missing at the end of brackets whose bindings are separated wrongly belongs
    /// to that mistake.
    pub(super) fn separator_in_group(&mut self, place: &Range<u32>) -> bool {
        let group = self.bracket().unwrap_or(usize::MAX);
        self.merge(group, "NX0012", (place.clone(), ";"))
            || self.merge(group, "NX0011", (place.clone(), ";"))
    }
}
