//! Functions that change a value's type or its marks.

use super::{Body, Function, FunctionError, Parameter, Returns, Want};
use crate::lang::convert::{Rules, can_convert, convert};
use crate::lang::{Host, Kind, Marks, Type, Value};

/// Whatever there is.
const ANYTHING: &[Parameter] = &[Parameter::new("value", Want::Any).nullable().unknown().dynamic().marked()];

/// The same, of the functions that convert.
const CONVERTED: &[Parameter] = &[Parameter::new("v", Want::Any).nullable().unknown().dynamic().marked()];

pub(super) static FUNCTIONS: &[Function] = &[
    to("tobool", "A value converted to a bool.", |v| checked(v, Want::Bool), |v, _| converted(v, Want::Bool)),
    to("tolist", "A value converted to a list.", |v| checked(v, Want::ListOfAny), |v, _| converted(v, Want::ListOfAny)),
    to("tomap", "A value converted to a map.", |v| checked(v, Want::MapOfAny), |v, _| converted(v, Want::MapOfAny)),
    to("tonumber", "A value converted to a number.", |v| checked(v, Want::Number), |v, _| converted(v, Want::Number)),
    to("toset", "A value converted to a set.", |v| checked(v, Want::SetOfAny), |v, _| converted(v, Want::SetOfAny)),
    to("tostring", "A value converted to a string.", |v| checked(v, Want::String), |v, _| converted(v, Want::String)),
    Function::new(
        "ephemeralasnull",
        "A value with null in place of everything ephemeral.",
        ANYTHING,
        Returns::Depends(same_type),
        |args, _| Ok(without_ephemeral(&args[0])),
    )
    .nullable(),
    Function::new(
        "issensitive",
        "Whether a value is marked sensitive.",
        ANYTHING,
        Returns::Type(Want::Bool),
        issensitive,
    ),
    Function::new(
        "nonsensitive",
        "A sensitive value without its mark, so that it is shown.",
        ANYTHING,
        Returns::Depends(same_type),
        |args, _| {
            let (value, marks) = args[0].unmark();
            Ok(value.with_marks(marks.without(Marks::SENSITIVE)))
        },
    )
    .nullable(),
    Function::new(
        "sensitive",
        "A value marked sensitive, so that it is not shown.",
        ANYTHING,
        Returns::Depends(same_type),
        |args, _| Ok(args[0].clone().sensitive()),
    )
    .nullable(),
];

/// A function that converts to one type.
const fn to(
    name: &'static str,
    description: &'static str,
    ty: fn(&[Value]) -> Result<Type, FunctionError>,
    body: Body,
) -> Function {
    Function::new(name, description, CONVERTED, Returns::Depends(ty), body).nullable()
}

fn same_type(args: &[Value]) -> Result<Type, FunctionError> {
    Ok(args[0].ty())
}

/// The wanted type, if values of the argument's type can be converted to it.
fn checked(args: &[Value], want: Want) -> Result<Type, FunctionError> {
    let (have, want) = (args[0].ty(), want.ty());
    if can_convert(&have, &want, Rules::Unsafe) {
        return Ok(want);
    }
    let (have, want) = (have.friendly_name(), want.friendly_name_for_constraint());
    Err(FunctionError::argument(0, format!("cannot convert {have} to {want}")))
}

fn converted(args: &[Value], want: Want) -> Result<Value, FunctionError> {
    let ty = checked(args, want)?;
    let value = &args[0];
    if !value.is_known() {
        // Nothing that is known of the value is said of the result, not even its element type.
        return Ok(Value::unknown(ty).with_marks(value.marks()));
    }
    convert(value, &ty).map_err(|_| {
        let have = value.ty().friendly_name();
        let refuse = |message: String| FunctionError::argument(0, message);
        match (value.as_str(), want) {
            _ if value.deep_marks().contains(Marks::SENSITIVE) => {
                refuse(format!("cannot convert this sensitive {have} to {}", ty.friendly_name_for_constraint()))
            }
            (Some(text), Want::Bool) => refuse(format!(
                "cannot convert {:?} to bool; only the strings \"true\" or \"false\" are allowed",
                text.as_str()
            )),
            (Some(text), Want::Number) => refuse(format!(
                "cannot convert {:?} to number; given string must be a decimal representation of a number",
                text.as_str()
            )),
            _ => refuse(format!("cannot convert {have} to {}", ty.friendly_name_for_constraint())),
        }
    })
}

fn issensitive(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    Ok(match (args[0].is_sensitive(), args[0].is_known()) {
        (true, _) => true.into(),
        (false, true) => false.into(),
        (false, false) => Value::unknown(Type::Bool),
    })
}

fn without_ephemeral(value: &Value) -> Value {
    if !value.deep_marks().contains(Marks::EPHEMERAL) {
        return value.clone();
    }
    if value.marks().contains(Marks::EPHEMERAL) {
        return Value::null(value.ty()).with_marks(value.marks().without(Marks::EPHEMERAL));
    }
    match value.kind() {
        Kind::Null(_) | Kind::Unknown(_) => value.clone(),
        _ => value.map_children(without_ephemeral),
    }
}
