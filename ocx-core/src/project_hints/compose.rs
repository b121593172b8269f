//! Compose files: those of their services that are a base.

use camino::Utf8Path;

use super::{Hints, Proposal, setup_of::setup};
use crate::described_base::{LeftOutList, ProjectFiles, compose, short};

/// Where Compose looks, in its order.
const NAMES: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
];

/// The services that are built, each as a proposal. One that is only an image is mostly a database.
pub(super) fn read(files: &ProjectFiles, hints: &mut Hints) {
    for name in NAMES {
        let path = Utf8Path::new(name);
        let services = match compose::services(files, path) {
            Ok(None) => continue,
            Ok(Some(services)) => services,
            Err(why) => {
                hints.cannot_use(path, why);
                return;
            }
        };
        if !services.is_empty()
            && !services
                .values()
                .any(|service| service.get("build").is_some())
        {
            let names: Vec<String> = services.keys().take(5).map(|name| short(name)).collect();
            let names = names.join(", ");
            hints.cannot_use(
                path,
                format!("it builds no service; {names}: {}", compose::OTHERS),
            );
            return;
        }
        let is_built = |service: &&String| services[*service].get("build").is_some();
        for service in services.keys().filter(is_built).take(10) {
            let mut left_out = LeftOutList::default();
            match compose::base(files, path, &services, service, &mut left_out) {
                Ok(base) => {
                    let setup = setup(files, base, &mut left_out);
                    let mut proposal = Proposal::new(path.to_owned(), setup);
                    proposal.left_out = left_out.done();
                    hints.add(proposal);
                }
                Err(why) => {
                    hints.cannot_use(path, format!("service `{}`: {why}", short(service)));
                }
            }
        }
        // Compose reads the first only.
        return;
    }
}
