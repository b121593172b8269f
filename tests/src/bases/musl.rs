//! Base images with musl, made of Debian's packages and of what a wheel on PyPI brings along.
//!
//! Debian has musl and a static BusyBox, but no C++ library for musl. Wheels for Alpine carry theirs.

use std::{fs, io::Read, process::Command};

use camino::{Utf8Path, Utf8PathBuf};

use super::{import, once};
use crate::{cache, engine::Engine, sandbox::find_program};

/// A wheel that carries `libstdc++` and `libgcc_s`.
const WHEEL: &str = "shapely==2.1.2";

/// What BusyBox is called by.
const APPLETS: [&str; 8] = ["sh", "cat", "echo", "env", "id", "ls", "mkdir", "touch"];

/// Which musl a base has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Musl {
    /// 1.2.5, on which opencode runs.
    Current,
    /// 1.2.3, on which it does not.
    TooOld,
}

impl Musl {
    /// The release of Debian that has it.
    fn release(self) -> &'static str {
        match self {
            Self::Current => "trixie",
            Self::TooOld => "bookworm",
        }
    }
}

/// musl with the two libraries that opencode needs, and a shell.
#[must_use]
pub fn musl(engine: &Engine) -> String {
    once(engine, "musl", |name| {
        make(engine, name, Musl::Current, &libraries());
    })
}

/// musl and a shell, and no further library.
#[must_use]
pub fn musl_alone(engine: &Engine) -> String {
    once(engine, "musl-alone", |name| {
        make(engine, name, Musl::Current, &[]);
    })
}

/// Like [`musl`], of a version on which opencode crashes.
#[must_use]
pub fn musl_too_old(engine: &Engine) -> String {
    once(engine, "musl-too-old", |name| {
        make(engine, name, Musl::TooOld, &libraries());
    })
}

/// A static BusyBox and no C library at all.
#[must_use]
pub fn busybox_alone(engine: &Engine) -> String {
    once(engine, "busybox-alone", |name| {
        let mut tar = Tree::new();
        tar.busybox(&package_file(Musl::Current, "bin/busybox"));
        import(engine, &tar.finish(), name, &["ENV PATH=/bin"]);
    })
}

fn make(engine: &Engine, name: &str, musl: Musl, libraries: &[Utf8PathBuf]) {
    let arch = std::env::consts::ARCH;
    let mut tar = Tree::new();
    tar.busybox(&package_file(musl, "bin/busybox"));
    let loader = format!("ld-musl-{arch}.so.1");
    tar.file(
        &format!("lib/{loader}"),
        0o755,
        &package_file(musl, &format!("lib/{arch}-linux-musl/libc.so")),
    );
    tar.link(&format!("lib/libc.musl-{arch}.so.1"), &loader);
    tar.file("etc/passwd", 0o644, b"root:x:0:0:root:/root:/bin/sh\n");
    for library in libraries {
        let file = library.file_name().expect("libraries have names");
        let content = fs::read(library).unwrap_or_else(|error| panic!("{library}: {error}"));
        // Wheels rename what they carry, and the C++ library asks for the other by that name.
        let soname = if file.starts_with("libstdc++") {
            "libstdc++.so.6"
        } else {
            "libgcc_s.so.1"
        };
        tar.file(&format!("usr/lib/{file}"), 0o755, &content);
        tar.link(&format!("usr/lib/{soname}"), file);
    }
    import(engine, &tar.finish(), name, &["ENV PATH=/bin"]);
}

/// A file of the packages `musl` and `busybox-static`; it lies below `/usr` in newer releases.
fn package_file(musl: Musl, path: &str) -> Vec<u8> {
    let archive = packages(musl).unwrap_or_else(|error| panic!("no musl: {error}"));
    let archive = fs::File::open(&archive).unwrap_or_else(|error| panic!("{archive}: {error}"));
    let mut archive = tar::Archive::new(archive);
    for entry in archive.entries().expect("mmdebstrap writes archives") {
        let mut entry = entry.expect("mmdebstrap writes archives");
        let found = entry.path().expect("names are UTF-8").into_owned();
        let found = found.strip_prefix("./").unwrap_or(&found);
        if found.strip_prefix("usr").unwrap_or(found) == Utf8Path::new(path)
            && entry.header().entry_type().is_file()
        {
            let mut content = Vec::new();
            entry
                .read_to_end(&mut content)
                .expect("the archive is whole");
            return content;
        }
    }
    panic!("no {path} in Debian's packages");
}

