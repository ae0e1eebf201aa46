//! How tests went.

use crate::commands::test::{Reported, Tested};
use crate::render::look::{Look, Role};
use crate::render::text::{count, duration};
use nexus_compiler::testing::{Difference, Verdict};
use serde_json::json;
use std::fmt::Write as _;

/// Lines of a value that are shown.
const LINES: usize = 20;

/// For people: a line for each file, below it what failed, and one line that says it all.
pub fn text(all: &[Tested], micros: u64, quiet: bool, verbose: bool, look: &Look) -> String {
    let mut out = String::new();
    let (mut total, mut failed) = (0, 0);
    for tested in all {
        let wrong = tested.tests.iter().filter(|r| !r.test.passed()).count();
        total += tested.tests.len();
        failed += wrong;
        let name = look.paint(Role::Strong, &tested.name);
        let dot = look.dot();
        if wrong == 0 && !quiet {
            let number = count(tested.tests.len(), "test");
            _ = writeln!(out, "{} {name}{dot}{number}", look.ok());
        } else if wrong > 0 {
            let number = format!("{wrong} of {} failed", count(tested.tests.len(), "test"));
            let number = look.paint(Role::Bad, &number);
            _ = writeln!(out, "{} {name}{dot}{number}", look.failed());
        }
        for reported in &tested.tests {
            if !reported.test.passed() {
                failure(reported, look, &mut out);
            } else if verbose {
                _ = writeln!(out, "  {} {}", look.ok(), reported.test.name);
            }
        }
    }
    let dot = look.dot();
    let (mark, verdict) = match failed {
        0 => (look.ok(), "all passed".to_string()),
        n => (look.failed(), look.paint(Role::Bad, &format!("{n} failed"))),
    };
    if !quiet || failed > 0 {
        let number = count(total, "test");
        let took = duration(micros);
        _ = writeln!(out, "{mark} {number}{dot}{verdict}{dot}{took}");
    }
    out
}

fn failure(reported: &Reported, look: &Look, out: &mut String) {
    let test = &reported.test;
    let at = match &reported.place {
        Some((file, line)) => look.paint(Role::Dim, &format!("  {file}:{line}")),
        None => String::new(),
    };
    let name = look.paint(Role::Strong, &test.name);
    _ = writeln!(out, "  {} {name}{at}", look.failed());
    match &test.verdict {
        Verdict::Passed => {}
        Verdict::False => line("it is false", out),
        Verdict::Different {
            actual,
            expected,
            differences,
        } => {
            // What is short is seen at a glance.
            let short = actual.lines().count() <= 1 && expected.lines().count() <= 1;
            if short || differences.is_empty() {
                value("actual", actual, out);
                value("expected", expected, out);
            }
            if !short || differences.iter().any(|d| !d.path.is_empty()) && actual.len() > 40 {
                for difference in differences {
                    line(&described(difference), out);
                }
            }
        }
        Verdict::Failed(_) => {
            for text in reported.rendered.as_deref().unwrap_or_default().lines() {
                line(text, out);
            }
        }
        Verdict::NotFailed(given) => {
            line("it should fail, and gives", out);
            value("actual", given, out);
        }
        Verdict::OtherMessage { actual, expected } => {
            line("it fails with another message", out);
            value("actual", actual, out);
            value("expected", expected, out);
        }
        Verdict::NeedsTasks(tasks) => {
            line(
                &format!("it depends on outputs of {}", tasks.join(", ")),
                out,
            );
        }
        Verdict::NoTest(what) => {
            let tests = "a boolean, a record with `actual` and `expected`, or one with `fails`";
            line(&format!("a test is {tests}; this is {what}"), out);
        }
    }
}

fn line(text: &str, out: &mut String) {
    let text = format!("    {text}");
    _ = writeln!(out, "{}", text.trim_end());
}

fn value(title: &str, text: &str, out: &mut String) {
    for (i, part) in text.lines().take(LINES).enumerate() {
        let title = if i == 0 { title } else { "" };
        line(&format!("{title:<8}  {part}"), out);
    }
    let more = text.lines().count().saturating_sub(LINES);
    if more > 0 {
        line(&format!("{:<8}  and {}", "", count(more, "more line")), out);
    }
}

fn described(difference: &Difference) -> String {
    let path = match difference.path.as_str() {
        "" => "the value",
        path => path.trim_start_matches('.'),
    };
    match (&difference.actual, &difference.expected) {
        (Some(actual), Some(expected)) => format!("{path} is {actual}, expected {expected}"),
        (Some(actual), None) => format!("{path} is {actual}, expected to be absent"),
        (None, Some(expected)) => format!("{path} is absent, expected {expected}"),
        (None, None) => format!("{path} differs"),
    }
}

/// For programs: a line for each test, then one for all.
pub fn json(all: &[Tested]) -> String {
    let mut out = String::new();
    let (mut total, mut failed) = (0, 0);
    for tested in all {
        for Reported { test, place, .. } in &tested.tests {
            total += 1;
            failed += usize::from(!test.passed());
            let mut line = json!({
                "file": tested.name,
                "test": test.name,
                "line": place.as_ref().map(|(_, line)| line),
                "passed": test.passed(),
            });
            if let (Some(line), serde_json::Value::Object(more)) =
                (line.as_object_mut(), details(&test.verdict))
            {
                line.extend(more);
            }
            _ = writeln!(out, "{line}");
        }
    }
    _ = writeln!(out, "{}", json!({ "tests": total, "failed": failed }));
    out
}

fn details(verdict: &Verdict) -> serde_json::Value {
    match verdict {
        Verdict::Passed => json!({}),
        Verdict::False => json!({ "actual": "false", "expected": "true" }),
        Verdict::Different {
            actual,
            expected,
            differences,
        } => {
            let differences: Vec<_> = differences
                .iter()
                .map(|d| json!({ "path": d.path, "actual": d.actual, "expected": d.expected }))
                .collect();
            json!({ "actual": actual, "expected": expected, "differences": differences })
        }
        Verdict::Failed(errors) => {
            let errors: Vec<_> = errors
                .iter()
                .map(|e| json!({ "code": e.code.to_string(), "message": e.message }))
                .collect();
            json!({ "errors": errors })
        }
        Verdict::NotFailed(value) => json!({ "actual": value, "message": "it should fail" }),
        Verdict::OtherMessage { actual, expected } => {
            json!({ "actual": actual, "expected": expected, "message": "it fails with another message" })
        }
        Verdict::NeedsTasks(tasks) => json!({ "needs": tasks }),
        Verdict::NoTest(what) => json!({ "message": format!("this is no test but {what}") }),
    }
}
