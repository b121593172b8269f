//! What to type next.

use camino::Utf8Path;
use ocx_core::{
    base::DockerfileError,
    engines::{ChoiceError, Trouble},
    hidden::{Exposure, HiddenError},
    image::ImageId,
    ops::{
        ApplyError, CompatError, DataLockError, FindSessionError, KeysLockError, LoginsError,
        OcxError, SessionError, TakeLoginError,
    },
    printable,
    runtime::{EngineName, RuntimeError},
    scaffold::ScaffoldError,
};

use crate::{
    backends, build_hints, clone_hints,
    commands::{adopt, init::InitError},
    detached::DetachError,
    failure::Failure,
    last_hints, place_hints, program_hints, session_hints, settings_hints, trust_hints,
};

/// Hints for a failure, the best one first. Only what a program or the user ended has none.
pub(crate) fn of(failure: &Failure) -> Vec<String> {
    let known = known(failure);
    if !known.is_empty() || is_told(failure) {
        return known;
    }
    let last = last_hints::of(failure.exit_code());
    last.map(str::to_owned).into_iter().collect()
}

/// The same for a failure in a project, of which a container may not have been let in.
pub(crate) fn of_project(failure: &Failure, project: &Utf8Path) -> Vec<String> {
    let mut hints = of(failure);
    if let Some(RuntimeError::StartFailed { .. }) = of_engine(failure) {
        hints.splice(..0, place_hints::of(project));
    }
    hints
}

