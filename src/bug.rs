//! What happens when Nexus itself is wrong: a short report instead of a backtrace, exit code 70.

use crate::error::Exit;
use std::io::Write as _;
use std::panic::{self, PanicHookInfo};
use std::process::ExitCode;

/// Replaces the panic message by a report. `RUST_BACKTRACE` still gives a backtrace below it.
pub fn install_report() {
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let text = report(&message(info), &place(info));
        // A closed standard error must not turn one bug into two.
        _ = std::io::stderr().write_all(text.as_bytes());
        if std::env::var_os("RUST_BACKTRACE").is_some_and(|v| v != "0") {
            default(info);
        }
    }));
}

/// Runs `body`; a panic in it becomes exit code 70.
pub fn guarded(body: impl FnOnce() -> Exit + panic::UnwindSafe) -> ExitCode {
    panic::catch_unwind(body).unwrap_or(Exit::Bug).into()
}

fn message(info: &PanicHookInfo<'_>) -> String {
    info.payload_as_str()
        .unwrap_or("no message was given")
        .to_string()
}

fn place(info: &PanicHookInfo<'_>) -> String {
    info.location()
        .map_or_else(|| "an unknown place".to_string(), ToString::to_string)
}

fn report(message: &str, place: &str) -> String {
    let version = crate::commands::version::VERSION;
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    format!(
        "\nerror[NX0790]: this is a bug in nexus, not in your project\n\
         \x20 what: {message}\n\
         \x20 where: {place}, nexus {version} on {system}\n\
         \x20 help: please report it with these lines and the command you ran; \
         nothing half-done was recorded, so running it again is safe\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_exit_code_70() {
        let code = guarded(|| panic!("on purpose"));
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(70)));
    }

    #[test]
    fn the_report_names_message_place_and_version() {
        let text = report("index out of bounds", "compiler/src/vm.rs:12:3");
        for part in [
            "NX0790",
            "index out of bounds",
            "vm.rs:12:3",
            env!("CARGO_PKG_VERSION"),
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
