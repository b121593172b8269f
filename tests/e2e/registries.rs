//! The clients of package registries in a filtered session, each with the real registry.

use std::{
    fs,
    net::{SocketAddr, ToSocketAddrs as _},
    process::Command,
    time::Duration,
};

use camino::Utf8PathBuf;
use ocx_tests::{bases, engine::Engine, on_each_engine};

use crate::session_setup::Project;

on_each_engine!(packages_come_from_allowed_registries_only);

/// How long the clients may take, npm above all.
const PATIENCE: Duration = Duration::from_secs(180);

/// Rust's own Cargo, which runs on any glibc: Debian's is older than the registry's protocol.
fn cargo() -> Utf8PathBuf {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output();
    let sysroot = String::from_utf8(output.unwrap().stdout).unwrap();
    Utf8PathBuf::from(sysroot.trim()).join("bin/cargo")
}

/// Rules about the addresses of hosts.
fn addresses(hosts: &[&str]) -> Vec<String> {
    let resolved = hosts.iter().flat_map(|host| (*host, 443).to_socket_addrs());
    let mut rules: Vec<String> = resolved
        .flatten()
        .filter(SocketAddr::is_ipv4)
        .map(|address| address.ip().to_string())
        .collect();
    rules.sort();
    rules.dedup();
    rules
}

fn packages_come_from_allowed_registries_only(engine: &Engine) {
    let mut project = Project::on(engine, &bases::with_package_managers(engine));
    project.sandbox.set_env("OCX_NETWORK", "filtered");
    let sandbox = &project.sandbox;
    sandbox.write("tools/cargo", fs::read(cargo()).unwrap());
    sandbox.write(
        "crate/Cargo.toml",
        "[package]\nname = \"x\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
         [dependencies]\nitoa = \"1\"\n",
    );
    sandbox.write("crate/src/lib.rs", "");
    project.ensure_image();
    // A name leads to a special address only with a rule about that, and a registry's mirror may have one.
    let addresses = addresses(&["pypi.org", "registry.npmjs.org", "index.crates.io"]);
    let run = |allowed: &[&str], script: &str| {
        let allowed = allowed.iter().copied();
        let allowed: Vec<&str> = allowed
            .chain(addresses.iter().map(String::as_str))
            .collect();
        let allow = format!("network_allow={}", serde_json::json!(allowed));
        let session = sandbox.ocx(["--set", &allow, "exec", "--new", "sh", "-c", script]);
        session.timeout(PATIENCE).run()
    };
    let clients = [
        (
            "@pypi",
            "pip download --quiet --no-deps --dest /tmp/pip six && ls /tmp/pip",
            "six-",
        ),
        (
            "@npm",
            "cd /tmp && npm pack --silent left-pad && ls /tmp",
            "left-pad-",
        ),
        (
            "@crates",
            "chmod +x tools/cargo && cd crate && ../tools/cargo vendor --quiet /tmp/crates && ls /tmp/crates/itoa",
            "LICENSE-MIT",
        ),
        (
            "@debian",
            "curl --silent --show-error --fail http://deb.debian.org/debian/dists/bookworm/Release",
            "Codename: bookworm",
        ),
    ];
    for (set, script, found) in clients {
        let others = clients.iter().filter(|(other, ..)| *other != set);
        let others: Vec<&str> = others.map(|(other, ..)| *other).collect();
        let script = &format!("({script}) 2>&1");
        // With all the others it is not reached, and the user is told what was asked for in vain. First of all,
        // since clients keep what they have got.
        let output = run(&others, script);
        assert_ne!(output.code(), Some(0), "{set}: {output}");
        assert!(!output.stdout().contains(found), "{set}: {output}");
        output.says("network_allow").done();
        let output = run(&[set], script).success();
        assert!(output.stdout().contains(found), "{set}: {output}");
    }
    // Git asks as well, and is told who refused.
    let output = run(
        &["@npm"],
        "git ls-remote https://github.com/git/git 2>&1; exit 3",
    );
    let output = output.exits(3).says("github.com");
    assert!(output.stdout().contains("403"), "{output}");
    project.assert_no_containers();
}
