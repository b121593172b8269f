//! What to type when a base could not be built from its Dockerfile. What ocx sees for itself comes
//! first: the disk, the builder, the Dockerfile, the build context, the names of registries. Words of
//! the engine or of a program only choose among hints, and nothing else.

use ocx_core::{base::MissingSource, ops::BaseBuildError, spec::BuildNetwork};

use crate::build_hints::of_obstacle;

/// The page with more, and its chapter.
const PAGE: &str = "`ocx help bases` has more, under \"could not build image\"";

/// Hints for a failure, the surest first.
pub(crate) fn of(error: &BaseBuildError) -> Vec<String> {
    let mut hints: Vec<String> = error
        .obstacle
        .as_deref()
        .and_then(of_obstacle)
        .into_iter()
        .collect();
    hints.extend(of_dockerfile(error));
    hints.extend(of_registries(error));
    hints.extend(of_network(error));
    // Facts say it better, where there are any.
    if hints.is_empty() {
        hints.extend(of_words(&error.source.stderr));
    }
    hints.push(PAGE.to_owned());
    hints
}

fn of_dockerfile(error: &BaseBuildError) -> Vec<String> {
    let dockerfile = &error.dockerfile;
    let facts = &error.facts;
    let mut hints = Vec::new();
    if let Some(name) = &facts.unset_argument {
        hints.push(format!(
            "`{dockerfile}` takes its base from the build argument `{name}`, which has no value: `custom_base_build_args = {{ {name} = \"…\" }}`, or a default in its line, `ARG {name}=…`"
        ));
    }
    for missing in &facts.missing_sources {
        hints.push(match missing {
            MissingSource::Absent { source } => format!(
                "`{source}` is not in the build context, {}; `custom_base_context` makes it another directory",
                facts.context
            ),
            MissingSource::Ignored { source, by } => format!(
                "`{source}` is left out of the build context by {}/{by}; a line `!{source}` there takes it in again",
                facts.context
            ),
            _ => continue,
        });
    }
    if let Some(newer) = &error.newer_syntax {
        hints.push(format!(
            "if that is about {newer} of `{dockerfile}`: not every builder understands it; Docker needs its buildx plugin for that, and Podman may need a newer version"
        ));
    }
    hints
}

fn of_registries(error: &BaseBuildError) -> Vec<String> {
    let facts = &error.facts;
    let mut hints = Vec::new();
    let names: Vec<String> = error
        .not_here
        .iter()
        .map(|image| format!("`{image}`"))
        .collect();
    if !names.is_empty() {
        hints.push(format!(
            "if that is about {}: not in the local storage, so it is fetched from its registry; check the name and the network, and whether you are logged in there",
            names.join(" or ")
        ));
    }
    let step = error.source.step.as_ref();
    let is_of_builder = step.is_some_and(|step| step.step.place.is_empty());
    if let Some(frontend) = &facts.frontend
        && (!names.is_empty() || is_of_builder)
    {
        hints.push(format!(
            "BuildKit fetches `{frontend}`, too, which the line `# syntax=` of `{}` asks for; without that line it reads the Dockerfile by itself",
            error.dockerfile
        ));
    }
    for registry in &facts.unresolved {
        hints.push(match facts.proxy {
            None => format!("this machine does not find {registry}: check its network and DNS"),
            Some(variable) => format!(
                "this machine does not find {registry} by itself; {variable} is set, and the engine needs that proxy, too: Docker's service has it in /etc/docker/daemon.json"
            ),
        });
    }
    hints
}

/// What keeps a `RUN` from the network.
fn of_network(error: &BaseBuildError) -> Option<String> {
    let step = error.source.step.as_ref()?;
    let is_run = step.step.instruction.get(..4)?.eq_ignore_ascii_case("RUN ");
    if !is_run {
        return None;
    }
    if error.facts.network == BuildNetwork::None {
        return Some(
            "if it needs the network: `base_build_network = \"none\"` is set, so `RUN` has none"
                .to_owned(),
        );
    }
    let variable = error.facts.proxy.filter(|_| {
        matches!(
            kind(&error.source.stderr),
            Some(Kind::Resolve | Kind::Connect)
        )
    })?;
    Some(format!(
        "{variable} is set on this machine, and a build with Docker gets it only by `proxies` in ~/.docker/config.json; a proxy at 127.0.0.1 needs `base_build_network = \"host\"`, too"
    ))
}

/// What the last words are about, as far as they look like it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Certificate,
    Resolve,
    Connect,
    Denied,
    Room,
    Program,
    Instruction,
}

