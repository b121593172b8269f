//! The report as Markdown.

use std::fmt::Write as _;

use super::timing::{Pairs, milliseconds, range};

/// Everything that was measured.
pub(super) struct Report {
    pub(super) machine: String,
    pub(super) pairs: usize,
    pub(super) comparisons: Vec<Comparison>,
    pub(super) version: Pairs,
}

/// A command of ocx beside the engine's.
pub(super) struct Comparison {
    pub(super) what: &'static str,
    pub(super) beside: &'static str,
    pub(super) times: Pairs,
}

const HEAD: &str = "\
# Performance

What ocx adds to the engine, measured by `cargo xtask bench`. Each command of ocx runs in turns with \
the very engine commands that it runs itself, taken from `--dry-run`, so that a machine whose speed \
drifts slows both down. Times are of whole processes; the ratio is the median of the ratios pair by \
pair.
";

const AIMS: &str = "\
The aims: a warm start within 5 % of the bare engine call, a no-op build within the time of two \
engine calls, `ocx --version` under 10 ms. A warm start makes one engine call of its own, an \
`image inspect` of base and ocx image together; the tests count it.
";

impl Report {
    pub(super) fn to_markdown(&self) -> String {
        let mut text = format!("{HEAD}\n{}; {} pairs.\n\n", self.machine, self.pairs);
        text.push_str("| what | ocx, median (range) | beside | median (range) | ratio |\n|---|---|---|---|---|\n");
        for Comparison {
            what,
            beside,
            times,
        } in &self.comparisons
        {
            let _ = writeln!(
                text,
                "| {what} | {} | {beside} | {} | **{:.2}** |",
                shown(&times.ocx),
                shown(&times.bare),
                times.ratio()
            );
        }
        let version = &self.version;
        let _ = writeln!(
            text,
            "| `ocx --version` | {} | `true` | {} | – |\n\n{AIMS}",
            shown(&version.ocx),
            shown(&version.bare)
        );
        text.trim_end().to_owned() + "\n"
    }
}

fn shown(times: &[std::time::Duration]) -> String {
    let (least, most) = range(times);
    format!("{:.1} ms ({least:.1} to {most:.1})", milliseconds(times))
}
