//! The environment of a session.

use super::{
    ContainerFacts, Contribution, MODEL_KEYS, PlanCause, Variables, base_environment,
    git_settings::git_variables, keys_cause, setting, setting_or,
};
use crate::{
    credentials::Reach,
    host::Host,
    layout,
    settings::Settings,
    spec::{EnvName, EnvValue, Environment},
};

/// Proxies may hold a user name and password.
pub(crate) const PROXIES: &[&str] = &[
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// What a terminal program looks at.
const TERMINAL: &[&str] = &[
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "FORCE_COLOR",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
];

/// Variables that a base may have pointed where the user cannot write. The directory for temporary
/// files is one: opencode does not start without (1.18.34).
const DEFAULTS: &[(&str, &str)] = &[("TMPDIR", "/tmp")];

/// The variables of a container that holds no secrets. Later groups win: defaults, `env`, and last
/// what ocx itself needs.
pub(super) fn common(facts: &ContainerFacts<'_>) -> Variables {
    let mut variables = defaults(facts);
    variables.extend(from_settings(facts));
    variables.extend(own(facts));
    variables.extend(git_variables(facts, &[]));
    variables
}

fn defaults(facts: &ContainerFacts<'_>) -> Variables {
    let plain = |&(name, value): &(&str, &str)| (env_name(name), EnvValue::Plain(value.to_owned()));
    let mut variables = Variables::because_of(PlanCause::Needed, DEFAULTS.iter().map(plain));
    variables.extend(base_environment::defaults(facts));
    variables
}

fn from_settings(facts: &ContainerFacts<'_>) -> Variables {
    let secret =
        |(name, value): (&EnvName, &String)| (name.clone(), EnvValue::Secret(value.clone()));
    Variables::because_of(setting("env"), facts.settings.env.iter().map(secret))
}

/// The variables of a session. Later groups win: defaults, what its parts bring along, `env`, what ocx
/// itself needs, and last what its parts need. What is withheld is in none of them.
pub(super) fn session(facts: &ContainerFacts<'_>, parts: &[Contribution]) -> Variables {
    let mut variables = defaults(facts);
    for part in parts {
        variables.extend(part.variables(&part.inherited));
    }
    variables.extend(from_settings(facts));
    variables.extend(own(facts));
    variables.extend(git_variables(facts, parts));
    for part in parts {
        variables.extend(part.variables(&part.environment));
    }
    for part in parts {
        part.withheld
            .take_out_of(&mut variables, keys_cause(facts.settings));
    }
    variables
}

/// The variables that a session inherits from the caller: what the terminal is, keys of model
/// providers, proxies, and those that the settings name.
#[must_use]
pub(crate) fn inherited_environment(host: &Host, settings: &Settings, reach: &Reach) -> Variables {
    let keys = MODEL_KEYS
        .iter()
        .filter(|(variable, providers)| reach.has_key(variable, providers))
        .map(|(variable, _)| *variable);
    let wanted = settings.env_passthrough.iter().map(EnvName::as_str);
    let mut variables = Variables::because_of(PlanCause::Host, terminal_environment(host));
    let proxies = passed(host, PROXIES.iter().copied(), EnvValue::Secret);
    variables.extend(Variables::because_of(PlanCause::Host, proxies));
    for (key, names) in [
        ("providers", keys.collect::<Vec<_>>()),
        ("env_passthrough", wanted.collect()),
    ] {
        let named = passed(host, names.into_iter(), EnvValue::Secret);
        variables.extend(Variables::because_of(setting(key), named));
    }
    variables
}

/// What the caller's terminal is, for a program that uses it.
#[must_use]
pub(crate) fn terminal_environment(host: &Host) -> Environment {
    passed(host, TERMINAL.iter().copied(), EnvValue::Plain).collect()
}

/// Those of `names` that the host has set.
fn passed<'a>(
    host: &'a Host,
    names: impl Iterator<Item = &'a str>,
    wrap: fn(String) -> EnvValue,
) -> impl Iterator<Item = (EnvName, EnvValue)> {
    names.filter_map(move |name| Some((env_name(name), wrap(host.variable(name)?.to_owned()))))
}

