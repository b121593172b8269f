//! Small projects that lie in `tests/projects`, as the generators of their ecosystems make them.

use std::{fs, os::unix::fs::PermissionsExt};

use camino::{Utf8Path, Utf8PathBuf};

use crate::sandbox::Sandbox;

/// What BuildKit would fetch from a registry to read a Dockerfile, and reads by itself without it.
const FRONTEND: &str = "# syntax=docker/dockerfile:1\n";

/// Copies the project `name` into the sandbox's. In its Dockerfiles, each image of
/// `stand_ins` is replaced by the other one; with stand-ins, no registry is asked for a frontend either.
pub fn copy_into(sandbox: &Sandbox, name: &str, stand_ins: &[(&str, &str)]) {
    let from = Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("projects")
        .join(name);
    for path in files(&from) {
        let mut content = fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        if path.file_name() == Some("Dockerfile") {
            let mut text = String::from_utf8(content).expect("Dockerfiles are texts");
            for (image, stand_in) in stand_ins {
                text = text.replace(&format!("FROM {image}"), &format!("FROM {stand_in}"));
            }
            if !stand_ins.is_empty() {
                text = text.replace(FRONTEND, "");
            }
            content = text.into_bytes();
        }
        let relative = path.strip_prefix(&from).expect("it lies below");
        sandbox.write(relative, content);
        let mode = fs::metadata(&path).expect("it is there").permissions();
        // Whatever the checkout's mask is.
        let mode = if mode.mode() & 0o100 == 0 {
            0o644
        } else {
            0o755
        };
        crate::sandbox::set_mode(&sandbox.project().join(relative), mode);
    }
}

fn files(directory: &Utf8Path) -> Vec<Utf8PathBuf> {
    let entries = directory
        .read_dir_utf8()
        .unwrap_or_else(|error| panic!("{directory}: {error}"));
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.expect("the directory can be read").into_path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
