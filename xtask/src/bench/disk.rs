//! What images take of the disk: one more base, and one more version of opencode.

use std::{fmt::Write as _, fs, process::Command, thread, time::Duration};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::{
    bases,
    engine::{Engine, EngineKind, Lane, PodmanApart, StorageDriver},
    registry::Registry,
    sandbox::Sandbox,
};

use super::machine;
use crate::{
    engine_setup::{Engines, version},
    step::{Outcome, read, say, workspace},
};

/// The engines that are measured.
pub(super) const MEASURED: [Lane; 5] = [
    Lane::Docker,
    Lane::DockerTrixie,
    Lane::DockerTesting,
    Lane::Podman,
    Lane::PodmanTrixie,
];

/// Two versions of opencode, the first for all but the last build.
const VERSIONS: [&str; 2] = ["1.18.33", "1.18.34"];

/// Where the section begins in the page; it ends where the next one does.
const HEADING: &str = "## What one more base takes\n";

const ABOUT: &str = "\
What a build adds to the engine's storage, in MiB of the disk: of ocx's image on a first base, of the same \
opencode on another base, and of another version of opencode on the first base. Bases and what ocx itself \
keeps (the download, once for each version) are not in there.
";

const WHY: &str = "\
opencode is in each image once more, since its layer stands on another base each time. A registry keeps the \
layer once, as one file that is named after its content. On the machine it is unpacked, and what is unpacked is \
kept under a name that is made from the layer and all layers below it (the chain ID of the \
[image specification](https://github.com/opencontainers/image-spec/blob/main/config.md#layer-chainid)): another \
base below makes another directory with the same files.

- **BuildKit** keeps the build context beside the images, the same files once more for each version of \
opencode, until it tidies up by itself or by `docker builder prune`. It knows a context by its path, which is the \
same for all bases.
- **Rootless Podman** with the kernel's overlays makes a copy of the whole image for your user's ID, base \
included, since its files belong to other IDs otherwise; ocx has the build do that, else the first session \
would. fuse-overlayfs shows the files with other IDs, and copies nothing.
- **vfs** has a whole copy of everything below in each layer.

So a base that many projects share costs once what bases of their own cost each. `ocx prune` removes images \
with old versions; `keep_versions = 1` keeps one of each base.
";

/// Measures on these engines, and writes the section into the page, or prints it.
pub(super) fn run(lanes: &[Lane], print: bool) -> Outcome {
    let engines = Engines::get(lanes)?;
    let result = measure(&engines);
    engines.finish();
    let section = result?;
    if print {
        println!("{section}");
        return Ok(());
    }
    let path = workspace().join("docs/disk.md");
    let page = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let page = with_section(&page, &section);
    fs::write(&path, page).map_err(|error| format!("{path}: {error}"))?;
    say(&format!("wrote the section into {path}"));
    Ok(())
}

/// The page with the section in the place of the one that is there, or at its end.
fn with_section(page: &str, section: &str) -> String {
    let Some((before, rest)) = page.split_once(HEADING) else {
        return format!("{page}\n{section}");
    };
    match rest.split_once("\n## ") {
        Some((_, after)) => format!("{before}{section}\n## {after}"),
        None => format!("{before}{section}"),
    }
}

fn measure(engines: &Engines) -> Outcome<String> {
    let registry = Registry::start();
    let mut rows = Vec::new();
    for engine in engines.all() {
        if engine.kind() == EngineKind::Podman {
            for driver in [
                StorageDriver::Overlay,
                StorageDriver::FuseOverlay,
                StorageDriver::Vfs,
            ] {
                let apart = PodmanApart::new(engine, driver);
                rows.push(one(&apart, &registry)?);
            }
        } else {
            rows.push(one(engine, &registry)?);
        }
    }
    let mut text = format!(
        "{HEADING}\n{ABOUT}\n| engine | storage | first base | one more base | one more version | builder's cache of all three |\n\
         |---|---|---|---|---|---|\n"
    );
    for row in &rows {
        let _ = writeln!(text, "{}", row.to_markdown());
    }
    let files = rows.first().map_or(0, |row| row.files);
    let _ = write!(
        text,
        "\nThe files of ocx's layer, opencode and ripgrep, are {} MiB. Measured by `cargo xtask bench --disk` with opencode {} and {}, by `du` of \
         the engine's directory before and after each build, which includes what its builder keeps; the last column \
         is how much of that `docker builder prune --all` gave back in the end. {}.\n\n{WHY}",
        mebibytes(files),
        VERSIONS[0],
        VERSIONS[1],
        machine::describe()?
    );
    Ok(text)
}

/// What was measured on one engine, in bytes.
struct Row {
    engine: String,
    storage: String,
    first: u64,
    base: u64,
    version: u64,
    /// `None` where the builder keeps nothing of its own.
    cache: Option<u64>,
    files: u64,
}

