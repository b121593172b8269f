//! `devcontainer.json`, in its three forms: an image, a Dockerfile, a service of a Compose file.

use camino::{Utf8Path, Utf8PathBuf};
use jsonc_parser::ParseOptions;
use serde_json::{Map, Value};

use super::{
    DescribedBase, LeftOutList, ProjectFiles, Variables,
    json_lines::{JsonError, line_of},
    reader::{KeyFault, Reader},
};

/// The places where one lies, in the order of the specification. There may be others in directories of
/// `.devcontainer`, of which one is to be chosen.
pub(crate) const PLACES: [&str; 2] = [".devcontainer/devcontainer.json", ".devcontainer.json"];

/// What is not carried over, and why.
const LEFT_OUT: [(&[&str], &str); 9] = [
    (
        &["features"],
        "ocx installs none; what they bring belongs into the Dockerfile of the base",
    ),
    (
        &[
            "initializeCommand",
            "onCreateCommand",
            "updateContentCommand",
            "postCreateCommand",
            "postStartCommand",
            "postAttachCommand",
        ],
        "ocx runs no command by itself; what it installs belongs into the Dockerfile of the base",
    ),
    (
        &["mounts"],
        "mounts are yours to give: `extra_mounts` in your own settings",
    ),
    (
        &[
            "runArgs",
            "privileged",
            "capAdd",
            "securityOpt",
            "init",
            "gpu",
        ],
        "the flags of a session are up to ocx and its settings",
    ),
    (&["remoteUser", "containerUser"], "a session runs as you"),
    (&["customizations"], "it is about editors"),
    (
        &["appPort"],
        "ports that are to be on the host stand in `forwardPorts`",
    ),
    (
        &["workspaceMount", "workspaceFolder"],
        "in a session the project lies where it lies on the host",
    ),
    (
        &["runServices", "hostRequirements", "secrets"],
        "ocx has no such thing",
    ),
];

/// One that was read.
pub(crate) struct Devcontainer<'a> {
    /// Where it lies, relative to the project.
    path: &'a Utf8Path,
    text: &'a str,
    root: Map<String, Value>,
}

/// Why one is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is no JSON.
    Syntax(JsonError),
    /// It says nothing that could be a base.
    Content {
        /// The line with what is wrong, counted from 1.
        line: usize,
        /// What is wrong, as a clause.
        why: String,
    },
}

impl<'a> Devcontainer<'a> {
    /// Reads the text of the one at `path`, relative to the project.
    ///
    /// # Errors
    ///
    /// If it is no table in JSON, with comments and trailing commas.
    pub(crate) fn parse(path: &'a Utf8Path, text: &'a str) -> Result<Self, Fault> {
        let parsed = jsonc_parser::parse_to_serde_value::<Value>(text, &ParseOptions::default())
            .map_err(|error| Fault::Syntax(JsonError::from(&error)))?;
        match parsed {
            Value::Object(root) => Ok(Self { path, text, root }),
            _ => Err(Fault::Content {
                line: 1,
                why: "it is no table".to_owned(),
            }),
        }
    }

    /// The base that it describes. `read` gets the other files that say so, relative to the project.
    ///
    /// # Errors
    ///
    /// If it describes none.
    pub(crate) fn base(
        &self,
        files: &ProjectFiles,
        variables: &Variables,
        read: &mut Vec<Utf8PathBuf>,
        left_out: &mut LeftOutList,
    ) -> Result<DescribedBase, Fault> {
        let reader = Reader {
            files,
            variables,
            folder: self.path.parent().unwrap_or(Utf8Path::new("")),
            root: &self.root,
        };
        reader
            .base(read, left_out)
            .map_err(|KeyFault { key, why }| self.fault(key, why))
    }

    /// That something is wrong with the value of a key.
    pub(crate) fn fault(&self, key: Option<&str>, why: String) -> Fault {
        let line = key.and_then(|key| line_of(self.text, key)).unwrap_or(1);
        Fault::Content { line, why }
    }

    /// Where it lies, relative to the project.
    pub(crate) fn path(&self) -> &Utf8Path {
        self.path
    }

    /// All of it.
    pub(crate) fn table(&self) -> &Map<String, Value> {
        &self.root
    }

    /// Lists what it says that never is carried over.
    pub(crate) fn leave_out(&self, left_out: &mut LeftOutList) {
        for (keys, why) in LEFT_OUT {
            for key in keys.iter().filter(|key| self.says(key)) {
                left_out.add(key, why);
            }
        }
    }

    /// Whether it says something with this key.
    pub(crate) fn says(&self, key: &str) -> bool {
        match self.root.get(key) {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::Array(list)) => !list.is_empty(),
            Some(Value::Object(table)) => !table.is_empty(),
            Some(_) => true,
        }
    }
}

/// A text, a number or a flag as a text.
pub(crate) fn plain_value(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
