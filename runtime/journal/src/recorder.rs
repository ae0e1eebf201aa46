//! A journal that several threads use: one tells what happens, others wait until it is safe.

use crate::write::Journal;
use nexus_graph::Event;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

type Done = Box<dyn FnOnce() + Send>;
/// A file, the folder it is in, and who waits for it.
type Request = (Arc<File>, PathBuf, Done);
type Trouble = Box<dyn FnOnce(&io::Error) + Send>;

/// The journal of one run, as its subscriber of events.
pub struct Recorder {
    journal: Mutex<Journal>,
    /// Called when the journal is given up.
    trouble: Mutex<Option<Trouble>>,
    /// To the thread that waits for the disk, once somebody asked.
    waiting: OnceLock<Option<Sender<Request>>>,
}

impl Recorder {
    /// Tells `trouble` when the journal cannot be written any more.
    pub fn new(journal: Journal, trouble: impl FnOnce(&io::Error) + Send + 'static) -> Recorder {
        Recorder {
            journal: Mutex::new(journal),
            trouble: Mutex::new(Some(Box::new(trouble))),
            waiting: OnceLock::new(),
        }
    }

    /// Notes an event.
    pub fn record(&self, event: &Event) {
        let mut journal = lock(&self.journal);
        journal.record(event);
        self.tell_trouble(&journal);
    }

    /// The file, open: who holds it says that something of the run is still there. Makes the file,
    /// because something is about to start.
    pub fn hold(&self) -> Option<OwnedFd> {
        let mut journal = lock(&self.journal);
        let file = journal.open();
        self.tell_trouble(&journal);
        file?.try_clone().ok().map(OwnedFd::from)
    }

    /// Calls `done`, on any thread, when everything noted so far survives a loss of power, or cannot
    /// be made to. Those who wait at the same time wait for one write.
    pub fn flush(&self, done: Done) {
        let (file, folder) = {
            let mut journal = lock(&self.journal);
            (journal.open(), journal.folder().to_path_buf())
        };
        let Some(file) = file else {
            return done();
        };
        let waiting = self.waiting.get_or_init(|| {
            let (sender, receiver) = channel();
            let thread = std::thread::Builder::new().name("journal".into());
            thread.spawn(move || write_through(&receiver)).ok()?;
            Some(sender)
        });
        match waiting {
            // The thread lives as long as the sender.
            Some(sender) => drop(sender.send((file, folder, done))),
            None => done(),
        }
    }

    fn tell_trouble(&self, journal: &Journal) {
        if let Some(error) = journal.failed()
            && let Some(trouble) = lock(&self.trouble).take()
        {
            trouble(error);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write_through(requests: &Receiver<Request>) {
    let mut named = false;
    while let Ok((file, folder, done)) = requests.recv() {
        let others = requests.try_iter().map(|(_, _, done)| done);
        let all: Vec<Done> = std::iter::once(done).chain(others).collect();
        // A disk that refuses has refused the write before, or will refuse the next one.
        let _ = file.sync_data();
        if !named {
            // The name of the file has to survive as well.
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
            named = true;
        }
        all.into_iter().for_each(|done| done());
    }
}