/// Pieces of what programs say, in lower case.
const WORDS: [(Kind, &[&str]); 7] = [
    (
        Kind::Certificate,
        &[
            "x509:",
            "certificate verif",
            "certificate_verify",
            "self-signed certificate",
            "self signed certificate",
            "unknown authority",
            "ssl certificate problem",
        ],
    ),
    (
        Kind::Resolve,
        &[
            "could not resolve",
            "temporary failure resolving",
            "temporary failure in name resolution",
            "no such host",
            "eai_again",
            "bad address",
        ],
    ),
    (
        Kind::Connect,
        &[
            "network is unreachable",
            "connection timed out",
            "i/o timeout",
            "connection refused",
            "no route to host",
        ],
    ),
    (
        Kind::Room,
        &["no space left on device", "disk quota exceeded"],
    ),
    (
        Kind::Denied,
        &[
            "unauthorized",
            "requested access to the resource is denied",
            "pull access denied",
            "authentication required",
            "toomanyrequests",
        ],
    ),
    // Docker's older builder, BuildKit, and Podman; shells end with 127.
    (
        Kind::Program,
        &["code: 127", "exit status 127", "exit code 127"],
    ),
    (
        Kind::Instruction,
        &["unknown instruction", "dockerfile parse error"],
    ),
];

fn kind(said: &str) -> Option<Kind> {
    let said = said.to_lowercase();
    let is_said = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let found = WORDS.iter().find(|(_, words)| is_said(words));
    found.map(|(kind, _)| *kind)
}

fn of_words(said: &str) -> Option<String> {
    let hint = match kind(said)? {
        Kind::Certificate => {
            "if a company's proxy signs the connections: sessions trust whom your machine trusts, a build does where its Dockerfile asks, `RUN --mount=type=secret,id=ca-certificates,target=/etc/ssl/certs/ca-certificates.crt …`; a builder that does not know that needs the certificate copied in, `COPY company.crt /usr/local/share/ca-certificates/` and `RUN update-ca-certificates`"
        }
        Kind::Resolve | Kind::Connect => {
            "that looks like the network of the build: `base_build_network = \"host\"` gives it this machine's own, its DNS and proxies on its loopback among it"
        }
        Kind::Room => {
            "that looks like a full disk: `ocx du` shows what takes room, and `ocx prune` removes what nobody needs"
        }
        Kind::Denied => {
            "that looks like a registry that wants to know who you are: `docker login REGISTRY` or `podman login REGISTRY`"
        }
        Kind::Program => {
            "that looks like a program that is not in the image at that line: install it in a line before, such as `RUN apt-get update && apt-get install --yes PACKAGE`"
        }
        Kind::Instruction => {
            "that looks like a slip in the Dockerfile: a line begins with an instruction, such as `FROM`, `RUN`, `COPY` or `ENV`, or goes on from one that ends with `\\`"
        }
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_of_well_known_programs() {
        for (said, expected) in [
            (
                "Err:1 http://deb.debian.org\n  Temporary failure resolving 'deb.debian.org'\n",
                Some(Kind::Resolve),
            ),
            (
                "curl: (60) SSL certificate problem: unable to get local issuer certificate",
                Some(Kind::Certificate),
            ),
            (
                "fetch https://x: x509: certificate signed by unknown authority",
                Some(Kind::Certificate),
            ),
            ("dial tcp: lookup x: no such host", Some(Kind::Resolve)),
            ("wget: bad address 'x'", Some(Kind::Resolve)),
            ("connect: Network is unreachable", Some(Kind::Connect)),
            ("cp: write error: No space left on device", Some(Kind::Room)),
            ("pull access denied for acme/nope", Some(Kind::Denied)),
            (
                "/bin/sh: 1: nosuch: not found\nThe command '/bin/sh -c nosuch' returned a non-zero code: 127",
                Some(Kind::Program),
            ),
            (
                "Error: building at STEP \"RUN nosuch\": while running runtime: exit status 127",
                Some(Kind::Program),
            ),
            (
                "process \"/bin/sh -c nosuch\" did not complete successfully: exit code: 127",
                Some(Kind::Program),
            ),
            (
                "dockerfile parse error line 1: unknown instruction: FORM",
                Some(Kind::Instruction),
            ),
            ("make: *** No rule to make target", None),
            ("", None),
        ] {
            assert_eq!(kind(said), expected, "{said}");
            assert_eq!(of_words(said).is_some(), expected.is_some());
        }
    }
}
