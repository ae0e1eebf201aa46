//! The passwords that `sudo` asks for: each asked for once, and tried on other hosts where the same
//! user is logged in.

use super::become_user::Password;
use super::failure::Whom;
use nexus_executor::{Prompt, Question};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What is known, and whom to ask.
pub(crate) struct Passwords {
    prompt: Arc<dyn Prompt>,
    known: Mutex<Known>,
    /// Held while somebody is asked, so that an answer can serve all who wait for it.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    /// The last answer for a user, whatever the host.
    of_user: HashMap<String, Password>,
    /// Answers for a host and user.
    of_host: HashMap<(String, String), Password>,
}

impl Passwords {
    pub fn new(prompt: Arc<dyn Prompt>) -> Self {
        Passwords {
            prompt,
            known: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// The one to try first.
    pub fn known(&self, whom: &Whom) -> Option<Password> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let of_host = known.of_host.get(&(whom.user.clone(), whom.host.clone()));
        of_host.or_else(|| known.of_user.get(&whom.user)).cloned()
    }

    /// Another one than `wrong`: `None` when nobody answers, or when the wrong one is the answer for
    /// this very host.
    pub async fn ask(&self, whom: &Whom, wrong: Option<&Password>) -> Option<Password> {
        let _asking = self.asking.lock().await;
        let key = (whom.user.clone(), whom.host.clone());
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if wrong.is_some() && known.of_host.get(&key) == wrong {
                return None;
            }
        }
        // Somebody else may have been answered while we waited.
        if let Some(known) = self.known(whom).filter(|known| Some(known) != wrong) {
            return Some(known);
        }
        let refused = format!(
            "sudo on {} does not accept the password that was given for {}",
            whom.host, whom.user
        );
        let question = Question {
            about: wrong.map(|_| refused).into_iter().collect(),
            text: format!("sudo password of {} on {}", whom.user, whom.host),
            shown: false,
        };
        let answer = self.prompt.secret(&question).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.of_user.insert(whom.user.clone(), answer.clone());
        known.of_host.insert(key, answer.clone());
        Some(answer)
    }
}
