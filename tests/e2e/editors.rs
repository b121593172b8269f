//! opencode as an editor's agent: the Agent Client Protocol through `ocx opencode acp`.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::Stdio,
    sync::mpsc,
    thread,
};

use ocx_tests::{engine::Engine, on_each_engine};
use serde_json::{Value, json};

use crate::session_setup::{Project, START};

on_each_engine!(an_editor_begins_a_session_in_the_project);

fn an_editor_begins_a_session_in_the_project(engine: &Engine) {
    let project = Project::new(engine);
    let Some(_model) = project.start_model() else {
        return;
    };
    let requests = [
        json!({
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {"protocolVersion": 1, "clientCapabilities": {}},
        }),
        json!({
            "jsonrpc": "2.0",
            "id": 2,
            "method": "session/new",
            "params": {"cwd": project.sandbox.project(), "mcpServers": []},
        }),
    ];
    let mut editor = project
        .opencode(&["acp"])
        .command()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = editor.stdin.take().unwrap();
    let output = BufReader::new(editor.stdout.take().unwrap());
    let (said, answers) = mpsc::channel();
    thread::spawn(move || {
        output
            .lines()
            .map_while(Result::ok)
            .try_for_each(|line| said.send(line))
    });
    for request in requests {
        writeln!(input, "{request}").unwrap();
        // It also tells of what it does meanwhile.
        let result = loop {
            let line = answers.recv_timeout(START).expect("an answer");
            let message: Value = serde_json::from_str(&line).expect("a message on each line");
            if message["id"] == request["id"] {
                break message["result"].clone();
            }
        };
        match request["id"].as_u64() {
            Some(1) => assert_eq!(result["protocolVersion"], 1, "{result}"),
            _ => assert!(result["sessionId"].is_string(), "{result}"),
        }
    }
    // The editor is closed.
    drop(input);
    editor.wait().unwrap();
    project.assert_no_containers();
}
