//! `ocx config path`.

use std::process::ExitCode;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use ocx_core::{
    host::Host,
    project::{self, ProjectError},
};
use serde_json::{Value, json};

use crate::{args::GlobalArgs, failure::Failure, field_list::FieldList};

/// Show the files that settings are read from, or would be
///
/// The files are not read, so this also works where something in them is wrong. Of the two of one place
/// only one may be there.
///
/// Keys of the JSON, a list: `whose` (`user` or `project`), `path`, `exists`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct PathArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx config path
  ocx config path --json";

/// A place of settings, and the files that may lie there.
struct Place {
    whose: &'static str,
    files: Vec<(Utf8PathBuf, bool)>,
}

impl Place {
    fn at(whose: &'static str, directory: &Utf8Path) -> Self {
        let files = project::CONFIG_FILE_NAMES.map(|name| {
            let path = directory.join(name);
            // A link that leads nowhere is there, too.
            let exists = path.symlink_metadata().is_ok();
            (path, exists)
        });
        Self {
            whose,
            files: files.to_vec(),
        }
    }
}

pub(super) fn run(global: &GlobalArgs, args: &PathArgs) -> Result<ExitCode, Failure> {
    let host = Host::of_this_process()?;
    let mut places = vec![Place::at("user", &host.dirs.config)];
    let no_project = match project::discover(&host, global.workspace.as_deref()) {
        Ok(project) => {
            places.push(Place::at("project", &project.root));
            None
        }
        Err(ProjectError::TwoConfigFiles { toml, .. }) => {
            let directory = toml.parent().unwrap_or(&toml);
            places.push(Place::at("project", directory));
            None
        }
        Err(error) => Some(error.to_string()),
    };
    if args.json {
        global.ui().json(&as_json(&places))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut list = FieldList::default();
    for place in &places {
        list.row(place.whose, lines(&place.files));
    }
    list.row(
        "project",
        no_project.map(|reason| format!("none: {reason}")),
    );
    let ui = global.ui();
    ui.answer(&list.text(ui.width()))?;
    Ok(ExitCode::SUCCESS)
}

/// The files that are there, or else the first that could be.
fn lines(files: &[(Utf8PathBuf, bool)]) -> Vec<String> {
    let there: Vec<String> = files
        .iter()
        .filter(|(_, exists)| *exists)
        .map(|(path, _)| path.to_string())
        .collect();
    match (there.is_empty(), files.first()) {
        (true, Some((path, _))) => vec![format!("{path} (not there)")],
        _ => there,
    }
}

fn as_json(places: &[Place]) -> Value {
    places
        .iter()
        .flat_map(|place| {
            place
                .files
                .iter()
                .map(|(path, exists)| (place.whose, path, exists))
        })
        .map(|(whose, path, exists)| json!({ "whose": whose, "path": path, "exists": exists }))
        .collect()
}
