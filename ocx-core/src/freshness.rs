//! Whether an image is still what it should be, and if not, why.

use std::fmt;

use crate::{
    image::{BaseLabels, ImageId, OcxLabels, OpencodeVersion},
    opencode::LOCAL_PACKAGE,
    provenance::LayerOrigin,
    runtime::ImageInfo,
};

/// Why an ocx image has to be built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stale {
    /// There is none.
    Missing,
    /// There is an image of that name, but not with all of ocx's labels.
    NoLabels,
    /// Its labels are those of an image that ocx built, but there is no record of it, and it has not
    /// proved to be one.
    Unproven,
    /// opencode in it is not what the registry means by this version.
    Checksum {
        /// The version.
        version: OpencodeVersion,
    },
    /// opencode in it is from another registry than the settings name, and whether this one means the
    /// same is not known.
    Registry {
        /// The version.
        version: OpencodeVersion,
    },
    /// The base image is another one now.
    BaseMoved {
        /// The one that it was built on.
        from: ImageId,
        /// The one that the name means now.
        to: ImageId,
    },
    /// opencode is another one.
    Opencode {
        /// The one in the image, or in the image that was built last.
        from: Binary,
        /// The one that should be.
        to: Binary,
    },
    /// This ocx makes images in another way.
    Recipe {
        /// Revision of the image.
        from: u32,
        /// Revision now.
        to: u32,
    },
    /// The caller asked for it.
    Forced,
}

/// An opencode binary, as far as causes tell them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binary {
    /// A published one.
    Published(OpencodeVersion),
    /// One of the user's own.
    Local,
}

impl Binary {
    /// The binary of this npm package, or [`LOCAL_PACKAGE`], and version.
    #[must_use]
    pub fn new(package: &str, version: OpencodeVersion) -> Self {
        if package == LOCAL_PACKAGE {
            Self::Local
        } else {
            Self::Published(version)
        }
    }
}

impl Stale {
    /// A short name of the cause for programs; it never changes.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Missing => "image_missing",
            Self::NoLabels => "labels_missing",
            Self::Unproven => "image_unproven",
            Self::Checksum { .. } => "checksum_changed",
            Self::Registry { .. } => "registry_changed",
            Self::BaseMoved { .. } => "base_moved",
            Self::Opencode { .. } => "opencode_changed",
            Self::Recipe { .. } => "recipe_changed",
            Self::Forced => "forced",
        }
    }
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(f, "there is no such image yet"),
            Self::NoLabels => write!(f, "the image of that name lacks labels of ocx"),
            Self::Unproven => write!(
                f,
                "nothing shows that the image of that name is one of ocx's"
            ),
            Self::Checksum { version } => write!(
                f,
                "opencode {version} of the registry is another than the one in the image"
            ),
            Self::Registry { version } => write!(
                f,
                "opencode {version} in the image is from another registry"
            ),
            Self::BaseMoved { from, to } => {
                write!(
                    f,
                    "the base image moved from {} to {}",
                    from.short(),
                    to.short()
                )
            }
            Self::Opencode { from, to } => match (from, to) {
                (Binary::Published(from), Binary::Published(to)) => {
                    write!(f, "opencode {from} is replaced by {to}")
                }
                (Binary::Local, Binary::Local) => write!(f, "the local opencode binary changed"),
                (Binary::Published(from), Binary::Local) => {
                    write!(f, "opencode {from} is replaced by a local binary")
                }
                (Binary::Local, Binary::Published(to)) => {
                    write!(f, "the local opencode binary is replaced by opencode {to}")
                }
            },
            Self::Recipe { from, to } => {
                write!(
                    f,
                    "this ocx builds images in another way (recipe {from}, now {to})"
                )
            }
            Self::Forced => write!(f, "a rebuild was asked for"),
        }
    }
}

/// What an ocx image should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected<'a> {
    /// The base image.
    pub base: &'a ImageInfo,
    /// Version of opencode.
    pub version: &'a OpencodeVersion,
    /// SHA-256 of the user's own opencode binary, which may change without its version changing;
    /// `None` for a published one, which never does.
    pub local_sha256: Option<&'a str>,
    /// What a published one is compared with.
    pub published: Published<'a>,
    /// Recipe revision.
    pub recipe: u32,
}

/// What is known of a published opencode without asking anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published<'a> {
    /// What the registry in the settings is remembered by.
    pub registry: &'a str,
    /// SHA-256 of what that registry means by the package and the version in the image; `None` if that
    /// is not known.
    pub sha256: Option<&'a str>,
}

