//! Why a project was not set up.

use std::io;

use camino::Utf8PathBuf;
use ocx_core::scaffold::ScaffoldError;

/// Why a project was not set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InitError {
    #[error("`{flag}` has no effect here; `ocx init` writes settings, and follows none")]
    NoSettings { flag: String },
    #[error(
        "no devcontainer.json of this project has features or lifecycle commands that lines of a Dockerfile could be made of"
    )]
    NothingToExtend,
    #[error(transparent)]
    Scaffold(#[from] ScaffoldError),
    #[error("could not write `{path}`; nothing was written")]
    Write {
        path: Utf8PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("interrupted; nothing was written")]
    Interrupted,
    #[error("could not ask on the terminal")]
    Terminal {
        #[source]
        source: io::Error,
    },
}
