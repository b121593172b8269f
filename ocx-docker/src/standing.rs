//! Whether something is there, and whether the engine is at work.
//!
//! Exit codes do not tell: a missing image and a stopped engine both end `image inspect` with 1 (20.10
//! to 28.5), and the messages change with the versions. Listings do, since what is not there makes
//! them shorter and not fail; and `version` has a `Server` in its answer or has none.

use camino::Utf8PathBuf;
use ocx_core::{
    engine::{Captured, Health, Presence, Thing, json_records, lenient},
    image::ImageHandle,
    runtime::without_registry,
};
use serde::Deserialize;

use crate::info::Version;

pub(crate) fn presence_question(thing: Thing<'_>) -> Vec<String> {
    let question = match thing {
        Thing::Container(container) if is_hex(container) => {
            let id = format!("id={container}");
            return owned(&[
                "container",
                "ls",
                "--all",
                "--no-trunc",
                "--quiet",
                "--filter",
                &id,
            ]);
        }
        Thing::Container(container) => {
            // The filter takes a part of a name, too.
            let name = format!("name={container}");
            return owned(&[
                "container",
                "ls",
                "--all",
                "--format",
                "{{.Names}}",
                "--filter",
                &name,
            ]);
        }
        Thing::Image(_) => ["image", "ls", "--no-trunc", "--digests"],
    };
    let mut question = owned(&question);
    // Without `--all`, Docker 29 leaves out images that have no name.
    question.extend(owned(&["--format", "{{json .}}", "--all"]));
    // By a name that is not the beginning of an ID: a store may hold thousands of images.
    if let Thing::Image(ImageHandle::Name(name)) = thing
        && !is_hex(name.as_str())
    {
        let repository = without_registry(name.repository());
        question.extend(owned(&["--filter", &format!("reference={repository}")]));
    }
    question
}

pub(crate) fn read_presence(thing: Thing<'_>, answer: &Captured) -> Option<Presence> {
    if answer.failure.is_some() {
        return None;
    }
    let is_there = match thing {
        Thing::Container(container) if is_hex(container) => String::from_utf8_lossy(&answer.stdout)
            .lines()
            .any(|line| line.trim().starts_with(container)),
        Thing::Container(container) => String::from_utf8_lossy(&answer.stdout)
            .lines()
            .flat_map(|line| line.split(','))
            .any(|name| name.trim() == container),
        Thing::Image(image) => {
            let images: Vec<Listed> = json_records(&answer.stdout).ok()?;
            images.iter().any(|listed| listed.is(image))
        }
    };
    Some(match is_there {
        true => Presence::There,
        false => Presence::Missing,
    })
}

/// The answers to `version`, and to the question for the context's address if that was asked.
pub(crate) fn read_health(answers: &[Captured], address: Option<&str>) -> Health {
    let Some(version) = answers.first() else {
        return Health::Silent { socket: None };
    };
    let answered = match json_records::<Version>(&version.stdout) {
        Ok(records) if !records.is_empty() => records[0].server.is_some(),
        // Another format than is known; then its exit code has to do.
        _ => version.failure.is_none(),
    };
    if answered {
        return Health::Answers;
    }
    let asked = answers
        .get(1)
        .map(|answer| String::from_utf8_lossy(&answer.stdout));
    let address = address.or(asked.as_deref()).unwrap_or_default();
    Health::Silent {
        socket: address
            .trim()
            .strip_prefix("unix://")
            .map(Utf8PathBuf::from),
    }
}

/// One line of `image ls`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    #[serde(rename = "ID", deserialize_with = "lenient::text")]
    id: String,
    #[serde(default, deserialize_with = "lenient::text")]
    repository: String,
    #[serde(default, deserialize_with = "lenient::text")]
    tag: String,
    #[serde(default, deserialize_with = "lenient::text")]
    digest: String,
}

impl Listed {
    fn is(&self, image: &ImageHandle) -> bool {
        let id = self.id.strip_prefix("sha256:").unwrap_or(&self.id);
        match image {
            ImageHandle::Id(wanted) => wanted.hex() == id,
            ImageHandle::Name(name) => {
                let same_repository =
                    without_registry(&self.repository) == without_registry(name.repository());
                let same_version = match name.digest() {
                    Some(digest) => self.digest == digest,
                    None => self.tag == name.tag().unwrap_or("latest"),
                };
                (same_repository && same_version)
                    || (is_hex(name.as_str()) && id.starts_with(name.as_str()))
            }
        }
    }
}

