//! Which template suits a project.

use super::Template;

/// Files by which a template is suggested. Applications in other languages often have a `package.json` for
/// their assets or tools beside, so that comes last.
const MARKERS: [(&str, Template); 16] = [
    ("Gemfile", Template::Rails),
    ("Cargo.toml", Template::Rust),
    ("go.mod", Template::Go),
    ("mix.exs", Template::Elixir),
    ("composer.json", Template::Php),
    ("build.gradle", Template::Java),
    ("build.gradle.kts", Template::Java),
    // A build of several projects may have no script at its top.
    ("settings.gradle", Template::Java),
    ("settings.gradle.kts", Template::Java),
    ("pom.xml", Template::Java),
    ("pyproject.toml", Template::Python),
    ("requirements.txt", Template::Python),
    ("Pipfile", Template::Python),
    ("setup.py", Template::Python),
    // All that Django begins with.
    ("manage.py", Template::Python),
    ("package.json", Template::Node),
];

/// A template that suits a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The template.
    pub template: Template,
    /// The file in the project by which that is known.
    pub because: &'static str,
}

/// The template that suits a project, going by the files that `exists` finds in its top directory.
///
/// # Examples
///
/// ```
/// use ocx_core::scaffold::{Template, suggest};
///
/// let suggestion = suggest(|file| file == "Cargo.toml").unwrap();
/// assert_eq!(suggestion.template, Template::Rust);
/// ```
pub fn suggest(exists: impl Fn(&str) -> bool) -> Option<Suggestion> {
    MARKERS
        .into_iter()
        .find(|(file, _)| exists(file))
        .map(|(because, template)| Suggestion { template, because })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggested(files: &[&str]) -> Option<Template> {
        suggest(|file| files.contains(&file)).map(|suggestion| suggestion.template)
    }

    #[test]
    fn by_the_files_of_the_project() {
        assert_eq!(
            suggested(&["Gemfile", "package.json"]),
            Some(Template::Rails)
        );
        assert_eq!(suggested(&["Cargo.toml"]), Some(Template::Rust));
        assert_eq!(suggested(&["go.mod", "package.json"]), Some(Template::Go));
        assert_eq!(suggested(&["pyproject.toml"]), Some(Template::Python));
        assert_eq!(suggested(&["requirements.txt"]), Some(Template::Python));
        assert_eq!(suggested(&["package.json"]), Some(Template::Node));
        for file in ["Pipfile", "setup.py", "manage.py"] {
            assert_eq!(suggested(&[file]), Some(Template::Python), "{file}");
        }
        for file in [
            "build.gradle",
            "build.gradle.kts",
            "settings.gradle",
            "settings.gradle.kts",
            "pom.xml",
        ] {
            assert_eq!(suggested(&[file]), Some(Template::Java), "{file}");
        }
        // Both have assets.
        assert_eq!(
            suggested(&["composer.json", "package.json"]),
            Some(Template::Php)
        );
        assert_eq!(
            suggested(&["mix.exs", "package.json"]),
            Some(Template::Elixir)
        );
        assert_eq!(suggested(&["README.md"]), None);
    }
}
