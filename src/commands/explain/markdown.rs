//! Markdown as our error pages use it, for a terminal: headings, paragraphs, lists, code blocks,
//! `code` and **bold**. Anything else is printed as it is written.

use crate::render::look::{Look, Role};
use crate::render::text::columns;

/// Lines are not longer than this, however wide the terminal is.
const MEASURE: usize = 88;

/// The text with its marks turned into what the terminal can show.
pub fn render(markdown: &str, look: &Look) -> String {
    let measure = look.width.unwrap_or(MEASURE).clamp(20, MEASURE);
    let mut out = String::new();
    let mut paragraph = Paragraph::default();
    let mut in_code = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            paragraph.flush(measure, look, &mut out);
            in_code = !in_code;
        } else if in_code {
            let text = format!("    {line}");
            out += text.trim_end();
            out.push('\n');
        } else if let Some(title) = heading(line) {
            paragraph.flush(measure, look, &mut out);
            out += &format!("{}\n", look.paint(Role::Strong, title));
        } else if line.trim().is_empty() {
            paragraph.flush(measure, look, &mut out);
            out.push('\n');
        } else if let Some(item) = line.trim_start().strip_prefix("- ") {
            paragraph.flush(measure, look, &mut out);
            paragraph.first = "  - ";
            paragraph.rest = "    ";
            paragraph.words.extend(words(item));
        } else {
            paragraph.words.extend(words(line));
        }
    }
    paragraph.flush(measure, look, &mut out);
    out
}

fn heading(line: &str) -> Option<&str> {
    let title = line.trim_start_matches('#');
    (title.len() < line.len()).then(|| title.strip_prefix(' '))?
}

#[derive(Default)]
struct Paragraph {
    words: Vec<String>,
    first: &'static str,
    rest: &'static str,
}

impl Paragraph {
    fn flush(&mut self, measure: usize, look: &Look, out: &mut String) {
        let mut line = self.first.to_string();
        let mut used = self.first.len();
        let mut empty = true;
        for word in self.words.drain(..) {
            let width = columns(&plain(&word));
            if !empty && used + 1 + width > measure {
                *out += &format!("{line}\n");
                line = self.rest.to_string();
                used = self.rest.len();
            } else if !empty {
                line.push(' ');
                used += 1;
            }
            line += &paint(&word, look);
            used += width;
            empty = false;
        }
        if !empty {
            *out += &format!("{line}\n");
        }
        (self.first, self.rest) = ("", "");
    }
}

/// Words of a line; `code` and **bold** are not broken.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut code = false;
    let mut bold = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '`' => code = !code,
            '*' if !code && chars.peek() == Some(&'*') => {
                bold = !bold;
                chars.next();
                if let Some(word) = words.last_mut() {
                    word.push_str("**");
                }
                continue;
            }
            ' ' if !code && !bold => {
                words.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A word without marks. Back-quotes stay where there are no colours to replace them.
fn plain(word: &str) -> String {
    word.replace("**", "")
}

fn paint(word: &str, look: &Look) -> String {
    if !look.color {
        return plain(word);
    }
    let mut out = String::new();
    for (i, part) in word.split("**").enumerate() {
        for (j, piece) in part.split('`').enumerate() {
            out += &match (i % 2, j % 2) {
                (_, 1) => look.paint(Role::Literal, piece),
                (1, _) => look.paint(Role::Strong, piece),
                _ => piece.to_string(),
            };
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::look::Glyphs;
    use expect_test::expect;

    const PAGE: &str = "# NX0001: name\n\nSome text with `a code span` and **two words** that goes on\nover two lines.\n\n```nx\na = 1;\n\n  b = 2;\n```\n\n- one item that is long enough to be broken\n- two\n";

    #[test]
    fn a_page_in_a_narrow_terminal() {
        let look = Look::test(Glyphs::Unicode, Some(32));
        expect![[r#"
            NX0001: name

            Some text with `a code span` and
            two words that goes on over two
            lines.

                a = 1;

                  b = 2;

              - one item that is long enough
                to be broken
              - two
        "#]]
        .assert_eq(&render(PAGE, &look));
    }

    #[test]
    fn colours_replace_the_marks() {
        let mut look = Look::test(Glyphs::Unicode, None);
        look.color = true;
        let text = render("see `x` and **y**", &look);
        assert!(!text.contains('`') && !text.contains('*'), "{text}");
        assert!(text.contains("\u{1b}["), "{text}");
    }
}