/// Why an ocx image has to be built; `None` if it is fresh.
///
/// `origin` is what ocx knows the image to be made of, from a record or by proof. Without it, what the
/// labels say is good for a cause only: at best the image is unproven.
#[must_use]
pub fn stale(
    image: Option<&ImageInfo>,
    origin: Option<&LayerOrigin>,
    expected: &Expected<'_>,
) -> Option<Stale> {
    let Some(image) = image else {
        return Some(Stale::Missing);
    };
    if let Some(origin) = origin {
        return stale_content(&origin.labels, expected)
            .or_else(|| stale_download(origin, expected.local_sha256, expected.published));
    }
    // Those of another recipe may have other labels.
    if let Some(recipe) = OcxLabels::recipe(&image.labels)
        && recipe != expected.recipe
    {
        return Some(Stale::Recipe {
            from: recipe,
            to: expected.recipe,
        });
    }
    let Some(labels) = OcxLabels::read(&image.labels) else {
        return Some(Stale::NoLabels);
    };
    Some(stale_content(&labels, expected).unwrap_or(Stale::Unproven))
}

/// Why what an image is made of is not what it should be.
fn stale_content(labels: &OcxLabels, expected: &Expected<'_>) -> Option<Stale> {
    if labels.recipe != expected.recipe {
        return Some(Stale::Recipe {
            from: labels.recipe,
            to: expected.recipe,
        });
    }
    if labels.base_content != expected.base.content() {
        return Some(Stale::BaseMoved {
            from: labels.base_id.clone(),
            to: expected.base.id.clone(),
        });
    }
    let from = Binary::new(&labels.opencode_build, labels.opencode_version.clone());
    let (to, same) = match expected.local_sha256 {
        Some(sha256) => (Binary::Local, labels.opencode_sha256 == sha256),
        None => (Binary::Published(expected.version.clone()), true),
    };
    if same && from == to {
        return None;
    }
    Some(Stale::Opencode { from, to })
}

/// Why a published opencode is not what its registry means. What a bad mirror has sent must not stay
/// once another registry is set.
pub(crate) fn stale_download(
    origin: &LayerOrigin,
    local_sha256: Option<&str>,
    published: Published<'_>,
) -> Option<Stale> {
    if local_sha256.is_some() {
        return None;
    }
    let version = origin.labels.opencode_version.clone();
    match published.sha256 {
        Some(sha256) if sha256 == origin.labels.opencode_sha256 => None,
        Some(_) => Some(Stale::Checksum { version }),
        None if origin.registry.as_deref() == Some(published.registry) => None,
        None => Some(Stale::Registry { version }),
    }
}

/// Why a base that ocx builds has to be built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BaseStale {
    /// There is none.
    Missing,
    /// The Dockerfile's text is another one.
    Dockerfile,
    /// The build arguments are others.
    BuildArgs,
    /// The target is another one.
    Target,
    /// The build context is another directory.
    ContextPlace,
    /// A file of the build context is another one.
    Context,
    /// There is an image of that name, and no record that ocx built it.
    Unrecorded,
    /// The caller asked for it.
    Forced,
}

impl BaseStale {
    /// A short name of the cause for programs; it never changes.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Missing => "base_missing",
            Self::Dockerfile => "dockerfile_changed",
            Self::BuildArgs => "build_args_changed",
            Self::Target => "target_changed",
            Self::ContextPlace => "context_moved",
            Self::Context => "context_changed",
            Self::Unrecorded => "base_unrecorded",
            Self::Forced => "forced",
        }
    }
}

impl fmt::Display for BaseStale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there is no such image yet",
            Self::Dockerfile => "its Dockerfile changed",
            Self::BuildArgs => "its build arguments changed",
            Self::Target => "its build target changed",
            Self::ContextPlace => "its build context is another directory",
            Self::Context => "a file of its build context changed",
            Self::Unrecorded => "there is no record that ocx built the image of that name",
            Self::Forced => "a rebuild was asked for",
        })
    }
}

