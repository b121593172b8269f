//! Looking into an image, to tell what ocx would make of it.

use std::str::FromStr;

use crate::ops::{
    Ocx,
    compatibility::{Compatibility, Facts},
};
use crate::{
    host::Arch,
    image::{ImageId, ImageReference, OpencodeVersion, ReferenceError},
    opencode::{Build, Libc, candidates, remembered_latest},
    runtime::{EngineName, ImageInfo, RuntimeError},
};

/// An image as a user names it: by a reference, or by an ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    text: String,
    reference: ImageReference,
}

impl FromStr for Subject {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let reference = match text.parse::<ImageId>() {
            // Engines take an ID of this form wherever they take a name.
            Ok(id) => id.to_string().parse()?,
            Err(_) => text.parse()?,
        };
        Ok(Self {
            text: text.to_owned(),
            reference,
        })
    }
}

impl Subject {
    /// The name that the image would have as a base in the settings: the one that the user wrote,
    /// or, if that is the beginning of its ID, the first of its names.
    fn name(&self, image: &ImageInfo) -> Option<ImageReference> {
        let digits = self.text.strip_prefix("sha256:").unwrap_or(&self.text);
        if !image.id.hex().starts_with(digits) || image.is_called(&self.reference) {
            return Some(self.reference.clone());
        }
        image.names.iter().find_map(|name| name.parse().ok())
    }
}

/// Why an image could not be looked into.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompatError {
    /// An image that was to be looked into does not exist.
    #[error("image `{image}` is not in the local storage of {engine}")]
    ImageMissing {
        /// The image, as the user wrote it.
        image: String,
        /// The engine.
        engine: EngineName,
    },
    /// The engine failed.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

/// Looks into an image in local storage and tells what ocx would make of it. Nothing is changed.
///
/// # Errors
///
/// If the image is not there, or the engine fails. That ocx cannot use the image is told in
/// [`Compatibility::problems`].
///
/// # Examples
///
/// ```no_run
/// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::ops;
///
/// let seen = ops::compat(&ocx, &"alpine:3.20".parse()?).await?;
/// for problem in &seen.problems {
///     println!("{problem}");
/// }
/// # Ok(())
/// # }
/// ```
pub async fn compat(ocx: &Ocx, subject: &Subject) -> Result<Compatibility, CompatError> {
    let result = ocx.compat(subject).await;
    if matches!(result, Err(CompatError::Runtime(_))) {
        ocx.forget_engine_info();
    }
    result
}

impl Ocx {
    async fn compat(&self, subject: &Subject) -> Result<Compatibility, CompatError> {
        let engine = self.engine_facts().await?.info().clone();
        let Some(image) = self.find_image(&subject.reference).await? else {
            return Err(CompatError::ImageMissing {
                image: subject.text.clone(),
                engine: self.runtime.name(),
            });
        };
        let name = subject.name(&image);
        let called = match &name {
            Some(name) => name.clone(),
            None => image.id.short().parse().expect("digits are a name"),
        };
        let user = self.user_in(&engine).ok();
        let search_path =
            user.and_then(|user| self.known_search_path(&image.content(), user.ids_inside()));
        let files = self.files_of(&image, &engine.architecture).await?;
        Ok(Compatibility::new(Facts {
            host: &self.host,
            settings: &self.settings,
            engine: &engine,
            engine_name: self.runtime.name(),
            called: &called,
            version: self.version_at_hand().await,
            image,
            name,
            files,
            search_path,
        }))
    }

    /// The files that are probed, if the image is one of Linux for a processor that ocx knows.
    async fn files_of(
        &self,
        image: &ImageInfo,
        machine: &str,
    ) -> Result<Option<(Arch, Vec<Option<Vec<u8>>>)>, CompatError> {
        let Some(arch) = Arch::from_engine_name(&image.architecture) else {
            return Ok(None);
        };
        if image.os != "linux" {
            return Ok(None);
        }
        match self.probed_files(&image.id, arch).await {
            Ok(files) => Ok(Some((arch, files))),
            // An engine may refuse to make a container of a foreign image; that it is foreign is
            // told anyway.
            Err(_) if Arch::from_engine_name(machine) != Some(arch) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The version of opencode that the settings mean, as far as nobody has to be asked.
    async fn version_at_hand(&self) -> Option<OpencodeVersion> {
        if let Some(version) = self.fixed_version().await {
            return Some(version);
        }
        let cpu = self.host.cpu;
        let known = |build: &Build| remembered_latest(&self.registry, &self.store, build);
        [Libc::Glibc, Libc::Musl]
            .iter()
            .flat_map(|&libc| candidates(cpu.arch, libc, cpu.avx2))
            .filter_map(|build| Some(known(&build)?.version))
            .max()
    }
}
