//! The report as Markdown.

use std::fmt::Write as _;

use super::timing::{Pairs, milliseconds, range};

/// Everything that was measured.
pub(super) struct Report {
    pub(super) machine: String,
    pub(super) pairs: usize,
    pub(super) measured: Vec<Measured>,
    pub(super) version: Pairs,
}

/// What was measured on one engine.
pub(super) struct Measured {
    pub(super) engine: String,
    pub(super) comparisons: Vec<Comparison>,
}

/// A command of ocx beside the engine's.
pub(super) struct Comparison {
    pub(super) what: String,
    pub(super) beside: String,
    pub(super) times: Pairs,
}

impl Comparison {
    /// For somebody who waits.
    pub(super) fn in_short(&self) -> String {
        let Self {
            what,
            beside,
            times,
        } = self;
        let (ocx, bare) = (milliseconds(&times.ocx), milliseconds(&times.bare));
        let ratio = times.ratio();
        format!("{what}: {ocx:.0} ms; {beside}: {bare:.0} ms; {ratio:.2}")
    }
}

const HEAD: &str = "\
# Performance

What ocx adds to the engine, measured by `cargo xtask bench`. Each command of ocx runs in turns with \
the very engine commands that it runs itself, taken from `--dry-run`, so that a machine whose speed \
drifts slows both down. Times are of whole processes; the ratio is the median of the ratios pair by \
pair.
";

const TABLE: &str =
    "| what | ocx, median (range) | beside | median (range) | ratio |\n|---|---|---|---|---|";

const AIMS: &str = "\
The aims: a warm start within 5 % of the bare engine call, a no-op build within the time of two \
engine calls, `ocx --version` under 10 ms, and on Podman a first session within 1.2 times a later \
one, since the build has the engine copy the layers for the user's ID. A warm start makes one engine call of its own, an \
`image inspect` of base and ocx image together; the tests count it.
";

impl Report {
    pub(super) fn to_markdown(&self) -> String {
        let mut text = format!("{HEAD}\n{}; {} pairs.\n\n", self.machine, self.pairs);
        for Measured {
            engine,
            comparisons,
        } in &self.measured
        {
            let _ = writeln!(text, "## {engine}\n\n{TABLE}");
            for Comparison {
                what,
                beside,
                times,
            } in comparisons
            {
                let _ = writeln!(
                    text,
                    "| {what} | {} | {beside} | {} | **{:.2}** |",
                    shown(&times.ocx),
                    shown(&times.bare),
                    times.ratio()
                );
            }
            text.push('\n');
        }
        let version = &self.version;
        let _ = writeln!(
            text,
            "## No engine at all\n\n{TABLE}\n| `ocx --version` | {} | `true` | {} | – |\n\n{AIMS}",
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
