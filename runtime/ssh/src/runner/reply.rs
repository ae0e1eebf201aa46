//! What a runner answers, read from bytes as they come.
//!
//! Before the runner speaks, whatever the login prints may come; it is kept for messages. Its first
//! line begins with `@` and the word that it was told. Every other answer begins with a line
//! `@JOB WORDS… OUT ERR`, where `OUT` and `ERR` are 1 if output follows; each ends with a line of its
//! own that consists of `@` and the word.

use nexus_executor::Ended;

/// So much of what a login prints is kept.
const NOISE: usize = 4096;
/// A line longer than this is no answer.
const LONGEST: usize = 64 << 10;

/// The first word of a runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Greeting {
    /// It can run jobs.
    Ready {
        /// Its process.
        process: u32,
        /// Identifies the time since the host was started, where that is known.
        boot_id: Option<String>,
        /// Whether every job gets a session of its own, and whether processes can be looked for.
        thorough: bool,
    },
    /// It cannot: what is missing (`tool head`, `folder /home/x/.nexus/runs`).
    Unable(String),
}

/// An answer about a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The job's name, or the run's.
    pub about: String,
    /// What is said about it.
    pub words: Vec<String>,
    /// The streams of which something was to come with it: standard output and standard error.
    pub announced: [bool; 2],
    /// What came of them.
    pub output: [Vec<u8>; 2],
}

/// What is known of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// The host does not know it.
    Never,
    /// It was claimed but could not be begun.
    Unbegun,
    /// It runs.
    Running,
    /// It ended.
    Ended(Ended),
    /// The host was started again meanwhile.
    Rebooted,
    /// Whoever watched over it is gone, and so is the job.
    Killed,
    /// Its claim is empty: there was no room for it, and it was run without, or power went.
    Doubtful,
}

/// Reads answers.
#[derive(Debug)]
pub(crate) struct Replies {
    word: String,
    bytes: Vec<u8>,
    /// How much of `bytes` was looked through in vain.
    seen: usize,
    greeted: bool,
    noise: Vec<u8>,
    /// An answer whose output is not complete, and the streams that are still to come.
    partial: Option<(Reply, Vec<usize>)>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Read {
    /// The first answer.
    Greeting(Greeting),
    /// Another one.
    Reply(Reply),
}

/// Something that no runner says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Nonsense(pub String);

impl Replies {
    /// Reads the answers of a runner that was told this word.
    pub fn new(word: String) -> Self {
        Replies {
            word,
            bytes: Vec::new(),
            seen: 0,
            greeted: false,
            noise: Vec::new(),
            partial: None,
        }
    }

    /// Takes bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes what came on standard error, which says nothing but may explain something.
    pub fn note(&mut self, bytes: &[u8]) {
        if !self.greeted {
            self.noise.extend_from_slice(bytes);
            self.noise.truncate(NOISE);
        }
    }

    /// What the login printed before the runner spoke.
    pub fn noise(&self) -> String {
        let mut noise = self.noise.clone();
        if !self.greeted {
            noise.extend_from_slice(&self.bytes);
        }
        String::from_utf8_lossy(&noise).trim().to_owned()
    }

    /// The next complete answer; `None` when more bytes are needed.
    ///
    /// # Errors
    /// This is no runner, or something writes in between.
    pub fn next(&mut self) -> Result<Option<Read>, Nonsense> {
        if !self.greeted {
            return self.greeting();
        }
        if self.partial.is_none() {
            let Some(line) = self.line()? else {
                return Ok(None);
            };
            self.partial = Some(heading(&line)?);
        }
        let end = format!("\n@{}\n", self.word);
        while let Some((mut reply, mut missing)) = self.partial.take() {
            let Some(&stream) = missing.first() else {
                return Ok(Some(Read::Reply(reply)));
            };
            match self.find(end.as_bytes()) {
                Some(at) => {
                    let rest = self.bytes.split_off(at + end.len());
                    self.bytes.truncate(at);
                    reply.output[stream] = std::mem::replace(&mut self.bytes, rest);
                    missing.remove(0);
                    self.partial = Some((reply, missing));
                }
                None => {
                    self.partial = Some((reply, missing));
                    break;
                }
            }
        }
        Ok(None)
    }

