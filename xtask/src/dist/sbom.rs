//! The bill of materials, as CycloneDX has it: <https://cyclonedx.org/docs/1.5/json/>.
//!
//! What is in the binary is read from `cargo tree`, which knows the features of that one build;
//! `cargo metadata` adds up those of the whole workspace, of tests and tasks, too.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{OCX, moment::Moment};
use crate::{
    metadata::{self, Package},
    step::{Outcome, cargo, read},
};

/// A package by name and version.
type Id = (String, String);

/// The packages of a binary, each with those that it uses itself.
type Graph = BTreeMap<Id, BTreeSet<Id>>;

/// The bill of the binary for a target, as text.
pub(super) fn of_binary(target: &str, moment: Moment) -> Outcome<String> {
    let tree = read(&mut cargo(&[
        "tree",
        "--locked",
        "--package",
        OCX,
        "--target",
        target,
        // Macros run while it is built, and are not in it.
        "--edges=normal,no-proc-macro",
        "--prefix=depth",
        "--format= {p}",
    ]))?;
    let bill = bill(&graph(&tree)?, &metadata::all()?, moment)?;
    serde_json::to_string_pretty(&bill)
        .map(|text| text + "\n")
        .map_err(|error| format!("bill of materials: {error}"))
}

/// Reads lines such as `2 bitflags v2.13.2 (*)`: depth, name, version, and what does not matter here.
fn graph(tree: &str) -> Outcome<Graph> {
    let mut graph = Graph::new();
    // The packages from the root to the line before.
    let mut path: Vec<Id> = Vec::new();
    for line in tree.lines() {
        let odd = || format!("`cargo tree` printed a line that is not understood: {line}");
        let mut words = line.split_whitespace();
        let depth: usize = words
            .next()
            .and_then(|word| word.parse().ok())
            .filter(|depth| *depth <= path.len())
            .ok_or_else(odd)?;
        let name = words.next().ok_or_else(odd)?;
        let version = words.next().and_then(|word| word.strip_prefix('v'));
        let id = (name.to_owned(), version.ok_or_else(odd)?.to_owned());
        path.truncate(depth);
        if let Some(user) = path.last().and_then(|user| graph.get_mut(user)) {
            user.insert(id.clone());
        }
        graph.entry(id.clone()).or_default();
        path.push(id);
    }
    Ok(graph)
}

fn bill(graph: &Graph, packages: &[Package], moment: Moment) -> Outcome<Value> {
    let mut root = None;
    let mut components = Vec::new();
    for id in graph.keys() {
        let package = packages
            .iter()
            .find(|package| (&package.name, &package.version) == (&id.0, &id.1))
            .ok_or_else(|| format!("`cargo metadata` does not know {} {}", id.0, id.1))?;
        if id.0 == OCX {
            root = Some(component("application", id, package)?);
        } else {
            components.push(component("library", id, package)?);
        }
    }
    let dependencies: Vec<Value> = graph
        .iter()
        .map(|(id, uses)| {
            let uses: Vec<String> = uses.iter().map(purl).collect();
            json!({ "ref": purl(id), "dependsOn": uses })
        })
        .collect();
    // Without a serial number, which would be another one in each build.
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": moment.timestamp(),
            "component": root.ok_or_else(|| format!("{OCX} is not in its own tree"))?,
        },
        "components": components,
        "dependencies": dependencies,
    }))
}

fn component(kind: &str, id: &Id, package: &Package) -> Outcome<Value> {
    let licence = package
        .license
        .as_deref()
        .ok_or_else(|| format!("{} {} names no licence", id.0, id.1))?
        // Older crates write a slash for OR.
        .replace('/', " OR ");
    Ok(json!({
        "type": kind,
        "bom-ref": purl(id),
        "name": id.0,
        "version": id.1,
        "licenses": [{ "expression": licence }],
        "purl": purl(id),
    }))
}

/// <https://github.com/package-url/purl-spec>
fn purl((name, version): &Id) -> String {
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "\
0 ocx v0.1.0 (/work/ocx-cli)
1 core v0.1.0 (/work/ocx-core)
2 json v1.0.0+zlib
1 json v1.0.0+zlib (*)
1 term v2.0.0
";

    fn package(name: &str, version: &str, licence: Option<&str>) -> Package {
        Package {
            name: name.to_owned(),
            version: version.to_owned(),
            license: licence.map(str::to_owned),
            ..Package::default()
        }
    }

    fn packages() -> Vec<Package> {
        vec![
            package("ocx", "0.1.0", Some("MIT")),
            package("core", "0.1.0", Some("MIT")),
            package("json", "1.0.0+zlib", Some("MIT/Apache-2.0")),
            package("json", "0.9.0", None),
            package("term", "2.0.0", Some("Zlib")),
        ]
    }

    #[test]
    fn a_bill_has_what_is_asked_of_one() {
        let bill = bill(&graph(TREE).unwrap(), &packages(), Moment(0)).unwrap();
        assert_eq!(bill["bomFormat"], "CycloneDX");
        assert_eq!(bill["metadata"]["timestamp"], "1970-01-01T00:00:00Z");
        assert_eq!(bill["metadata"]["component"]["purl"], "pkg:cargo/ocx@0.1.0");
        let components = bill["components"].as_array().unwrap();
        let names: Vec<&Value> = components.iter().map(|one| &one["name"]).collect();
        assert_eq!(names, ["core", "json", "term"]);
        assert_eq!(
            components[1],
            json!({
                "type": "library",
                "bom-ref": "pkg:cargo/json@1.0.0%2Bzlib",
                "name": "json",
                "version": "1.0.0+zlib",
                "licenses": [{ "expression": "MIT OR Apache-2.0" }],
                "purl": "pkg:cargo/json@1.0.0%2Bzlib",
            })
        );
    }

    #[test]
    fn who_uses_whom_is_in_it() {
        let bill = bill(&graph(TREE).unwrap(), &packages(), Moment(0)).unwrap();
        let json = "pkg:cargo/json@1.0.0%2Bzlib";
        assert_eq!(
            bill["dependencies"],
            json!([
                { "ref": "pkg:cargo/core@0.1.0", "dependsOn": [json] },
                { "ref": json, "dependsOn": [] },
                {
                    "ref": "pkg:cargo/ocx@0.1.0",
                    "dependsOn": ["pkg:cargo/core@0.1.0", json, "pkg:cargo/term@2.0.0"]
                },
                { "ref": "pkg:cargo/term@2.0.0", "dependsOn": [] },
            ])
        );
    }

    #[test]
    fn what_is_missing_is_an_error() {
        let bill = |tree: &str, packages: &[Package]| bill(&graph(tree)?, packages, Moment(0));
        assert!(bill("0 ocx v0.1.0\n", &packages()).is_ok());
        assert!(bill("0 term v2.0.0\n", &packages()).is_err());
        assert!(bill(TREE, &[]).is_err());
        assert!(bill("0 ocx v0.1.0\n1 json v0.9.0\n", &packages()).is_err());
        for tree in ["ocx v0.1.0", "1 ocx v0.1.0", "0 ocx", "0 ocx 0.1.0"] {
            assert!(graph(tree).is_err(), "{tree}");
        }
    }
}
