//! Changing one key in the text of a settings file, with the comments and the order of the rest left as
//! they are.

use figment::value::Value;
use toml_edit::{Array, DocumentMut, InlineTable, Item, RawString, Table, TomlError};

use super::read::whole;

/// The text with `key` set to `value`.
///
/// # Errors
///
/// If the text is no TOML.
pub(super) fn with_value(text: &str, key: &str, value: &Value) -> Result<String, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    // What is above the first key of a file without keys is the file's own comment.
    let comment = document.is_empty().then(|| {
        let comment = document.trailing().as_str().unwrap_or_default().to_owned();
        document.set_trailing("");
        comment
    });
    put(&mut document, key, value);
    if let (Some(comment), Some(mut key)) = (comment, document.key_mut(key)) {
        key.leaf_decor_mut().set_prefix(comment);
    }
    Ok(document.to_string())
}

/// The text without `key`; `None` if it does not set it.
///
/// # Errors
///
/// If the text is no TOML.
pub(super) fn without_key(text: &str, key: &str) -> Result<Option<String>, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    let Some(item) = document.get(key) else {
        return Ok(None);
    };
    let prefix = match item {
        Item::Table(table) => table.decor().prefix(),
        Item::Value(_) => document.key(key).and_then(|key| key.leaf_decor().prefix()),
        _ => None,
    };
    let comment = prefix
        .and_then(|prefix| prefix.as_str())
        .unwrap_or_default();
    let comment = comment.to_owned();
    let is_value = item.is_value();
    // A file has its values before its tables.
    let next = document
        .iter()
        .skip_while(|(name, _)| *name != key)
        .skip(1)
        .find(|(_, item)| item.is_table() || (is_value && item.is_value()))
        .map(|(name, _)| name.to_owned());
    document.remove(key);
    prepend(&mut document, next.as_deref(), &comment);
    Ok(Some(document.to_string()))
}

/// Puts a comment above the item called `next`, or at the end of the file.
fn prepend(document: &mut DocumentMut, next: Option<&str>, comment: &str) {
    let joined = |old: Option<&str>| format!("{comment}{}", old.unwrap_or_default());
    let Some(next) = next else {
        let trailing = joined(document.trailing().as_str());
        document.set_trailing(trailing);
        return;
    };
    if let Some(Item::Table(table)) = document.get_mut(next) {
        let decor = table.decor_mut();
        let prefix = joined(decor.prefix().and_then(|prefix| prefix.as_str()));
        decor.set_prefix(prefix);
    } else if let Some(mut key) = document.key_mut(next) {
        let decor = key.leaf_decor_mut();
        let prefix = joined(decor.prefix().and_then(|prefix| prefix.as_str()));
        decor.set_prefix(prefix);
    }
}