    fn greeting(&mut self) -> Result<Option<Read>, Nonsense> {
        // On a terminal lines may end with a carriage return until it is told otherwise.
        let start = format!("\n@{} ", self.word);
        let Some(at) = self.find(start.as_bytes()) else {
            let most = NOISE + start.len();
            if self.bytes.len() > 2 * most {
                let excess = self.bytes.len() - most;
                self.noise.extend(self.bytes.drain(..excess));
                self.noise.truncate(NOISE);
                self.seen = self.seen.saturating_sub(excess);
            }
            return Ok(None);
        };
        let from = at + start.len();
        let Some(length) = self.bytes[from..].iter().position(|b| *b == b'\n') else {
            self.seen = at;
            return Ok(None);
        };
        let line = String::from_utf8_lossy(&self.bytes[from..from + length]).into_owned();
        self.noise
            .extend(self.bytes.drain(..from + length + 1).take(at));
        self.noise.truncate(NOISE);
        self.seen = 0;
        self.greeted = true;
        let words: Vec<&str> = line.split_whitespace().collect();
        let greeting = match words.as_slice() {
            ["ready", process, boot, session, processes] => Greeting::Ready {
                process: process.parse().map_err(|_| Nonsense(line.clone()))?,
                boot_id: (*boot != "-").then(|| (*boot).to_owned()),
                thorough: *session != "-" && *processes != "-",
            },
            ["no", ..] => Greeting::Unable(line["no".len()..].trim().to_owned()),
            _ => return Err(Nonsense(line)),
        };
        Ok(Some(Read::Greeting(greeting)))
    }

    /// Where `what` begins among the bytes.
    fn find(&mut self, what: &[u8]) -> Option<usize> {
        let from = self.seen;
        let found = memchr::memmem::find(&self.bytes[from..], what).map(|at| at + from);
        self.seen = match found {
            Some(_) => 0,
            None => self.bytes.len().saturating_sub(what.len()),
        };
        found
    }

