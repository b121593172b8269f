//! What to type when an image could not be built.

use ocx_core::{
    base::{BaseError, DockerfileError, ProbeError},
    engines::Trouble,
    identity::IdentityError,
    ops::BuildError,
    runtime::BuildObstacle,
};

use crate::{
    backends, base_build_hints,
    hints::{hints, of_runtime},
    subordinate_ids, trust_hints,
};

/// Hints for a failure, the best one first.
pub(crate) fn of(error: &BuildError) -> Vec<String> {
    match error {
        BuildError::BaseMissing { image, engine } => vec![
            format!(
                "`ocx build --pull` fetches {image} from its registry; with `base_pull = \"missing\"` in the settings that happens by itself"
            ),
            format!("or build or load it, so that `{engine} image inspect {image}` finds it"),
            "or let ocx build it: set `custom_base_dockerfile` to its Dockerfile".to_owned(),
        ],
        BuildError::BaseOfAnother { .. } => hints([
            "`ocx build --base` builds it anew from the Dockerfile in your settings",
            "or choose another name: `custom_base_image`",
        ]),
        BuildError::BaseOfAnotherProject { image, .. } => vec![
            "name this project's own Dockerfile: `custom_base_dockerfile`, and `ocx build --base` builds it under that name".to_owned(),
            format!(
                "or, if you want that image here, give it a name of its own, `docker tag {image} NAME` (or `podman tag`), and set `custom_base_image` to that"
            ),
        ],
        BuildError::Base(BaseError::Dockerfile(DockerfileError::NotFound { .. })) => {
            hints(["`custom_base_dockerfile` is relative to the project or to ~/.config/ocx"])
        }
        BuildError::Base(BaseError::Dockerfile(
            DockerfileError::NoContext { .. } | DockerfileError::ContextElsewhere { .. },
        )) => hints([
            "`custom_base_context` is relative to the project, wherever it stands: \".\" is all of the project",
        ]),
        BuildError::BaseBuild(error) => base_build_hints::of(error),
        BuildError::NotTrusted(error) => trust_hints::of_build(error),
        BuildError::OnBuild { .. } => {
            hints(["use an image without ONBUILD: build one `FROM` it, and name that"])
        }
        BuildError::Probe(ProbeError::MuslLibraries { .. }) => hints([
            "add this line to the Dockerfile of the base: RUN apk add --no-cache libstdc++ libgcc",
        ]),
        BuildError::Probe(ProbeError::NoLibc { .. }) => hints([
            "opencode is not statically linked: use a base with glibc or musl, such as debian:trixie-slim or alpine",
        ]),
        BuildError::Probe(ProbeError::ForeignArchitecture { .. }) => {
            hints(["use a variant of the image for this machine's architecture"])
        }
        BuildError::Identity(IdentityError::Remapped { .. }) => {
            hints([WITHOUT_REMAP])
        }
        BuildError::Identity(IdentityError::NoSubordinateIds { user, .. }) => {
            of_missing_subordinate_ids(user)
        }
        BuildError::Identity(IdentityError::OtherIdsOnRootless { .. }) => {
            hints(["remove `uid` and `gid` from your settings"])
        }
        BuildError::Unconfined { engine, findings } => {
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
        BuildError::Latest(_) => hints([
            "check the network and HTTPS_PROXY; another registry: `opencode_registry`",
            "without a network, name a version: `--set opencode_version=x.y.z`",
        ]),
        BuildError::Fetch(error) if error.is_network() => hints([
            "check the network and HTTPS_PROXY; another registry: `opencode_registry`; a local file: `opencode_binary`",
        ]),
        BuildError::Fetch(error) if error.is_not_published() => hints([
            "builds of one version appear at different times; choose another `opencode_version`",
        ]),
        BuildError::Verification { said, .. } => {
            let mut hints = hints([
                "the image that was there before, if any, is untouched; try another `opencode_version` or a newer base",
            ]);
            if said.iter().any(|(package, _)| package.ends_with("-musl")) {
                // Tried with opencode 1.18.32 on musl of Debian.
                hints.insert(0, "with musl 1.2.3, as in Alpine 3.17, opencode crashes; it runs with 1.2.5, as in Alpine 3.20".to_owned());
            }
            hints
        }
        BuildError::Runtime(error) => of_runtime(error),
        _ => Vec::new(),
    }
}

/// What to do about an engine in whose containers nobody is the user.
pub(crate) const WITHOUT_REMAP: &str = "use rootless Docker or an engine without `userns-remap`";

/// How a user gets subordinate IDs, who has none in either file.
pub(crate) fn of_missing_subordinate_ids(user: &str) -> Vec<String> {
    let range = subordinate_ids::free();
    let (first, last, size) = (range.first, range.last(), range.size);
    vec![
        format!(
            "add the line `{user}:{first}:{size}` to both files, as this does: `sudo usermod --add-subuids {first}-{last} --add-subgids {first}-{last} {user}`"
        ),
        "then let Podman know of it: `podman system migrate`".to_owned(),
    ]
}

pub(crate) fn of_obstacle(obstacle: &BuildObstacle) -> Option<String> {
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
