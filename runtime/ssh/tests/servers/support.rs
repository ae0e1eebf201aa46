//! What the tests share.

use nexus_farm::{Ground, Server, User};
use nexus_ssh::{Client, ConnectError, Connection, Destination, HostKeyPolicy, Settings, Timeouts};

/// Runs a future as the engine does: on one thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let result = runtime.block_on(future);
    runtime.shutdown_background();
    result
}

/// The plain user on a server, with a key that may log in.
pub fn destination(server: &Server) -> Destination {
    let ground = Ground::get();
    let mut there = Destination::new("127.0.0.1", ground.user(User::Plain));
    there.port = server.port();
    there.identities = vec![ground.key("id_ed25519")];
    there.host_keys = HostKeyPolicy::Off;
    there
}

/// Connects with the usual settings.
pub async fn connect(there: &Destination) -> Result<Connection, ConnectError> {
    // An unoptimised key exchange takes its time on a machine that is busy.
    let settings = Settings {
        timeouts: Timeouts::within(std::time::Duration::from_secs(60)),
        ..Settings::default()
    };
    Client::default().connect(there, &settings).await
}

/// The code people see of a failure.
pub fn code(error: &ConnectError) -> String {
    nexus_executor::Failure::from(error).code
}

/// A person who gives prepared answers, and then none.
#[derive(Default)]
pub struct Person {
    answers: std::sync::Mutex<std::collections::VecDeque<String>>,
    asked: std::sync::Mutex<Vec<String>>,
}

impl Person {
    /// One who knows these answers.
    pub fn who_says(answers: &[&str]) -> std::sync::Arc<Person> {
        let person = Person::default();
        person
            .answers
            .lock()
            .unwrap()
            .extend(answers.iter().map(|&answer| answer.to_owned()));
        std::sync::Arc::new(person)
    }

    /// What was asked until now.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn answer(&self, question: &nexus_executor::Question) -> Option<String> {
        self.asked.lock().unwrap().push(question.text.clone());
        self.answers.lock().unwrap().pop_front()
    }
}

impl nexus_executor::Prompt for Person {
    fn secret<'a>(
        &'a self,
        question: &'a nexus_executor::Question,
    ) -> nexus_executor::Pending<'a, Option<nexus_executor::Secret>> {
        let answer = self.answer(question).map(nexus_executor::Secret::new);
        Box::pin(std::future::ready(answer))
    }

    fn confirm<'a>(
        &'a self,
        question: &'a nexus_executor::Question,
    ) -> nexus_executor::Pending<'a, Option<bool>> {
        let answer = self.answer(question).map(|answer| answer == "yes");
        Box::pin(std::future::ready(answer))
    }
}
