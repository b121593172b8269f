//! The form of a settings file as a JSON schema, by which editors complete and check it.

use serde_json::{Value, json};

use super::{DEFAULTS, KEYS, Key, Kind, files};

/// The JSON schema of `ocx.json`, and of `ocx.toml` for editors that check TOML by one.
///
/// It is made of the table of keys, and never stricter than reading is: what a key's values mean in
/// detail, only [`load`](super::load) knows.
///
/// # Examples
///
/// ```
/// let schema = ocx_core::settings::json_schema();
/// assert_eq!(schema["properties"]["read_only"]["type"][0], "boolean");
/// ```
#[must_use]
pub fn json_schema() -> Value {
    let defaults = object_of_toml(DEFAULTS);
    let mut properties: serde_json::Map<String, Value> = KEYS
        .iter()
        .map(|key| (key.name.to_owned(), property(key, &defaults)))
        .collect();
    properties.insert("$schema".to_owned(), json!({ "type": "string" }));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of ocx",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn property(key: &Key, defaults: &Value) -> Value {
    let mut property = form(key);
    property["description"] = key.doc.into();
    let example = object_of_toml(&format!("{} = {}", key.name, key.example));
    property["examples"] = json!([example[key.name]]);
    if let Some(default) = defaults.get(key.name) {
        property["default"] = default.clone();
    }
    property
}

/// What a value looks like. `null` is "not set".
fn form(key: &Key) -> Value {
    match (key.name, key.kind) {
        ("pids_limit", _) => json!({ "type": ["integer", "string", "null"] }),
        ("gpus", _) => json!({
            "type": ["array", "string", "integer", "null"],
            "items": { "type": ["string", "integer"] },
        }),
        (_, Kind::Choice(words)) => {
            let words = words.iter().map(|word| Value::from(*word));
            json!({ "enum": words.chain([Value::Null]).collect::<Vec<_>>() })
        }
        (_, Kind::Text | Kind::Path) => json!({ "type": ["string", "null"] }),
        (_, Kind::Size) => json!({ "type": ["string", "integer", "null"] }),
        (_, Kind::Integer) => json!({ "type": ["integer", "null"] }),
        (_, Kind::Number) => json!({ "type": ["number", "null"] }),
        (_, Kind::Boolean) => json!({ "type": ["boolean", "null"] }),
        (_, Kind::Ports) => json!({
            "type": ["array", "integer", "string", "null"],
            "items": { "type": ["integer", "string"] },
        }),
        (_, Kind::TextList | Kind::Paths) => json!({
            "type": ["array", "string", "null"],
            "items": { "type": "string" },
        }),
        (_, Kind::TextMap) => json!({
            "type": ["object", "null"],
            "additionalProperties": { "type": ["string", "integer", "boolean"] },
        }),
        (_, Kind::Mounts) => json!({
            "type": ["array", "null"],
            "items": {
                "type": ["string", "object"],
                "properties": {
                    "source": { "type": "string" },
                    "target": { "type": "string" },
                    "read_only": { "type": "boolean" },
                },
                "required": ["source", "target"],
                "additionalProperties": false,
            },
        }),
    }
}

