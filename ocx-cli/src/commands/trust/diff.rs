//! What changed in a file, line by line.

use similar::{ChangeTag, TextDiff};

use crate::escape::escaped;

/// Lines around a change.
const CONTEXT: usize = 3;
/// A longer one is cut off: the file itself can be looked at.
const MOST_LINES: usize = 200;

/// The lines that differ, each with its sign and a few around, nothing in them that a terminal would
/// follow.
pub(super) fn diff(old: &str, new: &str) -> Vec<String> {
    let diff = TextDiff::from_lines(old, new);
    let mut lines = Vec::new();
    for (position, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if position > 0 {
            lines.push("  …".to_owned());
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            let line = change.value().trim_end_matches('\n');
            lines.push(format!("{sign} {}", escaped(line)));
        }
    }
    if lines.len() > MOST_LINES {
        let more = lines.len() - MOST_LINES;
        lines.truncate(MOST_LINES);
        lines.push(format!("  … {more} more lines"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_context() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n";
        let new = "1\n2\n3\n4\nfive\u{1b}[2J\n6\n7\n8\n9\n";
        assert_eq!(
            diff(old, new),
            [
                "  2",
                "  3",
                "  4",
                "- 5",
                "+ five\\u{1b}[2J",
                "  6",
                "  7",
                "  8",
                "+ 9"
            ]
        );
        assert!(diff(old, old).is_empty());
        assert_eq!(diff("", &"x\n".repeat(500)).len(), MOST_LINES + 1);
    }
}
