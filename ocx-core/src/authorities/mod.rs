//! Authorities that the user's machine trusts, for programs that do not read a bundle in PEM.

mod java_keystore;
mod kept;

pub(crate) use kept::java_keystore_of;
