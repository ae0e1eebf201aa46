//! Decides whether a command line needs a shell, and which programs it names.
//!
//! Starting the program directly saves a process; it is done only when `/bin/sh` would have made
//! exactly the same words of the line (POSIX.1-2017, Shell Command Language, §2.2 and §2.3).

/// Words a shell treats in its own way when they come first: reserved words and built-ins, of
/// POSIX and of the shells that stand in for `sh` (dash, bash, ksh, busybox).
const SHELL_WORDS: &[&str] = &[
    "!",
    ".",
    ":",
    "[",
    "[[",
    "alias",
    "bg",
    "break",
    "builtin",
    "case",
    "cd",
    "command",
    "continue",
    "coproc",
    "declare",
    "dirs",
    "disown",
    "do",
    "done",
    "echo",
    "elif",
    "else",
    "enable",
    "esac",
    "eval",
    "exec",
    "exit",
    "export",
    "false",
    "fc",
    "fg",
    "fi",
    "for",
    "function",
    "getopts",
    "hash",
    "help",
    "history",
    "if",
    "in",
    "jobs",
    "kill",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "return",
    "select",
    "set",
    "shift",
    "shopt",
    "source",
    "suspend",
    "test",
    "then",
    "time",
    "times",
    "trap",
    "true",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "until",
    "wait",
    "while",
    "{",
    "}",
];

/// The words of a line that means the same to a shell and to us; `None` when it has any syntax
/// beyond words and quotes, or its first word is special to a shell.
pub fn plain_words(line: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.trim_matches([' ', '\t', '\n']).chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '$' | '`' => return None,
                        '\\' => match chars.next()? {
                            '\n' => {}
                            c @ ('$' | '`' | '"' | '\\') => word.push(c),
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => match chars.next()? {
                // A continued line.
                '\n' => {}
                c => {
                    word.get_or_insert_default().push(c);
                }
            },
            '|' | '&' | ';' | '<' | '>' | '(' | ')' | '$' | '`' | '*' | '?' | '[' | ']' | '{'
            | '}' | '\n' | '\r' => {
                return None;
            }
            '#' | '~' if word.is_none() => return None,
            // `a=~/x` and `a:~/x` are expanded by some shells.
            '~' if word.as_ref().is_some_and(|w| w.ends_with(['=', ':'])) => return None,
            // History expansion and negation; harmless elsewhere, rare enough to leave to a shell.
            '!' if word.is_none() => return None,
            '=' if words.is_empty() => return None,
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    let first = words.first()?;
    // A quoted built-in name is still the built-in: `"echo" x`.
    let special = first.is_empty() || SHELL_WORDS.contains(&first.as_str());
    (!special).then_some(words)
}

/// Programs a line for the shell names in command position, as far as a look at its words can
/// tell: good enough to notice another compiler, not a parser. Shell built-ins are left out.
pub fn named_programs(line: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut expects_command = true;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        match c {
            ' ' | '\t' => rest = &rest[1..],
            '\n' | ';' | '|' | '&' | '(' | ')' => {
                expects_command = c != ')';
                rest = &rest[1..];
            }
            '#' => rest = rest.find('\n').map_or("", |end| &rest[end..]),
            '<' | '>' => {
                // The word after a redirection is a file.
                rest = rest
                    .trim_start_matches(['<', '>', '&', '|'])
                    .trim_start_matches([' ', '\t']);
                rest = &rest[word_end(rest)..];
            }
            _ => {
                let end = word_end(rest).max(c.len_utf8());
                let (word, after) = rest.split_at(end);
                rest = after;
                if !expects_command {
                    continue;
                }
                if is_assignment(word) || opens_command(word) {
                    continue;
                }
                expects_command = false;
                let plain = word
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"_-./+,:@".contains(&b));
                if plain && !SHELL_WORDS.contains(&word) && !found.iter().any(|f| f == word) {
                    found.push(word.to_string());
                }
            }
        }
    }
    found
}

