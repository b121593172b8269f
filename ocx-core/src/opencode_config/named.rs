//! Which model providers, MCP servers and variables opencode's configuration names.
//!
//! The files and their order are opencode's:
//! <https://opencode.ai/docs/config/>; agents and commands are Markdown files with a head
//! (<https://opencode.ai/docs/agents/>).

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
};

use camino::{Utf8Path, Utf8PathBuf};
use jsonc_parser::ParseOptions;
use serde_json::{Map, Value};

use super::walk::MAX_FILE_BYTES;
use crate::disk::read_text;

/// Files of opencode's configuration in each of its directories.
const FILES: [&str; 3] = ["config.json", "opencode.json", "opencode.jsonc"];
/// Directories with Markdown files that may choose a model.
const HEADED: [&str; 6] = ["agent", "agents", "command", "commands", "mode", "modes"];
/// Keys of a section whose entries may choose a model.
const SECTIONS: [&str; 3] = ["agent", "mode", "command"];
/// More files in one directory are not looked at; a directory of that size got there by mistake.
const MOST_FILES: usize = 1000;
const MOST_LEVELS: usize = 8;

/// The files of a configuration with their names, those that can be read.
pub(crate) fn config_texts(directory: &Utf8Path) -> impl Iterator<Item = (Utf8PathBuf, String)> {
    FILES.into_iter().filter_map(|name| {
        let text = read_text(&directory.join(name), MAX_FILE_BYTES).ok()?;
        Some((name.into(), text))
    })
}

/// What a configuration names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    /// Providers of the models that are chosen.
    pub chosen: BTreeSet<String>,
    /// Providers that are configured: their options, or models of theirs.
    pub configured: BTreeSet<String>,
    /// Where providers are asked for models, if not at their usual place; `{env:NAME}` as it was written.
    pub base_urls: BTreeMap<String, String>,
    /// The keys of providers, as they are written: `{env:NAME}`, `{file:PATH}` or the key itself.
    pub api_keys: BTreeMap<String, KeyText>,
    /// The only providers that opencode shall use, if any are listed.
    pub enabled: Option<BTreeSet<String>>,
    /// Providers that opencode shall not use.
    pub disabled: BTreeSet<String>,
    /// MCP servers.
    pub mcp: BTreeSet<String>,
    /// By which programs opencode starts those of them that are in use and that it looks for in its own
    /// search path.
    pub mcp_programs: BTreeMap<String, String>,
    /// Variables that the configuration takes values from, written `{env:NAME}`.
    pub variables: BTreeSet<String>,
}

/// A key as it is written, which may be the key itself.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct KeyText(String);

impl KeyText {
    pub(crate) fn as_written(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText")
    }
}

impl Named {
    /// Reads the configuration in `directory`. What cannot be read or understood names nothing:
    /// opencode itself will say what is wrong with it.
    pub(crate) fn read(directory: &Utf8Path) -> Self {
        let mut named = Self::default();
        for (_, text) in config_texts(directory) {
            named.add_file(&text);
        }
        for directory in HEADED.map(|name| directory.join(name)) {
            named.add_headed(&directory, MOST_LEVELS);
        }
        named
    }

    /// Adds the files in the top directory of a project, of which only MCP servers count.
    pub(crate) fn add_servers_of(&mut self, directory: &Utf8Path) {
        let mut project = Self::default();
        for (_, text) in config_texts(directory) {
            project.add_file(&text);
        }
        self.mcp.append(&mut project.mcp);
        self.mcp_programs.append(&mut project.mcp_programs);
    }

    fn add_file(&mut self, text: &str) {
        self.add_variables(text);
        // As opencode does: comments and trailing commas are fine.
        let parsed = jsonc_parser::parse_to_serde_value::<Value>(text, &ParseOptions::default());
        if let Ok(Value::Object(root)) = parsed {
            self.add(&root);
        }
    }

    fn add(&mut self, root: &Map<String, Value>) {
        self.choose(root.get("model"));
        self.choose(root.get("small_model"));
        for section in SECTIONS.iter().filter_map(|name| object(root, name)) {
            for entry in section.values() {
                self.choose(entry.get("model"));
            }
        }
        if let Some(providers) = object(root, "provider") {
            self.configured.extend(providers.keys().cloned());
            for (name, provider) in providers {
                let options = provider.get("options");
                let key = options.and_then(|options| options.get("apiKey"));
                if let Some(key) = key.and_then(Value::as_str) {
                    self.api_keys.insert(name.clone(), KeyText(key.to_owned()));
                }
                let url = options.and_then(|options| options.get("baseURL"));
                if let Some(url) = url.or(provider.get("api")).and_then(Value::as_str) {
                    self.base_urls.insert(name.clone(), url.to_owned());
                }
            }
        }
        if let Some(servers) = object(root, "mcp") {
            self.mcp.extend(servers.keys().cloned());
            for (name, server) in servers {
                // A later file changes what it names of a server.
                if server.get("enabled") == Some(&Value::Bool(false)) {
                    self.mcp_programs.remove(name);
                } else if let Some(program) = program_of(server) {
                    self.mcp_programs.insert(name.clone(), program.to_owned());
                }
            }
        }
        if let Some(enabled) = texts(root.get("enabled_providers")) {
            self.enabled.get_or_insert_default().extend(enabled);
        }
        self.disabled
            .extend(texts(root.get("disabled_providers")).into_iter().flatten());
    }

    /// A model is written `provider/model`.
    fn choose(&mut self, model: Option<&Value>) {
        if let Some((provider, _)) = model
            .and_then(Value::as_str)
            .and_then(|m| m.split_once('/'))
        {
            self.chosen.insert(provider.to_owned());
        }
    }

