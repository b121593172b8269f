//! Trying opencode out in a new image, under the conditions of a session.

use std::time::Duration;

use camino::Utf8PathBuf;

use super::{Ocx, OcxError};
use crate::{
    base::BaseProbe,
    identity::{Account, group_file, passwd_file},
    image::{ImageReference, OpencodeVersion},
    layout,
    plan::{
        Access, Capabilities, EnvValue, Groups, Init, Lifetime, Limits, Mount, MountSource,
        Network, Output, RootFilesystem, RunSpec, SelinuxLabel, Terminal, UserMapping,
    },
    runtime::{EngineInfo, RuntimeError},
    session::ContentStore,
};

/// `opencode --version` takes 2 s on a slow machine; one that takes a minute hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// The exit code of a program that was ended by SIGSEGV.
const SEGMENTATION_FAULT: u8 = 139;

impl Ocx<'_> {
    /// Runs `opencode --version` in `image` and returns what it said if that is not `version`.
    pub(super) async fn verify(
        &self,
        image: &ImageReference,
        version: Option<&OpencodeVersion>,
        probe: &BaseProbe,
        user: UserMapping,
        engine: &EngineInfo,
    ) -> Result<Option<String>, OcxError> {
        let spec = self.verification(image, probe, user, engine)?;
        // A build takes seconds anyway, and what is remembered may be out of date. The network is the
        // one that sessions have unless the settings say otherwise.
        self.forget_confinement();
        let session = RunSpec {
            network: Network::Default,
            ..spec.clone()
        };
        self.ensure_confined(&session, engine).await?;
        let outcome = match tokio::time::timeout(PATIENCE, self.runtime.run(&spec)).await {
            Err(_) => return Ok(Some(format!("no answer within {} s", PATIENCE.as_secs()))),
            Ok(Err(RuntimeError::StartFailed { source, .. })) => {
                return Ok(Some(source.to_string()));
            }
            Ok(outcome) => outcome?,
        };
        let stdout = String::from_utf8_lossy(&outcome.stdout);
        let expected = version.is_none_or(|version| stdout.trim() == version.to_string());
        if outcome.exit.success() && expected {
            return Ok(None);
        }
        let stderr = String::from_utf8_lossy(&outcome.stderr);
        let said = format!("{stdout}{stderr}");
        let code = outcome.exit.code();
        Ok(Some(match (code, said.trim_end()) {
            (SEGMENTATION_FAULT, "") => format!("exit code {code}, a crash without a message"),
            (_, "") => format!("exit code {code} without a message"),
            (_, said) => format!("exit code {code}: {said}"),
        }))
    }

    fn verification(
        &self,
        image: &ImageReference,
        probe: &BaseProbe,
        user: UserMapping,
        engine: &EngineInfo,
    ) -> Result<RunSpec, OcxError> {
        let (passwd, group) = self.account_files(probe, user)?;
        let tmp = Mount {
            source: MountSource::Tmpfs { size: None },
            target: "/tmp".into(),
            access: Access::ReadWrite,
        };
        let home = Mount {
            source: MountSource::AnonymousVolume,
            target: layout::HOME.into(),
            access: Access::ReadWrite,
        };
        Ok(RunSpec {
            image: image.clone(),
            name: None,
            command: ["opencode", "--version"].map(str::to_owned).to_vec(),
            working_directory: layout::HOME.into(),
            mounts: vec![
                home,
                Mount::bind(passwd, "/etc/passwd", Access::ReadOnly),
                Mount::bind(group, "/etc/group", Access::ReadOnly),
                tmp,
            ],
            environment: [(
                "HOME".parse().expect("a name"),
                EnvValue::Plain(layout::HOME.to_owned()),
            )]
            .into(),
            labels: [].into(),
            user,
            groups: Groups::None,
            network: Network::None,
            ports: vec![],
            host_alias: None,
            limits: Limits::default(),
            capabilities: Capabilities::None,
            root_filesystem: RootFilesystem::ReadOnly,
            selinux: if engine.selinux {
                SelinuxLabel::Disabled
            } else {
                SelinuxLabel::EngineDefault
            },
            terminal: Terminal::Piped,
            init: if engine.init {
                Init::Engine
            } else {
                Init::Program
            },
            output: Output::Capture,
            lifetime: Lifetime::RemoveOnExit,
            id_file: None,
        })
    }

    /// The generated `/etc/passwd` and `/etc/group`, on disk.
    pub(super) fn account_files(
        &self,
        probe: &BaseProbe,
        user: UserMapping,
    ) -> Result<(Utf8PathBuf, Utf8PathBuf), OcxError> {
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
