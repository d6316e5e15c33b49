//! What the command and the service tell whoever runs them: figures for the control room as
//! OpenMetrics text, and signs of life for systemd.
//!
//! Uses nothing else of the project, and no crate: the command and the service share it.

#![forbid(unsafe_code)]

mod openmetrics;
mod supervisor;

pub use openmetrics::{Family, Kind, OpenMetrics};
pub use supervisor::Supervisor;
