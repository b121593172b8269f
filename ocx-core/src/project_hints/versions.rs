//! Files with versions of languages, and the templates that go with them.

use camino::Utf8Path;

use super::TemplateHint;
use crate::{
    described_base::ProjectFiles,
    image::ImageReference,
    scaffold::{Template, TemplateTool, suggest},
};

/// What a file says.
type Reader = fn(&str) -> Option<String>;

/// The files, and how the version stands in each. For a language, the first that says one counts.
const FILES: [(&str, Template, Reader); 14] = [
    (".ruby-version", Template::Rails, |text| {
        let line = first_line(text)?;
        number(line.strip_prefix("ruby-").unwrap_or(line))
    }),
    (".tool-versions", Template::Rails, |text| tool(text, "ruby")),
    ("rust-toolchain.toml", Template::Rust, rust_channel),
    ("rust-toolchain", Template::Rust, |text| {
        rust_channel(text).or_else(|| number(first_line(text)?))
    }),
    (".tool-versions", Template::Rust, |text| tool(text, "rust")),
    ("go.mod", Template::Go, go_version),
    (".tool-versions", Template::Go, |text| {
        tool(text, "golang").or_else(|| tool(text, "go"))
    }),
    (".tool-versions", Template::Elixir, |text| {
        elixir_version(word_after(text, "elixir")?)
    }),
    (".java-version", Template::Java, |text| {
        java_version(first_line(text)?)
    }),
    (".python-version", Template::Python, |text| {
        number(first_line(text)?)
    }),
    (".tool-versions", Template::Python, |text| {
        tool(text, "python")
    }),
    (".nvmrc", Template::Node, |text| {
        node_version(first_line(text)?)
    }),
    (".node-version", Template::Node, |text| {
        node_version(first_line(text)?)
    }),
    (".tool-versions", Template::Node, |text| {
        tool(text, "nodejs").or_else(|| tool(text, "node"))
    }),
];

/// The templates that suit the project, the best first: what a package manager's file says, then what files
/// with versions say.
pub(super) fn read(files: &ProjectFiles) -> Vec<TemplateHint> {
    let suggested = suggest(|name| files.has(Utf8Path::new(name)));
    let mut hints: Vec<TemplateHint> = Vec::new();
    for (file, template, reader) in FILES {
        if hints.iter().any(|hint| hint.template == template) {
            continue;
        }
        // What cannot be read says nothing; the template does without.
        let text = files.text(Utf8Path::new(file)).ok().flatten();
        let base = text
            .and_then(|text| reader(&text))
            .and_then(|version| image(template, &version));
        if base.is_some() {
            hints.push(TemplateHint {
                template,
                because: file,
                base,
                tools: Vec::new(),
            });
        }
    }
    if let Some(suggestion) = suggested {
        let is_it = |hint: &TemplateHint| hint.template == suggestion.template;
        match hints.iter().position(is_it) {
            Some(at) => hints[..=at].rotate_right(1),
            None => hints.insert(
                0,
                TemplateHint {
                    template: suggestion.template,
                    because: suggestion.because,
                    base: None,
                    tools: Vec::new(),
                },
            ),
        }
    }
    for hint in &mut hints {
        let is_used = |tool: &TemplateTool| {
            tool.template() == hint.template && files.has(Utf8Path::new(tool.lock_file()))
        };
        hint.tools = TemplateTool::ALL.into_iter().filter(is_used).collect();
    }
    hints
}

/// The official image with a version. It is not bound to a release of Debian: old versions have none of
/// new ones.
fn image(template: Template, version: &str) -> Option<ImageReference> {
    let name = match template {
        Template::Rails => format!("ruby:{version}-slim"),
        Template::Rust => format!("rust:{version}-slim"),
        Template::Go => format!("golang:{version}"),
        Template::Python => format!("python:{version}-slim"),
        Template::Node => format!("node:{version}-slim"),
        Template::Elixir => format!("elixir:{version}-slim"),
        Template::Java => format!("eclipse-temurin:{version}-jdk"),
        Template::Debian | Template::Php | Template::Alpine => return None,
    };
    name.parse().ok()
}

