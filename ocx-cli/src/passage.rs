//! A line of a settings file with a mark below what is meant, as compilers show it.
//!
//! This is drawn here, and not by one of the libraries for it, because the line is text from outside and
//! shown in part only: what a terminal would obey becomes an escape first, which moves what is behind it,
//! and the column that is told is that of the file.

use ocx_core::{
    printable,
    settings::{Excerpt, Passage},
};
use unicode_width::UnicodeWidthStr as _;

/// The parts of a passage, in which nothing is left that a terminal would obey.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// The file with line and column.
    pub(crate) place: String,
    pub(crate) line: Option<DrawnLine>,
}

/// The line and the mark below it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DrawnLine {
    pub(crate) number: String,
    pub(crate) text: String,
    pub(crate) mark: String,
}

impl Drawn {
    pub(crate) fn of(passage: &Passage) -> Self {
        let Passage {
            path, line, column, ..
        } = passage;
        Self {
            place: printable::field(&format!("{path}:{line}:{column}")).into_owned(),
            line: passage
                .excerpt
                .as_ref()
                .map(|excerpt| DrawnLine::of(excerpt, *line)),
        }
    }

    /// How far the places of all lines are moved to the right.
    pub(crate) fn indent(&self) -> usize {
        self.line.as_ref().map_or(1, |line| line.number.len())
    }
}

impl DrawnLine {
    fn of(excerpt: &Excerpt, number: usize) -> Self {
        let [before, marked, after] =
            [&excerpt.before, &excerpt.marked, &excerpt.after].map(|part| shown(part));
        let spaces = " ".repeat(before.width());
        Self {
            number: number.to_string(),
            mark: format!("{spaces}{}", "^".repeat(marked.width().max(1))),
            text: format!("{before}{marked}{after}").trim_end().to_owned(),
        }
    }
}

/// With spaces for tabulators, which are as wide as a terminal likes.
fn shown(part: &str) -> String {
    let part = part.trim_end_matches('\r').replace('\t', "    ");
    printable::field(&part).into_owned()
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;
    use ocx_core::{
        Project,
        host::{Host, HostUser},
        settings::Layers,
    };

    use super::*;

    /// What is drawn for a mistake in the settings of a project.
    fn drawn(text: &str) -> Drawn {
        let directory = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(directory.path()).unwrap();
        let home = home.canonicalize_utf8().unwrap();
        std::fs::create_dir(home.join("app")).unwrap();
        std::fs::write(home.join("app/ocx.toml"), text).unwrap();
        let user = HostUser {
            name: "jane".to_owned(),
            group: "jane".to_owned(),
            uid: 1000,
            gid: 1000,
            groups: Vec::new(),
        };
        let host = Host::new(user, home.clone(), home.join("app"));
        let project = Project::discover(&host, None).unwrap();
        let error = Layers::read(&host, &project).unwrap_err();
        Drawn::of(error.passage().expect("it is in a file"))
    }

    #[test]
    fn the_mark_is_below_what_is_meant() {
        let line = drawn("\n\tmemory =\t4\n").line.unwrap();
        assert_eq!(line.number, "2");
        assert_eq!(line.text, "    memory =    4");
        assert_eq!(line.mark, "                ^");
        let wide = drawn("timezone = \"漢字\" # 漢\n").line.unwrap();
        assert_eq!(wide.mark, format!("{}{}", " ".repeat(11), "^".repeat(6)));
    }

    #[test]
    fn a_terminal_is_told_nothing_by_a_file() {
        let line = drawn("timezone = \"\u{202e}\u{9b}2J\"\n").line.unwrap();
        assert_eq!(line.text, r#"timezone = "\u{202e}\u{9b}2J""#);
        assert_eq!(line.mark.len(), line.text.len());
    }
}
