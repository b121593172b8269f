//! Programs that are another one under another name.

use camino::Utf8Path;

use crate::disk::read_text;

/// Larger files are programs of their own.
const LARGEST_SCRIPT: u64 = 4096;

/// Whether `program` is really the one called `name`: a link to it, or a small script that runs it,
/// such as the `docker` of the package `podman-docker`
/// (<https://github.com/containers/podman/blob/main/docker/docker.in>).
#[must_use]
pub fn is_alias_of(program: &Utf8Path, name: &str) -> bool {
    let real = program
        .canonicalize_utf8()
        .unwrap_or_else(|_| program.to_owned());
    if real.file_name() == Some(name) {
        return true;
    }
    read_text(&real, LARGEST_SCRIPT).is_ok_and(|text| {
        text.starts_with("#!")
            && text
                .lines()
                .filter_map(|line| line.trim().strip_prefix("exec "))
                .any(|command| command.contains(name))
    })
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

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
            assert_eq!(
                is_alias_of(&directory.join(name), "podman"),
                expected,
                "{name}"
            );
        }
    }
}
