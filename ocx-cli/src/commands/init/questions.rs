//! Asking which base a project shall have.

use std::io;

use dialoguer::{Input, Select, console::Term, theme::ColorfulTheme};
use ocx_core::{
    image::ImageReference,
    printable,
    project::Project,
    project_hints::{Hints, Proposal, TemplateHint},
    scaffold::{self, BaseChoice, DockerfilePath, Template},
};
use tokio::signal::unix::{SignalKind, signal};

use super::{Choice, InitError};

/// More proposals than that are no help.
const MOST_PROPOSALS: usize = 5;

/// Asks on the terminal.
pub(super) fn ask(project: &Project, hints: &Hints) -> Result<Choice, InitError> {
    // Ctrl-C would end the process with the cursor hidden. With a handler it ends the question.
    let _handler =
        signal(SignalKind::interrupt()).map_err(|source| InitError::Terminal { source })?;
    let terminal = Term::stderr();
    let answer = questions(&terminal, project, hints);
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

fn questions(terminal: &Term, project: &Project, hints: &Hints) -> dialoguer::Result<Choice> {
    let suggestion = hints.templates.first();
    let template = match suggestion {
        Some(hint) => format!("a Dockerfile from a template ({})", suggested(hint)),
        None => "a Dockerfile from a template".to_owned(),
    };
    let proposals = &hints.proposals[..hints.proposals.len().min(MOST_PROPOSALS)];
    let mut kinds: Vec<String> = proposals.iter().map(proposed).collect();
    kinds.extend([
        template,
        "an image that exists, by its name".to_owned(),
        "ocx's own, a small Debian".to_owned(),
    ]);
    let knows_nothing = proposals.is_empty() && suggestion.is_none();
    let kind = Select::with_theme(&ColorfulTheme::default())
        .with_prompt("Base image of this project")
        .items(&kinds)
        .default(if knows_nothing { kinds.len() - 1 } else { 0 })
        .interact_on(terminal)?;
    if let Some(proposal) = proposals.get(kind) {
        return Ok(Choice::of_proposal(proposal.clone()));
    }
    let base = match kind - proposals.len() {
        0 => BaseChoice::Template {
            template: which_template(terminal, suggestion)?,
            dockerfile: which_dockerfile(terminal, project)?,
            image: scaffold::base_image_name(&project.root),
        },
        1 => which_image(terminal).map(BaseChoice::Image)?,
        _ => BaseChoice::Default,
    };
    Ok(Choice::of_user(base, hints))
}

fn suggested(hint: &TemplateHint) -> String {
    match &hint.base {
        Some(base) => format!("{} suggests {base}", hint.because),
        None => format!("{} suggests {}", hint.because, hint.template),
    }
}

/// A proposal in one line, with the ports that it would open. It is short: a line that goes on in the next
/// one would spoil the list.
fn proposed(proposal: &Proposal) -> String {
    let setup = &proposal.setup;
    let mut line = proposal.file.to_string();
    match &setup.base {
        BaseChoice::Dockerfile { dockerfile, .. } if dockerfile.as_path() == proposal.file => {}
        BaseChoice::Dockerfile { dockerfile, .. } => line = format!("{line}: {dockerfile}"),
        base => line = format!("{line}: {base}"),
    }
    if let Some(context) = &setup.context {
        line = format!("{line}; build context {context}");
    }
    if !setup.ports.is_empty() {
        let ports: Vec<String> = setup.ports.iter().map(ToString::to_string).collect();
        line = format!("{line}; host ports {}", ports.join(", "));
    }
    printable::field(&line).into_owned()
}

fn which_template(
    terminal: &Term,
    suggestion: Option<&TemplateHint>,
) -> dialoguer::Result<Template> {
    let suggested = suggestion.map(|hint| hint.template);
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
