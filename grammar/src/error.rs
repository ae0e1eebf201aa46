//! What is wrong with a text, in words.

use std::ops::Range;

/// A mistake in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// `NX00xx`, documented in `docs/errors/`.
    pub code: &'static str,
    /// One sentence that stands alone, without a full stop.
    pub message: String,
    /// The place, in bytes. May be empty: something is missing there.
    pub span: Range<u32>,
    /// What to do.
    pub help: Option<String>,
    /// A few words for the marked place.
    pub label: Option<String>,
    /// Other places that matter, with a few words for each.
    pub related: Vec<(Range<u32>, String)>,
    /// An edit that repairs the mistake.
    pub fix: Option<Fix>,
}

/// Edits that repair a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What they do, as a menu entry: `Insert the missing ;`.
    pub title: String,
    /// In source order, without overlaps.
    pub edits: Vec<Edit>,
    /// It can hardly be anything else; others are proposals.
    pub certain: bool,
}

/// The replacement of a stretch of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced, in bytes; empty for an insertion.
    pub span: Range<u32>,
    /// By what.
    pub text: String,
}

impl SyntaxError {
    /// All places that it speaks of.
    pub(crate) fn spans(&self) -> impl Iterator<Item = &Range<u32>> {
        let edits = self.fix.iter().flat_map(|fix| &fix.edits);
        let more = self.related.iter().map(|related| &related.0);
        let more = more.chain(edits.map(|edit| &edit.span));
        std::iter::once(&self.span).chain(more)
    }

    /// Moves all places.
    pub(crate) fn shift(&mut self, by: u32) {
        let edits = self.fix.iter_mut().flat_map(|fix| &mut fix.edits);
        let more = self.related.iter_mut().map(|related| &mut related.0);
        let more = more.chain(edits.map(|edit| &mut edit.span));
        for span in std::iter::once(&mut self.span).chain(more) {
            *span = span.start.wrapping_add(by)..span.end.wrapping_add(by);
        }
    }

    pub(crate) fn new(code: &'static str, span: Range<u32>, message: impl Into<String>) -> Self {
        SyntaxError {
            code,
            message: message.into(),
            span,
            help: None,
            label: None,
            related: Vec::new(),
            fix: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(crate) fn related(mut self, span: Range<u32>, words: impl Into<String>) -> Self {
        self.related.push((span, words.into()));
        self
    }

    pub(crate) fn fix(mut self, title: impl Into<String>, span: Range<u32>, text: &str) -> Self {
        let fix = self.fix.get_or_insert_with(|| Fix {
            title: title.into(),
            edits: Vec::new(),
            certain: true,
        });
        fix.edits.push(Edit {
            span,
            text: text.to_owned(),
        });
        self
    }

    /// A repair that something else may have been meant by.
    pub(crate) fn proposal(
        mut self,
        title: impl Into<String>,
        span: Range<u32>,
        text: &str,
    ) -> Self {
        self = self.fix(title, span, text);
        if let Some(fix) = &mut self.fix {
            fix.certain = false;
        }
        self
    }
}
