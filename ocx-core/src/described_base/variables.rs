//! The variables of a `devcontainer.json`: `${localWorkspaceFolder}`, `${localEnv:NAME:default}` and so on.

use std::borrow::Cow;

use camino::Utf8Path;

/// Longer texts are nobody's.
const LONGEST: usize = 4096;

/// What variables stand for.
pub(crate) struct Variables<'a> {
    root: &'a Utf8Path,
    host_variable: &'a dyn Fn(&str) -> Option<String>,
}

/// A text in which they have been replaced.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) text: String,
    /// Whether something in it is from the host's environment.
    pub(crate) is_of_host: bool,
}

/// Why one cannot be replaced, as a clause.
pub(crate) type Unknown = Cow<'static, str>;

impl<'a> Variables<'a> {
    pub(crate) fn new(
        root: &'a Utf8Path,
        host_variable: &'a dyn Fn(&str) -> Option<String>,
    ) -> Self {
        Self {
            root,
            host_variable,
        }
    }

    /// What is put in is not looked at again.
    pub(crate) fn resolve(&self, text: &str) -> Result<Resolved, Unknown> {
        let mut resolved = Resolved {
            text: String::new(),
            is_of_host: false,
        };
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((variable, behind)) = after.split_once('}') else {
                break;
            };
            resolved.text.push_str(before);
            self.replace(variable, &mut resolved)?;
            rest = behind;
        }
        resolved.text.push_str(rest);
        if resolved.text.len() > LONGEST {
            return Err("it is too long".into());
        }
        Ok(resolved)
    }

    fn replace(&self, variable: &str, resolved: &mut Resolved) -> Result<(), Unknown> {
        let (kind, argument) = match variable.split_once(':') {
            Some((kind, argument)) => (kind, Some(argument)),
            None => (variable, None),
        };
        match (kind, argument) {
            // The project lies at the same path in a session.
            ("localWorkspaceFolder" | "containerWorkspaceFolder", None) => {
                resolved.text.push_str(self.root.as_str());
            }
            ("localWorkspaceFolderBasename" | "containerWorkspaceFolderBasename", None) => {
                resolved
                    .text
                    .push_str(self.root.file_name().unwrap_or_default());
            }
            ("localEnv" | "env", Some(argument)) => {
                let (name, default) = match argument.split_once(':') {
                    Some((name, default)) => (name, Some(default)),
                    None => (argument, None),
                };
                match ((self.host_variable)(name), default) {
                    (Some(value), _) => {
                        resolved.is_of_host = true;
                        resolved.text.push_str(&value);
                    }
                    (None, Some(default)) => resolved.text.push_str(default),
                    (None, None) => {
                        return Err(
                            "it hangs on a variable of your environment that is not set, or not \
                             read without a question"
                                .into(),
                        );
                    }
                }
            }
            _ => return Err("it hangs on a variable that ocx does not have".into()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Result<(String, bool), String> {
        let host = |name: &str| (name == "TAG").then(|| "3 ${localEnv:TAG}".to_owned());
        let variables = Variables::new("/home/ann/my shop".into(), &host);
        match variables.resolve(text) {
            Ok(resolved) => Ok((resolved.text, resolved.is_of_host)),
            Err(why) => Err(why.into_owned()),
        }
    }

    #[test]
    fn each_form() {
        for (text, expected, is_of_host) in [
            ("", "", false),
            ("plain $HOME {x}", "plain $HOME {x}", false),
            ("${localWorkspaceFolder}/x", "/home/ann/my shop/x", false),
            ("a-${localWorkspaceFolderBasename}", "a-my shop", false),
            ("${containerWorkspaceFolder}", "/home/ann/my shop", false),
            ("${localEnv:NONE:two:three}", "two:three", false),
            ("${localEnv:NONE:}", "", false),
            ("x:${localEnv:TAG}.1", "x:3 ${localEnv:TAG}.1", true),
            ("x:${localEnv:TAG:9}", "x:3 ${localEnv:TAG}", true),
            ("open ${localEnv:TAG", "open ${localEnv:TAG", false),
        ] {
            assert_eq!(resolved(text), Ok((expected.to_owned(), is_of_host)));
        }
        for text in [
            "${localEnv:NONE}",
            "${containerEnv:PATH}:/x",
            "${devcontainerId}",
            "${localWorkspaceFolder:x}",
            "${localEnv}",
            "${}",
        ] {
            assert!(resolved(text).is_err(), "{text}");
        }
        assert!(resolved(&"x".repeat(5000)).is_err());
        assert!(resolved(&"${localWorkspaceFolder}".repeat(500)).is_err());
    }
}
