//! The Dockerfile of the layer.

use std::collections::BTreeMap;

use crate::{image::ImageReference, layout};

/// The Dockerfile that puts ocx's layer on a base.
///
/// It uses only what the legacy builder, BuildKit and buildah all know, and runs nothing in the
/// base. `COPY` makes root the owner whatever the base's `USER` is, and that `USER` stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LayerDockerfile(String);

impl LayerDockerfile {
    /// The Dockerfile for a base that has the search path `base_path`, with `labels`.
    ///
    /// The labels stand in one instruction, since the legacy builder makes a container for each
    /// (and one for each `--label`).
    ///
    /// # Errors
    ///
    /// If the search path cannot stand in a Dockerfile.
    pub(crate) fn new(
        base: &ImageReference,
        base_path: &str,
        labels: &BTreeMap<String, String>,
    ) -> Result<Self, UnusablePath> {
        if base_path.contains(['\n', '\r', '\0']) {
            return Err(UnusablePath {
                path: base_path.to_owned(),
            });
        }
        let path = quoted(&format!("{}:{base_path}", layout::BIN));
        let top = layout::TOP;
        let labels: String = labels
            .iter()
            .map(|(name, value)| format!(" {}={}", quoted(name), quoted(value)))
            .collect();
        let labels = if labels.is_empty() {
            labels
        } else {
            format!("LABEL{labels}\n")
        };
        Ok(Self(format!(
            "FROM {base}\n\
             COPY ocx {top}\n\
             ENV PATH={path} OCX_PATH={path}\n\
             {labels}\
             STOPSIGNAL SIGTERM\n\
             HEALTHCHECK NONE\n\
             ENTRYPOINT []\n\
             CMD [\"opencode\"]\n"
        )))
    }

    /// The text.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value of `ENV`: in double quotes, with the characters escaped that mean something there,
/// <https://docs.docker.com/reference/dockerfile/#environment-replacement>.
fn quoted(value: &str) -> String {
    let mut quoted = String::from('"');
    for character in value.chars() {
        if matches!(character, '"' | '\\' | '$') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

/// The search path of a base cannot stand in a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the search path {path:?} of the base image holds a line break")]
pub struct UnusablePath {
    /// The path.
    pub path: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_sets_and_runs_nothing() {
        let labels = [
            ("a".to_owned(), "1 $x".to_owned()),
            ("b".to_owned(), String::new()),
        ]
        .into();
        let dockerfile =
            LayerDockerfile::new(&"team-tools".parse().unwrap(), "/opt/bin:/bin", &labels).unwrap();
        insta::assert_snapshot!(dockerfile.as_str(), @r#"
        FROM team-tools
        COPY ocx /ocx
        ENV PATH="/ocx/bin:/opt/bin:/bin" OCX_PATH="/ocx/bin:/opt/bin:/bin"
        LABEL "a"="1 \$x" "b"=""
        STOPSIGNAL SIGTERM
        HEALTHCHECK NONE
        ENTRYPOINT []
        CMD ["opencode"]
        "#);
    }

    #[test]
    fn odd_paths_are_escaped_or_refused() {
        assert_eq!(quoted(r#"/a b:/$HOME:"\"#), r#""/a b:/\$HOME:\"\\""#);
        assert!(
            LayerDockerfile::new(&"x".parse().unwrap(), "/a\nRUN evil", &BTreeMap::new()).is_err()
        );
    }
}
