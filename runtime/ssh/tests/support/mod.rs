//! What the tests share.

use nexus_farm::{Ground, Server, User};
use nexus_ssh::{Client, ConnectError, Connection, Destination, HostKeyPolicy, Settings};

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
    Client::default().connect(there, &Settings::default()).await
}
