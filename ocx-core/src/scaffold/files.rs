//! Which files are written, and what is in them.

use camino::{Utf8Path, Utf8PathBuf};

use super::{DockerfilePath, Setup, Template, settings_file::settings_file};
use crate::{
    image::{ImageReference, is_reserved},
    slug::slug,
};

/// Engines cut longer names off in listings, and the name of the ocx image is longer still.
const LONGEST_NAME: usize = 60;

/// Which base a project gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaseChoice {
    /// ocx's own.
    Default,
    /// An image that exists.
    Image(ImageReference),
    /// An image that is built from a Dockerfile that exists.
    Dockerfile {
        /// The file.
        dockerfile: DockerfilePath,
        /// The name that the image gets.
        image: ImageReference,
    },
    /// An image that is built from a Dockerfile that is written now.
    Template {
        /// What is in it.
        template: Template,
        /// The file.
        dockerfile: DockerfilePath,
        /// The name that the image gets.
        image: ImageReference,
    },
    /// An image that is built from a Dockerfile with this text, which is written now.
    Extension {
        /// The file.
        dockerfile: DockerfilePath,
        /// The name that the image gets.
        image: ImageReference,
        /// What is in it.
        text: String,
    },
}

/// A file of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScaffoldFile {
    /// Relative to the project.
    pub path: Utf8PathBuf,
    /// Its text.
    pub text: String,
}

/// The files for a setup. The settings come last: what they name is there once they are.
///
/// # Examples
///
/// ```
/// use ocx_core::scaffold::{BaseChoice, Setup, scaffold};
///
/// let files = scaffold(&Setup::new(BaseChoice::Image("ruby:3.3".parse()?)));
/// assert_eq!(files[0].path, "ocx.toml");
/// assert!(files[0].text.contains("custom_base_image = \"ruby:3.3\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn scaffold(setup: &Setup) -> Vec<ScaffoldFile> {
    let mut files = Vec::new();
    let dockerfile = match &setup.base {
        BaseChoice::Default | BaseChoice::Image(_) | BaseChoice::Dockerfile { .. } => None,
        BaseChoice::Template {
            template,
            dockerfile,
            ..
        } => {
            let base = setup.template_base.as_ref();
            Some((
                dockerfile,
                template.dockerfile_on(base, &setup.template_tools),
            ))
        }
        BaseChoice::Extension {
            dockerfile, text, ..
        } => Some((dockerfile, text.clone())),
    };
    if let Some((dockerfile, text)) = dockerfile {
        let path = dockerfile.as_path().to_owned();
        files.push(ScaffoldFile { path, text });
    }
    files.push(ScaffoldFile {
        path: "ocx.toml".into(),
        text: settings_file(setup),
    });
    files
}

/// A name for the image that is built from a project's Dockerfile, made from the project's directory.
///
/// The ending keeps it apart from the application's own image, which is often called like its
/// directory: an image that exists under the name would be taken for the base.
///
/// # Panics
///
/// Never: the name is a valid reference.
#[must_use]
pub fn base_image_name(project_root: &Utf8Path) -> ImageReference {
    let directory = project_root.file_name().unwrap_or_default();
    let slug = slug(directory, LONGEST_NAME, "project");
    let name: ImageReference = format!("{slug}-tools")
        .parse()
        .expect("a slug is a valid reference");
    // A project may be called `ocx`.
    if is_reserved(&name) {
        return format!("my-{name}").parse().expect("a valid reference");
    }
    name
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::image::{OpencodeVersion, default_base, ocx_image};

    #[test]
    fn names_from_directories() {
        let name = |path: &str| base_image_name(path.into()).to_string();
        assert_eq!(name("/home/ann/shop"), "shop-tools");
        assert_eq!(name("/home/ann/My Shop (2)"), "my-shop-2-tools");
        assert_eq!(name("/home/ann/日本"), "project-tools");
        assert_eq!(name("/home/ann/ocx"), "my-ocx-tools");
        assert_eq!(name("/"), "project-tools");
        assert_eq!(name("/srv/.dotfiles"), "dotfiles-tools");
    }

    proptest! {
        #[test]
        fn every_directory_gets_a_name_that_reads_back(directory in "[^/\0]{0,200}") {
            let name = base_image_name(&Utf8Path::new("/p").join(directory));
            prop_assert_eq!(name.as_str().parse::<ImageReference>(), Ok(name.clone()));
            prop_assert_ne!(&name, &default_base());
            // It is plain enough for the ocx image to be called after it.
            let version: OpencodeVersion = "1.18.33".parse().unwrap();
            let image = ocx_image(&name, &version);
            prop_assert_eq!(image.to_string(), format!("ocx-{name}:1.18.33"));
        }
    }

    #[test]
    fn the_dockerfile_comes_before_the_settings_that_name_it() {
        let files = scaffold(&Setup::new(BaseChoice::Template {
            template: Template::Go,
            dockerfile: DockerfilePath::default(),
            image: "shop-tools".parse().unwrap(),
        }));
        let paths: Vec<&Utf8Path> = files.iter().map(|file| file.path.as_path()).collect();
        assert_eq!(paths, ["docker/Dockerfile", "ocx.toml"]);
        assert_eq!(files[0].text, Template::Go.dockerfile());
        assert_eq!(scaffold(&BaseChoice::Default.into()).len(), 1);
    }
}
