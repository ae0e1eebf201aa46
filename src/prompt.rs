//! Questions to the person at the terminal: passwords, passphrases, unknown keys.
//!
//! Asked on the terminal itself, so that standard input and output stay free, and only when there is
//! one. Each question has a thread of its own, one at a time, so that the run goes on meanwhile.

use nexus_executor::{Pending, Prompt, Question, Secret};
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

/// The terminal of the process, if it has one.
#[derive(Default)]
pub struct Terminal {
    /// Questions are asked one after the other.
    turn: Arc<Mutex<()>>,
}

impl Terminal {
    /// Asks in a thread; `None` without a terminal.
    fn ask<T: Send + 'static>(
        &self,
        question: &Question,
        ask: impl FnOnce(&Question) -> Option<T> + Send + 'static,
    ) -> Pending<'static, Option<T>> {
        // A run whose messages go elsewhere has nobody before it.
        if !std::io::stderr().is_terminal() || File::open("/dev/tty").is_err() {
            return Box::pin(std::future::ready(None));
        }
        let (turn, question) = (self.turn.clone(), question.clone());
        let answer = Arc::new(Mutex::new(Answer::default()));
        let given = answer.clone();
        std::thread::spawn(move || {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            let value = ask(&question);
            let mut answer = given.lock().unwrap_or_else(PoisonError::into_inner);
            answer.value = Some(value);
            if let Some(waker) = answer.waker.take() {
                waker.wake();
            }
        });
        Box::pin(std::future::poll_fn(move |context| {
            let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
            match answer.value.take() {
                Some(value) => Poll::Ready(value),
                None => {
                    answer.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        }))
    }
}

struct Answer<T> {
    value: Option<Option<T>>,
    waker: Option<Waker>,
}

impl<T> Default for Answer<T> {
    fn default() -> Self {
        Answer {
            value: None,
            waker: None,
        }
    }
}

impl Prompt for Terminal {
    fn secret<'a>(&'a self, question: &'a Question) -> Pending<'a, Option<Secret>> {
        self.ask(question, |question| {
            let text = match question.shown {
                true => line(question, ": ")?,
                false => {
                    show(question)?;
                    rpassword::prompt_password(format!("{}: ", visible(&question.text))).ok()?
                }
            };
            (!text.is_empty()).then(|| Secret::new(text))
        })
    }

    fn confirm<'a>(&'a self, question: &'a Question) -> Pending<'a, Option<bool>> {
        self.ask(question, |question| {
            let text = line(question, " (yes/no) ")?;
            Some(matches!(text.trim(), "yes" | "y"))
        })
    }
}

/// Writes what is to be known before the question.
fn show(question: &Question) -> Option<File> {
    let mut terminal = File::options().write(true).open("/dev/tty").ok()?;
    for line in &question.about {
        writeln!(terminal, "{}", visible(line)).ok()?;
    }
    Some(terminal)
}

/// An answer that may be seen.
fn line(question: &Question, end: &str) -> Option<String> {
    let mut terminal = show(question)?;
    write!(terminal, "{}{end}", visible(&question.text)).ok()?;
    terminal.flush().ok()?;
    let mut text = String::new();
    let terminal = File::open("/dev/tty").ok()?;
    BufReader::new(terminal).read_line(&mut text).ok()?;
    Some(text.trim_end_matches(['\r', '\n']).to_string())
}

/// What may come from a server cannot move the cursor.
fn visible(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