/// Why a base has to be built, as far as its labels tell; `None` if they say nothing against it.
/// Files in the build context are not looked at.
#[must_use]
pub(crate) fn base_stale(built: &BaseLabels, wanted: &BaseLabels) -> Option<BaseStale> {
    if built.dockerfile_sha256 != wanted.dockerfile_sha256 {
        Some(BaseStale::Dockerfile)
    } else if built.args_sha256 != wanted.args_sha256 {
        Some(BaseStale::BuildArgs)
    } else if built.target != wanted.target {
        Some(BaseStale::Target)
    } else if built.context != wanted.context {
        Some(BaseStale::ContextPlace)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{image::label, testing};

    /// What an image is made of, if its labels tell the truth.
    fn origin(image: &ImageInfo, registry: &str) -> Option<LayerOrigin> {
        Some(LayerOrigin {
            labels: OcxLabels::read(&image.labels)?,
            registry: Some(registry.to_owned()),
        })
    }

    #[test]
    fn each_cause() {
        let base = ImageInfo {
            id: "1".repeat(64).parse().unwrap(),
            layers: vec!["sha256:aa".to_owned()],
            ..testing::image_info()
        };
        let other = ImageInfo {
            id: "2".repeat(64).parse().unwrap(),
            layers: vec!["sha256:bb".to_owned()],
            ..testing::image_info()
        };
        let labels = OcxLabels {
            ocx_version: "0.1.0".to_owned(),
            recipe: 1,
            opencode_version: "1.18.33".parse().unwrap(),
            opencode_build: "opencode-linux-x64".to_owned(),
            opencode_sha256: "aa".to_owned(),
            base: "base".parse().unwrap(),
            base_id: base.id.clone(),
            base_content: base.content(),
        };
        let image = ImageInfo {
            labels: labels.write(),
            ..testing::image_info()
        };
        let bare = testing::image_info();
        let version: OpencodeVersion = "1.18.33".parse().unwrap();
        let newer: OpencodeVersion = "1.18.34".parse().unwrap();
        let expected = Expected {
            base: &base,
            version: &version,
            local_sha256: None,
            published: Published {
                registry: "npm",
                sha256: None,
            },
            recipe: 1,
        };
        // With a record of what the labels say.
        let stale = |image: Option<&ImageInfo>, expected: &Expected<'_>| {
            let origin = image.and_then(|image| origin(image, "npm"));
            super::stale(image, origin.as_ref(), expected)
        };
        assert_eq!(stale(Some(&image), &expected), None);
        assert_eq!(stale(None, &expected), Some(Stale::Missing));
        assert_eq!(stale(Some(&bare), &expected), Some(Stale::NoLabels));
        let moved = stale(
            Some(&image),
            &Expected {
                base: &other,
                ..expected.clone()
            },
        )
        .unwrap();
        assert_eq!(
            moved.to_string(),
            "the base image moved from 111111111111 to 222222222222"
        );
        let because = |image: &ImageInfo, expected: Expected<'_>| {
            stale(Some(image), &expected).unwrap().to_string()
        };
        // A rebuild that changes nothing but the ID.
        let renumbered = ImageInfo {
            id: other.id.clone(),
            ..base.clone()
        };
        let same = Expected {
            base: &renumbered,
            ..expected.clone()
        };
        assert_eq!(stale(Some(&image), &same), None);
        let recipe = Expected {
            recipe: 2,
            ..expected.clone()
        };
        assert_eq!(
            because(&image, recipe.clone()),
            "this ocx builds images in another way (recipe 1, now 2)"
        );
        // An image of the first recipe has fewer labels.
        let mut first = image.clone();
        first.labels.remove(label::BASE_CONTENT);
        assert_eq!(
            because(&first, recipe.clone()),
            "this ocx builds images in another way (recipe 1, now 2)"
        );
        assert_eq!(stale(Some(&first), &expected), Some(Stale::NoLabels));
        let other = Expected {
            version: &newer,
            ..expected.clone()
        };
        assert_eq!(
            because(&image, other),
            "opencode 1.18.33 is replaced by 1.18.34"
        );
        let own = |sha256| Expected {
            local_sha256: Some(sha256),
            ..expected.clone()
        };
        assert_eq!(
            because(&image, own("aa")),
            "opencode 1.18.33 is replaced by a local binary"
        );
        let labels = OcxLabels {
            opencode_build: LOCAL_PACKAGE.to_owned(),
            ..labels
        };
        let local = ImageInfo {
            labels: labels.write(),
            ..bare
        };
        assert_eq!(stale(Some(&local), &own("aa")), None);
        assert_eq!(
            because(&local, own("bb")),
            "the local opencode binary changed"
        );
        assert_eq!(
            because(&local, expected.clone()),
            "the local opencode binary is replaced by opencode 1.18.33"
        );
    }

    #[test]
    fn labels_alone_are_good_for_a_cause_only() {
        let base = testing::image_info();
        let version: OpencodeVersion = "1.18.33".parse().unwrap();
        let newer: OpencodeVersion = "1.18.34".parse().unwrap();
        let labels = OcxLabels {
            ocx_version: "0.1.0".to_owned(),
            recipe: 1,
            opencode_version: version.clone(),
            opencode_build: "opencode-linux-x64".to_owned(),
            opencode_sha256: "aa".to_owned(),
            base: "base".parse().unwrap(),
            base_id: base.id.clone(),
            base_content: base.content(),
        };
        let image = ImageInfo {
            labels: labels.write(),
            ..testing::image_info()
        };
        let expected = |registry, sha256| Expected {
            base: &base,
            version: &version,
            local_sha256: None,
            published: Published { registry, sha256 },
            recipe: 1,
        };
        let here = expected("npm", Some("aa"));
        assert_eq!(stale(Some(&image), None, &here), Some(Stale::Unproven));
        let upgraded = Expected {
            version: &newer,
            ..here.clone()
        };
        let cause = stale(Some(&image), None, &upgraded).unwrap();
        assert_eq!(cause.name(), "opencode_changed");
        let origin = origin(&image, "mirror").unwrap();
        let stale = |expected| stale(Some(&image), Some(&origin), &expected);
        assert_eq!(stale(here), None);
        // What this registry means by the version is something else.
        let cause = Stale::Checksum {
            version: version.clone(),
        };
        assert_eq!(stale(expected("npm", Some("bb"))), Some(cause.clone()));
        assert_eq!(stale(expected("mirror", Some("bb"))), Some(cause));
        // Nobody knows what it means.
        let cause = Stale::Registry {
            version: version.clone(),
        };
        assert_eq!(stale(expected("npm", None)), Some(cause));
        assert_eq!(stale(expected("mirror", None)), None);
    }

    #[test]
    fn programs_are_told_names_that_never_change() {
        let id = |digit: &str| digit.repeat(64).parse().unwrap();
        let (from, to) = (id("1"), id("2"));
        for (cause, name, told) in [
            (
                Stale::Missing,
                "image_missing",
                "there is no such image yet",
            ),
            (
                Stale::NoLabels,
                "labels_missing",
                "the image of that name lacks labels of ocx",
            ),
            (
                Stale::Unproven,
                "image_unproven",
                "nothing shows that the image of that name is one of ocx's",
            ),
            (
                Stale::Checksum {
                    version: "1.18.33".parse().unwrap(),
                },
                "checksum_changed",
                "opencode 1.18.33 of the registry is another than the one in the image",
            ),
            (
                Stale::Registry {
                    version: "1.18.33".parse().unwrap(),
                },
                "registry_changed",
                "opencode 1.18.33 in the image is from another registry",
            ),
            (
                Stale::BaseMoved { from, to },
                "base_moved",
                "the base image moved from 111111111111 to 222222222222",
            ),
            (
                Stale::Opencode {
                    from: Binary::Local,
                    to: Binary::Local,
                },
                "opencode_changed",
                "the local opencode binary changed",
            ),
            (
                Stale::Recipe { from: 1, to: 2 },
                "recipe_changed",
                "this ocx builds images in another way (recipe 1, now 2)",
            ),
            (Stale::Forced, "forced", "a rebuild was asked for"),
        ] {
            assert_eq!((cause.name(), cause.to_string().as_str()), (name, told));
        }
        for (cause, name, told) in [
            (
                BaseStale::Missing,
                "base_missing",
                "there is no such image yet",
            ),
            (
                BaseStale::Dockerfile,
                "dockerfile_changed",
                "its Dockerfile changed",
            ),
            (
                BaseStale::BuildArgs,
                "build_args_changed",
                "its build arguments changed",
            ),
            (
                BaseStale::Target,
                "target_changed",
                "its build target changed",
            ),
            (
                BaseStale::ContextPlace,
                "context_moved",
                "its build context is another directory",
            ),
            (
                BaseStale::Context,
                "context_changed",
                "a file of its build context changed",
            ),
            (
                BaseStale::Unrecorded,
                "base_unrecorded",
                "there is no record that ocx built the image of that name",
            ),
            (BaseStale::Forced, "forced", "a rebuild was asked for"),
        ] {
            assert_eq!((cause.name(), cause.to_string().as_str()), (name, told));
        }
    }

    #[test]
    fn each_cause_of_a_base_and_the_first_of_several() {
        let built = BaseLabels {
            name: "team".parse().unwrap(),
            dockerfile: "/p/Dockerfile".into(),
            dockerfile_sha256: "a".to_owned(),
            args_sha256: "b".to_owned(),
            target: Some("dev".to_owned()),
            context: None,
        };
        let mut wanted = built.clone();
        assert_eq!(base_stale(&built, &wanted), None);
        wanted.context = Some(".".into());
        assert_eq!(base_stale(&built, &wanted), Some(BaseStale::ContextPlace));
        wanted.target = None;
        assert_eq!(base_stale(&built, &wanted), Some(BaseStale::Target));
        wanted.args_sha256.push('x');
        assert_eq!(base_stale(&built, &wanted), Some(BaseStale::BuildArgs));
        wanted.dockerfile_sha256.push('x');
        assert_eq!(base_stale(&built, &wanted), Some(BaseStale::Dockerfile));
    }
}
