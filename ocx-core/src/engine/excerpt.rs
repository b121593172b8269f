//! The beginning and the end of what a command printed, in bounded memory.

use std::collections::VecDeque;

/// How much of the beginning is kept, in bytes.
const HEAD: usize = 4 * 1024;

/// How much of the end is kept, in bytes.
const TAIL: usize = 8 * 1024;

/// What people get to see of an output that may be endless.
#[derive(Debug, Default)]
pub(super) struct Excerpt {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    left_out: u64,
}

impl Excerpt {
    /// Takes what was printed next.
    pub(super) fn push(&mut self, mut printed: &[u8]) {
        if self.head.len() < HEAD {
            let (head, rest) = printed.split_at(printed.len().min(HEAD - self.head.len()));
            self.head.extend_from_slice(head);
            printed = rest;
        }
        self.tail.extend(printed);
        let surplus = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..surplus);
        self.left_out += surplus as u64;
    }

    /// The text, all of it if it was short; else cut at the ends of lines, with a note of how much is
    /// missing.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        let tail = self.tail.make_contiguous();
        if self.left_out == 0 {
            return [&self.head, &*tail].concat();
        }
        let is_end = |&byte: &u8| byte == b'\n';
        let head_end = self.head.iter().rposition(is_end).map_or(HEAD, |at| at + 1);
        let tail_start = tail.iter().position(is_end).map_or(0, |at| at + 1);
        let left_out = self.left_out + (HEAD - head_end + tail_start) as u64;
        let end = if head_end == HEAD { "\n" } else { "" };
        let gap = format!("{end}[{left_out} bytes left out]\n");
        [&self.head[..head_end], gap.as_bytes(), &tail[tail_start..]].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, piece: usize) -> String {
        let mut excerpt = Excerpt::default();
        for piece in text.as_bytes().chunks(piece) {
            excerpt.push(piece);
        }
        String::from_utf8(excerpt.into_bytes()).unwrap()
    }

    #[test]
    fn a_short_text_is_whole() {
        for length in [0, 1, HEAD, HEAD + 1, HEAD + TAIL] {
            let text = "x".repeat(length);
            assert_eq!(excerpt(&text, 1000), text);
        }
    }

    #[test]
    fn a_long_one_is_cut_at_lines() {
        let line = |number: usize| format!("line {number:06}\n");
        let text: String = (0..5000).map(line).collect();
        let shown = excerpt(&text, 777);
        assert!(shown.len() <= HEAD + TAIL + 40, "{}", shown.len());
        assert!(shown.starts_with("line 000000\n") && shown.ends_with("line 004999\n"));
        let gap = shown.lines().find(|line| line.starts_with('[')).unwrap();
        assert!(
            shown
                .lines()
                .all(|line| line == gap || line.len() == "line 000000".len())
        );
        let missing: usize = gap[1..].split(' ').next().unwrap().parse().unwrap();
        assert_eq!(missing + shown.len() - gap.len() - 1, text.len());
    }

    #[test]
    fn one_without_lines_is_cut_anywhere() {
        let shown = excerpt(&"ab".repeat(50_000), 64 * 1024);
        assert!(
            shown.contains("b\n[87712 bytes left out]\na"),
            "{}",
            shown.len()
        );
    }
}
