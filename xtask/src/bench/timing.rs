//! Timing two commands in turns.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::step::Outcome;

/// The times of two commands that ran in turns.
pub(super) struct Pairs {
    pub(super) ocx: Vec<Duration>,
    pub(super) bare: Vec<Duration>,
}

/// Runs each command `count` times in turns, after a run of each that does not count. `between` puts
/// things in order before each run.
pub(super) fn pairs(
    count: usize,
    ocx: impl Fn() -> Command,
    bare: impl Fn() -> Command,
    between: impl Fn(),
) -> Outcome<Pairs> {
    let mut times = Pairs {
        ocx: Vec::new(),
        bare: Vec::new(),
    };
    for round in 0..=count {
        between();
        let left = time(ocx())?;
        between();
        let right = time(bare())?;
        if round > 0 {
            times.ocx.push(left);
            times.bare.push(right);
        }
    }
    Ok(times)
}

fn time(mut command: Command) -> Outcome<Duration> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let started = Instant::now();
    let status = command
        .status()
        .map_err(|error| format!("{command:?}: {error}"))?;
    let elapsed = started.elapsed();
    if status.success() {
        Ok(elapsed)
    } else {
        Err(format!("{command:?} ended with {status}"))
    }
}

impl Pairs {
    /// The median of the ratios pair by pair.
    pub(super) fn ratio(&self) -> f64 {
        let ratios = self
            .ocx
            .iter()
            .zip(&self.bare)
            .map(|(ocx, bare)| ocx.as_secs_f64() / bare.as_secs_f64());
        median(ratios.collect())
    }
}

/// The median in milliseconds.
pub(super) fn milliseconds(times: &[Duration]) -> f64 {
    median(
        times
            .iter()
            .map(|time| time.as_secs_f64() * 1000.0)
            .collect(),
    )
}

/// The least and the most in milliseconds.
pub(super) fn range(times: &[Duration]) -> (f64, f64) {
    let milliseconds = times.iter().map(|time| time.as_secs_f64() * 1000.0);
    milliseconds.fold((f64::INFINITY, 0.0), |(least, most), time| {
        (least.min(time), most.max(time))
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(vec![4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
    }
}
