//! `ocx man`.

use std::{fs, process::ExitCode};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, Command};
use clap_mangen::Man;

use crate::{
    args::{self, GlobalArgs},
    failure::Failure,
};

/// Print the manual page of ocx, or write those of all commands
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ManArgs {
    /// Write the pages of ocx and of each command into this directory, which is made if there is none
    #[arg(long, value_name = "DIR")]
    dir: Option<Utf8PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  ocx man > ocx.1
  ocx man --dir ~/.local/share/man/man1";

/// The name of a page's file, and what stands in it.
type Page = (String, Vec<u8>);

pub(crate) fn run(global: &GlobalArgs, args: &ManArgs) -> Result<ExitCode, Failure> {
    let pages = pages();
    let Some(dir) = &args.dir else {
        let (_, first) = &pages[0];
        global.ui().answer(&String::from_utf8_lossy(first))?;
        return Ok(ExitCode::SUCCESS);
    };
    if global.dry_run {
        let files: Vec<String> = pages
            .iter()
            .map(|(name, _)| format!("{}\n", dir.join(name)))
            .collect();
        global.ui().answer(&files.concat())?;
        return Ok(ExitCode::SUCCESS);
    }
    fs::create_dir_all(dir).map_err(|source| write_failed(dir, source))?;
    for (name, page) in &pages {
        let path = dir.join(name);
        fs::write(&path, page).map_err(|source| write_failed(&path, source))?;
    }
    let count = pages.len();
    global
        .ui()
        .progress(&format!("wrote {count} manual pages into {dir}"));
    Ok(ExitCode::SUCCESS)
}

fn write_failed(path: &Utf8Path, source: std::io::Error) -> Failure {
    Failure::Write {
        path: path.to_owned(),
        source,
    }
}

/// The pages of ocx and its commands, that of ocx first.
fn pages() -> Vec<Page> {
    let mut definition = args::definition().disable_help_subcommand(true);
    definition.build();
    let mut pages = Vec::new();
    add(&definition, &mut pages);
    pages
}

fn add(command: &Command, pages: &mut Vec<Page>) {
    // clap gives commands a name for display, with dashes, when it builds them.
    let name = command
        .get_display_name()
        .unwrap_or(command.get_name())
        .to_owned();
    let mut page = Vec::new();
    Man::new(command.clone())
        .render(&mut page)
        .expect("there is always more memory to write to");
    pages.push((format!("{name}.1"), page));
    for inner in command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set())
    {
        add(inner, pages);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_has_a_page_with_its_flags_and_examples() {
        let pages = pages();
        let find = |name: &str| {
            let page = pages.iter().find(|(page, _)| page == name);
            let (_, text) = page.unwrap_or_else(|| panic!("no {name}"));
            String::from_utf8(text.clone()).unwrap()
        };
        assert_eq!(pages[0].0, "ocx.1");
        for (name, within) in [
            ("ocx.1", "ocx\\-opencode(1)"),
            ("ocx-build.1", "no\\-cache"),
            ("ocx-network-allow.1", "ocx network allow"),
        ] {
            let page = find(name);
            assert!(page.contains(within), "{name}: {page}");
        }
        for (name, page) in &pages {
            let page = String::from_utf8(page.clone()).unwrap();
            assert!(page.contains(".TH ocx"), "{name}: {page}");
            assert!(page.contains("Examples:"), "{name}: {page}");
            assert!(!page.contains('\u{1b}'), "{name}: {page}");
            assert_eq!(ocx_core::printable::text(&page), page, "{name}");
        }
        let commands = args::definition().get_subcommands().count();
        assert!(pages.len() > commands, "{commands}");
    }
}
