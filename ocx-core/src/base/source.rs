//! Which base image the settings mean.

use std::collections::BTreeMap;

use camino::Utf8Path;
use sha2::{Digest, Sha256};

use super::{DockerfileError, FoundDockerfile, FoundIn, find_dockerfile};
use crate::{
    image::{
        BaseLabels, DerivedName, ImageReference, OpencodeVersion, default_base, is_reserved,
        ocx_image, ocx_image_for_default_base,
    },
    settings::Settings,
};

/// The Dockerfile of ocx's own base. It needs nothing from a build context.
pub(crate) const DEFAULT_BASE_DOCKERFILE: &str = include_str!("default.Dockerfile");

/// What the Dockerfile of ocx's own base is called in labels.
const DEFAULT_BASE_LABEL: &str = "default";

/// Which base image the settings mean, and how it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasePlan {
    /// The rule that chose it.
    pub source: BaseSource,
    /// Build arguments of its Dockerfile.
    pub build_args: BTreeMap<String, String>,
    /// Target of its Dockerfile.
    pub target: Option<String>,
}

/// The rule that chose a base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaseSource {
    /// The settings name none, so it is ocx's own.
    Default,
    /// An image that must be there.
    Image(ImageReference),
    /// A Dockerfile without a name for its image.
    Dockerfile {
        /// The names made from it.
        name: DerivedName,
        /// The file.
        dockerfile: FoundDockerfile,
    },
    /// An image that is built from a Dockerfile if it is not there.
    ImageOrDockerfile {
        /// The image.
        image: ImageReference,
        /// The file.
        dockerfile: FoundDockerfile,
    },
}

impl BasePlan {
    /// The base image's name.
    #[must_use]
    pub fn reference(&self) -> ImageReference {
        match &self.source {
            BaseSource::Default => default_base(),
            BaseSource::Image(image) | BaseSource::ImageOrDockerfile { image, .. } => image.clone(),
            BaseSource::Dockerfile { name, .. } => name.base(),
        }
    }

    /// The name of the ocx image on top of it.
    #[must_use]
    pub fn ocx_image(&self, version: &OpencodeVersion) -> ImageReference {
        match &self.source {
            BaseSource::Default => ocx_image_for_default_base(version),
            BaseSource::Image(image) | BaseSource::ImageOrDockerfile { image, .. } => {
                ocx_image(image, version)
            }
            BaseSource::Dockerfile { name, .. } => name.ocx_image(version),
        }
    }

    /// The Dockerfile, if the settings name one.
    #[must_use]
    pub fn dockerfile(&self) -> Option<&FoundDockerfile> {
        match &self.source {
            BaseSource::Default | BaseSource::Image(_) => None,
            BaseSource::Dockerfile { dockerfile, .. }
            | BaseSource::ImageOrDockerfile { dockerfile, .. } => Some(dockerfile),
        }
    }

    /// The settings that it was made of.
    #[must_use]
    pub fn settings(&self) -> Vec<&'static str> {
        const IMAGE: &str = "custom_base_image";
        const DOCKERFILE: &str = "custom_base_dockerfile";
        let mut settings = match self.source {
            // That neither is set is what makes it ocx's own.
            BaseSource::Default | BaseSource::ImageOrDockerfile { .. } => vec![IMAGE, DOCKERFILE],
            BaseSource::Image(_) => vec![IMAGE],
            BaseSource::Dockerfile { .. } => vec![DOCKERFILE],
        };
        if self.dockerfile().is_some() {
            if self
                .dockerfile()
                .is_some_and(|found| found.named_context.is_some())
            {
                settings.push("custom_base_context");
            }
            if self.target.is_some() {
                settings.push("custom_base_target");
            }
            if !self.build_args.is_empty() {
                settings.push("custom_base_build_args");
            }
        }
        settings
    }

    /// The labels that the base gets if ocx builds it; `None` if ocx never does.
    #[must_use]
    pub fn labels(&self) -> Option<BaseLabels> {
        let (dockerfile, dockerfile_sha256) = match &self.source {
            BaseSource::Image(_) => return None,
            BaseSource::Default => (
                DEFAULT_BASE_LABEL.into(),
                hex::encode(Sha256::digest(DEFAULT_BASE_DOCKERFILE)),
            ),
            BaseSource::Dockerfile { dockerfile, .. }
            | BaseSource::ImageOrDockerfile { dockerfile, .. } => {
                (dockerfile.canonical.clone(), dockerfile.sha256.clone())
            }
        };
        Some(BaseLabels {
            name: self.reference(),
            dockerfile,
            dockerfile_sha256,
            args_sha256: args_sha256(&self.build_args),
            target: self.target.clone(),
            context: self
                .dockerfile()
                .and_then(|found| found.named_context.clone()),
        })
    }
}