fn own(facts: &ContainerFacts<'_>) -> Variables {
    let (host, settings) = (facts.host, facts.settings);
    let mut own = base_environment::own(facts);
    let mut set_for = |cause, name: &str, value: &str| {
        own.insert(env_name(name), EnvValue::Plain(value.to_owned()), [cause]);
    };
    let user = settings.username.as_deref().unwrap_or(&host.user.name);
    let cause = setting_or("username", settings.username.as_ref(), PlanCause::Host);
    set_for(cause, "USER", user);
    set_for(cause, "LOGNAME", user);
    if host.ca_bundle.is_some() {
        set_for(PlanCause::Host, "NODE_EXTRA_CA_CERTS", layout::CA_BUNDLE);
    }
    if let Some(zone) = settings.timezone.as_ref().or(host.time_zone.as_ref()) {
        let cause = setting_or("timezone", settings.timezone.as_ref(), PlanCause::Host);
        set_for(cause, "TZ", zone);
    }
    let mut set = |name: &str, value: &str| set_for(PlanCause::Needed, name, value);
    set("HOME", layout::HOME);
    set("XDG_CACHE_HOME", &format!("{}/.cache", layout::HOME));
    set("XDG_CONFIG_HOME", &format!("{}/.config", layout::HOME));
    set("XDG_DATA_HOME", &format!("{}/.local/share", layout::HOME));
    set("XDG_STATE_HOME", &format!("{}/.local/state", layout::HOME));
    // The image holds one version of opencode; an update would be gone with the container.
    set("OPENCODE_DISABLE_AUTOUPDATE", "1");
    set("OPENCODE_TUI_CONFIG", layout::TUI_CONFIG);
    own
}

