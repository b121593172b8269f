//! How values of a container's variables reach the engine's client without standing in its command
//! line, and without the client obeying them.
//!
//! An engine takes the value of `--env NAME` from the environment of its client. But the client obeys
//! variables itself: where its engine is, what its dynamic linker loads, what a shell reads that stands
//! in its place. Nobody has the whole list, and the values may be a project's. So that way is for what
//! the client has anyway. All else stands in a file that only the user may read and that goes with the
//! client: `--env-file`.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write as _},
    time::Duration,
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{CliRuntime, Dialect, Invocation, client_variables};
use crate::runtime::RuntimeError;

/// The end of a file's name, before it is locked and afterwards.
const NEW: &str = ".new";
const VARIABLES: &str = "variables";

/// Engines read such files by lines of at most 64 KiB (Go's `bufio.Scanner`; Docker 28.2, Podman 5).
const LONGEST_LINE: usize = 60 * 1024;

/// A file that is not locked yet is so for a moment.
const ABANDONED_AFTER: Duration = Duration::from_secs(60 * 60);

/// A file with variables. It is locked while this process lives, and removed when this is dropped.
#[derive(Debug)]
pub(super) struct VariablesFile {
    path: Utf8PathBuf,
    _locked: File,
}

impl VariablesFile {
    fn write(directory: &Utf8Path, content: &str) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        // Temporary files have the mode 0600. It gets its name when it is locked, and its content after
        // that, so that another process takes it for left over at no time.
        let new = tempfile::Builder::new()
            .prefix("")
            .suffix(NEW)
            .tempfile_in(directory)?;
        new.as_file().try_lock()?;
        let path = Utf8Path::from_path(new.path())
            .ok_or(io::ErrorKind::InvalidFilename)?
            .with_extension(VARIABLES);
        let file = new.persist_noclobber(&path).map_err(|error| error.error)?;
        let mut written = Self {
            path,
            _locked: file,
        };
        written._locked.write_all(content.as_bytes())?;
        Ok(written)
    }
}

impl Drop for VariablesFile {
    fn drop(&mut self) {
        // What cannot be removed, the next process removes.
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes the files of processes that are gone.
fn remove_left_over(directory: &Utf8Path) {
    let entries = directory.read_dir_utf8().into_iter().flatten().flatten();
    for path in entries.map(camino::Utf8DirEntry::into_path) {
        let is_new = path.as_str().ends_with(NEW);
        if !is_new && path.extension() != Some(VARIABLES) {
            continue;
        }
        let Ok(file) = File::open(&path) else {
            continue;
        };
        let modified = file.metadata().and_then(|file| file.modified());
        let age = modified.ok().and_then(|time| time.elapsed().ok());
        let is_old = age.is_some_and(|age| age > ABANDONED_AFTER);
        if file.try_lock().is_ok() && (!is_new || is_old) {
            let _ = fs::remove_file(&path);
        }
    }
}

/// On which ways variables reach the client.
#[derive(Debug, Default, PartialEq, Eq)]
struct Ways<'a> {
    /// In a file: the lines of it.
    file: BTreeMap<&'a str, &'a str>,
    /// In the environment of the client.
    client: BTreeMap<&'a str, &'a str>,
}

/// A variable that reaches the client on no way.
#[derive(Debug, PartialEq, Eq)]
struct NoWay<'a>(&'a str);

/// Divides `variables` for a client with this `environment`.
fn divide<'a>(
    variables: &'a BTreeMap<String, String>,
    environment: &BTreeMap<String, String>,
    has_file: bool,
) -> Result<Ways<'a>, NoWay<'a>> {
    let mut ways = Ways::default();
    for (name, value) in variables {
        // Podman takes a name with a star for a pattern of names.
        let is_pattern = name.ends_with('*');
        if environment.get(name) == Some(value) && !is_pattern {
            continue;
        }
        if has_file && fits_a_line(name, value) {
            ways.file.insert(name, value);
        } else if is_pattern || may_steer(name) {
            return Err(NoWay(name));
        } else {
            ways.client.insert(name, value);
        }
    }
    Ok(ways)
}

