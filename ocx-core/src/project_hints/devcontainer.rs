//! `devcontainer.json`, in its three forms: an image, a Dockerfile, a service of a Compose file.

use std::borrow::Cow;

use camino::{Utf8Path, Utf8PathBuf};
use jsonc_parser::ParseOptions;
use serde_json::{Map, Value};

use super::{
    Hints, Proposal,
    build::Build,
    compose,
    container_env::{env, plain_value, ports},
    files::ProjectFiles,
    proposal::{LeftOutList, short},
    variables::{Resolved, Variables},
};
use crate::scaffold::{BaseChoice, Setup};

/// More of them in one project are not looked at.
const MOST: usize = 10;

/// What is not carried over, and why.
const LEFT_OUT: [(&[&str], &str); 9] = [
    (
        &["features"],
        "ocx installs none; what they bring belongs into the Dockerfile of the base",
    ),
    (
        &[
            "initializeCommand",
            "onCreateCommand",
            "updateContentCommand",
            "postCreateCommand",
            "postStartCommand",
            "postAttachCommand",
        ],
        "ocx runs no command by itself; what it installs belongs into the Dockerfile of the base",
    ),
    (
        &["mounts"],
        "mounts are yours to give: `extra_mounts` in your own settings",
    ),
    (
        &[
            "runArgs",
            "privileged",
            "capAdd",
            "securityOpt",
            "init",
            "gpu",
        ],
        "the flags of a session are up to ocx and its settings",
    ),
    (&["remoteUser", "containerUser"], "a session runs as you"),
    (&["customizations"], "it is about editors"),
    (
        &["appPort"],
        "ports that are to be on the host stand in `forwardPorts`",
    ),
    (
        &["workspaceMount", "workspaceFolder"],
        "in a session the project lies where it lies on the host",
    ),
    (
        &["runServices", "hostRequirements", "secrets"],
        "ocx has no such thing",
    ),
];

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
            Err(why) => hints.cannot_use(&path, why),
        }
    }
}

/// Where one may lie, in the order of the specification.
fn places(files: &ProjectFiles) -> Vec<Utf8PathBuf> {
    const FOLDER: &str = ".devcontainer";
    const NAME: &str = "devcontainer.json";
    let folder = Utf8Path::new(FOLDER);
    let mut places = vec![folder.join(NAME), ".devcontainer.json".into()];
    let below = files.directories(folder, MOST).into_iter();
    places.extend(below.map(|name| folder.join(name).join(NAME)));
    places
}

fn proposal(
    files: &ProjectFiles,
    variables: &Variables,
    path: &Utf8Path,
    text: &str,
) -> Result<Proposal, String> {
    let parsed = jsonc_parser::parse_to_serde_value::<Value>(text, &ParseOptions::default())
        .map_err(|error| format!("it is no JSON: {error}"))?;
    let Value::Object(root) = parsed else {
        return Err("it is no table".to_owned());
    };
    let reader = Reader {
        files,
        variables,
        folder: path.parent().unwrap_or(Utf8Path::new("")),
        root: &root,
    };
    let mut left_out = LeftOutList::default();
    let mut read = vec![path.to_owned()];
    let mut setup = reader.setup(&mut read, &mut left_out)?;
    setup.env = env(&root, variables, &mut left_out);
    setup.ports = ports(&root, &mut left_out);
    for (keys, why) in LEFT_OUT {
        for key in keys.iter().filter(|key| says_something(root.get(**key))) {
            left_out.add(key, why);
        }
    }
    let mut proposal = Proposal::new(path.to_owned(), setup);
    proposal.read = read;
    proposal.left_out = left_out.done();
    Ok(proposal)
}

fn says_something(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Object(table)) => !table.is_empty(),
        Some(_) => true,
    }
}

struct Reader<'a> {
    files: &'a ProjectFiles,
    variables: &'a Variables<'a>,
    /// Where the file lies, relative to the project.
    folder: &'a Utf8Path,
    root: &'a Map<String, Value>,
}

