//! Colours, symbols and widths: what the terminal, the environment and the options allow.

use anstyle::{AnsiColor, Effects, Style};
use clap::ValueEnum;
use std::io::IsTerminal;

/// What `--color` may say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    // On a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    // Always.
    Always,
    // Never.
    Never,
}

/// The symbols in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    /// `✔`, `├─`.
    Unicode,
    /// `ok`, `|-`, where the locale is not UTF-8 or `NEXUS_NO_EMOJI` is set.
    Ascii,
    /// Words and indentation only (`--plain`): for screen readers and simple tools.
    Plain,
}

/// What a piece of text is; the colour follows from it and is never the only carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Went well.
    Good,
    /// Failed.
    Bad,
    /// Deserves attention.
    Warn,
    /// Less important.
    Dim,
    /// More important.
    Strong,
    /// Something to type.
    Literal,
}

impl Role {
    fn style(self) -> Style {
        let color = |c: AnsiColor| Style::new().fg_color(Some(c.into()));
        match self {
            Role::Good => color(AnsiColor::Green),
            Role::Bad => color(AnsiColor::Red) | Effects::BOLD,
            Role::Warn => color(AnsiColor::Yellow) | Effects::BOLD,
            Role::Dim => Style::new() | Effects::DIMMED,
            Role::Strong => Style::new() | Effects::BOLD,
            Role::Literal => color(AnsiColor::Cyan),
        }
    }
}

/// How text for one stream looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether colours are used.
    pub color: bool,
    /// The symbols.
    pub glyphs: Glyphs,
    /// Columns of the terminal; `None` when there is none, so that nothing is shortened.
    pub width: Option<usize>,
    /// Whether lines may be redrawn.
    pub animate: bool,
}

/// The part of the world that decides a [`Look`].
pub struct Surroundings<'a> {
    /// Looks a variable up; empty values count as unset.
    pub var: &'a dyn Fn(&str) -> Option<String>,
    /// Whether the stream is a terminal.
    pub terminal: bool,
    /// Its columns.
    pub width: Option<usize>,
}

impl Look {
    /// Decides the look of one stream. `--color` is first, then `FORCE_COLOR` and
    /// `CLICOLOR_FORCE`, then `NO_COLOR`, `CLICOLOR=0`, `TERM=dumb` and `CI`, then the terminal.
    pub fn decide(choice: ColorChoice, plain: bool, still: bool, world: &Surroundings<'_>) -> Look {
        let var = |name: &str| (world.var)(name).filter(|value| !value.is_empty());
        let forced = |name: &str| var(name).map(|value| value != "0" && value != "false");
        let dumb = var("TERM").is_some_and(|term| term == "dumb");
        let ci = forced("CI").unwrap_or(false);
        let color = match choice {
            _ if plain => false,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => match forced("FORCE_COLOR").or(forced("CLICOLOR_FORCE")) {
                Some(wish) => wish,
                None => {
                    let refused =
                        var("NO_COLOR").is_some() || var("CLICOLOR").is_some_and(|v| v == "0");
                    world.terminal && !refused && !dumb && !ci
                }
            },
        };
        let glyphs = if plain {
            Glyphs::Plain
        } else if dumb || var("NEXUS_NO_EMOJI").is_some() || !utf8(&var) {
            Glyphs::Ascii
        } else {
            Glyphs::Unicode
        };
        Look {
            color,
            glyphs,
            width: world.width.filter(|_| world.terminal),
            animate: world.terminal && !plain && !still && !dumb && !ci,
        }
    }

    /// The look of standard output.
    pub fn of_stdout(choice: ColorChoice, plain: bool, still: bool) -> Look {
        Look::of(
            std::io::stdout().is_terminal(),
            terminal_size::terminal_size_of(std::io::stdout()),
            (choice, plain, still),
        )
    }

    /// The look of standard error.
    pub fn of_stderr(choice: ColorChoice, plain: bool, still: bool) -> Look {
        Look::of(
            std::io::stderr().is_terminal(),
            terminal_size::terminal_size_of(std::io::stderr()),
            (choice, plain, still),
        )
    }

    fn of(
        terminal: bool,
        size: Option<(terminal_size::Width, terminal_size::Height)>,
        (choice, plain, still): (ColorChoice, bool, bool),
    ) -> Look {
        let world = Surroundings {
            var: &|name| std::env::var(name).ok(),
            terminal,
            width: size.map(|(width, _)| usize::from(width.0)),
        };
        Look::decide(choice, plain, still, &world)
    }

    /// Neither colours nor symbols, any width.
    pub fn plain() -> Look {
        Look::still(Glyphs::Plain, None)
    }

    fn still(glyphs: Glyphs, width: Option<usize>) -> Look {
        Look {
            color: false,
            glyphs,
            width,
            animate: false,
        }
    }

    /// A look without colours for tests.
    #[cfg(test)]
    pub fn test(glyphs: Glyphs, width: Option<usize>) -> Look {
        Look::still(glyphs, width)
    }

    /// `text` in the colour of its role, when colours are used.
    pub fn paint(&self, role: Role, text: &str) -> String {
        if self.color && !text.is_empty() {
            let style = role.style();
            format!("{style}{text}{style:#}")
        } else {
            text.to_string()
        }
    }

