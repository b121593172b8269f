//! Variables of images that sessions have to know of.

use std::collections::BTreeMap;

use crate::runtime::ImageInfo;

/// A variable by which images tell a program where it keeps something.
pub(crate) struct KeptAt {
    /// Its name.
    pub(crate) name: &'static str,
    /// Where the user has that, relative to the home directory.
    pub(crate) own: &'static str,
}

const fn kept_at(name: &'static str, own: &'static str) -> KeptAt {
    KeptAt { name, own }
}

/// What programs write as whoever runs them. Images set these for the user who built them, often root.
pub(crate) const KEPT_AT: &[KeptAt] = &[
    kept_at("BUN_INSTALL", ".bun"),
    kept_at("CARGO_HOME", ".cargo"),
    kept_at("CONDA_PKGS_DIRS", ".conda/pkgs"),
    kept_at("DENO_DIR", ".cache/deno"),
    kept_at("GOCACHE", ".cache/go-build"),
    kept_at("GOMODCACHE", "go/pkg/mod"),
    kept_at("GOPATH", "go"),
    kept_at("GRADLE_USER_HOME", ".gradle"),
    kept_at("HF_HOME", ".cache/huggingface"),
    kept_at("IPYTHONDIR", ".ipython"),
    kept_at("JUPYTER_CONFIG_DIR", ".jupyter"),
    kept_at("JUPYTER_DATA_DIR", ".local/share/jupyter"),
    kept_at("JUPYTER_RUNTIME_DIR", ".local/share/jupyter/runtime"),
    kept_at("MPLCONFIGDIR", ".config/matplotlib"),
    kept_at("NPM_CONFIG_CACHE", ".npm"),
    kept_at("NUGET_PACKAGES", ".nuget/packages"),
    kept_at("PIP_CACHE_DIR", ".cache/pip"),
    kept_at("POETRY_CACHE_DIR", ".cache/pypoetry"),
    kept_at("PYTHONUSERBASE", ".local"),
    kept_at("UV_CACHE_DIR", ".cache/uv"),
    kept_at("YARN_CACHE_FOLDER", ".cache/yarn"),
];

/// Where programs look for the certificates of authorities: OpenSSL and what uses it (Python, Ruby, PHP,
/// Go, uv), curl, Python's requests, Git, pip, cargo, the AWS tools, Deno, and programs from Nix.
pub(crate) const CERTIFICATES: &[&str] = &[
    "AWS_CA_BUNDLE",
    "CARGO_HTTP_CAINFO",
    "CURL_CA_BUNDLE",
    "DENO_CERT",
    "GIT_SSL_CAINFO",
    "NIX_SSL_CERT_FILE",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
];

/// Options for all programs in Java, <https://docs.oracle.com/en/java/javase/21/troubleshoot/environment-variables-and-system-properties.html>.
pub(crate) const JAVA_OPTIONS: &str = "JAVA_TOOL_OPTIONS";

/// The directory of nvm, which refuses to work with a prefix for npm.
pub(crate) const NVM: &str = "NVM_DIR";
/// A directory that only its user may use, for as long as that one is logged in.
pub(crate) const RUNTIME_DIRECTORY: &str = "XDG_RUNTIME_DIR";

/// Those of these variables that an image sets. What else it sets stays in it.
pub(super) fn known(image: &ImageInfo) -> BTreeMap<String, String> {
    let kept = KEPT_AT.iter().map(|kept| kept.name);
    let names = kept.chain(CERTIFICATES.iter().copied());
    names
        .chain([JAVA_OPTIONS, NVM, RUNTIME_DIRECTORY])
        .filter_map(|name| Some((name.to_owned(), image.variable(name)?.to_owned())))
        .collect()
}
