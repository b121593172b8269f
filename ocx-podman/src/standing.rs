//! Whether something is there, and whether Podman is at work.
//!
//! `exists` ends with 0 for what is there and with 1 for what is not; anything else is a failure
//! (<https://docs.podman.io/en/latest/markdown/podman-image-exists.1.html>; 4.3 to 5.8). `image
//! inspect` ends with 125 for both, and what it says changes with the versions.

use ocx_core::{
    engine::{Captured, Health, Presence, Thing},
    image::ImageHandle,
    runtime::Failure,
};

pub(crate) fn presence_question(thing: Thing<'_>) -> Vec<String> {
    let (kind, name) = match thing {
        Thing::Image(ImageHandle::Id(id)) => ("image", id.to_string()),
        Thing::Image(ImageHandle::Name(name)) => ("image", name.to_string()),
        Thing::Container(id) => ("container", id.to_owned()),
    };
    vec![kind.to_owned(), "exists".to_owned(), name]
}

pub(crate) fn read_presence(answer: &Captured) -> Option<Presence> {
    match answer.failure {
        None => Some(Presence::There),
        Some(Failure::Code(1)) => Some(Presence::Missing),
        Some(_) => None,
    }
}

/// The answer to `info`. Podman has no daemon: a service that does not answer, a storage that cannot
/// be used and missing helpers all make that fail, too.
pub(crate) fn read_health(answers: &[Captured]) -> Health {
    match answers {
        [info, ..] if info.failure.is_none() => Health::Answers,
        _ => Health::Silent { socket: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(failure: Option<Failure>) -> Captured {
        Captured {
            told: false,
            failure,
            stdout: Vec::new(),
            stderr: b"Error: odd".to_vec(),
        }
    }

    #[test]
    fn the_exit_code_tells() {
        for (failure, presence) in [
            (None, Some(Presence::There)),
            (Some(Failure::Code(1)), Some(Presence::Missing)),
            (Some(Failure::Code(125)), None),
            (Some(Failure::Signal(9)), None),
        ] {
            assert_eq!(read_presence(&ended(failure)), presence);
        }
        assert_eq!(read_health(&[ended(None)]), Health::Answers);
        let silent = Health::Silent { socket: None };
        assert_eq!(read_health(&[ended(Some(Failure::Code(125)))]), silent);
        assert_eq!(read_health(&[]), silent);
    }

    #[test]
    fn names_and_ids_are_asked_for() {
        let id = "a".repeat(64);
        let image = ImageHandle::Id(id.parse().unwrap());
        assert_eq!(
            presence_question(Thing::Image(&image)),
            ["image", "exists", &format!("sha256:{id}")]
        );
        let image = ImageHandle::Name("team:2".parse().unwrap());
        assert_eq!(
            presence_question(Thing::Image(&image)),
            ["image", "exists", "team:2"]
        );
        assert_eq!(
            presence_question(Thing::Container("x")),
            ["container", "exists", "x"]
        );
    }
}
