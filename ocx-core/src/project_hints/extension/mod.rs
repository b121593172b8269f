//! A Dockerfile that goes on from the base of a `devcontainer.json`, with lines for its features and its
//! lifecycle commands.
//!
//! It is written on request only, for somebody to look at and to change: what a feature brings is guessed
//! by its name, and what a command needs by its first words.

mod commands;
mod features;

use camino::Utf8PathBuf;

use self::{commands::Commands, features::Features};
use super::Proposal;
use crate::{
    described_base::{Devcontainer, LeftOut, LeftOutList, ProjectFiles},
    image::ImageReference,
    printable,
    scaffold::{BaseChoice, DockerfilePath, Setup, base_image_name},
};

/// A Dockerfile that could be written for a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Extension {
    text: String,
    image: ImageReference,
    /// The Dockerfile of the project's that is in it.
    copied: Option<Utf8PathBuf>,
    /// What of features and commands is not in it.
    left_out: Vec<LeftOut>,
}

impl Proposal {
    /// Whether the file has features or lifecycle commands, of which lines of a Dockerfile can be made.
    #[must_use]
    pub fn can_be_extended(&self) -> bool {
        self.extension.is_some()
    }

    /// The same with a Dockerfile of its own, which adds lines for features and lifecycle commands to the
    /// base. A Dockerfile that the project has is copied into it, and not changed.
    ///
    /// `None` if there is nothing to add.
    #[must_use]
    pub fn extended(&self, dockerfile: DockerfilePath) -> Option<Self> {
        let extension = self.extension.clone()?;
        let mut setup = Setup {
            base: BaseChoice::Extension {
                dockerfile,
                image: extension.image,
                text: extension.text,
            },
            // The new Dockerfile's last stage goes on from it.
            target: None,
            devcontainer: None,
            ..self.setup.clone()
        };
        if let (BaseChoice::Dockerfile { dockerfile, .. }, None) =
            (&self.setup.base, &setup.context)
        {
            let beside = dockerfile.as_path().parent().map(ToOwned::to_owned);
            setup.context = beside.map(|path| match path.as_str() {
                "" => ".".into(),
                _ => path,
            });
        }
        let mut read = self.read.clone();
        read.extend(extension.copied);
        let is_done = |left_out: &LeftOut| {
            left_out.name == features::KEY || commands::KEYS.contains(&left_out.name.as_str())
        };
        let mut left_out = self.left_out.clone();
        left_out.retain(|left_out| !is_done(left_out));
        left_out.extend(extension.left_out);
        Some(Self {
            file: self.file.clone(),
            setup,
            read,
            left_out,
            extension: None,
        })
    }
}

/// The Dockerfile that could be written for what this file says.
pub(super) fn extension(
    files: &ProjectFiles,
    file: &Devcontainer<'_>,
    setup: &Setup,
) -> Option<Extension> {
    let mut left_out = LeftOutList::default();
    let features = Features::of(file.table());
    let commands = Commands::of(file.table());
    if features.is_empty() && commands.is_empty() {
        return None;
    }
    let (mut text, copied) = beginning(files, file, setup)?;
    text.push_str(
        "# These run as root and without the project's files. A session runs as whoever starts it.\n\
         USER root\n",
    );
    features.write(&mut text, &mut left_out);
    commands.write(&mut text, &mut left_out);
    Some(Extension {
        text,
        image: base_image_name(files.root()),
        copied,
        left_out: left_out.done(),
    })
}

/// What the lines go on from, and the Dockerfile that is in it.
fn beginning(
    files: &ProjectFiles,
    file: &Devcontainer<'_>,
    setup: &Setup,
) -> Option<(String, Option<Utf8PathBuf>)> {
    let shown = printable::field(file.path().as_str());
    let from_here = format!("# Written by `ocx init --extend`, from what {shown} says.\n");
    match &setup.base {
        BaseChoice::Image(image) => {
            let head =
                "# What the agent works with. Look at each line: what it needs is a guess.\n";
            Some((
                format!("{head}{from_here}ARG BASE={image}\nFROM ${{BASE}}\n\n"),
                None,
            ))
        }
        BaseChoice::Dockerfile { dockerfile, .. } => {
            let path = dockerfile.as_path();
            let copied = files.text(path).ok()??;
            // The first lines may be the builder's own, so nothing goes before them.
            let mut text = copied.trim_end().to_owned();
            let shown = printable::field(path.as_str());
            text.push_str(&format!(
                "\n\n# ----- All above is a copy of {shown}.\n{from_here}"
            ));
            match setup.target.as_deref() {
                Some(stage) if is_stage_name(stage) => text.push_str(&format!("FROM {stage}\n\n")),
                Some(_) => return None,
                None => {}
            }
            Some((text, Some(path.to_owned())))
        }
        _ => None,
    }
}

/// Whether a stage may be called so: others are told by their number, and nothing can go on from those.
fn is_stage_name(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(is_inner)
}
