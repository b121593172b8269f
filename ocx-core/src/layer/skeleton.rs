//! What lies below `/ocx` in an image, but for the programs.

/// A directory or file of the layer.
pub(super) struct Entry {
    /// Path relative to `/ocx`.
    pub(super) path: &'static str,
    /// Mode bits.
    pub(super) mode: u32,
    /// The content of a file; `None` for a directory.
    pub(super) content: Option<&'static str>,
}

const fn directory(path: &'static str, mode: u32) -> Entry {
    Entry {
        path,
        mode,
        content: None,
    }
}

const fn file(path: &'static str, mode: u32, content: &'static str) -> Entry {
    Entry {
        path,
        mode,
        content: Some(content),
    }
}

/// Login shells set a search path of their own in `/etc/profile`; this puts the image's back.
const PROFILE: &str = "\
# Put the search path of the image back, which /etc/profile replaces in login shells.
if [ -n \"${OCX_PATH:-}\" ]; then PATH=$OCX_PATH; export PATH; fi
";

/// Ctrl-Z cannot suspend a program in a container: there is no shell to come back to, and the
/// screen stays blank for good (tried with opencode 1.18.33).
const TUI: &str = "{ \"keybinds\": { \"terminal_suspend\": \"none\" } }\n";

/// Parents come before what is in them.
///
/// The home is for everybody (1777), since no user is baked into the image, and a new volume that is
/// mounted there takes its modes over. It holds every directory that something is mounted into:
/// engines would make missing ones for root alone.
pub(super) const ENTRIES: &[Entry] = &[
    directory("bin", 0o755),
    directory("etc", 0o755),
    file("etc/tui.json", 0o644, TUI),
    file("etc/ca-certificates.crt", 0o644, ""),
    directory("home", 0o1777),
    file("home/.profile", 0o666, PROFILE),
    file("home/.zprofile", 0o666, PROFILE),
    directory("home/.cache", 0o1777),
    directory("home/.config", 0o1777),
    directory("home/.config/opencode", 0o1777),
    directory("home/.local", 0o1777),
    directory("home/.local/share", 0o1777),
    directory("home/.local/share/opencode", 0o1777),
    file("home/.local/share/opencode/auth.json", 0o666, "{}\n"),
    file("home/.local/share/opencode/mcp-auth.json", 0o666, "{}\n"),
    directory("home/.local/state", 0o1777),
];

/// The directories in a new home directory, relative to it.
pub(crate) fn home_directories() -> impl Iterator<Item = &'static str> {
    let directories = ENTRIES.iter().filter(|entry| entry.content.is_none());
    directories.filter_map(|entry| entry.path.strip_prefix("home/"))
}
