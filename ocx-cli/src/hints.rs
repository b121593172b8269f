//! What to type next.

use ocx_core::{
    base::{BaseError, DockerfileError, ProbeError},
    engines::{ChoiceError, Trouble},
    hidden::{Exposure, HiddenError},
    identity::IdentityError,
    image::ImageId,
    ops::{BaseBuildError, OcxError, ProgramProblem, ProgramProblemKind},
    runtime::{BuildObstacle, EngineName, RuntimeError},
    scaffold::ScaffoldError,
    settings::{Loosening, SettingsError},
};

use crate::{
    backends, clone_hints, commands::init::InitError, failure::Failure, subordinate_ids,
    trust_hints,
};

/// Hints for a failure, the best one first.
pub(crate) fn of(failure: &Failure) -> Vec<String> {
    match failure {
        Failure::Settings(error) => of_settings(error),
        Failure::Ocx(error) => of_ocx(error),
        Failure::Runtime(error) => of_runtime(error),
        Failure::Choice(error) | Failure::UnknownEngine { error, .. } => of_choice(error),
        Failure::Init(error) => of_init(error),
        Failure::Clone(error) => clone_hints::of(error),
        Failure::SettingsNotTrusted(_) => trust_hints::of_changed_settings(),
        Failure::Logins(_)
        | Failure::Start { .. }
        | Failure::Host(_)
        | Failure::Project(_)
        | Failure::Trust(_)
        | Failure::TrustVariable
        | Failure::Output { .. } => Vec::new(),
    }
}

fn hints<const N: usize>(hints: [&str; N]) -> Vec<String> {
    hints.map(str::to_owned).to_vec()
}

fn of_settings(error: &SettingsError) -> Vec<String> {
    match error {
        SettingsError::Refused {
            loosening: Loosening { key, .. },
            global_file,
            variable,
        } => vec![format!(
            "if you want that, set it yourself: `{key}` in {global_file}, the variable {variable}, or `--set {key}=…`"
        )],
        SettingsError::NotTrusted(error) => trust_hints::of_settings(error),
        SettingsError::WritableByAll { path, .. } => vec![format!(
            "look at what is in it, and then: `chmod o-w {}`",
            ocx_core::printable::shell_word(path.as_str())
        )],
        SettingsError::UnknownKey { .. } => hints(["`ocx config` lists all settings"]),
        _ => Vec::new(),
    }
}