    fn add_headed(&mut self, directory: &Utf8Path, levels: usize) {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        for entry in entries.take(MOST_FILES) {
            let Ok(path) = camino::Utf8PathBuf::try_from(entry.path()) else {
                continue;
            };
            if path.extension() == Some("md") {
                if let Ok(text) = read_text(&path, MAX_FILE_BYTES) {
                    self.add_head(&text);
                }
            } else if levels > 0 && path.is_dir() {
                self.add_headed(&path, levels - 1);
            }
        }
    }

    /// The head of a Markdown file: YAML between two lines of dashes. Only a plain `model:` is
    /// looked for, which is how one is written.
    fn add_head(&mut self, text: &str) {
        let mut lines = text.lines();
        if lines.next().map(str::trim_end) != Some("---") {
            return;
        }
        for line in lines.take_while(|line| line.trim_end() != "---") {
            if let Some(model) = line.strip_prefix("model:") {
                let model = model.split(" #").next().unwrap_or_default();
                let model = model.trim().trim_matches(['"', '\'']);
                self.choose(Some(&Value::from(model)));
            }
        }
    }

    fn add_variables(&mut self, text: &str) {
        for after in text.split("{env:").skip(1) {
            if let Some((name, _)) = after.split_once('}') {
                self.variables.insert(name.trim().to_owned());
            }
        }
    }
}

/// The program of a local MCP server that has no search path of its own.
fn program_of(server: &Value) -> Option<&str> {
    let environment = server.get("environment");
    let has_path = environment.is_some_and(|environment| environment.get("PATH").is_some());
    let program = server.get("command")?.get(0)?.as_str();
    program.filter(|_| !has_path)
}

fn object<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Map<String, Value>> {
    map.get(key)?.as_object()
}

fn texts(value: Option<&Value>) -> Option<Vec<String>> {
    let list = value?.as_array()?;
    Some(
        list.iter()
            .filter_map(|element| Some(element.as_str()?.to_owned()))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(set: &BTreeSet<String>) -> Vec<&str> {
        set.iter().map(String::as_str).collect()
    }

    #[test]
    fn finds_what_is_chosen_configured_and_switched_off() {
        let directory = tempfile::tempdir().unwrap();
        let at = Utf8Path::from_path(directory.path()).unwrap();
        fs::write(
            at.join("opencode.jsonc"),
            r#"{
                // "model": "not/this",
                "model": "anthropic/claude-sonnet-4-5",
                "small_model": "groq/x/y",
                "agent": { "review": { "model": "openai/gpt" }, "odd": 3 },
                "command": { "c": { "model": "no-slash" } },
                "provider": {
                    "corp": { "options": { "apiKey": "{env:CORP_KEY}", "baseURL": "https://llm.corp/v1" } },
                    "other": { "api": "https://other.example", "options": { "baseURL": 3 } },
                    "odd": 3,
                },
                "mcp": { "linear": { "type": "remote" } },
                "disabled_providers": ["xai", 1],
            }"#,
        )
        .unwrap();
        fs::write(
            at.join("config.json"),
            r#"{"enabled_providers": ["a"], "mode": {"m": {"model": "m/m"}}}"#,
        )
        .unwrap();
        fs::create_dir_all(at.join("agent/deep")).unwrap();
        fs::write(
            at.join("agent/deep/docs.md"),
            "---\nmodel: \"mistral/large\" # why\n---\nmodel: none/x\n",
        )
        .unwrap();
        fs::write(at.join("agent/plain.md"), "model: none/y\n").unwrap();
        let named = Named::read(at);
        assert_eq!(
            names(&named.chosen),
            ["anthropic", "groq", "m", "mistral", "openai"]
        );
        assert_eq!(names(&named.configured), ["corp", "odd", "other"]);
        let urls: Vec<&str> = named.base_urls.values().map(String::as_str).collect();
        assert_eq!(urls, ["https://llm.corp/v1"]);
        let keys: Vec<&str> = named.api_keys.values().map(KeyText::as_written).collect();
        assert_eq!(keys, ["{env:CORP_KEY}"]);
        assert_eq!(names(&named.enabled.unwrap()), ["a"]);
        assert_eq!(names(&named.disabled), ["xai"]);
        assert_eq!(names(&named.mcp), ["linear"]);
        assert_eq!(names(&named.variables), ["CORP_KEY"]);
    }

    #[test]
    fn what_is_damaged_or_not_there_names_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let at = Utf8Path::from_path(directory.path()).unwrap();
        assert_eq!(Named::read(at), Named::default());
        fs::write(at.join("opencode.json"), "{\"model\": \"a/b\"").unwrap();
        fs::create_dir(at.join("opencode.jsonc")).unwrap();
        fs::write(at.join("config.json"), [0xff, 0xfe]).unwrap();
        assert_eq!(Named::read(at), Named::default());
    }

    #[test]
    fn of_a_project_only_the_servers_count() {
        let directory = tempfile::tempdir().unwrap();
        let at = Utf8Path::from_path(directory.path()).unwrap();
        let text = r#"{"model": "a/b", "mcp": {"own": {}}, "provider": {"p": {}}}"#;
        fs::write(at.join("opencode.json"), text).unwrap();
        let mut named = Named::default();
        named.add_servers_of(at);
        assert_eq!(names(&named.mcp), ["own"]);
        named.mcp.clear();
        assert_eq!(named, Named::default());
    }

    #[test]
    fn fuzz_what_opencodes_configuration_names() {
        let seeds =
            crate::testing::corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/opencode-json"));
        crate::testing::fuzz(&seeds, |input| {
            let text = String::from_utf8_lossy(input);
            let mut named = Named::default();
            named.add_file(&text);
            named.add_head(&text);
        });
    }
}
