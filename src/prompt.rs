//! Questions to the person at the terminal: passwords, passphrases, unknown keys.
//!
//! Asked on the terminal itself, so that standard input and output stay free, and only when there is
//! one. Each question has a thread of its own, one at a time, so that the run goes on meanwhile. A
//! question that nobody wants answered any more is taken back: the crates for this wait for ever, and
//! leave the terminal as they set it.

use crate::screen;
use nexus_executor::{Pending, Prompt, Question, Secret};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::fs::File;
use std::io::{self, IsTerminal, PipeReader, PipeWriter, Read};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// The terminal of the process, if it has one.
#[derive(Default)]
pub struct Terminal {
    /// Questions are asked one after the other.
    turn: Arc<Mutex<()>>,
}

/// A question on its way. Dropping it takes the question back, and leaves the terminal as it was.
struct Asking {
    number: u64,
    answer: Arc<Mutex<Answer>>,
    /// Closed when nobody waits any more.
    wanted: Option<PipeWriter>,
}

#[derive(Default)]
struct Answer {
    /// What was typed, once the question is over.
    value: Option<Option<String>>,
    waker: Option<Waker>,
}

impl Drop for Asking {
    fn drop(&mut self) {
        drop(self.wanted.take());
        screen::until_closed(self.number);
    }
}

impl Future for Asking {
    type Output = Option<String>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        match answer.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                answer.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Terminal {
    /// Asks in a thread; `None` without a terminal.
    fn ask(&self, question: &Question, shown: bool, end: &str) -> Option<Asking> {
        // A run whose messages go elsewhere has nobody before it.
        if !io::stderr().is_terminal() || File::open("/dev/tty").is_err() {
            return None;
        }
        let about: Vec<String> = question.about.iter().map(|line| visible(line)).collect();
        let line = format!("{}{end}", visible(&question.text));
        let number = screen::lock().number();
        let (unwanted, wanted) = io::pipe().ok()?;
        let (turn, answer) = (self.turn.clone(), Arc::new(Mutex::new(Answer::default())));
        let given = answer.clone();
        std::thread::spawn(move || {
            let turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            let value = put(number, &about, line, shown, &unwanted);
            drop(turn);
            let mut answer = given.lock().unwrap_or_else(PoisonError::into_inner);
            answer.value = Some(value);
            if let Some(waker) = answer.waker.take() {
                waker.wake();
            }
        });
        Some(Asking {
            number,
            answer,
            wanted: Some(wanted),
        })
    }
}

impl Prompt for Terminal {
    fn secret<'a>(&'a self, question: &'a Question) -> Pending<'a, Option<Secret>> {
        let asking = self.ask(question, question.shown, ": ");
        Box::pin(async move {
            let text = asking?.await?;
            (!text.is_empty()).then(|| Secret::new(text))
        })
    }

    fn confirm<'a>(&'a self, question: &'a Question) -> Pending<'a, Option<bool>> {
        let asking = self.ask(question, true, " (yes/no) ");
        Box::pin(async move {
            let text = asking?.await?;
            Some(matches!(text.trim(), "yes" | "y"))
        })
    }
}

/// Puts the question and waits for the answer, unless nobody wants it any more.
fn put(
    number: u64,
    about: &[String],
    line: String,
    shown: bool,
    unwanted: &PipeReader,
) -> Option<String> {
    let terminal = {
        let mut screen = screen::lock();
        if is_closed(unwanted) {
            return None;
        }
        screen.ask(number, about, line, shown).ok()?
    };
    let answer = read(&terminal, unwanted);
    screen::lock().close(shown && answer.is_some());
    answer
}

/// Whether the other end is.
fn is_closed(pipe: &PipeReader) -> bool {
    let mut both = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
    matches!(poll(&mut both, PollTimeout::ZERO), Ok(1..))
}

/// One line, without its end.
fn read(mut terminal: &File, unwanted: &PipeReader) -> Option<String> {
    // Of a fixed size: a secret is not left behind in memory by growing.
    let mut line = Vec::with_capacity(4096);
    loop {
        let mut both = [
            PollFd::new(unwanted.as_fd(), PollFlags::POLLIN),
            PollFd::new(terminal.as_fd(), PollFlags::POLLIN),
        ];
        match poll(&mut both, PollTimeout::NONE) {
            Ok(_) if both[0].any().unwrap_or(true) => break,
            Err(nix::errno::Errno::EINTR) => continue,
            Err(_) => break,
            Ok(_) => {}
        }
        let mut byte = [0];
        match terminal.read(&mut byte) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(1) if byte[0] == b'\n' => return text(line),
            Ok(1) if line.len() < line.capacity() => line.push(byte[0]),
            Ok(1) => {}
            // The end of the input: no answer.
            Ok(_) | Err(_) => break,
        }
    }
    line.fill(0);
    None
}

fn text(mut line: Vec<u8>) -> Option<String> {
    while line.last() == Some(&b'\r') {
        line.pop();
    }
    String::from_utf8(line).ok()
}

/// What may come from a server cannot move the cursor.
fn visible(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
