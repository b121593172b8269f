//! The list of a rebase that is not finished.
//!
//! It goes on where the user types `git rebase --continue`, and executes the commands of its list.

/// Where the list lies in a Git directory.
pub(super) const LIST: &str = "rebase-merge/git-rebase-todo";

/// The list with steps that do nothing in the place of commands; `None` if there are no commands.
pub(super) fn without_commands(list: &[u8]) -> Option<Vec<u8>> {
    let mut has_commands = false;
    let lines = list.split_inclusive(|byte| *byte == b'\n').map(|line| {
        let word = line
            .trim_ascii_start()
            .split(u8::is_ascii_whitespace)
            .next();
        if matches!(word, Some(b"exec" | b"x")) {
            has_commands = true;
            b"noop\n"
        } else {
            line
        }
    });
    let text = lines.collect::<Vec<_>>().concat();
    has_commands.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commands_go() {
        let list = b"pick 1 x y\n\texec a\nx b\n# exec c\nfixup 2 exec\nexec";
        assert_eq!(
            without_commands(list).as_deref(),
            Some(&b"pick 1 x y\nnoop\nnoop\n# exec c\nfixup 2 exec\nnoop\n"[..])
        );
        assert_eq!(without_commands(b"pick 1 exec\nexecute\n"), None);
    }
}
