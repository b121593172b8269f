//! Whom Java trusts.

use async_trait::async_trait;

use super::{Begun, Opening, Part};
use crate::{
    authorities::java_keystore_of,
    base::JAVA_OPTIONS,
    layout,
    ops::SessionError,
    session::plan::Contribution,
    spec::{Access, EnvValue, Mount},
};

/// Tells Java whom the host trusts, where somebody has added to that: each Java program says that it was told,
/// so that the others are left alone. Java reads neither a bundle in PEM nor the system's own store.
pub(super) struct Java;

#[async_trait]
impl Part for Java {
    fn purpose(&self) -> &'static str {
        "authorities that your machine trusts, for Java"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let host = &opening.ocx.host;
        let mut contribution = Contribution::default();
        let bundle = host.ca_bundle.as_ref().filter(|_| host.own_authorities);
        // Who made the base knows better.
        let is_set = opening.base_variables.contains_key(JAVA_OPTIONS);
        if let Some(bundle) = bundle.filter(|_| !is_set)
            // Without it Java trusts whom it trusts by itself.
            && let Ok(keystore) = java_keystore_of(bundle, &host.dirs.cache)
        {
            let mount = Mount::bind(keystore, layout::JAVA_KEYSTORE, Access::ReadOnly);
            contribution.mounts.push(mount);
            let options = format!("-Djavax.net.ssl.trustStore={}", layout::JAVA_KEYSTORE);
            let name = JAVA_OPTIONS.parse().expect("it names a variable");
            contribution
                .inherited
                .insert(name, EnvValue::Plain(options));
        }
        Ok(contribution.into())
    }
}
