//! Make-style dependency files, as compilers write them with `-MD -MF file`.

/// The prerequisites a dependency file lists, once each, in order.
///
/// Understood is what compilers write: rules `targets: prerequisites`, continued lines, `\ `
/// for a blank, `\#`, `$$`. Rules without prerequisites (`-MP`) add nothing.
pub fn prerequisites(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for rule in logical_lines(text) {
        let mut after_colon = false;
        for word in words(&rule) {
            if after_colon {
                if seen.insert(word.clone()) {
                    found.push(word);
                }
            } else if word.ends_with(':') {
                after_colon = true;
            }
        }
    }
    found
}

/// Lines with continuations joined.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    for line in text.lines() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match line.strip_suffix('\\') {
            Some(begun) => {
                current.push_str(begun);
                current.push(' ');
            }
            None => {
                current.push_str(line);
                lines.push(std::mem::take(&mut current));
            }
        }
    }
    lines.push(current);
    lines
}

/// Words of a rule with escapes undone. The colon that ends the targets stays at the end of its
/// word or is a word of its own; a colon inside a word is part of a name.
fn words(rule: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut chars = rule.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(' ' | '#' | ':')) => word.extend(chars.next()),
            ('$', Some('$')) => word.extend(chars.next()),
            (' ' | '\t', _) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (c, _) => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_compilers_write() {
        let table: &[(&str, &[&str])] = &[
            ("a.o: a.c a.h\n", &["a.c", "a.h"]),
            (
                "a.o : a.c \\\n  dir/a.h \\\n  b.h\n\ndir/a.h:\n\nb.h:\n",
                &["a.c", "dir/a.h", "b.h"],
            ),
            ("a.o b.o: x.c\r\n", &["x.c"]),
            (
                r"a.o: my\ file.c cash$$.h hash\#.h",
                &["my file.c", "cash$.h", "hash#.h"],
            ),
            ("a.o: a.c\nb.o: a.c b.c\n", &["a.c", "b.c"]),
            ("", &[]),
            ("no rule here", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(prerequisites(text), *expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in any::<String>()) {
            let _ = prerequisites(&text);
        }
    }
}
