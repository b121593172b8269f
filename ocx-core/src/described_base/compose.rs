//! Compose files: which of their services is a base.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value};

use super::{Build, DescribedBase, LeftOutList, ProjectFiles, short, yaml};
use crate::image::{ImageReference, usable_image};

/// What is not carried over of a service, and why.
const LEFT_OUT: [(&[&str], &str); 4] = [
    (
        &["command", "entrypoint"],
        "a session runs opencode, or what you type",
    ),
    (
        &[
            "volumes",
            "devices",
            "privileged",
            "cap_add",
            "security_opt",
            "network_mode",
        ],
        "what a session reaches of the host is up to your settings",
    ),
    (
        &["environment", "env_file"],
        "put what the agent needs into `env`",
    ),
    (&["ports"], "put what you want on the host into `ports`"),
];

/// What becomes of services that are not the base.
pub(crate) const OTHERS: &str = "ocx starts no other containers; where Compose runs them, the name of its \
    network as `network` lets sessions reach them";

/// The services of a file; `None` if there is no such file.
pub(crate) fn services(
    files: &ProjectFiles,
    path: &Utf8Path,
) -> Result<Option<Map<String, Value>>, String> {
    let Some(text) = files.text(path)? else {
        return Ok(None);
    };
    match yaml::parse(&text)? {
        Value::Object(mut root) => match root.remove("services") {
            Some(Value::Object(services)) => Ok(Some(services)),
            _ => Err("it has no services".to_owned()),
        },
        _ => Err("it has no services".to_owned()),
    }
}

/// The base that one service of the file at `path` describes.
pub(crate) fn base(
    files: &ProjectFiles,
    path: &Utf8Path,
    services: &Map<String, Value>,
    service: &str,
    left_out: &mut LeftOutList,
) -> Result<DescribedBase, String> {
    let Some(Value::Object(description)) = services.get(service) else {
        return Err(format!("it has no service `{}`", short(service)));
    };
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let base = match (description.get("build"), description.get("image")) {
        (Some(build), _) => {
            let build = build_of(files, folder, build, left_out)?;
            DescribedBase::Build(build.usable(files, left_out)?)
        }
        (None, Some(Value::String(image))) => {
            DescribedBase::Image(image_of(&without_variables(image)?)?)
        }
        _ => return Err("it has neither an image nor a build".to_owned()),
    };
    for (keys, why) in LEFT_OUT {
        for key in keys.iter().filter(|key| description.contains_key(**key)) {
            left_out.add(key, why);
        }
    }
    let others: Vec<String> = services
        .keys()
        .filter(|other| *other != service)
        .take(10)
        .map(|other| short(other))
        .collect();
    if !others.is_empty() {
        left_out.add(&format!("services {}", others.join(", ")), OTHERS);
    }
    Ok(base)
}

fn build_of(
    files: &ProjectFiles,
    folder: &Utf8Path,
    build: &Value,
    left_out: &mut LeftOutList,
) -> Result<Build, String> {
    let none = Map::new();
    let (context, section) = match build {
        Value::String(context) => (context.as_str(), &none),
        Value::Object(section) => (
            section
                .get("context")
                .and_then(Value::as_str)
                .unwrap_or("."),
            section,
        ),
        _ => return Err("its build cannot be read".to_owned()),
    };
    if section.contains_key("dockerfile_inline") {
        return Err("its Dockerfile stands in the Compose file itself".to_owned());
    }
    let context = without_variables(context)?;
    let outside = || "its build lies outside of the project".to_owned();
    let context: Utf8PathBuf = match context.contains("://") || context.starts_with("git@") {
        true => return Err(outside()),
        false => files.below(folder, &context).ok_or_else(outside)?,
    };
    for key in ["additional_contexts", "secrets", "ssh"] {
        if section.contains_key(key) {
            left_out.add(&format!("build.{key}"), "ocx gives a build no such thing");
        }
    }
    let dockerfile = match section.get("dockerfile").and_then(Value::as_str) {
        Some(path) => without_variables(path)?,
        None => "Dockerfile".to_owned(),
    };
    let target = match section.get("target").and_then(Value::as_str) {
        Some(target) => Some(without_variables(target)?),
        None => None,
    };
    Ok(Build {
        dockerfile: files.below(&context, &dockerfile).ok_or_else(outside)?,
        context,
        args: args(section.get("args"), left_out),
        target,
    })
}

/// A table, or a list of `NAME=value`. One without a value is the user's environment's.
fn args(section: Option<&Value>, left_out: &mut LeftOutList) -> BTreeMap<String, String> {
    let pairs: Vec<(String, Option<String>)> = match section {
        Some(Value::Object(table)) => table
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().map(str::to_owned)))
            .collect(),
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(Value::as_str)
            .map(|entry| match entry.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (entry.to_owned(), None),
            })
            .collect(),
        _ => Vec::new(),
    };
    let mut args = BTreeMap::new();
    for (name, value) in pairs {
        match value.as_deref().map(without_variables) {
            Some(Ok(value)) => {
                args.insert(name, value);
            }
            _ => left_out.add(&format!("args.{name}"), "it hangs on your environment"),
        }
    }
    args
}

/// Compose puts variables of the environment and of `.env` in, and reads `$$` as a dollar.
fn without_variables(text: &str) -> Result<String, String> {
    let plain = text.replace("$$", "\0");
    if plain.contains('$') {
        return Err(format!("`{}` hangs on a variable", short(text)));
    }
    Ok(plain.replace('\0', "$"))
}

/// An image that settings may name.
pub(crate) fn image_of(text: &str) -> Result<ImageReference, String> {
    usable_image(text).ok_or_else(|| format!("`{}` is no image that can be a base", short(text)))
}
