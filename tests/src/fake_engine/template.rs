//! The part of Go's templates that `--format` is used with: `{{.A.B}}` and `{{json .A.B}}`.

use serde_json::Value;

/// Fills a template in.
pub(super) fn fill(template: &str, value: &Value) -> String {
    let mut result = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        result.push_str(before);
        let Some((action, after)) = after.split_once("}}") else {
            break;
        };
        let action = action.trim();
        let (path, as_json) = match action.strip_prefix("json ") {
            Some(path) => (path.trim(), true),
            None => (action, false),
        };
        let found = path
            .split('.')
            .filter(|key| !key.is_empty())
            .fold(value, |value, key| &value[key]);
        match found {
            Value::String(text) if !as_json => result.push_str(text),
            other => result.push_str(&other.to_string()),
        }
        rest = after;
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fills_in_paths() {
        let value = json!({"Server": {"Version": "1.2", "Os": ["a"]}});
        assert_eq!(fill("v{{.Server.Version}}!", &value), "v1.2!");
        assert_eq!(fill("{{json .Server.Os}}", &value), "[\"a\"]");
        assert_eq!(fill("{{json .}}", &json!("x")), "\"x\"");
    }
}
