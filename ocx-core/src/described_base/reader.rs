//! What a `devcontainer.json` says the base is, key by key.

use std::borrow::Cow;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value};

use super::{
    Build, DescribedBase, LeftOutList, ProjectFiles, Variables, compose, devcontainer::plain_value,
    short, variables::Resolved,
};

/// More Compose files of one are not looked at.
const MOST: usize = 10;

/// What is wrong with the value of a key.
#[derive(Debug)]
pub(super) struct KeyFault {
    /// The key, wherever it stands; `None` for all of the file.
    pub(super) key: Option<&'static str>,
    pub(super) why: String,
}

impl KeyFault {
    fn at(key: &'static str, why: impl Into<String>) -> Self {
        let why = why.into();
        Self {
            key: Some(key),
            why,
        }
    }

    fn whole(why: &str) -> Self {
        let why = why.to_owned();
        Self { key: None, why }
    }
}

/// Reads one.
pub(super) struct Reader<'a> {
    pub(super) files: &'a ProjectFiles,
    pub(super) variables: &'a Variables<'a>,
    /// Where the file lies, relative to the project.
    pub(super) folder: &'a Utf8Path,
    pub(super) root: &'a Map<String, Value>,
}

impl Reader<'_> {
    /// The base that it describes.
    pub(super) fn base(
        &self,
        read: &mut Vec<Utf8PathBuf>,
        left_out: &mut LeftOutList,
    ) -> Result<DescribedBase, KeyFault> {
        if let Some(compose_files) = self.root.get("dockerComposeFile") {
            return self.of_compose(compose_files, read, left_out);
        }
        let none = Map::new();
        let build = match self.root.get("build") {
            Some(Value::Object(build)) => build,
            Some(_) => return Err(KeyFault::at("build", "its `build` is no table")),
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
                let build = build.usable(self.files, left_out);
                Ok(DescribedBase::Build(
                    build.map_err(|why| KeyFault::at("dockerfile", why))?,
                ))
            }
            (None, Some(image)) => {
                let image = compose::image_of(&self.text("image", image)?);
                Ok(DescribedBase::Image(
                    image.map_err(|why| KeyFault::at("image", why))?,
                ))
            }
            (None, None) => Err(KeyFault::whole(
                "it names neither an image nor a Dockerfile",
            )),
        }
    }

    /// Of several files the first that has the service says what it is; the others mostly change it.
    fn of_compose(
        &self,
        compose_files: &Value,
        read: &mut Vec<Utf8PathBuf>,
        left_out: &mut LeftOutList,
    ) -> Result<DescribedBase, KeyFault> {
        let service = match self.root.get("service") {
            Some(service) => self.text("service", service)?,
            None => {
                return Err(KeyFault::at(
                    "dockerComposeFile",
                    "it names no service of its Compose file",
                ));
            }
        };
        let named = match compose_files {
            Value::Array(named) => named.as_slice(),
            one => std::slice::from_ref(one),
        };
        for (position, name) in named.iter().take(MOST).enumerate() {
            let path = self.path("dockerComposeFile", name)?;
            let shown = short(path.as_str());
            let here = |why: String| KeyFault::at("dockerComposeFile", why);
            let services = compose::services(self.files, &path)
                .map_err(|why| here(format!("`{shown}`: {why}")))?
                .ok_or_else(|| {
                    here(format!(
                        "it names `{shown}`, which the project does not have"
                    ))
                })?;
            read.push(path.clone());
            if !services.contains_key(&service) {
                continue;
            }
            if position + 1 < named.len() {
                left_out.add("dockerComposeFile", format!("only `{shown}` is read"));
            }
            return compose::base(self.files, &path, &services, &service, left_out)
                .map_err(|why| here(format!("service `{}` in `{shown}`: {why}", short(&service))));
        }
        let service = short(&service);
        Err(KeyFault::at(
            "service",
            format!("its Compose file has no service `{service}`"),
        ))
    }

    fn path(&self, name: &'static str, value: &Value) -> Result<Utf8PathBuf, KeyFault> {
        let text = self.text(name, value)?;
        self.files
            .below(self.folder, &text)
            .ok_or_else(|| KeyFault::at(name, format!("its `{name}` lies outside of the project")))
    }

    fn text(&self, name: &'static str, value: &Value) -> Result<String, KeyFault> {
        self.resolved(name, value).map(|resolved| resolved.text)
    }

    /// One without anything of the host's environment.
    fn own_text(&self, name: &'static str, value: &Value) -> Result<String, KeyFault> {
        match self.resolved(name, value)? {
            resolved if resolved.is_of_host => {
                let why = format!("its `{name}` is from your environment");
                Err(KeyFault::at(name, why))
            }
            resolved => Ok(resolved.text),
        }
    }

    fn resolved(&self, name: &'static str, value: &Value) -> Result<Resolved, KeyFault> {
        let Value::String(text) = value else {
            return Err(KeyFault::at(name, format!("its `{name}` is no text")));
        };
        self.variables
            .resolve(text)
            .map_err(|why| KeyFault::at(name, format!("its `{name}` cannot be used: {why}")))
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
