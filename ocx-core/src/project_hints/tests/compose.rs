//! What Compose files say besides a base.

use super::{bases, hints, left_out, why};

#[test]
fn what_compose_says_of_the_dockerfile_at_the_top_is_told() {
    let hints = hints(&[
        ("Dockerfile", "FROM x"),
        (
            "compose.yaml",
            "services: {db: {image: postgres}, web: {build: ., ports: [80]}}",
        ),
    ]);
    assert_eq!(
        bases(&hints),
        ["Dockerfile: app-tools, built from Dockerfile"]
    );
    assert_eq!(
        left_out(&hints),
        ["ports of compose.yaml", "services db of compose.yaml"]
    );
}

#[test]
fn services_that_are_only_images_are_told() {
    let why = why(&[("compose.yaml", "services: {database: {image: postgres}}")]);
    assert!(
        why.starts_with("it builds no service; database: ocx starts no other containers"),
        "{why}"
    );
}

#[test]
fn a_build_by_an_alias_is_found() {
    let text = "x-app: &app {build: dev}\nservices: {web: {<<: *app, ports: [80]}}\n";
    let hints = hints(&[("compose.yaml", text), ("dev/Dockerfile", "FROM x")]);
    assert_eq!(
        bases(&hints),
        ["compose.yaml: app-tools, built from dev/Dockerfile"]
    );
}
