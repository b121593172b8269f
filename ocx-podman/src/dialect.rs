//! How Podman's command line differs.

use std::collections::BTreeMap;

use ocx_core::{
    confinement::{Applied, Excess},
    engine::{
        Captured, Dialect, Health, InfoError, ParseError, Presence, Thing, csv_record,
        label_filters,
    },
    image::ImageReference,
    runtime::{
        BuildObstacle, ContainerFilter, ContainerId, ContainerInfo, ContainerUsage, EngineInfo,
        EngineName, ImageInfo,
    },
    spec::{BasePull, BuildCache, BuildSpec, Gpus, Init, UserMapping},
};

use crate::{Installation, applied, info, records, standing, usage};

/// Podman's way of saying things.
///
/// # Examples
///
/// ```
/// use ocx_core::{engine::run_invocation, spec::{RunSpec, UserMapping}};
/// use ocx_podman::Podman;
///
/// let user = UserMapping::KeepId { uid: 1000, gid: 1000 };
/// let spec = RunSpec::new("debian".parse()?, vec!["true".to_owned()], user);
/// let run = run_invocation(&Podman::default(), "podman".into(), &spec).to_string();
/// assert!(run.contains("--userns keep-id"), "{run}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Podman {
    installation: Installation,
}

impl Podman {
    /// For the Podman that is installed like this.
    #[must_use]
    pub fn new(installation: Installation) -> Self {
        Self { installation }
    }
}

impl Dialect for Podman {
    fn name(&self) -> EngineName {
        crate::NAME
    }

