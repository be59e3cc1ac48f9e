//! The functions of the language: one table entry and one body each, in files by subject. The
//! protocol around a call — conversion of arguments, nulls, unknowns, marks — lives here, once.

mod base64;
mod collection;
mod conversion;
mod csv;
pub(crate) mod date;
mod filesystem;
mod format;
mod glob;
mod graphemes;
mod hash;
mod json;
mod letters;
mod network;
mod numeric;
mod paths;
mod quote;
mod regex;
mod rsa;
mod special;
mod string;
mod table;
#[cfg(test)]
mod testing;
mod text_encoding;
mod url;
mod uuid;
mod yaml;

use thiserror::Error;

use crate::lang::convert::{Rules, can_convert};
use crate::lang::{ConvertError, Host, Marks, Type, Value, convert};

pub use date::parse_duration;
pub use json::write_string as write_json_string;
pub use table::{find, names};

/// What a parameter accepts, in a form that tables can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Want {
    Any,
    String,
    Number,
    Bool,
    ListOfAny,
    ListOfString,
    ListOfBool,
    SetOfAny,
    SetOfString,
    MapOfAny,
    MapOfString,
    MapOfListOfString,
    ListOfListOfString,
    ListOfMapOfString,
}

impl Want {
    /// The type that is meant.
    #[must_use]
    pub fn ty(self) -> Type {
        match self {
            Want::Any => Type::Dynamic,
            Want::String => Type::String,
            Want::Number => Type::Number,
            Want::Bool => Type::Bool,
            Want::ListOfAny => Type::list(Type::Dynamic),
            Want::ListOfString => Type::list(Type::String),
            Want::ListOfBool => Type::list(Type::Bool),
            Want::SetOfAny => Type::set(Type::Dynamic),
            Want::SetOfString => Type::set(Type::String),
            Want::MapOfAny => Type::map(Type::Dynamic),
            Want::MapOfString => Type::map(Type::String),
            Want::MapOfListOfString => Type::map(Type::list(Type::String)),
            Want::ListOfListOfString => Type::list(Type::list(Type::String)),
            Want::ListOfMapOfString => Type::list(Type::map(Type::String)),
        }
    }
}

/// A parameter of a function.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name, for messages and signatures.
    pub name: &'static str,
    /// Arguments are converted to this.
    pub want: Want,
    /// The body takes null. Otherwise null is an error.
    pub nullable: bool,
    /// The body takes a value that is unknown itself. Otherwise the result is unknown.
    /// (Elements *in* a value can be unknown either way.)
    pub unknown: bool,
    /// The body takes an unknown of unknown type. Otherwise so is the result.
    pub dynamic: bool,
    /// The body takes marked values and sees to the marks. Otherwise all marks, deep ones too, are
    /// taken off and put on the result.
    pub marked: bool,
}

impl Parameter {
    /// A parameter that takes neither null, unknown nor marked values.
    #[must_use]
    pub const fn new(name: &'static str, want: Want) -> Self {
        Parameter { name, want, nullable: false, unknown: false, dynamic: false, marked: false }
    }

    /// Lets null through.
    #[must_use]
    pub const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// Lets unknown values of known type through.
    #[must_use]
    pub const fn unknown(mut self) -> Self {
        self.unknown = true;
        self
    }

    /// Lets unknown values of unknown type through to the computation of the result's type and,
    /// with [`Parameter::unknown`], to the body.
    #[must_use]
    pub const fn dynamic(mut self) -> Self {
        self.dynamic = true;
        self
    }

    /// Lets marked values through.
    #[must_use]
    pub const fn marked(mut self) -> Self {
        self.marked = true;
        self
    }
}

/// The type of a function's result.
#[derive(Clone, Copy)]
pub enum Returns {
    /// Always the same.
    Type(Want),
    /// Depends on the arguments, which may be unknown; can refuse them. Called only where the
    /// result is unknown: the body of the function makes the same checks itself (or by calling
    /// this function first).
    Depends(fn(&[Value]) -> Result<Type, FunctionError>),
}

/// The body of a function: arguments are converted to the parameters' types, `values.len()` is
/// the number of arguments.
pub type Body = fn(&[Value], &dyn Host) -> Result<Value, FunctionError>;

/// A function of the language.
#[derive(Clone, Copy)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// One sentence on what it does.
    pub description: &'static str,
    /// Parameters that must be given.
    pub params: &'static [Parameter],
    /// Takes any number of further arguments.
    pub variadic: Option<Parameter>,
    /// The result's type.
    pub returns: Returns,
    /// Whether the result can be null: if not, unknown results are known not to be.
    pub nullable: bool,
    /// What it does.
    pub body: Body,
}

