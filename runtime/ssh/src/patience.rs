//! Limits of time that do not run while a person is being asked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The time that people have taken to answer.
#[derive(Clone, Default)]
pub(crate) struct Patience(Arc<Mutex<Asked>>);

#[derive(Default)]
struct Asked {
    now: u32,
    since: Option<Instant>,
    total: Duration,
}

/// A question that is open.
struct Open<'a>(&'a Patience);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let mut asked = self.0.asked();
        asked.now -= 1;
        if asked.now == 0
            && let Some(since) = asked.since.take()
        {
            asked.total += since.elapsed();
        }
    }
}

impl Patience {
    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a person.
    pub async fn asking<T>(&self, question: impl Future<Output = T>) -> T {
        {
            let mut asked = self.asked();
            asked.now += 1;
            asked.since.get_or_insert_with(Instant::now);
        }
        let _open = Open(self);
        question.await
    }

    /// What people have taken until now.
    pub fn spent(&self) -> Duration {
        let asked = self.asked();
        asked.total + asked.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Does something within a time, to which that of open questions is added. `None`: it was not done.
    pub async fn limit<T>(&self, limit: Duration, doing: impl Future<Output = T>) -> Option<T> {
        let started = Instant::now();
        let before = self.spent();
        let mut doing = std::pin::pin!(doing);
        loop {
            let deadline = started + limit + (self.spent() - before);
            tokio::select! {
                biased;
                done = &mut doing => return Some(done),
                () = sleep_until(deadline) => {
                    if started + limit + (self.spent() - before) <= Instant::now() {
                        return None;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    #[tokio::test(start_paused = true)]
    async fn questions_take_no_time() {
        let patience = Patience::default();
        let limit = Duration::from_secs(10);
        let asked = patience.asking(sleep(Duration::from_secs(600)));
        assert!(patience.limit(limit, asked).await.is_some());
        let mixed = async {
            sleep(Duration::from_secs(6)).await;
            patience.asking(sleep(Duration::from_secs(60))).await;
            sleep(Duration::from_secs(3)).await;
        };
        assert!(patience.limit(limit, mixed).await.is_some());
        let started = Instant::now();
        let long = async {
            patience.asking(sleep(Duration::from_secs(60))).await;
            sleep(Duration::from_secs(11)).await;
        };
        assert!(patience.limit(limit, long).await.is_none());
        assert_eq!(started.elapsed().as_secs(), 70);
    }
}
