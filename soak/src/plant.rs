//! Mistakes that the program makes when it is told to, so that its checks are seen to fail.

use std::{str::FromStr, time::Duration};

/// How long all is well.
pub const AFTER: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// A permit is taken for good.
    LeakPermit,
    /// What somebody waits for comes, and nobody is told.
    ForgetWake,
    /// A task goes where a mutex should be held, without it.
    NoLock,
    /// A writer leaves its work half done.
    TornWrite,
    /// An item is taken and not counted.
    LoseItem,
    /// The permit of an operation comes back before the kernel is done with it.
    EarlyPermit,
    LeakMemory,
    LeakDescriptor,
}

impl Plant {
    pub const ALL: [(&str, Self); 8] = [
        ("leak-permit", Self::LeakPermit),
        ("forget-wake", Self::ForgetWake),
        ("no-lock", Self::NoLock),
        ("torn-write", Self::TornWrite),
        ("lose-item", Self::LoseItem),
        ("early-permit", Self::EarlyPermit),
        ("leak-memory", Self::LeakMemory),
        ("leak-descriptor", Self::LeakDescriptor),
    ];
}

impl FromStr for Plant {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|(known, _)| *known == name);
        found.map_or_else(
            || Err(format!("no such mistake: {name}")),
            |(_, plant)| Ok(plant),
        )
    }
}