/// TOML of ocx's own as JSON.
fn object_of_toml(text: &str) -> Value {
    let dict = files::parse_toml("default.toml".into(), text).expect("it is ocx's own");
    serde_json::to_value(dict).expect("TOML has a form in JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        project::sandbox::Sandbox,
        settings::{Settings, read::ReadContext},
    };

    /// Whether a schema of the kind that is made here takes a value.
    fn takes(schema: &Value, value: &Value) -> bool {
        if let Some(words) = schema.get("enum") {
            return words.as_array().unwrap().contains(value);
        }
        let types = match &schema["type"] {
            Value::Array(types) => types.clone(),
            one => vec![one.clone()],
        };
        let is_of_type = types.iter().any(|name| match name.as_str().unwrap() {
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            "null" => value.is_null(),
            other => panic!("{other}"),
        });
        let elements = value.as_array().into_iter().flatten();
        let mut fields = value.as_object().into_iter().flatten();
        let required = schema.get("required").and_then(Value::as_array);
        is_of_type
            && elements
                .into_iter()
                .all(|element| takes(&schema["items"], element))
            && required.into_iter().flatten().all(|name| {
                value
                    .as_object()
                    .is_none_or(|fields| fields.contains_key(name.as_str().unwrap()))
            })
            && fields.all(|(name, value)| {
                let known = schema.get("properties").and_then(|known| known.get(name));
                match (known, schema.get("additionalProperties")) {
                    (Some(known), _) => takes(known, value),
                    (None, Some(Value::Bool(others))) => *others,
                    (None, Some(others)) => takes(others, value),
                    (None, None) => true,
                }
            })
    }

    /// Values of all kinds, those of examples among them.
    fn zoo() -> Vec<Value> {
        let mut zoo = vec![
            json!(true),
            json!(0),
            json!(1),
            json!(-1),
            json!(3000),
            json!(1.5),
            json!(""),
            json!("x"),
            json!("all"),
            json!("unlimited"),
            json!("512m"),
            json!("1.18.33"),
            json!("10.0.0.2"),
            json!("3000"),
            json!("/dev/kvm"),
            json!([]),
            json!([1]),
            json!([true]),
            json!([["x"]]),
            json!(["x", 1]),
            json!({}),
            json!({ "A": "x" }),
            json!({ "A": 1 }),
            json!({ "A": true }),
            json!({ "A": 1.5 }),
            json!({ "A": ["x"] }),
            json!({ "A": {} }),
            json!([{ "source": "/a", "target": "/b" }]),
            json!([{ "source": "/a", "target": "/b", "read_only": false }]),
            json!([{ "source": "/a", "target": "/b", "more": false }]),
            json!([{ "source": "/a" }]),
        ];
        for key in &KEYS {
            let example = object_of_toml(&format!("{} = {}", key.name, key.example));
            zoo.push(example[key.name].clone());
            if let Kind::Choice(words) = key.kind {
                zoo.extend(words.iter().map(|word| Value::from(*word)));
            }
        }
        zoo
    }

    #[test]
    fn what_is_read_fits_the_schema() {
        let sandbox = Sandbox::new();
        let project = sandbox.project();
        let place = ReadContext {
            directory: &project.root,
            host: &sandbox.host,
            project: &project,
        };
        let schema = json_schema();
        let mut read = 0;
        for key in &KEYS {
            for value in zoo() {
                let given = figment::value::Value::serialize(&value).unwrap();
                let is_read = (key.read)(&mut Settings::unset(), &given, &place).is_ok();
                // An engine of another program's may have any name.
                if is_read && (key.name != "runtime" || !value.is_string()) {
                    read += 1;
                    let form = &schema["properties"][key.name];
                    assert!(takes(form, &value), "{}: {value} for {form}", key.name);
                }
            }
        }
        assert!(read > KEYS.len() * 2, "{read}");
    }

    #[test]
    fn examples_and_defaults_fit_and_mistakes_do_not() {
        let schema = json_schema();
        assert!(takes(&schema, &object_of_toml(DEFAULTS)));
        for key in &KEYS {
            let example = object_of_toml(&format!("{} = {}", key.name, key.example));
            assert!(takes(&schema, &example), "{example}");
            assert!(takes(&schema, &json!({ key.name: null })), "{}", key.name);
            assert!(!takes(&schema, &json!({ key.name: [[]] })), "{}", key.name);
        }
        for wrong in [
            json!({ "memroy": "2g" }),
            json!({ "memory": true }),
            json!({ "network_allow": [1] }),
            json!({ "base_pull": "often" }),
            json!({ "env": { "A": [] } }),
            json!({ "extra_mounts": [{ "source": "/a" }] }),
        ] {
            assert!(!takes(&schema, &wrong), "{wrong}");
        }
    }
}
