//! opencode as a server.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
};

use async_trait::async_trait;
use camino::Utf8Path;

use super::{Begun, Opening, Part};
use crate::{
    ops::{SessionError, session::Program},
    report::Notice,
    session::{plan::Contribution, random_hex},
    spec::EnvValue,
};

/// The variable for the password that clients must give.
const PASSWORD: &str = "OPENCODE_SERVER_PASSWORD";

/// Subcommands that make opencode a server.
const SERVERS: [&str; 2] = ["serve", "web"];

/// Gives the server the user's own password, or one that is made up once for the project.
pub(super) struct Server;

#[async_trait]
impl Part for Server {
    fn purpose(&self) -> &'static str {
        "the password of opencode's server"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let mut contribution = Contribution::default();
        if !is_server(opening.program) {
            return Ok(contribution.into());
        }
        let password = match opening.ocx.host.variable(PASSWORD) {
            Some(password) => password.to_owned(),
            None => {
                let path = opening.store.directory().join("server-password");
                let password = lasting_password(&path).map_err(|source| SessionError::File {
                    path: path.clone(),
                    source,
                })?;
                // Should opencode listen all the same, it has a password.
                if !asks_for_help(opening.program) {
                    let notice = Notice::ServerPassword { file: path };
                    contribution.notes.push(notice);
                }
                password
            }
        };
        contribution.environment.insert(
            PASSWORD.parse().expect("a valid name"),
            EnvValue::Secret(password),
        );
        Ok(contribution.into())
    }
}

/// Where opencode's server listens if nobody says otherwise (1.18.34, if the port is free).
const USUAL_PORT: u16 = 4096;

/// The port of opencode's server.
pub(super) fn port(program: &Program) -> u16 {
    let Program::Opencode(args) = program else {
        return USUAL_PORT;
    };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let value = match arg.strip_prefix("--port") {
            Some("") => args.next().map(String::as_str),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        // Zero is "any", of which that is the first.
        match value.and_then(|value| value.parse().ok()) {
            Some(0) | None => {}
            Some(port) => return port,
        }
    }
    USUAL_PORT
}

fn is_server(program: &Program) -> bool {
    matches!(program, Program::Opencode(args)
        if args.first().is_some_and(|first| SERVERS.contains(&first.as_str())))
}

/// Whether nothing but a page of help is wanted.
fn asks_for_help(program: &Program) -> bool {
    let Program::Opencode(args) = program else {
        return false;
    };
    let flags = args.iter().take_while(|arg| *arg != "--");
    flags
        .into_iter()
        .any(|arg| matches!(arg.as_str(), "--help" | "-h"))
}

/// The password in `path`, made up if there is none.
fn lasting_password(path: &Utf8Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Ok(password) if !password.trim().is_empty() => Ok(password.trim().to_owned()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(_) | Err(_) => {
            let directory = path.parent().unwrap_or(path);
            let mut file = tempfile::Builder::new()
                .permissions(fs::Permissions::from_mode(0o600))
                .tempfile_in(directory)?;
            let secret = random_hex::<24>()?;
            writeln!(file, "{secret}")?;
            file.persist(path).map_err(|error| error.error)?;
            Ok(secret)
        }
    }
}
