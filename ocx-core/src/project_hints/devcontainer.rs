//! The files `devcontainer.json` of a project.

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    Hints, Proposal,
    container_env::{env, ports},
    extension::extension,
    setup_of::setup,
};
use crate::described_base::{
    Devcontainer, Fault, LeftOutList, ProjectFiles, Variables, devcontainer::PLACES,
};

/// More of them in one project are not looked at.
const MOST: usize = 10;

pub(super) fn read(files: &ProjectFiles, variables: &Variables, hints: &mut Hints) {
    for path in places(files) {
        let text = match files.text(&path) {
            Ok(None) => continue,
            Ok(Some(text)) => text,
            Err(why) => {
                hints.cannot_use(&path, why);
                continue;
            }
        };
        match proposal(files, variables, &path, &text) {
            Ok(proposal) => hints.add(proposal),
            Err(Fault::Content { why, .. }) => hints.cannot_use(&path, why),
            Err(Fault::Syntax(error)) => hints.cannot_use(&path, format!("it is no JSON: {error}")),
        }
    }
}

/// Where one may lie, in the order of the specification.
fn places(files: &ProjectFiles) -> Vec<Utf8PathBuf> {
    let folder = Utf8Path::new(".devcontainer");
    let below = files.directories(folder, MOST).into_iter();
    PLACES
        .into_iter()
        .map(Utf8PathBuf::from)
        .chain(below.map(|name| folder.join(name).join("devcontainer.json")))
        .collect()
}

fn proposal(
    files: &ProjectFiles,
    variables: &Variables,
    path: &Utf8Path,
    text: &str,
) -> Result<Proposal, Fault> {
    let file = Devcontainer::parse(path, text)?;
    let mut left_out = LeftOutList::default();
    let mut read = vec![path.to_owned()];
    let base = file.base(files, variables, &mut read, &mut left_out)?;
    let mut setup = setup(files, base, &mut left_out);
    setup.env = env(file.table(), variables, &mut left_out);
    setup.ports = ports(file.table(), &mut left_out);
    setup.devcontainer = PLACES
        .iter()
        .any(|place| path == *place)
        .then(|| path.to_owned());
    file.leave_out(&mut left_out);
    let extension = extension(files, &file, &setup);
    let mut proposal = Proposal::new(path.to_owned(), setup);
    proposal.extension = extension;
    proposal.read = read;
    proposal.left_out = left_out.done();
    Ok(proposal)
}
