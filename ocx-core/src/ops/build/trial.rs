//! Trying opencode out in a new image, under the conditions of a session.

use std::time::Duration;

use camino::Utf8PathBuf;

use crate::bridge::{launcher_variables, runtime};
use crate::ops::{BuildError, Ocx, lost_output::once_more, session::name_before};
use crate::{
    base::BaseProbe,
    disk::ContentStore,
    identity::{Account, group_file, passwd_file},
    image::{ImageReference, OpencodeVersion},
    layout,
    runtime::{CommandError, EngineInfo, RunOutcome, RuntimeError, Started},
    search_path::{SCRIPT, SCRIPT_PATH, SearchPath},
    session::plan::{ContainerFacts, plan_container},
    spec::{Access, Init, Mount, MountSource, Network, RunSpec, UserMapping},
};

/// `opencode --version` takes 2 s on a slow machine; one that takes a minute hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// One that also looks around is no more than a hope.
const PATIENCE_TO_LOOK: Duration = Duration::from_secs(20);

/// The exit codes of programs that were ended by SIGILL and SIGSEGV.
const ILLEGAL_INSTRUCTION: u8 = 132;
const SEGMENTATION_FAULT: u8 = 139;

/// What came of a run.
#[derive(Debug)]
enum Trial {
    /// The program ended.
    Ended(RunOutcome),
    /// It did not within the time that it was given.
    Silent,
    /// It was not started, as far as can be told.
    NotStarted(CommandError),
}

impl Ocx {
    /// Makes sure that the engine confines containers like this one, whatever it said before: a build
    /// takes seconds anyway, and what is remembered may be out of date. The network is the one that
    /// sessions have unless the settings say otherwise.
    pub(in crate::ops) async fn confine_anew(
        &self,
        trial: &RunSpec,
        engine: &EngineInfo,
    ) -> Result<(), BuildError> {
        self.forget_confinement();
        let session = RunSpec {
            network: Network::Default,
            ..trial.clone()
        };
        self.ensure_confined(&session, engine).await
    }

    /// Runs a [trial](Self::trial) and returns what speaks against the binary: that it did not run, or
    /// did not say that it is `version`. What can be run in the image is looked at in the same container.
    ///
    /// # Errors
    ///
    /// If the engine could not start the container; that says nothing of the binary.
    pub(in crate::ops) async fn verify(
        &self,
        mut spec: RunSpec,
        version: Option<&OpencodeVersion>,
        probe: &BaseProbe,
    ) -> Result<(Option<String>, Option<SearchPath>), BuildError> {
        let looking = self.looking_around(&spec)?;
        if let Trial::Ended(mut outcome) = self.try_out(&looking, PATIENCE_TO_LOOK).await? {
            let (said, found) = SearchPath::split(&outcome.stdout);
            outcome.stdout = said.to_vec();
            if complaint(&outcome, version).is_none() {
                self.remember_init(spec.init == Init::Engine);
                return Ok((None, found));
            }
        }
        // Whatever it was, it may have been the looking: a version of opencode that is no runtime.
        spec.name = name_before(&spec, "plain");
        let complaint = self.verify_plainly(spec, version, probe).await?;
        Ok((complaint, None))
    }

    /// The same container, in which a script of ocx's starts the program, and looks around when that has
    /// ended.
    fn looking_around(&self, spec: &RunSpec) -> Result<RunSpec, BuildError> {
        let store = ContentStore::new(&self.host.dirs.cache);
        let script = store.file("search-path.js", SCRIPT.as_bytes(), 0o444)?;
        let mut spec = spec.clone();
        let mount = Mount::bind(script, SCRIPT_PATH, Access::ReadOnly);
        spec.mounts.push(mount);
        spec.launcher = runtime(SCRIPT_PATH);
        spec.environment.extend(launcher_variables());
        Ok(spec)
    }

    async fn verify_plainly(
        &self,
        spec: RunSpec,
        version: Option<&OpencodeVersion>,
        probe: &BaseProbe,
    ) -> Result<Option<String>, BuildError> {
        match self.ask_version(&spec, version).await? {
            Trial::Ended(outcome) => {
                self.remember_init(spec.init == Init::Engine);
                Ok(complaint(&outcome, version))
            }
            Trial::Silent => Ok(Some(silence())),
            Trial::NotStarted(error) => self.whose_failure(spec, error, version, probe).await,
        }
    }

