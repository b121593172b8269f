//! What the engine's own configuration changes about a session.

use std::time::Duration;

use camino::Utf8PathBuf;
use ocx_tests::{bases, engine::Engine, on_engines, output::Output, sandbox::Sandbox};
use rustix::process::Signal;
use toml::{Table, Value};

use crate::session_setup::{END, Project};

on_engines!(
    [podman],
    because "only Podman has a `containers.conf`",
    a_configuration_that_loosens_containers_changes_nothing
);
on_engines!(
    [podman],
    because "only Podman has a `containers.conf`",
    what_no_flag_sets_back_is_refused_with_its_file
);
on_engines!(
    [podman],
    because "only Podman has a `containers.conf`",
    a_session_notices_a_configuration_that_changed
);
on_engines!(
    [podman],
    because "only Podman has a `containers.conf`",
    the_hosts_network_is_refused_unless_it_was_asked_for
);
on_engines!(
    [podman],
    because "only Podman has a `containers.conf`",
    a_configuration_that_keeps_no_records_is_no_obstacle
);
on_engines!(
    [podman],
    because "only Podman has a `containers.conf`; Docker's is in `docker_daemons`",
    an_init_process_that_is_not_there_is_done_without
);
on_engines!(
    [docker, docker_rootless],
    because "only Docker's client has a `config.json`",
    the_clients_configuration_is_no_obstacle
);

/// A project on a Podman whose configuration is the test's.
struct Configured {
    project: Project,
    usual: Table,
}

impl Configured {
    fn new(engine: &Engine) -> Self {
        let mut project = Project::new(engine);
        project.use_stand_in();
        let usual = project.sandbox.environment().get("CONTAINERS_CONF");
        let usual = usual.map_or_else(
            || project.sandbox.config().join("containers/containers.conf"),
            Utf8PathBuf::from,
        );
        let usual = std::fs::read_to_string(usual).unwrap_or_default();
        Self {
            project,
            usual: usual.parse().expect("the configuration is TOML"),
        }
    }

    /// Gives Podman the configuration that it has in all tests, with `more` added to it.
    fn configure(&mut self, more: &str) -> Utf8PathBuf {
        let mut tables = self.usual.clone();
        for (name, added) in more.parse::<Table>().expect("it is TOML") {
            let table = tables
                .entry(name)
                .or_insert_with(|| Value::Table(Table::new()));
            let added = added.as_table().expect("it is a table").clone();
            let table = table.as_table_mut().expect("they are tables");
            table.extend(added);
        }
        let sandbox = &mut self.project.sandbox;
        let file = sandbox.config().join("of-the-test.conf");
        sandbox.write(&file, tables.to_string());
        sandbox.set_env("CONTAINERS_CONF", file.as_str());
        file
    }

    /// A session of a shell script on what is there, or what is built for it.
    fn session(&self, script: &str) -> Output {
        let args = ["opencode", "exec", "sh", "-c", script];
        self.project.sandbox.ocx(args).run()
    }
}

/// Shows what the sandbox consists of: namespaces, what the kernel lets programs do, variables.
const LOOK: &str = "for name in cgroup ipc pid uts; do readlink /proc/self/ns/$name; done; \
                    grep -hE '^(CapBnd|NoNewPrivs|Seccomp):' /proc/self/status; env";

/// Fails if what was shown is not a session's.
#[track_caller]
fn assert_confined(shown: &str) {
    for name in ["cgroup", "ipc", "pid", "uts"] {
        let own = std::fs::read_link(format!("/proc/self/ns/{name}")).unwrap();
        let own = own.to_str().unwrap();
        assert!(!shown.contains(own), "{name} is the host's:\n{shown}");
    }
    for line in ["CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"] {
        assert!(shown.contains(line), "no {line:?}:\n{shown}");
    }
    assert!(!shown.contains("hunter2"), "{shown}");
}

fn a_configuration_that_loosens_containers_changes_nothing(engine: &Engine) {
    let mut configured = Configured::new(engine);
    configured.configure(
        r#"[containers]
           privileged = true
           pidns = "host"
           ipcns = "host"
           utsns = "host"
           cgroupns = "host"
           userns = "host"
           env_host = true
           default_capabilities = ["CAP_SYS_ADMIN", "CAP_NET_ADMIN"]
           log_driver = "passthrough"
        "#,
    );
    let project = &mut configured.project;
    project.sandbox.set_env("OF_THE_CALLER", "hunter2");
    project
        .sandbox
        .set_env("FTP_PROXY", "http://me:hunter2@proxy");
    let output = project.inside(LOOK).success();
    assert_confined(output.stdout());
    let session = project.waiting();
    let args = ["exec", "sh", "-c", LOOK];
    let entered = project.sandbox.ocx(args).run().success();
    assert_confined(entered.stdout());
    session.signal(Signal::TERM);
    session.wait(END).exits(143).done();
}

fn what_no_flag_sets_back_is_refused_with_its_file(engine: &Engine) {
    for (lines, found, key) in [
        (
            "volumes = [\"/usr:/host-usr:ro\"]",
            "`/usr` at `/host-usr`, read-only",
            "volumes",
        ),
        (
            "devices = [\"/dev/null:/dev/more\"]",
            "the device `/dev/null`",
            "devices",
        ),
        (
            "annotations = [\"run.oci.keep_original_groups=1\"]",
            "your supplementary groups",
            "annotations",
        ),
    ] {
        let mut configured = Configured::new(engine);
        let file = configured.configure(&format!("[containers]\n{lines}\n"));
        let refused = configured
            .session("echo it ran")
            .exits(78)
            .says(&format!(
                "podman gives its containers more than a session may have: {found}"
            ))
            .says(&format!("take it out there: `{key}` in {file}"));
        assert_eq!(refused.stdout(), "");
        configured.project.assert_no_containers();
    }
}

