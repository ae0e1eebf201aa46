//! Lines of a configuration as words.

/// The keyword of a line, in lower case, and the rest of the line. `None` for empty lines and comments.
pub(super) fn keyword(line: &str) -> Option<(String, &str)> {
    let line = line.trim_end_matches([' ', '\t', '\r', '\n', '\x0c']);
    let line = line.trim_start_matches([' ', '\t', '\r']);
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (word, rest) = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => {
            let end = line.find([' ', '\t', '=']).unwrap_or(line.len());
            line.split_at(end)
        }
    };
    // One equals sign may stand between, with blanks around it.
    let rest = rest.trim_start_matches([' ', '\t']);
    let rest = rest.strip_prefix('=').unwrap_or(rest);
    Some((
        word.to_ascii_lowercase(),
        rest.trim_start_matches([' ', '\t']),
    ))
}

/// The words of the rest of a line: quotes of both kinds, a backslash before quotes, backslashes and
/// blanks, a comment behind a blank.
///
/// # Errors
///
/// A quote has no end.
pub(super) fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut characters = text.chars().peekable();
    loop {
        while characters.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
        match characters.peek() {
            None | Some('#') => return Ok(words),
            Some(_) => {}
        }
        let mut word = String::new();
        let mut quote = None;
        while let Some(&c) = characters.peek() {
            match (c, quote) {
                ('\\', _) => {
                    characters.next();
                    let escaped = characters.next_if(|&next| {
                        matches!(next, '\'' | '"' | '\\') || (next == ' ' && quote.is_none())
                    });
                    word.push(escaped.unwrap_or('\\'));
                    continue;
                }
                (' ' | '\t', None) => break,
                ('"' | '\'', None) => quote = Some(c),
                (_, Some(open)) if open == c => quote = None,
                _ => word.push(c),
            }
            characters.next();
        }
        if quote.is_some() {
            return Err("a quote has no end".to_owned());
        }
        words.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords() {
        let cases = [
            ("Host a b", Some(("host", "a b"))),
            ("\tPort=22", Some(("port", "22"))),
            ("Port = 22", Some(("port", "22"))),
            ("\"User\" \"me\"", Some(("user", "\"me\""))),
            ("User==x", Some(("user", "=x"))),
            ("# comment", None),
            ("   \t", None),
            ("Compression", Some(("compression", ""))),
        ];
        for (line, expected) in cases {
            let expected = expected.map(|(word, rest)| (word.to_owned(), rest));
            assert_eq!(keyword(line), expected, "{line:?}");
        }
    }

    #[test]
    fn words() {
        let cases: [(&str, &[&str]); 8] = [
            ("a  b\tc", &["a", "b", "c"]),
            ("\"a b\" c", &["a b", "c"]),
            ("'a \"b' c", &["a \"b", "c"]),
            ("a\\ b", &["a b"]),
            ("a\\nb", &["a\\nb"]),
            ("a # comment", &["a"]),
            ("a#b", &["a#b"]),
            ("\"\" x", &["", "x"]),
        ];
        for (text, expected) in cases {
            assert_eq!(split(text).unwrap(), expected, "{text:?}");
        }
        assert!(split("\"a").is_err());
    }

    proptest::proptest! {
        /// Whatever is written, there are words or a reason.
        #[test]
        fn any_line(line in "[ -~\\t\"'\\\\#=]{0,40}") {
            if let Some((_, rest)) = keyword(&line) {
                let _ = split(rest);
            }
            let _ = split(&line);
        }

        /// Words in quotes come out as they went in.
        #[test]
        fn quoted_words(words in proptest::collection::vec("[ a-z#=*]{0,8}", 0..5)) {
            let line: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
            proptest::prop_assert_eq!(split(&line.join(" ")).unwrap(), words);
        }
    }
}
