//! One project on two engines.

use std::collections::BTreeMap;

use ocx_tests::{
    bases,
    engine::{Engine, local_name},
    on_engines,
};
use serde_json::Value;

use crate::session_setup::Project;

on_engines!(
    [docker],
    because "the other engine is Podman, which the test gets by itself",
    images_are_called_and_labelled_alike
);

fn images_are_called_and_labelled_alike(docker: &Engine) {
    let Some(podman) = Engine::get(docker.lane().podman_beside()) else {
        return;
    };
    let mut project = Project::new(docker);
    project.use_stand_in();
    project.sandbox.use_engine(podman);
    let sandbox = &project.sandbox;
    // Both get their Debian under this name.
    bases::provide_debian(docker).unwrap();
    bases::provide_debian(podman).unwrap();
    let name = format!("{}-team", sandbox.name());
    sandbox.write(
        "docker/Dockerfile",
        format!("FROM {}\nENV A=b\n", bases::DEBIAN),
    );
    sandbox.write(
        "ocx.toml",
        format!("custom_base_image = {name:?}\ncustom_base_dockerfile = \"docker/Dockerfile\"\n"),
    );
    for engine in ["podman", "docker"] {
        sandbox
            .ocx(["--runtime", engine, "build"])
            .run()
            .success()
            .done();
        sandbox
            .ocx(["--runtime", engine, "opencode", "show", engine])
            .run()
            .success()
            .prints(engine)
            .done();
    }
    let (ours, theirs) = (labels(docker, &name), labels(podman, &name));
    assert_eq!(ours.len(), 2, "{ours:#?}");
    assert_eq!(ours, theirs);
}

/// The labels of the images that carry `name`, by the images' names, less the ID of the base and what
/// it holds: each engine has built its own.
fn labels(engine: &Engine, name: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    engine
        .images_mentioning(name)
        .into_iter()
        .map(|image| {
            let record = engine.image(&image).expect("it was listed");
            let labels: BTreeMap<String, String> = record["Config"]["Labels"]
                .as_object()
                .expect("images of ocx have labels")
                .iter()
                .filter(|(label, _)| label.starts_with("ocx."))
                .filter(|(label, _)| !["ocx.base.id", "ocx.base.content"].contains(&label.as_str()))
                .map(|(label, value)| (label.clone(), text(value)))
                .collect();
            (local_name(&image).to_owned(), labels)
        })
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("labels are texts").to_owned()
}