/// Whether engines read the variable back from a line as it is. They take off a mark of byte order,
/// what comes before the name, and a carriage return at the end.
fn fits_a_line(name: &str, value: &str) -> bool {
    !name.starts_with(['#', '\u{feff}'])
        && !value.contains(['\n', '\r'])
        && name.len() + value.len() < LONGEST_LINE
}

/// Beginnings of further names that a client may obey, or its linker, or a script in its place. A build
/// may have an argument such as `GO_VERSION` or `TZ`; here it costs little to be careful.
const FURTHER_PREFIXES: [&str; 9] = [
    "BASH",
    "CNI_",
    "CONTAINER",
    "GCONV_",
    "GO",
    "NETAVARK_",
    "PYTHON",
    "TERMINFO",
    "TZ",
];

fn may_steer(name: &str) -> bool {
    let bare = name.trim_start_matches('_').to_ascii_uppercase();
    client_variables::is_known(name)
        || client_variables::is_known(&bare)
        || FURTHER_PREFIXES
            .iter()
            .any(|prefix| bare.starts_with(prefix))
}

/// The command that takes the variables `from_file` out of that file.
fn with_file(
    mut invocation: Invocation,
    file: &Utf8Path,
    from_file: &BTreeMap<&str, &str>,
) -> Invocation {
    for name in from_file.keys() {
        // The first one is ocx's; what follows may be the program's own arguments.
        let place = invocation
            .args
            .windows(2)
            .position(|pair| pair[0] == "--env" && pair[1] == **name);
        if let Some(place) = place {
            invocation.args.drain(place..place + 2);
        }
    }
    let option = ["--env-file".to_owned(), file.to_string()];
    invocation.args.splice(1..1, option);
    invocation
}

