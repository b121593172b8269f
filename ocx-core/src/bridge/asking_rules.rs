//! Rules that have the user asked about what none of them is about.

use std::{net::IpAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::time::{Instant, sleep_until};

use super::{GrowingRules, PendingHosts, Policy, Refusal, Request, Verdict, rules::Standing};

/// How long a request waits for the user's word.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it looks whether there is one.
const POLL: Duration = Duration::from_millis(200);

/// Rules to which the user adds while a session runs. A request that none is about waits for that.
#[derive(Debug)]
pub(crate) struct AskingRules {
    rules: GrowingRules,
    pending: Arc<PendingHosts>,
}

impl AskingRules {
    pub(crate) fn new(rules: GrowingRules, pending: Arc<PendingHosts>) -> Self {
        Self { rules, pending }
    }

    /// What the rules say, if one is about it.
    fn settled(&self, request: &Request) -> Option<Verdict> {
        match self.rules.standing(&request.destination) {
            Standing::Allowed => Some(Verdict::Allow),
            Standing::Denied => Some(Verdict::Refuse(Refusal::Denied)),
            Standing::Unknown => None,
        }
    }
}

#[async_trait]
impl Policy for AskingRules {
    async fn decide(&self, request: &Request) -> Verdict {
        if let Some(verdict) = self.settled(request) {
            return verdict;
        }
        let Some(_waits) = self.pending.enter(&request.destination) else {
            return Verdict::Refuse(Refusal::TooManyAsked);
        };
        let end = Instant::now() + PATIENCE;
        loop {
            let now = Instant::now();
            sleep_until(end.min(now + POLL)).await;
            if let Some(verdict) = self.settled(request) {
                return verdict;
            }
            if now >= end {
                return Verdict::Refuse(Refusal::Unanswered);
            }
        }
    }

    fn decide_address(&self, request: &Request, address: IpAddr) -> Verdict {
        self.rules.decide_address(request, address)
    }
}

#[cfg(test)]
mod tests {
    use camino::{Utf8Path, Utf8PathBuf};
    use futures_util::future::join_all;
    use tokio::time::sleep;

    use super::*;
    use crate::bridge::{
        Destination, Protocol, Rule,
        growing_rules::{admit, refuse},
        pending::read_pending,
    };

    struct World {
        rules: AskingRules,
        admitted: Utf8PathBuf,
        pending: Utf8PathBuf,
        _directory: tempfile::TempDir,
    }

    fn list(rules: &[&str]) -> Vec<Rule> {
        rules.iter().map(|rule| rule.parse().unwrap()).collect()
    }

    fn world() -> World {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| Utf8Path::from_path(directory.path()).unwrap().join(name);
        let (admitted, pending) = (at("s.admitted"), at("s.pending"));
        let (allow, deny) = (list(&["known.example"]), list(&["denied.example"]));
        let growing = GrowingRules::new(&allow, &deny, &[], admitted.clone());
        let hosts = PendingHosts::new(pending.clone(), |_| {});
        World {
            rules: AskingRules::new(growing, Arc::new(hosts)),
            admitted,
            pending,
            _directory: directory,
        }
    }

    impl World {
        /// What comes of a request for this, and after how many seconds.
        async fn ask(&self, destination: &str) -> (Verdict, u64) {
            let request = Request {
                destination: Destination::parse(destination).unwrap(),
                protocol: Protocol::Tunnel,
                provider: None,
            };
            let begin = Instant::now();
            let verdict = self.rules.decide(&request).await;
            (verdict, begin.elapsed().as_secs())
        }

        fn waiting(&self) -> usize {
            read_pending(&self.pending, "s").len()
        }
    }

    const DENIED: Verdict = Verdict::Refuse(Refusal::Denied);
    const UNANSWERED: Verdict = Verdict::Refuse(Refusal::Unanswered);
    const TOO_MANY: Verdict = Verdict::Refuse(Refusal::TooManyAsked);

    #[tokio::test(start_paused = true)]
    async fn what_a_rule_is_about_does_not_wait_and_what_is_denied_is_not_asked_about() {
        let world = world();
        assert_eq!(world.ask("known.example:443").await, (Verdict::Allow, 0));
        assert_eq!(world.ask("denied.example:443").await, (DENIED, 0));
        // Nor does a word for it help.
        admit(&world.admitted, &list(&["denied.example"])).unwrap();
        assert_eq!(world.ask("denied.example:443").await, (DENIED, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_waits_until_it_is_released_or_refused() {
        let world = world();
        let user = async {
            sleep(Duration::from_secs(5)).await;
            assert_eq!(world.waiting(), 3);
            admit(&world.admitted, &list(&["a.example:443"])).unwrap();
            sleep(Duration::from_secs(5)).await;
            assert_eq!(world.waiting(), 2);
            refuse(&world.admitted, &list(&["*.b.example"])).unwrap();
            sleep(Duration::from_secs(5)).await;
            assert_eq!(world.waiting(), 1);
        };
        let (a, again, b, other_port, ()) = tokio::join!(
            world.ask("a.example:443"),
            world.ask("a.example:443"),
            world.ask("x.b.example:443"),
            world.ask("a.example:80"),
            user,
        );
        assert_eq!((a.0, again.0), (Verdict::Allow, Verdict::Allow));
        assert!((5..=6).contains(&a.1) && (5..=6).contains(&again.1));
        assert_eq!(b.0, DENIED);
        assert!((10..=11).contains(&b.1));
        assert_eq!(other_port, (UNANSWERED, 60));
        assert_eq!(world.waiting(), 0);
        // From then on it is so at once.
        assert_eq!(world.ask("a.example:443").await, (Verdict::Allow, 0));
        assert_eq!(world.ask("y.b.example:1").await, (DENIED, 0));
        // And what nobody answered is asked again.
        assert_eq!(world.ask("a.example:80").await, (UNANSWERED, 60));
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_hosts_is_refused_at_once() {
        let world = world();
        let hosts: Vec<String> = (0..100).map(|n| format!("h{n}.example:443")).collect();
        let answers = join_all(hosts.iter().map(|host| world.ask(host))).await;
        let count = |answer| answers.iter().filter(|found| **found == answer).count();
        assert_eq!(count((UNANSWERED, 60)), 32);
        assert_eq!(count((TOO_MANY, 0)), 68);
        let answers = join_all((0..100).map(|_| world.ask("h.example:443"))).await;
        let count = |answer| answers.iter().filter(|found| **found == answer).count();
        assert_eq!(count((UNANSWERED, 60)), 64);
        assert_eq!(count((TOO_MANY, 0)), 36);
    }

    #[tokio::test(start_paused = true)]
    async fn who_goes_away_does_not_wait() {
        let world = world();
        let look = async {
            sleep(Duration::from_secs(1)).await;
            world.waiting()
        };
        let waiting = tokio::select! {
            _ = world.ask("a.example:443") => panic!("nobody has answered"),
            waiting = look => waiting,
        };
        assert_eq!(waiting, 1);
        assert_eq!(world.waiting(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_word_for_a_name_opens_no_address_of_the_hosts() {
        let world = world();
        admit(&world.admitted, &list(&["a.example"])).unwrap();
        let request = Request {
            destination: Destination::parse("a.example:80").unwrap(),
            protocol: Protocol::Http,
            provider: None,
        };
        assert_eq!(world.rules.decide(&request).await, Verdict::Allow);
        let at = |address: &str| {
            world
                .rules
                .decide_address(&request, address.parse().unwrap())
        };
        assert_eq!(at("1.1.1.1"), Verdict::Allow);
        for special in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"] {
            assert_eq!(at(special), Verdict::Deny, "{special}");
        }
        admit(&world.admitted, &list(&["10.0.0.0/8:80"])).unwrap();
        assert_eq!(at("10.0.0.1"), Verdict::Allow);
    }
}