/// Reserved words and prefixes after which a command follows.
fn opens_command(word: &str) -> bool {
    matches!(
        word,
        "if" | "then"
            | "else"
            | "elif"
            | "do"
            | "while"
            | "until"
            | "{"
            | "!"
            | "time"
            | "exec"
            | "command"
            | "&&"
            | "||"
    )
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

/// Length of the word at the start, quotes and escapes included.
fn word_end(text: &str) -> usize {
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (i, c) in text.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => escaped = true,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, ' ' | '\t' | '\n' | ';' | '|' | '&' | '(' | ')' | '<' | '>') => return i,
            (None, _) => {}
        }
    }
    text.len()
}

/// The arguments for `/bin/sh` to run a line. A script of several lines stops at the first line
/// that fails, as people expect of a list of commands; a single line means what it always means.
pub fn shell_arguments(line: &str) -> Vec<String> {
    let mut argv = vec!["sh".to_string()];
    if line.trim_end().contains('\n') {
        argv.push("-e".to_string());
    }
    argv.extend(["-c".to_string(), line.to_string()]);
    argv
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_and_their_words() {
        let table: &[(&str, Option<&[&str]>)] = &[
            ("cp a b", Some(&["cp", "a", "b"])),
            ("  cp\ta  b ", Some(&["cp", "a", "b"])),
            ("cp 'a b' \"c d\"", Some(&["cp", "a b", "c d"])),
            (r#"cp a\ b "x\"y" '' "#, Some(&["cp", "a b", "x\"y", ""])),
            (r#"grep "a\.b" f"#, Some(&["grep", "a\\.b", "f"])),
            ("cc -DX=1 a.c", Some(&["cc", "-DX=1", "a.c"])),
            ("git log a#b", Some(&["git", "log", "a#b"])),
            ("cp a \\\n b", Some(&["cp", "a", "b"])),
            ("cat a > b", None),
            ("a && b", None),
            ("ls *.c", None),
            ("cp ~/x .", None),
            ("echo hi", None),
            ("\"echo\" hi", None),
            ("cd x", None),
            ("A=1 make", None),
            ("cp $HOME/x .", None),
            ("cp \"$x\" .", None),
            ("cp a{1,2} .", None),
            ("cp 'unclosed", None),
            ("cp a\ncp b", None),
            ("# comment", None),
            ("", None),
            ("'' x", None),
        ];
        for (line, expected) in table {
            let words = plain_words(line);
            let words = words
                .as_ref()
                .map(|w| w.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(words.as_deref(), *expected, "{line:?}");
        }
    }

    #[test]
    fn programs_named_by_a_shell_line() {
        let table: &[(&str, &[&str])] = &[
            ("cat a | sort > b && gzip b", &["cat", "sort", "gzip"]),
            ("cd x && CC=gcc make -j2; rm -f y", &["make", "rm"]),
            ("if test -f a; then cc a; else tcc b; fi", &["cc", "tcc"]),
            ("echo 'a | b; c' # d\nld x", &["ld"]),
            ("$CC a.c; \"$x\" b", &[]),
            ("sort < in 2>&1 | ./tool", &["sort", "./tool"]),
        ];
        for (line, expected) in table {
            assert_eq!(named_programs(line), *expected, "{line:?}");
        }
    }

    #[test]
    fn only_scripts_stop_at_the_first_failure() {
        assert_eq!(shell_arguments("a; b"), ["sh", "-c", "a; b"]);
        assert_eq!(shell_arguments("a\nb\n")[1], "-e");
    }

    proptest! {
        /// Whatever is taken as plain words, a real shell makes the same words of it.
        #[test]
        fn a_shell_agrees(line in r#"[a-c'"\\ \t$#~=*!]{0,16}"#) {
            if let Some(words) = plain_words(&format!("x{line}")) {
                let script = format!("set -- x{line}\nfor w in \"$@\"; do printf '%s\\0' \"$w\"; done");
                let out = std::process::Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
                let expected: Vec<u8> = words.iter().flat_map(|w| w.bytes().chain([0])).collect();
                prop_assert_eq!(out.stdout, expected);
            }
        }

        #[test]
        fn no_line_panics(line in any::<String>()) {
            let _ = (plain_words(&line), named_programs(&line));
        }
    }
}
