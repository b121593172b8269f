//! Which files of the host a session sees, and where.

use camino::{Utf8Path, Utf8PathBuf};

use crate::spec::{Access, Mount, MountSource};

/// The mounts that show files of the host, as the session sees them: one may lie over another.
#[derive(Clone, Debug)]
pub(crate) struct Views {
    views: Vec<View>,
}

/// One mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    /// The file or directory of the host, free of links; `None` for what holds nothing of the host's.
    pub(super) source: Option<Utf8PathBuf>,
    /// Where it lies in the container.
    pub(super) target: Utf8PathBuf,
    pub(super) access: Access,
}

impl Views {
    /// The views of `mounts`, in the order in which they are made. Looks up where links lead to.
    pub(crate) fn of(mounts: &[Mount]) -> Self {
        let view = |mount: &Mount| View {
            source: match &mount.source {
                // What is not there fails in the engine.
                MountSource::Bind(path) => path.canonicalize_utf8().ok(),
                _ => None,
            },
            target: mount.target.clone(),
            access: mount.access,
        };
        Self {
            views: mounts.iter().map(view).collect(),
        }
    }

    /// The view that shows what is at `target` in the container.
    pub(super) fn at(&self, target: &Utf8Path) -> Option<&View> {
        let over = self
            .views
            .iter()
            .filter(|view| target.starts_with(&view.target));
        // Of two at one place the later one is on top.
        over.max_by_key(|view| view.target.as_str().len())
    }

    /// The path on the host of what is at `target` in the container.
    pub(super) fn on_host(&self, target: &Utf8Path) -> Option<Utf8PathBuf> {
        let view = self.at(target)?;
        let source = view.source.as_ref()?;
        let rest = target.strip_prefix(&view.target).ok()?;
        // A path with a slash at its end is none of a file.
        Some(if rest == "" {
            source.clone()
        } else {
            source.join(rest)
        })
    }

    /// All places in the container where a path of the host that is free of links is seen.
    pub(super) fn inside(&self, real: &Utf8Path) -> Vec<(Utf8PathBuf, &View)> {
        let mut found: Vec<(Utf8PathBuf, &View)> = Vec::new();
        for view in &self.views {
            let Some(rest) = view
                .source
                .as_ref()
                .and_then(|source| real.strip_prefix(source).ok())
            else {
                continue;
            };
            let target = if rest == "" {
                view.target.clone()
            } else {
                view.target.join(rest)
            };
            let is_on_top = self.at(&target).is_some_and(|top| std::ptr::eq(top, view));
            if is_on_top && found.iter().all(|(known, _)| *known != target) {
                found.push((target, view));
            }
        }
        found
    }

    /// The mounts of something that lies in `real`, or is it, and that itself lies in what another mount
    /// shows.
    pub(super) fn of_parts(&self, real: &Utf8Path) -> impl Iterator<Item = &View> {
        let is_shown = self.views.iter().any(|view| {
            let source = view.source.as_deref();
            source.is_some_and(|source| real.starts_with(source) && real != source)
        });
        self.views.iter().filter(move |view| {
            is_shown
                && view
                    .source
                    .as_ref()
                    .is_some_and(|source| source.starts_with(real))
        })
    }

    /// The mounts below `target`.
    pub(super) fn below(&self, target: &Utf8Path) -> impl Iterator<Item = &View> {
        self.views
            .iter()
            .filter(move |view| view.target != target && view.target.starts_with(target))
    }

    /// The files and directories of the host that are seen.
    pub(super) fn sources(&self) -> impl Iterator<Item = &Utf8Path> {
        self.views.iter().filter_map(|view| view.source.as_deref())
    }
}

#[cfg(test)]
impl Views {
    /// Views by source and target, without a look at the disk.
    pub(super) fn made_of(list: &[(&str, &str)]) -> Self {
        let view = |&(source, target): &(&str, &str)| View {
            source: (!source.is_empty()).then(|| source.into()),
            target: target.into(),
            access: Access::ReadWrite,
        };
        Self {
            views: list.iter().map(view).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lies_over_another() {
        let views = Views::made_of(&[
            ("/w", "/w"),
            ("", "/w/tmp"),
            ("/data", "/w/data"),
            ("/w/lib", "/lib"),
        ]);
        let on_host = |target: &str| views.on_host(target.into()).map(Utf8PathBuf::into_string);
        assert_eq!(on_host("/w/a").as_deref(), Some("/w/a"));
        assert_eq!(on_host("/w/data/key").as_deref(), Some("/data/key"));
        assert_eq!(on_host("/w/data").as_deref(), Some("/data"));
        assert_eq!(on_host("/w/tmp/a"), None);
        assert_eq!(on_host("/etc/a"), None);
        let inside = |real: &str| -> Vec<String> {
            let found = views.inside(real.into()).into_iter();
            found.map(|(target, _)| target.into_string()).collect()
        };
        assert_eq!(inside("/w/a"), ["/w/a"]);
        assert_eq!(inside("/w/data/key"), [""; 0]);
        assert_eq!(inside("/data/key"), ["/w/data/key"]);
        assert_eq!(inside("/w/lib/key"), ["/w/lib/key", "/lib/key"]);
        assert_eq!(inside("/w/tmp/key"), [""; 0]);
        assert_eq!(inside("/elsewhere"), [""; 0]);
    }

    #[test]
    fn mounts_of_parts_and_mounts_within() {
        let views = Views::made_of(&[
            ("/w", "/w"),
            ("/w/secrets/public", "/public"),
            ("/x", "/w/secrets/x"),
        ]);
        let targets = |views: &mut dyn Iterator<Item = &View>| -> Vec<String> {
            views.map(|view| view.target.to_string()).collect()
        };
        assert_eq!(
            targets(&mut views.of_parts("/w/secrets".into())),
            ["/public"]
        );
        assert_eq!(targets(&mut views.of_parts("/w/secret".into())), [""; 0]);
        // What lies above the project is not shown, and so not hidden.
        assert_eq!(targets(&mut views.of_parts("/".into())), [""; 0]);
        assert_eq!(
            targets(&mut views.below("/w/secrets".into())),
            ["/w/secrets/x"]
        );
    }
}
