//! Facts about the engine, remembered so that a session start pays no call for them.

use std::fs;

use camino::Utf8PathBuf;

use crate::ops::{Ocx, error::UseCaseError};
use crate::{
    disk,
    report::Notice,
    runtime::{EngineInfo, RuntimeError},
};

/// Facts about the engine, and how old they may be.
pub(in crate::ops) enum EngineFacts {
    /// It told them just now.
    Told(EngineInfo),
    /// It told them once.
    Remembered(EngineInfo),
}

impl EngineFacts {
    pub(in crate::ops) fn info(&self) -> &EngineInfo {
        match self {
            Self::Told(info) | Self::Remembered(info) => info,
        }
    }
}

/// Asks the engine what it is and remembers the answer.
///
/// # Errors
///
/// If it does not answer, or cannot be used.
pub async fn probe_engine(ocx: &Ocx) -> Result<(), RuntimeError> {
    ocx.ask_engine_info().await.map(drop)
}

impl Ocx {
    /// The facts as they are remembered, or else as the engine tells them.
    pub(in crate::ops) async fn engine_facts(&self) -> Result<EngineFacts, RuntimeError> {
        match self.remembered_info() {
            Some(info) => Ok(EngineFacts::Remembered(info)),
            None => Ok(EngineFacts::Told(self.ask_engine_info().await?)),
        }
    }

    /// The facts as the engine has just told them; it is asked if that was some time ago.
    pub(in crate::ops) async fn fresh_engine_info(
        &self,
        facts: &EngineFacts,
    ) -> Result<EngineInfo, RuntimeError> {
        match facts {
            EngineFacts::Told(info) => Ok(info.clone()),
            EngineFacts::Remembered(_) => self.ask_engine_info().await,
        }
    }

    /// The facts as the engine tells them now.
    pub(in crate::ops) async fn ask_engine_info(&self) -> Result<EngineInfo, RuntimeError> {
        let info = self.runtime.engine_info().await?;
        // That its init process does not start is nothing that it tells.
        let known = self.remembered_info().is_some_and(|known| {
            !known.init && known.version == info.version && known.mode == info.mode
        });
        self.remember_info(&EngineInfo {
            init: info.init && !known,
            ..info.clone()
        });
        Ok(info)
    }

    /// Remembers that the engine starts nothing with its init process, and tells the user.
    pub(in crate::ops) fn init_does_not_start(&self) {
        self.notice(&Notice::InitDoesNotStart {
            engine: self.runtime.name().to_string(),
        });
        self.remember_init(false);
    }

    /// Remembers whether the engine starts containers with its init process.
    pub(in crate::ops) fn remember_init(&self, init: bool) {
        if let Some(info) = self.remembered_info().filter(|info| info.init != init) {
            self.remember_info(&EngineInfo { init, ..info });
        }
    }

    fn remembered_info(&self) -> Option<EngineInfo> {
        disk::read_json(&self.engine_file())
    }

    fn remember_info(&self, info: &EngineInfo) {
        // Without a cache it only takes longer the next time.
        let _ = disk::write_json(&self.engine_file(), info);
    }

    /// Forgets the facts if a use case failed in a way that they may have caused.
    pub(in crate::ops) fn forget_engine_info_after<T, E: UseCaseError>(
        &self,
        result: &Result<T, E>,
    ) {
        if result.as_ref().is_err_and(E::may_be_of_engine_facts) {
            self.forget_engine_info();
        }
    }

    /// Forgets the facts, since something failed that they may have caused.
    pub(in crate::ops) fn forget_engine_info(&self) {
        let _ = fs::remove_file(self.engine_file());
    }

    fn engine_file(&self) -> Utf8PathBuf {
        self.host
            .dirs
            .cache
            .join("engines")
            .join(format!("{}.json", self.engine_key().as_str()))
    }
}
