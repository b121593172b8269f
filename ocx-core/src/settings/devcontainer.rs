//! Following a project's `devcontainer.json`: what it says the base is, as values of settings.
//!
//! It comes with the project, as the project's `ocx.toml` does, so its values count as the project's.

use camino::{Utf8Path, Utf8PathBuf};
use figment::value::{Dict, Value};

use super::{
    Key, Origin,
    lines::{Place, phrases},
    stack::Contribution,
};
use crate::described_base::{
    DescribedBase, Devcontainer, Fault, LeftOut, LeftOutList, ProjectFiles, UsableBuild, Variables,
    devcontainer::PLACES,
};

/// The setting that says so.
pub(super) const KEY: &str = "custom_base_devcontainer";

/// The settings that say the same in other words.
pub(super) const OTHERS: [&str; 5] = [
    "custom_base_image",
    "custom_base_dockerfile",
    "custom_base_build_args",
    "custom_base_target",
    "custom_base_context",
];

/// What is about more than the base, and why it is not followed.
const NOT_THE_BASE: [(&[&str], &str); 2] = [
    (
        &["containerEnv", "remoteEnv"],
        "only the base is followed: `env` in ocx.toml sets variables",
    ),
    (
        &["forwardPorts"],
        "only the base is followed: `ports` in ocx.toml opens ports",
    ),
];

/// A `devcontainer.json` of the project's that says what the base is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FollowedDevcontainer {
    /// The file, absolute.
    pub file: Utf8PathBuf,
    /// All files that say so, absolute: that one, and Compose files that it names.
    pub read: Vec<Utf8PathBuf>,
    /// What it says besides, and why that is not followed.
    pub left_out: Vec<LeftOut>,
}

impl FollowedDevcontainer {
    /// The places where a project's may lie, absolute; the first that is there counts.
    pub(crate) fn places(root: &Utf8Path) -> [Utf8PathBuf; 2] {
        PLACES.map(|place| root.join(place))
    }
}

/// What is followed, with the values that come of it.
#[derive(Clone, Debug)]
pub(super) struct Following {
    pub(super) followed: FollowedDevcontainer,
    pub(super) values: Vec<Contribution>,
}

/// Why a project's `devcontainer.json` cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DevcontainerError {
    /// There is none.
    #[error(
        "`custom_base_devcontainer` is set {}, and the project has no {}",
        origin.phrase(),
        PLACES.join(" and no ")
    )]
    Missing {
        /// Who wants it followed.
        origin: Origin,
        /// Where it would be looked for first.
        path: Utf8PathBuf,
    },
    /// It cannot be read, or is no file of the project's.
    #[error("{path} cannot be followed: {why}")]
    Unreadable {
        /// The file.
        path: Utf8PathBuf,
        /// Why, as a clause.
        why: String,
    },
    /// It is not well-formed.
    #[error("{path}, line {line}, column {column}: {message}")]
    Syntax {
        /// The file.
        path: Utf8PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// It does not say what the base is, or something that ocx cannot use.
    #[error("{path}, line {line}: {why}")]
    NoBase {
        /// The file.
        path: Utf8PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong, as a clause.
        why: String,
    },
    /// Other settings say what the base is as well.
    #[error(
        "`custom_base_devcontainer` ({}) and `{key}` ({}) cannot both say what the base is",
        phrases(devcontainer),
        phrases(other)
    )]
    NotAlone {
        /// Where the one is set.
        devcontainer: Place,
        /// The other key.
        key: &'static str,
        /// Where that is set.
        other: Place,
    },
}

/// Reads the one of the project at `root`, which `origin` wants followed. Nothing of the host's environment
/// gets into it: nobody is asked.
pub(super) fn read(root: &Utf8Path, origin: &Origin) -> Result<Following, DevcontainerError> {
    let missing = || DevcontainerError::Missing {
        origin: origin.clone(),
        path: root.join(PLACES[0]),
    };
    let files = ProjectFiles::of(root).ok_or_else(missing)?;
    for place in PLACES.map(Utf8Path::new) {
        let path = root.join(place);
        match files.text(place) {
            Ok(None) => {}
            Ok(Some(text)) => return follow(&files, root, place, &text),
            Err(why) => return Err(DevcontainerError::Unreadable { path, why }),
        }
    }
    Err(missing())
}

fn follow(
    files: &ProjectFiles,
    root: &Utf8Path,
    place: &Utf8Path,
    text: &str,
) -> Result<Following, DevcontainerError> {
    let path = root.join(place);
    let error = |fault| of_fault(&path, fault);
    let file = Devcontainer::parse(place, text).map_err(error)?;
    let (mut read, mut left_out) = (vec![place.to_owned()], LeftOutList::default());
    let variables = Variables::new(root, &|_| None);
    let base = file
        .base(files, &variables, &mut read, &mut left_out)
        .map_err(error)?;
    if let DescribedBase::Build(UsableBuild { unusable, .. }) = &base
        && let Some((key, why)) = unusable.first()
    {
        // Without it, another base would be built.
        let why = format!("its `{key}` cannot be used: {why}");
        return Err(error(file.fault(Some(key), why)));
    }
    for (keys, why) in NOT_THE_BASE {
        for key in keys.iter().filter(|key| file.says(key)) {
            left_out.add(key, why);
        }
    }
    file.leave_out(&mut left_out);
    Ok(Following {
        values: values(&path, base),
        followed: FollowedDevcontainer {
            read: read.iter().map(|path| root.join(path)).collect(),
            left_out: left_out.done(),
            file: path,
        },
    })
}

fn of_fault(path: &Utf8Path, fault: Fault) -> DevcontainerError {
    let path = path.to_owned();
    match fault {
        Fault::Syntax(error) => DevcontainerError::Syntax {
            path,
            line: error.line,
            column: error.column,
            message: error.message,
        },
        Fault::Content { line, why } => DevcontainerError::NoBase { path, line, why },
    }
}

/// The same as settings of the project's.
fn values(path: &Utf8Path, base: DescribedBase) -> Vec<Contribution> {
    let origin = Origin::ProjectFile(path.to_owned());
    let text = |key: &str, value: String| (key.to_owned(), Value::from(value));
    let values = match base {
        DescribedBase::Image(image) => vec![text("custom_base_image", image.to_string())],
        DescribedBase::Build(build) => {
            let args: Dict = build
                .args
                .into_iter()
                .map(|(name, value)| (name, Value::from(value)))
                .collect();
            let mut values = vec![text("custom_base_dockerfile", build.dockerfile.to_string())];
            if !args.is_empty() {
                values.push(("custom_base_build_args".to_owned(), Value::from(args)));
            }
            values.extend(
                build
                    .target
                    .map(|target| text("custom_base_target", target)),
            );
            let context = build.context.map(Utf8PathBuf::into_string);
            values.extend(context.map(|context| text("custom_base_context", context)));
            values
        }
    };
    values
        .into_iter()
        .filter_map(|(key, value)| {
            Some(Contribution {
                key: Key::find(&key)?,
                value,
                origin: origin.clone(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
