//! Which test run a file, image, container or volume belongs to.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    str::FromStr,
    sync::OnceLock,
};

/// The variable by which `cargo xtask test` gives all test programs one run.
pub const VARIABLE: &str = "OCX_TEST_RUN";

const PREFIX: &str = "ocxt-";

/// The name of a test run, such as `ocxt-1f3a-4711-98765`.
///
/// It holds the machine, the process that the run belongs to and the time at which that process
/// was started, so that anyone can tell whether the run is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunId {
    host: String,
    pid: u32,
    started: u64,
}

impl RunId {
    /// The run that this process is part of: that of [`VARIABLE`], or else one of its own, whose
    /// remains are then removed by a [reaper](crate::reaper) when the process has ended.
    pub fn current() -> &'static Self {
        static RUN: OnceLock<RunId> = OnceLock::new();
        RUN.get_or_init(|| match std::env::var(VARIABLE) {
            Ok(text) => text
                .parse()
                .unwrap_or_else(|()| panic!("{VARIABLE}={text} is no test run")),
            Err(_) => {
                let run = Self::of_this_process();
                crate::reaper::start_for_this_process(&run);
                run
            }
        })
    }

    /// A run that lasts as long as this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        let pid = std::process::id();
        Self {
            host: this_host(),
            pid,
            started: start_time(pid).expect("/proc/self/stat tells when this process started"),
        }
    }

    /// Whether the run is known to be over. Runs of other machines are not.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.host == this_host() && start_time(self.pid) != Some(self.started)
    }

    /// The first run whose name occurs in `text`.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        text.match_indices(PREFIX)
            .find_map(|(at, _)| parse_start(&text[at..]))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}-{}-{}", self.host, self.pid, self.started)
    }
}

impl FromStr for RunId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        parse_start(text)
            .filter(|run| run.to_string() == text)
            .ok_or(())
    }
}

/// Whether `name` occurs in `text` as a whole: `ocxt-1f3a-1-1` does not in `ocxt-1f3a-1-12`.
#[must_use]
pub fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name)
        .any(|(at, _)| !text[at + name.len()..].starts_with(|next: char| next.is_ascii_digit()))
}

fn parse_start(text: &str) -> Option<RunId> {
    let mut parts = text.strip_prefix(PREFIX)?.splitn(3, '-');
    let host = parts.next()?;
    let pid = parts.next()?.parse().ok()?;
    let rest = parts.next()?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    Some(RunId {
        host: host.to_owned(),
        pid,
        started: rest[..digits].parse().ok()?,
    })
}

/// Tells machines apart that share an engine, and containers that share a machine.
fn this_host() -> String {
    let mut hasher = DefaultHasher::new();
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .unwrap_or_default()
        .hash(&mut hasher);
    std::fs::read_link("/proc/self/ns/pid")
        .unwrap_or_default()
        .hash(&mut hasher);
    format!("{:04x}", hasher.finish() & 0xffff)
}

/// Field 22 of `/proc/PID/stat`, see proc(5): with the process ID it names a process for good.
fn start_time(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name is in parentheses and may hold anything.
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace();
    let state = fields.next()?;
    (state != "Z").then_some(())?;
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_found_again_in_names_made_from_it() {
        let run = RunId::of_this_process();
        assert_eq!(run.to_string().parse(), Ok(run.clone()));
        assert_eq!(
            RunId::find(&format!("ocx-{run}-7-base:1.2.3")),
            Some(run.clone())
        );
        assert_eq!(
            RunId::find(&format!("/tmp/{run}-7/project")),
            Some(run.clone())
        );
        assert_eq!(RunId::find("ocxt-nothing"), None);
        assert!(!run.is_over());
    }

    #[test]
    fn is_over_when_its_process_is_gone() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let run = RunId {
            host: this_host(),
            pid: child.id(),
            started: start_time(child.id()).unwrap_or(1),
        };
        child.wait().unwrap();
        assert!(run.is_over());
        let elsewhere = RunId {
            host: "zzzz".to_owned(),
            ..run
        };
        assert!(!elsewhere.is_over());
    }

    #[test]
    fn longer_numbers_are_other_names() {
        assert!(mentions("x/ocxt-a-1-1:2", "ocxt-a-1-1"));
        assert!(mentions("ocxt-a-1-1-3", "ocxt-a-1-1"));
        assert!(!mentions("ocxt-a-1-12", "ocxt-a-1-1"));
    }
}
