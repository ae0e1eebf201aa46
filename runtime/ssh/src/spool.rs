//! A queue of messages that never makes the sender wait and holds little memory: what does not fit
//! lies in a file without a name.
//!
//! The library below hands out the data of all channels in one loop. A channel whose data nobody
//! takes would stop every other channel of its connection, and its signs of life.

use bytes::Bytes;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Bytes of data kept in memory.
const IN_MEMORY: usize = 1 << 20;

/// Messages in their order, some of whose data lies in a file.
pub(crate) struct Spool<T> {
    queue: VecDeque<Entry<T>>,
    in_memory: usize,
    file: Option<File>,
    written: u64,
    read: u64,
}

enum Entry<T> {
    Other(T),
    Data(bool, Bytes),
    /// So many bytes of the file, from where reading stopped.
    InFile(bool, usize),
}

/// What comes out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Item<T> {
    /// Anything but data.
    Other(T),
    /// Data; whether it belongs to standard error.
    Data(bool, Bytes),
}

impl<T> Default for Spool<T> {
    fn default() -> Self {
        Spool {
            queue: VecDeque::new(),
            in_memory: 0,
            file: None,
            written: 0,
            read: 0,
        }
    }
}

impl<T> Spool<T> {
    /// Adds a message that is not data.
    pub fn push(&mut self, other: T) {
        self.queue.push_back(Entry::Other(other));
    }

    /// Adds data of standard output or error.
    ///
    /// # Errors
    ///
    /// The file cannot be made or written: the disk is full. The data is kept in memory then.
    pub fn push_data(&mut self, error: bool, data: Bytes) -> io::Result<()> {
        if self.in_memory + data.len() <= IN_MEMORY || data.is_empty() {
            self.in_memory += data.len();
            self.queue.push_back(Entry::Data(error, data));
            return Ok(());
        }
        if let Err(problem) = self.put_aside(&data) {
            self.in_memory += data.len();
            self.queue.push_back(Entry::Data(error, data));
            return Err(problem);
        }
        match self.queue.back_mut() {
            Some(Entry::InFile(which, length)) if *which == error && *length < (64 << 10) => {
                *length += data.len();
            }
            _ => self.queue.push_back(Entry::InFile(error, data.len())),
        }
        Ok(())
    }

    fn put_aside(&mut self, data: &[u8]) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(tempfile::tempfile()?);
        }
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        file.seek(SeekFrom::Start(self.written))?;
        file.write_all(data)?;
        self.written += data.len() as u64;
        Ok(())
    }

    /// Takes the oldest message.
    ///
    /// # Errors
    ///
    /// The file cannot be read. The message is gone.
    pub fn pop(&mut self) -> io::Result<Option<Item<T>>> {
        let Some(entry) = self.queue.pop_front() else {
            return Ok(None);
        };
        Ok(Some(match entry {
            Entry::Other(other) => Item::Other(other),
            Entry::Data(error, data) => {
                self.in_memory -= data.len();
                Item::Data(error, data)
            }
            Entry::InFile(error, length) => Item::Data(error, self.bring_back(length)?),
        }))
    }

    fn bring_back(&mut self, length: usize) -> io::Result<Bytes> {
        let Some(file) = &mut self.file else {
            return Ok(Bytes::new());
        };
        let mut data = vec![0; length];
        file.seek(SeekFrom::Start(self.read))?;
        file.read_exact(&mut data)?;
        self.read += length as u64;
        if self.read == self.written {
            // Everything was taken: give the room on the disk back.
            file.set_len(0)?;
            (self.read, self.written) = (0, 0);
        }
        Ok(data.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_content_survive_the_file() {
        let mut spool = Spool::default();
        let piece = Bytes::from(vec![7u8; 100_000]);
        for at in 0..40u32 {
            spool.push_data(at % 3 == 0, piece.clone()).unwrap();
            spool.push(at);
        }
        assert!(spool.in_memory <= IN_MEMORY);
        assert!(spool.written > 0);
        for at in 0..40u32 {
            let got = spool.pop().unwrap();
            assert_eq!(got, Some(Item::Data(at % 3 == 0, piece.clone())));
            assert_eq!(spool.pop().unwrap(), Some(Item::Other(at)));
        }
        assert_eq!(spool.pop().unwrap(), None);
        assert_eq!((spool.read, spool.written, spool.in_memory), (0, 0, 0));
    }

    #[test]
    fn what_is_written_while_reading_stays_in_order() {
        let mut spool: Spool<()> = Spool::default();
        let mut sent = 0u64;
        let mut taken = 0u64;
        for round in 0..200 {
            for _ in 0..(round % 7) {
                let piece: Vec<u8> = (0..60_000).map(|i| ((sent + i) % 251) as u8).collect();
                sent += piece.len() as u64;
                spool.push_data(false, piece.into()).unwrap();
            }
            for _ in 0..(round % 5) {
                if let Some(Item::Data(_, data)) = spool.pop().unwrap() {
                    for byte in data {
                        assert_eq!(u64::from(byte), taken % 251);
                        taken += 1;
                    }
                }
            }
        }
        while let Some(Item::Data(_, data)) = spool.pop().unwrap() {
            taken += data.len() as u64;
        }
        assert_eq!(sent, taken);
    }
}
