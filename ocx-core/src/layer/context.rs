//! The build context of the layer, on disk.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::{LayerDockerfile, skeleton};
use crate::image::RECIPE_REVISION;

/// How the name of a context begins that is being written.
const UNFINISHED: &str = ".new-";

/// How the name of a context begins that is being removed.
const PUT_ASIDE: &str = ".old-";

/// A program that goes into the layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program<'a> {
    /// Its name below `/ocx/bin`.
    pub name: &'static str,
    /// Where it lies on the host.
    pub path: &'a Utf8Path,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: &'a str,
}

/// A build context: a directory with the tree that goes into the layer, and a Dockerfile beside it.
///
/// Paths are made from contents, so that a plan that names them says the same each time. That of the tree is
/// the same for every base: BuildKit knows a context by its path, and asks for nothing again that it has of it
/// already, nor does it keep it twice. As long as this lives, others leave both where they are.
#[derive(Debug)]
pub(crate) struct LayerContext {
    directory: Utf8PathBuf,
    dockerfile: Utf8PathBuf,
    in_use: InUse,
}

impl LayerContext {
    /// Writes the context below `cache_dir`, unless it is there already. The programs are linked
    /// rather than copied where the file system can.
    ///
    /// # Errors
    ///
    /// If a program cannot be read or the context cannot be written.
    pub(crate) fn write(
        cache_dir: &Utf8Path,
        dockerfile: &LayerDockerfile,
        programs: &[Program<'_>],
    ) -> Result<Self, ContextError> {
        let parent = cache_dir.join("contexts");
        let failed = |source| ContextError {
            path: parent.clone(),
            source,
        };
        fs::create_dir_all(&parent).map_err(failed)?;
        let in_use = InUse::begin(cache_dir).map_err(failed)?;
        let directory = parent.join(tree_hash(programs));
        write_once(&directory, "ocx", |root| write_tree(root, programs))?;
        let beside = parent.join(content_hash([dockerfile.as_str()]));
        write_once(&beside, "Dockerfile", |root| {
            write_file(&root.join("Dockerfile"), 0o644, dockerfile.as_str())
        })?;
        Ok(Self {
            directory,
            dockerfile: beside.join("Dockerfile"),
            in_use,
        })
    }

    /// The directory.
    #[must_use]
    pub(crate) fn directory(&self) -> &Utf8Path {
        &self.directory
    }

    /// The Dockerfile, which is not in it.
    #[must_use]
    pub(crate) fn dockerfile(&self) -> &Utf8Path {
        &self.dockerfile
    }

    /// Removes the context when it is no longer needed, unless somebody else is at one. A failure only
    /// leaves it in the cache.
    pub(crate) fn remove(self) {
        if !self.in_use.is_the_last() {
            return;
        }
        // Each as a whole, or a process that is killed meanwhile would leave a part at its place.
        let beside = self.dockerfile.parent();
        for directory in beside.into_iter().chain([self.directory.as_path()]) {
            let _ = put_aside(directory);
        }
    }
}

/// Writes a directory with something in it that is called `content`, unless it is there already.
fn write_once(
    directory: &Utf8Path,
    content: &str,
    write: impl FnOnce(&Utf8Path) -> io::Result<()>,
) -> Result<(), ContextError> {
    let failed = |path: &Utf8Path| {
        let path = path.to_owned();
        move |source| ContextError { path, source }
    };
    let is_there = || directory.join(content).exists();
    if is_there() {
        return Ok(());
    }
    let parent = directory.parent().unwrap_or(directory);
    let unfinished = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempdir_in(parent)
        .map_err(failed(parent))?;
    let root = Utf8Path::from_path(unfinished.path()).expect("a UTF-8 path below a UTF-8 path");
    write(root).map_err(failed(root))?;
    fs::set_permissions(root, fs::Permissions::from_mode(0o755)).map_err(failed(root))?;
    match fs::rename(root, directory) {
        Ok(()) => Ok(()),
        // Another process was faster; what it wrote is the same.
        Err(_) if is_there() => Ok(()),
        // What a process left that was killed while it removed it.
        Err(_) => put_aside(directory)
            .and_then(|_aside| fs::rename(root, directory))
            .map_err(failed(directory)),
    }
}

/// Says to others, as long as it lives, that a context is being written, used or removed.
#[derive(Debug)]
struct InUse {
    lock: fs::File,
}

impl InUse {
    /// If nobody else is at it, what killed processes left half-way is removed first.
    fn begin(cache_dir: &Utf8Path) -> io::Result<Self> {
        let locks = cache_dir.join("locks");
        fs::create_dir_all(&locks)?;
        let lock = fs::File::create(locks.join("contexts.lock"))?;
        if lock.try_lock().is_ok() {
            remove_abandoned(&cache_dir.join("contexts"));
            lock.unlock()?;
        }
        lock.lock_shared()?;
        Ok(Self { lock })
    }

