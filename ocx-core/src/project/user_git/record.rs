//! What `git config` says of its settings.

/// Whose a setting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The machine's.
    System,
    /// The user's.
    Global,
    /// The project's, or one that is not known: anybody may have written it.
    Project,
    /// The caller's, by variables.
    Command,
}

impl Scope {
    fn of(name: &str) -> Self {
        match name {
            "system" => Self::System,
            "global" => Self::Global,
            "command" => Self::Command,
            _ => Self::Project,
        }
    }

    /// Whether the user answers for it.
    pub(super) fn is_users(self) -> bool {
        self != Self::Project
    }
}

/// Whether Git tells whose its settings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scopes {
    Told,
    Untold,
}

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) scope: Scope,
    /// Section and variable in lower case, what is between them as it was written.
    pub(super) key: String,
    /// `None` for a key that stands alone, which means `true`.
    pub(super) value: Option<String>,
}

/// All that was asked for, the weakest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Records(Vec<Record>);

impl Records {
    /// Reads `scope NUL key LF value NUL`, or the same without the scope. What is cut off or no UTF-8 is
    /// left out.
    pub(super) fn parse(text: &[u8], scopes: Scopes) -> Self {
        // Behind the last NUL is nothing, or something that is cut off.
        let count = text.iter().filter(|&&byte| byte == 0).count();
        let pieces = text.split(|&byte| byte == 0).take(count);
        let mut pieces = pieces.map(str::from_utf8);
        let mut records = Vec::new();
        loop {
            let scope = match scopes {
                Scopes::Told => match pieces.next() {
                    Some(name) => Scope::of(name.unwrap_or_default()),
                    None => break,
                },
                Scopes::Untold => Scope::Project,
            };
            let Some(entry) = pieces.next() else { break };
            let Ok(entry) = entry else { continue };
            let (key, value) = match entry.split_once('\n') {
                Some((key, value)) => (key, Some(value.to_owned())),
                None => (entry, None),
            };
            records.push(Record {
                scope,
                key: key.to_owned(),
                value,
            });
        }
        Self(records)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Record> {
        self.0.iter()
    }

    /// The one of this key that counts.
    pub(super) fn last(&self, key: &str) -> Option<&Record> {
        let is_it = |record: &&Record| record.key.eq_ignore_ascii_case(key);
        self.0.iter().rev().find(is_it)
    }

    /// The same, if it is the user's.
    pub(super) fn of_user(&self, key: &str) -> Option<&Record> {
        self.last(key).filter(|record| record.scope.is_users())
    }
}

#[cfg(test)]
impl Records {
    /// Of `scope key value` each; a value may be missing.
    pub(super) fn made_of(records: &[(&str, &str, Option<&str>)]) -> Self {
        let record = |&(scope, key, value): &(&str, &str, Option<&str>)| Record {
            scope: Scope::of(scope),
            key: key.to_owned(),
            value: value.map(str::to_owned),
        };
        Self(records.iter().map(record).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_with_and_without_scope_and_value() {
        let text = b"global\0user.name\nJane\0local\0commit.gpgsign\0worktree\0a.b\nx\ny\0";
        let told = [
            ("global", "user.name", Some("Jane")),
            ("local", "commit.gpgsign", None),
            ("worktree", "a.b", Some("x\ny")),
        ];
        assert_eq!(Records::parse(text, Scopes::Told), Records::made_of(&told));
        let text = b"user.name\nJane\0user.email\na@x\0user.email\nb@x\0";
        let untold = Records::parse(text, Scopes::Untold);
        let email = untold.last("user.email").unwrap();
        assert_eq!(email.value.as_deref(), Some("b@x"));
        assert_eq!(untold.of_user("user.email"), None);
    }

    #[test]
    fn what_is_cut_off_or_no_text_is_left_out() {
        let expected = Records::made_of(&[("global", "a.b", Some("c"))]);
        for text in [
            &b"global\0a.b\nc\0glo"[..],
            b"global\0a.b\nc\0global\0",
            b"global\0a.b\nc\0global\0a.b\nd",
            b"global\0a.b\nc\0global\0a.b\n\xff\0",
        ] {
            assert_eq!(Records::parse(text, Scopes::Told), expected, "{text:?}");
        }
        assert_eq!(Records::parse(b"", Scopes::Told), Records::default());
        assert_eq!(Records::parse(b"", Scopes::Untold), Records::default());
    }
}
