//! A command line that knows which of its words ask for what.

use crate::{engine::Invocation, runtime::Request, spec::Piece};

/// A command line under way. Words that are added belong to the piece that was named last.
pub(super) struct ByPiece {
    /// The command.
    pub(super) invocation: Invocation,
    /// Each piece with the number of the argument at which its words begin.
    begins: Vec<(Piece, usize)>,
}

impl ByPiece {
    /// The command as far as it only says that something is to be run.
    pub(super) fn begin(invocation: Invocation) -> Self {
        Self {
            invocation,
            begins: vec![(Piece::Engine, 0)],
        }
    }

    /// What is added now asks for this piece. A piece may come more than once, or without a word.
    pub(super) fn ask(&mut self, piece: Piece) -> &mut Invocation {
        self.begins.push((piece, self.invocation.args.len()));
        &mut self.invocation
    }

    /// All words, in their order.
    pub(super) fn requests(self) -> Vec<Request> {
        let Invocation { program, args, .. } = self.invocation;
        let ends = self.begins.iter().skip(1).map(|(_, begin)| *begin);
        let ends: Vec<usize> = ends.chain([args.len()]).collect();
        let mut requests: Vec<Request> = self
            .begins
            .into_iter()
            .zip(ends)
            .map(|((piece, begin), end)| Request {
                piece,
                words: args[begin..end].to_vec(),
            })
            .filter(|request| !request.words.is_empty())
            .collect();
        if let Some(engine) = requests.first_mut() {
            engine.words.insert(0, program.into_string());
        }
        requests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_belongs_to_one_piece() {
        let mut command = ByPiece::begin(Invocation::change("docker".into(), &["run"]));
        command.ask(Piece::Lifetime).arg("--rm");
        command.ask(Piece::Groups);
        command.ask(Piece::Memory).option("--memory", "1");
        command.ask(Piece::Baseline).arg("--a").arg("--b");
        command.ask(Piece::Memory).arg("--more");
        let requests = command.requests();
        let told: Vec<(Piece, String)> = requests
            .into_iter()
            .map(|request| (request.piece, request.words.join(" ")))
            .collect();
        let expected = [
            (Piece::Engine, "docker run"),
            (Piece::Lifetime, "--rm"),
            (Piece::Memory, "--memory 1"),
            (Piece::Baseline, "--a --b"),
            (Piece::Memory, "--more"),
        ];
        assert_eq!(
            told,
            expected.map(|(piece, words)| (piece, words.to_owned()))
        );
    }
}
