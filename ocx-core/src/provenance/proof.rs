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
    /// Nothing can be built on its base.
    #[error("nothing can be built on its base")]
    UnusableBase,
    /// The engine does not hand the layer out.
    #[error("the engine does not tell what is in its layer")]
    NotTold,
    /// The engine failed to write the image out.
    #[error("its layer cannot be read: {reason}")]
    NotWrittenOut {
        /// What the engine said, with all causes.
        reason: String,
    },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn base() -> ImageInfo {
        ImageInfo {
            layers: vec!["sha256:aa".to_owned()],
            environment: vec!["PATH=/bin".to_owned(), "A=b=c".to_owned()],
            user: "jane".to_owned(),
            entrypoint: vec!["/start".to_owned()],
            command: vec!["bash".to_owned()],
            volumes: vec!["/data".into()],
            labels: [("team".to_owned(), "x".to_owned())].into(),
            ..testing::image_info()
        }
    }

    fn image() -> ImageInfo {
        let mut image = ImageInfo {
            layers: vec!["sha256:aa".to_owned(), "sha256:bb".to_owned()],
            environment: vec![
                "A=b=c".to_owned(),
                "PATH=/ocx/bin:/bin".to_owned(),
                "OCX_PATH=/ocx/bin:/bin".to_owned(),
            ],
            entrypoint: vec![],
            command: vec!["opencode".to_owned()],
            stop_signal: "SIGTERM".to_owned(),
            id: "1".repeat(64).parse().unwrap(),
            ..base()
        };
        let label = |name: &str| (name.to_owned(), "1".to_owned());
        image
            .labels
            .extend([label("ocx.recipe"), label("io.buildah.version")]);
        image
    }

    fn genuine(base: &ImageInfo) -> Genuine<'_> {
        Genuine {
            base,
            base_path: "/bin",
            opencode_sha256: "11",
            ripgrep_sha256: Some("22"),
        }
    }

    #[test]
    fn a_configuration_over_its_base() {
        let base = base();
        assert_eq!(
            prove_configuration(&image(), &genuine(&base)),
            Ok("sha256:bb")
        );
        let with = |change: &dyn Fn(&mut ImageInfo)| {
            let mut image = image();
            change(&mut image);
            prove_configuration(&image, &genuine(&base)).unwrap_err()
        };
        let text = || "x".to_owned();
        for doubt in [
            with(&|image| image.entrypoint.push(text())),
            with(&|image| image.command.push(text())),
            with(&|image| image.user = "root".to_owned()),
            with(&|image| image.environment.push("LD_PRELOAD=/x".to_owned())),
            with(&|image| image.environment.push("PATH=/evil".to_owned())),
            with(&|image| {
                image.environment.remove(0);
            }),
            with(&|image| image.labels.extend([(text(), text())])),
            with(&|image| image.volumes.push("/ocx/bin".into())),
            with(&|image| image.on_build.push(text())),
            with(&|image| image.working_directory = "/x".to_owned()),
            with(&|image| image.health_check = HealthCheck::Present),
            with(&|image| image.stop_signal = "SIGKILL".to_owned()),
            with(&|image| image.architecture = "arm64".to_owned()),
        ] {
            assert_eq!(doubt, Doubt::Configuration);
        }
        for doubt in [
            with(&|image| image.layers.clear()),
            with(&|image| image.layers.push(text())),
            with(&|image| {
                image.layers.remove(0);
            }),
            with(&|image| image.layers[0] = text()),
        ] {
            assert_eq!(doubt, Doubt::Layers);
        }
        // An engine that tells no layers proves nothing.
        let unknown = ImageInfo {
            layers: vec![],
            ..base.clone()
        };
        let doubt = prove_configuration(&image(), &genuine(&unknown)).unwrap_err();
        assert_eq!(doubt, Doubt::Layers);
    }

    fn entries() -> Vec<LayerEntry> {
        let tree = LayerTree::new("11", Some("22"));
        let entry = |known: &TreeEntry| LayerEntry {
            path: match known.sha256 {
                Some(_) => known.path.clone(),
                None => format!("{}/", known.path),
            },
            kind: match &known.sha256 {
                Some(sha256) => LayerEntryKind::File {
                    sha256: sha256.clone(),
                },
                None => LayerEntryKind::Directory,
            },
            mode: known.mode,
            uid: 0,
            gid: 0,
            attributes: vec![],
        };
        tree.entries.iter().map(entry).collect()
    }

    #[test]
    fn a_layer_holds_what_ocx_puts_there_and_no_more() {
        let base = base();
        let prove = |change: &dyn Fn(&mut Vec<LayerEntry>)| {
            let mut entries = entries();
            change(&mut entries);
            prove_layer(&entries, &genuine(&base))
        };
        fn opencode(entries: &mut [LayerEntry]) -> &mut LayerEntry {
            let found = entries
                .iter_mut()
                .find(|entry| entry.path == "ocx/bin/opencode");
            found.unwrap()
        }
        let root = |mode| LayerEntry {
            path: "./".to_owned(),
            kind: LayerEntryKind::Directory,
            mode,
            uid: 0,
            gid: 0,
            attributes: vec![],
        };
        prove(&|_| ()).unwrap();
        prove(&|entries| entries.insert(0, root(0o755))).unwrap();
        // A build goes on without ripgrep.
        prove(&|entries| entries.retain(|entry| entry.path != "ocx/bin/rg")).unwrap();
        let changed = Err(Doubt::Changed {
            path: "ocx/bin/opencode".to_owned(),
        });
        let other = |sha256: &str| LayerEntryKind::File {
            sha256: sha256.to_owned(),
        };
        for found in [
            prove(&|entries| opencode(entries).kind = other("33")),
            prove(&|entries| opencode(entries).kind = LayerEntryKind::Other),
            prove(&|entries| opencode(entries).mode = 0o4755),
            prove(&|entries| opencode(entries).uid = 1000),
            prove(&|entries| opencode(entries).gid = 1000),
            prove(&|entries| opencode(entries).attributes.push("path".to_owned())),
        ] {
            assert_eq!(found, changed);
        }
        for foreign in ["bin/sh", "ocx/bin/git", "ocx/.wh..wh..opq", "../etc/passwd"] {
            let found = prove(&|entries| {
                let mut more = entries[1].clone();
                foreign.clone_into(&mut more.path);
                entries.push(more);
            });
            let path = foreign.to_owned();
            assert_eq!(found, Err(Doubt::Foreign { path }));
        }
        let twice = prove(&|entries| {
            let again = opencode(entries).clone();
            entries.push(again);
        });
        assert!(matches!(twice, Err(Doubt::Foreign { .. })));
        assert!(prove(&|entries| entries.insert(0, root(0o777))).is_err());
        let missing = prove(&|entries| entries.retain(|entry| entry.path != "ocx/bin/opencode"));
        assert!(matches!(missing, Err(Doubt::Missing { .. })));
        assert!(prove(&Vec::clear).is_err());
        // A ripgrep that nothing can be compared with.
        let unknown = Genuine {
            ripgrep_sha256: None,
            ..genuine(&base)
        };
        assert!(prove_layer(&entries(), &unknown).is_err());
    }
}
