//! Taking a newer version of opencode.

use std::fmt;

use camino::Utf8PathBuf;

use crate::ops::{BuildError, BuildReport, BuildRequest, Latest, Ocx, Pull, build::Fetching};
use crate::{
    base::{BasePlan, BaseProbe, resolve_base},
    image::{ImageReference, OpencodeVersion},
    opencode::{Build, Freshness, How, LatestError, Libc, candidates, resolve_latest},
    report::Notice,
    runtime::ImageInfo,
    settings::VersionRequest,
};

/// Whether there is a newer version, or why none is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpgradeCheck {
    /// The settings name what is to be used, so nobody was asked.
    Pinned(Pin),
    /// The registry has just been asked.
    Asked(Versions),
}

/// What the settings name instead of `latest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// A version: `opencode_version`.
    Version(OpencodeVersion),
    /// A binary of the user's own: `opencode_binary`.
    Binary(Utf8PathBuf),
}

/// The version that is used, and the newest there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The one that sessions use now, and the image that it is in; `None` if nothing is built.
    pub current: Option<(OpencodeVersion, ImageReference)>,
    /// The newest one.
    pub newest: OpencodeVersion,
}

impl Versions {
    /// Whether the newest version is another one than that in use. The registry may also have gone
    /// back to an older one, which then is what `latest` means.
    #[must_use]
    pub fn differ(&self) -> bool {
        self.current
            .as_ref()
            .is_none_or(|(version, _)| *version != self.newest)
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let newest = &self.newest;
        match &self.current {
            None => write!(f, "no image is built yet; the newest opencode is {newest}"),
            Some((version, image)) if version == newest => {
                write!(f, "opencode {version}, in {image}, is the newest")
            }
            Some((version, image)) => {
                write!(
                    f,
                    "opencode {version} is in {image}; the newest is {newest}"
                )
            }
        }
    }
}

/// What an upgrade came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpgradeReport {
    /// The settings name what is to be used; nothing was done.
    Pinned(Pin),
    /// The image with the newest version is there.
    Built {
        /// What was found before.
        versions: Versions,
        /// What was built.
        build: Box<BuildReport>,
    },
}

/// Asks the registry for the newest version, whatever is remembered. Builds nothing.
///
/// # Errors
///
/// If the registry cannot be asked, or the base does not exist and cannot be built.
///
/// # Examples
///
/// ```no_run
/// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::ops::{self, UpgradeCheck};
///
/// if let UpgradeCheck::Asked(versions) = ops::check_upgrade(&ocx).await?
///     && versions.differ()
/// {
///     println!("{versions}");
/// }
/// # Ok(())
/// # }
/// ```
pub async fn check_upgrade(ocx: &Ocx) -> Result<UpgradeCheck, BuildError> {
    ocx.check_upgrade().await
}

/// Asks the registry for the newest version, and builds the image with it. Images with other
/// versions stay.
///
/// # Errors
///
/// As for [`check_upgrade`] and [`Ocx::build`].
///
/// # Examples
///
/// ```no_run
/// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::ops::{self, UpgradeReport};
///
/// match ops::upgrade(&ocx).await? {
///     UpgradeReport::Pinned(pin) => println!("nothing to do: {pin:?}"),
///     UpgradeReport::Built { build, .. } => println!("opencode {}", build.version),
/// }
/// # Ok(())
/// # }
/// ```
pub async fn upgrade(ocx: &Ocx) -> Result<UpgradeReport, BuildError> {
    upgrade_or_plan(ocx).await?.ok_or(BuildError::OnlyPlanned)
}

/// `None` in a dry run that cannot tell without a base.
pub(in crate::ops) async fn upgrade_or_plan(
    ocx: &Ocx,
) -> Result<Option<UpgradeReport>, BuildError> {
    let versions = match ocx.check_upgrade().await? {
        UpgradeCheck::Pinned(pin) => return Ok(Some(UpgradeReport::Pinned(pin))),
        UpgradeCheck::Asked(versions) => versions,
    };
    ocx.notice(&Notice::VersionChanges {
        change: versions.to_string(),
    });
    let request = BuildRequest {
        // What the registry has just said is remembered.
        latest: Latest::Newest,
        ..BuildRequest::implicit()
    };
    let build = ocx.build_or_plan(&request).await?;
    Ok(build.map(|build| UpgradeReport::Built {
        versions,
        build: Box::new(build),
    }))
}

impl Ocx {
    async fn check_upgrade(&self) -> Result<UpgradeCheck, BuildError> {
        if let Some(path) = &self.settings.opencode_binary {
            return Ok(UpgradeCheck::Pinned(Pin::Binary(path.clone())));
        }
        if let VersionRequest::Exact(version) = &self.settings.opencode_version {
            return Ok(UpgradeCheck::Pinned(Pin::Version(version.clone())));
        }
        let plan = resolve_base(&self.settings, &self.project.root, &self.host.dirs.config)?;
        let inspected = self.inspect(&plan).await?;
        let image = inspected
            .ocx
            .and_then(|named| Some((named.name, named.version, named.image?)));
        let build = self
            .published_build(
                &plan,
                inspected.base.as_ref(),
                image.as_ref().map(|(_, _, image)| image),
            )
            .await?;
        let latest = resolve_latest(
            &self.registry,
            &self.store,
            &build,
            jiff::Timestamp::now(),
            Freshness::Ask,
        )
        .await?;
        if let How::Offline { cause, .. } = latest.how {
            return Err(BuildError::Latest(LatestError::Registry(cause)));
        }
        // The version is a part of the name.
        let current = image.map(|(name, version, _)| (version, name));
        Ok(UpgradeCheck::Asked(Versions {
            current,
            newest: latest.version,
        }))
    }

    /// The build whose newest version counts: that for the base, or for the image on it.
    async fn published_build(
        &self,
        plan: &BasePlan,
        base: Option<&ImageInfo>,
        image: Option<&ImageInfo>,
    ) -> Result<Build, BuildError> {
        let reference = plan.reference();
        let Some(image) = base.or(image) else {
            let comes = plan.labels().is_some()
                || self.fetching(Pull::AsSetForMissing) == Fetching::Missing;
            if !comes {
                return Err(self.base_missing(reference));
            }
            // Which build it will be is known once the base is there; most have glibc, and all
            // builds get the same versions within minutes.
            return Ok(candidates(self.host.cpu.arch, Libc::Glibc, self.host.cpu.avx2)[0]);
        };
        let engine = self.engine_facts().await?;
        let probe: BaseProbe = self.probe(&reference, image, engine.info()).await?;
        Ok(self.build_for(&probe))
    }
}
