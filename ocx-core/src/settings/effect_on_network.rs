//! What a value does to what sessions reach.

use super::{Change, Effect, KeysPlace, NetworkMode, effect};
use crate::{
    bridge::{covers, reaches_special},
    spec::Network,
};

const ALLOW: &str = "the agent would reach more than you have allowed";
const SPECIAL: &str = "the agent would reach services of the host or of its neighbours";

pub(super) fn network(change: &Change) -> Effect {
    use NetworkMode::{Ask, Engine, Filtered};
    match (&change.below.network, &change.with.network) {
        (below, with) if below == with => Effect::Harmless,
        (_, Engine(Network::None))
        | (Engine(Network::Host), Engine(Network::Default))
        | (Engine(Network::Default | Network::Host), Filtered | Ask)
        | (Ask, Filtered) => Effect::Tightening,
        (_, Engine(Network::Host)) => {
            Effect::Loosening("the agent would reach the host's own services")
        }
        (_, Engine(Network::Named(_))) => {
            Effect::Loosening("the agent would reach the other containers of that network")
        }
        (Engine(Network::Named(_)), Engine(Network::Default) | Filtered | Ask) => {
            Effect::Loosening("it would leave the network that you have chosen")
        }
        (_, Engine(Network::Default)) => Effect::Loosening("the agent would reach the network"),
        (_, Filtered) => Effect::Loosening("the agent would reach what is allowed of the network"),
        (_, Ask) => Effect::Loosening("the agent could ask for more than you have allowed"),
    }
}

/// Where the user lets sessions reach the whole network, a list of the project's has less of it, but for
/// what is on the host and beside it. Where the user has a list, the project's may only be shorter.
pub(super) fn network_allow(change: &Change) -> Effect {
    let (below, with) = (&change.below.network_allow, &change.with.network_allow);
    let added: Vec<_> = with.iter().filter(|rule| !covers(below, rule)).collect();
    if added.iter().any(|rule| reaches_special(rule)) {
        Effect::Loosening(SPECIAL)
    } else if is_users_filter(change) && !added.is_empty() {
        Effect::Loosening(ALLOW)
    } else if below == with {
        Effect::Harmless
    } else if added.is_empty() && below.iter().any(|rule| !covers(with, rule)) {
        Effect::Tightening
    } else {
        Effect::Harmless
    }
}

/// Whether it is the user who has a list, or less: below the project's file, or above it.
fn is_users_filter(change: &Change) -> bool {
    let is_wide = matches!(
        change.below.network,
        NetworkMode::Engine(Network::Default | Network::Host)
    );
    !is_wide || is_filtered_above(change)
}

fn is_filtered_above(change: &Change) -> bool {
    change.all.network.is_by_rules() && !change.project_keys.contains(&"network")
}

/// A user who has a list, below the project's file or above it, has the keys outside.
pub(super) fn keys(change: &Change) -> Effect {
    const REASON: &str = "the agent would see your API keys, which you keep outside of sessions";
    let below = match change.below.keys {
        None if is_filtered_above(change) => KeysPlace::Outside,
        _ => change.below.keys_place(),
    };
    effect::limit(Some(below), Some(change.with.keys_place()), REASON)
}

