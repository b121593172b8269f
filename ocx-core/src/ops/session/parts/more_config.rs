//! Configuration of opencode on top of the user's and the project's.

use async_trait::async_trait;
use camino::Utf8PathBuf;
use jsonc_parser::ParseOptions;
use serde_json::{Value, json};

use super::{Begun, Opening, Part, project_config};
use crate::{
    bridge::Provider,
    disk::ContentStore,
    layout,
    ops::{SessionError, session::project_config::ProjectConfig},
    session::plan::{
        Contribution, PlanCause, TOLD_SETTINGS, agent_notes, base_settings, keys_cause, setting,
    },
    spec::{Access, EnvName, EnvValue, Mount, Piece},
};

/// Configuration in a variable, on top of all other (1.18.34): what the project says of a provider does
/// not count against it.
const VARIABLE: &str = "OPENCODE_CONFIG_CONTENT";

/// Names the files with instructions where the project's configuration is left out, and tells where
/// providers are whose keys stay outside.
pub(super) struct MoreConfig;

#[async_trait]
impl Part for MoreConfig {
    fn purpose(&self) -> &'static str {
        "what opencode is told on top of its configuration"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let settings = &opening.ocx.settings;
        let mut contribution = Contribution::default();
        let mut causes = Vec::new();
        let mut instructions = Vec::new();
        if let ProjectConfig::LeftOut(left_out) = opening.project_config {
            instructions.extend(left_out.instructions.iter().cloned());
        }
        if !instructions.is_empty() {
            causes.push(PlanCause::Part(project_config::PURPOSE));
        }
        if settings.agent_notes {
            instructions.push(layout::AGENT_NOTES.into());
            causes.push(setting("agent_notes"));
            let mount = notes(opening)?;
            let piece = Piece::Mount(mount.target.clone());
            let of_base = base_settings(opening.base_plan, &opening.ocx.settings);
            let told = TOLD_SETTINGS.into_iter().chain(of_base).map(setting);
            contribution
                .causes
                .set(piece, told.collect::<Vec<PlanCause>>());
            contribution.mounts.push(mount);
        }
        let providers = &opening.keys.providers;
        let name: EnvName = VARIABLE.parse().expect("a valid name");
        if !providers.is_empty() {
            causes.push(keys_cause(&opening.ocx.settings));
            if !opening.ocx.settings.host_ports.is_empty() {
                // The proxy makes way for them, and its port stands in the addresses.
                causes.push(setting("host_ports"));
            }
        }
        contribution
            .causes
            .set(Piece::Variable(name.clone()), causes);
        if instructions.is_empty() && providers.is_empty() {
            return Ok(contribution.into());
        }
        let value = match opening.ocx.variable_that_is_set(VARIABLE) {
            Some(users) => EnvValue::Secret(with_users(&users, &instructions, providers)),
            None => EnvValue::Plain(content(&instructions, providers)),
        };
        contribution.environment.insert(name, value);
        Ok(contribution.into())
    }
}

/// The file that tells the agent where it is.
fn notes(opening: &Opening<'_>) -> Result<Mount, SessionError> {
    let ocx = opening.ocx;
    let text = agent_notes(
        &ocx.project.root,
        &ocx.settings,
        opening.base_plan,
        opening.home,
    );
    let store = ContentStore::new(&ocx.host.dirs.cache);
    let file = store.file("where-you-are.md", text.as_bytes(), 0o444)?;
    Ok(Mount::bind(file, layout::AGENT_NOTES, Access::ReadOnly))
}

fn content(instructions: &[Utf8PathBuf], providers: &[Provider]) -> String {
    let mut parts = Vec::new();
    if !instructions.is_empty() {
        // opencode replaces `{file:…}` and `{env:…}` before it reads the JSON, so no brace of a path is
        // left.
        let files: Vec<String> = instructions
            .iter()
            .map(|file| json!(file).to_string().replace('{', "\\u007b"))
            .collect();
        parts.push(format!("\"instructions\":[{}]", files.join(",")));
    }
    if !providers.is_empty() {
        let mut all = json!({});
        for provider in providers {
            all[provider.name()] = json!({ "options": options(provider) });
        }
        parts.push(format!("\"provider\":{all}"));
    }
    format!("{{{}}}", parts.join(","))
}

