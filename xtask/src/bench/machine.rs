//! What the figures were measured on.

use std::{fs, process::Command};

use crate::step::{Outcome, read};

/// Date, processor and kernel, in one line.
pub(super) fn describe() -> Outcome<String> {
    let date = read(Command::new("date").args(["--utc", "--iso-8601"]))?;
    let kernel = read(Command::new("uname").args(["--kernel-release", "--machine"]))?;
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    Ok(format!(
        "{}, {model}, {cores} cores, Linux {}",
        date.trim(),
        kernel.trim()
    ))
}
