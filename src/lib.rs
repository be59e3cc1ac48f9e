//! `infra`: a declarative infrastructure reconciler for AWS that speaks Terraform's language.
//!
//! ARCHITECTURE.md describes the layers. They point downward only:
//! `cli` → `views` → `config` → {`schema`, `lang`} → `syntax`.

pub mod cli;
pub mod config;
pub mod lang;
pub mod providers;
pub mod schema;
pub mod syntax;
pub mod views;
