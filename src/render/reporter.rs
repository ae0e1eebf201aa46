//! Writes what a renderer says to standard output and keeps the progress picture on standard
//! error, on a thread of its own: a slow terminal does not slow the run.

use super::ci::{Folded, Page, Service};
use super::look::Look;
use super::progress::Board;
use super::text::fit;
use super::waiting::Waiting;
use super::{
    Renderer, exec::Exec, json::Json, quiet::Quiet, tree::Tree, verbose::Verbose, warning,
};
use crate::screen;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use nexus_graph::{Event, EventKind, TaskGraph};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How a run is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A tree for each task.
    Tree,
    /// Every line as it comes.
    Verbose,
    /// One line a task.
    Quiet,
    /// JSON lines.
    Json,
    /// Folded, for the log of a CI service.
    Ci(Service),
    /// What one command prints on many hosts.
    Exec {
        /// At the end, equal output once.
        group: bool,
        /// Nothing but output and failures.
        quiet: bool,
    },
}

impl Mode {
    /// Whether tasks that are known to be up to date are only counted.
    pub fn is_brief(self) -> bool {
        matches!(self, Mode::Tree | Mode::Quiet | Mode::Ci(_))
    }
}

/// Events on their way to the renderer. Many, so that bursts of output pass at full speed; bounded,
/// so that a program printing faster than the terminal shows cannot fill the memory.
const QUEUE: usize = 16_384;
/// Between two pictures.
const FRAME: Duration = Duration::from_millis(100);
/// Between two looks at what has come: a thread that waits for the next event would be woken by
/// each, in the middle of what the tasks do.
const PAUSE: Duration = Duration::from_millis(5);
/// Runs shorter than this (microseconds) show no picture.
const PATIENCE: u64 = 250_000;

/// What the thread is told.
enum Message {
    Event(Box<Event>),
    Graph(Arc<TaskGraph>),
    Notice(String),
    /// Say what is going on.
    State,
    /// Nothing more comes.
    End,
}

/// Says something beside the report, from any thread and without ever waiting.
#[derive(Clone)]
pub struct Notifier(SyncSender<Message>);

impl Notifier {
    /// Puts `text` on standard error, where it does not disturb the progress picture.
    pub fn say(&self, text: &str) {
        // A queue that is full has more pressing things to show; one without a reader, nobody.
        _ = self.0.try_send(Message::Notice(text.to_string()));
    }

    /// Puts what is going on right now on standard error.
    pub fn state(&self) {
        _ = self.0.try_send(Message::State);
    }
}

/// Takes events and shows them.
///
/// When it is dropped, everything shown so far has been written.
pub struct Reporter {
    sender: SyncSender<Message>,
    waiting: Waiting,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Reporter {
    fn drop(&mut self) {
        // A panic has been reported by its hook; `finish` passes it on.
        _ = self.end();
    }
}

impl Reporter {
    /// Begins to show a run: the report on standard output looks like `out`, the progress on
    /// standard error like `err`.
    pub fn start(mode: Mode, out: Look, err: Look) -> Self {
        Reporter::show(mode, out, err, false)
    }

    /// The same with the report on standard error.
    pub fn aside(mode: Mode, err: Look) -> Self {
        Reporter::show(mode, err.clone(), err, true)
    }

    fn show(mode: Mode, out: Look, err: Look, aside: bool) -> Self {
        let (sender, receiver) = sync_channel(QUEUE);
        let renderer: Box<dyn Renderer> = match mode {
            Mode::Tree => Box::new(Tree::new(out)),
            Mode::Verbose => Box::new(Verbose::new(out)),
            Mode::Quiet => Box::new(Quiet::new(out)),
            Mode::Json => Box::<Json>::default(),
            Mode::Ci(service) => Box::new(Folded::new(service, out)),
            Mode::Exec { group, quiet } => Box::new(Exec::new(out, group, quiet)),
        };
        let picture = match mode {
            Mode::Tree if err.animate => Picture::Bars(Bars::new(err.clone())),
            Mode::Tree => Picture::Lines(err.clone()),
            Mode::Verbose | Mode::Quiet | Mode::Json | Mode::Ci(_) | Mode::Exec { .. } => {
                Picture::None
            }
        };
        let desk = Desk {
            renderer,
            picture,
            // GitHub shows warnings where they belong.
            warnings: (!matches!(mode, Mode::Json | Mode::Ci(Service::GitHub)))
                .then(|| err.clone()),
            page: match mode {
                Mode::Ci(Service::GitHub) => {
                    std::env::var_os("GITHUB_STEP_SUMMARY").map(|file| Page::new(file.into()))
                }
                _ => None,
            },
            board: Board::default(),
            look: err.clone(),
            closed: false,
            aside,
        };
        let waiting = Waiting::default();
        let shared = waiting.clone();
        let thread = std::thread::spawn(move || {
            let _taking = shared.taking();
            desk.work(&receiver, &shared);
        });
        Reporter {
            sender,
            waiting,
            thread: Some(thread),
        }
    }

