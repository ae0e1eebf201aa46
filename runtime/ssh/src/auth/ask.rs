//! Logging in with what a person is asked for: passwords, and questions of the server's.

use super::{Login, Step};
use crate::error::{Reason, one_line};
use nexus_executor::{Question, Secret};
use russh::MethodKind;
use russh::client::{AuthResult, KeyboardInteractiveAuthResponse as Response, Prompt};

/// The server may ask this often in one attempt.
const ROUNDS: usize = 20;

/// What has been asked until now.
#[derive(Default)]
pub(super) struct Asked {
    passwords: u32,
    questions: u32,
    /// There is nobody to answer.
    nobody: bool,
}

impl Login<'_> {
    /// Tries what needs a person, as long as the server offers it.
    pub(super) async fn ask(&mut self, asked: &mut Asked) -> Result<Step, Reason> {
        let methods = &self.destination.methods;
        let (most, keyboard) = (methods.password_prompts, methods.keyboard_interactive);
        // Its question is ours, so that we learn here whether anybody is there to answer.
        while methods.password
            && self.offers(MethodKind::Password)
            && !asked.nobody
            && asked.passwords < most
        {
            asked.passwords += 1;
            let again = asked.passwords > 1;
            match self.password(again).await? {
                Some(Step::Refused) => {}
                Some(step) => return Ok(step),
                None => asked.nobody = true,
            }
        }
        while keyboard
            && self.offers(MethodKind::KeyboardInteractive)
            && !asked.nobody
            && asked.questions < most
        {
            asked.questions += 1;
            match self.questions().await? {
                Step::Refused => {}
                step => return Ok(step),
            }
        }
        Ok(Step::Refused)
    }

    async fn password(&mut self, again: bool) -> Result<Option<Step>, Reason> {
        let place = self.place();
        let known = if again {
            self.client.forget_password(&place);
            None
        } else {
            self.client.password(&place)
        };
        let secret = match known {
            Some(secret) => secret,
            None => {
                let mut about = Vec::new();
                if again {
                    about.push("The server did not accept it.".to_owned());
                }
                let question = Question {
                    about,
                    text: format!("Password of {}", self.person()),
                    shown: false,
                };
                match self.secret(question).await {
                    Some(secret) => secret,
                    None => {
                        self.note("password", "there is nobody to ask for it");
                        return Ok(None);
                    }
                }
            }
        };
        let user = self.destination.user.clone();
        let answer = self
            .handle
            .authenticate_password(user, secret.expose())
            .await;
        let step = self.judge(answer, Some("password"))?;
        if step != Step::Refused {
            self.client.remember_password(place, secret);
        }
        Ok(Some(step))
    }

    async fn questions(&mut self) -> Result<Step, Reason> {
        let user = self.destination.user.clone();
        let mut response = self
            .handle
            .authenticate_keyboard_interactive_start(user, None)
            .await;
        for _ in 0..ROUNDS {
            let answer = match response {
                Ok(Response::Success) => Ok(AuthResult::Success),
                Ok(Response::Failure {
                    remaining_methods,
                    partial_success,
                }) => Ok(AuthResult::Failure {
                    remaining_methods,
                    partial_success,
                }),
                Err(error) => Err(error),
                Ok(Response::InfoRequest {
                    name,
                    instructions,
                    prompts,
                }) => {
                    let answers = self.answer(&name, &instructions, &prompts).await;
                    let Some(answers) = answers else {
                        // The library waits for answers now and for nothing else.
                        self.note("questions of the server", "there is nobody to answer them");
                        return Err(Reason::Denied);
                    };
                    response = self
                        .handle
                        .authenticate_keyboard_interactive_respond(answers)
                        .await;
                    continue;
                }
            };
            return self.judge(answer, Some("questions of the server"));
        }
        Err(Reason::Protocol(
            "the server does not stop asking".to_owned(),
        ))
    }

    async fn answer(
        &self,
        name: &str,
        instructions: &str,
        prompts: &[Prompt],
    ) -> Option<Vec<String>> {
        let mut answers = Vec::with_capacity(prompts.len());
        let said = instructions.lines().chain(Some(name));
        let mut about: Vec<String> = said.map(one_line).filter(|line| !line.is_empty()).collect();
        for prompt in prompts {
            let text = one_line(&prompt.prompt);
            let question = Question {
                about: std::mem::take(&mut about),
                text: format!("{} ({})", text.trim_end_matches([':', ' ']), self.person()),
                shown: prompt.echo,
            };
            let answer: Secret = self.secret(question).await?;
            answers.push(answer.expose().to_owned());
        }
        Some(answers)
    }

    fn person(&self) -> String {
        format!("{} on {}", self.destination.user, self.destination.name)
    }

    fn place(&self) -> String {
        self.destination.place()
    }
}
