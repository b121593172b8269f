//! The Dockerfiles that `ocx init` writes build, and the user can work with what is in them.
//!
//! No registry can be counted on, so Debian's own packages stand in for the official images.

use std::time::Duration;

use ocx_tests::{bases, engine::Engine, on_engines, sandbox::Sandbox};

use crate::workshop::Workshop;

/// How long Debian's archive and its packages may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// What most templates install: it is fetched once and not for each of them.
const COMMON: &str =
    "build-essential ca-certificates curl git jq less openssh-client patch procps unzip xz-utils";

/// Makes a test of each template: the engines that it runs on, the packages that stand in for its
/// image, and a script with what it prints.
macro_rules! templates {
    ($($name:ident [$($engine:ident),+] $packages:literal $script:literal => $expected:literal;)+) => {
        $(
            fn $name(engine: &Engine) {
                check(engine, stringify!($name), $packages, $script, $expected);
            }

            on_engines!(
                [$($engine),+],
                because "packages are the same on each engine and take their time; one template tries Podman's builder",
                $name
            );
        )+

        /// The templates that are built here.
        const BUILT: &[&str] = &[$(stringify!($name)),+];
    };
}

templates! {
    debian [docker] ""
        "echo 'int main(void) { return 7; }' > a.c && cc -o a a.c; ./a; echo $?" => "7";
    rails [docker] "ruby ruby-dev bundler"
        "bundle config get path | tail -n 1; ruby -e 'puts 6 * 7'"
        => "Set via BUNDLE_PATH: \"/ocx/home/.bundle\"\n42";
    rust [docker] "cargo rustc"
        "cargo init --quiet --name tried && cargo run --quiet" => "Hello, world!";
    node [docker] "nodejs npm"
        "npm --version > /dev/null && node --print '6 * 7'" => "42";
    python [docker, podman] "python3 python3-pip python3-venv"
        "python3 -m venv v && v/bin/python -m pip --version | cut -d' ' -f1; python3 -c 'print(6 * 7)'"
        => "pip\n42";
    go [docker] "golang-go"
        "printf 'package main\\nfunc main() { println(6 * 7) }\\n' > a.go && go run a.go 2>&1" => "42";
}

/// Those that `projects.rs` builds, with real projects in them.
const BUILT_IN_PROJECTS: [&str; 3] = ["java", "php", "elixir"];

#[test]
fn every_template_on_debian_is_built() {
    let sandbox = Sandbox::new();
    let output = sandbox.ocx(["init", "--list-templates"]).run().success();
    let names = output
        .stdout()
        .lines()
        .filter_map(|line| line.split(' ').next());
    // No registry can be counted on for Alpine, and Debian's archive has none of its packages.
    let names: Vec<&str> = names.filter(|name| *name != "alpine").collect();
    let built: Vec<&str> = BUILT.iter().chain(&BUILT_IN_PROJECTS).copied().collect();
    assert_eq!(names, built);
}

fn check(engine: &Engine, template: &str, packages: &str, script: &str, expected: &str) {
    let mut shop = Workshop::new(engine);
    let image = format!("{}-{template}", shop.name());
    let base = stand_in(engine, template, packages);
    shop.sandbox.set_env(
        "OCX_CUSTOM_BASE_BUILD_ARGS",
        &format!("{{ BASE = {base:?} }}"),
    );
    shop.ocx(["init", "--template", template, "--image", &image])
        .run()
        .success()
        .done();
    shop.ocx(["build"]).timeout(PATIENCE).run().success().done();
    let script = format!("test $(id -u) != 0 && {script}");
    let output = shop.ocx(["exec", "sh", "-c", &script]).run().success();
    assert_eq!(output.stdout().trim_end(), expected, "{output}");
}

/// An image with these packages of Debian's and all that most templates install. Small images have no
/// manuals, and Java's package fails without their directory; a Python of Debian's does not let pip install,
/// as Docker's does, without a word. Builds do not know the authority of a proxy that this machine may be behind.
pub(crate) fn stand_in(engine: &Engine, template: &str, packages: &str) -> String {
    // Nothing is lost if the machine fails while this is written to the disk.
    let common = bases::from_debian(
        engine,
        "template-common",
        &format!(
            "RUN echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/unsafe-io && apt-get update \
             && apt-get install --yes --no-install-recommends {COMMON}"
        ),
    );
    if packages.is_empty() {
        return common;
    }
    bases::build_once(
        engine,
        &format!("template-{template}"),
        &format!(
            "FROM {common}\nENV PIP_BREAK_SYSTEM_PACKAGES=1\n\
             ENV PIP_TRUSTED_HOST=\"pypi.org files.pythonhosted.org\"\n\
             RUN mkdir -p /usr/share/man/man1 \
             && apt-get install --yes --no-install-recommends {packages}\n"
        ),
    )
}
