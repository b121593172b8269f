//! Where programs are looked for, less the places where others can put them.
//!
//! A relative entry of `PATH`, an empty one included (`PATH=/usr/bin:`), means the current directory, and
//! ocx is called in projects: a file `docker` in a fresh clone would be run on the host. The same goes for
//! entries within a project, as an activated `.venv` is one: the agent writes there. Go's `os/exec` refuses
//! the former for the same reason (<https://go.dev/blog/path-security>).

use camino::{Utf8Path, Utf8PathBuf};

use super::Host;

const VARIABLE: &str = "PATH";

/// The absolute entries of a search path; `None` if there is none. An empty one would mean the current
/// directory again.
pub(super) fn absolute(path: &str) -> Option<String> {
    only(path, |_| true)
}

fn only(path: &str, is_wanted: impl Fn(&Utf8Path) -> bool) -> Option<String> {
    let entries = path.split(':').filter(|entry| {
        let directory = Utf8Path::new(entry);
        directory.is_absolute() && is_wanted(directory)
    });
    let kept: Vec<&str> = entries.collect();
    (!kept.is_empty()).then(|| kept.join(":"))
}

impl Host {
    /// The same host, on which no program is looked for in these places, through links neither.
    #[must_use]
    pub fn without_programs_in(mut self, places: &[&Utf8Path]) -> Self {
        let Some(path) = self.environment.get(VARIABLE) else {
            return self;
        };
        let lies_there = |directory: &Utf8Path| {
            let real = directory.canonicalize_utf8();
            let forms = [Some(directory.to_owned()), real.ok()];
            let mut forms = forms.into_iter().flatten();
            forms.any(|form: Utf8PathBuf| places.iter().any(|place| form.starts_with(place)))
        };
        match only(path, |directory| !lies_there(directory)) {
            Some(path) => self.environment.insert(VARIABLE.to_owned(), path),
            None => self.environment.remove(VARIABLE),
        };
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::sandbox::Sandbox;

    #[test]
    fn what_is_relative_is_left_out() {
        for (path, expected) in [
            ("/usr/bin:/bin", Some("/usr/bin:/bin")),
            (".:/usr/bin", Some("/usr/bin")),
            (":/usr/bin", Some("/usr/bin")),
            ("/usr/bin:", Some("/usr/bin")),
            ("/usr/bin::/bin", Some("/usr/bin:/bin")),
            ("bin:./x:../y:~/z:/usr/bin", Some("/usr/bin")),
            ("", None),
            (".", None),
            ("::", None),
        ] {
            assert_eq!(absolute(path).as_deref(), expected, "{path:?}");
        }
    }

    #[test]
    fn what_lies_in_a_project_is_left_out() {
        let sandbox = Sandbox::new();
        let project = sandbox.host.current_dir.clone();
        let bin = sandbox.directory("home/work/app/.venv/bin");
        let link = sandbox.top.join("link");
        std::os::unix::fs::symlink(&bin, &link).unwrap();
        let beside = sandbox.directory("home/work/application/bin");
        let within = |path: &str| {
            let mut host = sandbox.host.clone();
            host.environment.insert("PATH".to_owned(), path.to_owned());
            let host = host.without_programs_in(&[&project]);
            host.variable("PATH").map(str::to_owned)
        };
        // One that is not there yet may come to be.
        for planted in [bin.as_str(), link.as_str(), &format!("{project}/later")] {
            let path = format!("{planted}:/usr/bin");
            assert_eq!(within(&path).as_deref(), Some("/usr/bin"), "{path}");
            assert_eq!(within(planted), None);
        }
        assert_eq!(within(beside.as_str()).as_deref(), Some(beside.as_str()));
        let mut host = sandbox.host.clone();
        host.environment.remove("PATH");
        assert_eq!(host.without_programs_in(&[&project]).variable("PATH"), None);
    }

    #[test]
    fn a_relative_entry_finds_no_program() {
        let sandbox = Sandbox::new();
        sandbox.write("home/work/app/docker", "");
        let mut host = sandbox.host.clone();
        for path in [".", "", ":", "x:.:", sandbox.host.current_dir.as_str()] {
            host.environment.insert("PATH".to_owned(), path.to_owned());
            let is_absolute = path.starts_with('/');
            assert_eq!(
                host.find_program("docker").is_some(),
                is_absolute,
                "{path:?}"
            );
        }
    }
}
