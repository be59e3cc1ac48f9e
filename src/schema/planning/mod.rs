//! What a schema alone says about plans: what an object will be, what needs a new one, whether a
//! provider keeps its word. Pure: values in, values out. Values have no marks but where said.

mod contract;
mod ignore;
mod nested;
mod plan;
mod propose;
mod replace;
mod sensitive;
mod spelling;
#[cfg(test)]
mod tests;

pub use contract::{assert_object_compatible, assert_plan_valid};
pub use ignore::{IgnoredPath, ignore_all, ignore_changes, ignored_path};
pub use plan::{SchemaPlan, plan_by_schema, planned_data};
pub use propose::proposed_new;
pub use replace::{filter_replace_paths, replace_paths};
pub use sensitive::sensitive_paths;
pub use spelling::keep_spelling;