    fn line(&mut self) -> Result<Option<String>, Nonsense> {
        let Some(length) = self.bytes.iter().position(|b| *b == b'\n') else {
            return match self.bytes.len() > LONGEST {
                true => Err(Nonsense(String::from_utf8_lossy(&self.bytes[..80]).into())),
                false => Ok(None),
            };
        };
        let line = String::from_utf8_lossy(&self.bytes[..length]).into_owned();
        self.bytes.drain(..=length);
        Ok(Some(line))
    }
}

/// The first line of an answer, and the streams whose output follows.
fn heading(line: &str) -> Result<(Reply, Vec<usize>), Nonsense> {
    let nonsense = || Nonsense(line.to_owned());
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let err = words.pop().ok_or_else(nonsense)?;
    let out = words.pop().ok_or_else(nonsense)?;
    if words.len() < 2 || !words[0].starts_with('@') {
        return Err(nonsense());
    }
    let mut missing = Vec::new();
    let mut announced = [false; 2];
    for (stream, flag) in [(0, out), (1, err)] {
        match flag.as_str() {
            "0" => {}
            "1" => {
                announced[stream] = true;
                missing.push(stream);
            }
            _ => return Err(nonsense()),
        }
    }
    let about = words.remove(0)[1..].to_owned();
    let output = Default::default();
    Ok((
        Reply {
            about,
            words,
            announced,
            output,
        },
        missing,
    ))
}

impl Reply {
    /// The first word: what kind of answer it is.
    pub fn kind(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// What it says about the state of a job.
    ///
    /// # Errors
    /// It says nothing of the kind.
    pub fn state(&self) -> Result<State, Nonsense> {
        let word = |at: usize| self.words.get(at).map_or("-", String::as_str);
        let state = match (self.kind(), word(1), word(2)) {
            ("never", ..) => State::Never,
            ("run" | "orphan", ..) => State::Running,
            ("reboot", ..) => State::Rebooted,
            ("killed", ..) => State::Killed,
            ("empty", ..) => State::Doubtful,
            ("end", "none", _) => State::Unbegun,
            ("end", _, "timeout") => State::Ended(Ended::TimedOut),
            ("end", _, "cancel") => State::Ended(Ended::Cancelled),
            // It printed too much.
            ("end", _, "output") => State::Ended(Ended::Signal(9)),
            ("end", code, _) => match code.parse::<i32>() {
                Ok(code @ 0..=255) => State::Ended(Ended::Exit(code)),
                Ok(signal @ -127..=-1) => State::Ended(Ended::Signal(-signal)),
                _ => return Err(Nonsense(self.words.join(" "))),
            },
            _ => return Err(Nonsense(self.words.join(" "))),
        };
        Ok(state)
    }

    /// Whether an empty claim says that there was no room for the job.
    pub fn marked(&self) -> bool {
        self.words.get(1).is_some_and(|word| word == "marked")
    }

    /// Whether the result could not be written down.
    pub fn unkept(&self) -> bool {
        self.words.get(3).is_some_and(|word| word == "unkept")
    }

    /// How much the job has printed on each stream, where the host could find that out.
    pub fn printed(&self) -> [Option<u64>; 2] {
        [4, 5].map(|at| self.words.get(at)?.parse().ok())
    }

    /// The processes that are left, each with the name of its program.
    pub fn left(&self) -> Vec<(u32, String)> {
        let words = self.words.iter().skip(1);
        let pairs = words.filter_map(|word| word.split_once(':'));
        pairs
            .filter_map(|(process, name)| Some((process.parse().ok()?, name.to_owned())))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Everything that is read of these bytes when they come in such pieces.
    fn read(bytes: &[u8], pieces: &[usize]) -> (Vec<Read>, Option<Nonsense>) {
        let mut replies = Replies::new("word".to_owned());
        let mut all = Vec::new();
        let mut rest = bytes;
        let mut pieces = pieces.iter().cycle();
        while !rest.is_empty() {
            let piece = pieces
                .next()
                .map_or(1, |piece| (*piece).clamp(1, rest.len()));
            replies.feed(&rest[..piece]);
            rest = &rest[piece..];
            loop {
                match replies.next() {
                    Ok(Some(read)) => all.push(read),
                    Ok(None) => break,
                    Err(nonsense) => return (all, Some(nonsense)),
                }
            }
        }
        (all, None)
    }

    fn reply(about: &str, words: &[&str], out: &[u8], err: &[u8]) -> Read {
        Read::Reply(Reply {
            about: about.to_owned(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            announced: [!out.is_empty(), !err.is_empty()],
            output: [out.to_vec(), err.to_vec()],
        })
    }

    fn greeting() -> Read {
        Read::Greeting(Greeting::Ready {
            process: 7,
            boot_id: Some("boot".to_owned()),
            thorough: true,
        })
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(
            noise in proptest::collection::vec(any::<u8>(), 0..300),
            out in proptest::collection::vec(any::<u8>(), 1..300),
            err in proptest::collection::vec(any::<u8>(), 1..300),
            pieces in proptest::collection::vec(1usize..40, 1..20),
        ) {
            let mut bytes = noise;
            bytes.extend_from_slice(b"\n@word ready 7 boot s 1\n@r/a end 0 - - 1 1\n");
            bytes.extend_from_slice(&out);
            bytes.extend_from_slice(b"\n@word\n");
            bytes.extend_from_slice(&err);
            bytes.extend_from_slice(b"\n@word\n@r/b dup 0 0\n@r/c end -9 - - 0 1\n");
            bytes.extend_from_slice(&err);
            bytes.extend_from_slice(b"\n@word\n");
            let expected = vec![
                greeting(),
                reply("r/a", &["end", "0", "-", "-"], &out, &err),
                reply("r/b", &["dup"], b"", b""),
                reply("r/c", &["end", "-9", "-", "-"], b"", &err),
            ];
            prop_assert_eq!(read(&bytes, &pieces), (expected, None));
        }

        #[test]
        fn nonsense_is_told_and_never_panics(
            bytes in proptest::collection::vec(any::<u8>(), 0..400),
            pieces in proptest::collection::vec(1usize..40, 1..20),
        ) {
            let mut whole = b"\n@word ready 7 boot s 1\n".to_vec();
            whole.extend_from_slice(&bytes);
            for read in read(&whole, &pieces).0 {
                if let Read::Reply(reply) = read {
                    let _ = (reply.state(), reply.left(), reply.unkept(), reply.marked());
                }
            }
        }
    }

    #[test]
    fn words_mean_what_they_say() {
        for (line, state) in [
            ("never - - -", State::Never),
            ("run - - -", State::Running),
            ("orphan - - -", State::Running),
            ("reboot - - -", State::Rebooted),
            ("killed - - -", State::Killed),
            ("empty - - -", State::Doubtful),
            ("end none - -", State::Unbegun),
            ("end 0 - -", State::Ended(Ended::Exit(0))),
            ("end 255 - unkept", State::Ended(Ended::Exit(255))),
            ("end -15 - -", State::Ended(Ended::Signal(15))),
            ("end -9 timeout -", State::Ended(Ended::TimedOut)),
            ("end 0 cancel -", State::Ended(Ended::Cancelled)),
        ] {
            let words = line.split(' ').map(str::to_owned).collect();
            let reply = Reply {
                words,
                ..Reply::default()
            };
            assert_eq!(reply.state(), Ok(state), "{line}");
        }
        for line in [
            "",
            "end",
            "end x - -",
            "end 256 - -",
            "end -200 - -",
            "ended 0",
        ] {
            let words = line.split(' ').map(str::to_owned).collect();
            let reply = Reply {
                words,
                ..Reply::default()
            };
            assert!(reply.state().is_err(), "{line}");
        }
    }

    #[test]
    fn what_a_login_prints_without_end_is_not_kept() {
        let mut replies = Replies::new("word".to_owned());
        for _ in 0..1000 {
            replies.feed(&[b'x'; 1000]);
            assert_eq!(replies.next(), Ok(None));
        }
        assert!(replies.noise().len() < 4 * NOISE);
        replies.feed(b"\n@word no folder /home/x\n");
        let unable = Greeting::Unable("folder /home/x".to_owned());
        assert_eq!(replies.next(), Ok(Some(Read::Greeting(unable))));
    }
}
