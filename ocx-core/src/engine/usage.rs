//! Measuring what running containers use.

use std::slice;

use futures_util::future::join_all;

use super::{CliRuntime, Dialect};
use crate::runtime::{ContainerId, ContainerUsage, RuntimeError};

impl<D: Dialect> CliRuntime<D> {
    /// What these use. One that has just ended makes the whole question fail, so that each is then asked
    /// for by itself.
    pub(super) async fn measure_all(
        &self,
        containers: &[ContainerId],
    ) -> Result<Vec<ContainerUsage>, RuntimeError> {
        // Asked about none, an engine tells of all that run.
        if containers.is_empty() {
            return Ok(Vec::new());
        }
        let all = self.measure(containers).await;
        if all.is_ok() || containers.len() == 1 {
            return all;
        }
        let each = containers
            .iter()
            .map(|one| self.measure(slice::from_ref(one)));
        let each = join_all(each).await;
        let measured: Vec<ContainerUsage> = each.into_iter().flatten().flatten().collect();
        if measured.is_empty() {
            all
        } else {
            Ok(measured)
        }
    }

    async fn measure(
        &self,
        containers: &[ContainerId],
    ) -> Result<Vec<ContainerUsage>, RuntimeError> {
        let mut invocation = self.query(&[]);
        invocation.args = self.dialect.measure_containers(containers);
        let stdout = self.require(&invocation).await?;
        self.dialect
            .parse_usage(&stdout)
            .map_err(|reason| RuntimeError::unexpected(&invocation, &stdout, &*reason))
    }
}
