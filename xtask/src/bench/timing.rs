//! Timing commands in turns.

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

/// Commands that run in turns.
pub(super) struct Contest<'a> {
    /// How often each of them runs, after a run that does not count.
    pub(super) rounds: usize,
    /// Makes the commands, each when it is its turn.
    pub(super) commands: Vec<Box<dyn Fn() -> Command + 'a>>,
    /// Puts things in order before the command with this number.
    pub(super) before: Box<dyn Fn(usize) -> Outcome + 'a>,
}

impl Contest<'_> {
    /// The times of each command.
    pub(super) fn run(&self) -> Outcome<Vec<Vec<Duration>>> {
        let mut times = vec![Vec::new(); self.commands.len()];
        for round in 0..=self.rounds {
            for (number, command) in self.commands.iter().enumerate() {
                (self.before)(number)?;
                let elapsed = time(command())?;
                if round > 0 {
                    times[number].push(elapsed);
                }
            }
        }
        Ok(times)
    }
}

/// Two commands in turns.
pub(super) fn pairs(
    rounds: usize,
    ocx: impl Fn() -> Command,
    bare: impl Fn() -> Command,
    before: impl Fn(),
) -> Outcome<Pairs> {
    let mut times = Contest {
        rounds,
        commands: vec![Box::new(ocx), Box::new(bare)],
        before: Box::new(|_| {
            before();
            Ok(())
        }),
    }
    .run()?;
    let bare = times.pop().unwrap_or_default();
    let ocx = times.pop().unwrap_or_default();
    Ok(Pairs { ocx, bare })
}

fn time(mut command: Command) -> Outcome<Duration> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let started = Instant::now();
    let ended = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    let elapsed = started.elapsed();
    if ended.status.success() {
        Ok(elapsed)
    } else {
        let status = ended.status;
        let said = String::from_utf8_lossy(&ended.stderr);
        Err(format!("{command:?} ended with {status}:\n{said}"))
    }
}

impl Pairs {
    /// The times of two commands of a contest.
    pub(super) fn of(times: &[Vec<Duration>], ocx: usize, bare: usize) -> Self {
        Self {
            ocx: times[ocx].clone(),
            bare: times[bare].clone(),
        }
    }

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

    #[test]
    fn a_contest_goes_by_turns_and_its_first_round_does_not_count() {
        let order = std::cell::RefCell::new(Vec::new());
        let command = || Command::new("true");
        let times = Contest {
            rounds: 2,
            commands: vec![Box::new(command), Box::new(command)],
            before: Box::new(|number| {
                order.borrow_mut().push(number);
                Ok(())
            }),
        }
        .run()
        .unwrap();
        assert_eq!(order.into_inner(), [0, 1, 0, 1, 0, 1]);
        assert_eq!(times.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
    }
}
