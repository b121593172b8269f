//! `ocx init`.

mod choice;
mod conclusion;
mod error;
mod questions;
mod write;

use std::process::ExitCode;

use camino::Utf8PathBuf;
use clap::{
    Args,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _},
};
use ocx_core::{
    host::Host,
    image::ImageReference,
    printable,
    project::{self, Project},
    project_hints::{self, Hints, Proposal},
    scaffold::{self, BaseChoice, DockerfilePath, ScaffoldFile, Setup, Template},
    settings::Layers,
    trust::{Extent, Look, Offer, Trust},
};

pub(crate) use error::InitError;

use crate::{args::GlobalArgs, failure::Failure};
use choice::Choice;

/// Write an ocx.toml, and a Dockerfile from a template if you like
///
/// Asks which base image the project shall have, unless flags tell it. What the project's own files say
/// comes first: devcontainer.json, a Dockerfile, compose.yaml, .ruby-version and the like. With --yes, or
/// without a terminal to ask on, that is taken, and else ocx's own base. The files go to the project
/// around the current directory. Nothing that exists is overwritten. With --dry-run, the files are printed
/// instead of written.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InitArgs {
    /// Write a Dockerfile for the base from this template
    #[arg(long, value_name = "NAME", value_parser = template())]
    pub(crate) template: Option<Template>,
    /// Image to use as the base, or name for the image that is built from the Dockerfile
    #[arg(long, value_name = "NAME")]
    pub(crate) image: Option<ImageReference>,
    /// Dockerfile of the base, relative to the project: where the template goes, or what --extend writes
    /// [default: docker/Dockerfile], or without those a file that exists
    #[arg(long, value_name = "PATH")]
    pub(crate) dockerfile: Option<DockerfilePath>,
    /// Write a Dockerfile that goes on from the base of devcontainer.json, with lines for its features and
    /// lifecycle commands
    #[arg(long, conflicts_with = "template")]
    pub(crate) extend: bool,
    /// Ask nothing: take the base that the project's own files say, or else ocx's own
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// List the templates
    #[arg(long, exclusive = true)]
    pub(crate) list_templates: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx init
  ocx init --template rails --yes
  ocx init --image ruby:3.3
  ocx init --extend --dry-run";

fn template() -> impl clap::builder::TypedValueParser<Value = Template> {
    let names = Template::ALL.map(|template| PossibleValue::new(template.name()));
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Template>())
}