    /// Tells what is going to run, see [`Renderer::graph`].
    pub fn graph(&self, graph: Arc<TaskGraph>) {
        self.send(Message::Graph(graph));
    }

    /// Shows an event.
    pub fn event(&self, event: Event) {
        self.waiting.add(weight(&event));
        self.send(Message::Event(Box::new(event)));
    }

    fn send(&self, message: Message) {
        // The thread ends only when it is told to; if it panicked, `finish` says so.
        _ = self.sender.send(message);
    }

    /// Waits until everything is written.
    pub fn finish(mut self) {
        if let Err(panic) = self.end() {
            std::panic::resume_unwind(panic);
        }
    }

    /// For what others have to say meanwhile.
    pub fn notifier(&self) -> Notifier {
        Notifier(self.sender.clone())
    }

    fn end(&mut self) -> std::thread::Result<()> {
        match self.thread.take() {
            Some(thread) => {
                self.send(Message::End);
                thread.thread().unpark();
                thread.join()
            }
            None => Ok(()),
        }
    }
}

fn weight(event: &Event) -> usize {
    match &event.kind {
        EventKind::Output { line, .. } => line.text.len(),
        _ => 0,
    }
}

enum Picture {
    None,
    Bars(Bars),
    Lines(Look),
}

struct Desk {
    renderer: Box<dyn Renderer>,
    picture: Picture,
    /// How warnings look, unless they are left to the renderer.
    warnings: Option<Look>,
    page: Option<Page>,
    board: Board,
    /// Of standard error.
    look: Look,
    /// Nobody reads standard output any more: the run goes on without a report.
    closed: bool,
    /// The report goes to standard error.
    aside: bool,
}

impl Desk {
    fn work(mut self, messages: &Receiver<Message>, waiting: &Waiting) {
        let (mut out, mut err) = (String::new(), String::new());
        let mut open = true;
        while open {
            match messages.recv_timeout(FRAME) {
                Ok(message) => {
                    // Everything that is there already goes out in one piece.
                    let mut taken = 0;
                    for message in std::iter::once(message).chain(messages.try_iter().take(QUEUE)) {
                        if let Message::Event(event) = &message {
                            taken += weight(event);
                        }
                        open &= self.take(message, &mut out, &mut err);
                    }
                    self.write(&mut out, &mut err);
                    waiting.remove(taken);
                    if open {
                        std::thread::park_timeout(PAUSE);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => open = false,
            }
            if open {
                self.draw();
            }
        }
        if let Picture::Bars(bars) = &self.picture {
            bars.clear();
        }
    }

    /// Whether more may come.
    fn take(&mut self, message: Message, out: &mut String, err: &mut String) -> bool {
        match message {
            Message::End => return false,
            Message::Notice(text) => err.push_str(&text),
            Message::State => err.push_str(&self.board.state(now(), &self.look)),
            Message::Graph(graph) => self.renderer.graph(graph),
            Message::Event(event) => {
                self.board.note(&event);
                self.renderer.event(&event, out);
                if let Some(page) = &mut self.page {
                    page.note(&event);
                }
                if let Some(look) = &self.warnings {
                    err.extend(warning::render(&event.kind, look));
                }
            }
        }
        true
    }

    fn write(&mut self, out: &mut String, err: &mut String) {
        if out.is_empty() && err.is_empty() {
            return;
        }
        self.board.printed(now());
        let (closed, aside) = (self.closed, self.aside);
        let put = || {
            // Without standard error there is nobody to tell.
            _ = io::stderr().write_all(err.as_bytes());
            if closed {
                return Ok(());
            }
            if aside {
                return io::stderr().write_all(out.as_bytes());
            }
            let mut stdout = io::stdout().lock();
            stdout.write_all(out.as_bytes())?;
            stdout.flush()
        };
        let mut screen = screen::lock();
        let result = match &self.picture {
            Picture::Bars(bars) if !screen.is_asking() => bars.around(put),
            _ => screen.print(put),
        };
        drop(screen);
        self.closed |= result.is_err();
        out.clear();
        err.clear();
    }

    fn draw(&mut self) {
        let mut screen = screen::lock();
        match &mut self.picture {
            Picture::None => {}
            Picture::Bars(_) if screen.is_asking() => {}
            Picture::Bars(bars) => bars.draw(&self.board, now()),
            Picture::Lines(look) => {
                if let Some(line) = self.board.heartbeat(now(), look) {
                    // Standard error may be closed as well; the run does not depend on it.
                    _ = screen.print(|| io::stderr().write_all(line.as_bytes()));
                }
            }
        }
    }
}

/// Microseconds since the Unix epoch, as in events.
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_micros() as u64)
}

/// A bar and below it the running tasks, redrawn in place.
struct Bars {
    look: Look,
    all: MultiProgress,
    head: ProgressBar,
    rows: Vec<ProgressBar>,
    since: u64,
    shown: bool,
}

impl Bars {
    fn new(look: Look) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        let picture = all.clone();
        // A terminal that is gone shows no question either.
        let clear = move || _ = picture.clear();
        screen::lock().clear_by(Some(Box::new(clear)));
        // A blank line first: when the terminal echoes `^C` at the end of the last line, everything
        // is one line lower than expected, and this one is what stays.
        let style = ProgressStyle::with_template(if look.color {
            "\n  {bar:24.green/dim} {pos}/{len}{msg}"
        } else {
            "\n  {bar:24} {pos}/{len}{msg}"
        })
        .unwrap_or_else(|_| ProgressStyle::default_bar());
        let chars = match look.glyphs {
            super::look::Glyphs::Unicode => "━╸─",
            _ => "=> ",
        };
        let head = all.add(ProgressBar::new(0).with_style(style.progress_chars(chars)));
        Bars {
            look,
            all,
            head,
            rows: Vec::new(),
            since: now(),
            shown: false,
        }
    }