    fn choose(
        &self,
        unicode: &'static str,
        ascii: &'static str,
        plain: &'static str,
    ) -> &'static str {
        match self.glyphs {
            Glyphs::Unicode => unicode,
            Glyphs::Ascii => ascii,
            Glyphs::Plain => plain,
        }
    }

    /// Marks what succeeded.
    pub fn ok(&self) -> String {
        self.paint(Role::Good, self.choose("✔", "ok", "ok"))
    }

    /// Marks what failed.
    pub fn failed(&self) -> String {
        self.paint(Role::Bad, self.choose("✘", "FAILED", "FAILED"))
    }

    /// Marks what was not run.
    pub fn skipped(&self) -> String {
        self.paint(Role::Warn, self.choose("⊘", "--", "skipped"))
    }

    /// Marks what runs.
    pub fn running(&self) -> String {
        self.paint(Role::Literal, self.choose("●", "*", "running"))
    }

    /// Separates parts of a line.
    pub fn dot(&self) -> &'static str {
        self.choose(" · ", " - ", ", ")
    }

    /// Stands for what was cut off.
    pub fn ellipsis(&self) -> &'static str {
        self.choose("…", "...", "...")
    }

    /// Points from an old to a new value.
    pub fn arrow(&self) -> &'static str {
        self.choose("→", "->", "to")
    }

    /// Before an entry of a tree that has followers.
    pub fn tee(&self) -> String {
        self.paint(Role::Dim, self.choose("├─ ", "|- ", "  "))
    }

    /// Before the last entry of a tree.
    pub fn corner(&self) -> String {
        self.paint(Role::Dim, self.choose("└─ ", "`- ", "  "))
    }

    /// Below an entry that has followers.
    pub fn bar(&self) -> String {
        self.paint(Role::Dim, self.choose("│  ", "|  ", "    "))
    }
}

/// Whether the locale is UTF-8; without any locale variable (containers, services) it is not.
fn utf8(var: &dyn Fn(&str) -> Option<String>) -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| var(name))
        .is_some_and(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(vars: &[(&str, &str)], terminal: bool) -> Look {
        let var = |name: &str| {
            vars.iter()
                .find(|(n, _)| *n == name)
                .map(|(_, value)| value.to_string())
        };
        let world = Surroundings {
            var: &var,
            terminal,
            width: Some(80),
        };
        Look::decide(ColorChoice::Auto, false, false, &world)
    }

    #[test]
    fn colours_follow_the_environment() {
        for (vars, terminal, color) in [
            (&[][..], true, true),
            (&[], false, false),
            (&[("NO_COLOR", "1")], true, false),
            (&[("NO_COLOR", "")], true, true),
            (&[("FORCE_COLOR", "1")], false, true),
            (&[("FORCE_COLOR", "0")], true, false),
            (&[("CLICOLOR_FORCE", "1")], false, true),
            (&[("NO_COLOR", "1"), ("FORCE_COLOR", "1")], false, true),
            (&[("CLICOLOR", "0")], true, false),
            (&[("TERM", "dumb")], true, false),
            (&[("CI", "true")], true, false),
            (&[("CI", "true"), ("FORCE_COLOR", "1")], true, true),
            (&[("CI", "false")], true, true),
        ] {
            assert_eq!(look(vars, terminal).color, color, "{vars:?} {terminal}");
        }
    }

    #[test]
    fn symbols_follow_the_locale() {
        for (vars, glyphs) in [
            (&[("LANG", "en_GB.UTF-8")][..], Glyphs::Unicode),
            (&[("LANG", "C.utf8")], Glyphs::Unicode),
            (&[("LANG", "C")], Glyphs::Ascii),
            (&[], Glyphs::Ascii),
            (&[("LC_ALL", "C"), ("LANG", "C.UTF-8")], Glyphs::Ascii),
            (
                &[("LANG", "C.UTF-8"), ("NEXUS_NO_EMOJI", "1")],
                Glyphs::Ascii,
            ),
            (&[("LANG", "C.UTF-8"), ("TERM", "dumb")], Glyphs::Ascii),
        ] {
            assert_eq!(look(vars, true).glyphs, glyphs, "{vars:?}");
        }
    }

    #[test]
    fn nothing_is_redrawn_or_cut_without_a_terminal() {
        let piped = look(&[], false);
        assert!(!piped.animate);
        assert_eq!(piped.width, None);
        assert!(look(&[], true).animate);
        assert!(!look(&[("CI", "1")], true).animate);
    }

    #[test]
    fn options_are_stronger_than_the_environment() {
        let var = |name: &str| (name == "NO_COLOR").then(|| "1".to_string());
        let world = Surroundings {
            var: &var,
            terminal: true,
            width: None,
        };
        assert!(Look::decide(ColorChoice::Always, false, false, &world).color);
        let plain = Look::decide(ColorChoice::Always, true, false, &world);
        assert!(!plain.color && !plain.animate);
        assert_eq!(plain.glyphs, Glyphs::Plain);
        assert!(!Look::decide(ColorChoice::Auto, false, true, &world).animate);
    }
}
