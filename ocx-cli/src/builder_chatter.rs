//! What builders print that tells nobody anything. It only decides how a build looks.

/// Whether a step is ocx's own labels, which are long: an instruction of its Dockerfile, or what Podman's
/// builder makes of `--label`.
pub(crate) fn is_own_labels(instruction: &str) -> bool {
    let labels = instruction.strip_prefix("LABEL ");
    labels.is_some_and(|labels| labels.trim_start_matches('"').starts_with("ocx."))
}

/// Whether a line that belongs to no step only says that the build is done, and what came of it: ocx says that
/// itself.
pub(crate) fn is_conclusion(line: &str) -> bool {
    let is_id = line.len() == 64 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id
        || line.starts_with("Successfully tagged ")
        || line.starts_with("Successfully built ")
        || line.starts_with("COMMIT ")
}

/// The words of a warning that is written for a log, as Podman's are (`time="…" level=warning msg="…"`).
pub(crate) fn logged_warning(line: &str) -> Option<String> {
    let rest = line.strip_prefix("time=\"")?.split_once('"')?.1;
    let rest = rest.strip_prefix(" level=")?;
    let (level, rest) = rest.split_once(' ')?;
    let words = rest.strip_prefix("msg=")?;
    let is_known = matches!(level, "warning" | "error");
    is_known.then(|| format!("{level}: {}", unquoted(words)))
}

/// A text without the quotes of Go's `%q`, as far as those are the same everywhere; else as it is.
fn unquoted(text: &str) -> String {
    serde_json::from_str(text).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_labels_of_ocx_are_its_own() {
        assert!(is_own_labels(
            "LABEL \"ocx.base.content\"=\"x\" \"ocx.recipe\"=\"2\""
        ));
        assert!(is_own_labels("LABEL ocx.recipe=2"));
        for other in [
            "LABEL a=b",
            "LABEL \"ocxt\"=\"1\"",
            "RUN LABEL ocx.a=b",
            "LABEL",
        ] {
            assert!(!is_own_labels(other), "{other}");
        }
    }

    #[test]
    fn a_warning_for_a_log_is_told_in_its_words() {
        assert_eq!(
            logged_warning("time=\"2026-01-02T03:04:05Z\" level=warning msg=\"no \\\"x\\\" here\"")
                .unwrap(),
            "warning: no \"x\" here"
        );
        assert_eq!(
            logged_warning("time=\"x\" level=error msg=odd").unwrap(),
            "error: odd"
        );
        for other in [
            "time=\"x\" level=info msg=\"y\"",
            "time is up",
            "[Warning] unused",
        ] {
            assert_eq!(logged_warning(other), None, "{other}");
        }
    }
}
