//! Programs that a project's lock file calls for, and that the image of its template lacks.

use std::fmt;

use super::Template;

/// A package manager that a template can install. (Docker's official Node.js has Yarn already.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateTool {
    /// uv, for Python.
    Uv,
    /// Poetry, for Python.
    Poetry,
    /// pnpm, for Node.js.
    Pnpm,
    /// Bun, beside Node.js.
    Bun,
}

impl TemplateTool {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Uv, Self::Poetry, Self::Pnpm, Self::Bun];

    /// What users call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Uv => "uv",
            Self::Poetry => "Poetry",
            Self::Pnpm => "pnpm",
            Self::Bun => "Bun",
        }
    }

    /// The template that it is installed in.
    #[must_use]
    pub fn template(self) -> Template {
        match self {
            Self::Uv | Self::Poetry => Template::Python,
            Self::Pnpm | Self::Bun => Template::Node,
        }
    }

    /// The file that a project which uses it has at its top.
    #[must_use]
    pub fn lock_file(self) -> &'static str {
        match self {
            Self::Uv => "uv.lock",
            Self::Poetry => "poetry.lock",
            Self::Pnpm => "pnpm-lock.yaml",
            Self::Bun => "bun.lock",
        }
    }

    /// The instruction for the Dockerfile.
    pub(super) fn instructions(self) -> &'static str {
        match self {
            Self::Uv => "RUN pip install --no-cache-dir uv",
            Self::Poetry => "RUN pip install --no-cache-dir poetry",
            Self::Pnpm => "RUN npm install --global pnpm",
            Self::Bun => "RUN npm install --global bun",
        }
    }
}

impl fmt::Display for TemplateTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_a_line_more_in_its_template() {
        for tool in TemplateTool::ALL {
            let template = tool.template();
            let text = template.dockerfile_on(None, &[tool]);
            let added = text.strip_prefix(template.dockerfile()).unwrap();
            let expected = format!("\n# For {}.\n{}\n", tool.lock_file(), tool.instructions());
            assert_eq!(added, expected);
        }
    }
}