    /// Whether nobody else is at a context; then nobody is until this is dropped.
    fn is_the_last(&self) -> bool {
        self.lock.unlock().is_ok() && self.lock.try_lock().is_ok()
    }
}

/// A failure only leaves them in the cache.
fn remove_abandoned(contexts: &Utf8Path) {
    let entries = contexts.read_dir_utf8().into_iter().flatten().flatten();
    let abandoned = entries.filter(|entry| {
        let name = entry.file_name();
        name.starts_with(UNFINISHED) || name.starts_with(PUT_ASIDE)
    });
    for entry in abandoned {
        let _ = fs::remove_dir_all(entry.path());
    }
}

/// Moves a directory out of its place at once, and removes it when what is returned is dropped.
fn put_aside(directory: &Utf8Path) -> io::Result<tempfile::TempDir> {
    let parent = directory.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let aside = tempfile::Builder::new()
        .prefix(PUT_ASIDE)
        .tempdir_in(parent)?;
    fs::rename(directory, aside.path().join("it"))?;
    Ok(aside)
}

fn write_tree(root: &Utf8Path, programs: &[Program<'_>]) -> io::Result<()> {
    let top = root.join("ocx");
    make_directory(&top, 0o755)?;
    for entry in skeleton::ENTRIES {
        let path = top.join(entry.path);
        match entry.content {
            None => make_directory(&path, entry.mode)?,
            Some(content) => write_file(&path, entry.mode, content)?,
        }
    }
    for program in programs {
        link_program(program.path, &top.join("bin").join(program.name))?;
    }
    Ok(())
}

// Modes are set after the fact: the umask would take bits away, and with 077 the base's own
// directories would become private on the way (tried with both engines).

fn make_directory(path: &Utf8Path, mode: u32) -> io::Result<()> {
    fs::DirBuilder::new().mode(mode).create(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

fn write_file(path: &Utf8Path, mode: u32, content: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    io::Write::write_all(&mut file, content.as_bytes())?;
    file.set_permissions(fs::Permissions::from_mode(mode))
}

fn link_program(source: &Utf8Path, target: &Utf8Path) -> io::Result<()> {
    const MODE: u32 = 0o755;
    let source = source.canonicalize_utf8()?;
    // A link shares the mode, which must not be changed on a file of the user's.
    if fs::metadata(&source)?.permissions().mode() & 0o7777 == MODE
        && fs::hard_link(&source, target).is_ok()
    {
        return Ok(());
    }
    fs::copy(&source, target)?;
    // BuildKit takes a file with another time for another one.
    let time = fs::metadata(&source)?.modified()?;
    fs::File::options()
        .write(true)
        .open(target)?
        .set_modified(time)?;
    fs::set_permissions(target, fs::Permissions::from_mode(MODE))
}

fn tree_hash(programs: &[Program<'_>]) -> String {
    let entries = skeleton::ENTRIES.iter().map(|entry| {
        let content = entry.content.unwrap_or("\0");
        format!("\0{}\0{:o}\0{content}", entry.path, entry.mode)
    });
    let programs = programs.iter();
    let programs = programs.map(|program| format!("\0{}\0{}", program.name, program.sha256));
    content_hash(entries.chain(programs))
}

fn content_hash<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> String {
    let mut hash = Sha256::new();
    hash.update(RECIPE_REVISION.to_le_bytes());
    for part in parts {
        hash.update(part);
    }
    hex::encode(&hash.finalize()[..8])
}

/// A build context could not be written.
#[derive(Debug, thiserror::Error)]
#[error("could not write the build context `{path}`")]
pub struct ContextError {
    /// The file or directory.
    pub path: Utf8PathBuf,
    /// Why not.
    #[source]
    pub source: io::Error,
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn cache() -> (tempfile::TempDir, Utf8PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        (directory, path)
    }

    fn mode(path: &Utf8Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn what_a_killed_process_left_of_one_does_not_keep_it_from_being_written() {
        let (_guard, cache) = cache();
        let dockerfile = LayerDockerfile::new(&"x".parse().unwrap(), "/bin", &[].into()).unwrap();
        let context = LayerContext::write(&cache, &dockerfile, &[]).unwrap();
        fs::remove_file(context.dockerfile()).unwrap();
        fs::remove_dir_all(context.directory().join("ocx")).unwrap();
        drop(context);
        let again = LayerContext::write(&cache, &dockerfile, &[]).unwrap();
        assert!(again.dockerfile().exists() && again.directory().join("ocx").exists());
        again.remove();
        assert_eq!(fs::read_dir(cache.join("contexts")).unwrap().count(), 0);
    }

    #[test]
    fn what_killed_processes_left_half_way_goes_unless_somebody_is_at_it() {
        let (_guard, cache) = cache();
        let contexts = cache.join("contexts");
        let abandoned = [contexts.join(".new-1/ocx"), contexts.join(".old-1/it")];
        let leave = || {
            for directory in &abandoned {
                fs::create_dir_all(directory).unwrap();
            }
        };
        let dockerfile = LayerDockerfile::new(&"x".parse().unwrap(), "/bin", &[].into()).unwrap();
        let other = LayerContext::write(&cache, &dockerfile, &[]).unwrap();
        leave();
        let context = LayerContext::write(&cache, &dockerfile, &[]).unwrap();
        assert!(abandoned.iter().all(|directory| directory.exists()));
        context.remove();
        assert!(other.dockerfile().exists() && other.directory().join("ocx").exists());
        // Nobody else is at one any more.
        for directory in &abandoned {
            fs::remove_dir_all(directory.parent().unwrap()).unwrap();
        }
        other.remove();
        assert_eq!(fs::read_dir(&contexts).unwrap().count(), 0);
        leave();
        LayerContext::write(&cache, &dockerfile, &[]).unwrap();
        assert!(!abandoned.iter().any(|directory| directory.exists()));
    }

    #[test]
    fn holds_the_tree_with_its_modes() {
        let (_guard, cache) = cache();
        let binary = cache.join("opencode");
        fs::write(&binary, "elf").unwrap();
        fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
        let dockerfile = LayerDockerfile::new(&"x".parse().unwrap(), "/bin", &[].into()).unwrap();
        let programs = [Program {
            name: "opencode",
            path: &binary,
            sha256: "1",
        }];
        let context = LayerContext::write(&cache, &dockerfile, &programs).unwrap();
        let top = context.directory().join("ocx");
        assert_eq!(mode(&top), 0o755);
        assert_eq!(mode(&top.join("home/.local/share/opencode")), 0o1777);
        assert_eq!(mode(&top.join("bin/opencode")), 0o755);
        assert_eq!(
            fs::metadata(top.join("bin/opencode")).unwrap().ino(),
            fs::metadata(&binary).unwrap().ino()
        );
        let write = |dockerfile, program| {
            let context = LayerContext::write(&cache, dockerfile, &[program]).unwrap();
            (context.directory.clone(), context.dockerfile.clone())
        };
        let again = write(&dockerfile, programs[0]);
        assert_eq!(
            again,
            (context.directory.clone(), context.dockerfile.clone())
        );
        let other = Program {
            sha256: "2",
            ..programs[0]
        };
        assert_ne!(write(&dockerfile, other).0, context.directory);
        // The tree of every base is in the same place.
        let other = LayerDockerfile::new(&"y".parse().unwrap(), "/bin", &[].into()).unwrap();
        let on_other = write(&other, programs[0]);
        assert_eq!(on_other.0, context.directory);
        assert_ne!(on_other.1, context.dockerfile);
        let directory = context.directory().to_owned();
        context.remove();
        assert!(!directory.exists() && binary.exists());
    }

    #[test]
    fn a_program_with_another_mode_is_copied_and_left_as_it_is() {
        let (_guard, cache) = cache();
        let binary = cache.join("own");
        fs::write(&binary, "elf").unwrap();
        fs::set_permissions(&binary, fs::Permissions::from_mode(0o700)).unwrap();
        let dockerfile = LayerDockerfile::new(&"x".parse().unwrap(), "/bin", &[].into()).unwrap();
        let programs = [Program {
            name: "opencode",
            path: &binary,
            sha256: "1",
        }];
        let context = LayerContext::write(&cache, &dockerfile, &programs).unwrap();
        assert_eq!(mode(&context.directory().join("ocx/bin/opencode")), 0o755);
        assert_eq!(mode(&binary), 0o700);
        let time = |path: &Utf8Path| fs::metadata(path).unwrap().modified().unwrap();
        let copy = context.directory().join("ocx/bin/opencode");
        assert_eq!(time(&copy), time(&binary));
    }

    #[test]
    fn a_missing_program_leaves_nothing() {
        let (_guard, cache) = cache();
        let dockerfile = LayerDockerfile::new(&"x".parse().unwrap(), "/bin", &[].into()).unwrap();
        let programs = [Program {
            name: "opencode",
            path: &cache.join("none"),
            sha256: "1",
        }];
        assert!(LayerContext::write(&cache, &dockerfile, &programs).is_err());
        assert_eq!(fs::read_dir(cache.join("contexts")).unwrap().count(), 0);
    }
}
