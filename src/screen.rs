//! The terminal, which reports and questions share: while a question is open nothing is drawn, and
//! what is printed goes above it.

use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};
use std::fs::File;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What is on the terminal.
#[derive(Default)]
pub struct Screen {
    question: Option<Open>,
    /// Takes away what is redrawn in place.
    clear: Option<Box<dyn Fn() + Send>>,
    asked: u64,
}

/// A question that waits for its answer.
struct Open {
    number: u64,
    line: String,
    terminal: File,
    /// How the terminal was set.
    before: Termios,
}

static SCREEN: Mutex<Screen> = Mutex::new(Screen {
    question: None,
    clear: None,
    asked: 0,
});
static ANSWERED: Condvar = Condvar::new();

/// The terminal, for whoever wants to show something.
pub fn lock() -> MutexGuard<'static, Screen> {
    SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets the terminal as it was before a question that is open: the process ends.
pub fn restore() {
    // Whoever holds it has no question open, or writes to a terminal that shows nothing any more.
    if let Ok(screen) = SCREEN.try_lock()
        && let Some(open) = &screen.question
    {
        // There is nobody to tell.
        _ = tcsetattr(&open.terminal, SetArg::TCSANOW, &open.before);
        _ = (&open.terminal).write_all(b"\n");
    }
}

/// Waits until this question is not open any more.
pub fn until_closed(number: u64) {
    let mut screen = lock();
    while screen
        .question
        .as_ref()
        .is_some_and(|open| open.number == number)
    {
        screen = ANSWERED
            .wait(screen)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

impl Screen {
    /// From now on, this takes away what is redrawn in place; `None`: there is no such thing.
    pub fn clear_by(&mut self, clear: Option<Box<dyn Fn() + Send>>) {
        self.clear = clear;
    }

    /// Whether a question is open: nothing can be drawn.
    pub fn is_asking(&self) -> bool {
        self.question.is_some()
    }

    /// Lets whole lines be printed, above a question that is open.
    pub fn print<T>(&mut self, put: impl FnOnce() -> T) -> T {
        let Some(open) = &mut self.question else {
            return put();
        };
        // A terminal that is gone shows neither.
        _ = open.terminal.write_all(b"\r\x1b[K");
        let done = put();
        _ = open.terminal.write_all(open.line.as_bytes());
        done
    }

    /// A number for a question that is going to be asked.
    pub fn number(&mut self) -> u64 {
        self.asked += 1;
        self.asked
    }

    /// Puts a question behind lines that explain it; `shown`: the answer may be seen. Gives what the
    /// answer is read from.
    ///
    /// # Errors
    /// There is no terminal.
    pub fn ask(
        &mut self,
        number: u64,
        about: &[String],
        line: String,
        shown: bool,
    ) -> io::Result<File> {
        if let Some(clear) = &self.clear {
            clear();
        }
        let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        let mut quiet = before.clone();
        quiet.local_flags.set(LocalFlags::ECHO, shown);
        quiet
            .local_flags
            .insert(LocalFlags::ICANON | LocalFlags::ISIG);
        // What was typed before the question is no answer to it.
        tcsetattr(&terminal, SetArg::TCSAFLUSH, &quiet)?;
        let answers = terminal.try_clone();
        let told = about
            .iter()
            .try_for_each(|line| writeln!(terminal, "{line}"));
        let asked = told.and_then(|()| terminal.write_all(line.as_bytes()));
        self.question = Some(Open {
            number,
            line,
            terminal,
            before,
        });
        match asked.and(answers) {
            Ok(answers) => Ok(answers),
            Err(error) => {
                self.close(true);
                Err(error)
            }
        }
    }

    /// The question is over; `echoed`: the end of the line is on the terminal already.
    pub fn close(&mut self, echoed: bool) {
        if let Some(mut open) = self.question.take() {
            // A terminal that is gone need not be set back.
            _ = tcsetattr(&open.terminal, SetArg::TCSANOW, &open.before);
            if !echoed {
                _ = open.terminal.write_all(b"\n");
            }
        }
        ANSWERED.notify_all();
    }
}
