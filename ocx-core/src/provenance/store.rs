//! The records on the disk: one small file for each image, which only the user can write.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    time::SystemTime,
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{ImageRecord, MadeOf};
use crate::{
    disk::{make_private_dir, read_bounded, write_atomically},
    image::{ImageId, ImageReference},
    runtime::{EngineName, ImageInfo},
};

/// No record is larger: a few names, paths and checksums.
const LARGEST: u64 = 64 * 1024;

/// More are not kept, the oldest go first: nobody tells when an engine loses an image.
const MOST: usize = 512;

/// The records of the images of one kind of engine, in `<state>/images/<engine>`. No container ever
/// sees them.
///
/// They are kept by the engine's name and not by its key: an ID is a checksum over all that an image
/// is, so it means the same image in whichever engine, and a daemon that was started again has another
/// key.
#[derive(Clone, Debug)]
pub(crate) struct ImageRecords {
    directory: Utf8PathBuf,
    owner: u32,
}

impl ImageRecords {
    pub(crate) fn new(state_dir: &Utf8Path, engine: &EngineName) -> Self {
        Self {
            directory: state_dir.join("images").join(engine.as_str()),
            owner: rustix::process::geteuid().as_raw(),
        }
    }

    /// What is written down of `image` under this name; `None` if there is nothing, or if somebody else
    /// could have written it.
    pub(crate) fn find(&self, name: &ImageReference, image: &ImageInfo) -> Option<MadeOf> {
        if !self.is_private() {
            return None;
        }
        let text = read_bounded(&self.file(&image.id), LARGEST).ok()?;
        let record: ImageRecord = serde_json::from_slice(&text).ok()?;
        let is_of_this = record.image == image.id
            && record.name == *name
            && record.owner == self.owner
            && record.content == image.content();
        is_of_this.then_some(record.made_of)
    }

    /// Writes down what an image is made of.
    ///
    /// Without it the image has to prove itself each time, so a failure is nothing to stop for.
    pub(crate) fn write(&self, name: &ImageReference, image: &ImageInfo, made_of: MadeOf) {
        if self.find(name, image).as_ref() == Some(&made_of) {
            return;
        }
        let record = ImageRecord {
            image: image.id.clone(),
            content: image.content(),
            name: name.clone(),
            owner: self.owner,
            made_of,
        };
        let Ok(text) = serde_json::to_vec(&record) else {
            return;
        };
        let parent = self.directory.parent().unwrap_or(&self.directory);
        if make_private_dir(parent).is_ok() && make_private_dir(&self.directory).is_ok() {
            let _ = write_atomically(&self.file(&image.id), &text, 0o600);
            self.prune();
        }
    }

    /// All that is written down, and when, the oldest first. What somebody else could have written is
    /// left out.
    pub(crate) fn all(&self) -> Vec<(ImageRecord, SystemTime)> {
        if !self.is_private() {
            return Vec::new();
        }
        let entries = self.directory.read_dir_utf8().into_iter().flatten();
        let mut all: Vec<(ImageRecord, SystemTime)> = entries
            .flatten()
            .filter_map(|entry| {
                let text = read_bounded(entry.path(), LARGEST).ok()?;
                let record: ImageRecord = serde_json::from_slice(&text).ok()?;
                let is_own = record.owner == self.owner && self.file(&record.image) == entry.path();
                let written = entry.metadata().and_then(|file| file.modified()).ok()?;
                is_own.then_some((record, written))
            })
            .collect();
        all.sort_by(|(left, left_at), (right, right_at)| {
            left_at.cmp(right_at).then(left.image.cmp(&right.image))
        });
        all
    }

    /// Whether there was ever one, also if all have been struck out since. A session begins with an image
    /// that is on record, so an engine for which there never was one has no home either. What cannot be
    /// looked at counts as there.
    pub(crate) fn were_ever_written(&self) -> bool {
        let parent = self.directory.parent().unwrap_or(&self.directory);
        let is_missing = |path: &Utf8Path| {
            let found = fs::symlink_metadata(path);
            found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
        };
        !is_missing(parent) && !is_missing(&self.directory)
    }

    /// Strikes out an image that is gone.
    pub(crate) fn forget(&self, image: &ImageId) {
        let _ = fs::remove_file(self.file(image));
    }

    fn file(&self, image: &ImageId) -> Utf8PathBuf {
        self.directory.join(format!("{}.json", image.hex()))
    }

    /// Whether nobody else can write there. A directory that somebody has opened to others may hold
    /// records of theirs.
    fn is_private(&self) -> bool {
        let parent = self.directory.parent().unwrap_or(&self.directory);
        [parent, &self.directory].iter().all(|directory| {
            fs::symlink_metadata(directory).is_ok_and(|metadata| {
                metadata.is_dir()
                    && metadata.uid() == self.owner
                    && metadata.permissions().mode() & 0o022 == 0
            })
        })
    }

