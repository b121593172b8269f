//! `ocx init`.

mod error;
mod questions;
mod write;

use std::process::ExitCode;

use clap::{
    Args,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _},
};
use ocx_core::{
    host::Host,
    image::ImageReference,
    printable,
    project::{self, Project},
    scaffold::{self, BaseChoice, DockerfilePath, ScaffoldFile, Suggestion, Template},
    settings::Layers,
    trust::{Extent, Look, Offer, Trust},
};

pub(crate) use error::InitError;

use crate::{args::GlobalArgs, failure::Failure};

/// Write an ocx.toml with comments, and a Dockerfile from a template if you like
///
/// Asks which base image the project shall have, unless flags tell it or there is no terminal to ask
/// on; then it is ocx's own. The files go to the project around the current directory. Nothing that
/// exists is overwritten. With --dry-run, the files are printed instead of written.
#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// Write a Dockerfile for the base from this template
    #[arg(long, value_name = "NAME", value_parser = template())]
    pub(crate) template: Option<Template>,
    /// Image to use as the base, or name for the image that is built from the Dockerfile
    #[arg(long, value_name = "NAME")]
    pub(crate) image: Option<ImageReference>,
    /// Dockerfile of the base, relative to the project: where the template goes [default:
    /// docker/Dockerfile], or without one a file that exists
    #[arg(long, value_name = "PATH")]
    pub(crate) dockerfile: Option<DockerfilePath>,
    /// Ask nothing
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// List the templates
    #[arg(long, exclusive = true)]
    pub(crate) list_templates: bool,
}

fn template() -> impl clap::builder::TypedValueParser<Value = Template> {
    let names = Template::ALL.map(|template| PossibleValue::new(template.name()));
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Template>())
}

pub(crate) fn run(global: &GlobalArgs, args: &InitArgs) -> Result<ExitCode, Failure> {
    if args.list_templates {
        global.ui().answer(&template_list())?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(flag) = global.overrides().into_iter().next().map(|set| set.flag) {
        return Err(InitError::NoSettings { flag }.into());
    }
    let host = Host::of_this_process()?;
    let project = project::discover(&host, global.workspace.as_deref())?;
    // Before any question is asked.
    check(&host, &project, &BaseChoice::Default)?;
    let suggestion = scaffold::suggest(|name| project.root.join(name).is_file());
    let choice = match from_flags(args, &project) {
        Some(choice) => choice,
        None if args.yes || !(host.terminals.stdin && host.terminals.stderr) => BaseChoice::Default,
        None => questions::ask(&project, suggestion)?,
    };
    let files = check(&host, &project, &choice)?;
    if global.dry_run {
        global.ui().answer(&planned(&project, &files))?;
    } else {
        write::write(&project.root, &files)?;
        agree(&host, global, &files)?;
    }
    conclude(global, &choice, &files, suggestion);
    Ok(ExitCode::SUCCESS)
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

/// What the flags say; `None` if they leave it open.
fn from_flags(args: &InitArgs, project: &Project) -> Option<BaseChoice> {
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

/// The files for a choice, if they may be written.
fn check(
    host: &Host,
    project: &Project,
    choice: &BaseChoice,
) -> Result<Vec<ScaffoldFile>, InitError> {
    let files = scaffold::scaffold(choice);
    scaffold::check(project, &host.dirs.config, choice, &files)?;
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

/// Says what was done, and what to type next.
fn conclude(
    global: &GlobalArgs,
    choice: &BaseChoice,
    files: &[ScaffoldFile],
    suggestion: Option<Suggestion>,
) {
    let (ui, dry_run) = (global.ui(), global.dry_run);
    let base = match choice {
        BaseChoice::Default => "the base is ocx's own, a small Debian".to_owned(),
        BaseChoice::Image(image) => format!("the base is {image}"),
        BaseChoice::Dockerfile { dockerfile, image } => {
            format!("the base is {image}, built from {dockerfile}")
        }
        BaseChoice::Template {
            template,
            dockerfile,
            image,
        } => format!("the base is {image}, built from {dockerfile}, the template {template}"),
    };
    ui.progress(&base);
    if let (BaseChoice::Default, Some(Suggestion { template, because })) = (choice, suggestion) {
        let remove = if dry_run {
            ""
        } else {
            "remove ocx.toml, then "
        };
        ui.progress(&format!(
            "{because} suggests the template {template}; for that, {remove}`ocx init --template {template}`"
        ));
    }
    if dry_run {
        ui.progress("nothing was written");
        return;
    }
    for file in files {
        ui.progress(&format!("wrote {}", file.path));
    }
    let before = match choice {
        BaseChoice::Template { dockerfile, .. } => format!("look at {dockerfile}, "),
        _ => String::new(),
    };
    let build = match choice {
        BaseChoice::Image(_) => "`ocx build` (`ocx build --pull` if the image is in a registry)",
        _ => "`ocx build`",
    };
    ui.progress(&format!("next: {before}{build}, then `ocx opencode`"));
}
