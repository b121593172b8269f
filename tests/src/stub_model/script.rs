//! What the model says.

use serde_json::{Value, json};

/// The message after a tool's result.
pub const CLOSING: &str = "The stub model is done.";

/// What `write PATH` writes.
pub const DEFAULT_CONTENT: &str = "written by the stub model\n";

/// An answer of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A message.
    Text(String),
    /// A call of a tool.
    Call {
        /// Name of the tool.
        tool: &'static str,
        /// Its arguments.
        arguments: Value,
    },
}

/// The answer to a request.
pub(super) fn answer(request: &Value) -> Answer {
    let has_tools = request["tools"]
        .as_array()
        .is_some_and(|tools| !tools.is_empty());
    if !has_tools {
        return Answer::Text("A title".to_owned());
    }
    let messages = request["messages"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    // What the user said last, unless the tool has been called since.
    let Some(prompt) = messages
        .iter()
        .rev()
        .take_while(|message| message["role"] != "tool")
        .find(|message| message["role"] == "user")
    else {
        return Answer::Text(CLOSING.to_owned());
    };
    let system: String = messages
        .iter()
        .filter(|message| message["role"] == "system")
        .map(text)
        .collect();
    // `opencode run` may put the prompt into quotation marks.
    let prompt = text(prompt);
    let prompt = prompt.trim().trim_matches('"').trim();
    if let Some(command) = prompt.strip_prefix("run:") {
        return Answer::Call {
            tool: "bash",
            arguments: json!({
                "command": command.trim(),
                "description": "Runs what the prompt says",
            }),
        };
    }
    if let Some(order) = prompt.strip_prefix("write ") {
        let (path, content) = match order.split_once(": ") {
            Some((path, content)) => (path, format!("{content}\n")),
            None => (order, DEFAULT_CONTENT.to_owned()),
        };
        return Answer::Call {
            tool: "write",
            arguments: json!({
                "filePath": absolute(path.trim(), &system),
                "content": content,
            }),
        };
    }
    Answer::Text(format!("The stub model heard: {prompt}"))
}

/// The text of a message, whose content is a string or a list of parts.
fn text(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect(),
        _ => String::new(),
    }
}

/// opencode's tools want absolute paths; its system prompt names the directory.
fn absolute(path: &str, system: &str) -> String {
    let directory = system.lines().find_map(|line| {
        line.trim()
            .strip_prefix("Working directory: ")
            .map(str::trim)
    });
    match directory {
        Some(directory) if !path.starts_with('/') => format!("{directory}/{path}"),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(messages: &Value) -> Value {
        json!({ "tools": [{}], "messages": messages })
    }

    #[test]
    fn orders_become_tool_calls() {
        let system =
            json!({"role": "system", "content": "<env>\n  Working directory: /a/b\n</env>"});
        let asked = |prompt: &str| {
            answer(&request(
                &json!([system, {"role": "user", "content": [{"text": prompt}]}]),
            ))
        };
        assert_eq!(
            asked("\"write c.txt: hi\""),
            Answer::Call {
                tool: "write",
                arguments: json!({"filePath": "/a/b/c.txt", "content": "hi\n"})
            }
        );
        let Answer::Call { tool, arguments } = asked("run: id -u") else {
            panic!("no call")
        };
        assert_eq!((tool, &arguments["command"]), ("bash", &json!("id -u")));
        assert_eq!(
            asked("hello"),
            Answer::Text("The stub model heard: hello".to_owned())
        );
    }

    #[test]
    fn a_result_ends_the_turn_and_the_next_prompt_begins_another() {
        let mut messages = json!([
            {"role": "user", "content": "run: true"},
            {"role": "assistant", "tool_calls": [{}]},
            {"role": "tool", "content": ""},
        ]);
        assert_eq!(
            answer(&request(&messages)),
            Answer::Text(CLOSING.to_owned())
        );
        messages
            .as_array_mut()
            .unwrap()
            .push(json!({"role": "user", "content": "run: false"}));
        assert!(matches!(answer(&request(&messages)), Answer::Call { .. }));
        messages = json!([{"role": "user", "content": "write x"}]);
        assert!(matches!(
            answer(&json!({ "messages": messages })),
            Answer::Text(_)
        ));
    }
}
