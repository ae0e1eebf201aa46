//! Asking for an end, gently or at once.

use tokio::sync::watch;

/// How quickly something has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// With the time that was agreed on for cleaning up.
    Gently,
    /// Without it.
    AtOnce,
}

/// Asks; dropping it asks for nothing.
#[derive(Debug)]
pub struct Stopper(watch::Sender<Option<Urgency>>);

/// Hears that it is asked for.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<Option<Urgency>>);

impl Stopper {
    /// Somebody who can ask, and who hears it.
    pub fn new() -> (Stopper, Stop) {
        let (sender, receiver) = watch::channel(None);
        (Stopper(sender), Stop(receiver))
    }

    /// Asks. It never gets less urgent again.
    pub fn ask(&self, urgency: Urgency) {
        self.0.send_if_modified(|asked| {
            let more = *asked < Some(urgency);
            if more {
                *asked = Some(urgency);
            }
            more
        });
    }
}

impl Stop {
    /// Never asked for.
    pub fn never() -> Stop {
        Stopper::new().1
    }

    /// What has been asked for so far.
    pub fn asked(&self) -> Option<Urgency> {
        *self.0.borrow()
    }

    /// Waits until at least `urgency` is asked for; for ever, if nobody can ask any more.
    pub async fn wait(&self, urgency: Urgency) {
        let mut receiver = self.0.clone();
        if receiver
            .wait_for(|asked| *asked >= Some(urgency))
            .await
            .is_err()
        {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_hears_it_once_it_is_urgent_enough() {
        let (stopper, stop) = Stopper::new();
        assert_eq!(stop.asked(), None);
        stopper.ask(Urgency::Gently);
        stop.wait(Urgency::Gently).await;
        let at_once = stop.clone();
        let waiting = tokio::spawn(async move { at_once.wait(Urgency::AtOnce).await });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        stopper.ask(Urgency::AtOnce);
        waiting.await.expect("it is told");
        stopper.ask(Urgency::Gently);
        assert_eq!(stop.asked(), Some(Urgency::AtOnce));
    }
}
