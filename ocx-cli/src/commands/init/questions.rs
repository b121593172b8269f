//! Asking which base a project shall have.

use std::io;

use dialoguer::{Input, Select, console::Term, theme::ColorfulTheme};
use ocx_core::{
    image::ImageReference,
    project::Project,
    scaffold::{self, BaseChoice, DockerfilePath, Suggestion, Template},
};
use tokio::signal::unix::{SignalKind, signal};

use super::InitError;

/// Asks on the terminal.
pub(super) fn ask(
    project: &Project,
    suggestion: Option<Suggestion>,
) -> Result<BaseChoice, InitError> {
    // Ctrl-C would end the process with the cursor hidden. With a handler it ends the question.
    let _handler =
        signal(SignalKind::interrupt()).map_err(|source| InitError::Terminal { source })?;
    let terminal = Term::stderr();
    let answer = questions(&terminal, project, suggestion);
    // There is nothing to be done about a terminal that is gone.
    let _ = terminal.show_cursor();
    answer.map_err(|dialoguer::Error::IO(source)| match source.kind() {
        // The second is the end of the input, Ctrl-D.
        io::ErrorKind::Interrupted | io::ErrorKind::UnexpectedEof | io::ErrorKind::NotConnected => {
            InitError::Interrupted
        }
        _ => InitError::Terminal { source },
    })
}

fn questions(
    terminal: &Term,
    project: &Project,
    suggestion: Option<Suggestion>,
) -> dialoguer::Result<BaseChoice> {
    let template = match suggestion {
        Some(Suggestion { template, because }) => {
            format!("built from a Dockerfile: a template ({because} suggests {template})")
        }
        None => "built from a Dockerfile: a template".to_owned(),
    };
    let kinds = [
        template.as_str(),
        "an image that exists, by its name",
        "ocx's own, a small Debian",
    ];
    let kind = Select::with_theme(&ColorfulTheme::default())
        .with_prompt("Base image of this project")
        .items(kinds)
        .default(if suggestion.is_some() { 0 } else { 2 })
        .interact_on(terminal)?;
    match kind {
        0 => Ok(BaseChoice::Template {
            template: which_template(terminal, suggestion)?,
            dockerfile: which_dockerfile(terminal, project)?,
            image: scaffold::base_image_name(&project.root),
        }),
        1 => which_image(terminal).map(BaseChoice::Image),
        _ => Ok(BaseChoice::Default),
    }
}

fn which_template(terminal: &Term, suggestion: Option<Suggestion>) -> dialoguer::Result<Template> {
    let suggested = suggestion.map(|suggestion| suggestion.template);
    let lines =
        Template::ALL.map(|template| format!("{:8} {}", template.name(), template.summary()));
    let at = Select::with_theme(&ColorfulTheme::default())
        .with_prompt("Template")
        .items(&lines)
        .default(
            Template::ALL
                .iter()
                .position(|&template| Some(template) == suggested)
                .unwrap_or(0),
        )
        .interact_on(terminal)?;
    Ok(Template::ALL[at])
}

/// Where the Dockerfile goes; asked only if the usual place is taken.
fn which_dockerfile(terminal: &Term, project: &Project) -> dialoguer::Result<DockerfilePath> {
    let is_free = |path: &DockerfilePath| {
        let path = project.root.join(path.as_path());
        path.symlink_metadata().is_err()
    };
    let usual = DockerfilePath::default();
    if is_free(&usual) {
        return Ok(usual);
    }
    let text = Input::<String>::with_theme(&ColorfulTheme::default())
        .with_prompt(format!("{usual} exists already; where to write this one"))
        .validate_with(|text: &String| match text.trim().parse() {
            Ok(path) if is_free(&path) => Ok(()),
            Ok(path) => Err(format!("{path} exists already")),
            Err(error) => Err(error.to_string()),
        })
        .interact_text_on(terminal)?;
    Ok(text.trim().parse().expect("it was validated"))
}

fn which_image(terminal: &Term) -> dialoguer::Result<ImageReference> {
    let text = Input::<String>::with_theme(&ColorfulTheme::default())
        .with_prompt("Name of the image, such as ruby:3.4 or ghcr.io/acme/app:2")
        .validate_with(
            |text: &String| match text.trim().parse::<ImageReference>() {
                Ok(_) => Ok(()),
                Err(error) => Err(error.to_string()),
            },
        )
        .interact_text_on(terminal)?;
    Ok(text.trim().parse().expect("it was validated"))
}
