//! The pages of the documentation: each is in the book, and what they link to is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use camino::{Utf8Path, Utf8PathBuf};

use crate::step::{Outcome, read, workspace};

const BOOK: &str = "docs";
const SUMMARY: &str = "docs/SUMMARY.md";

/// What is wrong with links, and with the book's list of pages.
pub(crate) fn problems() -> Outcome<Vec<String>> {
    let root = workspace();
    let mut command = std::process::Command::new("git");
    command
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "*.md",
        ])
        .current_dir(&root);
    let pages: BTreeMap<Utf8PathBuf, String> = read(&mut command)?
        .lines()
        .map(Utf8PathBuf::from)
        .filter_map(|path| {
            let text = fs::read_to_string(root.join(&path)).ok()?;
            Some((path, text))
        })
        .collect();
    let is_there = |path: &Utf8Path| root.join(path).exists();
    Ok(link_problems(&pages, &is_there)
        .into_iter()
        .chain(summary_problems(&pages))
        .collect())
}

fn link_problems(
    pages: &BTreeMap<Utf8PathBuf, String>,
    is_there: &dyn Fn(&Utf8Path) -> bool,
) -> Vec<String> {
    let anchors: BTreeMap<&Utf8Path, BTreeSet<String>> = pages
        .iter()
        .map(|(path, text)| (path.as_path(), anchors(text)))
        .collect();
    let mut problems = Vec::new();
    for (path, text) in pages {
        for link in links(text) {
            let (file, anchor) = match link.split_once('#') {
                Some((file, anchor)) => (file, Some(anchor)),
                None => (link, None),
            };
            let target = if file.is_empty() {
                path.clone()
            } else {
                beside(path, file)
            };
            if !is_there(&target) {
                problems.push(format!("{path}: {link} leads nowhere"));
                continue;
            }
            let known = anchors.get(target.as_path());
            if let (Some(anchor), Some(known)) = (anchor, known)
                && !known.contains(anchor)
            {
                problems.push(format!("{path}: {link}: there is no such heading"));
            }
        }
    }
    problems
}

/// The pages of the book's directory that its list leaves out, or has twice.
fn summary_problems(pages: &BTreeMap<Utf8PathBuf, String>) -> Vec<String> {
    let Some(summary) = pages.get(Utf8Path::new(SUMMARY)) else {
        return vec![format!("there is no {SUMMARY}")];
    };
    let listed: Vec<&str> = links(summary).collect();
    pages
        .keys()
        .filter(|path| path.parent() == Some(Utf8Path::new(BOOK)) && *path != SUMMARY)
        .filter_map(|path| {
            let name = path.file_name()?;
            let times = listed.iter().filter(|listed| **listed == name).count();
            (times != 1).then(|| format!("{path} stands {times} times in {SUMMARY}"))
        })
        .collect()
}

/// The targets of a page's links into this repository.
fn links(text: &str) -> impl Iterator<Item = &str> {
    without_code(text).flat_map(|line| {
        line.split("](").skip(1).filter_map(|rest| {
            let (target, _) = rest.split_once(')')?;
            let is_ours = !target.contains("://") && !target.starts_with("mailto:");
            is_ours.then_some(target)
        })
    })
}

/// The names by which the headings of a page are linked to, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for line in without_code(text) {
        let Some(heading) = line.strip_prefix('#') else {
            continue;
        };
        let name: String = heading
            .trim_start_matches('#')
            .trim()
            .to_lowercase()
            .chars()
            .filter_map(|c| match c {
                ' ' => Some('-'),
                '-' | '_' => Some(c),
                c => c.is_alphanumeric().then_some(c),
            })
            .collect();
        let mut anchor = name.clone();
        let mut times = 0;
        while !known.insert(anchor) {
            times += 1;
            anchor = format!("{name}-{times}");
        }
    }
    known
}

/// The lines of a page that are not in a block of code.
fn without_code(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            return false;
        }
        !is_code
    })
}

/// A path beside a page.
fn beside(page: &Utf8Path, link: &str) -> Utf8PathBuf {
    let mut path = page.parent().map(Utf8Path::to_owned).unwrap_or_default();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(pages: &[(&str, &str)]) -> Vec<String> {
        let pages: BTreeMap<Utf8PathBuf, String> = pages
            .iter()
            .map(|(path, text)| (Utf8PathBuf::from(path), (*text).to_owned()))
            .collect();
        let is_there = |path: &Utf8Path| pages.contains_key(path) || path == "src/x.rs";
        link_problems(&pages, &is_there)
            .into_iter()
            .chain(summary_problems(&pages))
            .collect()
    }

    #[test]
    fn what_is_linked_to_is_there() {
        let good = [
            ("README.md", "[a](docs/a.md#one-more-thing) [x](src/x.rs)"),
            ("docs/SUMMARY.md", "[a](a.md)"),
            (
                "docs/a.md",
                "# One `more` thing\n[up](../README.md) [here](#one-more-thing)",
            ),
        ];
        assert_eq!(problems_of(&good), [""; 0]);
        let bad = [
            (
                "README.md",
                "[a](docs/b.md)\n```\n[no](link)\n```\n[w](https://x.example/y)",
            ),
            ("docs/SUMMARY.md", ""),
            ("docs/a.md", "# One\n[there](#two)"),
        ];
        assert_eq!(
            problems_of(&bad),
            [
                "README.md: docs/b.md leads nowhere",
                "docs/a.md: #two: there is no such heading",
                "docs/a.md stands 0 times in docs/SUMMARY.md",
            ]
        );
    }

    #[test]
    fn headings_that_are_alike_are_told_apart() {
        let anchors = anchors("# A\n## A\n### `network = \"ask\"`\n```\n# no\n```\n");
        let anchors: Vec<&str> = anchors.iter().map(String::as_str).collect();
        assert_eq!(anchors, ["a", "a-1", "network--ask"]);
    }
}
