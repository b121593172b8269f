//! Running a program where the agent works: in a running session, or in a container like one.

use super::{
    Ocx, OcxError, SessionReport,
    running::{RunningSession, Scope, find_session, running_sessions},
    session::Program,
};
use crate::{
    base::resolve_base,
    plan::{ExecSpec, Output, session::terminal_environment},
    runtime::EngineInfo,
};

/// A program to be run where the agent works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InsideRequest {
    /// The program.
    pub program: InsideProgram,
    /// In which container.
    pub place: Place,
}

/// What is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InsideProgram {
    /// The shell of the base image.
    Shell,
    /// Program and arguments; not empty.
    Command(Vec<String>),
}

/// In which container a program runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The newest running session of the project; a new container if none runs.
    Any,
    /// The session whose ID begins like this.
    Session(String),
    /// A new container.
    New,
}

/// Runs a program in a session's container, as the user and with all that a session has.
///
/// # Errors
///
/// See [`OcxError`]. That the program ends with another code than 0 is no error.
pub async fn run_inside(ocx: &Ocx<'_>, request: &InsideRequest) -> Result<SessionReport, OcxError> {
    let result = ocx.run_inside(request).await;
    ocx.forget_engine_info_after(&result);
    result
}

impl Ocx<'_> {
    async fn run_inside(&self, request: &InsideRequest) -> Result<SessionReport, OcxError> {
        let session = match &request.place {
            Place::New => None,
            Place::Any => {
                let running = running_sessions(self, Scope::Project).await?;
                if let [newest, _, ..] = &running[..] {
                    self.note(&format!(
                        "in session {}, the newest of {}; `--session` chooses another",
                        newest.id,
                        running.len()
                    ));
                }
                running.into_iter().next()
            }
            Place::Session(id) => {
                let running = running_sessions(self, Scope::Project).await?;
                Some(find_session(&running, id)?.clone())
            }
        };
        match session {
            Some(session) => self.run_in_session(&request.program, &session).await,
            None => {
                let program = match &request.program {
                    InsideProgram::Shell => Program::Shell,
                    InsideProgram::Command(command) => Program::Other(command),
                };
                self.open_session(program).await
            }
        }
    }

    async fn run_in_session(
        &self,
        program: &InsideProgram,
        session: &RunningSession,
    ) -> Result<SessionReport, OcxError> {
        let engine = self.engine_facts().await?.info().clone();
        let user = self.user_in(&engine)?;
        let command = match program {
            InsideProgram::Command(command) => command.clone(),
            InsideProgram::Shell => vec![self.shell_of(session, &engine).await?],
        };
        let terminal = self.host.terminals.for_program();
        let exit = self
            .exec_program(&ExecSpec {
                container: session.container.id.clone(),
                command,
                working_directory: self.project.current_dir.clone(),
                environment: terminal_environment(self.host),
                user,
                terminal,
                output: Output::Inherit,
            })
            .await?;
        Ok(SessionReport { exit })
    }

    /// The shell in the image of a running session, whose base may have moved since.
    async fn shell_of(
        &self,
        session: &RunningSession,
        engine: &EngineInfo,
    ) -> Result<String, OcxError> {
        let base = resolve_base(self.settings, &self.project.root, &self.host.dirs.config)?;
        let name = session.container.image.parse().ok();
        let image = match &name {
            Some(name) => self.find_image(name).await?,
            None => None,
        };
        let (Some(name), Some(image)) = (name, image) else {
            // The image was built anew while the session runs; its base's shell will do.
            return Ok("/bin/sh".to_owned());
        };
        let probe = self.probe(&base.reference(), &image, engine).await?;
        match probe.shell {
            Some(shell) => Ok(shell.into_string()),
            None => Err(OcxError::NoShell { image: name }),
        }
    }
}
