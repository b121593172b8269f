//! How the host user appears in a container.

use crate::{
    host::HostUser,
    runtime::{EngineInfo, EngineMode, EngineName},
    settings::Settings,
    spec::UserMapping,
};

/// IDs that the settings ask for instead of the host user's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestedIds {
    /// User ID.
    pub uid: Option<u32>,
    /// Group ID.
    pub gid: Option<u32>,
}

impl From<&Settings> for RequestedIds {
    fn from(settings: &Settings) -> Self {
        Self {
            uid: settings.uid,
            gid: settings.gid,
        }
    }
}

/// Chooses how the host user appears in the engine's containers, so that files made in the
/// workspace belong to that user.
///
/// # Errors
///
/// If the engine remaps all users, or if other IDs are asked for where a rootless engine could not
/// map them to anybody useful.
pub fn user_mapping(
    engine: EngineName,
    info: &EngineInfo,
    user: &HostUser,
    requested: RequestedIds,
) -> Result<UserMapping, IdentityError> {
    let uid = requested.uid.unwrap_or(user.uid);
    let gid = requested.gid.unwrap_or(user.gid);
    let differs = uid != user.uid || gid != user.gid;
    match info.mode {
        EngineMode::UserNamespaceRemap => Err(IdentityError::Remapped { engine }),
        EngineMode::RootlessSingleId => Err(IdentityError::NoSubordinateIds {
            engine,
            user: user.name.clone(),
        }),
        EngineMode::Rootful => Ok(UserMapping::Direct { uid, gid }),
        EngineMode::RootlessRootIsHost | EngineMode::RootlessKeepId if differs => {
            Err(IdentityError::OtherIdsOnRootless { engine })
        }
        EngineMode::RootlessRootIsHost => Ok(UserMapping::ContainerRootIsHost),
        EngineMode::RootlessKeepId => Ok(UserMapping::KeepId { uid, gid }),
    }
}

/// Why the host user cannot appear in a container.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// No ID in a container is the host user's.
    #[error(
        "{engine} remaps all users of containers (`userns-remap`), so none of them can own your files"
    )]
    Remapped {
        /// The engine.
        engine: EngineName,
    },
    /// The user has no range of subordinate IDs.
    #[error(
        "rootless {engine} needs subordinate IDs for the files of an image, and `{user}` has none in /etc/subuid and /etc/subgid"
    )]
    NoSubordinateIds {
        /// The engine.
        engine: EngineName,
        /// The user.
        user: String,
    },
    /// Other IDs than the user's on a rootless engine.
    #[error("`uid` and `gid` cannot be set with rootless {engine}: only your own ID exists there")]
    OtherIdsOnRootless {
        /// The engine.
        engine: EngineName,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{project::sandbox::Sandbox, settings::SettingsBuilder, testing};

    fn mapping(mode: EngineMode, requested: RequestedIds) -> Result<UserMapping, IdentityError> {
        let info = EngineInfo {
            mode,
            ..testing::engine_info()
        };
        let user = HostUser {
            name: "jane".to_owned(),
            group: "jane".to_owned(),
            uid: 1501,
            gid: 1502,
            groups: vec![],
        };
        user_mapping(EngineName::from_static("docker"), &info, &user, requested)
    }

    #[test]
    fn each_kind_of_engine() {
        let own = RequestedIds::default();
        assert_eq!(
            mapping(EngineMode::Rootful, own),
            Ok(UserMapping::Direct {
                uid: 1501,
                gid: 1502
            })
        );
        assert_eq!(
            mapping(EngineMode::RootlessRootIsHost, own),
            Ok(UserMapping::ContainerRootIsHost)
        );
        assert_eq!(
            mapping(EngineMode::RootlessKeepId, own),
            Ok(UserMapping::KeepId {
                uid: 1501,
                gid: 1502
            })
        );
        assert!(matches!(
            mapping(EngineMode::UserNamespaceRemap, own),
            Err(IdentityError::Remapped { .. })
        ));
        let error = mapping(EngineMode::RootlessSingleId, own).unwrap_err();
        assert!(error.to_string().contains("`jane` has none"), "{error}");
    }

    #[test]
    fn other_ids() {
        let other = RequestedIds {
            uid: Some(7),
            gid: None,
        };
        assert_eq!(
            mapping(EngineMode::Rootful, other),
            Ok(UserMapping::Direct { uid: 7, gid: 1502 })
        );
        let group = RequestedIds {
            uid: None,
            gid: Some(7),
        };
        assert_eq!(
            mapping(EngineMode::Rootful, group),
            Ok(UserMapping::Direct { uid: 1501, gid: 7 })
        );
        for requested in [other, group] {
            for mode in [EngineMode::RootlessKeepId, EngineMode::RootlessRootIsHost] {
                assert!(
                    matches!(
                        mapping(mode, requested),
                        Err(IdentityError::OtherIdsOnRootless { .. })
                    ),
                    "{mode:?} {requested:?}"
                );
            }
        }
        let same = RequestedIds {
            uid: Some(1501),
            gid: Some(1502),
        };
        assert!(mapping(EngineMode::RootlessRootIsHost, same).is_ok());
    }
    #[test]
    fn the_settings_ask_for_ids() {
        let sandbox = Sandbox::new();
        let settings = Settings::builder(&sandbox.host, &sandbox.project());
        let ids = |settings: &SettingsBuilder| RequestedIds::from(&settings.build().unwrap());
        assert_eq!(ids(&settings), RequestedIds::default());
        let settings = settings.with("uid", "7").unwrap();
        assert_eq!((ids(&settings).uid, ids(&settings).gid), (Some(7), None));
        let settings = settings.with("gid", "8").unwrap();
        assert_eq!((ids(&settings).uid, ids(&settings).gid), (Some(7), Some(8)));
    }
}
