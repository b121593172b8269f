//! Whether a session can use what is there, or has to build, or cannot start: a pure function of what
//! was found out.

use camino::{Utf8Path, Utf8PathBuf};

use crate::ops::{
    BuildError, Cause, SessionError, base_maker::BaseMaker, build::Fetching, inspect::NamedImage,
    known::LastBuild, known::buildable,
};
use crate::{
    base::BasePlan,
    freshness::{BaseStale, Binary, Expected, Published, Stale, base_stale, stale, stale_download},
    host::Host,
    identity::{IdentityError, RequestedIds, user_mapping},
    image::RECIPE_REVISION,
    opencode::LOCAL_PACKAGE,
    runtime::{EngineInfo, EngineName, ImageInfo},
    settings::Settings,
    spec::UserMapping,
};

/// What was found out.
pub(in crate::ops) struct Facts<'a> {
    pub(in crate::ops) host: &'a Host,
    pub(in crate::ops) settings: &'a Settings,
    pub(in crate::ops) engine_name: EngineName,
    pub(in crate::ops) engine: &'a EngineInfo,
    pub(in crate::ops) plan: &'a BasePlan,
    /// The base image, if it is there.
    pub(in crate::ops) base: Option<&'a ImageInfo>,
    /// Who made that.
    pub(in crate::ops) maker: &'a BaseMaker,
    /// Canonical root of the project.
    pub(in crate::ops) project: &'a Utf8Path,
    /// Whether the base was looked into before, and found to do.
    pub(in crate::ops) base_is_known: bool,
    /// The ocx image, as far as its name is known.
    pub(in crate::ops) named: Option<&'a NamedImage>,
    /// SHA-256 of the user's own binary, if the settings name one.
    pub(in crate::ops) local_sha256: Option<&'a str>,
    /// What the opencode in the ocx image is compared with.
    pub(in crate::ops) published: Published<'a>,
    /// What was last built on this base.
    pub(in crate::ops) last: Option<&'a LastBuild>,
    /// What a session asks registries for.
    pub(in crate::ops) fetching: Fetching,
}

/// What a session does.
#[derive(Debug)]
pub(in crate::ops) enum Decision {
    /// It uses the ocx image that is there.
    Use(Used),
    /// It builds first, for these causes; there is at least one.
    Build(Vec<Cause>),
    /// It cannot start.
    Blocked(SessionError),
}

/// What an image is used in place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ops) enum Used {
    /// It is what a build would make.
    Fresh,
    /// Its base is gone, so nobody can tell.
    WithoutBase,
}

/// Decides.
pub(in crate::ops) fn decide(facts: &Facts<'_>) -> Decision {
    match causes(facts) {
        Ok(Found::Usable(used)) => Decision::Use(used),
        Ok(Found::Causes(causes)) => Decision::Build(causes),
        Err(error) => Decision::Blocked(error),
    }
}

enum Found {
    Usable(Used),
    Causes(Vec<Cause>),
}

fn causes(facts: &Facts<'_>) -> Result<Found, SessionError> {
    if facts.engine.remote {
        return Err(SessionError::Remote {
            engine: facts.engine_name,
        });
    }
    user(facts)?;
    let reference = facts.plan.reference();
    let Some(base) = facts.base else {
        return without_base(facts);
    };
    if let Some(cause) = stale_base(facts.plan, facts.maker, facts.project)? {
        return Ok(Found::Causes(vec![Cause::Base(cause)]));
    }
    if !facts.base_is_known {
        buildable(&reference, base, facts.engine, facts.host)?;
    }
    let Some(named) = facts.named else {
        return Ok(Found::Causes(vec![Cause::Image(Stale::Missing)]));
    };
    let expected = Expected {
        base,
        version: &named.version,
        local_sha256: facts.local_sha256,
        published: facts.published,
        recipe: RECIPE_REVISION,
    };
    Ok(match stale_image(named, &expected, facts.last) {
        Some(cause) => Found::Causes(vec![Cause::Image(cause)]),
        None => Found::Usable(Used::Fresh),
    })
}