fn a_session_notices_a_configuration_that_changed(engine: &Engine) {
    let mut configured = Configured::new(engine);
    configured.configure("");
    configured.project.inside("true").success().done();
    configured.configure("[containers]\nvolumes = [\"/usr:/host-usr:ro\"]\n");
    configured
        .session("true")
        .exits(78)
        .says("`/usr` at `/host-usr`")
        .done();
    configured.configure("");
    configured.session("true").success().done();
}

fn the_hosts_network_is_refused_unless_it_was_asked_for(engine: &Engine) {
    let mut configured = Configured::new(engine);
    configured.project.ensure_image();
    configured.configure("[containers]\nnetns = \"host\"\n");
    let own = std::fs::read_link("/proc/self/ns/net").unwrap();
    let mut session = |network: &str| {
        configured.project.sandbox.set_env("OCX_NETWORK", network);
        configured.session("readlink /proc/self/ns/net")
    };
    session("default")
        .exits(78)
        .says("the host's own network")
        .done();
    for (network, shared) in [("private", false), ("none", false), ("host", true)] {
        let output = session(network).success();
        let found = output.stdout().trim();
        assert_eq!(found == own.to_str().unwrap(), shared, "{network}");
    }
    // In a bridge sessions would reach each other.
    configured.configure("[containers]\nnetns = \"bridge\"\n");
    configured.project.sandbox.set_env("OCX_NETWORK", "default");
    configured
        .session("true")
        .exits(78)
        .says("a network in which they reach each other")
        .says("`netns` in ")
        .done();
}

fn a_configuration_that_keeps_no_records_is_no_obstacle(engine: &Engine) {
    let mut configured = Configured::new(engine);
    configured.configure(
        "[containers]\nlog_driver = \"none\"\nno_hosts = true\nread_only = true\n\
         shm_size = \"1m\"\ntz = \"Asia/Tokyo\"\numask = \"0027\"\n\
         [engine]\nevents_logger = \"none\"\ndetach_keys = \"ctrl-c\"\n",
    );
    let project = &configured.project;
    for code in [0, 42, 125] {
        let exit = format!("exit {code}");
        project.inside(&exit).exits(code).done();
    }
    let output = project.inside("echo x > made; umask").success();
    assert_eq!(output.stdout(), "0027\n");
    assert_eq!(project.sandbox.read("made"), "x\n");
}

fn an_init_process_that_is_not_there_is_done_without(engine: &Engine) {
    let mut configured = Configured::new(engine);
    configured.project.ensure_image();
    // What ocx finds is another one than what Podman goes by.
    configured.configure("[containers]\ninit_path = \"/none/catatonit\"\n");
    configured
        .session("exit 42")
        .exits(42)
        .says("starts no container with its init process")
        .done();
    // It is found out once.
    configured
        .session("exit 127")
        .exits(127)
        .never_says("starts no container")
        .done();
    configured.project.assert_no_containers();
}

fn the_clients_configuration_is_no_obstacle(engine: &Engine) {
    let sandbox = Sandbox::new();
    sandbox.write(
        "docker/Dockerfile",
        format!("FROM {}\nRUN true\n", bases::debian(engine)),
    );
    sandbox.write(
        "ocx.toml",
        format!(
            "custom_base_image = \"{}-team\"\ncustom_base_dockerfile = \"docker/Dockerfile\"\n",
            sandbox.name()
        ),
    );
    let mut project = Project::bare(sandbox, engine);
    project.use_stand_in();
    let sandbox = &project.sandbox;
    sandbox.write(
        sandbox.home().join(".docker/config.json"),
        r#"{
            "proxies": {"default": {"httpProxy": "http://me:hunter2@proxy:3128"}},
            "detachKeys": "ctrl-c",
            "psFormat": "table {{.Names}}",
            "imagesFormat": "{{.ID}}",
            "HttpHeaders": {"X-Meta": "a value"},
            "credsStore": "not-installed"
        }"#,
    );
    sandbox.ocx(["build"]).run().success().done();
    let session = |proxy: &str| {
        let args = ["opencode", "exec", "sh", "-c", "echo $HTTP_PROXY"];
        let invocation = sandbox.ocx(args);
        let output = match proxy {
            "" => invocation.run(),
            proxy => invocation.env("HTTP_PROXY", proxy).run(),
        };
        output.success().stdout().to_owned()
    };
    // The user has it for all containers: without it none might reach the network.
    assert_eq!(session(""), "http://me:hunter2@proxy:3128\n");
    // The caller's own is nearer.
    assert_eq!(session("http://other:3128"), "http://other:3128\n");
    let running = project.waiting();
    // Docker lists a container a moment after its program has begun.
    let listed = (0..50).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        let output = sandbox.ocx(["ps"]).run().success();
        output.stdout().lines().count() == 2
    });
    assert!(listed);
    running.signal(Signal::TERM);
    running.wait(END).exits(143).done();
}
