//! An answer of several rows, each with a heading, on standard output.

use ocx_core::printable;

/// Rows of a heading and lines.
#[derive(Debug, Default)]
pub(crate) struct FieldList {
    rows: Vec<(String, Vec<String>)>,
}

impl FieldList {
    /// Adds a row; one without lines is left out. A line stays one, whatever is in it.
    pub(crate) fn row<T: Into<String>>(
        &mut self,
        heading: impl Into<String>,
        lines: impl IntoIterator<Item = T>,
    ) {
        let lines: Vec<String> = lines.into_iter().map(Into::into).collect();
        if !lines.is_empty() {
            // Headings come from outside as well, such as the names of logins.
            self.rows
                .push((printable::field(&heading.into()).into_owned(), lines));
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
                let heading = if number == 0 { heading.as_str() } else { "" };
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
        let mut list = FieldList::default();
        list.row("a", ["one", "two", "three\nfour\x1b[2J"]);
        list.row("nothing", Vec::<String>::new());
        list.row("bcd", ["four"]);
        assert_eq!(
            list.text(),
            "a    one\n     two\n     three\\nfour\\x1b[2J\nbcd  four\n"
        );
    }
}
