use std::{os::unix::fs::MetadataExt as _, time::Duration};

use super::*;
use crate::report::{EventKind, Silent};

fn logs() -> (tempfile::TempDir, SessionLogs) {
    let directory = tempfile::tempdir().unwrap();
    let state = Utf8Path::from_path(directory.path()).unwrap();
    let logs = SessionLogs::new(state);
    (directory, logs)
}

fn begin(logs: &SessionLogs, session: &str, project: &str) -> Recorder {
    let command = vec!["opencode".to_owned()];
    let (session, project) = (session.parse().unwrap(), Utf8Path::new(project));
    logs.begin(&session, project, command, Arc::new(Silent))
        .unwrap()
}

fn found(result: Result<SessionLog, SessionLogError>) -> String {
    match result {
        Ok(log) => log.session.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_session_is_told_from_its_beginning_to_its_end() {
    let (_guard, logs) = logs();
    let recorder = begin(&logs, "aaaa0000", "/p");
    let log = logs.find(Some("aa"), "/q".into()).unwrap();
    assert_eq!(
        (log.project.as_str(), &*log.command),
        ("/p", &["opencode".to_owned()][..])
    );
    assert_eq!(fs::metadata(&log.path).unwrap().mode() & 0o777, 0o600);
    assert_eq!(log.state().unwrap(), SessionState::Runs);
    let mut reader = log.read().unwrap();
    assert_eq!(reader.entries().unwrap().len(), 1);
    let line = "docker run x";
    let events = [
        EventKind::EngineCommand { line },
        EventKind::EngineCommandEnded {
            line,
            took: Duration::from_millis(35),
            failure: Some("exited with status 125: no"),
        },
        EventKind::EngineOutput { line: "not kept" },
    ];
    for event in events {
        recorder.report(event.into());
    }
    let events: Vec<LogEvent> = reader
        .entries()
        .unwrap()
        .into_iter()
        .map(|entry| entry.event)
        .collect();
    let line = line.to_owned();
    assert_eq!(
        events,
        [
            LogEvent::Engine { line: line.clone() },
            LogEvent::EngineEnded {
                line,
                milliseconds: 35,
                failure: Some("exited with status 125: no".to_owned())
            },
        ]
    );
    recorder.end(LogEvent::Ended { code: 3 });
    drop(recorder);
    let state = log.wait().unwrap();
    assert!(
        matches!(state, SessionState::Ended { code: 3, .. }),
        "{state:?}"
    );
}

#[test]
fn one_whose_process_is_gone_without_a_word_is_lost() {
    let (_guard, logs) = logs();
    drop(begin(&logs, "aaaa0000", "/p"));
    let log = logs.find(None, "/p".into()).unwrap();
    assert_eq!(log.state().unwrap(), SessionState::Lost);
}

#[test]
fn half_a_line_is_read_when_it_is_whole() {
    let (_guard, logs) = logs();
    let recorder = begin(&logs, "aaaa0000", "/p");
    let log = logs.find(None, "/p".into()).unwrap();
    let mut reader = log.read().unwrap();
    reader.entries().unwrap();
    let line = serde_json::to_vec(&LogEntry::now(LogEvent::Program)).unwrap();
    let mut file = OpenOptions::new().append(true).open(&log.path).unwrap();
    let mut write = |bytes: &[u8]| io::Write::write_all(&mut file, bytes).unwrap();
    write(&line[..10]);
    assert_eq!(reader.entries().unwrap(), []);
    write(&line[10..]);
    assert_eq!(reader.entries().unwrap(), []);
    // What a newer ocx writes is left out.
    write(b"\n{\"at\":\"2030-01-01T00:00:00Z\",\"event\":\"of_tomorrow\"}\n");
    let entries = reader.entries().unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].event, LogEvent::Program);
    drop(recorder);
}

#[test]
fn a_session_of_the_project_comes_before_those_of_others() {
    let (_guard, logs) = logs();
    let _running: Vec<Recorder> = [
        ("a1000000", "/other"),
        ("a2000000", "/own"),
        ("b1000000", "/other"),
        ("b2000000", "/other"),
    ]
    .map(|(session, project)| begin(&logs, session, project))
    .into();
    drop(begin(&logs, "c1000000", "/own"));
    let find = |id: Option<&str>| found(logs.find(id, "/own".into()));
    assert_eq!(find(Some("a")), "a2000000");
    assert_eq!(find(Some("a1")), "a1000000");
    assert_eq!(
        find(Some("b")),
        "more than one session has an ID that begins with `b`"
    );
    assert_eq!(find(Some("c1")), "c1000000");
    assert_eq!(find(Some("d")), "no session has an ID that begins with `d`");
    assert_eq!(find(None), "c1000000");
    let running = |id: Option<&str>| found(logs.find_running(id, "/own".into()));
    assert_eq!(running(None), "a2000000");
    assert_eq!(
        running(Some("c")),
        "no session has an ID that begins with `c`"
    );
}

#[test]
fn the_oldest_that_have_ended_are_forgotten() {
    let (_guard, logs) = logs();
    let oldest = begin(&logs, "00000000", "/p");
    for number in 1..=KEPT {
        drop(begin(&logs, &format!("{number:08x}"), "/p"));
        // Their order is that of the times of their files.
        let path = logs.path(&format!("{number:08x}").parse().unwrap());
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(number as u64);
        File::open(path).unwrap().set_modified(time).unwrap();
    }
    let file = File::open(logs.path(&"00000000".parse().unwrap())).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    drop(begin(&logs, "ffffffff", "/p"));
    let left: Vec<String> = logs
        .all()
        .iter()
        .map(|log| log.session.to_string())
        .collect();
    assert!(left.contains(&"00000000".to_owned()), "it runs: {left:?}");
    assert!(left.contains(&"ffffffff".to_owned()));
    assert!(!left.contains(&"00000001".to_owned()), "{left:?}");
    assert!(left.contains(&format!("{KEPT:08x}")));
    drop(oldest);
}
