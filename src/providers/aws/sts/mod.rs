//! STS: who makes the requests. One file a data source.

pub mod caller_identity;
