//! Debian with things in it, or left out, that could get in the way.

use super::{build_with, debian, from_debian, once};
use crate::engine::{Engine, EngineKind};

/// A path in [`with_workdir`] that the project must not hide.
pub const WORKDIR_FILE: &str = "/workspace/of-the-base";

/// Debian with a `WORKDIR` of the usual name for mounted projects, and a file there.
#[must_use]
pub fn with_workdir(engine: &Engine) -> String {
    from_debian(
        engine,
        "workdir",
        &format!("WORKDIR /workspace\nRUN echo kept > {WORKDIR_FILE}"),
    )
}

/// Debian whose directories for homes and temporary files are volumes, with a marker in each.
#[must_use]
pub fn with_volumes(engine: &Engine) -> String {
    from_debian(
        engine,
        "volumes",
        "RUN useradd --create-home dev \
         && for in in /home/dev /home /root /tmp /var/tmp; do echo kept > $in/of-the-base; done\n\
         VOLUME [\"/home/dev\", \"/home\", \"/root\", \"/tmp\", \"/var/tmp\", \"/ocx/home\"]",
    )
}

/// Debian with a health check that fails and a signal that no program can answer.
#[must_use]
pub fn with_health_check(engine: &Engine) -> String {
    in_dockers_format(
        engine,
        "health-check",
        "HEALTHCHECK --interval=1s --retries=1 CMD false\nSTOPSIGNAL SIGKILL",
    )
}

/// Debian with instructions for those who build on it.
#[must_use]
pub fn with_on_build(engine: &Engine) -> String {
    in_dockers_format(engine, "on-build", "ONBUILD COPY . /app\nONBUILD RUN make")
}

/// Debian and `instructions` that an image in the format of OCI, Podman's own, cannot hold.
fn in_dockers_format(engine: &Engine, suffix: &str, instructions: &str) -> String {
    let dockerfile = format!("FROM {}\n{instructions}\n", debian(engine));
    once(engine, suffix, |name| {
        let mut flags = vec!["--tag", name];
        if engine.kind() == EngineKind::Podman {
            flags.push("--format=docker");
        }
        build_with(engine, &flags, &dockerfile);
    })
}

/// Debian without the files that tell users and groups.
#[must_use]
pub fn without_passwd(engine: &Engine) -> String {
    from_debian(engine, "without-passwd", "RUN rm /etc/passwd /etc/group")
}

/// Debian with a `PATH` that has blanks, quotes, a dollar sign and an empty part in it.
#[must_use]
pub fn with_odd_path(engine: &Engine) -> String {
    from_debian(
        engine,
        "odd-path",
        r#"ENV PATH="/opt/my tools/bin:/opt/\$HOME/\"bin\":/usr/bin:/bin:""#,
    )
}

/// Debian with a `PATH` that begins with relative parts.
#[must_use]
pub fn with_relative_path(engine: &Engine) -> String {
    from_debian(
        engine,
        "relative-path",
        "ENV PATH=bin:./node_modules/.bin:/usr/bin:/bin",
    )
}

/// Debian whose `/usr/local/bin` is a link to a directory with a program.
#[must_use]
pub fn with_linked_bin(engine: &Engine) -> String {
    from_debian(
        engine,
        "linked-bin",
        "RUN mkdir /opt/bin && rm -rf /usr/local/bin && ln -s /opt/bin /usr/local/bin \
         && ln -s /bin/uname /opt/bin/team-tool",
    )
}

/// Debian without `/tmp`.
#[must_use]
pub fn without_tmp(engine: &Engine) -> String {
    from_debian(engine, "without-tmp", "RUN rm -rf /tmp")
}

/// Debian with programs called `opencode` and `rg` in the first places of its `PATH`.
#[must_use]
pub fn with_opencode(engine: &Engine) -> String {
    from_debian(
        engine,
        "opencode",
        "ENV PATH=/opt/team/bin:/usr/local/bin:/usr/bin:/bin\n\
         RUN mkdir -p /opt/team/bin && for program in opencode rg; do \
         for directory in /opt/team/bin /usr/local/bin /usr/bin; do \
         printf '#!/bin/sh\\necho of the base\\nexit 1\\n' > $directory/$program; \
         chmod 755 $directory/$program; done; done",
    )
}

/// Debian and two gigabytes that are not worth compressing.
#[must_use]
pub fn with_two_gigabytes(engine: &Engine) -> String {
    from_debian(
        engine,
        "two-gigabytes",
        "RUN head -c 2G /dev/zero > /opt/large",
    )
}

/// Debian with programs that only root can run: below `/root`, in a directory that is closed, by a link into
/// one, and by their own modes; and a `PATH` with places that are no directories.
#[must_use]
pub fn with_programs_of_root(engine: &Engine) -> String {
    from_debian(
        engine,
        "programs-of-root",
        "ENV PATH=/root/.cargo/bin:/root/.local/bin:/opt/closed:/opt/mixed:/opt/mixed/:/opt/none:/etc/passwd:bin:/usr/local/bin:/usr/bin:/bin\n\
         RUN chmod 700 /root && mkdir -p /root/.cargo/bin /root/.local/bin /opt/closed /opt/mixed \
         && cp /bin/true /root/.cargo/bin/cargo && cp /bin/true /root/.local/bin/uv \
         && ln -s /root/.local/bin/uv /opt/mixed/uv && ln -s /nowhere /opt/mixed/dangling \
         && cp /bin/true /opt/mixed/fine && cp /bin/true /opt/mixed/own && chmod 700 /opt/mixed/own \
         && cp /bin/true /opt/mixed/cat && chmod 700 /opt/mixed/cat \
         && echo text > /opt/mixed/README && chmod 700 /opt/closed",
    )
}

/// [`with_programs_of_root`] without a shell.
#[must_use]
pub fn with_programs_of_root_and_no_shell(engine: &Engine) -> String {
    let with_shell = with_programs_of_root(engine);
    once(engine, "programs-of-root-no-shell", |name| {
        let dockerfile = format!("FROM {with_shell}\nRUN rm /bin/sh /bin/bash /bin/dash\n");
        build_with(engine, &["--tag", name], &dockerfile);
    })
}