fn first_line(text: &str) -> Option<&str> {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'))
}

/// One to three numbers with dots.
fn number(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('.').collect();
    let is_number =
        |part: &&str| (1..=5).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    (parts.len() <= 3 && parts.iter().all(is_number)).then(|| text.to_owned())
}

/// A number, `lts/*`, or the name of a series such as `lts/iron`.
fn node_version(text: &str) -> Option<String> {
    if let Some(series) = text.strip_prefix("lts/") {
        let is_name = (1..=20).contains(&series.len())
            && series.bytes().all(|byte| byte.is_ascii_lowercase());
        return match series {
            "*" => Some("lts".to_owned()),
            _ => is_name.then(|| series.to_owned()),
        };
    }
    number(text.strip_prefix('v').unwrap_or(text))
}

/// The channel of rustup, if it is a version.
fn rust_channel(text: &str) -> Option<String> {
    let table: toml::Table = text.parse().ok()?;
    number(table.get("toolchain")?.get("channel")?.as_str()?)
}

/// The version of Go, without the patch: it is a least one.
fn go_version(text: &str) -> Option<String> {
    let after = |word: &str| {
        let mut lines = text.lines().map(str::trim);
        lines.find_map(|line| line.strip_prefix(word).map(str::trim))
    };
    let line = after("toolchain go").or_else(|| after("go "))?;
    let version = number(line.split_whitespace().next()?)?;
    let parts: Vec<&str> = version.split('.').take(2).collect();
    Some(parts.join("."))
}

/// One to three numbers, mostly with the version of Erlang for which it was built, as in `1.18.1-otp-27`.
fn elixir_version(text: &str) -> Option<String> {
    match text.split_once("-otp-") {
        Some((version, erlang)) => Some(format!("{}-otp-{}", number(version)?, number(erlang)?)),
        None => number(text),
    }
}

/// The release of Java, without its updates; `1.8` is the eighth.
fn java_version(text: &str) -> Option<String> {
    let version = number(text)?;
    let version = version.strip_prefix("1.").unwrap_or(&version);
    version.split('.').next().map(str::to_owned)
}

/// The first version of a tool in the file of asdf and mise.
fn tool(text: &str, name: &str) -> Option<String> {
    number(word_after(text, name)?)
}