    /// Finds out what kept a trial from being started: the engine's init process, the binary, or the
    /// engine itself.
    async fn whose_failure(
        &self,
        spec: RunSpec,
        error: CommandError,
        version: Option<&OpencodeVersion>,
        probe: &BaseProbe,
    ) -> Result<Option<String>, BuildError> {
        let mut without_init = spec;
        if without_init.init == Init::Engine {
            without_init.init = Init::Program;
            without_init.name = name_before(&without_init, "without-init");
            match self.ask_version(&without_init, version).await? {
                Trial::Ended(outcome) => {
                    self.init_does_not_start();
                    return Ok(complaint(&outcome, version));
                }
                Trial::Silent => return Ok(Some(silence())),
                Trial::NotStarted(_) => {}
            }
        }
        if let Some(shell) = &probe.shell {
            // A program of the base's own, under the same conditions.
            let other = RunSpec {
                name: name_before(&without_init, "shell"),
                command: [shell.as_str(), "-c", ":"].map(str::to_owned).to_vec(),
                ..without_init
            };
            if matches!(self.try_out(&other, PATIENCE).await?, Trial::Ended(_)) {
                return Ok(Some(error.to_string()));
            }
        }
        Err(RuntimeError::StartFailed {
            engine: self.runtime.name(),
            source: error,
        }
        .into())
    }

    /// Runs `opencode --version`; once more if the answer did not arrive that is needed.
    async fn ask_version(
        &self,
        spec: &RunSpec,
        version: Option<&OpencodeVersion>,
    ) -> Result<Trial, BuildError> {
        match self.try_out(spec, PATIENCE).await? {
            Trial::Ended(outcome) if version.is_some() && self.is_output_lost(&outcome) => {
                self.try_out(&once_more(spec), PATIENCE).await
            }
            other => Ok(other),
        }
    }

    async fn try_out(&self, spec: &RunSpec, patience: Duration) -> Result<Trial, BuildError> {
        let Ok(result) = tokio::time::timeout(patience, self.runtime.run(spec)).await else {
            self.abandon(spec).await;
            return Ok(Trial::Silent);
        };
        match result {
            Ok(RunOutcome {
                started: Started::Unknown(error),
                ..
            })
            | Err(RuntimeError::StartFailed { source: error, .. }) => Ok(Trial::NotStarted(error)),
            Ok(outcome) => Ok(Trial::Ended(outcome)),
            Err(other) => Err(other.into()),
        }
    }

    /// The container in which `opencode --version` is tried out: that of a session, without anything of
    /// the project's.
    pub(in crate::ops) fn trial(
        &self,
        image: &ImageReference,
        probe: &BaseProbe,
        user: UserMapping,
        engine: &EngineInfo,
    ) -> Result<RunSpec, BuildError> {
        let (passwd, group) = self.account_files(probe, user)?;
        let facts = ContainerFacts {
            host: &self.host,
            project: &self.project,
            settings: &self.settings,
            engine,
            user,
            image,
            base: probe,
            home: &MountSource::AnonymousVolume,
            passwd: &passwd,
            group: &group,
        };
        let name = format!("ocx-trial-{}", self.new_session_id()?)
            .parse()
            .expect("a session's ID is fit for a name");
        let command = ["opencode", "--version"].map(str::to_owned).to_vec();
        Ok(plan_container(&facts, name, command).run)
    }

    /// The generated `/etc/passwd` and `/etc/group`, on disk.
    pub(in crate::ops) fn account_files(
        &self,
        probe: &BaseProbe,
        user: UserMapping,
    ) -> Result<(Utf8PathBuf, Utf8PathBuf), BuildError> {
        let host = &self.host.user;
        let (uid, gid) = user.ids_inside();
        let account = Account {
            name: self
                .settings
                .username
                .clone()
                .unwrap_or_else(|| host.name.clone()),
            group: host.group.clone(),
            uid,
            gid,
            home: layout::HOME.into(),
            shell: probe.shell.clone(),
        };
        let store = ContentStore::new(&self.host.dirs.cache);
        let passwd = store.file(
            "passwd",
            passwd_file(&probe.passwd, &account).as_bytes(),
            0o444,
        )?;
        let group = store.file(
            "group",
            group_file(&probe.group, &account).as_bytes(),
            0o444,
        )?;
        Ok((passwd, group))
    }
}

fn silence() -> String {
    format!("no answer within {} s", PATIENCE.as_secs())
}

/// What speaks against a binary that ended like this.
fn complaint(outcome: &RunOutcome, version: Option<&OpencodeVersion>) -> Option<String> {
    let stdout = String::from_utf8_lossy(&outcome.stdout);
    let expected = version.is_none_or(|version| stdout.trim() == version.to_string());
    if outcome.exit.success() && expected {
        return None;
    }
    let stderr = String::from_utf8_lossy(&outcome.stderr);
    let said = format!("{stdout}{stderr}");
    let code = outcome.exit.code();
    Some(match (code, said.trim_end()) {
        (ILLEGAL_INSTRUCTION, "") => {
            format!("exit code {code}, an instruction that this processor does not know")
        }
        (SEGMENTATION_FAULT, "") => format!("exit code {code}, a crash without a message"),
        // It was asked twice, see `lost_output`.
        (0, "") => "exit code 0 without a message, twice".to_owned(),
        (_, "") => format!("exit code {code} without a message"),
        (_, said) => format!("exit code {code}: {said}"),
    })
}
