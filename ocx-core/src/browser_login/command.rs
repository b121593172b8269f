//! Which commands of opencode's are logins.

/// Whether these arguments make opencode log in somewhere (1.18.34). Flags of which this does not know
/// whether a value follows make it no login, since what looks like the command could be that value.
pub(crate) fn is_login(args: &[String]) -> bool {
    let mut words = args.iter().map(String::as_str);
    let first = loop {
        match words.next() {
            Some("--print-logs" | "--pure") => {}
            Some("--log-level") => {
                words.next();
            }
            Some(word) if word.starts_with("--log-level=") => {}
            other => break other,
        }
    };
    match (first, words.next()) {
        (Some("auth" | "providers" | "console"), Some("login")) => true,
        (Some("mcp"), Some("auth")) => !matches!(words.next(), Some("list" | "ls")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_logins_are_logins() {
        for (line, expected) in [
            ("auth login", true),
            ("auth login https://example.com", true),
            ("auth login --provider openai", true),
            ("providers login", true),
            ("console login", true),
            ("mcp auth", true),
            ("mcp auth sentry", true),
            ("--print-logs auth login", true),
            ("--log-level DEBUG --pure mcp auth x", true),
            ("--log-level=DEBUG mcp auth x", true),
            ("", false),
            (".", false),
            ("auth", false),
            ("auth list", false),
            ("auth logout", false),
            ("login", false),
            ("mcp", false),
            ("mcp list", false),
            ("mcp auth list", false),
            ("mcp auth ls", false),
            ("mcp add auth", false),
            ("run auth login", false),
            ("--prompt auth login", false),
            ("--log-level auth login", false),
            ("-- auth login", false),
            ("web", false),
        ] {
            let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            assert_eq!(is_login(&args), expected, "{line}");
        }
        // It is the whole word.
        assert!(!is_login(&["auth login".to_owned()]));
    }
}
