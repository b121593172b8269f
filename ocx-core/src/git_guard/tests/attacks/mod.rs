//! Attacks as a table. Each is run twice: without a guard it must succeed, or the test proves nothing.

mod configuration;
mod hooks;
mod repositories;

use super::place::Place;

/// What a user does after a session, or a prompt does for them. Each line of its own, whatever comes
/// of the others.
const USUAL: &str = "git status; git st; git diff; git commit -am x";

struct Attack {
    name: &'static str,
    /// What the user has set up before.
    before: &'static str,
    /// What the session does.
    script: &'static str,
    /// What the user does afterwards, beside what is usual.
    after: &'static str,
}

const fn attack(name: &'static str, script: &'static str) -> Attack {
    Attack {
        name,
        before: "",
        script,
        after: "",
    }
}

/// Runs one attack.
fn run(attack: &Attack, is_guarded: bool) -> Outcome {
    let place = Place::new();
    place.sh(attack.before);
    let guard = is_guarded.then(|| place.guard());
    let attacked = place.try_sh(attack.script);
    let _ = std::fs::remove_file(place.mark());
    let report = guard.map(|guard| place.shown(&guard.end()));
    for commands in [USUAL, attack.after] {
        if !place.mark().exists() {
            place.try_sh(&format!("set +e; {commands}"));
        }
    }
    Outcome {
        succeeded: place.mark().exists(),
        told: report.unwrap_or_default(),
        attacked: String::from_utf8_lossy(&attacked.stderr).into_owned(),
    }
}

struct Outcome {
    succeeded: bool,
    told: String,
    attacked: String,
}

fn problem(attack: &Attack) -> Option<String> {
    let name = attack.name;
    let bare = run(attack, false);
    if !bare.succeeded {
        return Some(format!("{name}: is none: {}", bare.attacked));
    }
    let guarded = run(attack, true);
    if guarded.succeeded {
        return Some(format!("{name}: succeeds: {}", guarded.told));
    }
    guarded
        .told
        .is_empty()
        .then(|| format!("{name}: is not told"))
}

#[test]
fn without_a_guard_each_attack_succeeds_and_with_one_none_does() {
    let all = [
        configuration::ATTACKS,
        hooks::ATTACKS,
        repositories::ATTACKS,
    ];
    let only = |attack: &&Attack| FILTER.is_none_or(|name| name == attack.name);
    let attacks: Vec<&Attack> = all.into_iter().flatten().filter(only).collect();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = attacks
            .chunks(attacks.len().div_ceil(4))
            .map(|part| scope.spawn(|| part.iter().filter_map(|it| problem(it)).collect()))
            .collect();
        let found = threads.into_iter().map(|it| it.join().unwrap());
        found.collect::<Vec<Vec<String>>>().concat()
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

const FILTER: Option<&str> = option_env!("ATTACK");
