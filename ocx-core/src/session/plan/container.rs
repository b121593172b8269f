//! What all containers have in common in which opencode runs, so that what is tried out in a new image
//! is what runs in a session.

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    Causes, PlanCause, environment,
    limits::{enforced_limits, limit_causes},
    mounts, setting, setting_or,
};
use crate::{
    base::BaseProbe,
    host::Host,
    image::ImageReference,
    layout,
    project::Project,
    runtime::EngineInfo,
    settings::{ByteSize, Settings},
    spec::{
        ContainerName, Init, MountSource, Piece, RootFilesystem, RunSpec, SelinuxLabel, UserMapping,
    },
};

/// What a container is made from in which opencode runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContainerFacts<'a> {
    /// The host.
    pub host: &'a Host,
    /// The project.
    pub project: &'a Project,
    /// The settings.
    pub settings: &'a Settings,
    /// The engine.
    pub engine: &'a EngineInfo,
    /// How the user appears in the container.
    pub user: UserMapping,
    /// The ocx image.
    pub image: &'a ImageReference,
    /// What is in its base image.
    pub base: &'a BaseProbe,
    /// The home directory.
    pub home: &'a MountSource,
    /// Generated `/etc/passwd`.
    pub passwd: &'a Utf8Path,
    /// Generated `/etc/group`.
    pub group: &'a Utf8Path,
}

/// A container, and why it has what it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContainerPlan {
    /// The container.
    pub run: RunSpec,
    /// Why it has each of its pieces.
    pub causes: Causes,
}

/// A hardened container that holds nothing of the project: no workspace, no network, no secrets, and
/// a home directory of its own. A session adds what it has on top of that.
#[must_use]
pub(crate) fn plan_container(
    facts: &ContainerFacts<'_>,
    name: ContainerName,
    command: Vec<String>,
) -> ContainerPlan {
    let ContainerFacts { host, engine, .. } = *facts;
    let variables = environment::common(facts);
    let (mounts, causes_of_mounts) = mounts::container(facts, RootFilesystem::ReadOnly).apart();
    let mut causes = causes(facts);
    causes.extend(variables.causes);
    causes.extend(causes_of_mounts);
    let run = RunSpec {
        name: Some(name),
        working_directory: Utf8PathBuf::from(layout::HOME),
        mounts,
        environment: variables.environment,
        limits: enforced_limits(facts.settings, engine),
        shm_size: facts.settings.shm_size.map(ByteSize::bytes),
        ulimits: facts.settings.ulimits.clone(),
        selinux: if engine.selinux || host.selinux_enforcing {
            SelinuxLabel::Disabled
        } else {
            SelinuxLabel::EngineDefault
        },
        init: if engine.init {
            Init::Engine
        } else {
            Init::Program
        },
        ..RunSpec::new(facts.image.clone(), command, facts.user)
    };
    ContainerPlan { run, causes }
}

/// Why a container has what is no mount and no variable.
fn causes(facts: &ContainerFacts<'_>) -> Causes {
    let settings = facts.settings;
    let mut causes = limit_causes(settings);
    causes.set(Piece::Engine, [setting("runtime")]);
    causes.set(Piece::Command, [PlanCause::Needed]);
    causes.set(Piece::Name, [PlanCause::Needed]);
    causes.set(Piece::Image, [PlanCause::Needed]);
    causes.set(Piece::Lifetime, [PlanCause::Needed]);
    causes.set(Piece::WorkingDirectory, [PlanCause::Needed]);
    causes.set(Piece::Terminal, [PlanCause::Caller]);
    causes.set(Piece::Init, [PlanCause::Needed, PlanCause::Engine]);
    causes.set(Piece::User, user_causes(settings));
    causes.set(Piece::Capabilities, [PlanCause::Sandbox]);
    causes.set(Piece::Selinux, [PlanCause::Host, PlanCause::Engine]);
    causes.set(Piece::RootFilesystem, [PlanCause::Sandbox]);
    causes.set(Piece::Network, [PlanCause::Sandbox]);
    causes.set(Piece::Baseline, [PlanCause::Sandbox]);
    causes
}

/// Why the program has its IDs.
pub(super) fn user_causes(settings: &Settings) -> Vec<PlanCause> {
    let uid = setting_or("uid", settings.uid.as_ref(), PlanCause::Host);
    let gid = setting_or("gid", settings.gid.as_ref(), PlanCause::Host);
    let mut causes = vec![uid, gid];
    causes.dedup();
    causes
}

/// The settings among these: what belongs to the user is another thing with other IDs.
pub(super) fn user_settings(settings: &Settings) -> impl Iterator<Item = PlanCause> {
    let causes = user_causes(settings).into_iter();
    causes.filter(|cause| *cause != PlanCause::Host)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;
    use crate::spec::{Access, Capabilities, Groups, Lifetime, Network, Output, Stdin};

    fn planned(fixture: &Fixture) -> RunSpec {
        let name = "ocx-trial".parse().unwrap();
        plan_container(&fixture.container(), name, vec!["opencode".to_owned()]).run
    }

    #[test]
    fn it_is_hardened_and_holds_nothing_of_the_project() {
        let fixture = Fixture::new(&[("network", "host"), ("keep_groups", "true")]);
        let spec = planned(&fixture);
        assert_eq!(spec.command, ["opencode"]);
        assert_eq!(spec.name.unwrap().as_str(), "ocx-trial");
        assert_eq!(spec.working_directory, layout::HOME);
        assert_eq!(
            (spec.capabilities, spec.root_filesystem, spec.lifetime),
            (
                Capabilities::None,
                RootFilesystem::ReadOnly,
                Lifetime::RemoveOnExit
            )
        );
        assert_eq!((spec.network, spec.groups), (Network::None, Groups::None));
        assert_eq!((spec.stdin, spec.output), (Stdin::Null, Output::Capture));
        let root = &fixture.sandbox.host.current_dir;
        for mount in &spec.mounts {
            assert!(!mount.target.starts_with(root), "{mount:?}");
            assert!(
                mount.access == Access::ReadOnly || !matches!(mount.source, MountSource::Bind(_)),
                "{mount:?}"
            );
        }
    }

    #[test]
    fn limits_of_processes_and_shared_memory_are_those_of_the_settings() {
        let spec = planned(&Fixture::new(&[]));
        assert_eq!((spec.shm_size, spec.ulimits.len()), (None, 0));
        let settings = [("shm_size", "1m"), ("ulimits", "{ nofile = 7 }")];
        let spec = planned(&Fixture::new(&settings));
        assert_eq!(spec.shm_size, Some(1 << 20));
        let nofile = ("nofile".parse().unwrap(), "7".parse().unwrap());
        assert_eq!(spec.ulimits, [nofile].into());
    }

    #[test]
    fn labels_of_selinux_are_left_alone_where_there_is_none() {
        for (of_engine, of_host) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut fixture = Fixture::new(&[]);
            fixture.engine.selinux = of_engine;
            fixture.sandbox.host.selinux_enforcing = of_host;
            let expected = if (of_engine, of_host) == (false, false) {
                SelinuxLabel::EngineDefault
            } else {
                SelinuxLabel::Disabled
            };
            assert_eq!(planned(&fixture).selinux, expected, "{of_engine} {of_host}");
        }
    }

    #[test]
    fn an_engine_without_an_init_process_gets_none() {
        let mut fixture = Fixture::new(&[]);
        assert_eq!(planned(&fixture).init, Init::Engine);
        fixture.engine.init = false;
        assert_eq!(planned(&fixture).init, Init::Program);
    }
}
