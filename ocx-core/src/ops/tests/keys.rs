//! Sessions whose API keys stay outside.

use camino::Utf8PathBuf;
use serde_json::Value;

use super::world::World;
use crate::{
    ops::SessionError,
    spec::{EnvValue, MountSource, Network, RunSpec},
};

const LOGIN: &str = "sk-hunter2-of-a-login";
const VARIABLE: &str = "sk-hunter2-of-a-variable";
const LITERAL: &str = "sk-hunter2-in-the-configuration";
const OF_FILE: &str = "sk-hunter2-of-a-file";
const OF_ENV: &str = "sk-hunter2-of-env";
const HIDDEN: [&str; 5] = [LOGIN, VARIABLE, LITERAL, OF_FILE, OF_ENV];
const AZURE: &str = "sk-hunter2-of-azure";

fn world(settings: &[(&str, &str)]) -> World {
    let env =
        format!(r#"{{"CORP_KEY": "{OF_ENV}", "URL": "https://x/?key={LITERAL}", "PLAIN": "x"}}"#);
    let base = [("custom_base_image", "team"), ("env", env.as_str())];
    let mut world = World::with_images(&[&base, settings].concat(), &["team"]);
    let host = &mut world.sandbox.host;
    for (name, value) in [
        ("GROQ_API_KEY", VARIABLE),
        ("HTTPS_PROXY", "http://proxy:1"),
    ] {
        host.environment.insert(name.to_owned(), value.to_owned());
    }
    let data = host.opencode_data();
    let config = host.dirs.config.with_file_name("opencode");
    let write = |path: Utf8PathBuf, text: &str| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        data.join("auth.json"),
        &format!(
            r#"{{"anthropic": {{"type": "api", "key": "{LOGIN}"}}, "azure": {{"type": "api", "key": "{AZURE}"}},
            "openai": {{"type": "oauth", "refresh": "r", "access": "a", "expires": 1}}}}"#
        ),
    );
    write(host.home.join("secret"), &format!("{OF_FILE}\n"));
    write(
        config.join("opencode.json"),
        &format!(
            r#"{{"provider": {{
            "mistral": {{"options": {{"apiKey": "{LITERAL}"}}}},
            "filed": {{"options": {{"apiKey": "{{file:~/secret}}", "baseURL": "http://localhost:11434/v1"}}}},
            "corp": {{"options": {{"apiKey": "{{env:CORP_KEY}}", "baseURL": "https://llm.corp/v1"}}}}}}}}"#
        ),
    );
    world
}

async fn session(world: &World) -> RunSpec {
    world.opencode(&[]).await.unwrap();
    world.engine.lock().unwrap().runs.last().unwrap().clone()
}

fn options(spec: &RunSpec) -> Option<Value> {
    let content = spec.environment.get("OPENCODE_CONFIG_CONTENT")?;
    let content: Value = serde_json::from_str(content.expose()).unwrap();
    Some(content["provider"].clone()).filter(|providers| !providers.is_null())
}

