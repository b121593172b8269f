//! Names of images: which are ocx's own, and which a project may take without asking.

use super::{ImageId, ImageReference};

/// Names without a registry that people pull: the Docker Official Images of 2025 and before
/// (<https://github.com/docker-library/official-images>, `library/`), and the aliases that Podman
/// brings along (<https://github.com/containers/shortnames>).
const PULLED: &str = "\
adminer adoptopenjdk aerospike almalinux almalinux-minimal alpine alt amazoncorretto amazonlinux \
api-firewall arangodb arch-toolbox archlinux azul-zulu backdrop bash bonita buildah \
buildpack-deps busybox caddy cassandra celery chronograf cirros clearlinux clefos clickhouse \
clojure composer consul convertigo couchbase couchdb crate crux dart debian debian-toolbox \
django docker drupal eclipse-mosquitto eclipse-temurin eggdrop elasticsearch elixir emqx erlang \
espocrm euleros fedora fedora-bootc fedora-minimal fedora-toolbox flink fluentd friendica fsharp \
gazebo gcc geonetwork ghost glassfish golang gradle groovy haproxy haskell haxe hello-world \
hipache hitch httpd hylang ibm-semeru-runtimes ibmjava influxdb iojs irssi java jenkins jetty \
jobber joomla jruby julia kali-bleeding-edge kali-dev kali-experimental kali-last-release \
kali-rolling kapacitor kibana known kong krakend leap leap-dnf leap-microdnf lightstreamer \
liquibase logstash mageia mariadb matomo maven mediawiki memcached mongo mongo-express monica \
mono mysql nats nats-streaming neo4j neurodebian nextcloud nginx nim node notary nuxeo odoo \
open-liberty openjdk opensuse oraclelinux orientdb owncloud percona perl photon php \
php-zendserver phpmyadmin plone podman postfixadmin postgres pypy python r-base rabbitmq rails \
rakudo-star rapidoid redis redmine registry rethinkdb rhel rhel-atomic rhel-init rhel-minimal \
rhel6 rhel6.5 rhel7 rhel7-init rhel7.9 rocket.chat rocky-linux rockylinux ros ruby rust \
sapmachine satosa scratch sentry silverpeas skopeo sl slackware sle15 sles sles12sp3 sles12sp4 \
sles12sp5 solr sonarqube sourcemage spark spiped storm swarm swift swipl teamspeak telegraf \
thrift tomcat tomee toolbox traefik tumbleweed tumbleweed-dnf tumbleweed-microdnf tw-busybox \
ubi10 ubi10-init ubi10-micro ubi10-minimal ubi7 ubi7-init ubi7-minimal ubi8 ubi8-init ubi8-micro \
ubi8-minimal ubi9 ubi9-init ubi9-micro ubi9-minimal ubuntu ubuntu-debootstrap ubuntu-toolbox \
ubuntu-upstart unit varnish vault websphere-liberty wordpress xwiki yourls znc zookeeper";

/// Docker Hub's names for itself; `docker.io/library/x` is `x` there.
const DOCKER_HUB: [&str; 4] = [
    "docker.io",
    "index.docker.io",
    "registry-1.docker.io",
    "registry.hub.docker.com",
];

/// Whether the name is one that ocx gives to images of its own: `ocx:…`, `ocx-…`.
///
/// Bases, ocx's images and the temporary names of builds all begin like this, so an image of such a
/// name was built by ocx, as long as nothing else may take it.
#[must_use]
pub(crate) fn is_reserved(image: &ImageReference) -> bool {
    // Docker keeps `docker.io/library/x` as `x`, and Podman keeps what is built as `localhost/x`.
    let name = bare_name(image);
    name == "ocx" || name.starts_with("ocx-")
}

/// A name that settings take for a base: neither an ID nor one of ocx's own.
pub(crate) fn usable_image(text: &str) -> Option<ImageReference> {
    if text.parse::<ImageId>().is_ok() {
        return None;
    }
    text.parse().ok().filter(|image| !is_reserved(image))
}

/// Whether the name is a plain local one: without a registry or namespace, and not one that people
/// pull, such as `ruby`. So nobody takes an image of that name for another's.
#[must_use]
pub(crate) fn is_local_name(image: &ImageReference) -> bool {
    let repository = image.repository();
    let name = repository.strip_prefix("localhost/").unwrap_or(repository);
    !name.contains('/') && !PULLED.split_whitespace().any(|pulled| pulled == name)
}

/// The repository without what engines leave out or put before it.
fn bare_name(image: &ImageReference) -> &str {
    let repository = image.repository();
    let path = match image.registry() {
        Some(registry) => {
            let path = &repository[registry.len() + 1..];
            if DOCKER_HUB.contains(&registry) || registry == "localhost" {
                path
            } else {
                return repository;
            }
        }
        None => repository,
    };
    path.strip_prefix("library/").unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::image::{
        DerivedName, OpencodeVersion, default_base, ocx_image, ocx_image_for_default_base,
    };

    fn image(text: &str) -> ImageReference {
        text.parse().unwrap()
    }

    #[test]
    fn names_of_ocx_however_they_are_written() {
        for name in [
            "ocx",
            "ocx:1.18.33",
            "ocx-base",
            "ocx-ruby--3.3:1.18.33",
            "ocx-tmp---0123456789ab:base",
            "localhost/ocx-base",
            "docker.io/library/ocx-base",
            "docker.io/ocx-base",
            "index.docker.io/library/ocx",
            "library/ocx-team:1.18.33",
            "localhost/library/ocx",
        ] {
            assert!(is_reserved(&image(name)), "{name}");
        }
        let digest = format!("ocx-team@sha256:{}", "a".repeat(64));
        assert!(is_reserved(&image(&digest)));
        for name in [
            "ocxt-1-base",
            "ocx_tools",
            "my-ocx-base",
            "acme/ocx-base",
            "ghcr.io/ocx-base",
            "ghcr.io/acme/ocx",
            "localhost:5000/ocx",
        ] {
            assert!(!is_reserved(&image(name)), "{name}");
        }
    }

    #[test]
    fn local_names() {
        for name in [
            "team",
            "team-tools:2",
            "localhost/team",
            "my.app_x",
            "rubyish",
        ] {
            assert!(is_local_name(&image(name)), "{name}");
        }
        for name in [
            "ruby",
            "ruby:3.4",
            "debian:trixie-slim",
            "localhost/ruby",
            "acme/team",
            "library/team",
            "localhost/acme/team",
            "ghcr.io/acme/team",
            "localhost:5000/team",
            "docker.io/library/ruby",
            "fedora-minimal",
            "ubi9",
        ] {
            assert!(!is_local_name(&image(name)), "{name}");
        }
    }

    proptest! {
        #[test]
        fn whatever_ocx_makes_is_reserved(
            base in "([a-z0-9]{1,8}(\\.[a-z]{1,4})?(:[0-9]{1,4})?/)?[a-z0-9]{1,8}([._-][a-z0-9]{1,8}){0,3}(:[A-Za-z0-9._-]{1,12})?",
            readable in "\\PC{0,30}",
        ) {
            let version: OpencodeVersion = "1.18.33".parse().unwrap();
            let mut names = vec![default_base(), ocx_image_for_default_base(&version)];
            if let Ok(base) = base.parse() {
                names.push(ocx_image(&base, &version));
            }
            let derived = DerivedName::new(&readable, "/w/Dockerfile".into(), None, None, []);
            names.extend([derived.base(), derived.ocx_image(&version)]);
            for name in names {
                prop_assert!(is_reserved(&name), "{name}");
            }
        }
    }
}
