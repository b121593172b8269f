//! The project's own configuration of opencode, left out until somebody agrees to it.

use async_trait::async_trait;
use camino::Utf8PathBuf;

use super::{Begun, Opening, Part};
use crate::{
    ops::{SessionError, session::project_config::ProjectConfig},
    session::plan::Contribution,
    spec::{EnvValue, Environment},
};

/// opencode reads nothing of the project but its instructions with this one (1.18.34).
const SWITCH: &str = "OPENCODE_DISABLE_PROJECT_CONFIG";
/// Configuration in a variable, on top of the user's own.
const MORE: &str = "OPENCODE_CONFIG_CONTENT";

/// Why something of it is left out or covered.
pub(super) const PURPOSE: &str = "what the project brings for opencode and nobody has agreed to";

/// Sets opencode's switch, and names the files with instructions, which the switch leaves out as well.
/// What it does not leave out is covered with what else is hidden.
pub(super) struct LeaveOut;

#[async_trait]
impl Part for LeaveOut {
    fn purpose(&self) -> &'static str {
        PURPOSE
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let ProjectConfig::LeftOut(left_out) = opening.project_config else {
            return Ok(Begun::default());
        };
        let mut contribution = Contribution {
            environment: variable(SWITCH, "1".to_owned()),
            notes: vec![left_out.notice(&opening.ocx.project.root)],
            ..Contribution::default()
        };
        if !left_out.instructions.is_empty() {
            contribution.inherited = variable(MORE, with_instructions(&left_out.instructions));
        }
        Ok(contribution.into())
    }
}

fn variable(name: &str, value: String) -> Environment {
    [(name.parse().expect("a valid name"), EnvValue::Plain(value))].into()
}

/// opencode replaces `{file:…}` and `{env:…}` before it reads the JSON, so no brace of a path is left.
fn with_instructions(files: &[Utf8PathBuf]) -> String {
    let files: Vec<String> = files
        .iter()
        .map(|file| serde_json::json!(file).to_string().replace('{', "\\u007b"))
        .collect();
    format!("{{\"instructions\":[{}]}}", files.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_no_more_than_paths() {
        let files = ["/a/AGENTS.md", "/{file:b}/\"q\"/AGENTS.md"].map(Utf8PathBuf::from);
        let text = with_instructions(&files);
        assert!(!text.contains("{file:"), "{text}");
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, serde_json::json!({ "instructions": files }));
    }
}
