//! The signatures of all functions, as `metadata functions -json` prints them: each by its name
//! and by that in the namespace `core`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use crate::lang::functions::{self, Function, Parameter, Returns};
use crate::lang::{Type, Value};
use crate::views::diagnostic::json::return_type;

/// All signatures.
#[derive(Serialize)]
pub struct Functions {
    format_version: &'static str,
    function_signatures: BTreeMap<String, Signature>,
}

#[derive(Clone, Serialize)]
struct Signature {
    description: &'static str,
    return_type: Json,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<ParameterJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variadic_parameter: Option<ParameterJson>,
}

#[derive(Clone, Serialize)]
struct ParameterJson {
    name: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_nullable: bool,
    #[serde(rename = "type")]
    ty: Json,
}

impl Functions {
    /// Those of all functions that there are.
    #[must_use]
    pub fn all() -> Self {
        let known = functions::names().filter_map(|name| Some((name, Signature::new(functions::find(name)?))));
        let by_name = known.flat_map(|(name, s)| [(format!("core::{name}"), s.clone()), (name.to_owned(), s)]);
        Functions { format_version: "1.0", function_signatures: by_name.collect() }
    }
}

/// What a function returns, whatever it is given.
fn result(function: &Function) -> Type {
    match function.returns {
        Returns::Type(want) => want.ty(),
        Returns::Depends(of) if function.params.is_empty() => {
            let argument = function.variadic.map(|p| Value::unknown(p.want.ty()));
            of(argument.as_slice()).unwrap_or(Type::Dynamic)
        }
        Returns::Depends(_) => return_type(function),
    }
}

impl Signature {
    fn new(function: &Function) -> Self {
        Signature {
            description: function.description,
            return_type: result(function).to_json(),
            parameters: function.params.iter().map(ParameterJson::new).collect(),
            variadic_parameter: function.variadic.as_ref().map(ParameterJson::new),
        }
    }
}

impl ParameterJson {
    fn new(p: &Parameter) -> Self {
        ParameterJson { name: p.name, is_nullable: p.nullable, ty: p.want.ty().to_json() }
    }
}