fn options(provider: &Provider) -> Value {
    json!({ "baseURL": provider.address(), "apiKey": provider.placeholder() })
}

/// What the user has set themselves, with more instructions, and in which only the options of the providers
/// are others. What is no JSON opencode would refuse, and is left out.
fn with_users(users: &str, instructions: &[Utf8PathBuf], providers: &[Provider]) -> String {
    let parsed = jsonc_parser::parse_to_serde_value::<Value>(users, &ParseOptions::default());
    let Ok(mut root @ Value::Object(_)) = parsed else {
        return content(instructions, providers);
    };
    if !instructions.is_empty() {
        // opencode would replace what is in braces; see `content`.
        let plain = instructions
            .iter()
            .filter(|file| !file.as_str().contains('{'));
        let ours = plain.map(|file| json!(file));
        match &mut root["instructions"] {
            Value::Array(users) => users.extend(ours),
            other => *other = ours.collect(),
        }
    }
    for provider in providers {
        let mut place = &mut root;
        for step in ["provider", provider.name(), "options"] {
            if !place[step].is_object() {
                place[step] = json!({});
            }
            place = &mut place[step];
        }
        let Value::Object(options) = options(provider) else {
            continue;
        };
        for (key, value) in options {
            place[key] = value;
        }
    }
    root.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::ProviderKey;

    fn provider() -> Provider {
        let key = ProviderKey {
            value: "hunter2-hunter2".to_owned(),
            placeholder: "P".to_owned(),
        };
        Provider::new("corp", "https://llm.corp/v1", key).unwrap()
    }

    fn read(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn paths_are_no_more_than_paths() {
        let files = ["/a/AGENTS.md", "/{file:b}/\"q\"/AGENTS.md"].map(Utf8PathBuf::from);
        let text = content(&files, &[]);
        assert!(!text.contains("{file:"), "{text}");
        assert_eq!(read(&text), json!({ "instructions": files }));
    }

    #[test]
    fn providers_are_asked_at_the_bridge_with_a_placeholder() {
        let options = json!({ "baseURL": "http://127.0.0.1:3128/provider/corp", "apiKey": "P" });
        let text = content(&["/a/AGENTS.md".into()], &[provider()]);
        let expected = json!({
            "instructions": ["/a/AGENTS.md"],
            "provider": { "corp": { "options": options } },
        });
        assert_eq!(read(&text), expected);
        assert!(!text.contains("hunter2"));
    }

    #[test]
    fn what_the_user_has_set_stays() {
        let users = r#"{ // mine
            "model": "corp/x", "provider": { "corp": { "name": "Corp", "options": { "apiKey": "mine", "timeout": 5 } }, "b": 1 },
        }"#;
        let options = json!({
            "baseURL": "http://127.0.0.1:3128/provider/corp", "apiKey": "P", "timeout": 5,
        });
        let expected = json!({
            "model": "corp/x",
            "provider": { "corp": { "name": "Corp", "options": options }, "b": 1 },
        });
        assert_eq!(read(&with_users(users, &[], &[provider()])), expected);
        for odd in ["", "{", "[]", "3"] {
            let found = with_users(odd, &[], &[provider()]);
            assert_eq!(found, content(&[], &[provider()]), "{odd}");
        }
        let odd = read(&with_users(r#"{"provider": []}"#, &[], &[provider()]));
        assert_eq!(odd["provider"]["corp"]["options"]["apiKey"], "P");
    }

    #[test]
    fn instructions_come_on_top_of_the_users() {
        let ours = ["/ocx/etc/a.md", "/{file:b}"].map(Utf8PathBuf::from);
        for (users, expected) in [
            (r#"{"model": "m"}"#, json!(["/ocx/etc/a.md"])),
            (
                r#"{"instructions": ["mine.md"]}"#,
                json!(["mine.md", "/ocx/etc/a.md"]),
            ),
            (r#"{"instructions": "odd"}"#, json!(["/ocx/etc/a.md"])),
        ] {
            let found = read(&with_users(users, &ours, &[]));
            assert_eq!(found["instructions"], expected, "{users}");
        }
    }
}
