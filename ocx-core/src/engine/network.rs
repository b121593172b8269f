//! Making the network of sessions.

use super::{CliRuntime, Dialect};
use crate::{
    runtime::{EnsuredNetwork, RuntimeError},
    spec::NetworkSpec,
};

impl<D: Dialect> CliRuntime<D> {
    /// Makes a network in which containers do not reach each other, unless it is there or none is needed.
    pub(super) async fn make_network(
        &self,
        spec: &NetworkSpec,
    ) -> Result<EnsuredNetwork, RuntimeError> {
        let Some(flags) = self.dialect.network_flags() else {
            return Ok(EnsuredNetwork::NotNeeded);
        };
        if self.has_network(spec).await? {
            return Ok(EnsuredNetwork::There);
        }
        let mut create = self.change(&["network", "create"]);
        create.args.extend(flags);
        for (name, value) in &spec.labels {
            create.option("--label", format!("{name}={value}"));
        }
        create.arg(spec.name.as_str());
        match self.ask(&create).await?.error(&create) {
            None => Ok(EnsuredNetwork::Made),
            // Another session may have made it meanwhile.
            Some(_) if self.has_network(spec).await? => Ok(EnsuredNetwork::There),
            Some(error) => {
                let failed = |engine, source| RuntimeError::NetworkNotMade { engine, source };
                Err(self.failed(error, failed).await)
            }
        }
    }

    /// Whether the network is there. One of this name that is not like that may be another user's.
    async fn has_network(&self, spec: &NetworkSpec) -> Result<bool, RuntimeError> {
        let inspect = self.query(&["network", "inspect", &spec.name]);
        let answer = self.ask(&inspect).await?;
        if answer.failure.is_some() {
            return Ok(false);
        }
        match self.dialect.keeps_apart(&answer.stdout) {
            Ok(true) => Ok(true),
            Ok(false) => Err(RuntimeError::NetworkNotApart {
                engine: self.dialect.name(),
                name: spec.name.clone(),
            }),
            Err(reason) => Err(RuntimeError::unexpected(&inspect, &answer.stdout, &*reason)),
        }
    }
}