fn put(table: &mut Table, key: &str, value: &Value) {
    match (table.get_mut(key), value) {
        // A table that has a section of its own keeps it.
        (Some(Item::Table(section)), Value::Dict(_, entries)) => {
            let gone: Vec<String> = section
                .iter()
                .map(|(name, _)| name.to_owned())
                .filter(|name| !entries.contains_key(name))
                .collect();
            for name in gone {
                section.remove(&name);
            }
            for (name, value) in entries {
                put(section, name, value);
            }
        }
        // A list that only grows keeps its comments and lines.
        (Some(Item::Value(toml_edit::Value::Array(old))), Value::Array(_, elements))
            if begins(old, elements) =>
        {
            append(old, &elements[old.len()..]);
        }
        (Some(Item::Value(old)), _) => {
            let mut new = toml(value);
            // With the comment behind it.
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        _ => {
            table.remove(key);
            table.insert(key, Item::Value(toml(value)));
        }
    }
}

/// Whether these elements begin with those of a list in a file, which has some.
fn begins(list: &Array, elements: &[Value]) -> bool {
    let is_same = |old: &toml_edit::Value, new: &toml_edit::Value| {
        let is_text = old.as_str().is_some() && old.as_str() == new.as_str();
        is_text || (old.is_integer() && old.as_integer() == new.as_integer())
    };
    !list.is_empty()
        && list.len() < elements.len()
        && list
            .iter()
            .zip(elements)
            .all(|(old, new)| is_same(old, &toml(new)))
}

/// Adds elements behind those of a list, which has some, laid out as the last of them is.
fn append(list: &mut Array, elements: &[Value]) {
    let text = |raw: Option<&RawString>| {
        raw.and_then(RawString::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut end = text(Some(list.trailing()));
    let last = list.len() - 1;
    let mut indent = " ".to_owned();
    if let Some(last) = list.get_mut(last) {
        let decor = last.decor_mut();
        let prefix = text(decor.prefix());
        // A comment above the last one is about that.
        if let Some(begin) = prefix.rfind('\n') {
            prefix[begin..].clone_into(&mut indent);
        }
        end.insert_str(0, &text(decor.suffix()));
        decor.set_suffix("");
    }
    // So is one behind it.
    let (comment, end) = end.split_at(end.rfind('\n').unwrap_or(0));
    let mut comment = comment.trim_end().to_owned();
    for element in elements {
        let mut value = toml(element);
        let prefix = format!("{}{indent}", std::mem::take(&mut comment));
        value.decor_mut().set_prefix(prefix);
        list.push_formatted(value);
    }
    list.set_trailing(end);
}

/// A value as it stands in a file. Nothing in settings is empty, and no number too large for TOML is taken.
fn toml(value: &Value) -> toml_edit::Value {
    match value {
        Value::String(_, text) => text.as_str().into(),
        Value::Char(_, character) => character.to_string().into(),
        Value::Bool(_, flag) => (*flag).into(),
        Value::Num(_, number) => match whole(*number).and_then(|whole| i64::try_from(whole).ok()) {
            Some(whole) => whole.into(),
            None => number.to_f64().unwrap_or_default().into(),
        },
        Value::Empty(..) => "".into(),
        Value::Array(_, elements) => elements.iter().map(toml).collect::<Array>().into(),
        Value::Dict(_, entries) => entries
            .iter()
            .map(|(name, value)| (name.as_str(), toml(value)))
            .collect::<InlineTable>()
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::settings::{Kind, variables::from_text};

    fn set(text: &str, key: &str, value: impl Into<Value>) -> String {
        with_value(text, key, &value.into()).unwrap()
    }

    fn unset(text: &str, key: &str) -> String {
        without_key(text, key).unwrap().unwrap()
    }

    #[test]
    fn a_value_is_replaced_and_the_rest_stays() {
        let text = "# mine\nmemory = '1g' # not more\n\n# two\ncpus=2\n[env]\nA = \"1\"\n# end\n";
        let changed = set(text, "memory", "2g");
        assert_eq!(changed, text.replace("'1g'", "\"2g\""));
        assert_eq!(set(text, "cpus", 4), text.replace("cpus=2", "cpus=4"));
    }

    #[test]
    fn a_new_value_stands_above_the_tables_and_below_a_files_comment() {
        assert_eq!(set("", "memory", "2g"), "memory = \"2g\"\n");
        assert_eq!(
            set("# mine\n\n# memory = \"4g\"\n", "memory", "2g"),
            "# mine\n\n# memory = \"4g\"\nmemory = \"2g\"\n"
        );
        assert_snapshot!(set("cpus = 2\n\n[env]\nA = \"1\"\n", "memory", "2g"), @r#"
        cpus = 2
        memory = "2g"

        [env]
        A = "1"
        "#);
    }

    #[test]
    fn lists_and_tables() {
        let list = from_text(r#"["a", "b"]"#, Kind::TextList);
        assert_eq!(set("", "dns", list), "dns = [\"a\", \"b\"]\n");
        let table = || from_text(r#"{ B = "2", "C D" = "3" }"#, Kind::TextMap);
        assert_eq!(
            set("", "env", table()),
            "env = { B = \"2\", \"C D\" = \"3\" }\n"
        );
        // A section stays one.
        let text = "[env]\n# first\nA = \"1\"\nB = \"1\" # kept\n";
        let changed = set(text, "env", table());
        assert!(changed.starts_with("[env]\n"), "{changed}");
        assert!(changed.contains("B = \"2\" # kept\n"), "{changed}");
        assert!(!changed.contains("A ="), "{changed}");
    }

    #[test]
    fn numbers_stay_what_they_are() {
        let ports = |text| from_text(text, Kind::Ports);
        assert_eq!(
            set("", "host_ports", ports("[8931]")),
            "host_ports = [8931]\n"
        );
        let mixed = ports(r#"[3000, "8080:80"]"#);
        let expected = "ports = [3000, \"8080:80\"]\n";
        assert_eq!(set("", "ports", mixed), expected);
        assert_eq!(
            set(
                "ports = [ # mine\n  1, # one\n]\n",
                "ports",
                ports("[1, 2]")
            ),
            "ports = [ # mine\n  1, # one\n  2,\n]\n"
        );
    }

    #[test]
    fn a_list_that_grows_keeps_its_lines_and_comments() {
        let list = |text| from_text(text, Kind::TextList);
        let grown = list(r#"["a", "b", "c", "d"]"#);
        let set = |text: &str| set(text, "dns", grown.clone());
        assert_eq!(
            set("dns = ['a', 'b'] # two\n"),
            "dns = ['a', 'b', \"c\", \"d\"] # two\n"
        );
        assert_eq!(set("dns = ['a']\n"), "dns = ['a', \"b\", \"c\", \"d\"]\n");
        assert_eq!(
            set("dns = [\n  'a', # one\n  # two\n  'b', # end\n]\n"),
            "dns = [\n  'a', # one\n  # two\n  'b', # end\n  \"c\",\n  \"d\",\n]\n"
        );
        assert_eq!(
            set("dns = [\n  'a' # end\n]\n"),
            "dns = [\n  'a', # end\n  \"b\",\n  \"c\",\n  \"d\"\n]\n"
        );
        assert_eq!(
            set("dns = [ 'a' ]\n"),
            "dns = [ 'a', \"b\", \"c\", \"d\" ]\n"
        );
        // Others are replaced.
        let replaced = "dns = [\"a\", \"b\", \"c\", \"d\"]\n";
        for text in [
            "dns = []\n",
            "dns = ['b']\n",
            "dns = ['a', 1]\n",
            "dns = 'a'\n",
        ] {
            assert_eq!(set(text), replaced);
        }
    }

    #[test]
    fn a_key_goes_and_the_comments_above_it_stay() {
        let text = "# top\nmemory = \"1g\" # gone\n# two\ncpus = 2\n";
        assert_eq!(unset(text, "memory"), "# top\n# two\ncpus = 2\n");
        assert_eq!(
            unset(text, "cpus"),
            "# top\nmemory = \"1g\" # gone\n# two\n"
        );
        let text = "# one\ncpus = 2\n# of it\n[env]\nA = \"1\"\n# end\n";
        assert_eq!(
            unset(text, "cpus"),
            "# one\n# of it\n[env]\nA = \"1\"\n# end\n"
        );
        assert_eq!(without_key(text, "memory").unwrap(), None);
        assert!(without_key("a = = 1", "a").is_err());
    }
}
