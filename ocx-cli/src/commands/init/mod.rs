//! `ocx init`.

mod error;
mod questions;
mod write;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use ocx_core::{
    host::Host,
    project::{self, Project},
    scaffold::{self, BaseChoice, ScaffoldFile, Suggestion, Template},
};

pub(crate) use error::InitError;

use crate::{
    args::{GlobalArgs, InitArgs},
    failure::Failure,
    output,
};

pub(crate) fn run(global: &GlobalArgs, args: &InitArgs) -> Result<ExitCode, Failure> {
    if args.list_templates {
        print(&template_list())?;
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
        print(&planned(&project, &files))?;
    } else {
        write::write(&project.root, &files)?;
    }
    if !global.quiet {
        conclude(&choice, &files, suggestion, global.dry_run);
    }
    Ok(ExitCode::SUCCESS)
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
            format!("# ----- {path}\n{}", file.text)
        })
        .collect();
    texts.join("\n")
}

fn print(text: &str) -> Result<(), Failure> {
    io::stdout()
        .write_all(text.as_bytes())
        .map_err(|source| Failure::Output { source })
}

/// Says what was done, and what to type next.
fn conclude(
    choice: &BaseChoice,
    files: &[ScaffoldFile],
    suggestion: Option<Suggestion>,
    dry_run: bool,
) {
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
    output::progress(&base);
    if let (BaseChoice::Default, Some(Suggestion { template, because })) = (choice, suggestion) {
        let remove = if dry_run {
            ""
        } else {
            "remove ocx.toml, then "
        };
        output::progress(&format!(
            "{because} suggests the template {template}; for that, {remove}`ocx init --template {template}`"
        ));
    }
    if dry_run {
        output::progress("nothing was written");
        return;
    }
    for file in files {
        output::progress(&format!("wrote {}", file.path));
    }
    let before = match choice {
        BaseChoice::Template { dockerfile, .. } => format!("look at {dockerfile}, "),
        _ => String::new(),
    };
    let build = match choice {
        BaseChoice::Image(_) => "`ocx build` (`ocx build --pull` if the image is in a registry)",
        _ => "`ocx build`",
    };
    output::progress(&format!("next: {before}{build}, then `ocx opencode`"));
}
