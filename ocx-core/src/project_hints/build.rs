//! A base that is built from a Dockerfile of the project's, as other files describe it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    files::ProjectFiles,
    proposal::{LeftOutList, short},
};
use crate::{
    scaffold::{BaseChoice, DockerfilePath, Setup, base_image_name},
    spec::EnvName,
};

/// More are a mistake.
const MOST_ARGS: usize = 100;
const LONGEST_VALUE: usize = 4096;

/// What is built.
#[derive(Debug)]
pub(super) struct Build {
    /// The Dockerfile, relative to the project.
    pub(super) dockerfile: Utf8PathBuf,
    /// The build context, relative to the project.
    pub(super) context: Utf8PathBuf,
    pub(super) args: BTreeMap<String, String>,
    pub(super) target: Option<String>,
}

impl Build {
    /// What ocx would be set up with.
    ///
    /// # Errors
    ///
    /// Why it cannot be, as a clause.
    pub(super) fn setup(
        self,
        files: &ProjectFiles,
        left_out: &mut LeftOutList,
    ) -> Result<Setup, String> {
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
        let beside = dockerfile.as_path().parent().unwrap_or(Utf8Path::new(""));
        let context = match beside == self.context {
            true => None,
            false => match context(files, &self.context) {
                Ok(context) => Some(context),
                Err(why) => {
                    left_out.add("context", why);
                    None
                }
            },
        };
        let mut setup = Setup::new(BaseChoice::Dockerfile {
            dockerfile,
            image: base_image_name(files.root()),
        });
        setup.context = context;
        for (name, value) in self.args {
            let is_name = name.parse::<EnvName>().is_ok() && !name.contains(char::is_control);
            let is_value = value.len() <= LONGEST_VALUE && !value.contains('\0');
            if is_name && is_value && setup.build_args.len() < MOST_ARGS {
                setup.build_args.insert(name, value);
            } else {
                left_out.add(&format!("args.{name}"), "it is no build argument");
            }
        }
        match self.target {
            Some(target) if is_plain(&target) => setup.target = Some(target),
            Some(target) => left_out.add("target", format!("`{}` is no stage", short(&target))),
            None => {}
        }
        Ok(setup)
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
        false => Err(format!(
            "`{shown}` is no directory of the project; for ocx it is the Dockerfile's"
        )),
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= 200 && !text.contains(char::is_control)
}
