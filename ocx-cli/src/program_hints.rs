//! What to type where a program cannot be run.

use ocx_core::ops::{OcxError, ProgramProblem, ProgramProblemKind, SessionError};

use crate::{failure::Failure, hints::hints};

/// What helps against a program that cannot be run.
pub(crate) fn of(problem: &ProgramProblem) -> Vec<String> {
    match &problem.kind {
        ProgramProblemKind::Missing if problem.is_by_path() => hints([
            "a container has the files of the base image, the workspace and the home volume; `extra_mounts` adds others of this machine",
        ]),
        ProgramProblemKind::Missing => vec![
            format!("it was looked for in {}", shortened(&problem.search)),
            "install it in the Dockerfile of the base image, or name it by its path".to_owned(),
        ],
        ProgramProblemKind::Forbidden => {
            hints(["open the directory for others: `chmod o+x DIRECTORY`"])
        }
        ProgramProblemKind::Directory => hints(["name a program in it"]),
        ProgramProblemKind::NotExecutable => {
            let file = problem.file.as_ref().unwrap_or(&problem.program);
            vec![format!("make it executable: `chmod +x {file}`")]
        }
        ProgramProblemKind::NoInterpreter(interpreter) if interpreter.ends_with('\r') => {
            hints(["its lines end as on Windows; remove the carriage returns, as `dos2unix` does"])
        }
        ProgramProblemKind::NoInterpreter(interpreter) => vec![format!(
            "install {interpreter} in the Dockerfile of the base image, or change the first line of the script"
        )],
        ProgramProblemKind::NoLoader(_) => hints([
            "it was built for another Linux, such as one with musl instead of glibc; use a build for the base image's",
        ]),
        ProgramProblemKind::Foreign => hints(["use a build for this machine's processor"]),
        ProgramProblemKind::NoFormat => hints([
            "let its first line say by what it is to be run, such as `#!/bin/sh`, or name that before it: `ocx exec sh FILE`",
        ]),
    }
}

/// A search path in so many words as can be read.
fn shortened(search: &str) -> String {
    /// What fits beside the words around it.
    const MOST: usize = 60;
    let directories: Vec<&str> = search.split(':').collect();
    match directories.as_slice() {
        [first, rest @ ..] if search.len() > MOST => format!(
            "{first} and {} more directories of the container's PATH, which `--verbose` shows",
            rest.len()
        ),
        _ => search.to_owned(),
    }
}

/// What is shown with `--verbose` besides the hints.
pub(crate) fn in_full(failure: &Failure) -> Option<String> {
    let Failure::Ocx(error) = failure else {
        return None;
    };
    let OcxError::Session(error) = &**error else {
        return None;
    };
    match &**error {
        SessionError::Program(problem) if problem.kind == ProgramProblemKind::Missing => {
            Some(format!("the container's PATH: {}", problem.search))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_search_path_is_not_shown_whole() {
        assert_eq!(
            shortened("/ocx/bin:/usr/bin:/bin"),
            "/ocx/bin:/usr/bin:/bin"
        );
        let long = format!("/ocx/bin:{}", ["/opt/some/directory/bin"; 9].join(":"));
        assert_eq!(
            shortened(&long),
            "/ocx/bin and 9 more directories of the container's PATH, which `--verbose` shows"
        );
    }
}
