//! Paths inside an ocx image.
//!
//! Everything lies below one new top-level directory. Copying into directories that a base may have
//! as symbolic links, such as `/usr/local/bin` or `/home`, replaces the link with the legacy
//! builder and buildah, and fails with BuildKit (tried with 20.10, 4.3.1).

/// The top-level directory of all that ocx adds.
pub(crate) const TOP: &str = "/ocx";
/// The variable that makes a Bun program, as opencode is one, Bun itself, if it is not empty (1.3.14).
pub(crate) const AS_RUNTIME: &str = "BUN_BE_BUN";
/// Programs; first in the search path.
pub(crate) const BIN: &str = "/ocx/bin";
/// The user's home directory.
pub(crate) const HOME: &str = "/ocx/home";
/// opencode's configuration.
pub(crate) const OPENCODE_CONFIG: &str = "/ocx/home/.config/opencode";
/// opencode's data: sessions and credentials.
pub(crate) const OPENCODE_DATA: &str = "/ocx/home/.local/share/opencode";
/// Settings of opencode's terminal interface that a container needs.
pub(crate) const TUI_CONFIG: &str = "/ocx/etc/tui.json";
/// What the agent is told of the place where it is.
pub(crate) const AGENT_NOTES: &str = "/ocx/etc/where-you-are.md";
/// Where the host's certificate authorities are mounted.
pub(crate) const CA_BUNDLE: &str = "/ocx/etc/ca-certificates.crt";
/// The same for Java.
pub(crate) const JAVA_KEYSTORE: &str = "/ocx/etc/ca-certificates.jks";
/// Copies of the files of patterns that the user's own Git reads.
pub(crate) const GIT_FILES: &str = "/ocx/etc/git";
/// The socket of the user's SSH agent.
pub(crate) const SSH_AGENT: &str = "/ocx/ssh-agent.sock";
/// The host keys that the user's SSH knows.
pub(crate) const SSH_KNOWN_HOSTS: &str = "/ocx/etc/ssh_known_hosts";

/// Revision of the home directory's skeleton. It is part of the names of home volumes, since a
/// volume keeps the skeleton that it was first filled with.
pub(crate) const SKELETON_REVISION: u32 = 1;
