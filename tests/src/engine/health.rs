//! An engine that does not answer any more.
//!
//! Where a test fails, its engine may hang; every test after it would then wait for every time limit in
//! turn. So an engine that does not answer after a failure is given up, and what runs there is told.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    os::unix::fs::MetadataExt as _,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::OnceLock,
    time::Duration,
};

use super::{Engine, Lane};

/// No engine of the tests, however busy, takes as long to list its containers.
const PATIENCE: Duration = Duration::from_secs(120);

/// The engines that hang, with what was seen then.
static HUNG: [OnceLock<()>; Lane::ALL.len()] = [const { OnceLock::new() }; Lane::ALL.len()];

/// Runs the body of a test, and looks after the engine if it fails.
pub(super) fn watched(engine: &'static Engine, body: fn(&'static Engine)) {
    let hung = &HUNG[engine.lane() as usize];
    assert!(
        hung.get().is_none(),
        "{} does not answer since an earlier test failed",
        engine.lane()
    );
    let Err(panic) = catch_unwind(AssertUnwindSafe(|| body(engine))) else {
        return;
    };
    if !engine.cli().answers(&["ps", "--all", "--quiet"], PATIENCE) && hung.set(()).is_ok() {
        // Past the test program's capture: it prints what it has kept only at its end.
        let _ = std::io::stderr().write_all(what_runs(engine).as_bytes());
    }
    resume_unwind(panic);
}

/// The processes of the engine's user and of the engine, what they wait for, and who holds which lock
/// of a file.
fn what_runs(engine: &Engine) -> String {
    let mut text = format!("{} does not answer. What runs:\n", engine.lane());
    let uid = engine.cli().owner_uid();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    for process in processes {
        let path = process.path();
        let pid = process.file_name().to_string_lossy().into_owned();
        let read = |name: &str| fs::read_to_string(path.join(name)).unwrap_or_default();
        let line = read("cmdline").replace('\0', " ");
        let is_theirs = process.metadata().is_ok_and(|data| Some(data.uid()) == uid);
        if pid.parse::<u32>().is_err() || !(is_theirs || line.contains(engine.kind().program())) {
            continue;
        }
        let status = read("status");
        let field = |name: &str| {
            let value = status.lines().find_map(|line| line.strip_prefix(name));
            value.unwrap_or_default().trim().to_owned()
        };
        let (parent, state, wait) = (field("PPid:"), field("State:"), read("wchan"));
        let _ = writeln!(text, "{pid} <- {parent} {state} {wait} {line:.200}");
    }
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    text + "Locks:\n" + &locks
}