/// Whether a name may be the beginning of an ID.
/// Whether it may be the beginning of an ID.
fn is_hex(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use ocx_core::runtime::Failure;

    use super::*;

    fn answer(stdout: &str, code: i32) -> Captured {
        Captured {
            told: false,
            failure: (code != 0).then_some(Failure::Code(code)),
            stdout: stdout.into(),
            stderr: b"odd".to_vec(),
        }
    }

    fn named(name: &str) -> ImageHandle {
        ImageHandle::Name(name.parse().unwrap())
    }

    #[test]
    fn images_are_looked_for_in_the_listing() {
        let digest = format!("sha256:{}", "c".repeat(64));
        let id = "d".repeat(64);
        let line = |repository: &str, tag: &str, digest: &str| {
            format!(
                "{{\"ID\":\"sha256:{id}\",\"Repository\":\"{repository}\",\"Tag\":\"{tag}\",\"Digest\":\"{digest}\"}}\n"
            )
        };
        let list = [
            "WARNING: odd\n".to_owned(),
            line("debian", "12", "<none>"),
            line("acme/app", "<none>", &digest),
            line("team", "latest", "<none>"),
        ]
        .concat();
        let presence =
            |image: &ImageHandle| read_presence(Thing::Image(image), &answer(&list, 0)).unwrap();
        for name in [
            "docker.io/library/debian:12",
            "debian:12",
            "team",
            &format!("docker.io/acme/app@{digest}"),
            "dddddddddddd",
        ] {
            assert_eq!(presence(&named(name)), Presence::There, "{name}");
        }
        for name in ["debian", "team:2", "acme/app", "app", "eeee"] {
            assert_eq!(presence(&named(name)), Presence::Missing, "{name}");
        }
        assert_eq!(
            presence(&ImageHandle::Id(id.parse().unwrap())),
            Presence::There
        );
        let other = "e".repeat(64).parse().unwrap();
        assert_eq!(presence(&ImageHandle::Id(other)), Presence::Missing);
        let team = named("team");
        assert_eq!(read_presence(Thing::Image(&team), &answer("", 1)), None);
        assert_eq!(read_presence(Thing::Image(&team), &answer("odd", 0)), None);
    }

    #[test]
    fn only_the_images_of_the_repository_are_listed() {
        let question = |image: &ImageHandle| presence_question(Thing::Image(image)).join(" ");
        let filter = question(&named("docker.io/library/debian:12"));
        assert!(filter.ends_with("--filter reference=debian"), "{filter}");
        assert!(question(&named("cafe")).ends_with("--all"));
    }

    #[test]
    fn containers_are_looked_for_by_id() {
        let id = "a".repeat(64);
        let thing = Thing::Container(&id);
        assert_eq!(
            read_presence(thing, &answer(&format!("{id}\n"), 0)),
            Some(Presence::There)
        );
        assert_eq!(
            read_presence(thing, &answer("", 0)),
            Some(Presence::Missing)
        );
        assert_eq!(read_presence(thing, &answer("", 1)), None);
    }

    #[test]
    fn containers_are_looked_for_by_name() {
        let thing = Thing::Container("ocx-app-1a2b3c4d");
        let question = presence_question(thing).join(" ");
        assert!(
            question.ends_with("--filter name=ocx-app-1a2b3c4d"),
            "{question}"
        );
        for (listed, expected) in [
            ("ocx-app-1a2b3c4d\n", Presence::There),
            ("other,ocx-app-1a2b3c4d\n", Presence::There),
            ("check-ocx-app-1a2b3c4d\n", Presence::Missing),
            ("", Presence::Missing),
        ] {
            let found = read_presence(thing, &answer(listed, 0));
            assert_eq!(found, Some(expected), "{listed:?}");
        }
        assert_eq!(read_presence(thing, &answer("", 1)), None);
    }

    #[test]
    fn an_engine_that_is_not_at_work_has_no_server() {
        let silent = answer(r#"{"Client":{"Version":"28.2.2"},"Server":null}"#, 1);
        let socket = |address: Option<&str>, asked: &str| match read_health(
            &[silent.clone(), answer(asked, 0)],
            address,
        ) {
            Health::Silent { socket } => socket.map(Utf8PathBuf::into_string),
            Health::Answers => panic!("it is silent"),
        };
        assert_eq!(socket(Some("unix:///run/x"), "").unwrap(), "/run/x");
        assert_eq!(socket(None, "unix:///run/y\n").unwrap(), "/run/y");
        assert_eq!(socket(Some("ssh://x"), ""), None);
        let answers = answer(r#"{"Client":{},"Server":{"Version":"28.2.2"}}"#, 0);
        assert_eq!(read_health(&[answers], None), Health::Answers);
        let unknown = |code| read_health(&[answer("odd", code)], None);
        assert_eq!(unknown(0), Health::Answers);
        assert_eq!(unknown(1), Health::Silent { socket: None });
    }
}
