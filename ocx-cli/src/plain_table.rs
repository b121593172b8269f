//! Tables without lines, for people and for `awk`.

use ocx_core::printable;
use unicode_width::UnicodeWidthStr;

use crate::{
    column_widths::{self, Asked, GAP},
    field_list::FieldList,
    wrapped::{self, Breaks},
};

/// What is in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// What stays whole, since it is typed again or compared: a name, an ID, an age.
    Whole,
    /// A number, which stays whole and ends where the others of its column end.
    Number,
    /// Words, which may go on in the next line.
    Words,
    /// Words of a command, which may also go on after a comma.
    Command,
}

impl Column {
    fn breaks(self) -> Breaks {
        match self {
            Self::Whole | Self::Number => Breaks::Nowhere,
            Self::Words => Breaks::AtBlanks,
            Self::Command => Breaks::AtBlanksAndCommas,
        }
    }
}

/// A table with a title over each column.
#[derive(Debug)]
pub(crate) struct PlainTable {
    columns: Vec<(&'static str, Column)>,
    rows: Vec<Vec<String>>,
}

impl PlainTable {
    /// A table with these columns and no rows yet.
    pub(crate) fn new(columns: impl IntoIterator<Item = (&'static str, Column)>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, in which a cell stays one line, whatever is in it.
    pub(crate) fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let cells = cells.into_iter();
        let cells = cells.map(|cell| printable::field(cell.as_ref()).into_owned());
        self.rows.push(cells.collect());
    }

    /// Its lines, without blanks at their ends. Where there is a `width` and they are wider, some columns go
    /// on in further lines, and where even that is too wide, each cell has a line.
    pub(crate) fn text(&self, width: Option<usize>) -> String {
        let asked = self.asked();
        let natural: Vec<usize> = asked.iter().map(|asked| asked.whole).collect();
        let total = natural.iter().sum::<usize>() + GAP * natural.len().saturating_sub(1);
        match width {
            Some(width) if total > width => match column_widths::within(width, &asked) {
                Some(widths) => self.in_columns(&widths),
                None => self.cell_by_cell(width),
            },
            _ => self.in_columns(&natural),
        }
    }

    fn asked(&self) -> Vec<Asked> {
        let of = |(index, (title, column)): (usize, &(&str, Column))| {
            let cells = self.rows.iter().filter_map(|row| row.get(index));
            let cells = || cells.clone().map(String::as_str).chain([*title]);
            let word = |cell| wrapped::widest_word(cell, column.breaks());
            Asked {
                whole: cells()
                    .map(UnicodeWidthStr::width)
                    .max()
                    .unwrap_or_default(),
                word: cells().map(word).max().unwrap_or_default(),
            }
        };
        self.columns.iter().enumerate().map(of).collect()
    }

    fn in_columns(&self, widths: &[usize]) -> String {
        let titles = self.columns.iter().map(|(title, _)| (*title).to_owned());
        let titles: Vec<String> = titles.collect();
        let rows = [&titles].into_iter().chain(&self.rows);
        rows.map(|row| self.in_lines(row, widths)).collect()
    }

    /// A row, of as many lines as its longest cell.
    fn in_lines(&self, row: &[String], widths: &[usize]) -> String {
        let cells = row.iter().zip(&self.columns).zip(widths);
        let cells: Vec<Vec<String>> = cells
            .map(|((cell, (_, column)), width)| wrapped::lines(cell, *width, column.breaks()))
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or_default();
        let mut text = String::new();
        for number in 0..height {
            let mut line = String::new();
            for ((cell, (_, column)), width) in cells.iter().zip(&self.columns).zip(widths) {
                let part = cell.get(number).map(String::as_str).unwrap_or_default();
                let blanks = " ".repeat(width.saturating_sub(part.width()));
                line.push_str(&match column {
                    Column::Number => format!("{blanks}{part}"),
                    _ => format!("{part}{blanks}"),
                });
                line.push_str(&" ".repeat(GAP));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// Each row as a list, with an empty line below.
    fn cell_by_cell(&self, width: usize) -> String {
        let rows = self.rows.iter().map(|row| {
            let mut list = FieldList::default();
            let cells = row.iter().zip(&self.columns);
            for (cell, (title, column)) in cells.filter(|(cell, _)| !cell.is_empty()) {
                list.row_that_breaks(*title, [cell], column.breaks());
            }
            list.text(Some(width)) + "\n"
        });
        rows.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> PlainTable {
        let mut table = PlainTable::new([
            ("NAME", Column::Whole),
            ("SIZE", Column::Number),
            ("STATE", Column::Words),
        ]);
        table.row([
            "ocx-ruby--3.3:1.18.33",
            "1.5 MiB",
            "unneeded: no known project uses it any more",
        ]);
        table.row(["a", "12 KiB", "two\nlines"]);
        table
    }

    #[test]
    fn a_table_without_a_width_has_a_line_for_each_row() {
        assert_eq!(
            table().text(None),
            "\
NAME                      SIZE  STATE
ocx-ruby--3.3:1.18.33  1.5 MiB  unneeded: no known project uses it any more
a                       12 KiB  two\\nlines
"
        );
        assert_eq!(table().text(Some(75)), table().text(None));
    }

    #[test]
    fn words_go_on_in_their_column_and_names_stay_whole() {
        assert_eq!(
            table().text(Some(60)),
            "\
NAME                      SIZE  STATE
ocx-ruby--3.3:1.18.33  1.5 MiB  unneeded: no known project
                                uses it any more
a                       12 KiB  two\\nlines
"
        );
    }

    #[test]
    fn a_narrow_terminal_gets_a_line_for_each_cell() {
        assert_eq!(
            table().text(Some(40)),
            "\
NAME   ocx-ruby--3.3:1.18.33
SIZE   1.5 MiB
STATE  unneeded: no known project uses
         it any more

NAME   a
SIZE   12 KiB
STATE  two\\nlines

"
        );
    }
}
