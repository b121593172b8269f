//! Real engines.

use std::{
    fmt,
    os::unix::fs::{FileTypeExt, MetadataExt},
    sync::OnceLock,
};

use camino::Utf8Path;
use serde_json::Value;

use crate::{engine_cli::EngineCli, sandbox::find_program};

/// The variable that lists the engines without which tests fail: `docker`, say, or `docker,podman`.
pub const REQUIRED: &str = "OCX_TEST_REQUIRE_ENGINES";

const DEFAULT_SOCKET: &str = "unix:///var/run/docker.sock";

/// A running Docker engine on this machine.
#[derive(Clone, Debug)]
pub struct Docker {
    cli: EngineCli,
    socket_group: Option<u32>,
}

/// Why an engine cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable(pub String);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Docker {
    /// The machine's Docker engine. `None`, with a message, if it cannot be used; a panic if
    /// [`REQUIRED`] names it.
    #[must_use]
    pub fn get() -> Option<Self> {
        static DOCKER: OnceLock<Result<Docker, Unusable>> = OnceLock::new();
        let found = DOCKER.get_or_init(|| {
            let docker = Self::find()?;
            crate::cleanup::remove_finished_runs(docker.cli());
            Ok(docker)
        });
        match found {
            Ok(docker) => Some(docker.clone()),
            Err(reason) => {
                assert!(!is_required("docker"), "Docker is required, but {reason}");
                eprintln!("skipped: {reason}");
                None
            }
        }
    }

    /// Looks for the engine.
    pub fn find() -> Result<Self, Unusable> {
        let program = find_program("docker")
            .ok_or_else(|| Unusable("there is no `docker` command in PATH".to_owned()))?;
        let cli = EngineCli::new(program, Vec::new());
        let version = cli.ask(&["version", "--format", "{{json .Server}}"]);
        let stdout = String::from_utf8_lossy(&version.stdout);
        if !version.status.success() || stdout.trim() == "null" {
            let stderr = String::from_utf8_lossy(&version.stderr);
            return Err(Unusable(format!(
                "no Docker engine answers: {}",
                stderr.trim()
            )));
        }
        if stdout.contains("Podman") {
            return Err(Unusable("`docker` is really Podman".to_owned()));
        }
        // Commands in a sandbox have another home, so they do not know the user's contexts.
        let host = std::env::var("DOCKER_HOST")
            .ok()
            .filter(|host| !host.is_empty())
            .unwrap_or_else(|| {
                cli.require(&[
                    "context",
                    "inspect",
                    "--format",
                    "{{.Endpoints.docker.Host}}",
                ])
            });
        let socket_group = host.strip_prefix("unix://").and_then(group_of_socket);
        let environment = if host == DEFAULT_SOCKET {
            Vec::new()
        } else {
            vec![("DOCKER_HOST".to_owned(), host)]
        };
        Ok(Self {
            cli: EngineCli::new(cli.program().to_owned(), environment),
            socket_group,
        })
    }

    /// Its command line.
    #[must_use]
    pub fn cli(&self) -> &EngineCli {
        &self.cli
    }

    /// The group whose members may use the engine.
    #[must_use]
    pub(crate) fn socket_group(&self) -> Option<u32> {
        self.socket_group
    }

    /// What `image inspect` says, or `None` if there is no such image.
    #[must_use]
    pub fn image(&self, name: &str) -> Option<Value> {
        self.cli.inspect("image", &[name]).pop()
    }

    /// The names of all images that mention `name` as a run or sandbox does.
    #[must_use]
    pub fn images_mentioning(&self, name: &str) -> Vec<String> {
        self.cli
            .lines(&["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"])
            .into_iter()
            .filter(|image| crate::run_id::mentions(image, name))
            .collect()
    }

    /// What `container inspect` says of each running container with this label.
    #[must_use]
    pub fn running(&self, label: &str) -> Vec<Value> {
        let ids = self.cli.lines(&[
            "ps",
            "--quiet",
            "--no-trunc",
            "--filter",
            &format!("label={label}"),
        ]);
        self.cli.inspect("container", &ids)
    }

    /// Runs a command in a running container and returns what it prints.
    #[must_use]
    pub fn exec(&self, container: &str, command: &[&str]) -> String {
        let mut args = vec!["exec", container];
        args.extend(command);
        self.cli.require(&args)
    }

    /// Removes a directory with files that are not the tests' own.
    pub(crate) fn remove_directory(&self, directory: &Utf8Path) {
        let parent = directory.parent().expect("nobody removes the root");
        let bind = format!("type=bind,source={parent},target=/parent");
        let name = directory.file_name().expect("the directory has a name");
        let image = crate::bases::debian(self);
        let _ = self.cli.ask(&[
            "run",
            "--rm",
            "--pull=never",
            "--network=none",
            "--mount",
            &bind,
            &image,
            "rm",
            "-rf",
            &format!("/parent/{name}"),
        ]);
    }
}

fn is_required(engine: &str) -> bool {
    std::env::var(REQUIRED).is_ok_and(|list| list.split(',').any(|name| name.trim() == engine))
}

fn group_of_socket(path: &str) -> Option<u32> {
    let socket = std::fs::metadata(path).ok()?;
    (socket.file_type().is_socket() && socket.mode() & 0o060 == 0o060).then(|| socket.gid())
}
