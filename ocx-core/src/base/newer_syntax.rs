//! What a Dockerfile uses that not every builder understands.
//!
//! Docker without its buildx plugin falls back to a builder that knows none of it, and Podman learned
//! it bit by bit. Their messages are no help: "Unknown flag: link", "unknown instruction: EOF".

use std::fmt;

/// A use of newer syntax in a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewerSyntax {
    /// The line, counted from 1.
    pub line: usize,
    /// The instruction and what is new about it, such as `RUN --mount`.
    pub what: String,
}

impl fmt::Display for NewerSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` in line {}", self.what, self.line)
    }
}

/// Flags that came with BuildKit, without their dashes, <https://docs.docker.com/reference/dockerfile/>.
const FLAGS: &[(&str, &[&str])] = &[
    ("RUN", &["mount", "network", "security", "device"]),
    ("COPY", &["chmod", "link", "parents", "exclude"]),
    (
        "ADD",
        &[
            "chmod",
            "link",
            "checksum",
            "keep-git-dir",
            "unpack",
            "exclude",
        ],
    ),
];

/// Instructions that take a text from the following lines.
const HEREDOCS: [&str; 3] = ["RUN", "COPY", "ADD"];

/// The first use of syntax that not every builder understands.
#[must_use]
pub fn newer_syntax(dockerfile: &str) -> Option<NewerSyntax> {
    let mut continued = false;
    for (line, text) in (1..).zip(dockerfile.lines().map(str::trim)) {
        // Comments and empty lines do not end an instruction.
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if !continued && let Some(what) = in_instruction(text) {
            return Some(NewerSyntax { line, what });
        }
        continued = text.ends_with('\\');
    }
    None
}

/// What is new in the first line of an instruction.
fn in_instruction(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    let name = words.next()?.to_ascii_uppercase();
    let arguments: Vec<&str> = words.collect();
    let flags = FLAGS
        .iter()
        .find(|(instruction, _)| *instruction == name)
        .map_or(&[][..], |(_, flags)| flags);
    let used = arguments
        .iter()
        .map_while(|word| word.strip_prefix("--"))
        .map(|word| word.split('=').next().unwrap_or(word));
    for flag in used {
        if flags.contains(&flag) {
            return Some(format!("{name} --{flag}"));
        }
    }
    let heredoc = arguments.iter().find(|word| is_heredoc(word));
    heredoc
        .filter(|_| HEREDOCS.contains(&name.as_str()))
        .map(|word| format!("{name} {word}"))
}

/// `<<EOF`, `<<-EOF` or `<<"EOF"`; `<<<` is a shell's own, and so is a number that is shifted.
fn is_heredoc(word: &str) -> bool {
    word.strip_prefix("<<").is_some_and(|rest| {
        let name = rest.trim_start_matches('-').trim_start_matches(['"', '\'']);
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(dockerfile: &str) -> Option<(usize, String)> {
        newer_syntax(dockerfile).map(|found| (found.line, found.what))
    }

    #[test]
    fn flags_and_texts() {
        for (instruction, what) in [
            ("RUN --mount=type=cache,target=/x make", "RUN --mount"),
            ("run --network=none make", "RUN --network"),
            ("COPY --from=a --link b c", "COPY --link"),
            ("COPY --chmod=755 b c", "COPY --chmod"),
            ("ADD --checksum=sha256:1 b c", "ADD --checksum"),
            ("RUN <<EOF", "RUN <<EOF"),
            ("RUN python3 <<-'END'", "RUN <<-'END'"),
            ("COPY <<\"a\" /b", "COPY <<\"a\""),
        ] {
            let dockerfile =
                format!("# syntax=docker/dockerfile:1\n\nFROM x\n{instruction}\nEOF\n");
            assert_eq!(found(&dockerfile), Some((4, what.to_owned())));
        }
    }

    #[test]
    fn what_every_builder_understands() {
        for dockerfile in [
            "",
            "FROM --platform=linux/amd64 x AS y\nCOPY --from=y --chown=1:1 a b\n",
            "FROM x\n# RUN --mount=type=cache make\n",
            "FROM x\nRUN grep --mount file\nCMD [\"--mount\"]\nENV A=<<EOF\n",
            "FROM x\nRUN echo $((1 <<2)) && cat <<<word\n",
            // The rest of a command is the command's own.
            "FROM x\nRUN make \\\n  --mount=a \\\n\n# between\nCOPY --link\n",
        ] {
            assert_eq!(found(dockerfile), None, "{dockerfile}");
        }
    }

    #[test]
    fn fuzz_dockerfiles() {
        let seeds = crate::testing::corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/dockerfile"));
        crate::testing::fuzz(&seeds, |input| {
            let text = String::from_utf8_lossy(input);
            let _ = newer_syntax(&text);
            let _ = crate::base::begins_with(&text);
        });
    }
}