/// The second word of the first line that begins with another.
fn word_after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        match words.next() {
            Some(word) if word == name => words.next(),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The templates with their images for files with these texts.
    fn hinted(written: &[(&str, &str)]) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(directory.path()).unwrap();
        for (name, text) in written {
            std::fs::write(root.join(name), text).unwrap();
        }
        let hints = read(&ProjectFiles::of(root).unwrap());
        let shown = |hint: &TemplateHint| match &hint.base {
            Some(base) => format!("{} {base}", hint.because),
            None => format!("{} {}", hint.because, hint.template),
        };
        hints.iter().map(shown).collect()
    }

    #[test]
    fn each_file() {
        for (name, text, expected) in [
            (".ruby-version", "3.3.5\n", "ruby:3.3.5-slim"),
            (".ruby-version", "# ours\nruby-3.4\r\n", "ruby:3.4-slim"),
            (".tool-versions", "# x\nruby 3.2.1 # y\n", "ruby:3.2.1-slim"),
            (".nvmrc", "v20.11.1", "node:20.11.1-slim"),
            (".nvmrc", "lts/*", "node:lts-slim"),
            (".nvmrc", "lts/iron", "node:iron-slim"),
            (".node-version", "22\n", "node:22-slim"),
            (".tool-versions", "nodejs 18.1.0\n", "node:18.1.0-slim"),
            (".python-version", "3.12\n3.11\n", "python:3.12-slim"),
            (
                "rust-toolchain.toml",
                "[toolchain]\nchannel = \"1.75.0\"\n",
                "rust:1.75.0-slim",
            ),
            ("rust-toolchain", "1.80\n", "rust:1.80-slim"),
            (".tool-versions", "golang 1.22.1", "golang:1.22.1"),
            (
                ".tool-versions",
                "erlang 27.1\nelixir 1.18.1-otp-27\n",
                "elixir:1.18.1-otp-27-slim",
            ),
            (".tool-versions", "elixir 1.18", "elixir:1.18-slim"),
            (".java-version", "21.0.2\n", "eclipse-temurin:21-jdk"),
            (".java-version", "1.8", "eclipse-temurin:8-jdk"),
        ] {
            assert_eq!(hinted(&[(name, text)]), [format!("{name} {expected}")]);
        }
        for (text, expected) in [
            ("module x\n\ngo 1.22.3\n", "golang:1.22"),
            ("go 1.21 // y\n", "golang:1.21"),
            ("go 1.21\ntoolchain go1.25.1\n", "golang:1.25"),
        ] {
            assert_eq!(hinted(&[("go.mod", text)]), [format!("go.mod {expected}")]);
        }
    }

    #[test]
    fn what_says_no_version() {
        let long = "1".repeat(300_000);
        for (name, text) in [
            (".ruby-version", "jruby-9.4.0.0"),
            (".ruby-version", ""),
            (".ruby-version", "3.3.5 && rm -rf /"),
            (".ruby-version", "3.3.5\u{202e}"),
            (".ruby-version", "3..5"),
            (".ruby-version", "1.2.3.4"),
            (".ruby-version", long.as_str()),
            (".nvmrc", "node"),
            (".nvmrc", "lts/../x"),
            (".nvmrc", "lts/"),
            (".python-version", "pypy3.9-7.3.9"),
            (".python-version", "3.13-dev"),
            ("rust-toolchain.toml", "[toolchain]\nchannel = \"nightly\""),
            ("rust-toolchain.toml", "[toolchain"),
            (".tool-versions", "ruby\nnodejs system\npythonx 3\n"),
            (".tool-versions", "elixir main-otp-27\n"),
            (".java-version", "temurin-21"),
        ] {
            assert!(hinted(&[(name, text)]).is_empty(), "{name}: {text:.40}");
        }
        assert_eq!(hinted(&[("go.mod", "go one")]), ["go.mod go"]);
    }

    #[test]
    fn the_package_manager_says_which_is_the_best() {
        assert_eq!(
            hinted(&[
                ("package.json", ""),
                (".tool-versions", "ruby 3.3\nnodejs 20")
            ]),
            [
                ".tool-versions node:20-slim",
                ".tool-versions ruby:3.3-slim"
            ]
        );
        assert_eq!(
            hinted(&[("Gemfile", ""), (".nvmrc", "20")]),
            ["Gemfile rails", ".nvmrc node:20-slim"]
        );
        assert_eq!(
            hinted(&[
                ("Gemfile", ""),
                (".ruby-version", "3.3"),
                ("package.json", "")
            ]),
            [".ruby-version ruby:3.3-slim"]
        );
    }

    #[test]
    fn lock_files_tell_what_a_template_lacks() {
        for (files, expected) in [
            (&["pyproject.toml", "uv.lock"][..], vec![TemplateTool::Uv]),
            (
                &["pyproject.toml", "poetry.lock"],
                vec![TemplateTool::Poetry],
            ),
            (
                &["package.json", "pnpm-lock.yaml"],
                vec![TemplateTool::Pnpm],
            ),
            (&["package.json", "bun.lock"], vec![TemplateTool::Bun]),
            // What is of another language stays out.
            (&["pyproject.toml", "pnpm-lock.yaml"], vec![]),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let root = Utf8Path::from_path(directory.path()).unwrap();
            for name in files {
                std::fs::write(root.join(name), "").unwrap();
            }
            let hints = read(&ProjectFiles::of(root).unwrap());
            assert_eq!(hints[0].tools, expected, "{files:?}");
        }
    }
}
