//! What is in a base image, read off its files and configuration without running anything in it.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use super::variables;
use crate::{host::Arch, image::ImageReference, opencode::Libc, runtime::ImageInfo};

/// Raised when something else is probed, so that remembered probes are made anew.
pub(crate) const PROBED_PATHS_REVISION: u32 = 3;

/// The search path of a container whose image sets none, as both engines fill it in.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const PASSWD: &str = "/etc/passwd";
const GROUP: &str = "/etc/group";
const OS_RELEASE: &str = "/etc/os-release";
const SHELL: &str = "/bin/sh";
const BASH: &str = "/bin/bash";

/// Libraries that opencode's musl build is linked with and that a bare Alpine lacks.
const MUSL_LIBRARIES: [&str; 2] = ["libstdc++.so.6", "libgcc_s.so.1"];
const LIBRARY_DIRECTORIES: [&str; 2] = ["/usr/lib", "/lib"];

/// What ocx needs to know of a base image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseProbe {
    /// Its architecture.
    pub arch: Arch,
    /// The C library that opencode will use.
    pub libc: Libc,
    /// Its `/etc/passwd`, empty if it has none.
    pub passwd: String,
    /// Its `/etc/group`, empty if it has none.
    pub group: String,
    /// What it calls itself, such as `Debian GNU/Linux 12 (bookworm)`.
    pub os_name: Option<String>,
    /// The shell for the user: `/bin/bash`, `/bin/sh`, or none.
    pub shell: Option<Utf8PathBuf>,
    /// The search path that it sets, or the default one.
    pub path: String,
    /// Variables that it sets and that say where programs keep something, or whom they trust.
    pub variables: BTreeMap<String, String>,
    /// Its entry point; empty if it has none.
    pub entrypoint: Vec<String>,
}

/// The files to be read for a probe of an image of this architecture.
#[must_use]
pub(crate) fn probed_paths(arch: Arch) -> Vec<Utf8PathBuf> {
    let mut paths: Vec<Utf8PathBuf> = [
        PASSWD,
        GROUP,
        OS_RELEASE,
        SHELL,
        BASH,
        glibc_loader(arch),
        musl_loader(arch),
    ]
    .map(Utf8PathBuf::from)
    .to_vec();
    paths.extend(musl_library_paths());
    paths
}

/// Splits the [probed paths](probed_paths) into those that are read of every image, and those that
/// matter only [where musl's loader is](has_musl_loader).
#[must_use]
pub(crate) fn probed_paths_in_parts(arch: Arch) -> (Vec<Utf8PathBuf>, Vec<Utf8PathBuf>) {
    let mut all = probed_paths(arch);
    let libraries = all.split_off(all.len() - musl_library_paths().count());
    (all, libraries)
}

/// Whether the loader of musl is among these files of an image, in the order of their [paths](probed_paths).
#[must_use]
pub(crate) fn has_musl_loader(arch: Arch, files: &[Option<Vec<u8>>]) -> bool {
    let mut both = probed_paths(arch).into_iter().zip(files);
    both.any(|(path, file)| path == musl_loader(arch) && file.is_some())
}

fn musl_library_paths() -> impl Iterator<Item = Utf8PathBuf> {
    MUSL_LIBRARIES.iter().flat_map(|library| {
        LIBRARY_DIRECTORIES
            .iter()
            .map(move |directory| Utf8PathBuf::from(format!("{directory}/{library}")))
    })
}

/// The interpreter in opencode's glibc build (`readelf -l`, 1.18.33).
fn glibc_loader(arch: Arch) -> &'static str {
    match arch {
        Arch::X64 => "/lib64/ld-linux-x86-64.so.2",
        Arch::Arm64 => "/lib/ld-linux-aarch64.so.1",
    }
}

fn musl_loader(arch: Arch) -> &'static str {
    match arch {
        Arch::X64 => "/lib/ld-musl-x86_64.so.1",
        Arch::Arm64 => "/lib/ld-musl-aarch64.so.1",
    }
}

impl BaseProbe {
    /// The architecture of an image, if opencode is published for it and the engine's machine can
    /// run it.
    ///
    /// # Errors
    ///
    /// If it is no Linux image, or of another architecture than `machine`.
    pub fn architecture(
        base: &ImageReference,
        image: &ImageInfo,
        machine: Arch,
    ) -> Result<Arch, ProbeError> {
        if image.os != "linux" {
            return Err(ProbeError::NotLinux {
                base: base.clone(),
                os: image.os.clone(),
            });
        }
        match Arch::from_engine_name(&image.architecture) {
            Some(arch) if arch == machine => Ok(arch),
            _ => Err(ProbeError::ForeignArchitecture {
                base: base.clone(),
                image: image.architecture.clone(),
                machine: machine.engine_name(),
            }),
        }
    }

