//! Addresses of what is in a configuration and in state, and the concurrent walk over what depends
//! on what.

pub mod address;
pub mod resources;
pub mod walk;

pub use address::parse::{Target, parse_config, parse_instance, parse_module, parse_resource, parse_target};
pub use address::{ConfigAddress, InstanceAddress, InstanceKey, ModuleAddress, ModuleStep, ResourceAddress};
pub use resources::ResourceGraph;