impl Row {
    fn to_markdown(&self) -> String {
        let cache = self.cache.map_or("–".to_owned(), mebibytes);
        format!(
            "| {} | {} | {} | {} | {} | {cache} |",
            self.engine,
            self.storage,
            mebibytes(self.first),
            mebibytes(self.base),
            mebibytes(self.version),
        )
    }
}

fn one(engine: &Engine, registry: &Registry) -> Outcome<Row> {
    let storage = storage(engine)?;
    let mut row = Row {
        engine: version::describe(engine),
        storage: storage.name,
        first: 0,
        base: 0,
        version: 0,
        cache: None,
        files: 0,
    };
    say(&format!("measuring on {}, {}", row.engine, row.storage));
    bases::provide_debian(engine)?;
    let mut sandbox = Sandbox::new();
    sandbox.use_engine(engine);
    sandbox.set_env("OCX_OPENCODE_REGISTRY", &registry.url());
    let base = |letter: &str| {
        let name = format!("{}-{letter}", sandbox.name());
        // Files of their own, since an image with other settings has the same layers.
        let dockerfile = format!("FROM {}\nRUN echo {letter} > /base\n", bases::DEBIAN);
        bases::build(engine, &name, &dockerfile);
        name
    };
    let (a, b) = (base("a"), base("b"));
    let directory = &storage.directory;
    let mut before = settled(directory)?;
    let mut added = |base: &str, version: &str| {
        let (base, version) = (
            format!("custom_base_image={base}"),
            format!("opencode_version={version}"),
        );
        let args = ["--set", &base, "--set", &version, "build"];
        sandbox.ocx(args).run().success().done();
        let now = settled(directory)?;
        let added = now.saturating_sub(before);
        before = now;
        say(&format!("{} MiB", mebibytes(added)));
        Ok::<u64, String>(added)
    };
    row.first = added(&a, VERSIONS[0])?;
    for program in ["opencode", "ripgrep"] {
        row.files += used(&sandbox.cache().join("ocx").join(program))?;
    }
    row.base = added(&b, VERSIONS[0])?;
    row.version = added(&a, VERSIONS[1])?;
    if engine.kind() != EngineKind::Podman {
        engine
            .cli()
            .require(&["builder", "prune", "--all", "--force"]);
        row.cache = Some(before.saturating_sub(settled(directory)?));
    }
    say(&row.to_markdown());
    say(&format!("the files: {} MiB", mebibytes(row.files)));
    Ok(row)
}

/// Where an engine keeps its images, and how.
struct Storage {
    directory: Utf8PathBuf,
    name: String,
}

fn storage(engine: &Engine) -> Outcome<Storage> {
    let format = match engine.kind() {
        EngineKind::Podman => {
            "{{.Store.GraphRoot}} {{.Store.GraphDriverName}} {{index .Store.GraphOptions \"overlay.mount_program\"}}"
        }
        _ => "{{.DockerRootDir}} {{.Driver}} {{.DriverStatus}}",
    };
    let answer = engine.cli().require(&["info", "--format", format]);
    let mut words = answer.split_whitespace();
    let directory = words.next().unwrap_or_default().into();
    let driver = words.next().unwrap_or_default();
    let name = match driver {
        "overlay" if answer.contains("fuse-overlayfs") => "overlay by fuse-overlayfs".to_owned(),
        driver if answer.contains("io.containerd.snapshotter") => {
            format!("{driver} of containerd")
        }
        driver => driver.to_owned(),
    };
    Ok(Storage { directory, name })
}

/// The bytes that a directory takes, when they do not change any more: engines tidy up afterwards.
fn settled(directory: &Utf8Path) -> Outcome<u64> {
    let mut before = used(directory)?;
    for _ in 0..30 {
        thread::sleep(Duration::from_secs(2));
        let now = used(directory)?;
        if now == before {
            return Ok(now);
        }
        before = now;
    }
    Err(format!("{directory} does not come to rest"))
}

fn used(directory: &Utf8Path) -> Outcome<u64> {
    let mut du = Command::new("du");
    // What is mounted in there lies in there as well.
    du.args(["--summarize", "--one-file-system", "--block-size=1"]);
    let text = read(du.arg(directory))?;
    let number = text.split_whitespace().next().unwrap_or_default();
    number.parse().map_err(|_| format!("`du` said `{text}`"))
}

fn mebibytes(bytes: u64) -> String {
    ((bytes + (1 << 19)) >> 20).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_takes_the_place_of_the_former_one() {
        let section = format!("{HEADING}\nnew\n");
        let once = with_section("# Page\n\nwords\n", &section);
        assert_eq!(once, format!("# Page\n\nwords\n\n{section}"));
        assert_eq!(with_section(&once, &section), once);
        let page = format!("# Page\n\n{HEADING}\nold\n\n## Next\n\nwords\n");
        let expected = format!("# Page\n\n{section}\n## Next\n\nwords\n");
        assert_eq!(with_section(&page, &section), expected);
    }
}
