//! Marks that mean something elsewhere: separators of the wrong kind, `:` for `=`, comments,
//! functions and paths as other languages write them.

use super::brackets::NONE;
use super::driver::{Driver, Repair};
use super::stream::{ends_operand, head};
use crate::error::{Edit, SyntaxError};
use crate::kind::SyntaxKind as K;
use std::ops::Range;

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
    fn merge(&mut self, group: usize, code: &'static str, edit: (Range<u32>, &str)) -> bool {
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
