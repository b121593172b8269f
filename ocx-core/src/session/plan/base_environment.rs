//! Variables by which a user gets along in a base that was made for another one: programs that the user
//! installs are found, and nothing is to be kept where only others can write.

use camino::Utf8Path;

use super::{ContainerFacts, PlanCause, Variables, environment::env_name, setting};
use crate::{
    base::{CERTIFICATES, KEPT_AT, NVM, RUNTIME_DIRECTORY},
    layout,
    spec::EnvValue,
};

/// Where the package managers of languages put programs that are installed for one user, below the home
/// directory: pip and uv and npm, cargo, Go, Bun, Deno, .NET, Composer, pnpm.
const INSTALLED: &[&str] = &[
    ".local/bin",
    ".cargo/bin",
    "go/bin",
    ".bun/bin",
    ".deno/bin",
    ".dotnet/tools",
    ".config/composer/vendor/bin",
    ".local/share/pnpm",
];

/// Versions of Ruby as `gem install --user-install` has them in the names of its directories.
const RUBIES: &[&str] = &["4.0.0", "3.4.0", "3.3.0", "3.2.0", "3.1.0", "2.7.0"];

/// Where installing for one user needs a word, and the place below the home directory.
const INSTALL_AT: &[(&str, &str)] = &[
    ("CARGO_INSTALL_ROOT", ".cargo"),
    ("GOBIN", "go/bin"),
    ("NPM_CONFIG_PREFIX", ".local"),
    ("PNPM_HOME", ".local/share/pnpm"),
];

/// What the user's settings and environment win over.
pub(super) fn defaults(facts: &ContainerFacts<'_>) -> Variables {
    let base = facts.base;
    let mut variables = Variables::default();
    let mut set = |cause, name: &str, value: String| {
        variables.insert(env_name(name), EnvValue::Plain(value), [cause]);
    };
    for (name, place) in INSTALL_AT {
        // nvm has a directory for each Node.js, and refuses to work if there is a prefix, too.
        if *name != "NPM_CONFIG_PREFIX" || !base.variables.contains_key(NVM) {
            set(PlanCause::Needed, name, in_home(place));
        }
    }
    // Debian's pip refuses to install anything, for one user as well, because of what apt brings
    // (PEP 668). The system cannot be broken here: the user may not write there.
    set(
        PlanCause::Needed,
        "PIP_BREAK_SYSTEM_PACKAGES",
        "1".to_owned(),
    );
    for kept in KEPT_AT {
        let is_of_another = base.variables.get(kept.name).is_some_and(is_of_another);
        if is_of_another {
            set(PlanCause::Needed, kept.name, in_home(kept.own));
        }
    }
    if base.variables.contains_key(RUNTIME_DIRECTORY) {
        set(PlanCause::Needed, RUNTIME_DIRECTORY, String::new());
    }
    if facts.host.ca_bundle.is_some() {
        for name in CERTIFICATES {
            // Who made the base knows better.
            if !base.variables.contains_key(*name) {
                set(PlanCause::Host, name, layout::CA_BUNDLE.to_owned());
            }
        }
    }
    variables
}

/// What nothing wins over.
pub(super) fn own(facts: &ContainerFacts<'_>) -> Variables {
    let mut variables = Variables::default();
    let path = search_path(facts);
    // `.profile` of the home directory puts back what `/etc/profile` replaces.
    for name in ["PATH", "OCX_PATH"] {
        let value = EnvValue::Plain(path.clone());
        let mut causes = vec![PlanCause::Needed];
        if !facts.settings.path_prepend.is_empty() {
            causes.push(setting("path_prepend"));
        }
        variables.insert(env_name(name), value, causes);
    }
    if let Some(shell) = &facts.base.shell {
        let value = EnvValue::Plain(shell.to_string());
        variables.insert(env_name("SHELL"), value, [PlanCause::Needed]);
    }
    variables
}

/// opencode first, then what the settings say, what the user installs, and what the base has.
fn search_path(facts: &ContainerFacts<'_>) -> String {
    let prepended = facts.settings.path_prepend.iter().map(ToString::to_string);
    let installed = INSTALLED.iter().map(|place| in_home(place));
    let gems = RUBIES
        .iter()
        .map(|version| in_home(&format!(".local/share/gem/ruby/{version}/bin")));
    // An image of ocx's own, which stands for a base that is gone, has it already.
    let of_base = facts.base.path.split(':');
    let of_base = of_base.filter(|entry| *entry != layout::BIN);
    let mut entries = vec![layout::BIN.to_owned()];
    entries.extend(prepended.chain(installed).chain(gems));
    entries.extend(of_base.map(str::to_owned));
    entries.join(":")
}

