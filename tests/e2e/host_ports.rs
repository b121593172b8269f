//! Ports of the host's own 127.0.0.1 in sessions.

use std::net::TcpListener;

use ocx_tests::{
    engine::{Engine, HostNetwork},
    on_each_engine, on_engines,
    stub_model::{DEFAULT_CONTENT, Options, StubModel},
};

use crate::{
    bridge::{inside, secret_server},
    session_setup::Project,
};

on_each_engine!(
    a_model_that_listens_on_the_hosts_loopback_only,
    no_other_port_of_the_host_is_reached,
);
on_engines!(
    [podman],
    because "on Docker every user may listen on all ports",
    a_port_that_cannot_be_had_inside_is_told_with_its_setting
);

/// Networks in which the container's loopback is not the host's.
const NETWORKS: [&str; 3] = ["bridge", "none", "filtered"];

fn with_network(project: &mut Project, network: &str, ports: &str) {
    for (name, value) in [
        ("OCX_NETWORK", network),
        ("OCX_NETWORK_ALLOW", "[]"),
        ("OCX_HOST_PORTS", ports),
    ] {
        project.sandbox.set_env(name, value);
    }
}

fn a_model_that_listens_on_the_hosts_loopback_only(engine: &Engine) {
    for network in NETWORKS {
        let mut project = Project::new(engine);
        let options = Options {
            // The bridge is in ocx's own network, whatever the engine's is.
            network: HostNetwork::OfMachine,
            ..Options::default()
        };
        let model = StubModel::with(options);
        let url = model.base_url();
        let port = url.split([':', '/']).nth(4).unwrap();
        with_network(&mut project, network, port);
        project.use_model(&url);
        let run = project.opencode(&["run", "write hello.txt"]).run();
        run.success().done();
        assert_eq!(project.sandbox.read("hello.txt"), DEFAULT_CONTENT);
        assert!(!model.requests().is_empty(), "{network}");
        project.assert_no_containers();
    }
}

fn no_other_port_of_the_host_is_reached(engine: &Engine) {
    let listed = secret_server("127.0.0.1:0");
    let other = secret_server("127.0.0.1:0");
    let elsewhere = secret_server(&format!("127.0.0.2:{listed}"));
    // Nobody has it on 127.0.0.1.
    let held = TcpListener::bind("127.0.0.3:0").unwrap();
    let silent = held.local_addr().unwrap().port();
    for network in NETWORKS {
        let mut project = Project::new(engine);
        with_network(&mut project, network, &format!("[{silent}, {listed}]"));
        let script = format!(
            r#"
            try() {{ echo "$1: $( (ask "$2" "$3") 2>&1 | tr -d '\r' | tail -1)"; }}
            ask() {{ exec 3<>"/dev/tcp/$1/$2" && printf 'GET / HTTP/1.0\r\n\r\n' >&3 && cat <&3; }}
            try listed 127.0.0.1 {listed}
            try name localhost {listed}
            try other 127.0.0.1 {other}
            try elsewhere 127.0.0.2 {elsewhere}
            try silent 127.0.0.1 {silent}
            echo "door: $(ls /ocx/bridge | tr '\n' ' ')"
            "#
        );
        let output = inside(&project, &script).success();
        let found = |name: &str| {
            let line = output.stdout().lines();
            let mut line = line.filter_map(|line| line.strip_prefix(&format!("{name}: ")));
            let found = line.next();
            found
                .unwrap_or_else(|| panic!("{network} {name}: {output}"))
                .to_owned()
        };
        for name in ["listed", "name"] {
            assert_eq!(found(name), "secret", "{network} {name}: {output}");
        }
        for name in ["other", "elsewhere"] {
            let refused = found(name).contains("refused");
            assert!(refused, "{network} {name}: {output}");
        }
        assert!(!found("silent").contains("secret"), "{network}: {output}");
        let scripts = "connect.js entry.js ";
        assert_eq!(found("door"), scripts, "{network}: {output}");
        let told = format!("does not answer on the host: `127.0.0.1:{silent}`");
        assert!(output.stderr().contains(&told), "{network}: {output}");
        project.assert_no_containers();
    }
}

fn a_port_that_cannot_be_had_inside_is_told_with_its_setting(engine: &Engine) {
    let mut project = Project::new(engine);
    with_network(&mut project, "none", "80");
    let output = inside(&project, "echo began").exits(1);
    let told = "cannot have 127.0.0.1:80, which the setting `host_ports` asks for";
    assert!(output.stderr().contains(told), "{output}");
    assert!(!output.stdout().contains("began"), "{output}");
    project.assert_no_containers();
}
