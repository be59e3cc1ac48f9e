//! The functions that the evaluator calls itself, because they take expressions rather than values
//! or render templates: here are their names and parameters, for everyone who asks for those.

use super::{Function, FunctionError, Host, Parameter, Returns, Value, Want};

/// See `lang::eval`, which knows these by name.
pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "can",
        "Tells whether an expression evaluates without errors.",
        &[Parameter::new("expression", Want::Any)],
        Returns::Type(Want::Bool),
        evaluated_elsewhere,
    ),
    Function::new(
        "templatefile",
        "Renders the template in a file with the given values.",
        &[Parameter::new("path", Want::String), Parameter::new("vars", Want::Any)],
        Returns::Type(Want::Any),
        evaluated_elsewhere,
    ),
    Function::new(
        "templatestring",
        "Renders a template from elsewhere in the module with the given values.",
        &[Parameter::new("template", Want::String), Parameter::new("vars", Want::Any)],
        Returns::Type(Want::String),
        evaluated_elsewhere,
    ),
    Function::new(
        "try",
        "Gives the value of the first of several expressions that evaluates without errors.",
        &[],
        Returns::Type(Want::Any),
        evaluated_elsewhere,
    )
    .variadic(Parameter::new("expressions", Want::Any)),
];

fn evaluated_elsewhere(_: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    Err(FunctionError::new("this function can only be called in an expression"))
}
