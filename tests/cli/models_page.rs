//! The page on models: what it says of model servers on the host is what ocx does.

use crate::scene::Scene;

const PAGE: &str = include_str!("../../docs/models.md");

/// The blocks of a language, in their order.
fn blocks(language: &str) -> Vec<&'static str> {
    PAGE.split(&format!("```{language}\n"))
        .skip(1)
        .map(|rest| rest.split_once("```\n").expect("it ends").0)
        .collect()
}

#[test]
fn its_settings_bring_the_servers_of_its_configurations_in() {
    let (configurations, settings) = (blocks("json"), blocks("toml"));
    assert_eq!((configurations.len(), settings.len()), (2, 2));
    for (configuration, settings) in configurations.iter().zip(settings) {
        let scene = Scene::new();
        scene.warm_up();
        let path = scene.sandbox.config().join("opencode/opencode.json");
        scene.sandbox.write(path, configuration);
        let line = settings.lines().last().expect("there is one");
        for network in ["default", "filtered", "none"] {
            let network = format!("network={network}");
            let session = |more: &[&str]| {
                let args = [&["--set", &network], more, &["run", "x"]].concat();
                scene.sandbox.ocx(args).run().success()
            };
            session(&[])
                .says(&format!("`{line}` in your own settings"))
                .done();
            let set = line.replace(' ', "");
            session(&["--set", &set]).never_says("host_ports").done();
        }
    }
}
