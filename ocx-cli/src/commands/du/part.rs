//! A part of what ocx takes of the disks, and the command that is about it.

use std::process::ExitCode;

use clap::Args;
use ocx_core::ops::{DiskItem, DiskKind, DiskUsage, Keep};

use super::{
    scene::{self, Scene},
    table,
};
use crate::{args::GlobalArgs, failure::Failure, ui::Ui};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands) enum Part {
    Images,
    Volumes,
    Cache,
}

/// What each listing takes.
#[derive(Args, Debug)]
pub(in crate::commands) struct ListArgs {
    /// Print JSON, as `ocx du --json` does
    #[arg(long)]
    json: bool,
}

impl Part {
    /// The command that is about it.
    pub(in crate::commands) fn command(self) -> &'static str {
        match self {
            Self::Images => "ocx image",
            Self::Volumes => "ocx volume",
            Self::Cache => "ocx cache",
        }
    }

    /// What one of it is called.
    pub(in crate::commands) fn noun(self) -> &'static str {
        match self {
            Self::Images => "image",
            Self::Volumes => "volume",
            Self::Cache => "file",
        }
    }

    fn holds(self, kind: DiskKind) -> bool {
        match kind {
            DiskKind::Image | DiskKind::Base => self == Self::Images,
            DiskKind::Home => self == Self::Volumes,
            DiskKind::Opencode
            | DiskKind::Tool
            | DiskKind::BuildContext
            | DiskKind::Leftover
            | DiskKind::Cache => self == Self::Cache,
            _ => false,
        }
    }

    pub(in crate::commands) fn of(self, items: Vec<DiskItem>) -> Vec<DiskItem> {
        let mut items = items;
        items.retain(|item| self.holds(item.kind));
        items
    }

    pub(in crate::commands) async fn list(
        self,
        global: &GlobalArgs,
        args: &ListArgs,
    ) -> Result<ExitCode, Failure> {
        let mut usage = Scene::prepare(global)?.disk.usage(&Keep::default()).await;
        usage.items = self.of(usage.items);
        show(global.ui(), &usage, args.json)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What there is, on standard output.
pub(super) fn show(ui: Ui, usage: &DiskUsage, json: bool) -> Result<(), Failure> {
    if json {
        ui.json(&table::usage_as_json(usage))?;
        return Ok(());
    }
    scene::name_silent(ui, usage);
    ui.answer(&(table::rows(&usage.items, ui.width()) + &table::sums(&usage.items)))?;
    Ok(())
}