/// An archive of what the two packages hold, fetched once (4 s).
fn packages(musl: Musl) -> Result<Utf8PathBuf, String> {
    let release = musl.release();
    let tar = cache::directory("bases").join(format!("musl-{release}.tar"));
    cache::file(&tar, |unfinished| {
        let program = find_program("mmdebstrap").ok_or(
            "mmdebstrap is missing; `apt-get install mmdebstrap`, or let `cargo xtask test` do it",
        )?;
        run(Command::new(program)
            .args(["--variant=extract", "--include=musl,busybox-static"])
            .args(["--format=tar", release])
            .arg(unfinished))
    })?;
    Ok(tar)
}

/// The C++ library and what it needs, fetched once.
fn libraries() -> Vec<Utf8PathBuf> {
    let directory = cache::directory("bases").join("musl-libraries");
    cache::file(&directory, fetch_libraries)
        .unwrap_or_else(|error| panic!("no libraries: {error}"));
    directory
        .read_dir_utf8()
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .unwrap_or_else(|error| panic!("{directory}: {error}"))
        .into_iter()
        .map(camino::Utf8DirEntry::into_path)
        .collect()
}

fn fetch_libraries(to: &Utf8Path) -> Result<(), String> {
    let python = find_program("python3").ok_or(
        "python3 with pip is missing; `apt-get install python3-pip`, or let `cargo xtask test` do it",
    )?;
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let platform = format!("musllinux_1_2_{}", std::env::consts::ARCH);
    run(Command::new(&python)
        .args(["-m", "pip", "download", "--quiet", "--no-deps"])
        .args(["--only-binary=:all:", "--python-version=3.12"])
        .args(["--platform", &platform, "--dest"])
        .arg(scratch.path())
        .arg(WHEEL))?;
    let wheel = fs::read_dir(scratch.path())
        .ok()
        .and_then(|mut entries| entries.next()?.ok())
        .ok_or("pip fetched nothing")?;
    let unpacked = scratch.path().join("unpacked");
    run(Command::new(&python)
        .args(["-m", "zipfile", "--extract"])
        .arg(wheel.path())
        .arg(&unpacked))?;
    let failed = |error: std::io::Error| format!("{to}: {error}");
    let _ = fs::remove_dir_all(to);
    fs::create_dir(to).map_err(failed)?;
    for entry in fs::read_dir(unpacked.join("shapely.libs")).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("libstdc++") || name.starts_with("libgcc_s") {
            fs::copy(entry.path(), to.join(name)).map_err(failed)?;
        }
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| format!("{name} cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name} failed: {}", stderr.trim()))
}

/// A file system to be imported.
struct Tree(tar::Builder<Vec<u8>>);

impl Tree {
    fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    fn busybox(&mut self, program: &[u8]) {
        self.file("bin/busybox", 0o755, program);
        for applet in APPLETS {
            self.link(&format!("bin/{applet}"), "busybox");
        }
    }

    fn file(&mut self, path: &str, mode: u32, content: &[u8]) {
        let mut header = tar::Header::new_gnu();
        header.set_mode(mode);
        header.set_size(content.len() as u64);
        self.0
            .append_data(&mut header, path, content)
            .expect("memory is writable");
    }

    fn link(&mut self, path: &str, target: &str) {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_mode(0o777);
        header.set_size(0);
        self.0
            .append_link(&mut header, path, target)
            .expect("memory is writable");
    }

    fn finish(self) -> Vec<u8> {
        self.0.into_inner().expect("memory is writable")
    }
}
