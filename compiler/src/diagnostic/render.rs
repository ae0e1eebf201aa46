//! Diagnostics for people, in a terminal.

use super::{Diagnostic, Label, Severity};
use crate::hir::Span;
use ariadne::{CharSet, Color, Config, IndexType, Report, ReportKind, Source};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Lines longer than this are not shown.
const LONGEST_LINE: usize = 1000;

/// How to render.
#[derive(Clone, Debug, Default)]
pub struct RenderOptions {
    /// Emit ANSI colours.
    pub color: bool,
    /// Draw with ASCII characters only.
    pub ascii: bool,
    /// Paths under this folder are shown relative to it.
    pub base: Option<PathBuf>,
}

/// Renders diagnostics in order of file and position. `source` gives the text of a file; a
/// diagnostic whose text is not to be had is shown without an excerpt.
pub fn render(
    diagnostics: &[Diagnostic],
    source: &dyn Fn(&Path) -> Option<Arc<str>>,
    options: &RenderOptions,
) -> String {
    let mut sorted: Vec<_> = diagnostics.to_vec();
    super::sort(&mut sorted);
    let mut sources = Sources::new(source, options);
    let mut out = Vec::new();
    for diagnostic in &sorted {
        if !out.is_empty() {
            out.push(b'\n');
        }
        if !with_excerpt(diagnostic, &mut sources, options, &mut out) {
            header(diagnostic, options.color, &mut out);
            plain(diagnostic, &mut sources, &mut out);
        }
    }
    let text = String::from_utf8_lossy(&out);
    // The drawing pads some lines to a common width.
    let mut trimmed = String::with_capacity(text.len());
    for line in text.lines() {
        trimmed += line.trim_end();
        trimmed.push('\n');
    }
    trimmed
}

/// 1-based line and column (in characters) of a byte.
pub fn position(text: &str, byte: u32) -> (usize, usize) {
    let before = &text[..floor_boundary(text, byte as usize)];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    (
        before.bytes().filter(|b| *b == b'\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

fn with_excerpt(
    diagnostic: &Diagnostic,
    sources: &mut Sources<'_>,
    options: &RenderOptions,
    out: &mut Vec<u8>,
) -> bool {
    let Some(primary) = sources.locate(&diagnostic.primary) else {
        return false;
    };
    let color = match diagnostic.severity {
        Severity::Error => Color::Red,
        Severity::Warning => Color::Yellow,
    };
    let config = Config::new()
        .with_color(options.color)
        .with_index_type(IndexType::Byte)
        .with_char_set(if options.ascii {
            CharSet::Ascii
        } else {
            CharSet::Unicode
        });
    let mut labels = vec![(primary.clone(), diagnostic.primary.text.as_str(), color)];
    for secondary in &diagnostic.secondary {
        if let Some(at) = sources.locate(secondary) {
            labels.push((at, secondary.text.as_str(), Color::Cyan));
        }
    }
    // In order of lines, labels of one file share one excerpt.
    labels.sort_by_key(|((file, span), ..)| (*file != primary.0, *file, span.end, span.start));
    let mut report = Report::build(ReportKind::Error, primary).with_config(config);
    for (order, (at, text, color)) in labels.into_iter().enumerate() {
        let mut label = ariadne::Label::new(at)
            .with_color(color)
            .with_order(order as i32);
        // Only what has a label is underlined.
        label = label.with_message(if text.is_empty() { "here" } else { text });
        report = report.with_label(label);
    }
    report.with_helps(&diagnostic.helps);
    report.with_notes(&diagnostic.notes);
    let mut drawn = Vec::new();
    if report.finish().write(&mut *sources, &mut drawn).is_err() {
        return false;
    }
    header(diagnostic, options.color, out);
    // Its first line is a header of another shape.
    let body = drawn.iter().position(|b| *b == b'\n').map_or(0, |i| i + 1);
    out.extend_from_slice(&drawn[body..]);
    true
}

fn header(diagnostic: &Diagnostic, color: bool, out: &mut Vec<u8>) {
    let kind = format!("{}[{}]", diagnostic.severity.as_str(), diagnostic.code);
    let message = &diagnostic.message;
    let line = match (color, diagnostic.severity) {
        (false, _) => format!("{kind}: {message}\n"),
        (true, Severity::Error) => format!("\x1b[1;31m{kind}\x1b[0;1m: {message}\x1b[0m\n"),
        (true, Severity::Warning) => format!("\x1b[1;33m{kind}\x1b[0;1m: {message}\x1b[0m\n"),
    };
    out.extend_from_slice(line.as_bytes());
}

fn plain(diagnostic: &Diagnostic, sources: &mut Sources<'_>, out: &mut Vec<u8>) {
    let mut text = String::new();
    let all = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    for label in all {
        text += &format!("  at {}", sources.place(label));
        if !label.text.is_empty() {
            text += &format!(": {}", label.text);
        }
        text.push('\n');
    }
    for help in &diagnostic.helps {
        text += &format!("  help: {help}\n");
    }
    for note in &diagnostic.notes {
        text += &format!("  note: {note}\n");
    }
    out.extend_from_slice(text.as_bytes());
}

/// A file as named, as shown, and its text.
type File = (Arc<Path>, String, Option<Source<Arc<str>>>);

type Located = (usize, Range<usize>);

/// The texts met so far, each split into lines once.
struct Sources<'a> {
    read: &'a dyn Fn(&Path) -> Option<Arc<str>>,
    base: Option<&'a Path>,
    files: Vec<File>,
}

impl<'a> Sources<'a> {
    fn new(read: &'a dyn Fn(&Path) -> Option<Arc<str>>, options: &'a RenderOptions) -> Self {
        Sources {
            read,
            base: options.base.as_deref(),
            files: Vec::new(),
        }
    }

    fn file(&mut self, path: &Arc<Path>) -> usize {
        if let Some(index) = self.files.iter().position(|file| file.0 == *path) {
            return index;
        }
        let shown = match self.base {
            Some(base) => path.strip_prefix(base).unwrap_or(path),
            None => path,
        };
        let text = (self.read)(path);
        self.files.push((
            path.clone(),
            shown.display().to_string(),
            text.map(Source::from),
        ));
        self.files.len() - 1
    }

    fn locate(&mut self, label: &Label) -> Option<Located> {
        let file = self.file(&label.file);
        let text = self.files[file].2.as_ref()?.text();
        let span = tidy(text, label.span);
        let first = text[..span.start].rfind('\n').map_or(0, |i| i + 1);
        let last = text[span.end..]
            .find('\n')
            .map_or(text.len(), |i| span.end + i);
        let long = text[first..last]
            .split('\n')
            .any(|line| line.len() > LONGEST_LINE);
        (!long).then_some((file, span))
    }

    fn place(&mut self, label: &Label) -> String {
        let file = self.file(&label.file);
        let (_, shown, source) = &self.files[file];
        match source {
            Some(source) => {
                let (line, column) = position(source.text(), label.span.start);
                format!("{shown}:{line}:{column}")
            }
            None => shown.clone(),
        }
    }
}

impl ariadne::Cache<usize> for &mut Sources<'_> {
    type Storage = Arc<str>;

    fn fetch(&mut self, id: &usize) -> Result<&Source<Arc<str>>, impl std::fmt::Debug> {
        self.files
            .get(*id)
            .and_then(|file| file.2.as_ref())
            .ok_or("no text")
    }

    fn display<'b>(&self, id: &'b usize) -> Option<impl std::fmt::Display + 'b> {
        self.files.get(*id).map(|file| file.1.clone())
    }
}

