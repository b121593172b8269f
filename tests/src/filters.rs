//! Taking out of output what differs from run to run.

use std::sync::LazyLock;

use regex::Regex;

use crate::sandbox::Sandbox;

/// Patterns and what they are replaced by, in this order.
static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"sha256:[0-9a-f]{64}", "[IMAGE ID]"),
        (r"\b[0-9a-f]{64}\b", "[ID]"),
        (r"sha512-[A-Za-z0-9+/]{86}==", "[SHA-512]"),
        (r"---[0-9a-f]{12}\b", "---[HASH]"),
        (r"http://127\.0\.0\.1:\d+", "[URL]"),
        (r"\bpid \d+", "pid [PID]"),
        (r"\b\d+\.\d+ s\b", "[TIME] s"),
        (r"\b9999\.0\.0-local\.[0-9a-z]+\b", "[LOCAL VERSION]"),
        (r"\b\d+\.\d+\.\d+\b", "[VERSION]"),
    ]
    .map(|(pattern, name)| (Regex::new(pattern).expect("the pattern is valid"), name))
    .into()
});

/// What is replaced in the output of one sandbox's commands.
#[derive(Clone, Debug)]
pub struct Filters {
    texts: Vec<(String, &'static str)>,
}

impl Filters {
    /// The filters for a sandbox: its paths and its name.
    #[must_use]
    pub fn of(sandbox: &Sandbox) -> Self {
        let account = sandbox.account();
        Self {
            // The longer ones first.
            texts: vec![
                (sandbox.config().into_string(), "[CONFIG]"),
                (sandbox.cache().into_string(), "[CACHE]"),
                (sandbox.state().into_string(), "[STATE]"),
                (sandbox.data().into_string(), "[DATA]"),
                (sandbox.home().into_string(), "[HOME]"),
                (sandbox.project().into_string(), "[PROJECT]"),
                (sandbox.runtime().into_string(), "[RUNTIME]"),
                (sandbox.bin().into_string(), "[BIN]"),
                (sandbox.root().to_string(), "[SANDBOX]"),
                (sandbox.name().to_owned(), "[NAME]"),
                (format!("{}:{}", account.uid, account.gid), "[UID]:[GID]"),
                (
                    format!("uid={},gid={}", account.uid, account.gid),
                    "uid=[UID],gid=[GID]",
                ),
            ],
        }
    }

    /// `text` with all that differs replaced.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        let text = self
            .texts
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        PATTERNS.iter().fold(text, |text, (pattern, name)| {
            pattern.replace_all(&text, *name).into_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_what_differs() {
        let sandbox = Sandbox::new();
        let text = format!(
            "{}/a built {}-base:1.2.3 as sha256:{} in 0.25 s",
            sandbox.project(),
            sandbox.name(),
            "0f".repeat(32)
        );
        assert_eq!(
            Filters::of(&sandbox).apply(&text),
            "[PROJECT]/a built [NAME]-base:[VERSION] as [IMAGE ID] in [TIME] s"
        );
    }
}
