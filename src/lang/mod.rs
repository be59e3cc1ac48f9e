//! Types, values, expressions and functions: the meaning of the language. No I/O here: whatever
//! needs files, time or chance asks for it through a capability of the caller.

pub mod convert;
pub mod eval;
pub mod functions;
pub mod host;
pub mod marks;
pub mod number;
pub mod path;
pub mod references;
pub mod scope;
pub mod types;
pub mod value;

pub use convert::{ConvertError, convert};
pub use host::{Host, HostError};
pub use marks::Marks;
pub use number::Number;
pub use path::{Path, PathStep};
pub use scope::Scope;
pub use types::{AttributeType, ObjectType, Type};
pub use value::{Kind, Value};
