//! What to type when a project's `devcontainer.json` cannot be followed.

use ocx_core::{
    printable,
    settings::{DevcontainerError, Origin, Place},
};

const KEY: &str = "custom_base_devcontainer";

/// Hints for a file that cannot be followed, the best one first.
pub(crate) fn of(error: &DevcontainerError) -> Vec<String> {
    match error {
        DevcontainerError::Missing { origin, path } => vec![
            format!("write {path}, such as `{{ \"image\": \"ruby:3.3\" }}`"),
            format!("or do without it: {}", without(KEY, origin)),
        ],
        DevcontainerError::NotAlone {
            devcontainer,
            key,
            other,
        } => vec![
            format!("to follow the file: {}", without_line(key, other)),
            format!("to do without it: {}", without_line(KEY, devcontainer)),
        ],
        DevcontainerError::NoBase { .. } => vec![
            "a base is `\"image\": \"ruby:3.3\"`, or `\"build\": { \"dockerfile\": \"Dockerfile\", \"context\": \"..\" }` with files of the project"
                .to_owned(),
            format!(
                "or say it in ocx.toml: `custom_base_image` or `custom_base_dockerfile` in the place of `{KEY}`"
            ),
        ],
        _ => Vec::new(),
    }
}

fn without_line(key: &str, place: &Place) -> String {
    without(key, &place.origin)
}

/// How a setting is taken back.
fn without(key: &str, origin: &Origin) -> String {
    match origin {
        Origin::GlobalFile(path) if path.extension() == Some("toml") => {
            format!("`ocx config unset {key}`")
        }
        Origin::ProjectFile(path) if path.extension() == Some("toml") => {
            format!("`ocx config unset --project {key}`")
        }
        Origin::GlobalFile(path) | Origin::ProjectFile(path) => {
            format!("take `{key}` out of {path}")
        }
        Origin::Variable(name) => format!("`unset {name}`"),
        Origin::Flag(flag) => format!("leave out `{}`", printable::field(flag)),
        _ => format!("leave out `{key}`"),
    }
}
