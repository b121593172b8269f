//! The commands in groups, as the first page of the help shows them. clap has groups of flags only.

use clap::{Command, builder::styling::Styles};

/// Headings and the commands below them; what people need first comes first.
const GROUPS: [(&str, &[&str]); 7] = [
    ("Start", &["opencode", "run", "init", "build", "doctor"]),
    (
        "Sessions",
        &[
            "shell", "exec", "ps", "stats", "stop", "port", "attach", "logs", "wait",
        ],
    ),
    (
        "Images and settings",
        &[
            "status", "upgrade", "config", "explain", "compat", "trust", "adopt",
        ],
    ),
    ("Disk", &["du", "prune", "image", "volume", "cache"]),
    ("Network and logins", &["network", "logins"]),
    ("Clones", &["changes", "diff", "apply", "discard"]),
    ("Help", &["version", "bug-report", "completions", "man"]),
];

/// clap adds this command by itself, and only when it reads a command line.
const HELP: (&str, &str) = (
    "help",
    "Print this, the help of a command, or a page: `ocx help topics`",
);

/// `command` with its commands in groups on its own page of the help.
pub(super) fn in_groups(command: Command) -> Command {
    let template = template(&command);
    command.help_template(template)
}

/// As clap's own, but for the commands. All flags of this page are those of every command.
fn template(command: &Command) -> String {
    let styles = Styles::styled();
    let (header, literal) = (styles.get_header(), styles.get_literal());
    let about = |name: &str| {
        let command = command.find_subcommand(name).expect("it is in a group");
        let about = command.get_about().map(ToString::to_string);
        let aliases = command.get_visible_aliases();
        let aliases = aliases.map(|alias| format!(" [alias: {alias}]"));
        about.into_iter().chain(aliases).collect::<String>()
    };
    let mut groups: Vec<(&str, Vec<(&str, String)>)> = GROUPS
        .iter()
        .map(|(heading, names)| {
            let rows = names.iter().map(|name| (*name, about(name)));
            (*heading, rows.collect())
        })
        .collect();
    let last = groups.last_mut().expect("there are groups");
    let (name, about) = HELP;
    last.1.push((name, about.to_owned()));
    let width = groups.iter().flat_map(|(_, rows)| rows);
    let width = width.map(|(name, _)| name.len()).max().unwrap_or_default();
    let mut text = "{about-with-newline}\n{usage-heading} {usage}\n\n".to_owned();
    for (heading, rows) in groups {
        text.push_str(&format!("{header}{heading}:{header:#}\n"));
        for (name, about) in rows {
            let space = " ".repeat(width - name.len());
            text.push_str(&format!("  {literal}{name}{literal:#}{space}  {about}\n"));
        }
        text.push('\n');
    }
    text.push_str(&format!(
        "{header}Global options:{header:#}\n{{options}}{{after-help}}"
    ));
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::args::Cli;

    #[test]
    fn each_command_stands_in_one_group() {
        let command = Cli::command();
        let mut commands: Vec<&str> = command
            .get_subcommands()
            .filter(|command| !command.is_hide_set())
            .map(Command::get_name)
            .collect();
        let mut in_groups: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        commands.sort_unstable();
        in_groups.sort_unstable();
        assert_eq!(in_groups, commands);
    }

    #[test]
    fn a_line_of_the_list_fits_a_terminal() {
        let template = template(&Cli::command());
        let plain = anstream::adapter::strip_str(&template).to_string();
        for line in plain.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        // A brace would be taken for a part of the template.
        assert_eq!(plain.matches('{').count(), 5, "{plain}");
    }
}