fn user(facts: &Facts<'_>) -> Result<UserMapping, IdentityError> {
    user_mapping(
        facts.engine_name,
        facts.engine,
        &facts.host.user,
        RequestedIds::from(facts.settings),
    )
}

/// A session can do without its base: its files are all in the image on top of it. What is not on record
/// cannot prove itself then: there is nothing to compare it with.
fn without_base(facts: &Facts<'_>) -> Result<Found, SessionError> {
    let usable = facts
        .named
        .and_then(|named| named.origin.as_ref())
        .is_some_and(|origin| {
            origin.labels.recipe == RECIPE_REVISION
                && stale_download(origin, facts.local_sha256, facts.published).is_none()
        });
    if usable {
        return Ok(Found::Usable(Used::WithoutBase));
    }
    match facts.plan.labels() {
        Some(_) => Ok(Found::Causes(vec![Cause::Base(BaseStale::Missing)])),
        None if facts.fetching == Fetching::Missing => Ok(Found::Causes(vec![Cause::Fetch])),
        None => Err(BuildError::BaseMissing {
            image: facts.plan.reference(),
            engine: facts.engine_name,
        }
        .into()),
    }
}

/// Why a base that is there has to be built, as far as records and the Dockerfile's text tell without an
/// engine call. An image that ocx did not build is used as it is.
///
/// # Errors
///
/// If ocx built it from another Dockerfile than the settings mean.
pub(in crate::ops) fn stale_base(
    plan: &BasePlan,
    maker: &BaseMaker,
    project: &Utf8Path,
) -> Result<Option<BaseStale>, BuildError> {
    let image = plan.reference();
    let Some(wanted) = plan.labels() else {
        let Some((built_from, maker)) = maker.of_another_project(project) else {
            return Ok(None);
        };
        return Err(BuildError::BaseOfAnotherProject {
            image,
            built_from,
            maker,
            project: project.to_owned(),
        });
    };
    let another = |built_from: &Utf8PathBuf, maker| BuildError::BaseOfAnother {
        image,
        built_from: built_from.clone(),
        maker,
        wanted: wanted.dockerfile.clone(),
        project: project.to_owned(),
    };
    match maker {
        BaseMaker::Somebody => Ok(None),
        BaseMaker::Unrecorded { claims } => match claims {
            Some(claims) if claims.dockerfile != wanted.dockerfile => {
                Err(another(&claims.dockerfile, None))
            }
            // From the engine's cache it costs next to nothing if it is what it says.
            _ => Ok(Some(BaseStale::Unrecorded)),
        },
        BaseMaker::Ocx { origin, same_text } => {
            let cause = base_stale(&origin.text, &wanted);
            let is_same_file = origin.text.dockerfile == wanted.dockerfile;
            if is_same_file || (*same_text && cause.is_none()) {
                Ok(cause)
            } else {
                let maker = origin.project.clone().filter(|maker| maker != project);
                Err(another(&origin.text.dockerfile, maker))
            }
        }
    }
}

