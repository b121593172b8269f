//! A registry of images: Debian's `docker-registry`, the real thing, for bases that are fetched.
//!
//! (The [`registry`](crate::registry) is npm's, where opencode comes from.)
//!
//! Engines look for it in networks of their own, so it is started in the one that containers call the
//! host's. Several servers may share one storage, as one without and one with credentials do.

mod api;
mod server;

use std::{fs, net::TcpListener};

use camino::{Utf8Path, Utf8PathBuf};

use self::server::Server;
use crate::{
    engine::{Engine, HostNetwork, REQUIRED},
    run_id::RunId,
    sandbox::{Sandbox, find_program},
};

/// The program, and the package of Debian's that it is in.
pub const PROGRAM: &str = "docker-registry";

/// Who may use a registry with credentials.
pub const USER: &str = "alice";

/// Their password.
pub const PASSWORD: &str = "wonderland";

/// A line of `htpasswd -B` for both: the registry takes bcrypt only.
const HTPASSWD: &str = "alice:$2y$05$abcdefghijklmnopqrstuuA0vov2GDneHB3.8.cv9UF9g.RdvScIW\n";

/// Who may use a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Open,
    /// [`USER`].
    Credentials,
}

/// A registry, gone with all that is in it when this is dropped.
#[derive(Debug)]
pub struct ImageRegistry {
    directory: tempfile::TempDir,
    network: HostNetwork,
    port: u16,
    open: Option<Server>,
}

impl ImageRegistry {
    /// Starts a registry that everybody may use, in a network in which an engine finds it. `None`,
    /// with a message, if the program is not installed; a panic if engines are required.
    #[must_use]
    pub fn start(network: HostNetwork) -> Option<Self> {
        if find_program(PROGRAM).is_none() {
            assert!(
                std::env::var_os(REQUIRED).is_none(),
                "`{PROGRAM}` is missing: `apt-get install {PROGRAM}`, or let `cargo xtask test` do it"
            );
            crate::skip::skip(format_args!("`{PROGRAM}` is not installed"));
            return None;
        }
        let directory = tempfile::Builder::new()
            .prefix(&format!("{}-images-", RunId::current()))
            .tempdir_in("/tmp")
            .expect("/tmp is writable");
        let mut registry = Self {
            directory,
            network,
            port: free_port(network),
            open: None,
        };
        registry.resume();
        Some(registry)
    }

    /// What stands before the names of its images: `localhost` and the port.
    #[must_use]
    pub fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// Stops answering.
    pub fn stop(&mut self) {
        self.open = None;
    }

    /// Answers again, at the same address.
    pub fn resume(&mut self) {
        self.open = Some(self.serve(self.network, self.port, Access::Open));
    }

    /// Starts another server for the same images that wants to know who asks; returns it with what
    /// stands before the names of its images.
    #[must_use]
    pub fn with_credentials(&self) -> (Server, String) {
        let port = free_port(self.network);
        let server = self.serve(self.network, port, Access::Credentials);
        (server, format!("localhost:{port}"))
    }

    /// Puts an image of `engine`'s into the registry as `repository:tag`. The engine then has no more
    /// images or names than before.
    pub fn push(&self, engine: &Engine, image: &str, repository: &str, tag: &str) {
        let name = format!("{}/{repository}:{tag}", self.host());
        let cli = engine.cli();
        assert!(engine.image(&name).is_none(), "{name} is here already");
        cli.require(&["tag", image, &name]);
        let mut args = vec!["push"];
        if engine.kind().program() == "podman" {
            args.push("--tls-verify=false");
        }
        args.push(&name);
        cli.require(&args);
        cli.require(&["rmi", &name]);
    }

    /// Lets `tag` mean what `from` means.
    pub fn retag(&self, repository: &str, from: &str, tag: &str) {
        self.api(async |api: &api::Api| api.retag(repository, from, tag).await);
    }

    /// Makes `tag` an index of the image that `from` is, and of one for an architecture that nobody
    /// has.
    pub fn make_index(&self, repository: &str, from: &str, tag: &str) {
        self.api(async |api: &api::Api| api.make_index(repository, from, tag).await);
    }

    /// The digest of what `tag` means.
    #[must_use]
    pub fn digest(&self, repository: &str, tag: &str) -> String {
        self.api(async |api: &api::Api| api.digest(repository, tag).await)
    }

    /// Lets Podman of a sandbox talk to the registry at `host` without TLS, as Docker does with all
    /// that listens on the loopback interface.
    pub fn trust(sandbox: &mut Sandbox, host: &str) {
        let file = sandbox.home().join("registries.conf");
        sandbox.write(
            &file,
            format!(
                "unqualified-search-registries = [\"docker.io\"]\nshort-name-mode = \"permissive\"\n\
                 [[registry]]\nlocation = \"{host}\"\ninsecure = true\n"
            ),
        );
        sandbox.set_env("CONTAINERS_REGISTRIES_CONF", file.as_str());
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.directory.path()).expect("the path is UTF-8")
    }

    /// Asks over HTTP, on this machine: the other network cannot be reached from here.
    fn api<T>(&self, ask: impl AsyncFnOnce(&api::Api) -> T) -> T {
        let network = HostNetwork::OfMachine;
        let port = free_port(network);
        let _server = self.serve(network, port, Access::Open);
        api::Api::at(port).run(ask)
    }

    fn serve(&self, network: HostNetwork, port: u16, access: Access) -> Server {
        let mut settings = format!(
            "version: 0.1\nlog: {{ level: warn }}\n\
             storage: {{ filesystem: {{ rootdirectory: \"{}/storage\" }} }}\n\
             http: {{ addr: \"127.0.0.1:{port}\", secret: none }}\n",
            self.path()
        );
        if access == Access::Credentials {
            let users = self.write("htpasswd", HTPASSWD);
            settings += &format!("auth: {{ htpasswd: {{ realm: ocx, path: \"{users}\" }} }}\n");
        }
        let settings = self.write(&format!("{port}.yml"), &settings);
        Server::start(network, port, &settings)
    }

    fn write(&self, name: &str, text: &str) -> Utf8PathBuf {
        let file = self.path().join(name);
        fs::write(&file, text).unwrap_or_else(|error| panic!("{file}: {error}"));
        file
    }
}

/// A server in `network` that takes what it is sent and never answers, and what stands before the
/// names of images that would be there.
pub fn silent(network: HostNetwork) -> (TcpListener, String) {
    let listener = network
        .listen("127.0.0.1:0")
        .expect("the loopback interface has free ports");
    let port = port_of(&listener);
    // The kernel takes connections for a listener that never asks for them.
    (listener, format!("localhost:{port}"))
}

/// A port in `network` that nobody listens on.
fn free_port(network: HostNetwork) -> u16 {
    port_of(
        &network
            .listen("127.0.0.1:0")
            .expect("the loopback interface has free ports"),
    )
}

fn port_of(listener: &TcpListener) -> u16 {
    listener.local_addr().expect("it is bound").port()
}
