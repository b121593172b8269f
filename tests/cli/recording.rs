//! The first session with ocx, drawn as people see it: the picture in the README.

use std::{env, fs};

use anstyle_svg::Term;
use ocx_tests::fake_engine::Rule;
use regex::Regex;

use crate::scene::Scene;

/// The picture, as it is in the repository.
const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/first-session.svg");
/// As for snapshots: with the value `always` the picture is drawn anew.
const UPDATE: &str = "INSTA_UPDATE";

/// What a builder and an agent say; all else in the picture is what ocx says.
const BUILDER: &str = "Step 1/2 : FROM python:3.12-slim\n ---> 0123456789ab\n\
     Step 2/2 : RUN apt-get update && apt-get install --yes git\nmany\nlines\n";
const AGENT: [&str; 2] = [
    "`test_total` fails, since `total()` rounds each price before it adds them up.\n\
     I round the sum now: all 14 tests pass.\n",
    "Done: `tax()` and `discount()` rounded too early as well. All 14 tests pass.\n",
];

#[test]
fn the_picture_shows_what_ocx_says() {
    let mut scene = Scene::without_base();
    let shop = scene.sandbox.root().join("shop");
    scene.sandbox.make_directory(&shop);
    scene.sandbox.write(shop.join(".python-version"), "3.12\n");
    scene
        .sandbox
        .write(shop.join("requirements.txt"), "flask\n");
    let builds_base = Rule::on(&["build"]).containing("shop-tools");
    // The engine itself is behind it.
    let docker = scene.sandbox.bin().join("docker");
    let script = format!("printf '%s' '{BUILDER}'; exec {docker} \"$@\"");
    scene.docker.rule(builds_base.times(1).shell(&script));
    let session = Rule::on(&["run"]).containing("ocx.session=");
    for answer in AGENT {
        let session = session.clone().times(1).starts();
        scene.docker.rule(session.stdout(answer));
    }

    let mut shown = String::new();
    for (typed, args) in [
        ("init --yes", ["init", "--yes"]),
        (
            "run \"fix the failing tests\"",
            ["run", "fix the failing tests"],
        ),
        (
            "run \"the same elsewhere?\"",
            ["run", "the same elsewhere?"],
        ),
    ] {
        let ocx = scene.sandbox.ocx(args).in_dir(&shop);
        let output = ocx.env("CLICOLOR_FORCE", "1").run().success();
        shown += &format!(
            "\u{1b}[2m~/shop $\u{1b}[0m ocx {typed}\n{}{}",
            output.stderr(),
            output.stdout()
        );
    }
    // There is no registry here that has ripgrep.
    let shown: String = shown
        .split_inclusive('\n')
        .filter(|line| !line.contains("ripgrep could not be added"))
        .collect();
    let version = Regex::new(r"9999\.0\.0-local\.[0-9a-z]+").expect("it is valid");
    let shown = version.replace_all(&shown, "1.18.33");
    let time = Regex::new(r"\d+\.\d s\b").expect("it is valid");
    let shown = time.replace_all(&shown, "9.7 s");

    let picture = Term::new().render_svg(&shown);
    if env::var(UPDATE).is_ok_and(|value| value == "always") {
        fs::write(PICTURE, &picture).expect("the picture can be written");
    }
    let kept = fs::read_to_string(PICTURE).unwrap_or_default();
    assert!(
        kept == picture,
        "{PICTURE} is not what ocx shows; {UPDATE}=always draws it anew:\n{shown}"
    );
}
