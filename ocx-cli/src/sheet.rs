//! An answer of several rows, each with a heading, on standard output.

use std::io::{self, Write as _};

use crate::failure::Failure;

/// Rows of a heading and lines.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    rows: Vec<(&'static str, Vec<String>)>,
}

impl Sheet {
    /// Adds a row; one without lines is left out.
    pub(crate) fn row<T: Into<String>>(
        &mut self,
        heading: &'static str,
        lines: impl IntoIterator<Item = T>,
    ) {
        let lines: Vec<String> = lines.into_iter().map(Into::into).collect();
        if !lines.is_empty() {
            self.rows.push((heading, lines));
        }
    }

    /// The text, with all lines beginning in one column.
    fn text(&self) -> String {
        let width = self
            .rows
            .iter()
            .map(|(heading, _)| heading.len())
            .max()
            .unwrap_or_default();
        let mut text = String::new();
        for (heading, lines) in &self.rows {
            let lines = lines.iter().flat_map(|line| line.lines());
            for (number, line) in lines.enumerate() {
                let heading = if number == 0 { heading } else { "" };
                text.push_str(&format!("{heading:width$}  {line}\n"));
            }
        }
        text
    }

    /// Writes the text.
    pub(crate) fn print(&self) -> Result<(), Failure> {
        print(&self.text())
    }
}

/// Writes an answer to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    io::stdout()
        .write_all(text.as_bytes())
        .map_err(|source| Failure::Output { source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_in_one_column() {
        let mut sheet = Sheet::default();
        sheet.row("a", ["one", "two\nthree"]);
        sheet.row("nothing", Vec::<String>::new());
        sheet.row("bcd", ["four"]);
        assert_eq!(sheet.text(), "a    one\n     two\n     three\nbcd  four\n");
    }
}
