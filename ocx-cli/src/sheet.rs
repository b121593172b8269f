//! An answer of several rows, each with a heading, on standard output.

use ocx_core::printable;

/// Rows of a heading and lines.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    rows: Vec<(&'static str, Vec<String>)>,
}

impl Sheet {
    /// Adds a row; one without lines is left out. A line stays one, whatever is in it.
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
    pub(crate) fn text(&self) -> String {
        let width = self
            .rows
            .iter()
            .map(|(heading, _)| heading.len())
            .max()
            .unwrap_or_default();
        let mut text = String::new();
        for (heading, lines) in &self.rows {
            for (number, line) in lines.iter().enumerate() {
                let heading = if number == 0 { heading } else { "" };
                let line = printable::field(line);
                text.push_str(&format!("{heading:width$}  {line}\n"));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_in_one_column() {
        let mut sheet = Sheet::default();
        sheet.row("a", ["one", "two", "three\nfour\x1b[2J"]);
        sheet.row("nothing", Vec::<String>::new());
        sheet.row("bcd", ["four"]);
        assert_eq!(
            sheet.text(),
            "a    one\n     two\n     three\\nfour\\x1b[2J\nbcd  four\n"
        );
    }
}
