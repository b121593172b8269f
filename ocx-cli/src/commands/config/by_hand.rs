//! `ocx config edit`.

use std::process::{Command, ExitCode};

use camino::Utf8PathBuf;
use clap::Args;
use ocx_core::{
    host::Host,
    project::{self, Project},
    settings::{Approvals, Layers, Loosening, Origin, SettingsFile},
    trust::writable_places,
};

use super::edit::tell_pending;
use crate::{args::GlobalArgs, backends, failure::Failure};

/// Open your own settings file, or the project's, in your editor
///
/// The editor is that of the variable VISUAL, else of EDITOR, else `sensible-editor` or `vi`. A file that is not
/// there is made, with all settings as comments. When the editor ends, the file is checked; whatever is wrong,
/// it stays as you have written it.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct ByHandArgs {
    /// Open the project's file
    #[arg(long)]
    project: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx config edit
  EDITOR=nano ocx config edit --project";

/// What is there where nobody has chosen: Debian's choice, and what POSIX has.
const EDITORS: [&str; 2] = ["sensible-editor", "vi"];

/// An editor and what it is called with before the file.
#[derive(Debug, PartialEq, Eq)]
struct Editor {
    program: Utf8PathBuf,
    words: Vec<String>,
}

pub(super) fn run(global: &GlobalArgs, args: &ByHandArgs) -> Result<ExitCode, Failure> {
    let host = Host::of_this_process()?;
    let project = match project::discover(&host, global.workspace.as_deref()) {
        Ok(project) => Some(project),
        Err(error) if args.project => return Err(error.into()),
        Err(_) => None,
    };
    let file = match &project {
        Some(project) if args.project => SettingsFile::of_project(project)?,
        _ => SettingsFile::of_user(&host)?,
    };
    let editor = Editor::of(&without_the_agents(&host, project.as_ref())?)?;
    let (ui, path) = (global.ui(), file.path());
    if global.dry_run {
        ui.progress(&format!("this would open {path} with {}", editor.program));
        return Ok(ExitCode::SUCCESS);
    }
    file.begin()?;
    let result = editor.open(&host, path.as_str());
    file.end()?;
    result?;
    if !path.exists() {
        ui.progress(&format!("nothing is set in {path}"));
        return Ok(ExitCode::SUCCESS);
    }
    let checked = check(&host, &file);
    if checked.is_err() {
        ui.progress(&format!(
            "{path} is as you have written it; `ocx config edit` opens it again"
        ));
    }
    let pending = checked?;
    ui.progress(&format!("{path} is in order"));
    for loosening in &pending {
        tell_pending(global, &pending, loosening.key);
    }
    Ok(ExitCode::SUCCESS)
}

/// What of the file has no effect yet.
fn check(host: &Host, file: &SettingsFile) -> Result<Vec<Loosening>, Failure> {
    let pending = file.check(host)?;
    backends::check_choice(&file.settings(host)?.runtime).map_err(|error| {
        Failure::UnknownEngine {
            error,
            origin: Origin::GlobalFile(file.path().to_owned()),
            at: None,
        }
    })?;
    Ok(pending)
}

/// The host without what a session could have put there to be run as an editor. The settings may be what is to
/// be mended, so the defaults say where sessions write.
fn without_the_agents(host: &Host, project: Option<&Project>) -> Result<Host, Failure> {
    let Some(project) = project else {
        return Ok(host.clone());
    };
    let defaults = Layers::defaults(host, project)?.resolve(&Approvals::none())?;
    let places = writable_places(project, &defaults.settings);
    Ok(host.clone().without_programs_in(&places))
}

impl Editor {
    fn of(host: &Host) -> Result<Self, Failure> {
        for variable in ["VISUAL", "EDITOR"] {
            if let Some(value) = host.variable(variable) {
                let editor = Self::called(host, value);
                return editor.ok_or_else(|| Failure::EditorMissing {
                    variable,
                    line: value.to_owned(),
                });
            }
        }
        let mut editors = EDITORS.iter();
        editors
            .find_map(|name| Self::called(host, name))
            .ok_or(Failure::NoEditor)
    }

    /// The editor of a line such as `code --wait`.
    fn called(host: &Host, line: &str) -> Option<Self> {
        let mut words = shell_words::split(line).ok()?.into_iter();
        let name = words.next()?;
        let program = if name.contains('/') {
            Some(Utf8PathBuf::from(name)).filter(|path| path.is_absolute() && path.is_file())
        } else {
            host.find_program(&name)
        };
        Some(Self {
            program: program?,
            words: words.collect(),
        })
    }

    /// Runs it on this terminal until it ends.
    fn open(&self, host: &Host, path: &str) -> Result<(), Failure> {
        let status = Command::new(&self.program)
            .args(&self.words)
            .arg(path)
            .env_clear()
            .envs(&host.environment)
            .status();
        let failed = |why: String| Failure::Editor {
            program: self.program.clone(),
            why,
        };
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(failed(status.to_string())),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}
