//! Functions that answer a question about a collection with a bool or a number.

use unicode_segmentation::UnicodeSegmentation;

use super::{has_elements, is_sequence};
use crate::lang::convert::convert;
use crate::lang::functions::{Function, FunctionError, Parameter, Returns, Want};
use crate::lang::value::Bound;
use crate::lang::{Host, Kind, Number, Type, Value};

pub(in crate::lang::functions) static FUNCTIONS: &[Function] = &[
    Function::new(
        "alltrue",
        "Whether all elements of a list are true; an empty list counts as such.",
        &[Parameter::new("list", Want::ListOfBool)],
        Returns::Type(Want::Bool),
        alltrue,
    ),
    Function::new(
        "anytrue",
        "Whether at least one element of a list is true.",
        &[Parameter::new("list", Want::ListOfBool)],
        Returns::Type(Want::Bool),
        anytrue,
    ),
    Function::new(
        "contains",
        "Whether a list or set has a value among its elements.",
        &[Parameter::new("list", Want::Any), Parameter::new("value", Want::Any)],
        Returns::Depends(|_| Ok(Type::Bool)),
        contains,
    ),
    Function::new(
        "index",
        "The position of the first element of a list that equals a value.",
        &[Parameter::new("list", Want::Any), Parameter::new("value", Want::Any)],
        Returns::Depends(|_| Ok(Type::Number)),
        index,
    ),
    Function::new(
        "length",
        "The number of elements of a collection, or of characters of a string.",
        &[Parameter::new("value", Want::Any).unknown().dynamic().marked()],
        Returns::Type(Want::Number),
        length,
    ),
    Function::new(
        "sum",
        "The sum of the numbers in a list or set.",
        &[Parameter::new("list", Want::Any)],
        Returns::Depends(|_| Ok(Type::Number)),
        sum,
    ),
];

fn alltrue(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    for item in args[0].as_elements().unwrap_or_default() {
        if !item.is_known() {
            return Ok(Value::unknown_not_null(Type::Bool));
        }
        if item.as_bool() != Some(true) {
            return Ok(false.into());
        }
    }
    Ok(true.into())
}

fn anytrue(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let items = args[0].as_elements().unwrap_or_default();
    if items.iter().any(|item| item.as_bool() == Some(true)) {
        return Ok(true.into());
    }
    if items.iter().any(|item| !item.is_known()) {
        return Ok(Value::unknown_not_null(Type::Bool));
    }
    Ok(false.into())
}

fn contains(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    if !has_elements(&args[0].ty()) {
        return Err(FunctionError::new("argument must be list, tuple, or set"));
    }
    let mut is_unknown = false;
    for item in args[0].as_elements().unwrap_or_default() {
        match item.equals(&args[1]).as_bool() {
            Some(true) => return Ok(true.into()),
            Some(false) => {}
            None => is_unknown = true,
        }
    }
    Ok(if is_unknown { Value::unknown_not_null(Type::Bool) } else { false.into() })
}

fn index(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    if !is_sequence(&args[0].ty()) {
        return Err(FunctionError::new("argument must be a list or tuple"));
    }
    let items = args[0].as_elements().unwrap_or_default();
    if items.is_empty() {
        return Err(FunctionError::new("cannot search an empty list"));
    }
    for (i, item) in items.iter().enumerate() {
        match item.equals(&args[1]).as_bool() {
            Some(true) => return Ok(Number::from(i).into()),
            Some(false) => {}
            None => return Ok(Value::unknown_not_null(Type::Number)),
        }
    }
    Err(FunctionError::new("item not found"))
}

fn length(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let (value, marks) = args[0].unmark();
    let bound = |n: usize| Some(Bound { number: n.into(), inclusive: true });
    let unknown = |min: usize, max: Option<usize>| {
        Value::unknown_not_null(Type::Number).refine(|r| (r.lower, r.upper) = (bound(min), max.and_then(bound)))
    };
    let count = match (value.kind(), value.ty()) {
        (Kind::String(s), _) => Number::from(s.graphemes(true).count()).into(),
        (_, Type::Dynamic) => Value::unknown_not_null(Type::Number),
        (_, Type::String) => unknown(value.string_prefix().graphemes(true).count(), None),
        (_, Type::Number | Type::Bool) => {
            return Err(FunctionError::new("argument must be a string, a collection type, or a structural type"));
        }
        (Kind::Set(e), _) if !value.is_length_known() => unknown(1, Some(e.items().len())),
        _ => match value.length_range() {
            (min, Some(max)) if min == max => Number::from(min).into(),
            (min, max) => unknown(min, max),
        },
    };
    Ok(count.with_marks(marks))
}

fn sum(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let refuse = |message: &str| Err(FunctionError::argument(0, message));
    let ty = args[0].ty();
    let Some(count) = args[0].len() else {
        return refuse("cannot sum noniterable");
    };
    if count == 0 {
        return refuse("cannot sum an empty list");
    }
    if !has_elements(&ty) {
        return refuse(&format!("argument must be list, set, or tuple. Received {}", ty.friendly_name()));
    }
    if !args[0].is_wholly_known() {
        return Ok(Value::unknown_not_null(Type::Number));
    }
    let mut total: Option<Number> = None;
    for item in args[0].as_elements().unwrap_or_default() {
        let converted = convert(item, &Type::Number).ok();
        let Some(number) = converted.as_ref().and_then(Value::as_number) else {
            return refuse("argument must be list, set, or tuple of number values");
        };
        total = Some(match total {
            None => number.clone(),
            Some(total) => total.add(number).map_err(|e| FunctionError::new(e.to_string()))?,
        });
    }
    Ok(total.unwrap_or(Number::ZERO).into())
}
