//! Rules to which the user adds while a session runs.

use std::{
    fs, io,
    net::IpAddr,
    os::unix::fs::MetadataExt as _,
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use async_trait::async_trait;
use camino::{Utf8Path, Utf8PathBuf};

use super::{
    Destination, Policy, Refusal, Request, Rule, Rules, Verdict, rule::covers, rules::Standing,
};
use crate::disk::{read_text, write_atomically};

/// A larger file is neither read nor written.
const LARGEST: u64 = 256 * 1024;

/// Before a rule in the file that denies.
const DENIES: char = '!';

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
    stamp: Option<Stamp>,
}

/// When a file was written, its size and its number: each writing makes a new file.
type Stamp = (SystemTime, u64, u64);

/// What the user has said while the session ran.
#[derive(Debug, Default)]
struct Words {
    allow: Vec<Rule>,
    deny: Vec<Rule>,
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

    /// What is said of a host now.
    pub(super) fn standing(&self, destination: &Destination) -> Standing {
        self.current().rules.standing(destination)
    }

    /// The rules, with what is in the file now. As long as that cannot be read, what was said before holds.
    fn current(&self) -> MutexGuard<'_, Current> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = stamp(&self.file);
        if stamp.is_some()
            && stamp != current.stamp
            && let Ok(words) = Words::read(&self.file)
        {
            let with = |own: &[Rule], more: Vec<Rule>| own.iter().cloned().chain(more).collect();
            let allow: Vec<Rule> = with(&self.allow, words.allow);
            let deny: Vec<Rule> = with(&self.deny, words.deny);
            *current = Current {
                rules: Rules::new(&allow, &deny, &self.models),
                stamp,
            };
        }
        current
    }
}

#[async_trait]
impl Policy for GrowingRules {
    async fn decide(&self, request: &Request) -> Verdict {
        match self.standing(&request.destination) {
            Standing::Allowed => Verdict::Allow,
            Standing::Denied => Verdict::Refuse(Refusal::Denied),
            Standing::Unknown => Verdict::Deny,
        }
    }

    fn decide_address(&self, request: &Request, address: IpAddr) -> Verdict {
        self.current().rules.on_address(request, address)
    }
}

impl Words {
    fn read(file: &Utf8Path) -> io::Result<Self> {
        let text = read_text(file, LARGEST)?;
        let mut words = Self::default();
        for line in text.lines() {
            let (list, rule) = match line.strip_prefix(DENIES) {
                Some(rule) => (&mut words.deny, rule),
                None => (&mut words.allow, line),
            };
            list.extend(rule.parse::<Rule>());
        }
        Ok(words)
    }

    fn write(&self, file: &Utf8Path) -> io::Result<()> {
        let allow = self.allow.iter().map(|rule| format!("{rule}\n"));
        let deny = self.deny.iter().map(|rule| format!("{DENIES}{rule}\n"));
        let text: String = allow.chain(deny).collect();
        if text.len() as u64 > LARGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        write_atomically(file, text.as_bytes(), 0o600)
    }
}

/// Adds rules to the file, for a session that runs. They take back what was denied while it ran, as far as
/// they say that in full.
pub(crate) fn admit(file: &Utf8Path, rules: &[Rule]) -> io::Result<()> {
    change(file, |words| {
        words.deny.retain(|denied| !covers(rules, denied));
        add(&mut words.allow, rules);
    })
}

/// The same for what is denied from now on.
pub(crate) fn refuse(file: &Utf8Path, rules: &[Rule]) -> io::Result<()> {
    change(file, |words| {
        words.allow.retain(|allowed| !covers(rules, allowed));
        add(&mut words.deny, rules);
    })
}

/// Two users of the file at once would lose what one of them says.
fn change(file: &Utf8Path, how: impl FnOnce(&mut Words)) -> io::Result<()> {
    let directory = file.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let alone = fs::File::open(directory)?;
    alone.lock()?;
    let mut words = match Words::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Words::default(),
        words => words?,
    };
    how(&mut words);
    words.write(file)
}

fn add(list: &mut Vec<Rule>, rules: &[Rule]) {
    for rule in rules {
        if !list.contains(rule) {
            list.push(rule.clone());
        }
    }
}

fn stamp(file: &Utf8Path) -> Option<Stamp> {
    let data = fs::metadata(file).ok()?;
    Some((data.modified().ok()?, data.len(), data.ino()))
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
        let on = |destination: &str| rules.standing(&Destination::parse(destination).unwrap());
        assert_eq!(on("a.example:443"), Standing::Allowed);
        assert_eq!(on("b.example:443"), Standing::Unknown);
        admit(&file, &list(&["b.example"])).unwrap();
        assert_eq!(on("b.example:443"), Standing::Allowed);
        assert_eq!(on("c.example:443"), Standing::Unknown);
        admit(
            &file,
            &list(&["c.example", "denied.example", "b.example", "10.0.0.0/8"]),
        )
        .unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 4);
        assert_eq!(on("c.example:443"), Standing::Allowed);
        assert_eq!(on("b.example:443"), Standing::Allowed);
        assert_eq!(on("denied.example:443"), Standing::Denied);
        let request = Request {
            destination: Destination::parse("c.example:443").unwrap(),
            protocol: Protocol::Tunnel,
            provider: None,
        };
        let at = |address: &str| rules.decide_address(&request, address.parse().unwrap());
        assert_eq!(at("10.1.2.3"), Verdict::Allow);
        assert_eq!(at("192.168.1.1"), Verdict::Deny);
    }

    #[test]
    fn what_is_denied_while_it_runs_is_so_until_it_is_taken_back() {
        let directory = tempfile::tempdir().unwrap();
        let file = Utf8Path::from_path(directory.path())
            .unwrap()
            .join("s.admitted");
        let own = list(&["a.example"]);
        let rules = GrowingRules::new(&own, &list(&["b.example"]), &[], file.clone());
        let on = |destination: &str| rules.standing(&Destination::parse(destination).unwrap());
        refuse(&file, &list(&["a.example:443", "1.0.0.0/8"])).unwrap();
        assert_eq!(on("a.example:443"), Standing::Denied);
        assert_eq!(on("a.example:80"), Standing::Allowed);
        let request = Request {
            destination: Destination::parse("a.example:80").unwrap(),
            protocol: Protocol::Tunnel,
            provider: None,
        };
        let address = "1.1.1.1".parse().unwrap();
        assert_eq!(rules.decide_address(&request, address), Verdict::Deny);
        // Part of it is not all of it.
        refuse(&file, &list(&["*.c.example"])).unwrap();
        admit(&file, &list(&["x.c.example", "a.example", "b.example"])).unwrap();
        assert_eq!(on("x.c.example:443"), Standing::Denied);
        assert_eq!(on("a.example:443"), Standing::Allowed);
        assert_eq!(on("b.example:443"), Standing::Denied);
        // What cannot be read takes nothing back.
        fs::write(&file, [0xff]).unwrap();
        assert_eq!(on("x.c.example:443"), Standing::Denied);
        assert!(refuse(&file, &own).is_err());
        fs::remove_file(&file).unwrap();
        assert_eq!(on("x.c.example:443"), Standing::Denied);
    }
}