pub(super) fn env_name(name: &str) -> EnvName {
    name.parse().expect("a valid name")
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;
    use crate::opencode_config::Named;

    fn plain(value: &str) -> Option<EnvValue> {
        Some(EnvValue::Plain(value.to_owned()))
    }

    fn secret(value: &str) -> Option<EnvValue> {
        Some(EnvValue::Secret(value.to_owned()))
    }

    /// The variable in a session and in a container without secrets.
    fn both(fixture: &Fixture, name: &str) -> [Option<EnvValue>; 2] {
        [
            in_session(fixture, &[]),
            common(&fixture.container()).environment,
        ]
        .map(|environment| environment.get(name).cloned())
    }

    /// The variables of a session of these parts, and of what it inherits.
    fn in_session(fixture: &Fixture, parts: &[Contribution]) -> Environment {
        let reach = Reach::new(&fixture.settings.providers, &Named::default());
        let inherited = inherited_environment(&fixture.sandbox.host, &fixture.settings, &reach);
        let inherited = Contribution {
            inherited: inherited.environment,
            causes: inherited.causes,
            ..Contribution::default()
        };
        session(&fixture.container(), &[&[inherited], parts].concat()).environment
    }

    #[test]
    fn what_ocx_needs_is_in_every_container() {
        let mut fixture = Fixture::new(&[]);
        fixture.sandbox.host.ca_bundle = Some("/etc/ssl/cert.pem".into());
        fixture.sandbox.host.time_zone = Some("Europe/Berlin".to_owned());
        for (name, value) in [
            ("HOME", "/ocx/home"),
            ("USER", "ann"),
            ("LOGNAME", "ann"),
            ("XDG_CACHE_HOME", "/ocx/home/.cache"),
            ("XDG_CONFIG_HOME", "/ocx/home/.config"),
            ("XDG_DATA_HOME", "/ocx/home/.local/share"),
            ("XDG_STATE_HOME", "/ocx/home/.local/state"),
            ("OPENCODE_DISABLE_AUTOUPDATE", "1"),
            ("OPENCODE_TUI_CONFIG", "/ocx/etc/tui.json"),
            ("NODE_EXTRA_CA_CERTS", "/ocx/etc/ca-certificates.crt"),
            ("TMPDIR", "/tmp"),
            ("TZ", "Europe/Berlin"),
        ] {
            let expected = plain(value);
            assert_eq!(both(&fixture, name), [expected.clone(), expected], "{name}");
        }
        fixture.sandbox.host.ca_bundle = None;
        fixture.sandbox.host.time_zone = None;
        for absent in ["NODE_EXTRA_CA_CERTS", "TZ"] {
            assert_eq!(both(&fixture, absent), [None, None], "{absent}");
        }
    }

    #[test]
    fn settings_win_over_the_host() {
        let settings = [("username", "jane"), ("timezone", "UTC")];
        let mut fixture = Fixture::new(&settings);
        fixture.sandbox.host.time_zone = Some("Europe/Berlin".to_owned());
        for (name, value) in [("USER", "jane"), ("LOGNAME", "jane"), ("TZ", "UTC")] {
            let expected = plain(value);
            assert_eq!(both(&fixture, name), [expected.clone(), expected], "{name}");
        }
    }

    #[test]
    fn of_the_host_only_what_a_session_may_have_passes() {
        let mut fixture = Fixture::new(&[("env_passthrough", r#"["WANTED", "UNSET"]"#)]);
        for name in [
            "ANTHROPIC_API_KEY",
            "https_proxy",
            "WANTED",
            "TERM",
            "GITHUB_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "PATH",
            "OPENCODE_CONFIG",
        ] {
            fixture.host_has(name, "of the host");
        }
        fixture.host_has("NO_PROXY", "");
        for name in ["ANTHROPIC_API_KEY", "https_proxy", "WANTED"] {
            assert_eq!(
                both(&fixture, name),
                [secret("of the host"), None],
                "{name}"
            );
        }
        assert_eq!(both(&fixture, "TERM"), [plain("of the host"), None]);
        for name in [
            "GITHUB_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "OPENCODE_CONFIG",
            "UNSET",
            // One that is empty is as good as none.
            "NO_PROXY",
        ] {
            assert_eq!(both(&fixture, name), [None, None], "{name}");
        }
        for path in both(&fixture, "PATH") {
            assert!(!path.unwrap().expose().contains("of the host"));
        }
    }

    #[test]
    fn keys_of_other_providers_than_the_settings_want_stay_outside() {
        let mut fixture = Fixture::new(&[("providers", r#"["google", "xai"]"#)]);
        for name in ["ANTHROPIC_API_KEY", "GEMINI_API_KEY", "XAI_API_KEY"] {
            fixture.host_has(name, "of the host");
        }
        let environment = in_session(&fixture, &[]);
        let has = |name: &str| environment.contains_key(name);
        assert!(has("GEMINI_API_KEY") && has("XAI_API_KEY"));
        assert!(!has("ANTHROPIC_API_KEY"));
    }

    #[test]
    fn later_groups_win() {
        let mut fixture = Fixture::new(&[(
            "env",
            r#"{ "BOTH" = "of env", "OPENAI_API_KEY" = "of env", "TMPDIR" = "/of/env" }"#,
        )]);
        for name in ["OPENAI_API_KEY", "GROQ_API_KEY"] {
            fixture.host_has(name, "of the host");
        }
        let variables = |names: &[&str], value: &str| -> Environment {
            let variable = |name: &&str| (env_name(name), EnvValue::Secret(value.to_owned()));
            names.iter().map(variable).collect()
        };
        let parts = [
            Contribution {
                inherited: variables(&["BOTH", "GROQ_API_KEY", "HOME", "USER", "OWN"], "first"),
                environment: variables(&["USER", "OWN"], "needed"),
                ..Contribution::default()
            },
            Contribution {
                inherited: variables(&["GROQ_API_KEY", "ONLY"], "second"),
                ..Contribution::default()
            },
        ];
        let session = in_session(&fixture, &parts);
        for (name, value) in [
            ("BOTH", secret("of env")),
            ("OPENAI_API_KEY", secret("of env")),
            ("TMPDIR", secret("/of/env")),
            ("GROQ_API_KEY", secret("second")),
            ("ONLY", secret("second")),
            ("HOME", plain("/ocx/home")),
            ("USER", secret("needed")),
            ("OWN", secret("needed")),
        ] {
            assert_eq!(session.get(name), value.as_ref(), "{name}");
        }
        // Without secrets there is `env` over the defaults, and nothing of the host's.
        let common = common(&fixture.container()).environment;
        assert_eq!(common.get("BOTH"), secret("of env").as_ref());
        assert_eq!(common.get("TMPDIR"), secret("/of/env").as_ref());
        assert_eq!(common.get("GROQ_API_KEY"), None);
    }
}
