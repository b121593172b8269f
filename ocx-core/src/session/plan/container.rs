//! What all containers have in common in which opencode runs, so that what is tried out in a new image
//! is what runs in a session.

use camino::{Utf8Path, Utf8PathBuf};

use super::{environment, limits::enforced_limits, mounts};
use crate::{
    host::Host,
    image::ImageReference,
    layout,
    project::{GitIdentity, Project},
    runtime::EngineInfo,
    settings::Settings,
    spec::{ContainerName, Init, MountSource, RootFilesystem, RunSpec, SelinuxLabel, UserMapping},
};

/// What a container is made from in which opencode runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContainerFacts<'a> {
    /// The host.
    pub host: &'a Host,
    /// The identity that Git puts into commits.
    pub git_identity: &'a GitIdentity,
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
    /// The home directory.
    pub home: &'a MountSource,
    /// Generated `/etc/passwd`.
    pub passwd: &'a Utf8Path,
    /// Generated `/etc/group`.
    pub group: &'a Utf8Path,
}

/// A hardened container that holds nothing of the project: no workspace, no network, no secrets, and
/// a home directory of its own. A session adds what it has on top of that.
#[must_use]
pub(crate) fn plan_container(
    facts: &ContainerFacts<'_>,
    name: ContainerName,
    command: Vec<String>,
) -> RunSpec {
    let ContainerFacts { host, engine, .. } = *facts;
    RunSpec {
        name: Some(name),
        working_directory: Utf8PathBuf::from(layout::HOME),
        mounts: mounts::container(facts, RootFilesystem::ReadOnly),
        environment: environment::common(facts),
        limits: enforced_limits(facts.settings, engine),
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
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;
    use crate::spec::{Access, Capabilities, Groups, Lifetime, Network, Output, Stdin};

    fn planned(fixture: &Fixture) -> RunSpec {
        let name = "ocx-trial".parse().unwrap();
        plan_container(&fixture.container(), name, vec!["opencode".to_owned()])
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
