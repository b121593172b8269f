//! The credentials that sessions use.
//!
//! What a container may write to is treated as hostile when it is read again.

mod entries;
mod import;
mod in_place_file;
mod ledger;
mod logins;
mod merge;
mod provider_logins;
mod reach;
mod store;
mod withheld;
mod write_back;

pub(crate) use entries::CredentialFile;
pub use logins::{LoginOrigin, TakeLoginError};
pub(crate) use provider_logins::ProviderLogins;
pub(crate) use reach::Reach;
pub(crate) use store::AuthStore;
pub use store::AuthStoreError;
