//! nginx: a server of files with uploads, and what stands before other servers: passwords and TLS.

use super::{Kind, Server, free};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What an nginx does.
#[derive(Clone, Debug)]
pub struct Front {
    /// Directives of the only location.
    pub location: String,
    /// Further directives of the server.
    pub server: String,
    /// Further words after the address to listen on.
    pub listen: String,
}

impl Front {
    /// Keeps files.
    pub fn files(data: &str) -> Front {
        Front {
            location: format!(
                "root {data}; dav_methods PUT; create_full_put_path on; dav_access all:rw;"
            ),
            server: format!("client_body_temp_path {data}/.tmp;"),
            listen: String::new(),
        }
    }

    /// Stands before a server of the Remote Execution API.
    pub fn grpc(to: SocketAddr) -> Front {
        Front {
            location: format!("grpc_pass grpc://{to};"),
            server: String::new(),
            listen: " http2".into(),
        }
    }

    /// With TLS; `authority.pem` in `folder` is whom to trust.
    pub fn encrypted(mut self, folder: &Path) -> Front {
        let file = |name: &str| folder.join(name).display().to_string();
        let make = |name: &str, words: &[&str]| {
            let made = Command::new("openssl")
                .args(["req", "-x509", "-nodes", "-days", "2", "-newkey", "ec"])
                .args(["-pkeyopt", "ec_paramgen_curve:prime256v1"])
                .args(["-subj", &format!("/CN={name}")])
                .args(["-keyout", &file(&format!("{name}.key"))])
                .args(["-out", &file(&format!("{name}.pem"))])
                .args(words)
                .output()
                .expect("openssl starts");
            assert!(made.status.success(), "{made:?}");
        };
        make("authority", &[]);
        let (authority, its_key) = (file("authority.pem"), file("authority.key"));
        let signed = ["-CA", &authority, "-CAkey", &its_key];
        let names = ["-addext", "subjectAltName=IP:127.0.0.1"];
        let plain = ["-addext", "basicConstraints=critical,CA:FALSE"];
        make("server", &[signed.as_slice(), &names, &plain].concat());
        let (key, certificate) = (file("server.key"), file("server.pem"));
        self.listen += " ssl";
        self.server += &format!("ssl_certificate {certificate}; ssl_certificate_key {key};");
        self
    }

    pub fn config(&self, folder: &Path, address: SocketAddr) -> String {
        let folder = folder.display();
        let Front {
            location,
            server,
            listen,
        } = self;
        let tmp: String = ["proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("{kind}_temp_path {folder}/tmp-{kind};\n"))
            .collect();
        format!(
            "daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 500; }}
http {{
access_log off; client_max_body_size 0;
{tmp}server {{ listen {address}{listen}; {server}
location / {{ {location} }} }}
}}
"
        )
    }
}

pub fn words(config: &str) -> [&str; 5] {
    // Not in every PATH.
    let program = match Path::new("/usr/sbin/nginx").exists() {
        true => "/usr/sbin/nginx",
        false => "nginx",
    };
    [program, "-e", "stderr", "-c", config]
}

/// An nginx that stands before another server.
pub struct Standing {
    pub address: SocketAddr,
    process: Child,
    pub folder: tempfile::TempDir,
}

impl Drop for Standing {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts an nginx in front of a server; `make` says what it does.
pub fn front(server: &Server, make: impl Fn(Front, &Path) -> Front) -> Standing {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plain = match server.kind {
        Kind::Http => Front::files(&server.data().display().to_string()),
        _ => Front::grpc(server.address.expect("it listens")),
    };
    let made = make(plain, folder.path());
    for _ in 0..5 {
        let address = free();
        let config = folder.path().join("nginx.conf");
        std::fs::write(&config, made.config(folder.path(), address)).expect("written");
        let config = config.display().to_string();
        let [program, rest @ ..] = words(&config);
        let mut command = Command::new(program);
        command
            .args(rest)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let mut process = command.spawn().expect("nginx starts");
        let mut ended = false;
        crate::support::wait_until("nginx listens", || {
            ended = matches!(process.try_wait(), Ok(Some(_)));
            ended || TcpStream::connect(address).is_ok()
        });
        if !ended {
            return Standing {
                address,
                process,
                folder,
            };
        }
    }
    panic!("nginx does not start");
}
