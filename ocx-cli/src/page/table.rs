//! Tables: in columns where those are wide enough to be read, and else row by row.

use super::inline::{Line, Look, Piece, lines, widest_word, width as width_of};
use crate::column_widths::{self, Asked, GAP};

type Cell = Vec<Piece>;

/// A table that is being read.
#[derive(Default)]
pub(super) struct Table {
    pub(super) head: Vec<Cell>,
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(super) fn lines(mut self, width: usize) -> Vec<String> {
        for piece in self.head.iter_mut().flatten() {
            piece.look = Look::Heading;
        }
        match self.widths(width) {
            Some(widths) => self.in_columns(&widths),
            None => self.row_by_row(width),
        }
    }

    fn widths(&self, width: usize) -> Option<Vec<usize>> {
        let all = || [&self.head].into_iter().chain(&self.rows);
        let of = |column: usize| {
            let cells = || all().filter_map(move |row| row.get(column));
            Asked {
                whole: cells().map(|cell| width_of(cell)).max().unwrap_or_default(),
                word: cells()
                    .map(|cell| widest_word(cell))
                    .max()
                    .unwrap_or_default(),
            }
        };
        let asked: Vec<Asked> = (0..self.head.len()).map(of).collect();
        column_widths::within(width, &asked)
    }

    fn in_columns(&self, widths: &[usize]) -> Vec<String> {
        let rows = self.rows.iter().map(|row| in_one(row, widths));
        let rows: Vec<Vec<String>> = rows.collect();
        let mut shown = in_one(&self.head, widths);
        let all = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
        shown.push("─".repeat(all));
        let are_apart = rows.iter().any(|row| row.len() > 1);
        for (number, row) in rows.into_iter().enumerate() {
            if are_apart && number > 0 {
                shown.push(String::new());
            }
            shown.extend(row);
        }
        shown
    }

    fn row_by_row(&self, width: usize) -> Vec<String> {
        let mut shown = Vec::new();
        for (number, row) in self.rows.iter().enumerate() {
            if number > 0 {
                shown.push(String::new());
            }
            for (column, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let mut pieces = Vec::new();
                if let Some(head) = self.head.get(column).filter(|head| !head.is_empty()) {
                    pieces.extend(head.iter().cloned());
                    pieces.push(Piece {
                        look: Look::Plain,
                        text: ": ".to_owned(),
                    });
                }
                pieces.extend(cell.iter().cloned());
                for (number, line) in lines(&pieces, width.saturating_sub(2)).iter().enumerate() {
                    let indent = if column == 0 && number == 0 { "" } else { "  " };
                    shown.push(format!("{indent}{}", line.styled));
                }
            }
        }
        shown
    }
}

/// A row, of as many lines as its longest cell.
fn in_one(row: &[Cell], widths: &[usize]) -> Vec<String> {
    let cells = row.iter().zip(widths);
    let cells: Vec<Vec<Line>> = cells.map(|(cell, width)| lines(cell, *width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or_default();
    (0..height)
        .map(|number| {
            let mut shown = String::new();
            let mut blanks = 0;
            for (cell, width) in cells.iter().zip(widths) {
                let line = cell.get(number);
                if let Some(line) = line {
                    shown.push_str(&" ".repeat(blanks));
                    shown.push_str(&line.styled);
                    blanks = 0;
                }
                let taken = line.map_or(0, |line| line.width);
                blanks += width.saturating_sub(taken) + GAP;
            }
            shown
        })
        .collect()
}