    /// Makes a probe from an image's configuration and the probed files, given in
    /// their order.
    ///
    /// # Errors
    ///
    /// If opencode cannot run in the image: it has no C library, or lacks libraries of the musl
    /// build.
    pub(crate) fn from_files(
        base: &ImageReference,
        image: &ImageInfo,
        arch: Arch,
        files: Vec<Option<Vec<u8>>>,
    ) -> Result<Self, ProbeError> {
        let contents = BaseContents::read(base, image, arch, files);
        Ok(Self {
            arch,
            libc: contents.libc?,
            passwd: contents.passwd,
            group: contents.group,
            os_name: contents.os_name,
            shell: contents.shell,
            path: contents.path,
            variables: variables::known(image),
            entrypoint: image.entrypoint.clone(),
        })
    }
}

/// What is in an image, whether opencode can run there or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseContents {
    /// The C library that opencode would use, or why there is none.
    pub libc: Result<Libc, ProbeError>,
    /// Its `/etc/passwd`, empty if it has none.
    pub passwd: String,
    /// Its `/etc/group`, empty if it has none.
    pub group: String,
    /// What it calls itself.
    pub os_name: Option<String>,
    /// The shell for the user.
    pub shell: Option<Utf8PathBuf>,
    /// The search path that it sets, or the default one.
    pub path: String,
}

impl BaseContents {
    /// Reads an image's configuration and the probed files, given in their order.
    #[must_use]
    pub fn read(
        base: &ImageReference,
        image: &ImageInfo,
        arch: Arch,
        files: Vec<Option<Vec<u8>>>,
    ) -> Self {
        let files: Vec<(Utf8PathBuf, Option<Vec<u8>>)> =
            probed_paths(arch).into_iter().zip(files).collect();
        let content = |path: &str| {
            files
                .iter()
                .find(|(probed, _)| probed == path)
                .and_then(|(_, content)| content.as_deref())
        };
        let has = |path: &str| content(path).is_some();
        let text =
            |path: &str| content(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let os_release = text(OS_RELEASE).unwrap_or_default();
        Self {
            libc: libc(base, arch, is_alpine(&os_release), has),
            passwd: text(PASSWD).unwrap_or_default(),
            group: text(GROUP).unwrap_or_default(),
            os_name: os_release_value(&os_release, "PRETTY_NAME"),
            shell: [BASH, SHELL]
                .into_iter()
                .find(|shell| has(shell))
                .map(Utf8PathBuf::from),
            path: image
                .variable("PATH")
                .filter(|path| !path.is_empty())
                .unwrap_or(DEFAULT_PATH)
                .to_owned(),
        }
    }
}

/// The C library that opencode would use in an image that has these files.
fn libc(
    base: &ImageReference,
    arch: Arch,
    alpine: bool,
    has: impl Fn(&str) -> bool,
) -> Result<Libc, ProbeError> {
    match (has(glibc_loader(arch)), has(musl_loader(arch))) {
        (true, false) => return Ok(Libc::Glibc),
        // Alpine's `gcompat` installs a loader of glibc's name that opencode does not run with;
        // Debian's `musl` package installs musl's beside a full glibc.
        (true, true) if !alpine => return Ok(Libc::Glibc),
        (_, true) => {}
        (false, false) => {
            return Err(ProbeError::NoLibc {
                base: base.clone(),
                loaders: [glibc_loader(arch), musl_loader(arch)],
            });
        }
    }
    let missing: Vec<&'static str> = MUSL_LIBRARIES
        .into_iter()
        .filter(|library| {
            !LIBRARY_DIRECTORIES
                .iter()
                .any(|directory| has(&format!("{directory}/{library}")))
        })
        .collect();
    if missing.is_empty() {
        Ok(Libc::Musl)
    } else {
        Err(ProbeError::MuslLibraries {
            base: base.clone(),
            missing,
        })
    }
}

fn is_alpine(os_release: &str) -> bool {
    ["ID", "ID_LIKE"]
        .iter()
        .filter_map(|name| os_release_value(os_release, name))
        .any(|value| value.split_whitespace().any(|word| word == "alpine"))
}

/// A value of `os-release`, <https://www.freedesktop.org/software/systemd/man/os-release.html>.
fn os_release_value(text: &str, name: &str) -> Option<String> {
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.trim().trim_matches(['"', '\'']).to_owned())
}

