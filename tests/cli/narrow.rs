//! Answers in terminals that are narrow, and without one.

use std::time::Duration;

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(60);

/// The lines that a terminal of this width shows, each as it was written: what the terminal itself has broken
/// is one line.
fn shown(scene: &Scene, args: &[&str], columns: u16) -> Vec<String> {
    let ocx = scene.sandbox.ocx(args.iter().copied());
    let mut terminal = ocx.window(200, columns).in_terminal();
    terminal.wait(PATIENCE);
    terminal.wait_until("an answer", PATIENCE, |screen| !screen.trim().is_empty());
    let screen = terminal.screen();
    screen.lines().map(str::to_owned).collect()
}

/// What is wider than the terminal is a word that stands in a line of its own, or beside a heading.
#[track_caller]
fn assert_fits(lines: &[String], columns: u16) {
    for line in lines {
        let last = line.rsplit("  ").next().unwrap_or_default();
        assert!(
            line.chars().count() <= usize::from(columns) || !last.contains(' '),
            "{line:?} in\n{}",
            lines.join("\n")
        );
    }
}

#[test]
fn rows_are_not_broken_by_the_terminal() {
    let scene = Scene::new();
    scene.warm_up();
    for args in [
        &["du"][..],
        &["image", "list"],
        &["volume", "list"],
        &["doctor"],
        &["status"],
        &["--runtime", "docker", "explain"],
        &["config", "path"],
        &["prune", "--dry-run"],
    ] {
        for columns in [40, 80] {
            assert_fits(&shown(&scene, args, columns), columns);
        }
    }
}

#[test]
fn a_narrow_terminal_gets_one_field_a_line() {
    let scene = Scene::new();
    scene.warm_up();
    let image = scene
        .docker
        .images()
        .into_iter()
        .find(|name| name.contains("ocx-team:"));
    let image = image.unwrap();
    let image = image.strip_prefix("localhost/").unwrap_or(&image);
    let lines = shown(&scene, &["image", "list"], 40);
    assert!(lines.contains(&format!("NAME     {image}")), "{lines:#?}");
    assert!(
        lines.iter().any(|line| line == "ENGINE   docker"),
        "{lines:#?}"
    );
}

#[test]
fn what_is_no_terminal_gets_one_row_a_line() {
    let scene = Scene::new();
    scene.warm_up();
    let output = scene.sandbox.ocx(["du"]).run().success();
    let rows = output
        .stdout()
        .lines()
        .filter(|line| line.starts_with("image "));
    assert_eq!(rows.count(), 1, "{}", output.stdout());
    let doctor = scene.sandbox.ocx(["doctor"]).run();
    let longest = doctor
        .stdout()
        .lines()
        .map(|line| line.chars().count())
        .max();
    assert!(longest > Some(80), "{}", doctor.stdout());
}
