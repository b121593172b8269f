//! Settings: what the user configured, and where each value came from.
//!
//! Precedence, from the lowest to the highest: the defaults (`default.toml`), the global file
//! (`ocx.toml` or `ocx.json` in [`Dirs::config`](crate::host::Dirs)), the project's file, `OCX_*`
//! variables, flags. A higher layer replaces the value of a lower one, maps and lists included;
//! only `forbidden_paths` and `network_deny` unite those of all layers. Relative paths are relative to the directory
//! of the file that holds them, or to the current directory.
//!
//! A project's file comes with the project, and the agent can edit it: a value in it that would
//! loosen the isolation has an effect only if exactly that is approved. [`Layers::read`] reads what
//! is set, [`Layers::assess`] tells what the project asks for, and [`Layers::resolve`] makes settings
//! of it by the [`Approvals`] that there are.

mod approvals;
mod assess;
mod builder;
mod byte_size;
mod cache_paths;
mod consistency;
mod devcontainer;
mod edit;
mod edit_by_hand;
mod effect;
mod effect_on_host;
mod effect_on_network;
mod error;
mod files;
mod forbidden;
mod host_devices;
mod host_limits;
mod key_table;
mod keys;
mod keys_place;
mod layers;
mod lines;
mod loaded;
mod model;
mod named_files;
mod network_mode;
mod origin;
mod passage;
mod protected;
mod providers;
mod read;
mod reserved;
mod schema;
mod show;
mod stack;
mod syntax;
mod toml_text;
mod variables;
mod warning;

pub use approvals::{Approvals, ContentHash, ContentHashError};
pub use assess::{Assessed, Assessment, Loosening, NotTrusted};
pub use builder::SettingsBuilder;
pub use byte_size::{ByteSize, ByteSizeError};
pub use cache_paths::CachePath;
pub use devcontainer::{DevcontainerError, FollowedDevcontainer};
pub use edit::{EditError, SettingsEdit};
pub use edit_by_hand::SettingsFile;
pub use effect::{Change, Effect};
pub use error::{SettingsError, UnknownForm};
pub use files::{ConfigFile, FileLayer};
pub use forbidden::ForbiddenPaths;
pub use key_table::KEYS;
pub use keys::{Key, Kind, Merge};
pub use keys_place::KeysPlace;
pub use layers::{Layers, load};
pub use lines::Place;
pub use loaded::{Loaded, SettingEntry};
pub use model::{
    DataVolumesMode, EntrypointUse, ExtraMount, PullPolicy, RuntimeChoice, Settings,
    VersionRequest, WorkspaceMode,
};
pub(crate) use named_files::named_files;
pub use network_mode::NetworkMode;
pub use origin::{Origin, Origins};
pub use passage::{Excerpt, Passage};
pub(crate) use protected::reason as reason_to_protect;
pub use providers::Providers;
pub(crate) use reserved::may_stand_in_a_project;
pub use schema::json_schema;
pub use syntax::SyntaxProblem;
pub use variables::{OTHER_VARIABLES, Override};
pub use warning::SettingsWarning;

/// The defaults, as a commented settings file that shows every key.
pub const DEFAULTS: &str = include_str!("default.toml");
