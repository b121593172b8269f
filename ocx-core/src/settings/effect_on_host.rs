//! What a value opens of the host: its memory, devices, and how hosts are found.

use std::collections::BTreeMap;

use super::{ByteSize, Effect};
use crate::spec::{Gpus, Ulimit, UlimitName};

/// What Docker and Podman give where nobody says otherwise.
const USUAL_SHM_SIZE: ByteSize = ByteSize(64 << 20);

/// Shared memory counts as memory of the session, but not where the engine cannot limit that.
pub(super) fn shm_size(below: Option<ByteSize>, with: Option<ByteSize>) -> Effect {
    let [from, to] = [below, with].map(|size| size.unwrap_or(USUAL_SHM_SIZE));
    match to.cmp(&from) {
        std::cmp::Ordering::Greater => {
            Effect::Loosening("it raises the limit on memory that programs share")
        }
        std::cmp::Ordering::Less => Effect::Tightening,
        std::cmp::Ordering::Equal => Effect::Harmless,
    }
}

/// What the engine's own limits are nobody knows here, so each one instead of them loosens but "nothing
/// at all".
pub(super) fn ulimits(
    below: &BTreeMap<UlimitName, Ulimit>,
    with: &BTreeMap<UlimitName, Ulimit>,
) -> Effect {
    if below == with {
        return Effect::Harmless;
    }
    let is_raised = with.iter().any(|(name, limit)| match below.get(name) {
        Some(below) => limit.hard > below.hard || limit.soft > below.soft,
        None => limit.hard > 0,
    });
    if is_raised || below.keys().any(|name| !with.contains_key(name)) {
        Effect::Loosening("it raises limits that the kernel sets to each process")
    } else {
        Effect::Tightening
    }
}

pub(super) fn gpus(below: Option<&Gpus>, with: Option<&Gpus>) -> Effect {
    match (below, with) {
        (below, with) if below == with => Effect::Harmless,
        (_, None) => Effect::Tightening,
        _ => Effect::Loosening("the agent would use graphics cards of this machine"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAME: &str = "harmless";
    const LESS: &str = "tightening";
    const MORE: &str = "loosening";

    fn word(effect: Effect) -> &'static str {
        match effect {
            Effect::Harmless => SAME,
            Effect::Tightening => LESS,
            Effect::Loosening(_) => MORE,
            Effect::Refused(reason) => reason,
        }
    }

    #[test]
    fn shared_memory_is_compared_with_what_engines_give() {
        let size = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        for (below, with, expected) in [
            ("", "64m", SAME),
            ("", "65m", MORE),
            ("", "1m", LESS),
            ("1g", "1g", SAME),
            ("1g", "2g", MORE),
            ("1g", "64m", LESS),
            ("1m", "64m", MORE),
        ] {
            let found = word(shm_size(size(below), size(with)));
            assert_eq!(found, expected, "{below} -> {with}");
        }
    }

    #[test]
    fn limits_of_processes_may_only_become_lower() {
        let limits = |texts: &[(&str, &str)]| -> BTreeMap<UlimitName, Ulimit> {
            let limit =
                |(name, limit): &(&str, &str)| (name.parse().unwrap(), limit.parse().unwrap());
            texts.iter().map(limit).collect()
        };
        for (below, with, expected) in [
            (&[][..], &[][..], SAME),
            (&[], &[("nofile", "10")], MORE),
            (&[], &[("core", "0")], LESS),
            (&[("nofile", "10")], &[("nofile", "10")], SAME),
            (&[("nofile", "10")], &[("nofile", "9")], LESS),
            (&[("nofile", "5:10")], &[("nofile", "6:10")], MORE),
            (&[("nofile", "5:10")], &[("nofile", "5:11")], MORE),
            (&[("nofile", "10")], &[], MORE),
            (&[("nofile", "10")], &[("nofile", "9"), ("core", "0")], LESS),
            (&[("nofile", "10")], &[("core", "0")], MORE),
        ] {
            let found = word(ulimits(&limits(below), &limits(with)));
            assert_eq!(found, expected, "{below:?} -> {with:?}");
        }
    }

    #[test]
    fn graphics_cards_may_only_be_taken_away() {
        let (all, one) = (Gpus::All, Gpus::Count(1));
        assert_eq!(word(gpus(None, None)), SAME);
        assert_eq!(word(gpus(None, Some(&one))), MORE);
        assert_eq!(word(gpus(Some(&all), Some(&one))), MORE);
        assert_eq!(word(gpus(Some(&all), Some(&all))), SAME);
        assert_eq!(word(gpus(Some(&all), None)), LESS);
    }
}