/// The failure of an engine that it is.
fn of_engine(failure: &Failure) -> Option<&RuntimeError> {
    match failure {
        Failure::Runtime(error) => Some(error),
        Failure::Ocx(error) => match &**error {
            OcxError::Runtime(error) => Some(error),
            OcxError::Session(error) => match &**error {
                SessionError::Runtime(error) => Some(error),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Whether there is nothing more to say: a session elsewhere failed, whose own words with hints were shown;
/// or an answer could not be written, of which the system's word says all.
fn is_told(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Detach(DetachError::Ended { .. }) | Failure::Output { .. }
    )
}

/// What is known to help.
fn known(failure: &Failure) -> Vec<String> {
    match failure {
        Failure::Settings(error) => settings_hints::of(error),
        Failure::Edit(error) => settings_hints::of_edit(error),
        Failure::Project(error) => settings_hints::of_project(error),
        Failure::Ocx(error) => of_ocx(error),
        Failure::Runtime(error) => of_runtime(error),
        Failure::Choice(error) | Failure::UnknownEngine { error, .. } => of_choice(error),
        Failure::Init(error) => of_init(error),
        Failure::Clone(error) => clone_hints::of(error),
        Failure::NoEditor | Failure::EditorMissing { .. } | Failure::Editor { .. } => hints([
            "choose an editor, as in `EDITOR=nano ocx config edit`, or do without: `ocx config set KEY VALUE`",
        ]),
        Failure::BuildDeclined => trust_hints::of_declined_build(),
        Failure::SettingsNotTrusted(_) => trust_hints::of_changed_settings(),
        Failure::PruneUnasked { command } => vec![format!("`{command}`")],
        Failure::NothingOfThatName { list, .. } => {
            vec![format!("`{list} list` shows what there is")]
        }
        Failure::Mount { .. } => {
            hints(["make it on this machine, or take the mount out of the setting"])
        }
        Failure::OpencodeOfImage { command } if command == "upgrade" => hints([
            "`ocx upgrade` takes the newest opencode, and `ocx upgrade --check` only looks",
            "`opencode_version` in the settings names another one",
        ]),
        Failure::OpencodeOfImage { .. } => {
            hints(["`ocx du` shows what ocx has made, and `ocx prune` removes what is not needed"])
        }
        Failure::NoTerminal => hints([
            "`ocx run TASK` gives opencode a task without its screen; `ocx opencode --detach` gives it a terminal of its own",
        ]),
        Failure::Detach(error) => session_hints::of_detach(error),
        Failure::SessionLog(error) => session_hints::of_log(error),
        Failure::NotDetached { session } => session_hints::of_not_detached(session),
        Failure::Adopt(error) => adopt::hints(error),
        Failure::NothingToAdopt { gone, .. } => gone
            .iter()
            .map(|root| format!("`ocx adopt {}`", printable::shell_word(root.as_str())))
            .collect(),
        Failure::BuildRuns(_) => hints(["try again when it is done"]),
        Failure::Logins(LoginsError::Take(TakeLoginError::Missing { .. })) => {
            hints(["`ocx logins` lists the logins of this project's sessions"])
        }
        Failure::Logins(_)
        | Failure::Network(_)
        | Failure::Start { .. }
        | Failure::Host(_)
        | Failure::Trust(_)
        | Failure::TrustVariable
        | Failure::Write { .. }
        | Failure::Read { .. }
        | Failure::Logs { .. }
        | Failure::Output { .. } => Vec::new(),
    }
}

pub(crate) fn hints<const N: usize>(hints: [&str; N]) -> Vec<String> {
    hints.map(str::to_owned).to_vec()
}

/// What an engine on another machine is good for.
pub(crate) const ON_ANOTHER_MACHINE: &str =
    "`ocx build` works there; run sessions on the machine with the workspace";

/// Hints for the failure of a use case.
pub(crate) fn of_ocx(error: &OcxError) -> Vec<String> {
    match error {
        OcxError::Build(error) => build_hints::of(error),
        OcxError::Session(error) => of_session(error),
        OcxError::Compat(error) => of_compat(error),
        OcxError::Apply(ApplyError::Clone(error)) => clone_hints::of(error),
        OcxError::Runtime(error) => of_runtime(error),
        _ => Vec::new(),
    }
}

/// Hints for a session that cannot run.
pub(crate) fn of_session(error: &SessionError) -> Vec<String> {
    match error {
        SessionError::Build(error) => build_hints::of(error),
        SessionError::Find(FindSessionError::NoneRuns) => {
            hints(["`ocx opencode` begins one; `ocx ps --all` lists those of other projects"])
        }
        SessionError::Find(_) => hints(["`ocx ps` lists the running sessions with their IDs"]),
        SessionError::Runtime(error) => of_runtime(error),
        SessionError::Clone(error) => clone_hints::of(error),
        SessionError::ConfigLeadsOut { .. } => trust_hints::of_changed_settings(),
        SessionError::NoShell { .. } => hints([
            "`ocx exec PROGRAM` runs a program without a shell; or add one to the base image",
        ]),
        SessionError::EntrypointOfShell { .. } => hints([
            "write it as a list in the Dockerfile, of a script that ends with `exec \"$@\"`; or take `entrypoint = \"keep\"` out of the settings",
        ]),
        SessionError::EntrypointUnknown { .. } => {
            hints(["`ocx build` gets or builds the base; `--set entrypoint=none` goes without it"])
        }
        SessionError::PrivatePath(_) => {
            hints(["take the path out of `private_paths`, or make a directory of it"])
        }
        SessionError::HomeParent(_) => hints(["move what is there away, if no session needs it"]),
        SessionError::Program(problem) => program_hints::of(problem),
        SessionError::Remote { .. } => hints([ON_ANOTHER_MACHINE]),
        SessionError::OwnContainer { .. } => hints([
            "start this container with the project and ocx's files at their own paths: `--volume \"$PWD:$PWD\" --workdir \"$PWD\" --env HOME --volume \"$HOME/.local/state/ocx:$HOME/.local/state/ocx\"`",
        ]),
        SessionError::KeysNeedNetwork => hints([
            "`--set network=default` gives the session a network of its own; `--set keys=inside` gives it the keys",
        ]),
        SessionError::DataLock(DataLockError::OtherVersion { running, .. }) => {
            vec![format!(
                "`ocx ps` lists it; `--set opencode_version={running}` runs another one like it"
            )]
        }
        SessionError::KeysLock(KeysLockError::OtherPlace { running }) => {
            vec![format!(
                "`ocx ps` lists it; `--set keys={running}` runs another one like it"
            )]
        }
        SessionError::Hidden(error) => of_hidden(error),
        SessionError::Exposed(exposure) => of_exposure(exposure),
        _ => Vec::new(),
    }
}

fn of_compat(error: &CompatError) -> Vec<String> {
    match error {
        CompatError::ImageMissing { image, engine } if image.parse::<ImageId>().is_ok() => {
            vec![format!(
                "`{engine} image ls` lists the images that are there"
            )]
        }
        CompatError::ImageMissing { image, engine } => vec![
            format!("fetch it: `{engine} pull {image}`"),
            format!("or build it: `{engine} build --tag {image} DIRECTORY`"),
        ],
        CompatError::Runtime(error) => of_runtime(error),
        _ => Vec::new(),
    }
}

fn of_hidden(error: &HiddenError) -> Vec<String> {
    match error {
        HiddenError::Name { .. } => hints(["rename it, or hide the directory that it lies in"]),
        HiddenError::Shown { .. } | HiddenError::MountWithin { .. } => hints([
            "take one of them out: the path of `forbidden_paths`, or the mount of `extra_mounts`",
        ]),
        HiddenError::TooManyPaths { .. } => hints([
            "hide the directories that they lie in, such as `forbidden_paths = [\"secrets/\"]`, or name fewer files with a longer pattern",
        ]),
        HiddenError::TooManyFiles { .. } => hints([
            "begin the patterns with a directory, so that only that is looked through: `config/**/*.key`",
        ]),
        _ => Vec::new(),
    }
}

fn of_exposure(exposure: &Exposure) -> Vec<String> {
    let again = "start again: what is there then is hidden; `ocx opencode --continue` goes on with the last conversation";
    match exposure {
        Exposure::Replaced { .. } | Exposure::Linked { .. } => hints([again]),
        Exposure::Appeared { .. } => hints([
            again,
            "if sessions may see it, take it out of the list that hides it: a pattern with `!` at its beginning in `forbidden_paths`",
        ]),
        Exposure::Unseen => hints([
            "`forbidden_paths` needs an engine on this very machine, not one in a virtual machine",
        ]),
        _ => Vec::new(),
    }
}

fn of_init(error: &InitError) -> Vec<String> {
    match error {
        InitError::Scaffold(ScaffoldError::HasSettings { path, current_dir }) => {
            let mut hints = hints([
                "edit that file, or remove it to begin anew; `ocx config --sources` shows what is in effect",
            ]);
            if path.parent() != Some(current_dir) {
                hints.push(
                    "to make the current directory a project of its own: `ocx init --workspace .`"
                        .to_owned(),
                );
            }
            hints
        }
        InitError::Scaffold(ScaffoldError::Exists { .. }) => hints([
            "to use it as it is, name it without a template: `ocx init --dockerfile PATH`",
            "to keep both, put the new one elsewhere: `--template NAME`, or `--extend`, with `--dockerfile PATH`",
        ]),
        InitError::NothingToExtend => hints([
            "`ocx init` takes what the project's files say as it is; `ocx init --template NAME` writes a Dockerfile to begin with",
        ]),
        InitError::Scaffold(ScaffoldError::Dockerfile(DockerfileError::NotFound { .. })) => {
            hints(["to write one there, choose a template: `--template NAME`"])
        }
        InitError::Scaffold(
            ScaffoldError::OutsideProject { .. } | ScaffoldError::NotADirectory { .. },
        ) => hints(["choose another place: `--dockerfile PATH`"]),
        _ => Vec::new(),
    }
}

const ANOTHER_NETWORK: &str = "or name a network of the engine's yourself: `network` in ~/.config/ocx/ocx.toml, or --set network=NAME";

pub(crate) fn of_runtime(error: &RuntimeError) -> Vec<String> {
    match error {
        RuntimeError::NotInstalled { program } => program
            .as_str()
            .parse()
            .map(|engine| trouble(&engine, Trouble::NotInstalled))
            .unwrap_or_default(),
        RuntimeError::Unreachable { engine, .. } => trouble(engine, Trouble::Unreachable),
        RuntimeError::TimedOut { engine, .. } => trouble(engine, Trouble::Hangs),
        RuntimeError::Denied { engine, .. } => trouble(engine, Trouble::Denied),
        RuntimeError::TooOld { engine, .. } => trouble(engine, Trouble::TooOld),
        RuntimeError::BuildFailed { obstacle, .. } => obstacle
            .as_deref()
            .and_then(build_hints::of_obstacle)
            .into_iter()
            .collect(),
        RuntimeError::PullFailed { engine, image, .. } => {
            // Engines say in words of their own which of these it was.
            let mut hints = vec![format!(
                "check the name and the tag, `{image}`, and the network"
            )];
            match image.registry() {
                Some(registry) => hints.push(format!(
                    "if the registry wants to know who you are: `{engine} login {registry}`"
                )),
                None => hints.extend(backends::remedies(engine, Trouble::LoginNeeded)),
            }
            hints
        }
        RuntimeError::StartFailed { .. } => hints([
            "`ocx explain` tells for each mount, device and network which setting it is from",
        ]),
        RuntimeError::Unsupported { remedy, .. } => vec![remedy.clone()],
        RuntimeError::NetworkNotMade { engine, .. } => vec![
            format!("`{engine} network prune` removes networks that nothing uses"),
            ANOTHER_NETWORK.to_owned(),
        ],
        RuntimeError::NetworkNotApart { engine, name } => vec![
            format!("`{engine} network rm {name}` removes it, and ocx makes it anew"),
            ANOTHER_NETWORK.to_owned(),
        ],
        _ => Vec::new(),
    }
}

fn of_choice(error: &ChoiceError) -> Vec<String> {
    match error {
        ChoiceError::NotInstalled { name } => trouble(name, Trouble::NotInstalled),
        ChoiceError::None { known } => known
            .iter()
            .enumerate()
            .flat_map(|(position, name)| {
                let remedies = backends::remedies(name, Trouble::NotInstalled);
                let or = |remedy: String| match (position, remedy.strip_prefix("install ")) {
                    (1.., Some(rest)) => format!("or {rest}"),
                    _ => remedy,
                };
                remedies.into_iter().map(or).collect::<Vec<_>>()
            })
            .collect(),
        ChoiceError::Unknown { .. } => hints([
            "`auto` takes an engine that is installed, and `ocx doctor` says which are; `--runtime auto` does so once",
        ]),
        _ => Vec::new(),
    }
}

/// What can be done about an engine, or without it.
fn trouble(engine: &EngineName, trouble: Trouble) -> Vec<String> {
    let mut remedies = backends::remedies(engine, trouble);
    if matches!(trouble, Trouble::NotInstalled | Trouble::TooOld) {
        let others = backends::all()
            .into_iter()
            .map(|backend| backend.name())
            .filter(|name| name != engine);
        remedies.extend(
            others.map(|other| format!("or use {other}, if it is there: `--runtime {other}`")),
        );
    }
    remedies
}
