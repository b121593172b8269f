//! What people type by habit, from other programs of the kind, and what does that here.

/// What people type by habit, and what does that here.
pub(super) const HABITS: &[(&[&str], &str)] = &[
    (
        &["login", "signin"],
        "`ocx opencode auth login` logs in to a model provider",
    ),
    (
        &["logout", "signout"],
        "`ocx opencode auth logout` logs out of a model provider",
    ),
    (
        &["log", "output"],
        "`ocx logs` shows what a detached session has printed, `ocx network log` what sessions asked for",
    ),
    (
        &["start", "up", "launch", "open", "code", "tui", "chat"],
        "`ocx opencode` starts a session",
    ),
    (
        &["rm", "remove", "delete"],
        "`ocx image rm` and `ocx volume rm` remove images and homes; `ocx stop` stops sessions, whose containers are removed when they end",
    ),
    (
        &["down", "kill", "end", "quit"],
        "`ocx stop` stops sessions, whose containers are removed when they end; `ocx discard` throws work on a clone away",
    ),
    (
        &["restart", "resume", "continue"],
        "`ocx opencode --continue` goes on with the last conversation",
    ),
    (
        &["enter", "sh", "bash", "ssh", "connect"],
        "`ocx shell` opens a shell where the agent works",
    ),
    (
        &["update", "self-update", "upgrade-opencode"],
        "`ocx upgrade` takes the newest version of opencode",
    ),
    (
        &["list", "sessions", "top"],
        "`ocx ps` lists the running sessions",
    ),
    (
        &["info", "inspect"],
        "`ocx status` shows what would run now",
    ),
    (
        &["check", "health", "diagnose"],
        "`ocx doctor` checks what ocx needs on this machine",
    ),
    (
        &["images"],
        "`ocx image list` lists the images that ocx built; `ocx status` shows the one of this project",
    ),
    (
        &["rmi"],
        "`ocx image rm` removes images by their names, `ocx prune` what nobody needs",
    ),
    (
        &["volumes"],
        "`ocx volume list` lists the homes of projects",
    ),
    (
        &["df", "disk", "storage"],
        "`ocx du` lists the images, homes and downloads of ocx's",
    ),
    (
        &["clean", "cleanup", "gc", "purge"],
        "`ocx prune` removes what of ocx's nobody needs",
    ),
    (
        &["report", "bug", "issue", "feedback"],
        "`ocx bug-report` prints what a report needs",
    ),
    (
        &["pull", "fetch"],
        "`ocx build --pull` fetches the newest base image",
    ),
    (&["rebuild"], "`ocx build --force` builds the image anew"),
    (
        &["new", "create", "setup"],
        "`ocx init` writes an ocx.toml for this project",
    ),
    (
        &["settings", "configure", "set", "get"],
        "`ocx config` shows the settings",
    ),
    (
        &["ports", "forward"],
        "`ocx port` lists and opens the ports of a session",
    ),
    (
        &["merge", "accept"],
        "`ocx apply` takes over what a session made on a clone",
    ),
    (
        &["allow", "permit"],
        "`ocx network allow` lets running sessions reach more",
    ),
    (
        &["deny", "block"],
        "`ocx network deny` keeps running sessions from a host",
    ),
];

/// Commands of opencode's, which are behind `ocx opencode`.
pub(super) const OPENCODE: &[&str] = &[
    "acp", "agent", "auth", "export", "github", "import", "mcp", "models", "pr", "serve",
    "session", "web",
];

/// Words behind a command that has commands.
pub(super) const INNER: &[(&str, &[&str], &str)] = &[
    (
        "config",
        &["ls", "show", "print", "view", "all"],
        "`ocx config list` lists what is set and where, `ocx config` shows all settings",
    ),
    (
        "config",
        &["open"],
        "`ocx config edit` opens your own file, `ocx config path` shows where all are",
    ),
    (
        "config",
        &["add", "remove", "rm", "delete", "reset"],
        "`ocx config set` sets something, `ocx config unset` takes it out",
    ),
    (
        "image",
        &["remove", "delete", "del"],
        "`ocx image rm` removes images by their names",
    ),
    (
        "volume",
        &["remove", "delete", "del"],
        "`ocx volume rm` removes homes by their names",
    ),
    (
        "image",
        &["prune", "clean"],
        "`ocx prune` removes the images that nobody needs",
    ),
    (
        "volume",
        &["prune", "clean"],
        "`ocx prune --volumes` removes the homes that nobody needs, too",
    ),
    (
        "image",
        &["build", "pull", "create"],
        "`ocx build` builds the image of this project",
    ),
    (
        "cache",
        &["rm", "remove", "clean", "clear", "purge", "delete"],
        "`ocx cache prune` removes downloads that nobody needs",
    ),
    (
        "network",
        &["ls", "list", "status"],
        "`ocx network log` shows what sessions asked for, `ocx network sets` the named sets of hosts",
    ),
];

/// Flags of a command, by its words.
pub(super) const FLAGS: &[(&[&str], &[&str], &str)] = &[
    (
        &["image", "rm"],
        &["--force", "-f"],
        "`ocx image rm --yes` does not ask",
    ),
    (
        &["volume", "rm"],
        &["--force", "-f"],
        "`ocx volume rm --yes` does not ask; the home of a running session stays",
    ),
    (
        &["config"],
        &["--global", "--user", "--list", "-l"],
        "`ocx config` shows all settings, and `ocx config set` changes your own file unless `--project` is given",
    ),
    (
        &["prune"],
        &["--force", "-f"],
        "`ocx prune --yes` does not ask",
    ),
    (
        &["ps"],
        &["--quiet", "-aq", "--filter", "--format"],
        "`ocx ps --json` is for programs",
    ),
];
