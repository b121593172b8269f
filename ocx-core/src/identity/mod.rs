//! Who a session runs as: the mapping of user IDs, and the user's entries in `/etc/passwd` and
//! `/etc/group`.

mod accounts;
mod mapping;

pub use accounts::Account;
pub(crate) use accounts::{group_file, passwd_file};
pub use mapping::{IdentityError, RequestedIds, user_mapping};
