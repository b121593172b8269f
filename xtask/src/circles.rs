//! Circles between the top modules of `ocx-core`: there are none.

use std::collections::{BTreeMap, BTreeSet};

use crate::tidy::Source;

const ROOT: &str = "ocx-core/src/";

/// Which module uses which others.
type Uses = BTreeMap<String, BTreeSet<String>>;

/// A problem for each circle that was found.
pub(crate) fn problems(sources: &[Source]) -> Vec<String> {
    let uses = uses(sources);
    let mut problems = Vec::new();
    let mut done = BTreeSet::new();
    for module in uses.keys() {
        walk(module, &uses, &mut Vec::new(), &mut done, &mut problems);
    }
    problems
}

/// Goes on from `module`; `way` leads to it.
fn walk(
    module: &str,
    uses: &Uses,
    way: &mut Vec<String>,
    done: &mut BTreeSet<String>,
    problems: &mut Vec<String>,
) {
    if let Some(begin) = way.iter().position(|passed| passed == module) {
        let circle = way[begin..].join(" → ");
        problems.push(format!(
            "{ROOT}: modules use each other in a circle: {circle} → {module}"
        ));
        return;
    }
    if done.contains(module) {
        return;
    }
    way.push(module.to_owned());
    for used in uses.get(module).into_iter().flatten() {
        walk(used, uses, way, done, problems);
    }
    way.pop();
    done.insert(module.to_owned());
}

fn uses(sources: &[Source]) -> Uses {
    let in_core = || {
        sources
            .iter()
            .filter_map(|source| Some((module_of(source.path.as_str())?, source)))
    };
    let modules: BTreeSet<&str> = in_core().map(|(module, _)| module).collect();
    let mut uses = Uses::new();
    for (module, source) in in_core() {
        let code: Vec<&str> = source.code_lines().map(|(_, line)| line).collect();
        let used = used_in(&code.join("\n"))
            .into_iter()
            .filter(|used| used != module && modules.contains(used.as_str()));
        uses.entry(module.to_owned()).or_default().extend(used);
    }
    uses
}

/// The top module that a file belongs to. `testing` is for other crates' tests, and uses all of them.
fn module_of(path: &str) -> Option<&str> {
    let path = path.strip_prefix(ROOT)?;
    let top = path.split('/').next()?.trim_end_matches(".rs");
    let is_test = path.contains("/tests/") || path.ends_with("tests.rs");
    (!is_test && !matches!(top, "lib" | "testing")).then_some(top)
}

/// What follows `crate::`, alone or as the first word of each item between its braces.
fn used_in(code: &str) -> Vec<String> {
    let mut used = Vec::new();
    for (position, _) in code.match_indices("crate::") {
        let rest = &code[position + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => used.push(word(rest)),
            Some(items) => {
                let mut depth = 0_usize;
                let mut begins = true;
                for (at, character) in items.char_indices() {
                    match character {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => begins = true,
                        _ if character.is_whitespace() => {}
                        _ if begins => {
                            used.push(word(&items[at..]));
                            begins = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    used
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|character| character.is_alphanumeric() || *character == '_')
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source {
            path: format!("{ROOT}{path}").into(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_circle_is_found_however_long() {
        let mut sources = vec![
            source("a/mod.rs", "use crate::{\n    b::{X, c::Y},\n    d,\n};\n"),
            source("b.rs", "fn f() { crate::c::f() }\n"),
            source("c.rs", "// crate::a\n"),
            source("d.rs", ""),
        ];
        assert_eq!(problems(&sources), [""; 0]);
        sources[2] = source("c.rs", "use crate::a;\n");
        assert_eq!(problems(&sources).len(), 1);
        assert!(problems(&sources)[0].ends_with("a → b → c → a"));
    }

    #[test]
    fn tests_do_not_count() {
        let sources = [
            source("a.rs", "use crate::b;\n"),
            source("b.rs", "#[cfg(test)]\nmod tests {\n    use crate::a;\n}\n"),
            source("b/tests/x.rs", "use crate::a;\n"),
            source("testing/x.rs", "use crate::a;\n"),
        ];
        assert_eq!(problems(&sources), [""; 0]);
    }
}