impl Function {
    /// A function whose result is never null.
    #[must_use]
    pub const fn new(
        name: &'static str,
        description: &'static str,
        params: &'static [Parameter],
        returns: Returns,
        body: Body,
    ) -> Self {
        Function { name, description, params, variadic: None, returns, nullable: false, body }
    }

    /// Takes further arguments.
    #[must_use]
    pub const fn variadic(mut self, parameter: Parameter) -> Self {
        self.variadic = Some(parameter);
        self
    }

    /// Can return null.
    #[must_use]
    pub const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// The parameter of the argument at an index.
    #[must_use]
    pub fn parameter(&self, index: usize) -> Option<&Parameter> {
        self.params.get(index).or(self.variadic.as_ref())
    }

    /// As messages show it: `upper(str)`, `max(numbers...)`.
    #[must_use]
    pub fn signature(&self) -> String {
        let mut names: Vec<String> = self.params.iter().map(|p| p.name.to_string()).collect();
        names.extend(self.variadic.map(|p| format!("{}...", p.name)));
        format!("{}({})", self.name, names.join(", "))
    }
}

/// Why a call failed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct FunctionError {
    /// The argument that is to blame, counted from zero.
    pub argument: Option<usize>,
    /// What is wrong, as the end of a sentence: no capital, no full stop.
    pub message: String,
}

impl FunctionError {
    /// The call as a whole failed.
    pub fn new(message: impl Into<String>) -> Self {
        FunctionError { argument: None, message: message.into() }
    }

    /// An argument is to blame.
    pub fn argument(index: usize, message: impl Into<String>) -> Self {
        FunctionError { argument: Some(index), message: message.into() }
    }
}

impl From<ConvertError> for FunctionError {
    fn from(e: ConvertError) -> Self {
        FunctionError::new(e.to_string())
    }
}

impl Function {
    /// Calls the function. The number of arguments must have been checked.
    ///
    /// # Errors
    /// When an argument is of the wrong type, null where it must not be, or refused by the body.
    pub fn call(&self, args: &[Value], host: &dyn Host) -> Result<Value, FunctionError> {
        let mut marks = Marks::NONE;
        let mut ready = Vec::with_capacity(args.len());
        let (mut is_unknown, mut is_dynamic) = (false, false);
        for (i, arg) in args.iter().enumerate() {
            let Some(parameter) = self.parameter(i) else {
                return Err(FunctionError::argument(i, "too many arguments"));
            };
            ready.push(self.argument(i, parameter, arg, &mut marks)?);
        }
        for (i, value) in ready.iter().enumerate() {
            let Some(parameter) = self.parameter(i) else { continue };
            // Behind an argument whose type isn't known nothing is checked yet.
            if value.is_null() && !parameter.nullable && !is_dynamic {
                return Err(FunctionError::argument(i, "argument must not be null"));
            }
            let has_no_type = !value.is_known() && value.ty() == Type::Dynamic;
            is_dynamic |= has_no_type && !parameter.dynamic;
            is_unknown |= !value.is_known() && !parameter.unknown;
        }
        let result = if is_dynamic {
            match self.returns {
                Returns::Type(want) => self.unknown_result(want.ty()),
                Returns::Depends(_) => Value::dynamic(),
            }
        } else if is_unknown {
            let ty = match self.returns {
                Returns::Type(want) => want.ty(),
                Returns::Depends(ty) => ty(&ready)?,
            };
            self.unknown_result(ty)
        } else {
            return Ok((self.body)(&ready, host)?.with_marks(marks));
        };
        // No body has seen to the marks that were left on.
        let left = ready.iter().fold(Marks::NONE, |left, value| left | value.deep_marks());
        Ok(result.with_marks(marks | left))
    }

    /// Converts one argument and takes its marks off unless the parameter wants them.
    fn argument(&self, i: usize, p: &Parameter, arg: &Value, marks: &mut Marks) -> Result<Value, FunctionError> {
        let mut value = match p.want {
            Want::Any => arg.clone(),
            want => convert(arg, &want.ty()).map_err(|e| {
                // Where in a value it is that doesn't convert is said only if its type already tells.
                let is_of_convertible_type = can_convert(&arg.ty(), &want.ty(), Rules::Unsafe);
                FunctionError::argument(i, if is_of_convertible_type { e.message } else { e.to_string() })
            })?,
        };
        if !p.marked && !value.deep_marks().is_empty() {
            let (plain, found) = value.unmark_deep();
            *marks |= found;
            value = plain;
        }
        Ok(value)
    }

    fn unknown_result(&self, ty: Type) -> Value {
        match (&ty, self.nullable) {
            (Type::Dynamic, _) | (_, true) => Value::unknown(ty),
            _ => Value::unknown_not_null(ty),
        }
    }
}
