//! All that a project begins with.

use std::{collections::BTreeMap, fmt};

use camino::Utf8PathBuf;

use super::{BaseChoice, TemplateTool};
use crate::{image::ImageReference, port_forward::ForwardedPort, spec::EnvName};

/// All that a project begins with: its base, and what else its settings say.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Setup {
    /// Which base it gets.
    pub base: BaseChoice,
    /// The image that a template builds on; `None` for its own.
    pub template_base: Option<ImageReference>,
    /// What a template installs besides.
    pub template_tools: Vec<TemplateTool>,
    /// Build arguments for a Dockerfile that exists.
    pub build_args: BTreeMap<String, String>,
    /// Stage of it to stop at.
    pub target: Option<String>,
    /// Its build context, relative to the project; `None` for its directory.
    pub context: Option<Utf8PathBuf>,
    /// The `devcontainer.json` that says the same, relative to the project: settings may follow it instead.
    pub devcontainer: Option<Utf8PathBuf>,
    /// Environment variables.
    pub env: BTreeMap<EnvName, String>,
    /// Ports of a session that are on the host.
    pub ports: Vec<ForwardedPort>,
    /// Ports that stand in the settings as a comment, so that the user may open them.
    pub offered_ports: Vec<ForwardedPort>,
}

impl Setup {
    /// A base, and nothing else.
    #[must_use]
    pub fn new(base: BaseChoice) -> Self {
        Self {
            base,
            template_base: None,
            template_tools: Vec::new(),
            build_args: BTreeMap::new(),
            target: None,
            context: None,
            devcontainer: None,
            env: BTreeMap::new(),
            ports: Vec::new(),
            offered_ports: Vec::new(),
        }
    }

    /// The same with its ports as comments only: they lie on the host, so somebody has to want them.
    #[must_use]
    pub fn without_open_ports(mut self) -> Self {
        self.offered_ports.append(&mut self.ports);
        self
    }

    /// The image that the template builds on, if there is one.
    pub(super) fn template_base(&self) -> Option<String> {
        match (&self.base, &self.template_base) {
            (BaseChoice::Template { .. }, Some(base)) => Some(base.to_string()),
            (BaseChoice::Template { template, .. }, None) => Some(template.base().to_owned()),
            _ => None,
        }
    }
}

impl From<BaseChoice> for Setup {
    fn from(base: BaseChoice) -> Self {
        Self::new(base)
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup")
            .field("base", &self.base)
            .field("template_base", &self.template_base)
            .field("template_tools", &self.template_tools)
            .field("build_args", &self.build_args.keys())
            .field("target", &self.target)
            .field("context", &self.context)
            .field("devcontainer", &self.devcontainer)
            .field("env", &self.env.keys())
            .field("ports", &self.ports)
            .field("offered_ports", &self.offered_ports)
            .finish()
    }
}

impl fmt::Display for BaseChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("ocx's own, a small Debian"),
            Self::Image(image) => image.fmt(f),
            Self::Dockerfile { dockerfile, image }
            | Self::Extension {
                dockerfile, image, ..
            } => {
                write!(f, "{image}, built from {dockerfile}")
            }
            Self::Template {
                template,
                dockerfile,
                image,
            } => write!(
                f,
                "{image}, built from {dockerfile}, the template {template}"
            ),
        }
    }
}
