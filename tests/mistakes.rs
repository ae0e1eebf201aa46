//! The screens of `docs/reference/diagnostics.md`, as the program prints them. That they are right is
//! tested where they are made, in the compiler.

mod support;

use std::path::Path;
use support::Project;

/// `24000000` levels are too many for a program that is not optimised; the compiler's test has fewer.
const TOO_DEEP: &str = "NX0302";

/// The text of a program, and what is said about it.
fn screens(page: &str) -> Vec<(&str, &str)> {
    let block = |part: &'static str, text: &'_ str| -> Option<(usize, usize)> {
        let start = text.find(part)? + part.len();
        Some((start, start + text[start..].find("```")?))
    };
    let sections = page.split("\n## ").skip(1);
    sections
        .map(|section| {
            let (from, to) = block("```nx\n", section).expect("a program");
            let (start, end) = block("```text\n", section).expect("a screen");
            (&section[from..to], &section[start..end])
        })
        .collect()
}

#[test]
fn mistakes_look_as_the_page_shows_them() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/diagnostics.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let screens = screens(&page);
    assert!(screens.len() >= 17, "{}", screens.len());
    for (text, screen) in screens {
        if screen.contains(TOO_DEEP) {
            continue;
        }
        let project = Project::new("");
        let ran = if screen.contains("[ <expression>:") {
            project.nexus(&["eval", "-e", text])
        } else {
            // Further files follow their names.
            for part in format!("nexus.nx\n{text}").split("\n#- ") {
                let (name, content) = part.split_once('\n').expect("a name");
                project.edit(name, &format!("{}\n", content.trim_end()));
            }
            project.nexus(&["check"])
        };
        assert_eq!(ran.code, Some(2), "{text}\n{ran}");
        assert!(
            ran.stderr.contains(screen.trim_end()),
            "{text}\n{screen}\n{ran}"
        );
    }
}
