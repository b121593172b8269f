//! Looking images up: one `image inspect` for all of them, and more only if that fails.
//!
//! An engine that lacks one of the images prints the others and ends with a failure, as it does when
//! it cannot answer at all. Which ones it lacks stands only in its message, so it is not taken from
//! there: the records tell which images they are, and the engine is asked about each of the others.

use std::time::Duration;

use futures_util::future::try_join_all;

use super::{CliRuntime, Dialect, Presence, Thing};
use crate::{
    image::{ImageHandle, ImageReference},
    runtime::{ImageInfo, RuntimeError},
};

/// How often it is looked again if an image is there and was not found.
const RETRIES: u32 = 3;

/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(200);

impl<D: Dialect> CliRuntime<D> {
    pub(super) async fn inspect(
        &self,
        images: &[ImageReference],
    ) -> Result<Vec<Option<ImageInfo>>, RuntimeError> {
        let mut invocation = self.query(&["image", "inspect"]);
        for image in images {
            invocation.arg(self.dialect.local_name(image));
        }
        let mut looks = 0;
        loop {
            let captured = self.ask(&invocation).await?;
            let error = captured.error(&invocation);
            let found = match (self.dialect.parse_images(&captured.stdout), &error) {
                (Ok(found), _) => found,
                // What a failed command printed need not be an answer.
                (Err(_), Some(_)) => Vec::new(),
                (Err(reason), None) => {
                    return Err(RuntimeError::unexpected(
                        &invocation,
                        &captured.stdout,
                        &*reason,
                    ));
                }
            };
            let number = found.len();
            let mut told = true;
            if number <= images.len() {
                let missing = match number == images.len() {
                    true => Some(Vec::new()),
                    false => self.missing(images, &found).await?,
                };
                told = missing.is_some();
                if let Some(answer) = missing.and_then(|missing| assign(images, found, &missing)) {
                    return Ok(answer);
                }
            }
            // Podman 4.3 gives up if an image that nobody asked for is removed while it looks for
            // parents; the images are there all the same.
            if told && looks < RETRIES {
                looks += 1;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            return Err(match error {
                Some(error) => self.failed(error, RuntimeError::command_failed).await,
                None => {
                    let reason = format!("asked for images: {}, answered: {number}", images.len());
                    RuntimeError::unexpected(&invocation, &captured.stdout, &reason)
                }
            });
        }
    }

    /// Which of the images are missing, where not all were found; `None` if the engine does not
    /// tell.
    async fn missing(
        &self,
        images: &[ImageReference],
        found: &[ImageInfo],
    ) -> Result<Option<Vec<usize>>, RuntimeError> {
        let recognised = recognise(images, found);
        let is_recognised = |index: &usize| {
            let places = recognised.as_ref();
            places.is_some_and(|places| places.contains(index))
        };
        let doubtful = (0..images.len()).filter(|index| !is_recognised(index));
        let ask = async |index: usize| {
            let image = ImageHandle::Name(images[index].clone());
            Ok((index, self.presence(Thing::Image(&image)).await?))
        };
        let answers: Vec<_> = try_join_all(doubtful.map(ask)).await?;
        let missing = answers
            .into_iter()
            .filter_map(|(index, presence)| match presence {
                Some(Presence::There) => None,
                Some(Presence::Missing) => Some(Some(index)),
                None => Some(None),
            });
        Ok(missing.collect())
    }
}

/// Which of the images that were asked for the found ones are, by what they say of themselves;
/// `None` if that is not clear. They come in the order in which they were asked for.
fn recognise(asked: &[ImageReference], found: &[ImageInfo]) -> Option<Vec<usize>> {
    let mut next = 0;
    found
        .iter()
        .map(|image| {
            let index = (next..asked.len()).find(|&index| image.answers_to(&asked[index]))?;
            next = index + 1;
            Some(index)
        })
        .collect()
}

/// The found images at the places of those that were asked for; `None` if the numbers do not agree.
fn assign(
    asked: &[ImageReference],
    found: Vec<ImageInfo>,
    missing: &[usize],
) -> Option<Vec<Option<ImageInfo>>> {
    if asked.len() != found.len() + missing.len() {
        return None;
    }
    let mut found = found.into_iter();
    let places = 0..asked.len();
    Some(
        places
            .map(|index| (!missing.contains(&index)).then(|| found.next()).flatten())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::image_info;

    fn image(names: &[&str]) -> ImageInfo {
        ImageInfo {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            ..image_info()
        }
    }

    fn references(names: &[&str]) -> Vec<ImageReference> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    #[test]
    fn images_say_which_they_are() {
        let asked = references(&["team", "ocx-team:1.18.33", "docker.io/library/debian:12"]);
        for (found, expected) in [
            (vec![image(&["team:latest"])], Some(vec![0])),
            (vec![image(&["localhost/ocx-team:1.18.33"])], Some(vec![1])),
            (
                vec![image(&["ocx-team:1.18.33"]), image(&["debian:12"])],
                Some(vec![1, 2]),
            ),
            (vec![image(&["team:2", "ocx-team"])], None),
            (vec![image(&["debian:12"]), image(&["team"])], None),
            (vec![image(&[])], None),
            (vec![], Some(vec![])),
        ] {
            assert_eq!(recognise(&asked, &found), expected, "{found:?}");
        }
    }

    #[test]
    fn each_image_goes_to_its_place() {
        let asked = references(&["a", "b", "c"]);
        let found = || vec![image(&["a"]), image(&["c"])];
        let answer = assign(&asked, found(), &[1]).unwrap();
        let names: Vec<_> = answer
            .iter()
            .map(|image| image.as_ref().map(|image| image.names[0].as_str()))
            .collect();
        assert_eq!(names, [Some("a"), None, Some("c")]);
        assert!(assign(&asked, found(), &[]).is_none());
        assert!(assign(&asked, found(), &[0, 1]).is_none());
    }
}
