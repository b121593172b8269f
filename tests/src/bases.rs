//! Base images that need no registry.

pub mod foreign;
pub mod musl;
pub mod unusual;

use std::{fs::File, process::Command};

use camino::{Utf8Path, Utf8PathBuf};

use crate::{account::Account, cache, engine::Engine, run_id::RunId, sandbox::find_program};

/// The name by which Dockerfiles call Debian's small image.
pub const DEBIAN: &str = "debian:bookworm-slim";

/// The same in full: Podman would take what is imported without a registry for something else.
const DEBIAN_IN_FULL: &str = "docker.io/library/debian:bookworm-slim";

/// The `PATH` that Debian's published image sets.
const DEBIAN_PATH: &str = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What is not in Debian's small image either. Rootless engines look at every file again and again.
const LEFT_OUT: [&str; 5] = [
    "/usr/share/doc/*",
    "/usr/share/info/*",
    "/usr/share/lintian/*",
    "/usr/share/locale/*",
    "/usr/share/man/*",
];

/// A tar archive of a minimal Debian system, made once by mmdebstrap (about 25 s).
pub fn debian_tar() -> Result<Utf8PathBuf, String> {
    let tar = cache::directory("bases").join("debian-bookworm-slim.tar");
    cache::file(&tar, |unfinished| {
        let program = find_program("mmdebstrap").ok_or(
            "mmdebstrap is missing; `apt-get install mmdebstrap`, or let `cargo xtask test` do it",
        )?;
        let output = Command::new(program)
            .args(["--variant=minbase", "--format=tar"])
            .args(LEFT_OUT.map(|path| format!("--dpkgopt=path-exclude={path}")))
            .arg("bookworm")
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
pub fn provide_debian(engine: &Engine) -> Result<(), String> {
    let _lock = lock(engine, "debian");
    if engine.image(DEBIAN).is_some() || engine.cli().ask(&["pull", DEBIAN]).status.success() {
        return Ok(());
    }
    let tar = debian_tar()?;
    // The command may be run by a user who cannot reach the file.
    let content = std::fs::read(&tar).map_err(|error| format!("{tar}: {error}"))?;
    import(
        engine,
        &content,
        DEBIAN_IN_FULL,
        &[DEBIAN_PATH, "CMD [\"bash\"]"],
    );
    Ok(())
}

/// Debian with the configuration of the published image, under a name of the run's own; returns the
/// name.
#[must_use]
pub fn debian(engine: &Engine) -> String {
    once(engine, "debian", |name| {
        provide_debian(engine).unwrap_or_else(|error| panic!("no Debian image: {error}"));
        // A local image of this name may have been imported without its configuration.
        let dockerfile = format!("FROM {DEBIAN}\n{DEBIAN_PATH}\nCMD [\"bash\"]\n");
        build(engine, name, &dockerfile);
    })
}

/// Debian without any configuration of the image: no `PATH` above all.
#[must_use]
pub fn without_path(engine: &Engine) -> String {
    once(engine, "without-path", |name| {
        // A container's file system carries no configuration over.
        let base = debian(engine);
        let container = engine.cli().require(&["create", &base, "true"]);
        let exported = export(engine, &container);
        engine.cli().require(&["rm", "--volumes", &container]);
        import(engine, &exported, name, &[]);
    })
}

/// Debian with a `PATH` that lacks `/usr/local/bin` and begins with a directory of its own.
#[must_use]
pub fn with_own_path(engine: &Engine) -> String {
    from_debian(engine, "own-path", "ENV PATH=/opt/team/bin:/usr/bin:/bin")
}

/// Debian with a user of UID 1000, who is the image's `USER`.
#[must_use]
pub fn with_user(engine: &Engine) -> String {
    from_debian(
        engine,
        "with-user",
        "RUN useradd --uid 1000 --create-home dev\nUSER dev\nWORKDIR /home/dev",
    )
}

/// Debian with an `ENTRYPOINT` and a `CMD` that print what they get.
#[must_use]
pub fn with_entrypoint(engine: &Engine) -> String {
    from_debian(
        engine,
        "with-entrypoint",
        "ENTRYPOINT [\"echo\", \"entrypoint:\"]\nCMD [\"default\"]",
    )
}

/// Debian with Git from Debian's archive.
#[must_use]
pub fn with_git(engine: &Engine) -> String {
    from_debian(
        engine,
        "with-git",
        "RUN apt-get update && apt-get install --yes --no-install-recommends git \
         && rm -rf /var/lib/apt/lists/*",
    )
}

/// Debian with clients of package registries, Git and curl from Debian's archive.
#[must_use]
pub fn with_package_managers(engine: &Engine) -> String {
    from_debian(
        engine,
        "with-package-managers",
        "RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates curl git \
         npm python3-pip && rm -rf /var/lib/apt/lists/*",
    )
}

/// glibc's loader and the four libraries that opencode needs, and nothing else: no shell, no
/// `/etc/passwd`, no `/tmp`.
#[must_use]
pub fn glibc_only(engine: &Engine) -> String {
    let (directory, loader) = match std::env::consts::ARCH {
        "aarch64" => ("/lib/aarch64-linux-gnu", "/lib/ld-linux-aarch64.so.1"),
        _ => ("/lib/x86_64-linux-gnu", "/lib64/ld-linux-x86-64.so.2"),
    };
    let base = debian(engine);
    let libraries: String = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"]
        .iter()
        .map(|library| format!("COPY --from=debian {directory}/{library} {directory}/{library}\n"))
        .collect();
    build_once(
        engine,
        "glibc-only",
        &format!(
            "FROM {base} AS debian\nFROM scratch\nCOPY --from=debian {loader} {loader}\n{libraries}"
        ),
    )
}

/// An image of the run's own with `instructions` after `FROM` Debian; returns its name.
#[must_use]
pub fn from_debian(engine: &Engine, suffix: &str, instructions: &str) -> String {
    let base = debian(engine);
    build_once(engine, suffix, &format!("FROM {base}\n{instructions}\n"))
}

/// Builds an image with a name of the run's own from a Dockerfile's text and no context.
#[must_use]
pub fn build_once(engine: &Engine, suffix: &str, dockerfile: &str) -> String {
    once(engine, suffix, |name| build(engine, name, dockerfile))
}

/// Builds an image from a Dockerfile's text and no context. `name` must be one that is cleaned up.
pub fn build(engine: &Engine, name: &str, dockerfile: &str) {
    build_with(engine, &["--tag", name], dockerfile);
}

/// Builds an image from a Dockerfile's text and no context, with flags.
fn build_with(engine: &Engine, flags: &[&str], dockerfile: &str) {
    let label = format!("--label=ocxt.run={}", RunId::current());
    let mut args = vec!["build", "--force-rm", &label];
    args.extend(flags);
    args.push("-");
    engine
        .cli()
        .require_with_input(&args, dockerfile.as_bytes());
}

/// The image `RUN-base-SUFFIX`, made by `make` unless it is there.
fn once(engine: &Engine, suffix: &str, make: impl FnOnce(&str)) -> String {
    let name = format!("{}-base-{suffix}:latest", RunId::current());
    let _lock = lock(engine, &format!("base-{suffix}"));
    if engine.image(&name).is_none() {
        make(&name);
    }
    name
}

/// The file system of a container as a tar archive.
fn export(engine: &Engine, container: &str) -> Vec<u8> {
    // Podman opens its standard output anew, and a pipe of root's cannot be opened by others.
    let directory = tempfile::tempdir().expect("there is room for temporary files");
    let path = Utf8Path::from_path(directory.path()).expect("the path is UTF-8");
    Account::ordinary().give(path);
    let file = path.join("exported.tar");
    engine
        .cli()
        .require(&["export", "--output", file.as_str(), container]);
    std::fs::read(&file).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn lock(engine: &Engine, what: &str) -> File {
    let name = format!("{}-{what}", engine.lane());
    cache::lock(&cache::directory("locks").join(name))
}

fn import(engine: &Engine, tar: &[u8], name: &str, changes: &[&str]) {
    let label = format!("LABEL ocxt.run={}", RunId::current());
    let mut args = vec!["import"];
    for change in changes.iter().copied().chain([label.as_str()]) {
        args.extend(["--change", change]);
    }
    args.extend(["-", name]);
    engine.cli().require_with_input(&args, tar);
}
