//! CloudWatch Logs. One file a type.

pub mod log_group;
