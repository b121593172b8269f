//! The way by which a login tells what it needs of the host.

use std::{fs, io, os::unix::fs::PermissionsExt as _, time::Duration};

use camino::Utf8Path;
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{UnixListener, UnixStream},
    time::timeout,
};

use crate::bridge::{Door, DoorError, runtime};

/// Where the session has the socket and the scripts.
pub(crate) const DIRECTORY: &str = "/ocx/login";

/// The program that opens addresses, on the host among the scripts, and in the session on the search path.
pub(crate) const XDG_OPEN: &str = "xdg-open";

/// The name of the socket in its directory.
const DOOR: &str = "door";

const SCRIPTS: [(&str, &str, u32); 3] = [
    (XDG_OPEN, include_str!("xdg-open.sh"), 0o755),
    ("open.js", include_str!("open.js"), 0o644),
    (WATCH, include_str!("watch.js"), 0o644),
];

const WATCH: &str = "watch.js";

/// The longest message: one address in JSON, in which some bytes are six.
const LONGEST: u64 = 64 * 1024;

/// Who knocks has its message in its hand.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a session asks for, whoever asks in there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Asked {
    /// To open an address.
    Open(String),
    /// To let the host reach a port on which something listens.
    Listening(u16),
}

/// The socket.
#[derive(Debug)]
pub(crate) struct WayOut {
    listener: UnixListener,
    _door: Door,
}

/// Somebody who waits for an answer.
#[derive(Debug)]
pub(crate) struct Asker(UnixStream);

impl WayOut {
    /// Makes the socket in the directory that the session has mounted.
    pub(crate) fn open(directory: &Utf8Path) -> Result<Self, DoorError> {
        let door = Door::make(directory, DOOR)?;
        let listener = door.listener().map_err(|source| DoorError {
            path: directory.join(DOOR),
            source,
        })?;
        Ok(Self {
            listener,
            _door: door,
        })
    }

    /// Who comes next, and what it wants; `None` if that makes no sense.
    pub(crate) async fn next(&self) -> io::Result<Option<(Asked, Asker)>> {
        let (stream, _) = self.listener.accept().await?;
        Ok(timeout(PATIENCE, read(stream)).await.ok().flatten())
    }
}

impl Asker {
    /// Answers, if somebody still waits for that.
    pub(crate) async fn answer(mut self, is_done: bool) {
        let answer = if is_done { b"1" } else { b"0" };
        let _ = timeout(PATIENCE, self.0.write_all(answer)).await;
    }
}

async fn read(mut stream: UnixStream) -> Option<(Asked, Asker)> {
    let mut line = Vec::new();
    let mut limited = BufReader::new((&mut stream).take(LONGEST));
    limited.read_until(b'\n', &mut line).await.ok()?;
    let asked = serde_json::from_slice(&line).ok()?;
    Some((asked, Asker(stream)))
}

/// Writes what runs in the session.
pub(crate) fn write_scripts(directory: &Utf8Path) -> io::Result<()> {
    for (name, content, mode) in SCRIPTS {
        let path = directory.join(name);
        fs::write(&path, content)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

/// What tells the ports on which something listens in the session, for as long as it runs.
pub(crate) fn watch_command() -> Vec<String> {
    runtime(&format!("{DIRECTORY}/{WATCH}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn say(directory: &Utf8Path, message: &[u8]) -> Vec<u8> {
        let mut stream = UnixStream::connect(directory.join(DOOR)).await.unwrap();
        let _ = stream.write_all(message).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        answer
    }

    #[tokio::test]
    async fn what_is_said_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(directory.path()).unwrap();
        let way_out = WayOut::open(path).unwrap();
        let endless = vec![b'x'; 100 * 1024];
        for (message, expected) in [
            (
                &b"{\"open\":\"https://a\\n\"}\n"[..],
                Some(Asked::Open("https://a\n".to_owned())),
            ),
            (b"{\"listening\":1455}\n", Some(Asked::Listening(1455))),
            (b"{\"listening\":65536}\n", None),
            (b"{\"listening\":-1}\n", None),
            (b"{\"run\":\"x\"}\n", None),
            (b"{\"open\":\"a\",\"listening\":1}\n", None),
            (b"\n", None),
            (b"\xff\n", None),
            (&endless, None),
        ] {
            let said = say(path, message);
            let answered = async {
                let next = way_out.next().await.unwrap();
                let (asked, asker) = next.map_or((None, None), |(a, b)| (Some(a), Some(b)));
                if let Some(asker) = asker {
                    asker.answer(true).await;
                }
                asked
            };
            let (answer, asked) = tokio::join!(said, answered);
            let what = String::from_utf8_lossy(&message[..message.len().min(40)]).into_owned();
            assert_eq!(asked, expected, "{what}");
            let expected: &[u8] = if expected.is_some() { b"1" } else { b"" };
            assert_eq!(answer, expected, "{what}");
        }
        drop(way_out);
        assert!(!path.join(DOOR).exists());
    }
}