/// Finds out which base image the settings mean. Reads the Dockerfile, and nothing else.
///
/// # Errors
///
/// If the Dockerfile that the settings name cannot be found or read, or if they name a base by a name
/// of ocx's own.
///
/// # Examples
///
/// ```
/// # use ocx_core::{Settings, base::{BaseSource, resolve_base}};
/// # let directory = tempfile::tempdir()?;
/// # let home = camino::Utf8Path::from_path(directory.path()).unwrap().canonicalize_utf8()?;
/// # std::fs::create_dir_all(home.join("app/src"))?;
/// # let user = ocx_core::host::HostUser {
/// #     name: "jane".to_owned(),
/// #     group: "jane".to_owned(),
/// #     uid: std::os::unix::fs::MetadataExt::uid(&home.metadata()?),
/// #     gid: 1000,
/// #     groups: Vec::new(),
/// # };
/// # let host = ocx_core::Host::new(user, home.clone(), home.join("app"));
/// # let project = ocx_core::Project::discover(&host, None)?;
/// let settings = Settings::builder(&host, &project)
///     .with("custom_base_image", "ruby:3.3")?
///     .build()?;
/// let base = resolve_base(&settings, &project.root, &host.dirs.config)?;
///
/// assert!(matches!(base.source, BaseSource::Image(_)));
/// assert_eq!(base.settings(), ["custom_base_image"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn resolve_base(
    settings: &Settings,
    project_root: &Utf8Path,
    config_dir: &Utf8Path,
) -> Result<BasePlan, BaseError> {
    if let Some(image) = settings
        .custom_base_image
        .as_ref()
        .filter(|image| is_reserved(image))
    {
        return Err(BaseError::ReservedName {
            image: image.clone(),
        });
    }
    let build_args = settings.custom_base_build_args.clone();
    let target = settings.custom_base_target.clone();
    let dockerfile = settings
        .custom_base_dockerfile
        .as_deref()
        .map(|path| {
            let context = settings.custom_base_context.as_deref();
            find_dockerfile(path, context, project_root, config_dir)
        })
        .transpose()?;
    let source = match (settings.custom_base_image.clone(), dockerfile) {
        (None, None) => {
            return Ok(BasePlan {
                source: BaseSource::Default,
                build_args: BTreeMap::new(),
                target: None,
            });
        }
        (Some(image), None) => BaseSource::Image(image),
        (Some(image), Some(dockerfile)) => BaseSource::ImageOrDockerfile { image, dockerfile },
        (None, Some(dockerfile)) => {
            let args = build_args
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()));
            let readable = readable_name(&dockerfile, project_root);
            let context = dockerfile
                .named_context
                .as_ref()
                .map(|_| dockerfile.context.as_path());
            let name = DerivedName::new(
                &readable,
                &dockerfile.canonical,
                context,
                target.as_deref(),
                args,
            );
            BaseSource::Dockerfile { name, dockerfile }
        }
    };
    Ok(BasePlan {
        source,
        build_args,
        target,
    })
}

/// `<project>[-<sub-directories>]` for a Dockerfile in the project, else its directory's name.
fn readable_name(dockerfile: &FoundDockerfile, project_root: &Utf8Path) -> String {
    let directory = dockerfile.path.parent().unwrap_or(&dockerfile.path);
    let project = project_root.file_name().unwrap_or_default();
    match (dockerfile.found_in, directory.strip_prefix(project_root)) {
        (FoundIn::Project, Ok(inside)) => format!("{project}/{inside}"),
        _ => directory.file_name().unwrap_or_default().to_owned(),
    }
}

