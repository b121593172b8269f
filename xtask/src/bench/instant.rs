//! What needs no engine, and so has to be there at once: each command with the time that it may take.

use std::{fs, process::Command, time::Duration};

use ocx_tests::sandbox::Sandbox;

use super::timing::{Pairs, milliseconds, pairs};
use crate::step::{Outcome, workspace};

/// A command, and the median that it may take.
const BUDGETS: [(&str, Duration); 2] = [
    ("--version", Duration::from_millis(5)),
    ("help", Duration::from_millis(10)),
];

/// From this many times its budget on, a command has become slow, and the machine has not.
const NO_NOISE: f64 = 2.0;

/// A command that has to be there at once, beside a program that does nothing.
pub(super) struct Instant {
    pub(super) command: &'static str,
    budget: Duration,
    pub(super) times: Pairs,
}

/// What the times of a command say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Within its budget.
    Kept,
    /// Over it, which may be the machine's doing.
    Missed,
    /// So far over it that it is not.
    FarMissed,
}

/// Measures them with the release build.
pub(super) fn measure(rounds: usize) -> Outcome<Vec<Instant>> {
    let sandbox = Sandbox::new();
    let ocx = sandbox.root().join("bin/ocx-release");
    let built = workspace().join("target/release/ocx");
    fs::copy(&built, &ocx).map_err(|error| format!("{built} to {ocx}: {error}"))?;
    let command = |program: &str, args: &[&str]| -> Command {
        sandbox.command(program, args.iter().copied()).command()
    };
    BUDGETS
        .into_iter()
        .map(|(name, budget)| {
            let ocx = || command(ocx.as_str(), &[name]);
            let nothing = || command("/bin/true", &[]);
            Ok(Instant {
                command: name,
                budget,
                times: pairs(rounds * 2, ocx, nothing, || {})?,
            })
        })
        .collect()
}

impl Instant {
    pub(super) fn verdict(&self) -> Verdict {
        verdict(
            milliseconds(&self.times.ocx),
            milliseconds(&self.times.bare),
            self.budget(),
        )
    }

    /// In milliseconds.
    pub(super) fn budget(&self) -> f64 {
        self.budget.as_secs_f64() * 1000.0
    }

    /// For somebody who waits.
    pub(super) fn in_short(&self) -> String {
        let (ocx, bare) = (
            milliseconds(&self.times.ocx),
            milliseconds(&self.times.bare),
        );
        let (command, budget, verdict) = (self.command, self.budget(), self.verdict().in_words());
        format!("ocx {command}: {ocx:.1} ms of {budget:.0} ms, {verdict}; `true`: {bare:.1} ms")
    }
}

impl Verdict {
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Missed => "missed",
            Self::FarMissed => "far missed",
        }
    }
}

/// By the medians in milliseconds, of the command and of a program that does nothing: what that takes beyond
/// the budget is the machine's.
fn verdict(ocx: f64, bare: f64, budget: f64) -> Verdict {
    let of_machine = (bare - budget).max(0.0);
    if ocx <= budget {
        Verdict::Kept
    } else if ocx - of_machine <= budget * NO_NOISE {
        Verdict::Missed
    } else {
        Verdict::FarMissed
    }
}

/// Fails if one of them has become slow.
pub(super) fn check(all: &[Instant]) -> Outcome {
    let slow = all.iter().filter(|one| one.verdict() == Verdict::FarMissed);
    let slow: Vec<String> = slow.map(Instant::in_short).collect();
    if slow.is_empty() {
        Ok(())
    } else {
        Err(slow.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_kept_missed_or_far_missed() {
        assert_eq!(verdict(4.9, 2.0, 5.0), Verdict::Kept);
        assert_eq!(verdict(5.0, 2.0, 5.0), Verdict::Kept);
        assert_eq!(verdict(9.9, 2.0, 5.0), Verdict::Missed);
        assert_eq!(verdict(10.1, 2.0, 5.0), Verdict::FarMissed);
        // A machine on which nothing is quick.
        assert_eq!(verdict(14.0, 12.0, 5.0), Verdict::Missed);
        assert_eq!(verdict(40.0, 12.0, 5.0), Verdict::FarMissed);
    }

    #[test]
    fn only_what_is_far_missed_is_an_error() {
        let of = |milliseconds: u64| Instant {
            command: "help",
            budget: Duration::from_millis(10),
            times: Pairs {
                ocx: vec![Duration::from_millis(milliseconds)],
                bare: vec![Duration::from_millis(2)],
            },
        };
        assert_eq!(check(&[of(5), of(15)]), Ok(()));
        let error = check(&[of(5), of(50)]).unwrap_err();
        assert_eq!(
            error,
            "ocx help: 50.0 ms of 10 ms, far missed; `true`: 2.0 ms"
        );
    }
}
