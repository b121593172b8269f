//! Words with their styles, and lines of them.

use owo_colors::OwoColorize as _;
use unicode_width::UnicodeWidthStr as _;

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Plain,
    Strong,
    Emphasis,
    Code,
    Heading,
}

/// A text that looks one way.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) look: Look,
    pub(super) text: String,
}

/// Code up to this width stays in one line, since it is read and copied as a whole.
const TOGETHER: usize = 30;

/// What no line ends within.
#[derive(Default)]
struct Word {
    styled: String,
    width: usize,
}

impl Word {
    fn push(&mut self, look: Look, text: &str) {
        if text.is_empty() {
            return;
        }
        self.width += text.width();
        self.styled.push_str(&match look {
            Look::Plain => text.to_owned(),
            Look::Strong | Look::Heading => format!("{}", text.bold()),
            Look::Emphasis => format!("{}", text.italic()),
            Look::Code => format!("{}", text.cyan()),
        });
    }
}

/// A line, with the columns that it takes.
pub(super) struct Line {
    pub(super) styled: String,
    pub(super) width: usize,
}

/// The pieces in lines, of which only one with a single long word is wider than `width`.
pub(super) fn lines(pieces: &[Piece], width: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for word in words(pieces) {
        match lines.last_mut() {
            Some(line) if line.width + 1 + word.width <= width => {
                line.styled.push(' ');
                line.styled.push_str(&word.styled);
                line.width += 1 + word.width;
            }
            _ => lines.push(Line {
                styled: word.styled,
                width: word.width,
            }),
        }
    }
    lines
}

/// The columns that the pieces take in one line.
pub(super) fn width(pieces: &[Piece]) -> usize {
    let lines = lines(pieces, usize::MAX);
    lines.first().map_or(0, |line| line.width)
}

/// The columns of the widest word.
pub(super) fn widest_word(pieces: &[Piece]) -> usize {
    let words = words(pieces).into_iter();
    words.map(|word| word.width).max().unwrap_or_default()
}

fn words(pieces: &[Piece]) -> Vec<Word> {
    let mut words = vec![Word::default()];
    for Piece { look, text } in pieces {
        let stays = *look == Look::Code && text.width() <= TOGETHER;
        let mut parts = match stays {
            true => vec![text.as_str()],
            false => text.split([' ', '\n']).collect(),
        }
        .into_iter();
        if let (Some(first), Some(word)) = (parts.next(), words.last_mut()) {
            word.push(*look, first);
        }
        for part in parts {
            let mut word = Word::default();
            word.push(*look, part);
            words.push(word);
        }
    }
    words.retain(|word| word.width > 0);
    words
}
