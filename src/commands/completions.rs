//! `nexus completions SHELL`: a script that completes commands, options and, in bash, zsh and
//! fish, the names of the project's tasks.

use crate::context::Context;
use crate::error::{CliError, Exit};
use clap_complete::Shell;

/// Arguments of `nexus completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
bash: nexus completions bash > ~/.local/share/bash-completion/completions/nexus
zsh:  nexus completions zsh > ~/.zfunc/_nexus   (with ~/.zfunc in fpath)
fish: nexus completions fish > ~/.config/fish/completions/nexus.fish")]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Prints the script.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(context: &Context, args: &CompletionsArgs) -> Result<Exit, CliError> {
    context.print(&script(args.shell, crate::cli::command()))?;
    Ok(Exit::Done)
}

fn script(shell: Shell, mut command: clap::Command) -> String {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut command, "nexus", &mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let commands = taking_tasks(&command);
    if commands.is_empty() {
        return text;
    }
    match shell {
        Shell::Bash => {
            text + &bash(
                &commands,
                &options(&command, |_| true),
                &task_options(&command),
            )
        }
        Shell::Zsh => zsh(&text),
        Shell::Fish => text + &fish(&commands, &task_options(&command)),
        _ => text,
    }
}

fn is_task(arg: &clap::Arg) -> bool {
    arg.get_value_names()
        .is_some_and(|names| names.iter().any(|name| name == "TASK"))
}

/// Commands with an argument called TASK.
fn taking_tasks(command: &clap::Command) -> Vec<String> {
    let takes_tasks = |command: &&clap::Command| command.get_positionals().any(is_task);
    command
        .get_subcommands()
        .filter(takes_tasks)
        .map(|command| command.get_name().to_string())
        .collect()
}

/// Options after which a task follows.
fn task_options(command: &clap::Command) -> Vec<String> {
    options(command, is_task)
}

/// Options after which a value follows, of some kind.
fn options(command: &clap::Command, wanted: impl Fn(&clap::Arg) -> bool) -> Vec<String> {
    let mut options: Vec<String> = std::iter::once(command)
        .chain(command.get_subcommands())
        .flat_map(clap::Command::get_opts)
        .filter(|arg| wanted(arg))
        .flat_map(|arg| {
            let short = arg.get_short().map(|c| format!("-{c}"));
            short
                .into_iter()
                .chain(arg.get_long().map(|l| format!("--{l}")))
        })
        .collect();
    options.sort();
    options.dedup();
    options
}

/// The generated function is called first; where a task may stand, the tasks replace its answer.
fn bash(commands: &[String], with_values: &[String], of_tasks: &[String]) -> String {
    let others: Vec<&str> = with_values
        .iter()
        .filter(|option| !of_tasks.contains(option))
        .map(String::as_str)
        .collect();
    let of_tasks = match of_tasks {
        [] => String::new(),
        some => format!("\n        {}) found=1 ;;", some.join("|")),
    };
    format!(
        r#"
_nexus_with_tasks() {{
    _nexus "$@"
    local word found="" cur="${{COMP_WORDS[COMP_CWORD]}}"
    case "$cur" in
        -*) return 0 ;;
    esac
    case "${{COMP_WORDS[COMP_CWORD-1]}}" in
        {values}) return 0 ;;{of_tasks}
    esac
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$word" in
            {commands}) found=1 ;;
        esac
    done
    if [[ -n "$found" ]]; then
        COMPREPLY=( $(compgen -W "$(nexus list --names 2>/dev/null)" -- "$cur") )
    fi
}}
complete -F _nexus_with_tasks -o bashdefault -o default nexus
"#,
        values = others.join("|"),
        commands = commands.join("|"),
    )
}

/// Arguments called TASK are described as `:task -- …:_default`; their completer is replaced.
fn zsh(text: &str) -> String {
    const TASKS: &str = r#"
_nexus_tasks() {
    local -a tasks
    tasks=(${(f)"$(nexus list --names 2>/dev/null)"})
    compadd -a tasks
}
"#;
    let mut out = String::new();
    for line in text.lines() {
        let is_task = [":task -- ", "::tasks -- ", ":TASK:"]
            .iter()
            .any(|mark| line.contains(mark));
        match line.strip_suffix(":_default' \\") {
            Some(start) if is_task => out += &format!("{start}:_nexus_tasks' \\\n"),
            _ => out += &format!("{line}\n"),
        }
        if line == "autoload -U is-at-least" {
            out.push_str(TASKS);
        }
    }
    out
}

fn fish(commands: &[String], of_tasks: &[String]) -> String {
    const TASKS: &str = "-a \"(nexus list --names 2>/dev/null)\"\n";
    let mut text = format!(
        "complete -c nexus -n \"__fish_seen_subcommand_from {}\" -f {TASKS}",
        commands.join(" ")
    );
    for option in of_tasks
        .iter()
        .filter_map(|option| option.strip_prefix("--"))
    {
        text += &format!("complete -c nexus -l {option} -x {TASKS}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args as _, ValueEnum as _};

    fn command() -> clap::Command {
        use crate::commands::{resume::ResumeArgs, run::RunArgs, why::WhyArgs};
        clap::Command::new("nexus")
            .subcommand(RunArgs::augment_args(clap::Command::new("run")))
            .subcommand(WhyArgs::augment_args(clap::Command::new("why")))
            .subcommand(ResumeArgs::augment_args(clap::Command::new("resume")))
            .subcommand(clap::Command::new("version"))
    }

    #[test]
    fn every_shell_has_a_script() {
        for shell in Shell::value_variants() {
            let text = script(*shell, crate::cli::command());
            assert!(text.contains("nexus"), "{shell}");
            assert!(text.contains("explain"), "{shell}");
        }
    }

    #[test]
    fn tasks_are_completed_where_they_may_stand() {
        let bash = script(Shell::Bash, command());
        assert!(bash.contains("run|why) found=1"), "{bash}");
        assert!(
            bash.contains("--parallel-limit|--shared-cache|-p) return 0"),
            "{bash}"
        );
        let zsh = script(Shell::Zsh, command());
        // Of `run` and `why`, and of two options of `resume`.
        assert_eq!(zsh.matches(":_nexus_tasks' \\").count(), 4, "{zsh}");
        assert!(zsh.contains("\n_nexus_tasks() {"), "{zsh}");
        let fish = script(Shell::Fish, command());
        assert!(fish.contains("from run why\" -f -a"), "{fish}");
        assert!(fish.contains("-l repeat -x -a"), "{fish}");
        assert!(bash.contains("--done|--repeat) found=1"), "{bash}");
    }
}
