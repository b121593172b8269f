//! Environment variables that settings may not set, or that a project may not set.

/// Set by ocx itself: who and where the program is, Git's view of the workspace, and what keeps
/// opencode closed to others and unchanged.
const RESERVED: [&str; 9] = [
    "HOME",
    "LOGNAME",
    "OPENCODE_CONFIG_DIR",
    "OPENCODE_DISABLE_AUTOUPDATE",
    "OPENCODE_SERVER_PASSWORD",
    "OPENCODE_TUI_CONFIG",
    "PATH",
    "SHLVL",
    "USER",
];
const RESERVED_PREFIXES: [&str; 3] = ["GIT_CONFIG_", "OCX_", "XDG_"];

/// Whether ocx keeps the variable for itself, in every layer.
pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
        || RESERVED_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

/// Not for a project: programs load or run what these name, or trust whom they name. The user's
/// API keys pass through a process with these variables.
const STEERING: [&str; 13] = [
    "ALL_PROXY",
    "BUN_OPTIONS",
    "CURL_CA_BUNDLE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "NODE_OPTIONS",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "SSLKEYLOGFILE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
];
const STEERING_PREFIXES: [&str; 7] = [
    "ANTHROPIC_",
    "AWS_ENDPOINT_",
    "AZURE_OPENAI_",
    "DYLD_",
    "LD_",
    "OPENAI_",
    "OPENCODE_",
];

/// Whether the variable steers where credentials go, what opencode may do or what its process
/// loads. Everything else in a project's `env` only concerns the project's own programs, which
/// the agent could start with any environment anyway.
pub(super) fn steers_opencode(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    STEERING.contains(&name.as_str())
        || STEERING_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

/// Whether a project's file may set the variable without anybody's consent.
pub(crate) fn may_stand_in_a_project(name: &str) -> bool {
    !is_reserved(name) && !steers_opencode(name)
}
