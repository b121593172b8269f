//! Copying into a clone what Git does not track.

use std::{fs, io, time::SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

use super::{CloneError, selection::Selection};

/// Copies `paths` of `from` to the same places in `to`, both below the top of a repository by `prefix`.
/// What is there already stays, what is hidden is left out, and links are copied as links. On file
/// systems that can do so the copies share their blocks.
///
/// Returns those that were there to be copied.
pub(crate) fn copy(
    paths: &[Utf8PathBuf],
    from: &Utf8Path,
    to: &Utf8Path,
    prefix: &Utf8Path,
    selection: &Selection,
) -> Result<Vec<Utf8PathBuf>, CloneError> {
    let mut copied = Vec::new();
    for path in paths {
        let source = from.join(path);
        // A link on the way may lead out of the project.
        if source
            .parent()
            .and_then(|parent| parent.canonicalize_utf8().ok())
            != Some(source.parent().unwrap_or(from).to_owned())
        {
            continue;
        }
        if source.symlink_metadata().is_err() || selection.hides(prefix.join(path).as_std_path()) {
            continue;
        }
        let target = to.join(path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(CloneError::file(parent))?;
        }
        copy_one(&source, &target, &prefix.join(path), selection)?;
        copied.push(path.clone());
    }
    Ok(copied)
}

fn copy_one(
    source: &Utf8Path,
    target: &Utf8Path,
    path: &Utf8Path,
    selection: &Selection,
) -> Result<(), CloneError> {
    if selection.hides(path.as_std_path()) {
        return Ok(());
    }
    let metadata = source
        .symlink_metadata()
        .map_err(CloneError::file(source))?;
    if metadata.is_dir() {
        match fs::create_dir(target) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made.map_err(CloneError::file(target))?,
        }
        for entry in source.read_dir_utf8().map_err(CloneError::file(source))? {
            // A name that is not UTF-8 stays where it is.
            let Ok(entry) = entry else { continue };
            let name = entry.file_name();
            copy_one(
                entry.path(),
                &target.join(name),
                &path.join(name),
                selection,
            )?;
        }
        return Ok(());
    }
    if target.symlink_metadata().is_ok() {
        return Ok(());
    }
    if metadata.is_symlink() {
        let to = fs::read_link(source).map_err(CloneError::file(source))?;
        return std::os::unix::fs::symlink(to, target).map_err(CloneError::file(target));
    }
    if !metadata.is_file() {
        return Ok(());
    }
    fs::copy(source, target).map_err(CloneError::file(source))?;
    keep_time(target, metadata.modified());
    Ok(())
}

/// Builds look at the times of what they made. A failure only makes them build again.
fn keep_time(target: &Utf8Path, modified: io::Result<SystemTime>) {
    if let (Ok(file), Ok(modified)) = (fs::File::open(target), modified) {
        let _ = file.set_modified(modified);
    }
}

/// Lines for Git by which it ignores exactly these paths.
pub(crate) fn exclude_lines(paths: &[Utf8PathBuf]) -> String {
    paths
        .iter()
        .map(|path| {
            let mut line = "/".to_owned();
            for character in path.as_str().chars() {
                if matches!(character, '*' | '?' | '[' | ']' | '\\' | ' ' | '!' | '#') {
                    line.push('\\');
                }
                line.push(character);
            }
            line + "\n"
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_copied_as_links_and_what_is_hidden_is_left_out() {
        let directory = tempfile::tempdir().unwrap();
        let top = Utf8Path::from_path(directory.path())
            .unwrap()
            .canonicalize_utf8()
            .unwrap();
        let (from, to) = (top.join("from"), top.join("to"));
        for path in ["deps/a", "deps/secret/key", "other", "tracked/x"] {
            fs::create_dir_all(from.join(path).parent().unwrap()).unwrap();
            fs::write(from.join(path), path).unwrap();
        }
        let old = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        fs::File::open(from.join("deps/a"))
            .unwrap()
            .set_modified(old)
            .unwrap();
        fs::write(top.join("outside"), "secret").unwrap();
        std::os::unix::fs::symlink("../../outside", from.join("deps/link")).unwrap();
        std::os::unix::fs::symlink(&top, from.join("out")).unwrap();
        fs::create_dir_all(to.join("tracked")).unwrap();
        fs::write(to.join("tracked/x"), "checked out").unwrap();
        let paths = ["deps", "none", "out/outside", "tracked"].map(Utf8PathBuf::from);
        let selection = Selection::new(
            None,
            ["sub/deps/secret".into()],
            crate::hidden::Patterns::new(&[]),
        );
        let copied = copy(&paths, &from, &to, "sub".into(), &selection).unwrap();
        assert_eq!(copied, ["deps", "tracked"]);
        assert_eq!(fs::read_to_string(to.join("deps/a")).unwrap(), "deps/a");
        assert_eq!(
            fs::metadata(to.join("deps/a")).unwrap().modified().unwrap(),
            old
        );
        assert!(
            fs::symlink_metadata(to.join("deps/link"))
                .unwrap()
                .is_symlink()
        );
        assert!(!to.join("deps/secret").exists() && !to.join("other").exists());
        assert!(!to.join("out").exists());
        assert_eq!(
            fs::read_to_string(to.join("tracked/x")).unwrap(),
            "checked out"
        );
    }

    #[test]
    fn names_are_no_patterns() {
        let paths = ["a b", "[x]*", "node_modules"].map(Utf8PathBuf::from);
        assert_eq!(
            exclude_lines(&paths),
            "/a\\ b\n/\\[x\\]\\*\n/node_modules\n"
        );
    }
}
