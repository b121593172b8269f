use std::{
    fs::{self, File},
    io::Read as _,
    os::unix::fs::symlink,
    time::{Duration, SystemTime},
};

use super::world::World;
use crate::{ops::opencode_log, state::ProjectStore};

#[test]
fn the_newest_log_is_found_and_nothing_else_is_opened() {
    let world = World::with_images(&[], &[]);
    let ocx = world.ocx();
    assert!(opencode_log(&ocx.host, &ocx.project).unwrap().is_none());
    let store = ProjectStore::place(&ocx.host.dirs.state, ocx.project.id.as_str());
    let logs = store.join("opencode-data/log");
    fs::create_dir_all(&logs).unwrap();
    assert!(opencode_log(&ocx.host, &ocx.project).unwrap().is_none());
    for (name, age) in [("a.log", 60), ("b.log", 30), ("c.txt", 1)] {
        fs::write(logs.join(name), name).unwrap();
        let file = File::options().write(true).open(logs.join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age))
            .unwrap();
    }
    let secret = store.join("secret");
    fs::write(&secret, "secret").unwrap();
    symlink(&secret, logs.join("d.log")).unwrap();
    fs::create_dir(logs.join("e.log")).unwrap();
    let mut found = opencode_log(&ocx.host, &ocx.project).unwrap().unwrap();
    let mut text = String::new();
    found.file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "b.log");
    assert_eq!(found.path, logs.join("b.log"));

    fs::remove_dir_all(&logs).unwrap();
    symlink(&store, &logs).unwrap();
    assert!(opencode_log(&ocx.host, &ocx.project).is_err());
}
