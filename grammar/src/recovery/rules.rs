//! The rules: what is done about a token that does not fit.

use super::brackets::NONE;
use super::driver::{Driver, Repair};
use super::stream::{Head, ends_operand, head, is_closer, is_operator, starts_operand};
use super::words::{missing_value, thing};
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
        self.items[opening].kind == K::Let
            && self.partner[opening] == NONE
            && head.is_none()
            && matches!(self.before, Some(K::Let | K::Semicolon))
            && (starts_operand(self.items[at].kind) || is_closer(self.items[at].kind))
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
                .help("join the words with `_`, or put the name in quotes: `\"my name\" = 1;`"),
        );
        Some(Repair::Drop)
    }

    /// What has to come before an item that ends something.
    fn completion(&mut self, at: usize) -> Option<K> {
        let item = self.items[at];
        let ends = matches!(
            item.kind,
            K::Semicolon | K::Comma | K::Then | K::Else | K::In
        );
        if starts_operand(item.kind) && self.machine.accepts(&[K::Equals]) {
            // `a 1;`, but in `a` above `b = 1;` the value is what is missing.
            return Some(K::Equals);
        }
        if matches!(self.before, Some(K::Rec | K::At)) && self.machine.accepts(&[K::LBrace]) {
            return Some(K::LBrace);
        }
        if starts_operand(item.kind) && self.lacks_colon() {
            return Some(K::Colon);
        }
        if !self.before.is_some_and(ends_operand) && !is_operator(item.kind) {
            // `a : = 1;`
            let holes = [K::MissingValue, K::MissingName].into_iter();
            let mut fitting = holes.filter(|hole| self.machine.accepts(&[*hole, item.kind]));
            if let Some(hole) = fitting.next() {
                return Some(hole);
            }
        }
        if ends || is_closer(item.kind) || item.column.is_some() {
            // A `then` or `else` too many does not end the binding.
            let branch = matches!(item.kind, K::Then | K::Else);
            return self
                .missing()
                .filter(|kind| !branch || *kind != K::Semicolon);
        }
        None
    }

    /// After a pattern, or in a record type; a mere name would take a `:`, too, but does not
    /// lack it.
    fn lacks_colon(&mut self) -> bool {
        let after_pattern = self.before == Some(K::RBrace) || self.before_that == Some(K::At);
        if after_pattern && self.before != Some(K::At) {
            return self.machine.accepts(&[K::Colon]);
        }
        self.innermost() == Some(K::LBrace)
            && self
                .machine
                .accepts(&[K::Colon, K::MissingValue, K::RBrace])
            && !self.machine.accepts(&[K::RBrace])
    }

    /// What is missing at the end of the text.
    pub(super) fn missing_at_end(&mut self) -> Option<K> {
        let kind = self.missing()?;
        self.report_missing(kind, self.items.len());
        Some(kind)
    }

    /// The next token that brings what was begun nearer to its end.
    fn missing(&mut self) -> Option<K> {
        let before = self.before;
        if matches!(before, Some(K::Rec | K::At)) && self.machine.accepts(&[K::LBrace]) {
            return Some(K::LBrace);
        }
        if before == Some(K::Dot) && self.machine.accepts(&[K::MissingName]) {
            return Some(K::MissingName);
        }
        let in_let = self.innermost() == Some(K::Let);
        let order: &[K] = if before.is_some_and(ends_operand) {
            match self.lacks_colon() {
                true => &[K::Then, K::Else, K::Semicolon, K::Equals, K::Colon],
                false => &[K::Then, K::Else, K::Semicolon, K::Equals],
            }
        } else if in_let && matches!(before, Some(K::Semicolon | K::Let)) {
            &[K::In, K::MissingValue]
        } else {
            &[
                K::MissingValue,
                K::MissingName,
                K::Then,
                K::Else,
                K::Equals,
                K::Semicolon,
            ]
        };
        let binding_follows = !before.is_some_and(ends_operand) && self.begins_binding();
        let mut order = order.iter().copied();
        order.find(|kind| {
            // Nothing is missing between two bindings.
            !(binding_follows && *kind == K::MissingName) && self.machine.accepts(&[*kind])
        })
    }

    /// Says that a token is missing.
    fn report_missing(&mut self, kind: K, at: usize) {
        if self.is_quiet() {
            return;
        }
        let place = self.place();
        let before_text = self.last.map_or("", |t| {
            let span = self.tokens[t].span();
            &self.text[span.start as usize..span.end as usize]
        });
        let error = match kind {
            K::Semicolon => {
                if self.separator_in_group(&place) {
                    return;
                }
                SyntaxError::new(
                    "NX0002",
                    place.clone(),
                    "a `;` is missing after this binding",
                )
                .label("`;` missing")
                .help("every binding ends with `;`")
                .fix("Insert the missing ;", place, ";")
            }
            K::Then => return self.report_keyword("then", "if"),
            K::Else => return self.report_keyword("else", "if"),
            K::In => return self.report_keyword("in", "let"),
            K::Equals => self.missing_equals(at),
            K::Colon if !self.machine.accepts(&[K::Colon, K::If]) => {
                SyntaxError::new("NX0003", place, "this field is given no type")
                    .label("`: Type` missing")
                    .help("a field of a record type is written `name : Type`, or `name ? Type` when it may be absent")
            }
            K::Colon => SyntaxError::new(
                "NX0003",
                place,
                "parameters are not followed by a function body",
            )
            .label("`: body` missing")
            .help("`{ a }` alone is a parameter; a record's fields are written `{ a = 1; }`"),
            K::LBrace => SyntaxError::new(
                "NX0003",
                place,
                format!("`{{ … }}` is missing after `{before_text}`"),
            )
            .label("missing")
            .help("`rec` is followed by a record, `name@` by parameters in braces"),
            K::MissingName => {
                let message = match before_text {
                    "" => "a name is missing here".to_owned(),
                    text => format!("a name is missing after `{text}`"),
                };
                SyntaxError::new("NX0014", place, message)
                    .label("name missing")
                    .help("write the name of a field, or remove the `.`")
            }
            _ => {
                let in_type = !self.machine.accepts(&[K::LParen, K::If]);
                let (message, help) = missing_value(self.before, before_text, in_type);
                let label = if in_type {
                    "type missing"
                } else {
                    "value missing"
                };
                SyntaxError::new("NX0003", place, message)
                    .label(label)
                    .help(help)
            }
        };
        self.report(error);
    }

    fn missing_equals(&mut self, at: usize) -> SyntaxError {
        let place = self.place();
        let follows = self.kind(at).is_some_and(starts_operand)
            && self.items.get(at).is_some_and(|item| item.column.is_none());
        if follows {
            return SyntaxError::new("NX0007", place.clone(), "a `=` is missing after this name")
                .label("`=` missing")
                .help("a binding is written `name = value;`")
                .fix("Insert the missing =", place, " =");
        }
        SyntaxError::new("NX0003", place, "this name is given no value")
            .label("`= value` missing")
            .help("a binding is written `name = value;`")
    }

    pub(super) fn report_keyword(&mut self, word: &str, opener: &str) {
        if self.is_quiet() {
            return;
        }
        let place = self.place();
        let help = match opener {
            "if" => "an `if` always has both branches: `if condition then a else b`",
            _ => "bindings and the expression that uses them: `let a = 1; in a + 1`",
        };
        let article = if opener == "if" { "an" } else { "a" };
        let mut error = SyntaxError::new(
            "NX0008",
            place,
            format!("{article} `{opener}` lacks its `{word}`"),
        )
        .label(format!("`{word}` missing"))
        .help(help);
        if let Some(opening) = self.context.last().copied()
            && opener == "let"
            && self.items[opening].kind == K::Let
        {
            error = error.related(self.span(opening), "this `let`");
        }
        self.report(error);
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
