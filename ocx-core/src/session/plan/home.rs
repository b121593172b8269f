//! The home directory of a session.

use crate::{
    image::label,
    layout,
    project::Project,
    report::Notice,
    settings::{DataVolumesMode, Settings},
    spec::{VolumeName, VolumeSpec},
};

/// The volume of the home directory, if it outlives the session, and why it does not where that may
/// surprise.
#[must_use]
pub(crate) fn home_volume(
    project: &Project,
    settings: &Settings,
) -> (Option<VolumeSpec>, Option<Notice>) {
    let (keep, note) = match (settings.data_volumes_mode, &project.git) {
        (DataVolumesMode::Always, _) | (DataVolumesMode::Git, Some(_)) => (true, None),
        (DataVolumesMode::Never, _) => (false, None),
        (DataVolumesMode::Git, None) => (false, Some(Notice::EphemeralHome)),
    };
    (keep.then(|| volume(project, settings)), note)
}

fn volume(project: &Project, settings: &Settings) -> VolumeSpec {
    let name = settings
        .data_volumes_name
        .as_ref()
        .map_or_else(|| format!("ocx-{}-home", project.id), ToString::to_string);
    let name: VolumeName = format!("{name}-{}", layout::SKELETON_REVISION)
        .parse()
        .expect("a project's ID is fit for a name");
    VolumeSpec {
        name,
        labels: [
            (label::PROJECT.to_owned(), project.root.to_string()),
            (label::PROJECT_ID.to_owned(), project.id.to_string()),
        ]
        .into(),
    }
}
