//! Git's settings in a session.

use super::{ContainerFacts, Contribution, PlanCause, Variables};
use crate::{
    project::GitSetting,
    spec::{EnvName, EnvValue},
};

/// Git's settings by environment, so that no file has to be edited.
pub(super) fn git_variables(facts: &ContainerFacts<'_>, parts: &[Contribution]) -> Variables {
    // The workspace may belong to another ID inside than the one that Git runs as.
    let directory = GitSetting::new("safe.directory", facts.project.root.as_str());
    let own = [(directory, PlanCause::Needed)];
    let settings = own
        .iter()
        .chain(parts.iter().flat_map(|part| &part.git_settings));
    let mut variables = Variables::default();
    let mut causes_of_count = Vec::new();
    let mut count = 0;
    for (setting, cause) in settings {
        for (word, text) in [("KEY", &setting.key), ("VALUE", &setting.value)] {
            let name = format!("{word}_{count}");
            variables.insert(env_name(&name), EnvValue::Plain(text.clone()), [*cause]);
        }
        if !causes_of_count.contains(cause) {
            causes_of_count.push(*cause);
        }
        count += 1;
    }
    let count = EnvValue::Plain(count.to_string());
    variables.insert(env_name("COUNT"), count, causes_of_count);
    variables
}

/// The variable of Git's settings that ends like this.
fn env_name(end: &str) -> EnvName {
    let name = format!("GIT_CONFIG_{end}");
    name.parse().expect("a valid name")
}

#[cfg(test)]
mod tests {
    use super::super::{fixture::Fixture, setting};
    use super::*;
    use crate::spec::Piece;

    #[test]
    fn git_trusts_the_workspace_and_has_what_parts_bring() {
        let fixture = Fixture::new(&[]);
        let root = fixture.sandbox.host.current_dir.clone();
        let expected = |pairs: &[(&str, &str)]| {
            let mut expected = vec![("GIT_CONFIG_COUNT".to_owned(), pairs.len().to_string())];
            for (position, (key, value)) in pairs.iter().enumerate() {
                expected.push((format!("GIT_CONFIG_KEY_{position}"), (*key).to_owned()));
                expected.push((format!("GIT_CONFIG_VALUE_{position}"), (*value).to_owned()));
            }
            expected.sort();
            expected
        };
        let found = |variables: Variables| -> Vec<(String, String)> {
            variables
                .environment
                .iter()
                .map(|(name, value)| (name.to_string(), value.expose().to_owned()))
                .collect()
        };
        let directory = ("safe.directory", root.as_str());
        let facts = fixture.container();
        assert_eq!(found(git_variables(&facts, &[])), expected(&[directory]));
        let part = |settings: &[(&str, &str, PlanCause)]| Contribution {
            git_settings: settings
                .iter()
                .map(|&(key, value, cause)| (GitSetting::new(key, value), cause))
                .collect(),
            ..Contribution::default()
        };
        let parts = [
            part(&[("user.name", "Ann", PlanCause::Host)]),
            part(&[]),
            part(&[("push.default", "current", setting("env"))]),
        ];
        let all = [directory, ("user.name", "Ann"), ("push.default", "current")];
        let with_parts = git_variables(&facts, &parts);
        assert_eq!(found(with_parts.clone()), expected(&all));
        let causes = |name: &str| with_parts.causes.of(&Piece::Variable(env_name(name)));
        assert_eq!(causes("KEY_0"), [PlanCause::Needed]);
        assert_eq!(causes("KEY_1"), [PlanCause::Host]);
        assert_eq!(causes("VALUE_2"), [setting("env")]);
        assert_eq!(
            causes("COUNT"),
            [PlanCause::Needed, PlanCause::Host, setting("env")]
        );
    }
}
