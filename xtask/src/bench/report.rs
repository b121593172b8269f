//! The report as Markdown.

use std::fmt::Write as _;

use super::{
    instant::Instant,
    timing::{Pairs, milliseconds, range},
};

/// Everything that was measured.
pub(super) struct Report {
    pub(super) machine: String,
    pub(super) pairs: usize,
    pub(super) measured: Vec<Measured>,
    pub(super) instant: Vec<Instant>,
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
what stands beside it, so that a machine whose speed drifts slows both down: the very engine commands \
that ocx runs itself, taken from `--dry-run`, or as little as a person would type for the same result. \
Times are of whole processes; the ratio is the median of the ratios pair by pair.
";

const TABLE: &str =
    "| what | ocx, median (range) | beside | median (range) | ratio |\n|---|---|---|---|---|";

const AIMS: &str = "\
## The aims, and what they leave out

| what | aim |
|---|---|
| warm start | 1.03 |
| a program in a running session | 1.10 |
| layer build with its trial, beside `build` and a `run` of it | 1.4 |
| cold path | 1.5 |
| a session with 1,000 hidden files, beside one with none | 1.5 |
| a session with `network = \"filtered\"`, beside one on the engine's network | 60 ms more |
| 512 MiB through the bridge | 1,070 ms, which are 500 MB/s |
| 1,000 connections through the bridge | 300 ms more |
| first session after a build, beside a later one (Podman) | 1.2 |
| no-op build | two engine calls |
| `ocx --version` | 5 ms |
| `ocx help` | 10 ms |

- **A warm start** makes one engine call of its own, an `image inspect` of base and ocx image together: the \
row of the no-op build shows what that call costs. It is needed, since a base may have moved. The tests \
count it.
- **A program in a session** of the project asks nothing before the `exec` itself once the session has been \
running for ten seconds: ocx's lock on the session and what it has written down then tell that it runs. \
In a younger session, or one that another user or a killed ocx has left, the engine is asked for its list.
- **A layer build** has to end with opencode having run in the image under the conditions of a session. That \
trial is a `run` of the engine, which is most of what a layer build takes; beside `build` alone, which \
proves nothing, the ratio cannot come near 1.
- **The cold path** by hand is one `run`; ocx has two, the trial and the session, and looks into the base \
first, which costs a `create`, a `cp` for each file and an `rm`.
- **Hidden files** are one mount each; the last row of the three shows what the engine itself takes for them. \
A mount over a whole directory would hide what appears in it later as well, or let through what a tool \
writes anew, so files are never put together. With Podman 400 are hidden here: runc 1.1 gets the sources of all mounts in one message of 64 KiB, and starts no rootless container with longer ones. crun has no such limit.
- **The bridge** carries each byte through ocx, from one socket to the other; both ends share the machine with it here. \
A rootless engine's own network is a program, too, which the bridge has no need of.
- **On Podman** the build has the engine copy the layers for the user's ID, so that the first session starts \
as fast as the next.
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
        let _ = writeln!(
            text,
            "## No engine at all\n\n| what | ocx, median (range) | budget | beside `true`, median (range) |\n|---|---|---|---|"
        );
        for one in &self.instant {
            let _ = writeln!(
                text,
                "| `ocx {}` | {} | {:.0} ms, {} | {} |",
                one.command,
                shown(&one.times.ocx),
                one.budget(),
                one.verdict().in_words(),
                shown(&one.times.bare)
            );
        }
        let _ = writeln!(text, "\n{AIMS}");
        text.trim_end().to_owned() + "\n"
    }
}

fn shown(times: &[std::time::Duration]) -> String {
    let (least, most) = range(times);
    format!("{:.1} ms ({least:.1} to {most:.1})", milliseconds(times))
}
