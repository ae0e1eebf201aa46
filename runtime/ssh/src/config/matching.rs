//! `Match` lines.

use super::files::Values;
use super::token::Tokens;
use super::words;
use crate::known_hosts::{Pattern, matches_list};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A command of `Match exec` may take this long.
const LONGEST: Duration = Duration::from_secs(30);

/// What `Match` lines are compared with.
pub(super) struct Matching<'a> {
    /// What `Host` is compared with: the name as given, in the second pass what became of it.
    pub host: &'a str,
    /// The name as it was given.
    pub original: &'a str,
    pub final_pass: bool,
    pub local_user: &'a str,
    pub home: &'a Path,
    pub uid: u32,
    pub local_host: &'a str,
}

impl Matching<'_> {
    /// Whether a `Match` line applies, given what was found until now.
    ///
    /// # Errors
    ///
    /// What is wrong with the line.
    pub fn evaluate(
        &self,
        conditions: &str,
        values: &Values,
        wants_final: &mut bool,
    ) -> Result<bool, String> {
        let words = words::split(conditions)?;
        if words.is_empty() {
            return Err("Match has no condition".to_owned());
        }
        let mut words = words.into_iter();
        let mut applies = true;
        let mut others = false;
        while let Some(word) = words.next() {
            let (negated, name) = match word.strip_prefix('!') {
                Some(name) => (true, name),
                None => (false, word.as_str()),
            };
            // `Match host=a` is as good as `Match host a`.
            let (name, mut inline) = match name.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (name, None),
            };
            let holds = match name.to_ascii_lowercase().as_str() {
                "all" => {
                    if others || words.len() > 0 {
                        return Err("`all` stands alone".to_owned());
                    }
                    true
                }
                "final" => {
                    *wants_final = true;
                    self.final_pass
                }
                "canonical" => self.final_pass,
                name @ ("host" | "originalhost" | "user" | "localuser" | "exec") => {
                    others = true;
                    let argument = inline.take().or_else(|| words.next());
                    let argument = argument
                        .filter(|argument| !argument.is_empty())
                        .ok_or_else(|| format!("`{name}` has no value"))?;
                    // A command runs only when everything before it holds.
                    name == "exec" && !applies || self.holds(name, &argument, values)?
                }
                other => return Err(format!("`{other}` is no condition that is known here")),
            };
            applies &= holds != negated;
        }
        Ok(applies)
    }

    fn holds(&self, name: &str, argument: &str, values: &Values) -> Result<bool, String> {
        Ok(match name {
            "host" => matches_list(argument, &self.effective(values)) == Some(true),
            "originalhost" => matches_list(argument, self.original) == Some(true),
            "user" => matches_exactly(argument, &self.user(values)),
            "localuser" => matches_exactly(argument, self.local_user),
            _ => self.run(argument, values)?,
        })
    }

    /// What would be connected to, as far as is known now.
    fn effective(&self, values: &Values) -> String {
        if self.final_pass {
            return self.host.to_owned();
        }
        match values.get("hostname").and_then(|values| values.first()) {
            Some(name) => name.replace("%h", self.host).replace("%%", "%"),
            None => self.host.to_owned(),
        }
    }

    fn user(&self, values: &Values) -> String {
        let user = values.get("user").and_then(|values| values.first());
        user.cloned().unwrap_or_else(|| self.local_user.to_owned())
    }

    fn run(&self, command: &str, values: &Values) -> Result<bool, String> {
        let first = |name: &str| values.get(name).and_then(|values| values.first());
        let tokens = Tokens {
            home: self.home.display().to_string(),
            local_user: self.local_user.to_owned(),
            uid: self.uid.to_string(),
            local_host: self.local_host.to_owned(),
            host: self.effective(values),
            original: self.original.to_owned(),
            alias: first("hostkeyalias")
                .map_or(self.original, String::as_str)
                .to_owned(),
            port: first("port")
                .and_then(|port| port.parse().ok())
                .unwrap_or(22),
            user: self.user(values),
            jump: String::new(),
        };
        let command = tokens
            .expand(command)
            .map_err(|token| format!("`{token}` means nothing in a command"))?;
        let shell = std::env::var("SHELL").unwrap_or_else(|_| "/bin/sh".to_owned());
        let failed = |error: std::io::Error| format!("`{command}` cannot be run: {error}");
        let mut child = Command::new(&shell)
            .args(["-c", &command])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let deadline = Instant::now() + LONGEST;
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(status) = child.try_wait().map_err(failed)? {
                return Ok(status.success());
            }
            if Instant::now() > deadline {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("`{command}` does not end"));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

/// A list of patterns of users, for which capitals matter.
fn matches_exactly(patterns: &str, user: &str) -> bool {
    let mut found = false;
    for pattern in patterns.split(',') {
        match pattern.strip_prefix('!') {
            Some(pattern) if Pattern(pattern).matches_exactly(user) => return false,
            Some(_) => {}
            None => found |= Pattern(pattern).matches_exactly(user),
        }
    }
    found
}
