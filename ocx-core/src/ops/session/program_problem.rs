//! Why a program in a container cannot be executed.

use std::fmt;

use serde::Deserialize;

/// Why a program in a container cannot be executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramProblem {
    /// The program, as it was asked for.
    pub program: String,
    /// The file that was found for it, if one was.
    pub file: Option<String>,
    /// What is wrong.
    pub kind: ProgramProblemKind,
    /// The search path in the container.
    pub search: String,
}

/// What is wrong with a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgramProblemKind {
    /// There is no such file.
    Missing,
    /// A directory on the way to it is closed to the user.
    Forbidden,
    /// It is a directory.
    Directory,
    /// It is no file that this user may execute.
    NotExecutable,
    /// It is a script, and what its first line names does not exist.
    NoInterpreter(String),
    /// It is a program, and the loader that it names does not exist.
    NoLoader(String),
    /// It is a program for other processors.
    Foreign,
    /// It is no program, and no script that says by what it is to be run.
    NoFormat,
}

impl ProgramProblem {
    /// The exit code that shells have for this: 127 for what is not there, 126 for what cannot be
    /// executed.
    #[must_use]
    pub fn shell_code(&self) -> u8 {
        match self.kind {
            ProgramProblemKind::Missing
            | ProgramProblemKind::NoInterpreter(_)
            | ProgramProblemKind::NoLoader(_) => 127,
            ProgramProblemKind::Forbidden
            | ProgramProblemKind::Directory
            | ProgramProblemKind::NotExecutable
            | ProgramProblemKind::Foreign
            | ProgramProblemKind::NoFormat => 126,
        }
    }

    /// Whether the program was asked for by a path.
    #[must_use]
    pub fn is_by_path(&self) -> bool {
        self.program.contains('/')
    }
}

impl fmt::Display for ProgramProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let program = &self.program;
        let file = self.file.as_ref().unwrap_or(program);
        match &self.kind {
            ProgramProblemKind::Missing if self.is_by_path() => {
                write!(f, "there is no file `{program}` in the container")
            }
            ProgramProblemKind::Missing => {
                write!(f, "there is no program `{program}` in the container")
            }
            ProgramProblemKind::Forbidden => {
                write!(
                    f,
                    "`{file}` lies in a directory that is closed to you in the container"
                )
            }
            ProgramProblemKind::Directory => write!(f, "`{file}` is a directory"),
            ProgramProblemKind::NotExecutable => {
                write!(
                    f,
                    "`{file}` cannot be executed: you lack the permission, or it lies on a file system mounted with `noexec`"
                )
            }
            ProgramProblemKind::NoInterpreter(interpreter) => write!(
                f,
                "`{file}` is a script for {interpreter:?}, which is not in the container"
            ),
            ProgramProblemKind::NoLoader(loader) => write!(
                f,
                "`{file}` needs the loader `{loader}`, which is not in the container"
            ),
            ProgramProblemKind::Foreign => {
                write!(f, "`{file}` is a program for another kind of processor")
            }
            ProgramProblemKind::NoFormat => write!(
                f,
                "`{file}` is neither a program nor a script that begins with `#!`"
            ),
        }
    }
}

impl std::error::Error for ProgramProblem {}

/// What the check printed.
#[derive(Deserialize)]
struct Answer {
    kind: String,
    file: Option<String>,
    interpreter: Option<String>,
    search: String,
}

/// What the check has found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ops) enum Judgement {
    /// The program can be executed.
    Fine,
    /// It cannot.
    Problem(ProgramProblem),
}

impl Judgement {
    /// Reads what the check of `program` printed; `None` if that is something else.
    pub(in crate::ops) fn read(program: &str, stdout: &[u8]) -> Option<Self> {
        let answer: Answer = serde_json::from_slice(stdout).ok()?;
        let kind = match answer.kind.as_str() {
            "fine" => return Some(Self::Fine),
            "missing" => ProgramProblemKind::Missing,
            "forbidden" => ProgramProblemKind::Forbidden,
            "directory" => ProgramProblemKind::Directory,
            "not-executable" => ProgramProblemKind::NotExecutable,
            "no-interpreter" => ProgramProblemKind::NoInterpreter(answer.interpreter?),
            "no-loader" => ProgramProblemKind::NoLoader(answer.interpreter?),
            "foreign" => ProgramProblemKind::Foreign,
            "no-format" => ProgramProblemKind::NoFormat,
            _ => return None,
        };
        Some(Self::Problem(ProgramProblem {
            program: program.to_owned(),
            file: answer.file,
            kind,
            search: answer.search,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Judgement> {
        Judgement::read("tool", text.as_bytes())
    }

    fn problem(text: &str) -> ProgramProblem {
        match read(text) {
            Some(Judgement::Problem(problem)) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_answer_is_told_and_ends_as_in_a_shell() {
        // Lines that end as on Windows are the usual reason for an interpreter that is missing.
        for (found, code, told) in [
            (
                r#""kind":"missing""#,
                127,
                "there is no program `tool` in the container",
            ),
            (
                r#""kind":"forbidden","file":"/root/tool""#,
                126,
                "`/root/tool` lies in a directory that is closed to you in the container",
            ),
            (
                r#""kind":"directory","file":"/bin/tool""#,
                126,
                "`/bin/tool` is a directory",
            ),
            (
                r#""kind":"not-executable","file":"/bin/tool""#,
                126,
                "`/bin/tool` cannot be executed: you lack the permission, or it lies on a file system mounted with `noexec`",
            ),
            (
                r#""kind":"no-interpreter","interpreter":"/bin/sh\r","file":"/bin/tool""#,
                127,
                "`/bin/tool` is a script for \"/bin/sh\\r\", which is not in the container",
            ),
            (
                r#""kind":"no-loader","interpreter":"/lib/ld.so","file":"/bin/tool""#,
                127,
                "`/bin/tool` needs the loader `/lib/ld.so`, which is not in the container",
            ),
            (
                r#""kind":"foreign","file":"/bin/tool""#,
                126,
                "`/bin/tool` is a program for another kind of processor",
            ),
            (
                r#""kind":"no-format","file":"/bin/tool""#,
                126,
                "`/bin/tool` is neither a program nor a script that begins with `#!`",
            ),
        ] {
            let problem = problem(&format!(r#"{{{found},"search":"/bin:/usr/bin"}}"#));
            assert_eq!(problem.to_string(), told);
            assert_eq!(problem.shell_code(), code, "{told}");
            assert_eq!(problem.search, "/bin:/usr/bin");
        }
    }

    #[test]
    fn a_path_is_a_file_and_a_name_is_a_program() {
        for (program, is_by_path) in [("tool", false), ("./tool", true), ("/bin/tool", true)] {
            let Some(Judgement::Problem(problem)) =
                Judgement::read(program, br#"{"kind":"missing","search":"/bin"}"#)
            else {
                panic!("{program}");
            };
            assert_eq!(problem.is_by_path(), is_by_path, "{program}");
            assert_eq!(
                problem.to_string().starts_with("there is no file"),
                is_by_path,
                "{problem}"
            );
        }
    }

    #[test]
    fn no_judgement_from_other_programs() {
        assert_eq!(
            read("{\"kind\":\"fine\",\"search\":\"\"}\n"),
            Some(Judgement::Fine)
        );
        for text in [
            "",
            "1.18.34\n",
            "{}",
            r#"{"kind":"new","search":""}"#,
            // Without what it needs.
            r#"{"kind":"no-interpreter","file":"/bin/tool","search":""}"#,
            r#"{"kind":"no-loader","file":"/bin/tool","search":""}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
