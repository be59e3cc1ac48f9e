//! Data sources that need no service: partitions, regions, and the provider's own settings. One file each.

pub mod default_tags;
pub mod partition;
pub mod region;