pub(super) fn network_deny(change: &Change) -> Effect {
    if change.below.network_deny == change.with.network_deny {
        Effect::Harmless
    } else {
        Effect::Tightening
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        project::sandbox::Sandbox,
        settings::{Origins, Settings},
    };

    const TIGHTER: &str = "tightening";
    const SAME: &str = "harmless";

    fn in_words(effect: Effect) -> &'static str {
        match effect {
            Effect::Harmless => SAME,
            Effect::Tightening => TIGHTER,
            Effect::Loosening(reason) | Effect::Refused(reason) => reason,
        }
    }

    /// What the project's `value` does on top of the user's own settings, and below flags.
    fn effect(
        judge: fn(&Change) -> Effect,
        below: &[(&str, &str)],
        value: &[(&str, &str)],
        flags: &[(&str, &str)],
        project_keys: &[&'static str],
    ) -> &'static str {
        let sandbox = Sandbox::new();
        let project = sandbox.project();
        let settings = |values: &[&[(&str, &str)]]| -> Settings {
            let mut builder = Settings::builder(&sandbox.host, &project);
            for (key, value) in values.concat() {
                builder = builder.with(key, value).unwrap();
            }
            builder.build().unwrap()
        };
        in_words(judge(&Change {
            below: &settings(&[below]),
            with: &settings(&[below, value]),
            all: &settings(&[below, value, flags]),
            origins: &Origins::default(),
            project_keys,
            host: &sandbox.host,
            project: &project,
        }))
    }

    #[test]
    fn networks() {
        const HOST: &str = "the agent would reach the host's own services";
        const NAMED: &str = "the agent would reach the other containers of that network";
        const LEFT: &str = "it would leave the network that you have chosen";
        const ALL: &str = "the agent would reach the network";
        const ASKED: &str = "the agent could ask for more than you have allowed";
        const LISTED: &str = "the agent would reach what is allowed of the network";
        for (below, with, expected) in [
            ("default", "default", SAME),
            ("default", "none", TIGHTER),
            ("default", "filtered", TIGHTER),
            ("default", "host", HOST),
            ("default", "shared", NAMED),
            ("filtered", "filtered", SAME),
            ("filtered", "none", TIGHTER),
            ("filtered", "default", ALL),
            ("filtered", "host", HOST),
            ("filtered", "shared", NAMED),
            ("default", "ask", TIGHTER),
            ("host", "ask", TIGHTER),
            ("filtered", "ask", ASKED),
            ("none", "ask", ASKED),
            ("walled", "ask", LEFT),
            ("ask", "ask", SAME),
            ("ask", "filtered", TIGHTER),
            ("ask", "none", TIGHTER),
            ("ask", "default", ALL),
            ("ask", "host", HOST),
            ("ask", "shared", NAMED),
            ("host", "host", SAME),
            ("host", "default", TIGHTER),
            ("host", "filtered", TIGHTER),
            ("host", "none", TIGHTER),
            ("host", "shared", NAMED),
            ("none", "none", SAME),
            ("none", "filtered", LISTED),
            ("none", "default", ALL),
            ("none", "host", HOST),
            ("walled", "walled", SAME),
            ("walled", "none", TIGHTER),
            ("walled", "filtered", LEFT),
            ("walled", "default", LEFT),
            ("walled", "shared", NAMED),
            ("walled", "host", HOST),
        ] {
            let found = effect(
                network,
                &[("network", below)],
                &[("network", with)],
                &[],
                &[],
            );
            assert_eq!(found, expected, "{below} -> {with}");
        }
    }

    #[test]
    fn a_list_of_the_users_may_only_become_shorter() {
        let below = [
            ("network", "filtered"),
            ("network_allow", r#"["@models", "@npm", "*.a.example"]"#),
        ];
        for (with, expected) in [
            (r#"["@models", "@npm", "*.a.example"]"#, SAME),
            (r#"["*.a.example", "@npm", "@models"]"#, SAME),
            (r#"["@models"]"#, TIGHTER),
            (r#"["@models", "x.a.example"]"#, TIGHTER),
            (r#"["registry.npmjs.org:443"]"#, TIGHTER),
            ("[]", TIGHTER),
            (r#"["@models", "@npm", "*.a.example", "b.example"]"#, ALLOW),
            (r#"["b.example"]"#, ALLOW),
            (r#"["*"]"#, ALLOW),
            (r#"["@git"]"#, ALLOW),
            (r#"["127.0.0.1:80"]"#, SPECIAL),
        ] {
            let value = [("network_allow", with)];
            assert_eq!(
                effect(network_allow, &below, &value, &[], &[]),
                expected,
                "{with}"
            );
        }
    }

    #[test]
    fn where_all_is_reached_a_list_of_the_projects_is_less() {
        let value = [("network_allow", r#"["github.com", "8.8.8.8"]"#)];
        let near = [("network_allow", r#"["169.254.169.254"]"#)];
        for below in ["default", "host"] {
            let below = [("network", below)];
            assert_eq!(effect(network_allow, &below, &value, &[], &[]), SAME);
            assert_eq!(effect(network_allow, &below, &near, &[], &[]), SPECIAL);
        }
        for below in ["none", "walled", "filtered", "ask"] {
            let below = [("network", below)];
            assert_eq!(effect(network_allow, &below, &value, &[], &[]), ALLOW);
        }
    }

    #[test]
    fn a_list_that_the_user_asks_for_above_the_project_is_the_users() {
        let value = [("network_allow", r#"["github.com"]"#)];
        for mode in ["filtered", "ask"] {
            let flag = [("network", mode)];
            assert_eq!(effect(network_allow, &[], &value, &flag, &[]), ALLOW);
            // There it is the project that asks for a list.
            assert_eq!(
                effect(network_allow, &[], &value, &flag, &["network"]),
                SAME
            );
        }
    }

    #[test]
    fn keys_may_only_be_put_outside() {
        const SEEN: &str = "the agent would see your API keys, which you keep outside of sessions";
        let outside = [("keys", "outside")];
        let inside = [("keys", "inside")];
        let filtered = [("network", "filtered")];
        let asking = [("network", "ask")];
        for (below, value, flags, expected) in [
            (&[][..], outside, &[][..], TIGHTER),
            (&[], inside, &[], SAME),
            (&outside, inside, &[], SEEN),
            (&outside, outside, &[], SAME),
            (&inside, outside, &[], TIGHTER),
            (&filtered, inside, &[], SEEN),
            (&filtered, outside, &[], SAME),
            (&asking, inside, &[], SEEN),
            (&[], inside, &asking, SEEN),
            (
                &[("network", "filtered"), ("keys", "inside")],
                inside,
                &[],
                SAME,
            ),
            // The user asks for a list above the project's file, which would be outside.
            (&[], inside, &filtered, SEEN),
            (&inside, inside, &filtered, SAME),
        ] {
            let found = effect(keys, below, &value, flags, &[]);
            assert_eq!(found, expected, "{below:?} {value:?} {flags:?}");
        }
        // There the project asks for the list.
        let found = effect(keys, &[], &inside, &filtered, &["network"]);
        assert_eq!(found, SAME);
    }

    #[test]
    fn what_is_denied_in_addition_tightens() {
        let below = [("network_deny", r#"["a.example"]"#)];
        let value = [("network_deny", r#"["b.example"]"#)];
        assert_eq!(effect(network_deny, &below, &value, &[], &[]), TIGHTER);
        assert_eq!(effect(network_deny, &below, &[], &[], &[]), SAME);
    }
}
