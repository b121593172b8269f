//! Variables that the engine's own command obeys.

/// Names that mean something to the engine's command, or to what it starts: the loader, a shell around
/// it, Git, a helper that keeps passwords. A Dockerfile that asks for an argument of such a name must
/// not have it put into the environment of that command on the way: `LD_PRELOAD` would run on the host,
/// and `DOCKER_HOST` would lead elsewhere.
const OBEYED: [&str; 44] = [
    "ALL_PROXY",
    "BASHOPTS",
    "CDPATH",
    "CURL_CA_BUNDLE",
    "DISPLAY",
    "ENV",
    "FTP_PROXY",
    "GCONV_PATH",
    "GOCOVERDIR",
    "GODEBUG",
    "GOGC",
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "GORACE",
    "GOTRACEBACK",
    "HOME",
    "HOSTALIASES",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "IFS",
    "JAVA_TOOL_OPTIONS",
    "LANG",
    "LANGUAGE",
    "LOCALDOMAIN",
    "LOCPATH",
    "LOGNAME",
    "NLSPATH",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NO_PROXY",
    "PATH",
    "PS4",
    "PWD",
    "RES_OPTIONS",
    "RUBYLIB",
    "RUBYOPT",
    "SHELL",
    "SHELLOPTS",
    "TEMP",
    "TERM",
    "TMP",
    "TMPDIR",
    "TZDIR",
    "USER",
];
const OBEYED_PREFIXES: [&str; 34] = [
    "BASH_",
    "BUILDAH_",
    "BUILDKIT_",
    "BUILDX_",
    "COMPOSE_",
    "CONTAINERS_",
    "CONTAINER_",
    "DBUS_",
    "DOCKER_",
    "DYLD_",
    "GIT_",
    "GLIBC_",
    "GNUPG",
    "GPG_",
    "LC_",
    "LD_",
    "LISTEN_",
    "MALLOC_",
    "MOBY_",
    "NOTIFY_",
    "OPENSSL_",
    "OTEL_",
    "PERL",
    "PODMAN_",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "REGISTRY_",
    "SSH_",
    "SSLKEYLOGFILE",
    "SSL_",
    "STORAGE_",
    "XDG_",
    "_",
];

/// Whether a variable of this name would mean something to the engine's own command.
pub(super) fn is_known(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    OBEYED.contains(&name.as_str())
        || OBEYED_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

/// Whether a variable with this value would mean something to the engine's own command.
///
/// A proxy with a password in it is a secret before it is anything else: it is one of the host's own,
/// and the command may use it.
pub(super) fn is_obeyed(name: &str, value: &str) -> bool {
    let is_proxy = name.to_ascii_uppercase().ends_with("_PROXY");
    let is_secret = is_proxy && value.contains('@');
    is_known(name) && !is_secret
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_mean_nothing_to_an_engine() {
        for name in [
            "NPM_TOKEN",
            "GITHUB_TOKEN",
            "VERSION",
            "BASE",
            "GO_VERSION",
            "RUBY_VERSION",
            "PASSWORD",
            "username",
            "TZ",
        ] {
            assert!(!is_obeyed(name, "x"), "{name}");
        }
    }

    #[test]
    fn names_that_steer_programs_do() {
        for name in [
            "LD_PRELOAD",
            "DOCKER_HOST",
            "CONTAINERS_CONF",
            "PATH",
            "GIT_SSH_COMMAND",
            "http_proxy",
            "BUILDKIT_INLINE_CACHE",
        ] {
            assert!(is_obeyed(name, "x"), "{name}");
        }
        assert!(!is_obeyed("HTTPS_PROXY", "http://jane:secret@proxy:3128"));
    }
}
