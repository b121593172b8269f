//! What a project already says of the environment that it is developed in: a `devcontainer.json`, a
//! Dockerfile, a Compose file, files with versions of languages.
//!
//! [`read`] looks at the project and changes nothing; what comes of it are [`Proposal`]s for
//! [`Setup`]s, the best first, each with a list of what it leaves out. All of it is
//! the project's, and so untrusted: files are bounded, links out of the project are not followed, and
//! nothing of the host's environment gets into a file, but where the caller hands it in.

mod compose;
mod container_env;
mod devcontainer;
mod dockerfile;
mod extension;
mod proposal;
mod setup_of;
#[cfg(test)]
mod tests;
mod versions;

use camino::Utf8Path;

pub use crate::described_base::LeftOut;
pub use proposal::{Proposal, TemplateHint, Unread};

use crate::{
    described_base::{ProjectFiles, Variables},
    scaffold::{BaseChoice, DockerfilePath, Setup, Template, base_image_name},
};

/// What a project says of its environment.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Hints {
    /// Bases that the project describes itself, the best first.
    pub proposals: Vec<Proposal>,
    /// Templates that suit it, the best first.
    pub templates: Vec<TemplateHint>,
    /// What is there, and says nothing that could be used.
    pub unread: Vec<Unread>,
}

impl Hints {
    /// The best proposal: a base that the project describes, and else the best template, if there is a place
    /// for its Dockerfile.
    #[must_use]
    pub fn best(&self, root: &Utf8Path) -> Option<Proposal> {
        if let Some(proposal) = self.proposals.first() {
            return Some(proposal.clone());
        }
        let hint = self.templates.first()?;
        let dockerfile = DockerfilePath::default();
        if root.join(dockerfile.as_path()).symlink_metadata().is_ok() {
            return None;
        }
        let mut setup = Setup::new(BaseChoice::Template {
            template: hint.template,
            dockerfile,
            image: base_image_name(root),
        });
        setup.template_base = hint.base.clone();
        setup.template_tools = hint.tools.clone();
        Some(Proposal::new(hint.because.into(), setup))
    }

    /// What is said of a template.
    #[must_use]
    pub fn of_template(&self, template: Template) -> Option<&TemplateHint> {
        self.templates.iter().find(|hint| hint.template == template)
    }
}

/// Looks at the project whose top directory is `root`. `host_variable` gives the value of an environment
/// variable of the host for `${localEnv:NAME}` in a `devcontainer.json`; such a value gets into the name of
/// an image or a path, and never into variables or build arguments.
///
/// # Examples
///
/// ```
/// # let directory = tempfile::tempdir()?;
/// # let root = camino::Utf8Path::from_path(directory.path()).unwrap();
/// use ocx_core::project_hints;
///
/// std::fs::write(root.join(".devcontainer.json"), r#"{ "image": "ruby:3.4" } // ours"#)?;
/// let hints = project_hints::read(root, &|_| None);
/// assert_eq!(hints.proposals[0].file, ".devcontainer.json");
/// assert_eq!(hints.proposals[0].setup.base.to_string(), "ruby:3.4");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn read(root: &Utf8Path, host_variable: &dyn Fn(&str) -> Option<String>) -> Hints {
    let mut hints = Hints::default();
    let Some(files) = ProjectFiles::of(root) else {
        return hints;
    };
    let variables = Variables::new(root, host_variable);
    devcontainer::read(&files, &variables, &mut hints);
    dockerfile::read(&files, &mut hints);
    compose::read(&files, &mut hints);
    hints.templates = versions::read(&files);
    hints
}
