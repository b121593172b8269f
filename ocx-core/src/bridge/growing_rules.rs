//! Rules to which the user adds while a session runs.

use std::{
    fs, io,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use async_trait::async_trait;
use camino::{Utf8Path, Utf8PathBuf};

use super::{Policy, Request, Rule, Rules, Verdict};
use crate::disk::read_text;

/// More is not read of the file.
const LARGEST: u64 = 256 * 1024;

/// The rules of the settings, and those in a file of ocx's own that no session has mounted, one a line.
/// What is denied stays denied.
#[derive(Debug)]
pub(crate) struct GrowingRules {
    allow: Vec<Rule>,
    deny: Vec<Rule>,
    models: Vec<Rule>,
    file: Utf8PathBuf,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    rules: Rules,
    /// When the file was written that the rules are from, and its size.
    stamp: Option<(SystemTime, u64)>,
}

impl GrowingRules {
    /// Begins with these rules.
    pub(crate) fn new(allow: &[Rule], deny: &[Rule], models: &[Rule], file: Utf8PathBuf) -> Self {
        let current = Mutex::new(Current {
            rules: Rules::new(allow, deny, models),
            stamp: None,
        });
        Self {
            allow: allow.to_vec(),
            deny: deny.to_vec(),
            models: models.to_vec(),
            file,
            current,
        }
    }

    /// Asks the rules; if they deny and the file has changed, those that are in it now as well.
    fn ask(&self, question: impl Fn(&Rules) -> Verdict) -> Verdict {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if question(&current.rules) == Verdict::Allow {
            return Verdict::Allow;
        }
        let stamp = stamp(&self.file);
        if stamp == current.stamp {
            return Verdict::Deny;
        }
        let more = admitted(&self.file);
        let allow: Vec<Rule> = self.allow.iter().cloned().chain(more).collect();
        *current = Current {
            rules: Rules::new(&allow, &self.deny, &self.models),
            stamp,
        };
        question(&current.rules)
    }
}

#[async_trait]
impl Policy for GrowingRules {
    async fn decide(&self, request: &Request) -> Verdict {
        self.ask(|rules| rules.on(&request.destination))
    }

    fn decide_address(&self, request: &Request, address: IpAddr) -> Verdict {
        self.ask(|rules| rules.on_address(request, address))
    }
}

/// Adds rules to the file, for a session that runs.
pub(crate) fn admit(file: &Utf8Path, rules: &[Rule]) -> io::Result<()> {
    let mut all = admitted(file);
    all.extend(
        rules
            .iter()
            .filter(|rule| !all.contains(rule))
            .cloned()
            .collect::<Vec<_>>(),
    );
    let text: String = all.iter().map(|rule| format!("{rule}\n")).collect();
    crate::disk::write_atomically(file, text.as_bytes(), 0o600)
}

/// What the file holds; nothing if there is none.
fn admitted(file: &Utf8Path) -> Vec<Rule> {
    let text = read_text(file, LARGEST).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).collect()
}

fn stamp(file: &Utf8Path) -> Option<(SystemTime, u64)> {
    let data = fs::metadata(file).ok()?;
    Some((data.modified().ok()?, data.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::{Destination, Protocol};

    fn list(rules: &[&str]) -> Vec<Rule> {
        rules.iter().map(|rule| rule.parse().unwrap()).collect()
    }

    #[test]
    fn what_is_admitted_while_it_runs_is_allowed_at_once_and_what_is_denied_stays_so() {
        let directory = tempfile::tempdir().unwrap();
        let file = Utf8Path::from_path(directory.path())
            .unwrap()
            .join("s.admitted");
        let rules = GrowingRules::new(
            &list(&["a.example"]),
            &list(&["denied.example"]),
            &[],
            file.clone(),
        );
        let on = |destination: &str| {
            let destination = Destination::parse(destination).unwrap();
            rules.ask(|rules| rules.on(&destination))
        };
        assert_eq!(on("a.example:443"), Verdict::Allow);
        assert_eq!(on("b.example:443"), Verdict::Deny);
        admit(&file, &list(&["b.example"])).unwrap();
        assert_eq!(on("b.example:443"), Verdict::Allow);
        assert_eq!(on("c.example:443"), Verdict::Deny);
        admit(
            &file,
            &list(&["c.example", "denied.example", "b.example", "10.0.0.0/8"]),
        )
        .unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 4);
        assert_eq!(on("c.example:443"), Verdict::Allow);
        assert_eq!(on("b.example:443"), Verdict::Allow);
        assert_eq!(on("denied.example:443"), Verdict::Deny);
        let request = Request {
            destination: Destination::parse("c.example:443").unwrap(),
            protocol: Protocol::Tunnel,
            provider: None,
        };
        let at = |address: &str| rules.decide_address(&request, address.parse().unwrap());
        assert_eq!(at("10.1.2.3"), Verdict::Allow);
        assert_eq!(at("192.168.1.1"), Verdict::Deny);
    }
}
