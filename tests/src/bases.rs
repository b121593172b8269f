//! Base images that need no registry.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use crate::{cache, engine::Docker, run_id::RunId, sandbox::find_program};

/// The name by which Dockerfiles call Debian's small image.
pub const DEBIAN: &str = "debian:bookworm-slim";

/// The `PATH` that Debian's published image sets.
const DEBIAN_PATH: &str = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A tar archive of a minimal Debian system, made once by mmdebstrap (about 25 s).
pub fn debian_tar() -> Result<Utf8PathBuf, String> {
    let tar = cache::directory("bases").join("debian-bookworm-minbase.tar");
    cache::file(&tar, |unfinished| {
        let program = find_program("mmdebstrap").ok_or(
            "mmdebstrap is missing; `apt-get install mmdebstrap`, or let `cargo xtask test` do it",
        )?;
        let output = Command::new(program)
            .args(["--variant=minbase", "--format=tar", "bookworm"])
            .arg(unfinished)
            .output()
            .map_err(|error| format!("mmdebstrap cannot be run: {error}"))?;
        if output.status.success() {
            Ok(())
        } else {
            Err(format!(
                "mmdebstrap failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            ))
        }
    })?;
    Ok(tar)
}

/// Makes sure that the engine has [`DEBIAN`], so that Dockerfiles which name it build: the one that
/// is there, else the registry's, else a minimal system from Debian's archive under this name, which
/// is removed with the run.
pub fn provide_debian(docker: &Docker) -> Result<(), String> {
    let _lock = cache::lock(&cache::directory("locks").join("debian"));
    if docker.image(DEBIAN).is_some() || docker.cli().ask(&["pull", DEBIAN]).status.success() {
        return Ok(());
    }
    let tar = debian_tar()?;
    import(docker, &tar, DEBIAN, &[DEBIAN_PATH, "CMD [\"bash\"]"]);
    Ok(())
}

/// Debian with the configuration of the published image, under a name of the run's own; returns the
/// name.
#[must_use]
pub fn debian(docker: &Docker) -> String {
    once(docker, "debian", |name| {
        provide_debian(docker).unwrap_or_else(|error| panic!("no Debian image: {error}"));
        // A local image of this name may have been imported without its configuration.
        let dockerfile = format!("FROM {DEBIAN}\n{DEBIAN_PATH}\nCMD [\"bash\"]\n");
        build(docker, name, &dockerfile);
    })
}

/// Debian without any configuration of the image: no `PATH` above all.
#[must_use]
pub fn without_path(docker: &Docker) -> String {
    once(docker, "without-path", |name| {
        // A container's file system carries no configuration over.
        let base = debian(docker);
        let container = docker.cli().require(&["create", &base, "true"]);
        let exported = docker.cli().ask(&["export", &container]).stdout;
        docker.cli().require(&["rm", "--volumes", &container]);
        let label = format!("LABEL ocxt.run={}", RunId::current());
        docker
            .cli()
            .require_with_input(&["import", "--change", &label, "-", name], &exported);
    })
}

/// Debian with a `PATH` that lacks `/usr/local/bin` and begins with a directory of its own.
#[must_use]
pub fn with_own_path(docker: &Docker) -> String {
    from_debian(docker, "own-path", "ENV PATH=/opt/team/bin:/usr/bin:/bin")
}

/// Debian with a user of UID 1000, who is the image's `USER`.
#[must_use]
pub fn with_user(docker: &Docker) -> String {
    from_debian(
        docker,
        "with-user",
        "RUN useradd --uid 1000 --create-home dev\nUSER dev\nWORKDIR /home/dev",
    )
}

/// Debian with an `ENTRYPOINT` and a `CMD` that print what they get.
#[must_use]
pub fn with_entrypoint(docker: &Docker) -> String {
    from_debian(
        docker,
        "with-entrypoint",
        "ENTRYPOINT [\"echo\", \"entrypoint:\"]\nCMD [\"default\"]",
    )
}

/// Debian with Git from Debian's archive.
#[must_use]
pub fn with_git(docker: &Docker) -> String {
    from_debian(
        docker,
        "with-git",
        "RUN apt-get update && apt-get install --yes --no-install-recommends git \
         && rm -rf /var/lib/apt/lists/*",
    )
}

/// glibc's loader and the four libraries that opencode needs, and nothing else: no shell, no
/// `/etc/passwd`, no `/tmp`.
#[must_use]
pub fn glibc_only(docker: &Docker) -> String {
    let (directory, loader) = match std::env::consts::ARCH {
        "aarch64" => ("/lib/aarch64-linux-gnu", "/lib/ld-linux-aarch64.so.1"),
        _ => ("/lib/x86_64-linux-gnu", "/lib64/ld-linux-x86-64.so.2"),
    };
    let base = debian(docker);
    let libraries: String = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"]
        .iter()
        .map(|library| format!("COPY --from=debian {directory}/{library} {directory}/{library}\n"))
        .collect();
    build_once(
        docker,
        "glibc-only",
        &format!(
            "FROM {base} AS debian\nFROM scratch\nCOPY --from=debian {loader} {loader}\n{libraries}"
        ),
    )
}

/// An image of the run's own with `instructions` after `FROM` Debian; returns its name.
#[must_use]
pub fn from_debian(docker: &Docker, suffix: &str, instructions: &str) -> String {
    let base = debian(docker);
    build_once(docker, suffix, &format!("FROM {base}\n{instructions}\n"))
}

/// Builds an image with a name of the run's own from a Dockerfile's text and no context.
#[must_use]
pub fn build_once(docker: &Docker, suffix: &str, dockerfile: &str) -> String {
    once(docker, suffix, |name| build(docker, name, dockerfile))
}

/// Builds an image from a Dockerfile's text and no context. `name` must be one that is cleaned up.
pub fn build(docker: &Docker, name: &str, dockerfile: &str) {
    let label = format!("--label=ocxt.run={}", RunId::current());
    docker.cli().require_with_input(
        &["build", "--force-rm", &label, "--tag", name, "-"],
        dockerfile.as_bytes(),
    );
}

/// The image `RUN-base-SUFFIX`, made by `make` unless it is there.
fn once(docker: &Docker, suffix: &str, make: impl FnOnce(&str)) -> String {
    let name = format!("{}-base-{suffix}:latest", RunId::current());
    let _lock = cache::lock(&cache::directory("locks").join(format!("base-{suffix}")));
    if docker.image(&name).is_none() {
        make(&name);
    }
    name
}

fn import(docker: &Docker, tar: &Utf8Path, name: &str, changes: &[&str]) {
    let label = format!("LABEL ocxt.run={}", RunId::current());
    let mut args = vec!["import"];
    for change in changes.iter().copied().chain([label.as_str()]) {
        args.extend(["--change", change]);
    }
    args.extend([tar.as_str(), name]);
    docker.cli().require(&args);
}