/// Why opencode cannot run in a base image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// It is for another operating system.
    #[error("base image `{base}` is for {os}, and opencode runs in Linux images only")]
    NotLinux {
        /// The base.
        base: ImageReference,
        /// Its operating system.
        os: String,
    },
    /// It is for another architecture.
    #[error("base image `{base}` is for {image}, but this machine is {machine}")]
    ForeignArchitecture {
        /// The base.
        base: ImageReference,
        /// Its architecture, in engines' words.
        image: String,
        /// The machine's architecture, in engines' words.
        machine: &'static str,
    },
    /// It has no C library.
    #[error("base image `{base}` has no C library: neither {} nor {} is in it", .loaders[0], .loaders[1])]
    NoLibc {
        /// The base.
        base: ImageReference,
        /// The loaders that were looked for.
        loaders: [&'static str; 2],
    },
    /// It has musl, but not what opencode's musl build is linked with.
    #[error("base image `{base}` lacks {}, which opencode needs with musl", .missing.join(" and "))]
    MuslLibraries {
        /// The base.
        base: ImageReference,
        /// Names of the missing libraries.
        missing: Vec<&'static str>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn image(environment: &[&str]) -> ImageInfo {
        let environment = environment.iter().map(|&line| line.to_owned()).collect();
        ImageInfo {
            environment,
            ..testing::image_info()
        }
    }

    fn probe(environment: &[&str], present: &[(&str, &str)]) -> Result<BaseProbe, ProbeError> {
        let files = probed_paths(Arch::X64)
            .iter()
            .map(|path| {
                present
                    .iter()
                    .find(|(name, _)| path == name)
                    .map(|(_, text)| text.as_bytes().to_vec())
            })
            .collect();
        BaseProbe::from_files(
            &"base".parse().unwrap(),
            &image(environment),
            Arch::X64,
            files,
        )
    }

    const GLIBC: (&str, &str) = ("/lib64/ld-linux-x86-64.so.2", "");
    const MUSL: (&str, &str) = ("/lib/ld-musl-x86_64.so.1", "");
    const ALPINE: (&str, &str) = ("/etc/os-release", "NAME=\"Alpine\"\nID=alpine\n");
    const LIBRARIES: [(&str, &str); 2] =
        [("/usr/lib/libstdc++.so.6", ""), ("/lib/libgcc_s.so.1", "")];

    #[test]
    fn nothing_but_glibc() {
        let probe = probe(&[], &[GLIBC]).unwrap();
        assert_eq!(
            (probe.libc, probe.shell, probe.passwd.as_str()),
            (Libc::Glibc, None, "")
        );
        assert_eq!(probe.path, DEFAULT_PATH);
    }

    #[test]
    fn the_base_sets_its_own_path() {
        assert_eq!(
            probe(&["PATH=/opt/bin:bin"], &[GLIBC]).unwrap().path,
            "/opt/bin:bin"
        );
        assert_eq!(probe(&["PATH="], &[GLIBC]).unwrap().path, DEFAULT_PATH);
    }

    #[test]
    fn which_libc() {
        let with = |more: &[(&'static str, &'static str)]| {
            probe(&[], &[more, &LIBRARIES].concat()).map(|probe| probe.libc)
        };
        assert_eq!(with(&[MUSL, ALPINE]), Ok(Libc::Musl));
        assert_eq!(with(&[MUSL, GLIBC, ALPINE]), Ok(Libc::Musl));
        assert_eq!(with(&[MUSL, GLIBC]), Ok(Libc::Glibc));
        assert!(matches!(with(&[]), Err(ProbeError::NoLibc { .. })));
    }

    #[test]
    fn a_bare_alpine_lacks_libraries() {
        let error = probe(&[], &[MUSL, ALPINE, LIBRARIES[1]]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "base image `base` lacks libstdc++.so.6, which opencode needs with musl"
        );
    }

    #[test]
    fn another_machine_or_system() {
        let base = "base".parse().unwrap();
        let mut image = image(&[]);
        assert_eq!(
            BaseProbe::architecture(&base, &image, Arch::X64),
            Ok(Arch::X64)
        );
        assert!(BaseProbe::architecture(&base, &image, Arch::Arm64).is_err());
        image.architecture = "riscv64".to_owned();
        assert!(BaseProbe::architecture(&base, &image, Arch::X64).is_err());
        image.os = "windows".to_owned();
        assert!(matches!(
            BaseProbe::architecture(&base, &image, Arch::X64),
            Err(ProbeError::NotLinux { .. })
        ));
    }

    #[test]
    fn musls_libraries_are_read_where_its_loader_is() {
        for arch in [Arch::X64, Arch::Arm64] {
            let (first, libraries) = probed_paths_in_parts(arch);
            assert_eq!([&first[..], &libraries].concat(), probed_paths(arch));
            assert!(libraries.contains(&"/usr/lib/libstdc++.so.6".into()));
            let with = |loader: &str| {
                let file = |path: &Utf8PathBuf| (path == loader).then(Vec::new);
                first.iter().map(file).collect::<Vec<_>>()
            };
            assert!(has_musl_loader(arch, &with(musl_loader(arch))));
            assert!(!has_musl_loader(arch, &with(glibc_loader(arch))));
        }
    }
}