    fn draw(&mut self, board: &Board, now: u64) {
        if !self.shown {
            if now.saturating_sub(self.since) < PATIENCE || board.position().1 == 0 {
                return;
            }
            self.all
                .set_draw_target(ProgressDrawTarget::stderr_with_hz(20));
            self.shown = true;
        }
        let size = terminal_size::terminal_size_of(io::stderr());
        self.look.width = size.map(|(width, _)| usize::from(width.0));
        let height = size.map_or(24, |(_, height)| usize::from(height.0));
        let (done, total) = board.position();
        let rows = board.rows(now, height / 3, &self.look);
        while self.rows.len() > rows.len() {
            if let Some(bar) = self.rows.pop() {
                bar.finish_and_clear();
                self.all.remove(&bar);
            }
        }
        while self.rows.len() < rows.len() {
            let style = ProgressStyle::with_template("{msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(0).with_style(style);
            self.rows.push(self.all.add(bar));
        }
        for (bar, text) in self.rows.iter().zip(rows) {
            bar.set_message(text);
        }
        self.head.set_length(total);
        self.head.set_position(done);
        let status = board.status(now, &self.look);
        let room = self.look.width.unwrap_or(80).saturating_sub(36);
        self.head
            .set_message(fit(&status, room, &self.look).into_owned());
        self.head.tick();
    }

    fn around<T>(&self, write: impl FnOnce() -> T) -> T {
        if self.shown {
            self.all.suspend(write)
        } else {
            write()
        }
    }

    fn clear(&self) {
        screen::lock().clear_by(None);
        // A terminal that is gone cannot be tidied.
        _ = self.all.clear();
    }
}
