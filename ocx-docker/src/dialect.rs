//! How Docker's command line differs.

use std::collections::BTreeMap;

use ocx_core::{
    confinement::{Applied, Excess},
    engine::{Captured, Dialect, Health, InfoError, ParseError, Presence, Thing, label_filters},
    image::ImageReference,
    runtime::{
        BuildObstacle, ContainerFilter, ContainerId, ContainerInfo, ContainerUsage, EngineInfo,
        EngineName, ImageInfo,
    },
    spec::{BasePull, BuildSpec, Gpus, Init, UserMapping},
};

use crate::{Endpoint, applied, info, network, records, standing, usage};

/// Asks for the versions of client and engine.
const VERSION: [&str; 3] = ["version", "--format", "{{json .}}"];

/// Asks for the address of the engine. The store of contexts is the client's own business.
const CONTEXT: [&str; 4] = [
    "context",
    "inspect",
    "--format",
    "{{.Endpoints.docker.Host}}",
];

/// Docker's way of saying things.
///
/// # Examples
///
/// ```
/// use ocx_core::{engine::run_invocation, spec::{RunSpec, UserMapping}};
/// use ocx_docker::{Docker, Endpoint};
///
/// let endpoint = Endpoint::find(&[].into(), "/home/jane".into());
/// let docker = Docker::new(&endpoint, "desk");
/// let user = UserMapping::Direct { uid: 1000, gid: 1000 };
/// let spec = RunSpec::new("debian".parse()?, vec!["true".to_owned()], user);
/// let run = run_invocation(&docker, "docker".into(), &spec).to_string();
/// assert!(run.contains("--user 1000:1000"), "{run}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Docker {
    /// The builder that is part of the engine the context names. Others, such as a builder in a
    /// container, do not see the engine's images.
    builder: String,
    /// The address of the engine, if it can be told without asking the client.
    address: Option<String>,
    /// The name of this machine.
    machine: String,
    /// Whether the user's variables ask for BuildKit.
    buildkit: bool,
}

impl Docker {
    /// For the engine at `endpoint`, asked from the machine called `machine`.
    #[must_use]
    pub fn new(endpoint: &Endpoint, machine: &str) -> Self {
        // <https://docs.docker.com/build/builders/>: each context has a builder of its own name.
        Self {
            builder: endpoint.context.clone(),
            address: endpoint.address(),
            machine: machine.to_owned(),
            buildkit: endpoint.buildkit,
        }
    }
}

impl Dialect for Docker {
    fn name(&self) -> EngineName {
        crate::NAME
    }

