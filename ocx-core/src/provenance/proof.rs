//! Whether an image is what ocx would make over a base: pure functions of what was found out.

use std::collections::BTreeMap;

use crate::{
    layer::{LayerTree, TreeEntry},
    layout,
    runtime::{HealthCheck, ImageInfo, LayerEntry, LayerEntryKind},
};

/// Why an image does not prove to be one of ocx's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Doubt {
    /// Its layers are others.
    #[error("its layers are not those of its base and one of ocx's")]
    Layers,
    /// Its configuration is another: entry point, user, variables and so on.
    #[error("its configuration is not what ocx writes over its base")]
    Configuration,
    /// Something is in its layer that ocx does not put there.
    #[error("its layer holds `{path}`, which is nothing of ocx's")]
    Foreign {
        /// The path, relative to the root.
        path: String,
    },
    /// Something is another than what ocx puts there.
    #[error("`{path}` in it is not what ocx puts there")]
    Changed {
        /// The path, relative to the root.
        path: String,
    },
    /// Something is not there.
    #[error("`{path}` is missing in its layer")]
    Missing {
        /// The path, relative to the root.
        path: String,
    },
    /// The checksum of the opencode that it should hold is not known without a download.
    #[error("the opencode that it should hold is not at hand to compare it with")]
    NothingToCompare,
    /// The engine does not hand the layer out.
    #[error("the engine does not tell what is in its layer")]
    NotTold,
    /// It would have to come over a network.
    #[error("the engine is on another machine")]
    Remote,
}

/// What a genuine image is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Genuine<'a> {
    /// The base image.
    pub(crate) base: &'a ImageInfo,
    /// The search path of programs in the base.
    pub(crate) base_path: &'a str,
    /// SHA-256 of opencode, hexadecimal.
    pub(crate) opencode_sha256: &'a str,
    /// SHA-256 of ripgrep, hexadecimal, if it is at hand.
    pub(crate) ripgrep_sha256: Option<&'a str>,
}

/// Compares layers and configuration. What is in the last layer remains to be seen: its digest is
/// returned.
///
/// # Errors
///
/// What is another than it should be.
pub(crate) fn prove_configuration<'i>(
    image: &'i ImageInfo,
    genuine: &Genuine<'_>,
) -> Result<&'i str, Doubt> {
    let base = genuine.base;
    let Some((last, below)) = image.layers.split_last() else {
        return Err(Doubt::Layers);
    };
    if below != base.layers || base.layers.is_empty() {
        return Err(Doubt::Layers);
    }
    let path = format!("{}:{}", layout::BIN, genuine.base_path);
    let mut environment: BTreeMap<&str, String> = base
        .environment
        .iter()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    environment.extend([("PATH", path.clone()), ("OCX_PATH", path)]);
    let expected = ImageInfo {
        layers: image.layers.clone(),
        environment: environment
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
        entrypoint: Vec::new(),
        command: vec!["opencode".to_owned()],
        stop_signal: "SIGTERM".to_owned(),
        health_check: HealthCheck::Absent,
        ..base.clone()
    };
    // All that makes a difference to a session, and no more.
    if expected.content() != image.content() {
        return Err(Doubt::Configuration);
    }
    Ok(last)
}

/// Compares what is in ocx's layer.
///
/// # Errors
///
/// The first thing that is another than it should be.
pub(crate) fn prove_layer(entries: &[LayerEntry], genuine: &Genuine<'_>) -> Result<(), Doubt> {
    let tree = LayerTree::new(genuine.opencode_sha256, genuine.ripgrep_sha256);
    let mut left: BTreeMap<&str, &TreeEntry> = tree
        .entries
        .iter()
        .map(|entry| (entry.path.as_str(), entry))
        .collect();
    for found in entries {
        let name = found.path.trim_start_matches("./").trim_end_matches('/');
        if name.is_empty() && is_plain_root(found) {
            continue;
        }
        // One path twice would leave it to the engine which one counts.
        let Some(expected) = left.remove(name) else {
            return Err(Doubt::Foreign {
                path: found.path.clone(),
            });
        };
        if !is_as_planned(found, expected) {
            return Err(Doubt::Changed {
                path: name.to_owned(),
            });
        }
    }
    match left.into_values().find(|entry| !entry.may_be_missing) {
        Some(entry) => Err(Doubt::Missing {
            path: entry.path.clone(),
        }),
        None => Ok(()),
    }
}

fn is_as_planned(found: &LayerEntry, expected: &TreeEntry) -> bool {
    let same = match (&found.kind, &expected.sha256) {
        (LayerEntryKind::Directory, None) => true,
        (LayerEntryKind::File { sha256 }, Some(expected)) => sha256 == expected,
        _ => false,
    };
    same && found.mode == expected.mode && is_roots(found)
}

/// Some builders write down the root itself.
fn is_plain_root(found: &LayerEntry) -> bool {
    found.kind == LayerEntryKind::Directory && found.mode == 0o755 && is_roots(found)
}

fn is_roots(found: &LayerEntry) -> bool {
    (found.uid, found.gid) == (0, 0) && found.attributes.is_empty()
}