/// Hints for the failure of a use case.
pub(crate) fn of_ocx(error: &OcxError) -> Vec<String> {
    match error {
        OcxError::BaseMissing { image, engine } => vec![
            format!(
                "`ocx build --pull` fetches {image} from its registry; with `base_pull = \"missing\"` in the settings that happens by itself"
            ),
            format!("or build or load it, so that `{engine} image inspect {image}` finds it"),
            "or let ocx build it: set `custom_base_dockerfile` to its Dockerfile".to_owned(),
        ],
        OcxError::ImageMissing { image, engine } if image.parse::<ImageId>().is_ok() => {
            vec![format!(
                "`{engine} image ls` lists the images that are there"
            )]
        }
        OcxError::ImageMissing { image, engine } => vec![
            format!("fetch it: `{engine} pull {image}`"),
            format!("or build it: `{engine} build --tag {image} DIRECTORY`"),
        ],
        OcxError::BaseOfAnother { .. } => hints([
            "`ocx build --base` builds it anew from the Dockerfile in your settings",
            "or choose another name: `custom_base_image`",
        ]),
        OcxError::BaseOfAnotherProject { image, .. } => vec![
            "name this project's own Dockerfile: `custom_base_dockerfile`, and `ocx build --base` builds it under that name".to_owned(),
            format!(
                "or, if you want that image here, give it a name of its own, `docker tag {image} NAME` (or `podman tag`), and set `custom_base_image` to that"
            ),
        ],
        OcxError::Base(BaseError::Dockerfile(DockerfileError::NotFound { .. })) => {
            hints(["`custom_base_dockerfile` is relative to the project or to ~/.config/ocx"])
        }
        OcxError::BaseBuild(error) => of_base_build(error),
        OcxError::Clone(error) => clone_hints::of(error),
        OcxError::NotTrusted(error) => trust_hints::of_build(error),
        OcxError::ConfigLeadsOut { .. } => trust_hints::of_changed_settings(),
        OcxError::OnBuild { .. } => {
            hints(["use an image without ONBUILD: build one `FROM` it, and name that"])
        }
        OcxError::Probe(ProbeError::MuslLibraries { .. }) => hints([
            "add this line to the Dockerfile of the base: RUN apk add --no-cache libstdc++ libgcc",
        ]),
        OcxError::Probe(ProbeError::NoLibc { .. }) => hints([
            "opencode is not statically linked: use a base with glibc or musl, such as debian:trixie-slim or alpine",
        ]),
        OcxError::Probe(ProbeError::ForeignArchitecture { .. }) => {
            hints(["use a variant of the image for this machine's architecture"])
        }
        OcxError::Identity(IdentityError::Remapped { .. }) => {
            hints(["use rootless Docker or an engine without `userns-remap`"])
        }
        OcxError::Identity(IdentityError::NoSubordinateIds { user, .. }) => {
            let range = subordinate_ids::free();
            let (first, last, size) = (range.first, range.last(), range.size);
            vec![
                format!(
                    "add the line `{user}:{first}:{size}` to both files, as this does: `sudo usermod --add-subuids {first}-{last} --add-subgids {first}-{last} {user}`"
                ),
                "then let Podman know of it: `podman system migrate`".to_owned(),
            ]
        }
        OcxError::Identity(IdentityError::OtherIdsOnRootless { .. }) => {
            hints(["remove `uid` and `gid` from your settings"])
        }
        OcxError::NoSuchSession { .. } | OcxError::AmbiguousSession { .. } => {
            hints(["`ocx ps` lists the running sessions with their IDs"])
        }
        OcxError::NoShell { .. } => hints([
            "`ocx exec PROGRAM` runs a program without a shell; or add one to the base image",
        ]),
        OcxError::Unconfined { engine, findings } => {
            let mut places: Vec<&str> = findings
                .iter()
                .flat_map(|finding| finding.configuration.iter().map(String::as_str))
                .collect();
            places.sort_unstable();
            places.dedup();
            let mut hints = vec![format!(
                "that comes from the configuration of {engine}; take it out there: {}",
                places.join(", ")
            )];
            hints.extend(backends::remedies(engine, Trouble::Unconfined));
            hints
        }
        OcxError::Program(problem) => of_program(problem),
        OcxError::Remote { .. } => {
            hints(["`ocx build` works there; run sessions on the machine with the workspace"])
        }
        OcxError::Latest(_) => hints([
            "check the network and HTTPS_PROXY; another registry: `opencode_registry`",
            "without a network, name a version: `--set opencode_version=x.y.z`",
        ]),
        OcxError::Fetch(error) if error.is_network() => hints([
            "check the network and HTTPS_PROXY; another registry: `opencode_registry`; a local file: `opencode_binary`",
        ]),
        OcxError::Fetch(error) if error.is_not_published() => hints([
            "builds of one version appear at different times; choose another `opencode_version`",
        ]),
        OcxError::Verification { said, .. } => {
            let mut hints = hints([
                "the image that was there before, if any, is untouched; try another `opencode_version` or a newer base",
            ]);
            if said.iter().any(|(package, _)| package.ends_with("-musl")) {
                // Tried with opencode 1.18.32 on musl of Debian.
                hints.insert(0, "with musl 1.2.3, as in Alpine 3.17, opencode crashes; it runs with 1.2.5, as in Alpine 3.20".to_owned());
            }
            hints
        }
        OcxError::Hidden(error) => of_hidden(error),
        OcxError::Exposed(exposure) => of_exposure(exposure),
        OcxError::Runtime(error) => of_runtime(error),
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

fn of_program(problem: &ProgramProblem) -> Vec<String> {
    match &problem.kind {
        ProgramProblemKind::Missing if problem.is_by_path() => hints([
            "a container has the files of the base image, the workspace and the home volume; `extra_mounts` adds others of this machine",
        ]),
        ProgramProblemKind::Missing => vec![
            format!("it was looked for in {}", problem.search),
            "install it in the Dockerfile of the base image, or name it by its path".to_owned(),
        ],
        ProgramProblemKind::Forbidden => {
            hints(["open the directory for others: `chmod o+x DIRECTORY`"])
        }
        ProgramProblemKind::Directory => hints(["name a program in it"]),
        ProgramProblemKind::NotExecutable => {
            let file = problem.file.as_ref().unwrap_or(&problem.program);
            vec![format!("make it executable: `chmod +x {file}`")]
        }
        ProgramProblemKind::NoInterpreter(interpreter) if interpreter.ends_with('\r') => {
            hints(["its lines end as on Windows; remove the carriage returns, as `dos2unix` does"])
        }
        ProgramProblemKind::NoInterpreter(interpreter) => vec![format!(
            "install {interpreter} in the Dockerfile of the base image, or change the first line of the script"
        )],
        ProgramProblemKind::NoLoader(_) => hints([
            "it was built for another Linux, such as one with musl instead of glibc; use a build for the base image's",
        ]),
        ProgramProblemKind::Foreign => hints(["use a build for this machine's processor"]),
        ProgramProblemKind::NoFormat => hints([
            "let its first line say by what it is to be run, such as `#!/bin/sh`, or name that before it: `ocx exec sh FILE`",
        ]),
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
            "to keep both, put the template elsewhere: `ocx init --template NAME --dockerfile PATH`",
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

/// What is known beside what the engine said, the surest first.
fn of_base_build(error: &BaseBuildError) -> Vec<String> {
    let dockerfile = &error.dockerfile;
    let obstacle = error.obstacle.as_deref().and_then(of_obstacle);
    let newer = error.newer_syntax.as_ref().map(|newer| {
        format!(
            "if that is about {newer} of `{dockerfile}`: not every builder understands it; Docker needs its buildx plugin for that, and Podman may need a newer version"
        )
    });
    let not_here = match error.not_here.as_slice() {
        [] => None,
        images => {
            let names: Vec<String> = images.iter().map(|image| format!("`{image}`")).collect();
            Some(format!(
                "if that is about {}: not in the local storage, so it is fetched from its registry; check the name and the network, and whether you are logged in there",
                names.join(" or ")
            ))
        }
    };
    obstacle.into_iter().chain(newer).chain(not_here).collect()
}

fn of_obstacle(obstacle: &BuildObstacle) -> Option<String> {
    match obstacle {
        BuildObstacle::NoBuilder { plugin, variable } => Some(format!(
            "`{variable}` asks for BuildKit, and its {plugin} plugin is not installed: install it, or unset the variable"
        )),
        BuildObstacle::NoRoom { path, left } => Some(format!(
            "only {} MB are left at {path}, where images are kept: remove some, for example by `docker system prune` or `podman system prune`",
            left / 1_000_000
        )),
        _ => None,
    }
}

const ANOTHER_NETWORK: &str = "or name a network of the engine's yourself: `network` in ~/.config/ocx/ocx.toml, or --set network=NAME";

fn of_runtime(error: &RuntimeError) -> Vec<String> {
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
            .and_then(of_obstacle)
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