/// A range that drawing can handle: inside the text, on character boundaries, not ending in
/// white space, not empty where there is something to show.
fn tidy(text: &str, span: Span) -> Range<usize> {
    let start = floor_boundary(text, span.start as usize);
    let end = floor_boundary(text, span.end as usize).max(start);
    let end = start + text[start..end].trim_end().len();
    if end > start {
        return start..end;
    }
    match text[start..].chars().next() {
        Some(c) if !c.is_whitespace() => start..start + c.len_utf8(),
        // At the end of a line: the last thing that was written.
        _ => {
            let written = text[..start].trim_end();
            match written.chars().next_back() {
                Some(c) => written.len() - c.len_utf8()..written.len(),
                None => start..start,
            }
        }
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::registry::types::{TYPE_MISMATCH, UNKNOWN_FIELD};
    use expect_test::expect;
    use proptest::prelude::*;

    fn path() -> Arc<Path> {
        Arc::from(Path::new("/p/nexus.nx"))
    }

    fn options() -> RenderOptions {
        RenderOptions {
            ascii: true,
            base: Some("/p".into()),
            ..RenderOptions::default()
        }
    }

    #[test]
    fn header_place_labels_and_advice() {
        let text: Arc<str> = "tasks.a = {\n  timout = 30s;\n};\n".into();
        let diagnostic = Diagnostic::error(
            UNKNOWN_FIELD,
            path(),
            Span { start: 14, end: 20 },
            "a task has no field `timout`",
        )
        .label("unknown field")
        .secondary(path(), Span { start: 0, end: 7 }, "in this task")
        .help("did you mean `timeout`?")
        .note("a task has `deps` and `run`");
        let out = render(&[diagnostic], &|_| Some(text.clone()), &options());
        expect![[r#"
            error[NX0202]: a task has no field `timout`
               ,-[ nexus.nx:2:3 ]
               |
             1 | tasks.a = {
               | ^^^|^^^
               |    `----- in this task
             2 |   timout = 30s;
               |   ^^^|^^
               |      `---- unknown field
               |
               | Help: did you mean `timeout`?
               |
               | Note: a task has `deps` and `run`
            ---'
        "#]]
        .assert_eq(&out);
    }

    #[test]
    fn no_text_no_excerpt() {
        let diagnostic = Diagnostic::warning(TYPE_MISMATCH, path(), Span::default(), "odd");
        let out = render(&[diagnostic], &|_| None, &options());
        assert_eq!(out, "warning[NX0201]: odd\n  at nexus.nx\n");
    }

    proptest! {
        #[test]
        fn any_span_of_any_text_renders(text in "(\\PC|[\\n\\r\\t\u{2028}\u{c}]){0,40}", a in 0u32..120, b in 0u32..120) {
            let text: Arc<str> = text.into();
            let span = Span { start: a, end: b };
            let diagnostic = Diagnostic::error(TYPE_MISMATCH, path(), span, "m")
                .label("l")
                .secondary(path(), Span { start: b, end: a }, "s");
            let out = render(&[diagnostic], &|_| Some(text.clone()), &options());
            prop_assert!(out.starts_with("error[NX0201]: m\n"));
        }
    }
}
