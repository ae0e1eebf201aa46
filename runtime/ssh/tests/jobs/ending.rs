//! Jobs that are ended.

use crate::support::*;

/// Faults 28 and 29: nothing of a job is left when it was ended, whoever it belongs to.
#[test]
fn ended_jobs_leave_nothing() {
    for server in servers() {
        let users = match Ground::get().has_users() {
            true => vec![
                (User::Plain, None),
                (User::Sudo, Some("root")),
                (User::Sudo, Some("nxplain")),
            ],
            false => vec![(User::Plain, None)],
        };
        for (login, user) in users {
            for (timeout, deaf) in [(true, false), (false, false), (false, true)] {
                block_on(async {
                    let executor = executor();
                    let session = session(&executor, server.port(), login).await;
                    let seconds = unique_seconds();
                    let trap = if deaf { "trap '' TERM; " } else { "" };
                    let mut given = job(&format!(
                        "{trap}sleep {seconds} & setsid sleep {seconds} & sh -c 'sleep {seconds}'"
                    ));
                    given.user = user.map(str::to_owned);
                    given.grace = Duration::from_secs(1);
                    given.timeout = timeout.then_some(Duration::from_secs(3));
                    let kept = Kept::default();
                    let (stopper, stop) = Stopper::new();
                    let name = format!("sleep {seconds}");
                    let asking = async {
                        eventually("it is up", || processes(&name).len() >= 3).await;
                        if !timeout {
                            stopper.ask(Urgency::Gently);
                        }
                    };
                    let (ended, ()) = tokio::join!(session.run(&given, &kept, &stop), asking);
                    let expected = if timeout {
                        Ended::TimedOut
                    } else {
                        Ended::Cancelled
                    };
                    assert_eq!(ended, Ok(expected), "{login:?} {user:?}");
                    assert_eq!(
                        processes(&name),
                        [] as [i32; 0],
                        "{login:?} {user:?} {timeout} {deaf}"
                    );
                    assert!(kept.take().warnings.is_empty());
                });
            }
        }
    }
}

/// What runs on a terminal has no runner. Its limit holds on the host all the same, when we are gone.
#[test]
fn the_limit_on_a_terminal_holds_without_us() {
    for server in servers() {
        let users = match Ground::get().has_users() {
            true => vec![(User::Plain, None), (User::Sudo, Some("root"))],
            false => vec![(User::Plain, None)],
        };
        for (login, user) in users {
            let seconds = unique_seconds();
            let name = format!("sleep {seconds}");
            // The end of a terminal is a SIGHUP.
            let mut given = job(&format!(
                "trap '' HUP TERM; setsid sleep {seconds} & sleep {seconds}"
            ));
            given.user = user.map(str::to_owned);
            given.pty = true;
            given.timeout = Some(Duration::from_secs(6));
            given.grace = Duration::from_secs(1);
            let mark = given.id.file_name();
            block_on(async {
                let executor = executor();
                let session = session(&executor, server.port(), login).await;
                let kept = Kept::default();
                let stop = Stop::never();
                tokio::select! {
                    _ = session.run(&given, &kept, &stop) => panic!("it runs longer"),
                    () = eventually("it is up", || processes(&name).len() >= 2) => {}
                }
                // The runtime goes with everything in it: nothing is said to the server.
            });
            block_on(eventually("the limit ends it", || {
                processes(&name).is_empty()
            }));
            block_on(eventually("nothing watches", || {
                processes(&mark).is_empty()
            }));
        }
    }
}
