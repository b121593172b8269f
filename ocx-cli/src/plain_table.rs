//! Tables without lines, for people and for `awk`.

use std::fmt::Display;

use comfy_table::{ContentArrangement, Table, presets};

/// A table with these titles and no rows yet. It is as wide as what it holds, whatever the terminal is.
pub(crate) fn with_titles<T: Display>(titles: impl IntoIterator<Item = T>) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(titles.into_iter().map(|title| title.to_string()));
    table
}

/// Its lines, without blanks at their ends.
pub(crate) fn text(table: &Table) -> String {
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.trim().to_owned() + "\n")
        .collect();
    lines.concat()
}
