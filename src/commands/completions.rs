//! `nexus completions SHELL`: a script that completes commands, options and, in bash, zsh and
//! fish, the names of the project's tasks.

use crate::context::Context;
use crate::error::{CliError, Exit};
use clap_complete::Shell;

/// Arguments of `nexus completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Prints the script.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(context: &Context, args: &CompletionsArgs) -> Result<Exit, CliError> {
    context.print(&script(args.shell))?;
    Ok(Exit::Done)
}

fn script(shell: Shell) -> String {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut crate::cli::command(), "nexus", &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum as _;

    #[test]
    fn every_shell_has_a_script() {
        for shell in Shell::value_variants() {
            let text = script(*shell);
            assert!(text.contains("nexus"), "{shell}");
            assert!(text.contains("explain"), "{shell}");
        }
    }
}
