//! The engines that can be used, and how each is opened.

use std::{fs, sync::Arc};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_core::{
    engine::Execution,
    host::Host,
    ops::EngineKey,
    report::Reporter,
    runtime::{ContainerRuntime, RuntimeError},
    settings::RuntimeChoice,
};
use ocx_docker::Endpoint;
use ocx_podman::{Configuration, Installation};

use crate::{engine_key, failure::Failure};

/// An engine, and what tells it from others.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) runtime: Box<dyn ContainerRuntime>,
    pub(crate) key: EngineKey,
}

/// The engines that may be meant.
#[derive(Debug)]
pub(crate) enum Candidates {
    /// There is only one.
    One(Backend),
    /// There are two to choose from.
    Both {
        /// Docker.
        docker: Backend,
        /// Podman.
        podman: Backend,
    },
}

/// The engines that the settings and the installed programs leave. What is said on a dry run is
/// decided by `execution`.
pub(crate) fn candidates(
    choice: RuntimeChoice,
    host: &Host,
    execution: Execution,
    reporter: &Arc<impl Reporter + 'static>,
) -> Result<Candidates, Failure> {
    let docker_program = found_in_path(host, "docker");
    let podman_program = found_in_path(host, "podman");
    let docker = |program: Utf8PathBuf| docker(host, &program, execution, reporter.clone());
    let podman = |program: Utf8PathBuf| podman(host, &program, execution, reporter.clone());
    let one = match choice {
        RuntimeChoice::Docker => match docker_program {
            Some(program) if is_podman(&program) => podman(program),
            Some(program) => docker(program),
            None => return Err(not_installed("docker")),
        },
        RuntimeChoice::Podman => match (podman_program, docker_program) {
            (Some(program), _) => podman(program),
            (None, Some(program)) if is_podman(&program) => podman(program),
            (None, _) => return Err(not_installed("podman")),
        },
        RuntimeChoice::Auto => match (docker_program, podman_program) {
            (Some(docker_program), Some(podman_program)) if !is_podman(&docker_program) => {
                return Ok(Candidates::Both {
                    docker: docker(docker_program),
                    podman: podman(podman_program),
                });
            }
            (_, Some(program)) => podman(program),
            (Some(program), None) if is_podman(&program) => podman(program),
            (Some(program), None) => docker(program),
            (None, None) => return Err(Failure::NoEngine),
        },
    };
    Ok(Candidates::One(one))
}

fn not_installed(program: &str) -> Failure {
    let program = program.into();
    RuntimeError::NotInstalled { program }.into()
}

fn docker(
    host: &Host,
    program: &Utf8Path,
    execution: Execution,
    reporter: Arc<dyn Reporter>,
) -> Backend {
    let endpoint = Endpoint::find(&host.environment, &host.home);
    let key = engine_key::of_docker(host, program, &endpoint);
    let program = command_name(program, "docker");
    let runtime = ocx_docker::docker(program, &endpoint, &host.machine, execution, reporter);
    Backend {
        runtime: Box::new(runtime),
        key,
    }
}

fn podman(
    host: &Host,
    program: &Utf8Path,
    execution: Execution,
    reporter: Arc<dyn Reporter>,
) -> Backend {
    let search_path = host.variable("PATH").unwrap_or_default();
    let configuration = Configuration::find(&host.environment, &host.home);
    let installation =
        Installation::find(&host.machine, search_path).with_configuration(configuration);
    let key = engine_key::of_podman(host, program, &installation);
    let program = command_name(program, "podman");
    let runtime = ocx_podman::podman(program, installation, execution, reporter);
    Backend {
        runtime: Box::new(runtime),
        key,
    }
}

/// The program as it is shown in commands: by its name, as the user would type it. A `docker` that is
/// Podman keeps the name that it is found by.
fn command_name(program: &Utf8Path, default: &str) -> Utf8PathBuf {
    program
        .file_name()
        .map_or_else(|| default.into(), Utf8PathBuf::from)
}

/// Whether a program called `docker` is Podman: a link to it, or the script of the package
/// `podman-docker`, which runs it
/// (<https://github.com/containers/podman/blob/main/docker/docker.in>).
fn is_podman(program: &Utf8Path) -> bool {
    let real = program
        .canonicalize_utf8()
        .unwrap_or_else(|_| program.to_owned());
    if real.file_name() == Some("podman") {
        return true;
    }
    const LARGEST_SCRIPT: u64 = 4096;
    let small = fs::metadata(&real).is_ok_and(|file| file.len() <= LARGEST_SCRIPT);
    small
        && fs::read_to_string(&real).is_ok_and(|text| {
            text.starts_with("#!")
                && text
                    .lines()
                    .filter_map(|line| line.trim().strip_prefix("exec "))
                    .any(|command| command.contains("podman"))
        })
}

fn found_in_path(host: &Host, program: &str) -> Option<Utf8PathBuf> {
    let path = host.variable("PATH").unwrap_or_default();
    path.split(':')
        .map(|directory| Utf8Path::new(directory).join(program))
        .find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_docker_that_is_podman() {
        let directory = tempfile::tempdir().unwrap();
        let directory = Utf8Path::from_path(directory.path()).unwrap();
        let podman = directory.join("podman");
        fs::write(&podman, "ELF").unwrap();
        symlink(&podman, directory.join("link")).unwrap();
        // The text of podman-docker 4.3.1, in short.
        fs::write(
            directory.join("script"),
            "#!/bin/sh\n[ -e /etc/containers/nodocker ] || \\\n\
             echo \"Emulate Docker CLI using podman.\" >&2\nexec /usr/bin/podman \"$@\"\n",
        )
        .unwrap();
        fs::write(
            directory.join("wrapper"),
            "#!/bin/sh\n# not podman\nexec /usr/bin/docker \"$@\"\n",
        )
        .unwrap();
        for (name, expected) in [("link", true), ("script", true), ("wrapper", false)] {
            assert_eq!(is_podman(&directory.join(name)), expected, "{name}");
        }
    }
}
