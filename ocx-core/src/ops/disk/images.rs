//! The images of an engine that are on record.

use futures_util::future::join_all;

use super::{
    Connected, Disk,
    facts::{ImageFact, Made, Names},
};
use crate::{
    image::{ImageId, ImageReference},
    provenance::{ImageRecord, ImageRecords, MadeOf},
    runtime::{ContainerInfo, ContainerRuntime, ImageInfo, RuntimeError},
};

/// How many images are asked for at once: what is missing is asked for once more, each by itself.
const AT_ONCE: usize = 32;

impl Disk {
    /// The images that ocx built, by its records, and that are still what was written down; and those on
    /// record that are not there any more.
    pub(super) async fn images(
        &self,
        connected: &Connected,
        sessions: &[ContainerInfo],
    ) -> Result<(Vec<ImageFact>, Vec<ImageId>), RuntimeError> {
        let records = ImageRecords::new(&self.host.dirs.state, &connected.name).all();
        let mut ids: Vec<ImageId> = records.iter().map(|(one, _)| one.image.clone()).collect();
        // Their sizes are no size of what was built on them.
        ids.extend(
            records
                .iter()
                .filter_map(|(record, _)| match &record.made_of {
                    MadeOf::Layer(origin) => Some(origin.labels.base_id.clone()),
                    MadeOf::Base(_) => None,
                }),
        );
        ids.sort();
        ids.dedup();
        let found = find_by_id(&*connected.runtime, &ids).await?;
        let is_there = |id: &ImageId| found.iter().any(|image| image.id == *id);
        let lost = records.iter().map(|(record, _)| &record.image);
        let lost = lost.filter(|id| !is_there(id)).cloned().collect();
        let images = records.into_iter().filter_map(|(record, since)| {
            let image = found.iter().find(|image| image.id == record.image)?;
            let names = names_of(image, &record)?;
            let is_in = |session| may_be_made_of(session, image, &record.name);
            let running = sessions.iter().any(is_in);
            Some(ImageFact {
                engine: connected.name,
                id: record.image,
                name: record.name,
                names,
                made_of: match record.made_of {
                    MadeOf::Base(_) => Made::Base,
                    MadeOf::Layer(origin) => Made::Layer {
                        base: origin.labels.base,
                        base_id: origin.labels.base_id,
                        version: origin.labels.opencode_version,
                    },
                },
                size: own_size(image, &found),
                running,
                since,
            })
        });
        Ok((images.collect(), lost))
    }
}

/// The images with these IDs that are there.
pub(super) async fn find_by_id(
    runtime: &dyn ContainerRuntime,
    ids: &[ImageId],
) -> Result<Vec<ImageInfo>, RuntimeError> {
    let names: Vec<ImageReference> = ids
        .iter()
        .filter_map(|id| id.to_string().parse().ok())
        .collect();
    let answers = join_all(names.chunks(AT_ONCE).map(|some| runtime.find_images(some))).await;
    let mut found = Vec::new();
    for answer in answers {
        found.extend(answer?.into_iter().flatten());
    }
    Ok(found)
}

/// Whether an image that is on record is still what was written down, and has no name but ocx's.
pub(super) fn is_removable(image: &ImageInfo, record: &ImageRecord) -> bool {
    matches!(names_of(image, record), Some(Names::Own | Names::None))
}

/// Which names an image on record has; `None` if it is not what was written down, or if somebody gave it
/// another name in place of ocx's.
fn names_of(image: &ImageInfo, record: &ImageRecord) -> Option<Names> {
    if image.content() != record.content {
        return None;
    }
    let tags: Vec<&str> = image.tags().collect();
    let is_own = |tag: &str| {
        let tag: Result<ImageReference, _> = tag.parse();
        tag.is_ok_and(|tag| is_same_name(&tag, &record.name))
    };
    let other = tags.iter().find(|tag| !is_own(tag));
    match (tags.iter().any(|tag| is_own(tag)), other) {
        (true, None) => Some(Names::Own),
        (true, Some(other)) => Some(Names::Other((*other).to_owned())),
        (false, None) => Some(Names::None),
        (false, Some(_)) => None,
    }
}

/// Engines write names in full or in short.
fn is_same_name(left: &ImageReference, right: &ImageReference) -> bool {
    use crate::runtime::without_registry;
    without_registry(left.repository()) == without_registry(right.repository())
        && left.tag() == right.tag()
}

/// What an image takes beyond the largest of the others that it was built on.
fn own_size(image: &ImageInfo, all: &[ImageInfo]) -> u64 {
    let is_below = |other: &&ImageInfo| {
        !other.layers.is_empty()
            && other.layers.len() < image.layers.len()
            && image.layers.starts_with(&other.layers)
    };
    let below = all.iter().filter(is_below).map(|other| other.size).max();
    image.size.saturating_sub(below.unwrap_or_default())
}

/// Whether a container may be made of this image, by the name or the ID that its engine tells. An engine
/// may go on telling the name that the image had, which is another image's by now (Podman 4.3).
fn may_be_made_of(container: &ContainerInfo, image: &ImageInfo, had: &ImageReference) -> bool {
    let digits = container.image.trim_start_matches("sha256:");
    let is_id = digits.len() >= 12 && image.id.hex().starts_with(digits);
    let name: Result<ImageReference, _> = container.image.parse();
    is_id || name.is_ok_and(|name| image.answers_to(&name) || is_same_name(&name, had))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{runtime::ContainerId, testing};

    #[test]
    fn a_container_holds_what_had_the_name_that_it_tells() {
        let image = ImageInfo {
            id: "1".repeat(64).parse().unwrap(),
            names: Vec::new(),
            ..testing::image_info()
        };
        let had = "ocx-team:1.18.33".parse().unwrap();
        let may = |told: &str| {
            let id = ContainerId("c".to_owned());
            let mut container = ContainerInfo::new(id, jiff::Timestamp::UNIX_EPOCH);
            told.clone_into(&mut container.image);
            may_be_made_of(&container, &image, &had)
        };
        for told in [
            "ocx-team:1.18.33",
            "localhost/ocx-team:1.18.33",
            "111111111111",
            &image.id.to_string(),
        ] {
            assert!(may(told), "{told}");
        }
        for told in ["ocx-team:1.18.34", "222222222222", ""] {
            assert!(!may(told), "{told}");
        }
    }

    #[test]
    fn layers_that_are_shared_count_once() {
        let of = |layers: &[&str], size| ImageInfo {
            layers: layers.iter().map(|&layer| layer.to_owned()).collect(),
            size,
            ..testing::image_info()
        };
        let all = [of(&["a"], 100), of(&["a", "b"], 130), of(&["x"], 7)];
        assert_eq!(own_size(&of(&["a", "b", "c"], 150), &all), 20);
        assert_eq!(own_size(&all[1], &all), 30);
        assert_eq!(own_size(&all[0], &all), 100);
        // One that tells no layers.
        assert_eq!(own_size(&of(&[], 9), &all), 9);
    }
}
