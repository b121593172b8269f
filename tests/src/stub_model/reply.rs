//! Answers in the shapes of OpenAI's chat completions.

use serde_json::{Value, json};

use super::script::Answer;

const ID: &str = "chatcmpl-stub";

/// The answer as the data of server-sent events.
pub(super) fn pieces(answer: &Answer) -> Vec<String> {
    let chunk = |delta: Value, finish: Value| {
        json!({
            "id": ID,
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "stub",
            "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
        })
    };
    let mut chunks = match answer {
        Answer::Text(text) => text
            .split_inclusive(' ')
            .map(|word| chunk(json!({ "content": word }), Value::Null))
            .collect(),
        Answer::Call { tool, arguments } => {
            let call = json!({
                "index": 0,
                "id": "call-stub",
                "type": "function",
                "function": { "name": tool, "arguments": arguments.to_string() },
            });
            vec![chunk(json!({ "tool_calls": [call] }), Value::Null)]
        }
    };
    chunks.insert(0, chunk(json!({ "role": "assistant" }), Value::Null));
    let mut last = chunk(json!({}), json!(finish_reason(answer)));
    last["usage"] = usage();
    chunks.push(last);
    chunks
        .iter()
        .map(ToString::to_string)
        .chain(["[DONE]".to_owned()])
        .collect()
}

/// The answer to a request that does not ask for a stream.
pub(super) fn whole(answer: &Answer) -> Value {
    let message = match answer {
        Answer::Text(text) => json!({ "role": "assistant", "content": text }),
        Answer::Call { tool, arguments } => json!({
            "role": "assistant",
            "content": null,
            "tool_calls": [{
                "id": "call-stub",
                "type": "function",
                "function": { "name": tool, "arguments": arguments.to_string() },
            }],
        }),
    };
    json!({
        "id": ID,
        "object": "chat.completion",
        "created": 0,
        "model": "stub",
        "choices": [{ "index": 0, "message": message, "finish_reason": finish_reason(answer) }],
        "usage": usage(),
    })
}

fn finish_reason(answer: &Answer) -> &'static str {
    match answer {
        Answer::Text(_) => "stop",
        Answer::Call { .. } => "tool_calls",
    }
}

fn usage() -> Value {
    json!({ "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 })
}
