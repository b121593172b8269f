//! Telling once which MCP servers a base has no program for: opencode says no more than that they failed.

use crate::ops::{
    Ocx,
    session::{Program, project_config::ProjectConfig},
};
use crate::{
    image::{ContentDigest, ImageReference},
    report::Notice,
    state::ProjectStore,
};

/// What every session has, whatever its base.
const OWN: [&str; 2] = ["opencode", "rg"];

impl Ocx {
    /// Tells which local MCP servers of a session with opencode are to be started by a program that is not
    /// in the search path of the base. Costs no call of the engine: it was looked at when the image was
    /// built.
    pub(in crate::ops) fn tell_missing_mcp_commands(
        &self,
        program: &Program,
        project_config: &ProjectConfig,
        store: &ProjectStore,
        (base, content): (&ImageReference, &ContentDigest),
        ids: (u32, u32),
    ) {
        if !matches!(program, Program::Opencode(_)) {
            return;
        }
        let named = self.named_in_config(project_config);
        if named.mcp_programs.is_empty() {
            return;
        }
        let Some(known) = self.known_search_path(content, ids) else {
            return;
        };
        if !known.complete {
            return;
        }
        let is_missing = |program: &str| {
            is_looked_for(program) && !OWN.contains(&program) && !known.programs.contains(program)
        };
        let servers = named.mcp_programs.iter();
        let missing = servers.filter(|(_, program)| is_missing(program));
        for (server, program) in missing {
            let fact = format!("mcp {server} {program} {}", content.hex());
            if !self.untold(store, [fact]).is_empty() {
                self.notice(&Notice::McpCommandMissing {
                    server: server.clone(),
                    program: program.clone(),
                    base: base.clone(),
                });
            }
        }
    }
}

/// Whether a program is found by the search path alone.
fn is_looked_for(program: &str) -> bool {
    !program.is_empty() && !program.contains(['/', '{'])
}