    fn info_questions(&self) -> Vec<Vec<&'static str>> {
        vec![vec!["info", "--format", "json"]]
    }

    fn parse_info(&self, answers: &[Vec<u8>]) -> Result<EngineInfo, InfoError> {
        info::parse(answers, &self.installation)
    }

    fn user_flags(&self, user: UserMapping) -> Vec<String> {
        let (uid, gid) = user.ids_inside();
        // `containers.conf` and `PODMAN_USERNS` may choose another user namespace, so it is always
        // said. `keep-id` is not enough alone: the image's `USER` wins over it (tried with 4.3.1).
        // A rootful engine refuses it, and an ID there is the host's own.
        let namespace = match user {
            UserMapping::KeepId { .. } => "keep-id",
            UserMapping::Direct { .. } | UserMapping::ContainerRootIsHost => "host",
        };
        ["--userns", namespace, "--user", &format!("{uid}:{gid}")]
            .map(str::to_owned)
            .to_vec()
    }

    fn isolation_flags(&self) -> Vec<String> {
        // `containers.conf` can choose the host's namespaces, pass the caller's variables on, and log
        // what a session prints (all tried with 4.3.1, 5.4.2 and 5.8.6). ocx passes proxies itself.
        [
            "--pid",
            "private",
            "--ipc",
            "private",
            "--uts",
            "private",
            "--cgroupns",
            "private",
            "--env-host=false",
            "--http-proxy=false",
            "--log-driver",
            "none",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    fn no_process_limit_flags(&self, user: UserMapping) -> Vec<String> {
        // Podman sets a limit of 2048 by itself. A rootless engine leaves it out where the controller
        // is missing and complains of a limit that is given; a rootful one starts nothing then
        // (5.4.2 and 5.8.6 with crun; `-1` does not help there, `0` does).
        match user {
            UserMapping::Direct { .. } => ["--pids-limit", "0"].map(str::to_owned).to_vec(),
            UserMapping::KeepId { .. } | UserMapping::ContainerRootIsHost => Vec::new(),
        }
    }

    fn tmpfs_options(&self, size: Option<u64>, _user: UserMapping) -> String {
        // Podman copies into a tmpfs what lies beneath it, unless told otherwise with a word that
        // Docker refuses: <https://github.com/containers/podman/issues/28684>. `U` gives it to the
        // container's user: runc gives it the mode of the directory beneath it (1.1.5).
        let size = size.map(|size| format!(",size={size}")).unwrap_or_default();
        format!("rw,exec,nosuid,nodev,mode=1777,notmpcopyup,U{size}")
    }

    fn add_host(&self, _alias: &str) -> Option<String> {
        // `host.containers.internal` is always there; `host-gateway` needs Podman 4.7.
        None
    }

    fn gpu_flags(&self, gpus: &Gpus) -> Vec<String> {
        // By the names in the CDI specification that `nvidia-ctk cdi generate` writes. There is none for
        // "so many".
        let names: Vec<String> = match gpus {
            Gpus::All => vec!["all".to_owned()],
            Gpus::Count(count) => (0..*count).map(|index| index.to_string()).collect(),
            Gpus::Ids(ids) => ids.clone(),
        };
        names
            .into_iter()
            .flat_map(|name| ["--device".to_owned(), format!("nvidia.com/gpu={name}")])
            .collect()
    }

    fn volume_labels(&self, labels: &BTreeMap<String, String>) -> Vec<Vec<String>> {
        let plain: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        // Unlike that of `run`, this flag was read as CSV, so that a comma began another label
        // (4.3.1); by now it is read as it is (5.8.6).
        let quoted: Vec<String> = plain
            .iter()
            .map(|label| csv_record(std::slice::from_ref(label)))
            .collect();
        if quoted == plain {
            vec![plain]
        } else {
            vec![plain, quoted]
        }
    }

    fn network_flags(&self) -> Option<Vec<String>> {
        // Each container of a rootless engine has a network namespace of its own, which slirp4netns or
        // pasta connect to the outside only. Root's own share a bridge, and there is no option that
        // keeps those of one bridge apart (netavark 1.4 to 1.17).
        None
    }

    fn keeps_apart(&self, _stdout: &[u8]) -> Result<bool, ParseError> {
        Ok(false)
    }

    fn build_flags(&self, spec: &BuildSpec) -> Vec<String> {
        let mut flags = Vec::new();
        if spec.cache == BuildCache::NotWorthKeeping {
            // One layer instead of one for each line; what it is built on is in local storage.
            flags.extend(["--layers=false".to_owned(), "--pull=never".to_owned()]);
        } else {
            // Without a value it means `always` in 4.3 and `missing` in 5.4.
            flags.push(match spec.base_pull {
                BasePull::Always => "--pull=always".to_owned(),
                BasePull::IfMissing => "--pull=missing".to_owned(),
            });
        }
        flags
    }

    fn build_code_of_a_missing_image(&self) -> Option<i32> {
        // Podman's own failures; a failed `RUN` ends with the code of its program (5.4.2, 5.8.6).
        Some(125)
    }

    fn builder_question(&self) -> Option<(Vec<&'static str>, BuildObstacle)> {
        // Its builder is a part of itself.
        None
    }

    fn storage_question(&self) -> Vec<&'static str> {
        vec!["info", "--format", "{{json .Store.GraphRoot}}"]
    }

    fn build_environment(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    fn copy_flags(&self) -> &'static [&'static str] {
        &[]
    }

    fn local_name(&self, image: &ImageReference) -> String {
        image.to_string()
    }

    fn presence_question(&self, thing: Thing<'_>) -> Vec<String> {
        standing::presence_question(thing)
    }

    fn read_presence(&self, _thing: Thing<'_>, answer: &Captured) -> Option<Presence> {
        standing::read_presence(answer)
    }

    fn health_questions(&self) -> Vec<Vec<&'static str>> {
        self.info_questions()
    }

    fn read_health(&self, answers: &[Captured]) -> Health {
        standing::read_health(answers)
    }

    fn parse_images(&self, stdout: &[u8]) -> Result<Vec<ImageInfo>, ParseError> {
        records::parse_images(stdout)
    }

    fn list_containers(&self, filter: &ContainerFilter) -> Vec<String> {
        let mut args = ["ps", "--no-trunc", "--format", "json"]
            .map(str::to_owned)
            .to_vec();
        args.extend(label_filters(filter));
        args
    }

    fn parse_containers(&self, stdout: &[u8]) -> Result<Vec<ContainerInfo>, ParseError> {
        records::parse_containers(stdout)
    }

    fn measure_containers(&self, containers: &[ContainerId]) -> Vec<String> {
        let mut args = [
            "stats",
            "--no-stream",
            "--no-reset",
            "--no-trunc",
            "--format",
            usage::FORMAT,
        ]
        .map(str::to_owned)
        .to_vec();
        args.extend(containers.iter().map(|container| container.0.clone()));
        args
    }

    fn parse_usage(&self, stdout: &[u8]) -> Result<Vec<ContainerUsage>, ParseError> {
        usage::parse(stdout)
    }

    fn parse_applied(&self, stdout: &[u8]) -> Result<Applied, ParseError> {
        applied::parse(stdout, &self.installation.configuration)
    }

    fn configuration_behind(&self, excess: &Excess) -> Vec<String> {
        applied::configuration_behind(excess, &self.installation.configuration)
    }

    fn unstarted_codes(&self, init: Init) -> &'static [i32] {
        // catatonit ends with 1 whatever the reason, and hands a program for other processors to the
        // shell, which takes it for a script and ends with 2 or 127. Without it runc and crun do for what they find
        // out only when the container runs, such as a missing interpreter (4.3 to 5.8).
        match init {
            Init::Engine => &[1, 2],
            Init::Program => &[1],
        }
    }
}