impl Reader<'_> {
    fn setup(
        &self,
        read: &mut Vec<Utf8PathBuf>,
        left_out: &mut LeftOutList,
    ) -> Result<Setup, String> {
        if let Some(compose_files) = self.root.get("dockerComposeFile") {
            return self.of_compose(compose_files, read, left_out);
        }
        let none = Map::new();
        let build = match self.root.get("build") {
            Some(Value::Object(build)) => build,
            Some(_) => return Err("its `build` is no table".to_owned()),
            None => &none,
        };
        // The second place is the older one.
        let dockerfile = build
            .get("dockerfile")
            .or_else(|| self.root.get("dockerFile"));
        match (dockerfile, self.root.get("image")) {
            (Some(dockerfile), _) => {
                let context = build.get("context").or_else(|| self.root.get("context"));
                let build = Build {
                    dockerfile: self.path("dockerfile", dockerfile)?,
                    context: match context {
                        Some(context) => self.path("context", context)?,
                        None => self.folder.to_owned(),
                    },
                    args: Default::default(),
                    target: match build.get("target") {
                        Some(target) => Some(self.own_text("target", target)?),
                        None => None,
                    },
                }
                .with_args(self.variables, build.get("args"), left_out);
                build.setup(self.files, left_out)
            }
            (None, Some(image)) => {
                let image = compose::image_of(&self.text("image", image)?)?;
                Ok(Setup::new(BaseChoice::Image(image)))
            }
            (None, None) => Err("it names neither an image nor a Dockerfile".to_owned()),
        }
    }

    /// Of several files the first that has the service says what it is; the others mostly change it.
    fn of_compose(
        &self,
        compose_files: &Value,
        read: &mut Vec<Utf8PathBuf>,
        left_out: &mut LeftOutList,
    ) -> Result<Setup, String> {
        let service = match self.root.get("service") {
            Some(service) => self.text("service", service)?,
            None => return Err("it names no service of its Compose file".to_owned()),
        };
        let named = match compose_files {
            Value::Array(named) => named.as_slice(),
            one => std::slice::from_ref(one),
        };
        for (position, name) in named.iter().take(MOST).enumerate() {
            let path = self.path("dockerComposeFile", name)?;
            let shown = short(path.as_str());
            let services = compose::services(self.files, &path)
                .map_err(|why| format!("`{shown}`: {why}"))?
                .ok_or_else(|| format!("it names `{shown}`, which the project does not have"))?;
            read.push(path.clone());
            if !services.contains_key(&service) {
                continue;
            }
            if position + 1 < named.len() {
                left_out.add("dockerComposeFile", format!("only `{shown}` is read"));
            }
            return compose::setup(self.files, &path, &services, &service, left_out)
                .map_err(|why| format!("service `{}` in `{shown}`: {why}", short(&service)));
        }
        Err(format!(
            "its Compose file has no service `{}`",
            short(&service)
        ))
    }

    fn path(&self, name: &str, value: &Value) -> Result<Utf8PathBuf, String> {
        let text = self.text(name, value)?;
        self.files
            .below(self.folder, &text)
            .ok_or_else(|| format!("its `{name}` lies outside of the project"))
    }

    fn text(&self, name: &str, value: &Value) -> Result<String, String> {
        self.resolved(name, value).map(|resolved| resolved.text)
    }

    /// One without anything of the host's environment.
    fn own_text(&self, name: &str, value: &Value) -> Result<String, String> {
        match self.resolved(name, value)? {
            resolved if resolved.is_of_host => {
                Err(format!("its `{name}` is from your environment"))
            }
            resolved => Ok(resolved.text),
        }
    }

    fn resolved(&self, name: &str, value: &Value) -> Result<Resolved, String> {
        let Value::String(text) = value else {
            return Err(format!("its `{name}` is no text"));
        };
        self.variables
            .resolve(text)
            .map_err(|why| format!("its `{name}` cannot be used: {why}"))
    }
}

impl Build {
    /// With the arguments of a `devcontainer.json`. They show in the image, so none is of the host's
    /// environment.
    fn with_args(
        mut self,
        variables: &Variables,
        args: Option<&Value>,
        left_out: &mut LeftOutList,
    ) -> Self {
        let Some(Value::Object(args)) = args else {
            return self;
        };
        for (name, value) in args {
            let resolved = plain_value(value)
                .ok_or(Cow::from("it is no text"))
                .and_then(|text| variables.resolve(&text));
            match resolved {
                Ok(resolved) if !resolved.is_of_host => {
                    self.args.insert(name.clone(), resolved.text);
                }
                Ok(_) => left_out.add(
                    &format!("args.{name}"),
                    "its value is from your environment, and would show in the image",
                ),
                Err(why) => left_out.add(&format!("args.{name}"), why),
            }
        }
        self
    }
}
