//! A container's facts for the tests of plans.

use camino::{Utf8Path, Utf8PathBuf};

use super::{ContainerFacts, SessionFacts, Streams};
use crate::{
    base::{BasePlan, BaseProbe, BaseSource},
    host::Arch,
    image::ImageReference,
    opencode::Libc,
    project::{Project, sandbox::Sandbox},
    runtime::EngineInfo,
    session::SessionId,
    settings::Settings,
    spec::{MountSource, UserMapping},
    testing,
};

/// What facts are made from; each field may be changed before they are.
pub(super) struct Fixture {
    pub(super) sandbox: Sandbox,
    pub(super) settings: Settings,
    pub(super) engine: EngineInfo,
    pub(super) base: BaseProbe,
    pub(super) base_plan: BasePlan,
    pub(super) project: Project,
    pub(super) id: SessionId,
    command: Vec<String>,
    image: ImageReference,
    home: MountSource,
    passwd: Utf8PathBuf,
    group: Utf8PathBuf,
}

impl Fixture {
    /// A project on an engine that can do everything, with these settings.
    pub(super) fn new(settings: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::new();
        let project = sandbox.project();
        let builder = Settings::builder(&sandbox.host, &project);
        let settings = settings
            .iter()
            .fold(builder, |builder, (key, value)| {
                builder.with(key, value).unwrap()
            })
            .build()
            .unwrap();
        let file = |name: &str| Utf8Path::new("/state").join(name);
        Self {
            settings,
            engine: testing::engine_info(),
            base: BaseProbe {
                arch: Arch::X64,
                libc: Libc::Glibc,
                passwd: String::new(),
                group: String::new(),
                os_name: None,
                shell: Some("/bin/sh".into()),
                path: "/usr/bin:/bin".to_owned(),
                variables: [].into(),
                entrypoint: Vec::new(),
            },
            base_plan: BasePlan {
                source: BaseSource::Default,
                build_args: [].into(),
                target: None,
            },
            project,
            id: SessionId::random().unwrap(),
            command: vec!["opencode".to_owned(), "run".to_owned()],
            image: "ocx-team:1.18.33".parse().unwrap(),
            home: MountSource::AnonymousVolume,
            passwd: file("passwd"),
            group: file("group"),
            sandbox,
        }
    }

    pub(super) fn container(&self) -> ContainerFacts<'_> {
        ContainerFacts {
            host: &self.sandbox.host,
            project: &self.project,
            settings: &self.settings,
            engine: &self.engine,
            user: UserMapping::Direct {
                uid: 1501,
                gid: 1502,
            },
            image: &self.image,
            base: &self.base,
            home: &self.home,
            passwd: &self.passwd,
            group: &self.group,
        }
    }

    pub(super) fn session(&self) -> SessionFacts<'_> {
        SessionFacts {
            container: self.container(),
            session: &self.id,
            network: self.settings.network.of_container(),
            base_plan: &self.base_plan,
            name: "ocx-app-1a2b".parse().unwrap(),
            command: &self.command,
            streams: Streams::INHERITED,
        }
    }

    /// Sets a variable of the host.
    pub(super) fn host_has(&mut self, name: &str, value: &str) {
        let environment = &mut self.sandbox.host.environment;
        environment.insert(name.to_owned(), value.to_owned());
    }
}
