//! The home directory of a session.

use crate::{
    image::label,
    layout,
    opencode::Libc,
    project::{Project, ProjectId},
    report::Notice,
    settings::{DataVolumesMode, Settings},
    spec::{VolumeName, VolumeSpec},
};

/// The volume of the home directory, if it outlives the session, and why it does not where that may
/// surprise. `owner` is whose name the project's homes have: its own, as a rule.
#[must_use]
pub(crate) fn home_volume(
    project: &Project,
    owner: &ProjectId,
    settings: &Settings,
    libc: Libc,
) -> (Option<VolumeSpec>, Option<Notice>) {
    let (keep, note) = match (settings.data_volumes_mode, &project.git) {
        (DataVolumesMode::Always, _) | (DataVolumesMode::Git, Some(_)) => (true, None),
        (DataVolumesMode::Never, _) => (false, None),
        (DataVolumesMode::Git, None) => (false, Some(Notice::EphemeralHome)),
    };
    (keep.then(|| volume(project, owner, settings, libc)), note)
}

/// All volumes of a project's that have ever been made under names of ocx's.
pub(crate) fn home_volumes(project: &ProjectId) -> impl Iterator<Item = VolumeName> + use<> {
    let name = own_name(project);
    (1..=layout::SKELETON_REVISION).flat_map(move |revision| {
        [Libc::Glibc, Libc::Musl].map(|libc| volume_name(&name, revision, libc))
    })
}

fn own_name(project: &ProjectId) -> String {
    format!("ocx-{project}-home")
}

/// Programs and wheels that sessions install there are for one C library: a base with another one gets
/// another home.
fn volume_name(name: &str, revision: u32, libc: Libc) -> VolumeName {
    let of_libc = match libc {
        Libc::Glibc => "",
        Libc::Musl => "-musl",
    };
    format!("{name}-{revision}{of_libc}")
        .parse()
        .expect("a project's ID is fit for a name")
}

fn volume(project: &Project, owner: &ProjectId, settings: &Settings, libc: Libc) -> VolumeSpec {
    let name = settings
        .data_volumes_name
        .as_ref()
        .map_or_else(|| own_name(owner), ToString::to_string);
    VolumeSpec {
        name: volume_name(&name, layout::SKELETON_REVISION, libc),
        labels: [
            (label::PROJECT.to_owned(), project.root.to_string()),
            (label::PROJECT_ID.to_owned(), owner.to_string()),
        ]
        .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;
    use crate::project::GitLayout;

    #[test]
    fn it_lasts_as_the_settings_say() {
        for (mode, has_git, lasts, note) in [
            ("always", false, true, None),
            ("always", true, true, None),
            ("git", true, true, None),
            ("git", false, false, Some(Notice::EphemeralHome)),
            ("never", true, false, None),
            ("never", false, false, None),
        ] {
            let mut fixture = Fixture::new(&[("data_volumes_mode", mode)]);
            let root = fixture.project.root.clone();
            fixture.project.git = has_git.then(|| GitLayout {
                common_dir: root.join(".git"),
                top_level: root,
                worktree_dir: None,
            });
            let (volume, told) = home_volume(
                &fixture.project,
                &fixture.project.id,
                &fixture.settings,
                Libc::Glibc,
            );
            assert_eq!((volume.is_some(), told), (lasts, note), "{mode} {has_git}");
        }
    }

    #[test]
    fn it_belongs_to_the_project_and_may_have_another_name() {
        let project = Fixture::new(&[]).project;
        let volume_for = |libc, name: &[(&str, &str)]| {
            let settings = Fixture::new(name).settings;
            home_volume(&project, &project.id, &settings, libc)
                .0
                .unwrap()
        };
        let volume = |name: &[(&str, &str)]| volume_for(Libc::Glibc, name);
        let of_musl = volume_for(Libc::Musl, &[]);
        assert_eq!(
            of_musl.name.as_str(),
            format!("ocx-{}-home-1-musl", project.id)
        );
        let own = volume(&[]);
        assert_eq!(of_musl.labels, own.labels);
        let all: Vec<VolumeName> = home_volumes(&project.id).collect();
        assert_eq!(all, [own.name.clone(), of_musl.name]);
        assert_eq!(own.name.as_str(), format!("ocx-{}-home-1", project.id));
        let labels = [
            (label::PROJECT.to_owned(), project.root.to_string()),
            (label::PROJECT_ID.to_owned(), project.id.to_string()),
        ];
        assert_eq!(own.labels, labels.into());
        let named = volume(&[("data_volumes_name", "mine")]);
        assert_eq!(named.name.as_str(), "mine-1");
        assert_eq!(named.labels, own.labels);
    }
}
