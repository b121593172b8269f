//! Asking an engine past ocx's backend for it: by its command line, with nothing of ocx's in between.

mod docker;
mod podman;

use std::{
    collections::BTreeMap,
    process::{Command, Output},
};

use ocx_core::testing::{ContainerFacts, ImageFacts, Witness};
use serde_json::Value;

pub use self::{docker::DockerWitness, podman::PodmanWitness};

/// The witness for an engine called `program`, which is looked up in `PATH`.
///
/// # Errors
///
/// If there is none for such an engine.
pub fn of(program: &str) -> Result<Box<dyn Witness>, String> {
    match program {
        "docker" => Ok(Box::new(DockerWitness)),
        "podman" => Ok(Box::new(PodmanWitness)),
        other => Err(format!("there is no engine called {other}")),
    }
}

fn ask(program: &str, args: &[&str]) -> Result<Output, String> {
    Command::new(program)
        .args(args)
        .output()
        .map_err(|error| format!("{program}: {error}"))
}

/// Runs a command that must go well, and returns what it printed.
fn require(program: &str, args: &[&str]) -> Result<String, String> {
    let output = ask(program, args)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(format!(
        "`{program} {}`: {}",
        args.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    ))
}

fn record(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("{error}: {text}"))
}

/// What `KIND inspect NAME` prints; `None` if there is no such thing.
fn inspect(program: &str, kind: &str, name: &str) -> Result<Option<Value>, String> {
    let output = ask(program, &[kind, "inspect", name])?;
    if !output.status.success() {
        // An engine that does not answer has no word on what is there.
        return require(program, &["version"]).map(|_| None);
    }
    let all = record(&String::from_utf8_lossy(&output.stdout))?;
    Ok(all.get(0).cloned())
}

/// Makes the engine's `rm` of something that need not be there.
fn remove(program: &str, kind: &str, name: &str) -> Result<(), String> {
    if inspect(program, kind, name)?.is_none() {
        return Ok(());
    }
    let removed = require(program, &[kind, "rm", "--force", name]);
    // It may have gone by itself meanwhile.
    match inspect(program, kind, name)? {
        None => Ok(()),
        Some(_) => removed.map(drop),
    }
}

/// The IDs of all containers that a filter lets through.
fn containers(program: &str, filter: &str) -> Result<Vec<String>, String> {
    let args = ["ps", "--all", "--quiet", "--no-trunc", "--filter", filter];
    let listed = require(program, &args)?;
    Ok(listed.lines().map(str::to_owned).collect())
}

fn starts_with_init(program: &str, image: &str) -> Result<bool, String> {
    let args = ["run", "--rm", "--init", "--pull=never", image, "true"];
    Ok(ask(program, &args)?.status.success())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}

fn labels(value: &Value) -> BTreeMap<String, String> {
    let all = value.as_object().into_iter().flatten();
    all.map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

fn without_algorithm(id: &str) -> String {
    id.trim_start_matches("sha256:").to_owned()
}

/// What both engines call the same in an image.
fn image(found: &Value) -> ImageFacts {
    ImageFacts {
        id: without_algorithm(&text(&found["Id"])),
        tags: texts(&found["RepoTags"]),
        layers: texts(&found["RootFS"]["Layers"]),
        architecture: text(&found["Architecture"]),
        os: text(&found["Os"]),
        size: found["Size"].as_u64().unwrap_or_default(),
    }
}

/// What both engines call the same in a container.
fn container(found: &Value) -> ContainerFacts {
    ContainerFacts {
        id: text(&found["Id"]),
        name: text(&found["Name"]).trim_start_matches('/').to_owned(),
        running: found["State"]["Running"] == true,
        labels: labels(&found["Config"]["Labels"]),
        security_options: texts(&found["HostConfig"]["SecurityOpt"]),
        ports: ports(&found["NetworkSettings"]["Ports"]),
    }
}

fn ports(published: &Value) -> Vec<(String, u16, u16)> {
    let mut ports = Vec::new();
    for (inside, outside) in published.as_object().into_iter().flatten() {
        let inside = inside.trim_end_matches("/tcp").parse().unwrap_or_default();
        for binding in outside.as_array().into_iter().flatten() {
            let port = text(&binding["HostPort"]).parse().unwrap_or_default();
            ports.push((text(&binding["HostIp"]), port, inside));
        }
    }
    ports
}