pub(crate) fn run(global: &GlobalArgs, args: &InitArgs) -> Result<ExitCode, Failure> {
    if args.list_templates {
        global.ui().answer(&template_list())?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(flag) = global.settings_flag() {
        return Err(InitError::NoSettings { flag }.into());
    }
    let host = Host::of_this_process()?;
    let project = project::discover(&host, global.workspace.as_deref())?;
    // Before any question is asked.
    check(&host, &project, &BaseChoice::Default.into())?;
    let may_ask = !args.yes && host.terminals.stdin && host.terminals.stderr;
    // What is taken unseen has nothing of the user's environment in it.
    let mut hints = project_hints::read(&project.root, &|name| {
        let value = may_ask.then(|| host.environment.get(name));
        value.flatten().cloned()
    });
    if args.extend {
        hints.proposals = extended(args, &hints.proposals);
    }
    let choice = match from_flags(args, &project) {
        Some(base) => Choice::of_user(base, &hints),
        None => {
            conclusion::unread(global.ui(), &hints);
            heed_sessions(&host, global, &project, may_ask, &mut hints)?;
            if args.extend && hints.proposals.is_empty() {
                return Err(InitError::NothingToExtend.into());
            }
            if may_ask {
                questions::ask(&project, &hints)?
            } else {
                Choice::unasked(&project, &hints)
            }
        }
    };
    let files = check(&host, &project, &choice.setup)?;
    if global.dry_run {
        global.ui().answer(&planned(&project, &files))?;
    } else {
        write::write(&project.root, &files)?;
        agree(&host, global, &files)?;
    }
    conclusion::conclude(global, &choice, &files, &hints);
    Ok(ExitCode::SUCCESS)
}

/// What sessions changed is not taken unseen.
fn heed_sessions(
    host: &Host,
    global: &GlobalArgs,
    project: &Project,
    may_ask: bool,
    hints: &mut Hints,
) -> Result<(), Failure> {
    let trust = Trust::open(host, project)?;
    let is_of_session = |file: &Utf8PathBuf| trust.is_of_session(&project.root.join(file));
    hints.proposals.retain(|proposal| {
        let is_users = !proposal.read.iter().any(is_of_session);
        if !is_users {
            conclusion::of_session(global.ui(), proposal, may_ask);
        }
        is_users || may_ask
    });
    Ok(())
}

/// Who sets a project up need not be asked about it. What sessions have left for that moment, beside the
/// Dockerfile or for opencode, is asked about all the same.
fn agree(host: &Host, global: &GlobalArgs, written: &[ScaffoldFile]) -> Result<(), Failure> {
    let project = project::discover(host, global.workspace.as_deref())?;
    let mut trust = Trust::open(host, &project)?;
    let layers = Layers::read(host, &project)?;
    let offer = Offer::of(host, &project, &layers, &trust, Look::AtAll)?;
    let written: Vec<_> = written
        .iter()
        .map(|file| project.root.join(&file.path))
        .collect();
    offer.accept_but_for_sessions(&mut trust, Extent::ThisProject, &written)?;
    Ok(())
}

/// The proposals that have more to say, with a Dockerfile that says it.
fn extended(args: &InitArgs, proposals: &[Proposal]) -> Vec<Proposal> {
    let dockerfile = args.dockerfile.clone().unwrap_or_default();
    let mut extended: Vec<Proposal> = proposals
        .iter()
        .filter_map(|proposal| proposal.extended(dockerfile.clone()))
        .collect();
    for proposal in &mut extended {
        if let (Some(name), BaseChoice::Extension { image, .. }) =
            (&args.image, &mut proposal.setup.base)
        {
            image.clone_from(name);
        }
    }
    extended
}

/// What the flags say; `None` if they leave it open.
fn from_flags(args: &InitArgs, project: &Project) -> Option<BaseChoice> {
    if args.extend {
        return None;
    }
    let image = || {
        let given = args.image.clone();
        given.unwrap_or_else(|| scaffold::base_image_name(&project.root))
    };
    match (args.template, args.dockerfile.clone()) {
        (Some(template), dockerfile) => Some(BaseChoice::Template {
            template,
            dockerfile: dockerfile.unwrap_or_default(),
            image: image(),
        }),
        (None, Some(dockerfile)) => Some(BaseChoice::Dockerfile {
            dockerfile,
            image: image(),
        }),
        (None, None) => args.image.clone().map(BaseChoice::Image),
    }
}

/// The files for a setup, if they may be written.
fn check(host: &Host, project: &Project, setup: &Setup) -> Result<Vec<ScaffoldFile>, InitError> {
    let files = scaffold::scaffold(setup);
    scaffold::check(project, &host.dirs.config, setup, &files)?;
    Ok(files)
}

fn template_list() -> String {
    Template::ALL
        .iter()
        .map(|template| {
            format!(
                "{:8} {} ({})\n",
                template.name(),
                template.summary(),
                template.base()
            )
        })
        .collect()
}

/// The files one after the other; the lines between them are comments in both of their languages.
fn planned(project: &Project, files: &[ScaffoldFile]) -> String {
    let texts: Vec<String> = files
        .iter()
        .map(|file| {
            let path = project.root.join(&file.path);
            format!("# ----- {}\n{}", printable::field(path.as_str()), file.text)
        })
        .collect();
    texts.join("\n")
}
