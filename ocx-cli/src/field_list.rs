//! An answer of several rows, each with a heading, on standard output.

/// Rows of a heading and lines.
#[derive(Debug, Default)]
pub(crate) struct FieldList {
    rows: Vec<(String, Vec<String>)>,
}

impl FieldList {
    /// Adds a row; one without lines is left out.
    pub(crate) fn row<T: Into<String>>(
        &mut self,
        heading: impl Into<String>,
        lines: impl IntoIterator<Item = T>,
    ) {
        let lines: Vec<String> = lines.into_iter().map(Into::into).collect();
        if !lines.is_empty() {
            self.rows.push((heading.into(), lines));
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
            let lines = lines.iter().flat_map(|line| line.lines());
            for (number, line) in lines.enumerate() {
                let heading = if number == 0 { heading.as_str() } else { "" };
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
        list.row("a", ["one", "two\nthree"]);
        list.row("nothing", Vec::<String>::new());
        list.row("bcd", ["four"]);
        assert_eq!(list.text(), "a    one\n     two\n     three\nbcd  four\n");
    }
}
