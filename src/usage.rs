//! Mistakes on the command line, in the words of all our errors.

use crate::error::CliError;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Turns what clap found into an error with code, sentence and proposal.
pub fn explain(error: &clap::Error) -> CliError {
    let argument = text(error, ContextKind::InvalidArg);
    let value = text(error, ContextKind::InvalidValue);
    let mut explained = match error.kind() {
        ErrorKind::UnknownArgument => {
            let name = argument.unwrap_or_default();
            let kind = if name.starts_with('-') {
                "option"
            } else {
                "argument"
            };
            CliError::new("NX0701", format!("there is no {kind} `{name}` here"))
        }
        ErrorKind::InvalidSubcommand => {
            let name = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            CliError::new("NX0702", format!("there is no command `{name}`"))
                .help(format!("if it is a task: `nexus run {name}`"))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let argument = option_name(&argument.unwrap_or_default());
            match value.filter(|v| !v.is_empty()) {
                Some(value) => {
                    let why = std::error::Error::source(error)
                        .map_or_else(String::new, |source| format!(": {source}"));
                    CliError::new(
                        "NX0703",
                        format!("`{value}` is no value for `{argument}`{why}"),
                    )
                }
                None => CliError::new("NX0703", format!("`{argument}` needs a value")),
            }
        }
        ErrorKind::MissingRequiredArgument => {
            let missing = argument.unwrap_or_else(|| "an argument".to_string());
            let error = CliError::new("NX0704", format!("something is missing: {missing}"));
            if missing.contains("<TASK>") {
                error.help("`nexus list` shows all tasks")
            } else {
                error
            }
        }
        ErrorKind::ArgumentConflict => {
            let other = text(error, ContextKind::PriorArg).unwrap_or_default();
            let name = option_name(&argument.unwrap_or_default());
            let other = option_name(&other);
            if name == other {
                CliError::new("NX0704", format!("`{name}` is given more than once"))
            } else {
                CliError::new(
                    "NX0704",
                    format!("`{name}` and `{other}` exclude each other"),
                )
            }
        }
        _ => CliError::new("NX0704", first_sentence(error)),
    };
    for kind in [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ] {
        if let Some(names) = list(error, kind) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            explained = explained.did_you_mean(&names);
        }
    }
    if let Some(values) = list(error, ContextKind::ValidValue) {
        explained = explained.help(format!("it may be {}", quoted(&values)));
    }
    explained.more.usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => Some(usage.to_string()),
        _ => None,
    };
    explained
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(quoted(texts)),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        _ => None,
    }
}

fn list(error: &clap::Error, kind: ContextKind) -> Option<Vec<String>> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(vec![text.clone()]),
        ContextValue::Strings(texts) if !texts.is_empty() => Some(texts.clone()),
        _ => None,
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// `--format` of clap's `--format <FORMAT>`.
fn option_name(argument: &str) -> String {
    argument
        .split_whitespace()
        .next()
        .unwrap_or(argument)
        .to_string()
}

fn first_sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or("the arguments are wrong");
    line.strip_prefix("error: ").unwrap_or(line).to_string()
}

#[cfg(test)]
mod tests {
    use crate::cli::command;
    use crate::render::look::Look;
    use expect_test::{Expect, expect};

    fn check(line: &str, expected: Expect) {
        let error = command()
            .try_get_matches_from(line.split(' '))
            .expect_err("the command line is wrong");
        let error = super::explain(&error);
        assert_eq!(error.exit.code(), 2);
        // The usage lines are clap's and change with every option.
        let text = error.render(&Look::plain());
        expected.assert_eq(text.split("\n\n").next().unwrap_or(&text));
    }

    #[test]
    fn mistakes_have_a_code_and_a_proposal() {
        check(
            "nexus version --plian",
            expect![[r#"
                error[NX0701]: there is no option `--plian` here
                  help: did you mean `--plain`?"#]],
        );
        check(
            "nexus explian",
            expect![[r#"
                error[NX0702]: there is no command `explian`
                  help: if it is a task: `nexus run explian`
                  help: did you mean `repl` or `explain`?"#]],
        );
        check(
            "nexus version --format xml",
            expect![[r#"
                error[NX0703]: `xml` is no value for `--format`
                  help: it may be `text` or `json`
            "#]],
        );
        check(
            "nexus version --format",
            expect![[r#"
                error[NX0703]: `--format` needs a value
                  help: it may be `text` or `json`
            "#]],
        );
        check(
            "nexus completions",
            expect![[r#"
                error[NX0704]: something is missing: `<SHELL>`"#]],
        );
        check(
            "nexus -v -q version",
            expect!["error[NX0704]: `--verbose` and `--quiet` exclude each other"],
        );
    }
}