/// All that the session sees: its variables, and what is mounted.
fn all_inside(spec: &RunSpec) -> String {
    let mut all = format!("{:?} {:?}", spec.command, spec.launcher);
    for (name, value) in &spec.environment {
        all.push_str(&format!("{name}={}\n", value.expose()));
    }
    let mut places: Vec<Utf8PathBuf> = spec
        .mounts
        .iter()
        .filter_map(|mount| match &mount.source {
            MountSource::Bind(path) => Some(path.clone()),
            _ => None,
        })
        .collect();
    while let Some(place) = places.pop() {
        if place.is_dir() {
            let entries = place.read_dir_utf8().unwrap().flatten();
            places.extend(entries.map(camino::Utf8DirEntry::into_path));
        } else if let Ok(bytes) = std::fs::read(&place) {
            all.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    all
}

#[tokio::test]
async fn no_key_is_inside_and_each_provider_is_asked_at_the_bridge() {
    for settings in [
        &[("network", "filtered")][..],
        &[("network", "default"), ("keys", "outside")],
    ] {
        let world = world(settings);
        let spec = session(&world).await;
        let inside = all_inside(&spec);
        for key in HIDDEN {
            assert!(!inside.contains(key), "{settings:?}: {key}");
        }
        assert!(inside.contains("kept-outside-by-ocx") && inside.contains("refresh"));
        // Nobody knows where this one is asked.
        assert!(inside.contains(AZURE), "{settings:?}");
        let told = "the API keys for `azure` are inside the session";
        assert_eq!(world.times_said(told), 1, "{:?}", world.said);
        let options = options(&spec).unwrap();
        let names: Vec<&String> = options.as_object().unwrap().keys().collect();
        assert_eq!(names, ["anthropic", "corp", "filed", "groq", "mistral"]);
        for name in names {
            let options = &options[name]["options"];
            let url = format!("http://127.0.0.1:3128/provider/{name}");
            assert_eq!(options["baseURL"], url);
            let placeholder = options["apiKey"].as_str().unwrap();
            assert!(placeholder.starts_with("ocx-outside-"), "{placeholder}");
        }
        let groq = spec.environment["GROQ_API_KEY"].expose();
        assert_eq!(options["groq"]["options"]["apiKey"], groq);
        let mistral = options["mistral"]["options"]["apiKey"].as_str().unwrap();
        assert_eq!(
            spec.environment["URL"].expose(),
            format!("https://x/?key={mistral}")
        );
        assert_eq!(spec.environment["PLAIN"].expose(), "x");
        assert!(!spec.launcher.is_empty());
        // The loopback of the host is reached by the bridge.
        assert!(!world.said("localhost:11434"), "{:?}", world.said);
        // Not even for another session of the project, whose placeholders are others.
        let again = session(&world).await;
        assert_ne!(self::options(&again).unwrap(), options);
        assert!(!world.said("do not get your logins"), "{:?}", world.said);
    }
}

#[tokio::test]
async fn with_a_network_of_the_engines_the_bridge_is_for_providers_only() {
    let outside = world(&[("keys", "outside")]);
    let spec = session(&outside).await;
    assert_ne!(spec.network, Network::None);
    assert_eq!(spec.environment["HTTPS_PROXY"].expose(), "http://proxy:1");
    for name in ["NO_PROXY", "no_proxy"] {
        let own = "localhost,127.0.0.1,::1";
        assert_eq!(spec.environment[name].expose(), own, "{name}");
    }
    assert!(!spec.environment.contains_key("JAVA_TOOL_OPTIONS"));
}

#[tokio::test]
async fn inside_they_are_where_the_settings_say_so() {
    for settings in [
        &[("network", "default")][..],
        &[("network", "host")],
        &[("network", "filtered"), ("keys", "inside")],
    ] {
        let world = world(settings);
        let spec = session(&world).await;
        assert_eq!(options(&spec), None);
        let inside = all_inside(&spec);
        for key in [LOGIN, VARIABLE, LITERAL, OF_ENV] {
            assert!(inside.contains(key), "{settings:?}: {key}");
        }
    }
}

#[tokio::test]
async fn without_a_network_nobody_needs_them() {
    let world = world(&[("network", "none")]);
    let spec = session(&world).await;
    let inside = all_inside(&spec);
    for key in HIDDEN.iter().chain(&[AZURE]) {
        assert!(!inside.contains(key), "{key}");
    }
    assert_eq!(options(&spec), None);
    assert!(spec.launcher.is_empty());
}

#[tokio::test]
async fn the_hosts_network_is_everybodys() {
    let world = world(&[("network", "host"), ("keys", "outside")]);
    let error = world.opencode(&[]).await.unwrap_err();
    assert!(matches!(error, SessionError::KeysNeedNetwork), "{error}");
    assert!(
        world
            .engine
            .lock()
            .unwrap()
            .runs
            .iter()
            .all(|run| run.network == Network::None)
    );
}

#[tokio::test]
async fn what_the_user_sets_of_opencodes_configuration_stays() {
    let env = r#"{"OPENCODE_CONFIG_CONTENT": "{\"theme\": \"mine\", \"provider\": {\"groq\": {\"name\": \"G\"}}}"}"#;
    let world = world(&[("network", "filtered"), ("env", env)]);
    let spec = session(&world).await;
    let content = &spec.environment["OPENCODE_CONFIG_CONTENT"];
    assert!(matches!(content, EnvValue::Secret(_)));
    let content: Value = serde_json::from_str(content.expose()).unwrap();
    assert_eq!(content["theme"], "mine");
    assert_eq!(content["provider"]["groq"]["name"], "G");
    assert!(content["provider"]["groq"]["options"]["apiKey"].is_string());
}
