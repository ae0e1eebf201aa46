//! The guide is a test: every code block of docs/guide.md is executed, in order, in one folder.
//!
//! A block whose info string has `title=PATH` is written to that file. In a `console` block each
//! line after `$ ` is run by the shell and what follows is what it must print (standard output and
//! error together): `[..]` stands for any text within a line, a line `...` for any lines.
//! A block of any other kind fails the test.

use std::path::Path;
use std::process::{Command, Stdio};

struct Block<'a> {
    info: &'a str,
    line: usize,
    text: String,
}

fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in markdown.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Block {
                    info: info.trim(),
                    line: number + 1,
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "the last code block is not closed");
    blocks
}

fn run(command: &str, folder: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_nexus"));
    let path = format!(
        "{}:{}",
        program.parent().expect("the binary has a folder").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .current_dir(folder)
        .env("PATH", path)
        .env("NEXUS_CACHE_DIR", folder.join(".cache"))
        .env("NEXUS_STATE_DIR", folder.join(".state"))
        .env("NO_COLOR", "1")
        .env("LANG", "C.UTF-8")
        .env_remove("CI")
        .env_remove("GITHUB_ACTIONS")
        .env_remove("GITLAB_CI")
        .stdin(Stdio::null())
        .output()
        .expect("the shell starts");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether `line` fits `pattern`, in which `[..]` stands for any text.
fn line_fits(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split("[..]");
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

/// Whether all of `lines` fit `patterns`, in which a pattern `...` stands for any lines.
fn lines_fit(patterns: &[&str], lines: &[&str]) -> bool {
    match patterns.split_first() {
        None => lines.is_empty(),
        Some((&"...", rest)) => (0..=lines.len()).any(|skip| lines_fit(rest, &lines[skip..])),
        Some((pattern, rest)) => lines
            .split_first()
            .is_some_and(|(line, more)| line_fits(pattern, line) && lines_fit(rest, more)),
    }
}

fn check_console(block: &Block, folder: &Path, failures: &mut Vec<String>) {
    let mut lines = block.text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(command) = line.strip_prefix("$ ") else {
            panic!(
                "line {}: a console block starts with `$ `, found {line:?}",
                block.line
            );
        };
        let mut expected = Vec::new();
        while let Some(next) = lines.next_if(|l| !l.starts_with("$ ")) {
            expected.push(next.trim_end());
        }
        let printed = run(command, folder);
        let actual: Vec<&str> = printed.lines().map(str::trim_end).collect();
        if !lines_fit(&expected, &actual) {
            failures.push(format!(
                "docs/guide.md, block at line {}: `{command}` printed\n{printed}\nbut the guide says\n{}\n",
                block.line,
                expected.join("\n")
            ));
        }
    }
}

#[test]
fn every_block_of_the_guide_works() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let guide = include_str!("../docs/guide.md");
    let mut failures = Vec::new();
    let mut consoles = 0;
    for block in blocks(guide) {
        if let Some(title) = block
            .info
            .split_whitespace()
            .find_map(|w| w.strip_prefix("title="))
        {
            let path = folder.path().join(title);
            std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
            std::fs::write(path, &block.text).expect("the block is written");
        } else if block.info == "console" {
            consoles += 1;
            check_console(&block, folder.path(), &mut failures);
        } else {
            panic!(
                "docs/guide.md line {}: a block the test cannot execute: `{}`",
                block.line, block.info
            );
        }
    }
    assert!(consoles >= 10, "the guide has {consoles} console blocks");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn patterns() {
    assert!(line_fits("a [..] c", "a b c"));
    assert!(!line_fits("a [..] c", "a b d"));
    assert!(lines_fit(&["a", "...", "z"], &["a", "b", "c", "z"]));
    assert!(!lines_fit(&["a", "z"], &["a", "b", "z"]));
}