impl<D: Dialect> CliRuntime<D> {
    /// The command as it is run, with a way for each of its [`variables`](Invocation::variables). The
    /// file goes when the command has ended.
    pub(super) fn hand_over(
        &self,
        invocation: &Invocation,
    ) -> Result<(Invocation, Option<VariablesFile>), RuntimeError> {
        let mut command = invocation.clone();
        command.variables.clear();
        let directory = self.records_directory();
        if let Some(directory) = &directory {
            remove_left_over(directory);
        }
        let environment = &self.client.environment;
        let ways = divide(&invocation.variables, environment, directory.is_some())
            .map_err(|NoWay(name)| self.no_way(name))?;
        let own = ways.client.iter();
        command
            .environment
            .extend(own.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let Some(directory) = directory.filter(|_| !ways.file.is_empty()) else {
            return Ok((command, None));
        };
        let lines = ways.file.iter();
        let content: String = lines
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect();
        let file = VariablesFile::write(&directory, &content).map_err(|source| {
            RuntimeError::VariablesFile {
                directory: directory.clone(),
                source,
            }
        })?;
        Ok((with_file(command, &file.path, &ways.file), Some(file)))
    }

    fn no_way(&self, name: &str) -> RuntimeError {
        RuntimeError::Unsupported {
            engine: self.dialect.name(),
            feature: format!("the value of the variable `{name}`"),
            remedy: format!(
                "the engine's own program could obey `{name}`, so its value has to be one line of \
                 less than {LONGEST_LINE} bytes"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let own = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        pairs.iter().map(own).collect()
    }

    #[test]
    fn each_value_gets_the_way_on_which_the_client_does_not_obey_it() {
        let client = map(&[("KEY", "of the host"), ("PATH", "/bin")]);
        let long = "x".repeat(LONGEST_LINE);
        let variables = map(&[
            ("KEY", "of the host"),
            ("PATH", "/project"),
            ("DOCKER_HOST", "tcp://elsewhere"),
            ("EMPTY", ""),
            ("PEM", "a\nb"),
            ("LONG", &long),
            ("CR", "a\r"),
            ("#ODD", "x"),
            ("QUOTES", " \"it's\" # $HOME \\ "),
            ("STAR*", "x"),
        ]);
        let ways = divide(&variables, &client, true).unwrap();
        let file: Vec<&str> = ways.file.keys().copied().collect();
        assert_eq!(file, ["DOCKER_HOST", "EMPTY", "PATH", "QUOTES", "STAR*"]);
        let own: Vec<&str> = ways.client.keys().copied().collect();
        assert_eq!(own, ["#ODD", "CR", "LONG", "PEM"]);
    }

    #[test]
    fn a_client_is_never_steered() {
        for name in [
            "PATH",
            "HOME",
            "DOCKER_HOST",
            "DOCKER_CONFIG",
            "CONTAINERS_CONF",
            "CONTAINER_HOST",
            "_CONTAINERS_USERNS_CONFIGURED",
            "LD_PRELOAD",
            "XDG_RUNTIME_DIR",
            "http_proxy",
            "HTTPS_PROXY",
            "BASH_ENV",
            "BASH_FUNC_x%%",
            "ENV",
            "SSL_CERT_FILE",
            "GODEBUG",
            "TMPDIR",
            "STORAGE_DRIVER",
            "NODE_OPTIONS",
            "RUBYOPT",
            "GIT_SSH_COMMAND",
            "GOPROXY",
            "A*",
        ] {
            let variables = map(&[(name, "a\nb")]);
            assert_eq!(divide(&variables, &map(&[]), true), Err(NoWay(name)));
            // Without a place for a file.
            let variables = map(&[(name, "a")]);
            assert_eq!(divide(&variables, &map(&[]), false), Err(NoWay(name)));
            // What it has anyway.
            if !name.ends_with('*') {
                assert_eq!(divide(&variables, &variables, false), Ok(Ways::default()));
            }
        }
        for name in [
            "DATABASE_URL",
            "KEY",
            "ENVIRONMENT",
            "AWS_SECRET_ACCESS_KEY",
        ] {
            let variables = map(&[(name, "a\nb")]);
            assert!(divide(&variables, &map(&[]), true).is_ok(), "{name}");
        }
    }

    #[test]
    fn arguments_of_the_program_stay() {
        let args = ["run", "--env", "A=1", "--env", "B", "image", "--env", "B"];
        let command = Invocation::change("docker".into(), &args);
        let command = with_file(command, "/f".into(), &[("B", "x")].into());
        assert_eq!(
            command.args,
            [
                "run",
                "--env-file",
                "/f",
                "--env",
                "A=1",
                "image",
                "--env",
                "B"
            ]
        );
    }

    #[test]
    fn a_file_is_private_and_goes() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let directory = Utf8Path::from_path(directory.path()).unwrap();
        let files = || -> Vec<String> {
            let entries = directory.read_dir_utf8().unwrap();
            entries
                .map(|entry| entry.unwrap().file_name().to_owned())
                .collect()
        };
        let file = VariablesFile::write(directory, "A=1\n").unwrap();
        let mode = file.path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&file.path).unwrap(), "A=1\n");
        // One of a process that was killed, and one that another process is about to lock.
        fs::write(directory.join("dead.variables"), "B=2\n").unwrap();
        fs::write(directory.join("young.new"), "").unwrap();
        fs::write(directory.join("other.lock"), "").unwrap();
        remove_left_over(directory);
        let second = VariablesFile::write(directory, "A=1\n").unwrap();
        let left = files();
        assert!(!left.contains(&"dead.variables".to_owned()), "{left:?}");
        assert_eq!(left.len(), 4, "{left:?}");
        drop((file, second));
        assert_eq!(files().len(), 2);
    }
}