/// Why an ocx image has to be built. One that is missing only because its version differs from that of
/// the last build, and with it its name, has that as its cause.
pub(in crate::ops) fn stale_image(
    named: &NamedImage,
    expected: &Expected<'_>,
    last: Option<&LastBuild>,
) -> Option<Stale> {
    let because = stale(named.image.as_ref(), named.origin.as_ref(), expected)?;
    let Some(last) = last.filter(|_| because == Stale::Missing) else {
        return Some(because);
    };
    let same = last.version == *expected.version
        && (last.build == LOCAL_PACKAGE) == expected.local_sha256.is_some();
    if same {
        return Some(because);
    }
    Some(Stale::Opencode {
        from: Binary::new(&last.build, last.version.clone()),
        to: match expected.local_sha256 {
            Some(_) => Binary::Local,
            None => Binary::Published(expected.version.clone()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::resolve_base,
        image::{BaseLabels, OcxLabels, OpencodeVersion},
        project::sandbox::Sandbox,
        provenance::{BaseOrigin, LayerOrigin},
        settings::{Override, load},
        testing,
    };

    /// Everything that facts are made from, as it is where all is fresh.
    struct World {
        sandbox: Sandbox,
        settings: Settings,
        plan: BasePlan,
        engine: EngineInfo,
        base: Option<ImageInfo>,
        maker: BaseMaker,
        named: Option<NamedImage>,
        base_is_known: bool,
        local_sha256: Option<&'static str>,
        last: Option<LastBuild>,
        fetching: Fetching,
    }

    impl World {
        fn fresh() -> Self {
            let sandbox = Sandbox::new();
            let project = sandbox.project();
            let set = Override {
                key: "custom_base_image".to_owned(),
                value: "team".to_owned(),
                flag: String::new(),
            };
            let settings = load(&sandbox.host, &project, &[set]).unwrap().settings;
            let plan = resolve_base(&settings, &project.root, &sandbox.host.dirs.config).unwrap();
            let base = testing::image_info();
            let version: OpencodeVersion = "1.18.33".parse().unwrap();
            let labels = OcxLabels {
                ocx_version: "0.1.0".to_owned(),
                recipe: RECIPE_REVISION,
                opencode_version: version.clone(),
                opencode_build: "opencode-linux-x64".to_owned(),
                opencode_sha256: "aa".to_owned(),
                base: plan.reference(),
                base_id: base.id.clone(),
                base_content: base.content(),
            };
            let image = ImageInfo {
                labels: labels.write(),
                ..testing::image_info()
            };
            Self {
                named: Some(NamedImage {
                    name: plan.ocx_image(&version),
                    version,
                    image: Some(image),
                    origin: Some(LayerOrigin {
                        labels,
                        registry: Some("npm".to_owned()),
                    }),
                }),
                maker: BaseMaker::Somebody,
                base: Some(base),
                engine: testing::engine_info(),
                base_is_known: false,
                local_sha256: None,
                last: None,
                fetching: Fetching::Nothing,
                sandbox,
                settings,
                plan,
            }
        }

        fn decide(&self) -> Decision {
            decide(&Facts {
                host: &self.sandbox.host,
                settings: &self.settings,
                engine_name: EngineName::from_static("docker"),
                engine: &self.engine,
                plan: &self.plan,
                base: self.base.as_ref(),
                maker: &self.maker,
                project: "/w/here".into(),
                base_is_known: self.base_is_known,
                named: self.named.as_ref(),
                local_sha256: self.local_sha256,
                published: Published {
                    registry: "npm",
                    sha256: None,
                },
                last: self.last.as_ref(),
                fetching: self.fetching,
            })
        }

        fn causes(&self) -> Vec<Cause> {
            match self.decide() {
                Decision::Build(causes) => causes,
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn what_is_fresh_is_used_and_so_is_an_image_whose_base_is_gone() {
        let mut world = World::fresh();
        assert!(matches!(world.decide(), Decision::Use(Used::Fresh)));
        world.base = None;
        assert!(matches!(world.decide(), Decision::Use(Used::WithoutBase)));
        // Without a record nobody knows what it is, whatever its labels say.
        world.named.as_mut().unwrap().origin = None;
        assert!(matches!(
            world.decide(),
            Decision::Blocked(SessionError::Build(error)) if matches!(*error, BuildError::BaseMissing { .. })
        ));
    }

    #[test]
    fn what_is_missing_or_has_moved_is_built() {
        let mut world = World::fresh();
        world.base.as_mut().unwrap().layers = vec!["sha256:cc".to_owned()];
        assert!(matches!(
            world.causes()[..],
            [Cause::Image(Stale::BaseMoved { .. })]
        ));
        let named = world.named.as_mut().unwrap();
        named.origin = None;
        named.image = None;
        assert_eq!(world.causes(), [Cause::Image(Stale::Missing)]);
        world.last = Some(LastBuild {
            base_id: testing::image_info().id,
            version: "1.18.32".parse().unwrap(),
            build: "opencode-linux-x64".to_owned(),
            followed: None,
        });
        // It is missing only since its name has the version in it.
        assert!(matches!(
            world.causes()[..],
            [Cause::Image(Stale::Opencode { .. })]
        ));
        world.named = None;
        assert_eq!(world.causes(), [Cause::Image(Stale::Missing)]);
        world.base = None;
        world.fetching = Fetching::Missing;
        assert_eq!(world.causes(), [Cause::Fetch]);
    }

    #[test]
    fn an_image_is_missing_for_another_opencode_only_if_that_was_built_last() {
        let mut world = World::fresh();
        world.named.as_mut().unwrap().image = None;
        let built = |version: &str, build: &str| {
            Some(LastBuild {
                base_id: testing::image_info().id,
                version: version.parse().unwrap(),
                build: build.to_owned(),
                followed: None,
            })
        };
        let published = |version: &str| Binary::Published(version.parse().unwrap());
        let (npm, wanted) = ("opencode-linux-x64", published("1.18.33"));
        for (sha256, last, from, to) in [
            (None, built("1.18.32", npm), published("1.18.32"), &wanted),
            (
                None,
                built("1.18.33", LOCAL_PACKAGE),
                Binary::Local,
                &wanted,
            ),
            (
                Some("aa"),
                built("1.18.33", npm),
                published("1.18.33"),
                &Binary::Local,
            ),
            (
                Some("aa"),
                built("1.18.32", LOCAL_PACKAGE),
                Binary::Local,
                &Binary::Local,
            ),
        ] {
            (world.local_sha256, world.last) = (sha256, last);
            let to = to.clone();
            let cause = Cause::Image(Stale::Opencode { from, to });
            assert_eq!(world.causes(), [cause]);
        }
        // The same once more: somebody has removed it.
        for (sha256, last) in [
            (None, built("1.18.33", npm)),
            (Some("aa"), built("1.18.33", LOCAL_PACKAGE)),
        ] {
            (world.local_sha256, world.last) = (sha256, last);
            assert_eq!(world.causes(), [Cause::Image(Stale::Missing)]);
        }
    }

    #[test]
    fn an_image_of_another_recipe_does_not_stand_in_for_its_base() {
        let mut world = World::fresh();
        let origin = world.named.as_mut().unwrap().origin.as_mut().unwrap();
        origin.labels.recipe += 1;
        world.base = None;
        assert!(matches!(
            world.decide(),
            Decision::Blocked(SessionError::Build(error)) if matches!(*error, BuildError::BaseMissing { .. })
        ));
    }

    #[test]
    fn what_cannot_work_is_refused_whatever_is_there() {
        let mut world = World::fresh();
        world.base.as_mut().unwrap().on_build = vec!["RUN x".to_owned()];
        assert!(matches!(
            world.decide(),
            Decision::Blocked(SessionError::Build(error)) if matches!(*error, BuildError::OnBuild { .. })
        ));
        world.base_is_known = true;
        assert!(!matches!(world.decide(), Decision::Blocked(_)));
        world.engine.mode = crate::runtime::EngineMode::UserNamespaceRemap;
        assert!(matches!(
            world.decide(),
            Decision::Blocked(SessionError::Build(error)) if matches!(*error, BuildError::Identity(_))
        ));
        world.engine.remote = true;
        assert!(matches!(
            world.decide(),
            Decision::Blocked(SessionError::Remote { .. })
        ));
    }

    #[test]
    fn an_image_with_anothers_opencode_does_not_stand_in_for_its_base() {
        let mut world = World::fresh();
        let origin = world.named.as_mut().unwrap().origin.as_mut().unwrap();
        origin.registry = Some("mirror".to_owned());
        assert!(matches!(
            world.causes()[..],
            [Cause::Image(Stale::Registry { .. })]
        ));
        world.base = None;
        assert!(matches!(
            world.decide(),
            Decision::Blocked(SessionError::Build(error)) if matches!(*error, BuildError::BaseMissing { .. })
        ));
    }

    #[test]
    fn an_image_without_a_record_is_not_used_for_what_it_says() {
        let mut world = World::fresh();
        world.named.as_mut().unwrap().origin = None;
        assert_eq!(world.causes(), [Cause::Image(Stale::Unproven)]);
    }

    /// The labels of `team`, built from a Dockerfile of this project's or another's.
    fn text(project: &str) -> BaseLabels {
        BaseLabels {
            name: "team".parse().unwrap(),
            dockerfile: format!("{project}/Dockerfile").into(),
            dockerfile_sha256: "a".to_owned(),
            args_sha256: "b".to_owned(),
            target: None,
            context: None,
        }
    }

    fn built_for(project: Option<&str>, same_text: bool) -> BaseMaker {
        BaseMaker::Ocx {
            origin: BaseOrigin {
                project: project.map(Into::into),
                text: text(project.unwrap_or("/home/jane/.config/ocx")),
                context: None,
            },
            same_text,
        }
    }

    #[test]
    fn another_projects_base_is_not_taken_by_its_name_alone() {
        let mut world = World::fresh();
        for (maker, is_taken) in [
            (BaseMaker::Somebody, true),
            (built_for(Some("/w/here"), false), true),
            // The user's own Dockerfile.
            (built_for(None, false), true),
            (built_for(Some("/w/there"), false), false),
            // There is no text to compare.
            (built_for(Some("/w/there"), true), false),
            (
                BaseMaker::Unrecorded {
                    claims: Some(text("/w/here")),
                },
                true,
            ),
            (
                BaseMaker::Unrecorded {
                    claims: Some(text("/w/there")),
                },
                false,
            ),
        ] {
            world.maker = maker;
            match world.decide() {
                Decision::Use(_) => assert!(is_taken, "{:?}", world.maker),
                Decision::Blocked(SessionError::Build(error)) => {
                    let BuildError::BaseOfAnotherProject { project, .. } = *error else {
                        panic!("{error:?}")
                    };
                    assert_eq!(project, "/w/here");
                    assert!(!is_taken, "{:?}", world.maker);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn the_same_text_is_the_same_base_for_another_project() {
        let found = |maker: &BaseMaker| {
            let mut wanted = text("/w/here");
            let dockerfile = crate::base::FoundDockerfile {
                path: wanted.dockerfile.clone(),
                canonical: wanted.dockerfile.clone(),
                context: "/w/here".into(),
                named_context: None,
                found_in: crate::base::FoundIn::Project,
                sha256: wanted.dockerfile_sha256.clone(),
            };
            let plan = BasePlan {
                source: crate::base::BaseSource::ImageOrDockerfile {
                    image: wanted.name.clone(),
                    dockerfile,
                },
                build_args: [].into(),
                target: None,
            };
            wanted.args_sha256 = plan.labels().unwrap().args_sha256;
            let maker = match maker.clone() {
                BaseMaker::Ocx {
                    mut origin,
                    same_text,
                } => {
                    origin.text.args_sha256 = wanted.args_sha256;
                    BaseMaker::Ocx { origin, same_text }
                }
                other => other,
            };
            stale_base(&plan, &maker, "/w/here".into())
        };
        let of_another = |found: Result<Option<BaseStale>, BuildError>| {
            matches!(found, Err(BuildError::BaseOfAnother { .. }))
        };
        assert_eq!(found(&BaseMaker::Somebody).unwrap(), None);
        assert_eq!(found(&built_for(Some("/w/here"), false)).unwrap(), None);
        assert_eq!(found(&built_for(Some("/w/there"), true)).unwrap(), None);
        assert!(of_another(found(&built_for(Some("/w/there"), false))));
        // Labels of the right file without a record: it is built, which is cheap if they tell the truth.
        let claims = |project| BaseMaker::Unrecorded {
            claims: Some(text(project)),
        };
        let cause = found(&claims("/w/here")).unwrap();
        assert_eq!(cause, Some(BaseStale::Unrecorded));
        assert!(of_another(found(&claims("/w/there"))));
        // A name of ocx's own, and no labels at all.
        let bare = BaseMaker::Unrecorded { claims: None };
        assert_eq!(found(&bare).unwrap(), Some(BaseStale::Unrecorded));
    }
}