fn args_sha256(args: &BTreeMap<String, String>) -> String {
    // JSON keeps names and values apart whatever they hold.
    hex::encode(Sha256::digest(
        serde_json::to_vec(args).expect("texts always serialize"),
    ))
}

/// Why there is no base to build on.
#[derive(Debug, thiserror::Error)]
pub enum BaseError {
    /// The Dockerfile is not there, or cannot be read.
    #[error(transparent)]
    Dockerfile(#[from] DockerfileError),
    /// The base has a name that ocx gives to images of its own.
    #[error(
        "`{image}` cannot be a base: names that begin with `ocx-` are those of ocx's own images"
    )]
    ReservedName {
        /// The name.
        image: ImageReference,
    },
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;

    use super::*;

    fn dockerfile(path: &str, found_in: FoundIn) -> FoundDockerfile {
        let path = Utf8PathBuf::from(path);
        FoundDockerfile {
            canonical: path.clone(),
            context: path.parent().unwrap().to_owned(),
            named_context: None,
            path,
            found_in,
            sha256: "0".repeat(64),
        }
    }

    #[test]
    fn readable_names() {
        let name = |path, found_in| readable_name(&dockerfile(path, found_in), "/w/app".into());
        assert_eq!(name("/w/app/Dockerfile", FoundIn::Project), "app/");
        assert_eq!(
            name("/w/app/docker/dev/Dockerfile", FoundIn::Project),
            "app/docker/dev"
        );
        assert_eq!(
            name("/h/.config/ocx/ruby/Dockerfile", FoundIn::GlobalConfig),
            "ruby"
        );
    }

    #[test]
    fn a_base_knows_the_settings_that_it_was_made_of() {
        const IMAGE: &str = "custom_base_image";
        const DOCKERFILE: &str = "custom_base_dockerfile";
        let made_of = |source| {
            let plan = BasePlan {
                source,
                build_args: [("A".to_owned(), "b".to_owned())].into(),
                target: Some("dev".to_owned()),
            };
            plan.settings()
        };
        let image: ImageReference = "team".parse().unwrap();
        let file = || dockerfile("/w/app/Dockerfile", FoundIn::Project);
        let build = ["custom_base_target", "custom_base_build_args"];
        assert_eq!(made_of(BaseSource::Default), [IMAGE, DOCKERFILE]);
        assert_eq!(made_of(BaseSource::Image(image.clone())), [IMAGE]);
        let derived = BaseSource::Dockerfile {
            name: DerivedName::new("app", "/w/app/Dockerfile".into(), None, None, []),
            dockerfile: file(),
        };
        assert_eq!(made_of(derived), [&[DOCKERFILE][..], &build].concat());
        let dockerfile = file();
        let both = BaseSource::ImageOrDockerfile {
            image: image.clone(),
            dockerfile,
        };
        assert_eq!(made_of(both), [&[IMAGE, DOCKERFILE][..], &build].concat());
        let mut dockerfile = file();
        dockerfile.named_context = Some(".".into());
        let both = BaseSource::ImageOrDockerfile { image, dockerfile };
        let context = ["custom_base_context"];
        assert_eq!(
            made_of(both),
            [&[IMAGE, DOCKERFILE][..], &context, &build].concat()
        );
    }

    #[test]
    fn a_foreign_image_has_no_labels_and_others_do() {
        let plan = |source| BasePlan {
            source,
            build_args: BTreeMap::new(),
            target: None,
        };
        assert_eq!(
            plan(BaseSource::Image("ruby".parse().unwrap())).labels(),
            None
        );
        let default = plan(BaseSource::Default).labels().unwrap();
        assert_eq!(default.dockerfile, "default");
        let both = plan(BaseSource::ImageOrDockerfile {
            image: "team".parse().unwrap(),
            dockerfile: dockerfile("/w/app/Dockerfile", FoundIn::Project),
        });
        let labels = both.labels().unwrap();
        assert_eq!(
            BaseLabels::read(&"team".parse().unwrap(), &labels.write()),
            Some(labels.clone())
        );
        assert_eq!(
            BaseLabels::read(&"other".parse().unwrap(), &labels.write()),
            None
        );
    }
}
