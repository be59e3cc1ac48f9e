//! `infra`: a declarative infrastructure reconciler for AWS that speaks Terraform's language.
//!
//! ARCHITECTURE.md describes the layers. They point downward only:
//! `cli` → {`apply`, `plan`, `views`} → {`config`, `graph`, `state`, `providers`} → {`schema`, `lang`} → `syntax`.

pub mod apply;
pub mod cli;
pub mod config;
pub mod graph;
pub mod lang;
pub mod plan;
pub mod providers;
pub mod schema;
pub mod state;
pub mod syntax;
pub mod views;
