//! An answer of several rows, each with a heading, on standard output.

use ocx_core::printable;
use unicode_width::UnicodeWidthStr as _;

use crate::wrapped::{self, Breaks};

/// Between the headings and the lines.
const GAP: usize = 2;

/// How far what a line goes on with is indented.
const INDENT: usize = 2;

/// The columns that lines must have beside the headings; where they have less, they stand below them.
const NARROWEST: usize = 20;

/// Rows of a heading and lines.
#[derive(Debug, Default)]
pub(crate) struct FieldList {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    heading: String,
    lines: Vec<String>,
    breaks: Breaks,
}

impl FieldList {
    /// Adds a row; one without lines is left out. A line stays one, whatever is in it.
    pub(crate) fn row<T: Into<String>>(
        &mut self,
        heading: impl Into<String>,
        lines: impl IntoIterator<Item = T>,
    ) {
        self.row_that_breaks(heading, lines, Breaks::AtBlanks);
    }

    /// The same, and says where a line may go on in the next one if the terminal is too narrow.
    pub(crate) fn row_that_breaks<T: Into<String>>(
        &mut self,
        heading: impl Into<String>,
        lines: impl IntoIterator<Item = T>,
        breaks: Breaks,
    ) {
        let lines = lines.into_iter().map(Into::into);
        let lines = lines.map(|line| printable::field(&line).into_owned());
        let lines: Vec<String> = lines.collect();
        if !lines.is_empty() {
            self.rows.push(Row {
                // Headings come from outside as well, such as the names of logins.
                heading: printable::field(&heading.into()).into_owned(),
                lines,
                breaks,
            });
        }
    }

    /// The text, with all lines beginning in one column. Where there is a `width`, what is longer goes on in
    /// the next line.
    pub(crate) fn text(&self, width: Option<usize>) -> String {
        let headings = self.rows.iter().map(|row| row.heading.width());
        let column = headings.max().unwrap_or_default() + GAP;
        let mut text = String::new();
        for row in &self.rows {
            match width {
                Some(width) if width < column + NARROWEST => {
                    text.push_str(row.heading.trim_end());
                    text.push('\n');
                    row.show(INDENT, Some(width), &mut text);
                }
                _ => {
                    let blanks = column - row.heading.width();
                    text.push_str(&row.heading);
                    text.push_str(&" ".repeat(blanks));
                    let from = text.len();
                    row.show(column, width, &mut text);
                    // The first line stands beside the heading.
                    text.replace_range(from..from + column, "");
                }
            }
        }
        text
    }
}

impl Row {
    /// Its lines, each of which begins in this column.
    fn show(&self, column: usize, width: Option<usize>, text: &mut String) {
        for line in &self.lines {
            let room = width.map_or(usize::MAX, |width| width.saturating_sub(column));
            let mut parts = wrapped::lines(line, room, self.breaks);
            if parts.len() > 1 {
                // What a line goes on with must not pass for a line of its own.
                let rest = line[parts[0].len()..].trim_start();
                let rest = wrapped::lines(rest, room.saturating_sub(INDENT), self.breaks);
                parts.truncate(1);
                parts.extend(rest.iter().map(|part| " ".repeat(INDENT) + part));
            }
            for part in parts {
                text.push_str(&" ".repeat(column));
                text.push_str(&part);
                text.push('\n');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_in_one_column() {
        let mut list = FieldList::default();
        list.row("a", ["one", "two", "three\nfour\x1b[2J"]);
        list.row("nothing", Vec::<String>::new());
        list.row("bcd", ["four"]);
        assert_eq!(
            list.text(None),
            "a    one\n     two\n     three\\nfour\\x1b[2J\nbcd  four\n"
        );
    }

    fn long() -> FieldList {
        let mut list = FieldList::default();
        list.row(
            "cache",
            ["a line that is longer than the room", "a short one"],
        );
        list.row("x", ["/a/path/that/no/line/is/wide/enough/for and more"]);
        list
    }

    #[test]
    fn what_is_longer_than_the_terminal_is_wide_goes_on_indented() {
        assert_eq!(
            long().text(Some(30)),
            "\
cache  a line that is longer
         than the room
       a short one
x      /a/path/that/no/line/is/wide/enough/for
         and more
"
        );
    }

    #[test]
    fn in_a_narrow_terminal_lines_stand_below_their_headings() {
        assert_eq!(
            long().text(Some(26)),
            "\
cache
  a line that is longer
    than the room
  a short one
x
  /a/path/that/no/line/is/wide/enough/for
    and more
"
        );
    }
}
