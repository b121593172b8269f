//! How wide the columns of a table are.

/// Between columns.
pub(crate) const GAP: usize = 2;

/// What a column has at least, if it has so much to say.
const NARROWEST: usize = 14;

/// What one column asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// For all of it in one line each.
    pub(crate) whole: usize,
    /// For its widest word, which stays whole.
    pub(crate) word: usize,
}

/// The widths of columns in `width`: what each needs, and where that is too much, the same for those that
/// need more than their share. `None` if they cannot be read then.
pub(crate) fn within(width: usize, columns: &[Asked]) -> Option<Vec<usize>> {
    let mut left = width.checked_sub(GAP * columns.len().saturating_sub(1))?;
    let mut widths = vec![0; columns.len()];
    let mut open: Vec<usize> = (0..columns.len()).collect();
    while !open.is_empty() {
        let share = left / open.len();
        // Those that get what they need leave the others more.
        let fits = |&column: &usize| columns[column].whole <= share || columns[column].word > share;
        let (served, rest): (Vec<usize>, Vec<usize>) = open.iter().partition(|one| fits(one));
        for &column in &served {
            let Asked { whole, word } = columns[column];
            widths[column] = whole.min(share.max(word));
            left = left.checked_sub(widths[column])?;
        }
        if served.is_empty() {
            for &column in &rest {
                widths[column] = share;
            }
            break;
        }
        open = rest;
    }
    let is_readable = |(asked, width): (&Asked, &usize)| *width >= asked.whole.min(NARROWEST);
    let mut all = columns.iter().zip(&widths);
    all.all(is_readable).then_some(widths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(whole: usize, word: usize) -> Asked {
        Asked { whole, word }
    }

    #[test]
    fn who_needs_little_leaves_the_others_more() {
        let columns = [asked(4, 4), asked(60, 8), asked(60, 8)];
        assert_eq!(within(44, &columns), Some(vec![4, 18, 18]));
        let columns = [asked(30, 30), asked(60, 8)];
        assert_eq!(within(52, &columns), Some(vec![30, 20]));
    }

    #[test]
    fn what_cannot_be_read_is_no_table() {
        assert_eq!(within(40, &[asked(30, 30), asked(60, 8)]), None);
        assert_eq!(within(40, &[asked(30, 30), asked(30, 30)]), None);
    }
}
