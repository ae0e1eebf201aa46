//! The extension for Zed: says how the language server is started.

use zed_extension_api::{self as zed, Command, LanguageServerId, Result, Worktree};

struct Nexus;

impl zed::Extension for Nexus {
    fn new() -> Self {
        Nexus
    }

    fn language_server_command(
        &mut self,
        _server: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Command> {
        let command = worktree
            .which("nexus")
            .ok_or("`nexus` is not in PATH: install it, or add its folder to PATH")?;
        Ok(Command {
            command,
            args: vec!["lsp".into()],
            env: worktree.shell_env(),
        })
    }
}

zed::register_extension!(Nexus);