fn in_home(place: &str) -> String {
    format!("{}/{place}", layout::HOME)
}

/// Whether it is the home directory of a user of the image, or in one.
fn is_of_another(value: &String) -> bool {
    let path = Utf8Path::new(value);
    let in_homes = path
        .strip_prefix("/home")
        .is_ok_and(|rest| rest.components().next().is_some());
    path.starts_with("/root") || in_homes
}

#[cfg(test)]
mod tests {
    use super::super::{environment, fixture::Fixture};
    use super::*;

    /// A variable of a container, whatever it holds.
    fn variable(fixture: &Fixture, name: &str) -> Option<String> {
        let container = environment::common(&fixture.container()).environment;
        container.get(name).map(|value| value.expose().to_owned())
    }

    fn image_sets(fixture: &mut Fixture, name: &str, value: &str) {
        let variables = &mut fixture.base.variables;
        variables.insert(name.to_owned(), value.to_owned());
    }

    #[test]
    fn programs_are_found_wherever_they_are_installed() {
        let mut fixture = Fixture::new(&[("path_prepend", r#"["/opt/tool/bin", "~/mine"]"#)]);
        fixture.base.path = "/ocx/bin:/usr/bin:/bin".to_owned();
        let path = variable(&fixture, "PATH").unwrap();
        assert_eq!(variable(&fixture, "OCX_PATH").as_ref(), Some(&path));
        let entries: Vec<&str> = path.split(':').collect();
        let first = ["/ocx/bin", "/opt/tool/bin", "/ocx/home/mine"];
        assert_eq!(entries[..3], first);
        assert_eq!(entries[entries.len() - 2..], ["/usr/bin", "/bin"]);
        for place in [".local/bin", ".cargo/bin", "go/bin"] {
            assert!(entries.contains(&in_home(place).as_str()), "{path}");
        }
        assert!(path.contains("/ocx/home/.local/share/gem/ruby/3.3.0/bin:"));
        let own = entries.iter().filter(|entry| **entry == layout::BIN);
        assert_eq!(own.count(), 1);
    }

    #[test]
    fn what_an_image_keeps_in_another_home_is_kept_in_the_users() {
        let mut fixture = Fixture::new(&[]);
        for (value, expected) in [
            ("/root", Some("/ocx/home/.cargo")),
            ("/root/.cargo", Some("/ocx/home/.cargo")),
            ("/home/dev/.cargo", Some("/ocx/home/.cargo")),
            ("/home", None),
            ("/rooted/cargo", None),
            ("/usr/local/cargo", None),
            ("", None),
        ] {
            image_sets(&mut fixture, "CARGO_HOME", value);
            let found = variable(&fixture, "CARGO_HOME");
            assert_eq!(found.as_deref(), expected, "{value}");
        }
        assert_eq!(variable(&fixture, "XDG_RUNTIME_DIR"), None);
        image_sets(&mut fixture, "XDG_RUNTIME_DIR", "/run/user/0");
        let runtime = variable(&fixture, "XDG_RUNTIME_DIR");
        assert_eq!(runtime.as_deref(), Some(""));
    }

    #[test]
    fn npm_has_a_prefix_unless_there_is_nvm() {
        let mut fixture = Fixture::new(&[]);
        let prefix = |fixture: &Fixture| variable(fixture, "NPM_CONFIG_PREFIX");
        assert_eq!(prefix(&fixture).as_deref(), Some("/ocx/home/.local"));
        image_sets(&mut fixture, "NVM_DIR", "/usr/local/nvm");
        assert_eq!(prefix(&fixture), None);
    }

    #[test]
    fn all_programs_trust_whom_the_host_trusts_unless_the_base_knows_better() {
        let mut fixture = Fixture::new(&[("env", r#"{ "PIP_CERT" = "/mine" }"#)]);
        assert_eq!(variable(&fixture, "SSL_CERT_FILE"), None);
        fixture.sandbox.host.ca_bundle = Some("/etc/ssl/cert.pem".into());
        image_sets(&mut fixture, "CURL_CA_BUNDLE", "/corp.pem");
        for (name, expected) in [
            ("SSL_CERT_FILE", Some(layout::CA_BUNDLE)),
            ("GIT_SSL_CAINFO", Some(layout::CA_BUNDLE)),
            ("PIP_CERT", Some("/mine")),
            ("CURL_CA_BUNDLE", None),
        ] {
            assert_eq!(variable(&fixture, name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn the_shell_is_one_that_is_there() {
        let mut fixture = Fixture::new(&[]);
        assert_eq!(variable(&fixture, "SHELL").as_deref(), Some("/bin/sh"));
        fixture.base.shell = None;
        assert_eq!(variable(&fixture, "SHELL"), None);
    }
}
