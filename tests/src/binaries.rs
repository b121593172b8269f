//! The programs under test, put where any user may execute them.

use std::{fs, os::unix::fs::PermissionsExt, sync::OnceLock};

use camino::{Utf8Path, Utf8PathBuf};

use crate::run_id::RunId;

/// A program of this package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// ocx itself.
    Ocx,
    /// The scripted engine.
    FakeEngine,
    /// The model server.
    StubModel,
    /// What removes a run's remains.
    Reaper,
    /// The example that uses ocx as a library.
    Library,
    /// The program that links ocx as others do.
    Embedding,
    /// The example that runs the conformance suite.
    Conformance,
}

impl Binary {
    /// Where Cargo put the program. It lies beside the tests' own programs, or one directory up.
    #[must_use]
    pub fn built(self) -> Utf8PathBuf {
        let name = match self {
            Self::Ocx => "ocx-dup",
            Self::FakeEngine => "fake-engine",
            Self::StubModel => "stub-model",
            Self::Reaper => "reaper",
            Self::Library => "examples/library",
            Self::Embedding => "ocx-embedding",
            Self::Conformance => "examples/conformance",
        };
        let this = std::env::current_exe().expect("this program has a path");
        let this = Utf8PathBuf::from_path_buf(this).expect("the path is UTF-8");
        this.ancestors()
            .skip(1)
            .take(2)
            .map(|directory| directory.join(name))
            .find(|path| path.is_file())
            .unwrap_or_else(|| {
                panic!("{name} is not built: run `cargo build --workspace --bins --examples`")
            })
    }

    /// A copy that every user may execute: the build directory may lie in a home that is closed.
    #[must_use]
    pub fn reachable(self) -> Utf8PathBuf {
        let built = self.built();
        let name = match self {
            Self::Ocx => "ocx",
            _ => built.file_name().expect("programs have names"),
        };
        let path = run_directory().join(name);
        let _lock = crate::cache::lock(&path.with_extension("lock"));
        if !path.exists() {
            link_or_copy(&built, &path);
        }
        path
    }
}

/// A directory that lasts as long as the run, for what its sandboxes share.
fn run_directory() -> &'static Utf8Path {
    static DIRECTORY: OnceLock<Utf8PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let directory = Utf8PathBuf::from(format!("/tmp/{}", RunId::current()));
        fs::create_dir_all(&directory).unwrap_or_else(|error| panic!("{directory}: {error}"));
        fs::set_permissions(&directory, PermissionsExt::from_mode(0o755))
            .unwrap_or_else(|error| panic!("{directory}: {error}"));
        directory
    })
}

/// A second name for a file where the file system allows it, else a copy.
pub(crate) fn link_or_copy(from: &Utf8Path, to: &Utf8Path) {
    if fs::hard_link(from, to).is_err() {
        fs::copy(from, to).unwrap_or_else(|error| panic!("{from} to {to}: {error}"));
    }
}