    fn info_questions(&self) -> Vec<Vec<&'static str>> {
        let mut questions = vec![VERSION.to_vec(), vec!["info", "--format", "{{json .}}"]];
        if self.address.is_none() {
            questions.push(CONTEXT.to_vec());
        }
        questions
    }

    fn parse_info(&self, answers: &[Vec<u8>]) -> Result<EngineInfo, InfoError> {
        let asked = answers
            .get(2)
            .map(|answer| String::from_utf8_lossy(answer).trim().to_owned());
        let address = self.address.clone().or(asked).unwrap_or_default();
        info::parse(answers, &address, &self.machine)
    }

    fn user_flags(&self, user: UserMapping) -> Vec<String> {
        // Docker has no `--userns=keep-id`; its own remapping is refused before it comes to this.
        let (uid, gid) = user.ids_inside();
        vec!["--user".to_owned(), format!("{uid}:{gid}")]
    }

    fn isolation_flags(&self) -> Vec<String> {
        // `default-ipc-mode` and `default-cgroupns-mode` of the daemon; on cgroup v1 the latter is
        // `host` by itself (20.10.24). What a session prints would lie in a log on the daemon's disk,
        // or go where its `log-driver` sends it.
        [
            "--ipc",
            "private",
            "--cgroupns",
            "private",
            "--log-driver",
            "none",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    fn no_process_limit_flags(&self, _user: UserMapping) -> Vec<String> {
        // Docker sets none by itself.
        Vec::new()
    }

    fn tmpfs_options(&self, size: Option<u64>, user: UserMapping) -> String {
        // Docker mounts with `noexec` unless told otherwise, on which opencode's terminal interface
        // fails: it loads a library from there. And runc gives the mounted directory the mode of the
        // one beneath it (1.1.5), so it has to belong to the user: a project's directory and `/run`
        // have 0755, and so has a `/tmp` that Docker makes on its way to a working directory.
        let size = size.map(|size| format!(",size={size}")).unwrap_or_default();
        let (uid, gid) = user.ids_inside();
        format!("rw,exec,nosuid,nodev,mode=1777,uid={uid},gid={gid}{size}")
    }

    fn add_host(&self, alias: &str) -> Option<String> {
        Some(format!("{alias}:host-gateway"))
    }

    fn gpu_flags(&self, gpus: &Gpus) -> Vec<String> {
        // The value is a record of CSV, in which a list has to be quoted.
        // <https://docs.docker.com/reference/cli/docker/container/run/#gpus>
        let value = match gpus {
            Gpus::All => "all".to_owned(),
            Gpus::Count(count) => count.to_string(),
            Gpus::Ids(ids) => format!("\"device={}\"", ids.join(",")),
        };
        vec!["--gpus".to_owned(), value]
    }

    fn volume_labels(&self, labels: &BTreeMap<String, String>) -> Vec<Vec<String>> {
        let plain = labels.iter().map(|(name, value)| format!("{name}={value}"));
        vec![plain.collect()]
    }

    fn network_flags(&self) -> Option<Vec<String>> {
        // The default bridge lets containers reach each other unless the daemon's `icc` is off.
        // <https://docs.docker.com/engine/network/drivers/bridge/#options>
        let flags = [
            "--driver",
            "bridge",
            "--opt",
            "com.docker.network.bridge.enable_icc=false",
        ];
        Some(flags.map(str::to_owned).to_vec())
    }

    fn keeps_apart(&self, stdout: &[u8]) -> Result<bool, ParseError> {
        network::keeps_apart(stdout)
    }

    fn build_flags(&self, spec: &BuildSpec) -> Vec<String> {
        // The legacy builder leaves the container of a step that failed (20.10.24); BuildKit takes the
        // flag and has no such containers (buildx 0.13, 0.29).
        let mut flags = vec!["--force-rm".to_owned()];
        if spec.base_pull == BasePull::Always {
            flags.push("--pull".to_owned());
        }
        flags
    }

    fn build_code_of_a_missing_image(&self) -> Option<i32> {
        // The daemon holds on to what a build looks at.
        None
    }

    fn builder_question(&self) -> Option<(Vec<&'static str>, BuildObstacle)> {
        let missing = BuildObstacle::NoBuilder {
            plugin: "buildx",
            variable: "DOCKER_BUILDKIT",
        };
        self.buildkit.then(|| (vec!["buildx", "version"], missing))
    }

    fn storage_question(&self) -> Vec<&'static str> {
        vec!["info", "--format", "{{json .DockerRootDir}}"]
    }

    fn build_environment(&self) -> BTreeMap<String, String> {
        BTreeMap::from(
            [
                ("BUILDX_BUILDER", self.builder.as_str()),
                // A record of how an image was made has the time in it: on the containerd image store
                // each build that changes nothing then makes another image (28.5.2). Tried with
                // buildx 0.13 and 0.29; the legacy builder takes no notice.
                ("BUILDX_NO_DEFAULT_ATTESTATIONS", "1"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        )
    }

    fn copy_flags(&self) -> &'static [&'static str] {
        &["--follow-link"]
    }

    fn local_name(&self, image: &ImageReference) -> String {
        image.to_string()
    }

    fn presence_question(&self, thing: Thing<'_>) -> Vec<String> {
        standing::presence_question(thing)
    }

    fn read_presence(&self, thing: Thing<'_>, answer: &Captured) -> Option<Presence> {
        standing::read_presence(thing, answer)
    }

    fn health_questions(&self) -> Vec<Vec<&'static str>> {
        let mut questions = vec![VERSION.to_vec()];
        if self.address.is_none() {
            questions.push(CONTEXT.to_vec());
        }
        questions
    }

    fn read_health(&self, answers: &[Captured]) -> Health {
        standing::read_health(answers, self.address.as_deref())
    }

    fn parse_images(&self, stdout: &[u8]) -> Result<Vec<ImageInfo>, ParseError> {
        records::parse_images(stdout)
    }

    fn list_containers(&self, filter: &ContainerFilter) -> Vec<String> {
        let mut args = ["ps", "--no-trunc", "--format", "{{json .}}"]
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
            "--no-trunc",
            "--format",
            "{{json .}}",
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
        applied::parse(stdout)
    }

    fn configuration_behind(&self, excess: &Excess) -> Vec<String> {
        applied::configuration_behind(excess)
    }

    fn unstarted_codes(&self, init: Init) -> &'static [i32] {
        match init {
            // tini ends with 126 and 127 as a shell does. A program for other processors it hands to
            // the shell, which takes it for a script and ends with 2 or 127.
            Init::Engine => &[2],
            // runc looks before it makes the container, and ends with 126 or 127; what it finds out
            // later, such as a missing interpreter, ends with 1 (20.10, 26.1) or 255 (28.5).
            Init::Program => &[1, 255],
        }
    }
}