    fn prune(&self) {
        let entries = self.directory.read_dir_utf8().into_iter().flatten();
        let mut files: Vec<(SystemTime, Utf8PathBuf)> = entries
            .flatten()
            .filter_map(|entry| {
                let modified = entry.metadata().and_then(|file| file.modified());
                Some((modified.ok()?, entry.into_path()))
            })
            .collect();
        let excess = files.len().saturating_sub(MOST);
        files.sort();
        for (_, file) in &files[..excess] {
            let _ = fs::remove_file(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        image::{BaseLabels, OcxLabels},
        provenance::{BaseOrigin, LayerOrigin},
        testing,
    };

    struct Place {
        _directory: tempfile::TempDir,
        state: Utf8PathBuf,
        records: ImageRecords,
    }

    fn place() -> Place {
        let directory = tempfile::tempdir().unwrap();
        let state = Utf8Path::from_path(directory.path()).unwrap().to_owned();
        let records = ImageRecords::new(&state, &EngineName::from_static("docker"));
        Place {
            _directory: directory,
            state,
            records,
        }
    }

    fn image(digit: &str) -> ImageInfo {
        ImageInfo {
            id: digit.repeat(64).parse().unwrap(),
            layers: vec![format!("sha256:{digit}")],
            ..testing::image_info()
        }
    }

    fn name() -> ImageReference {
        "ocx-team:1.18.33".parse().unwrap()
    }

    fn layer() -> MadeOf {
        MadeOf::Layer(LayerOrigin {
            labels: OcxLabels {
                ocx_version: "0.1.0".to_owned(),
                recipe: 2,
                opencode_version: "1.18.33".parse().unwrap(),
                opencode_build: "opencode-linux-x64".to_owned(),
                opencode_sha256: "aa".to_owned(),
                base: "team".parse().unwrap(),
                base_id: "2".repeat(64).parse().unwrap(),
                base_content: testing::image_info().content(),
            },
            registry: Some("https://registry.npmjs.org/".to_owned()),
        })
    }

    #[test]
    fn that_there_was_one_is_known_when_it_is_gone() {
        let place = place();
        let image = image("1");
        assert!(!place.records.were_ever_written());
        place.records.write(&name(), &image, layer());
        assert!(place.records.were_ever_written());
        place.records.forget(&image.id);
        assert!(place.records.were_ever_written());
        let other = ImageRecords::new(&place.state, &EngineName::from_static("podman"));
        assert!(!other.were_ever_written());
    }

    #[test]
    fn a_record_is_for_one_image_under_one_name() {
        let place = place();
        let image = image("1");
        assert_eq!(place.records.find(&name(), &image), None);
        place.records.write(&name(), &image, layer());
        assert_eq!(place.records.find(&name(), &image), Some(layer()));
        let other = "ocx-other:1.18.33".parse().unwrap();
        assert_eq!(place.records.find(&other, &image), None);
        let all = place.records.all();
        assert_eq!(all.len(), 1);
        assert_eq!((&all[0].0.image, &all[0].0.name), (&image.id, &name()));
        // What an engine says of an ID is not what ocx wrote down.
        let changed = ImageInfo {
            entrypoint: vec!["/evil".to_owned()],
            ..image.clone()
        };
        assert_eq!(place.records.find(&name(), &changed), None);
        let base = MadeOf::Base(BaseOrigin {
            project: Some("/w/p".into()),
            text: BaseLabels {
                name: name(),
                dockerfile: "/w/p/Dockerfile".into(),
                dockerfile_sha256: "a".to_owned(),
                args_sha256: "b".to_owned(),
                target: None,
                context: None,
            },
            context: None,
        });
        place.records.write(&name(), &image, base.clone());
        assert_eq!(place.records.find(&name(), &image), Some(base));
        place.records.forget(&image.id);
        assert_eq!(place.records.find(&name(), &image), None);
    }

    #[test]
    fn what_somebody_else_could_have_written_does_not_count() {
        let place = place();
        let image = image("1");
        place.records.write(&name(), &image, layer());
        let directory = place.state.join("images/docker");
        let file = directory.join(format!("{}.json", image.id.hex()));
        let mode = |path: &Utf8Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&directory), mode(&file)), (0o700, 0o600));
        for open in [&directory, &place.state.join("images")] {
            fs::set_permissions(open, fs::Permissions::from_mode(0o777)).unwrap();
            assert_eq!(place.records.find(&name(), &image), None);
            assert!(place.records.all().is_empty());
            fs::set_permissions(open, fs::Permissions::from_mode(0o700)).unwrap();
        }
        assert!(place.records.find(&name(), &image).is_some());
        let text = fs::read_to_string(&file).unwrap();
        let owner = rustix::process::geteuid().as_raw();
        let others = text.replace(
            &format!("\"owner\":{owner}"),
            &format!("\"owner\":{}", owner + 1),
        );
        for bad in [others.as_str(), "", "{}", &text[..text.len() / 2]] {
            fs::write(&file, bad).unwrap();
            assert_eq!(place.records.find(&name(), &image), None, "{bad}");
            assert!(place.records.all().is_empty(), "{bad}");
        }
        fs::write(&file, " ".repeat(1 << 20) + &text).unwrap();
        assert_eq!(place.records.find(&name(), &image), None);
    }

    #[test]
    fn the_oldest_go() {
        let place = place();
        place.records.write(&name(), &image("1"), layer());
        let directory = place.state.join("images/docker");
        for number in 0..MOST {
            fs::write(directory.join(format!("{number}.json")), "").unwrap();
        }
        place.records.write(&name(), &image("2"), layer());
        assert_eq!(fs::read_dir(&directory).unwrap().count(), MOST);
        assert!(place.records.find(&name(), &image("2")).is_some());
    }
}
