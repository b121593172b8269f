//! A base that is built from a Dockerfile of the project's, as other files describe it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::{LeftOutList, ProjectFiles, short};
use crate::{project::DockerfilePath, spec::EnvName};

/// More are a mistake.
const MOST_ARGS: usize = 100;
const LONGEST_VALUE: usize = 4096;

/// What a file says is built.
pub(crate) struct Build {
    /// The Dockerfile, relative to the project.
    pub(crate) dockerfile: Utf8PathBuf,
    /// The build context, relative to the project.
    pub(crate) context: Utf8PathBuf,
    pub(crate) args: BTreeMap<String, String>,
    pub(crate) target: Option<String>,
}

/// What of it settings can name.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct UsableBuild {
    /// A file of the project's.
    pub(crate) dockerfile: DockerfilePath,
    /// The build context, relative to the project; `None` for the Dockerfile's directory.
    pub(crate) context: Option<Utf8PathBuf>,
    /// Build arguments.
    pub(crate) args: BTreeMap<String, String>,
    /// Stage to stop at.
    pub(crate) target: Option<String>,
    /// What is named and cannot be used, with why, as a clause. Without it another base is built.
    pub(crate) unusable: Vec<(&'static str, String)>,
}

impl Build {
    /// What of it settings can name.
    ///
    /// # Errors
    ///
    /// If the Dockerfile is none of the project's: why, as a clause.
    pub(crate) fn usable(
        self,
        files: &ProjectFiles,
        left_out: &mut LeftOutList,
    ) -> Result<UsableBuild, String> {
        let shown = short(self.dockerfile.as_str());
        // The settings take no others.
        if self.dockerfile.as_str().contains(char::is_control) {
            return Err(format!("it names a Dockerfile with an odd name, `{shown}`"));
        }
        let dockerfile: DockerfilePath = self
            .dockerfile
            .as_str()
            .parse()
            .map_err(|error| format!("the Dockerfile `{shown}` cannot be used: {error}"))?;
        if !files.has(dockerfile.as_path()) {
            return Err(format!(
                "it names a Dockerfile that the project does not have, `{shown}`"
            ));
        }
        let mut unusable = Vec::new();
        let beside = dockerfile.as_path().parent().unwrap_or(Utf8Path::new(""));
        let context = match beside == self.context {
            true => None,
            false => match context(files, &self.context) {
                Ok(context) => Some(context),
                Err(why) => {
                    unusable.push(("context", why));
                    None
                }
            },
        };
        let mut args = BTreeMap::new();
        for (name, value) in self.args {
            let is_name = name.parse::<EnvName>().is_ok() && !name.contains(char::is_control);
            let is_value = value.len() <= LONGEST_VALUE && !value.contains('\0');
            if is_name && is_value && args.len() < MOST_ARGS {
                args.insert(name, value);
            } else {
                left_out.add(&format!("args.{name}"), "it is no build argument");
            }
        }
        let target = match self.target {
            Some(target) if !is_plain(&target) => {
                unusable.push(("target", format!("`{}` is no stage", short(&target))));
                None
            }
            target => target,
        };
        Ok(UsableBuild {
            dockerfile,
            context,
            args,
            target,
            unusable,
        })
    }
}

/// What the settings would call a build context.
fn context(files: &ProjectFiles, path: &Utf8Path) -> Result<Utf8PathBuf, String> {
    let path = match path.as_str() {
        "" => Utf8Path::new("."),
        _ => path,
    };
    let shown = short(path.as_str());
    // In settings, a leading tilde is the home directory.
    if path.as_str().contains(char::is_control) || path.as_str().starts_with('~') {
        return Err(format!("`{shown}` is no name that settings take"));
    }
    match files.has_directory(path) {
        true => Ok(path.to_owned()),
        false => Err(format!("`{shown}` is no directory of the project")),
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= 200 && !text.contains(char::is_control)
}
