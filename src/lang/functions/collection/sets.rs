//! Functions on sets.

use std::collections::HashSet;

use super::check_size;
use crate::lang::convert::{Rules, convert, unify};
use crate::lang::functions::{Function, FunctionError, Parameter, Returns, Want};
use crate::lang::value::Refinement;
use crate::lang::{Host, Marks, Type, Value};

pub(in crate::lang::functions) static FUNCTIONS: &[Function] = &[
    Function::new(
        "setintersection",
        "The elements that all the given sets have in common.",
        &[Parameter::new("first_set", Want::SetOfAny)],
        Returns::Depends(common_type),
        setintersection,
    )
    .variadic(Parameter::new("other_sets", Want::SetOfAny)),
    Function::new(
        "setproduct",
        "All combinations of one element from each of the given sets or lists.",
        &[],
        Returns::Depends(setproduct_type),
        setproduct,
    )
    .variadic(Parameter::new("sets", Want::Any).unknown().marked()),
    Function::new(
        "setsubtract",
        "The elements of one set that are not in another.",
        &[Parameter::new("a", Want::SetOfAny), Parameter::new("b", Want::SetOfAny)],
        Returns::Depends(common_type),
        setsubtract,
    ),
    Function::new(
        "setunion",
        "The elements of all the given sets.",
        &[Parameter::new("first_set", Want::SetOfAny).unknown()],
        Returns::Depends(common_type),
        setunion,
    )
    .variadic(Parameter::new("other_sets", Want::SetOfAny).unknown()),
];

const INCOMPATIBLE: &str = "given sets must all have compatible element types";

/// The set type to which all of the sets convert. Empty sets of nothing in particular fit any.
fn common_type(args: &[Value]) -> Result<Type, FunctionError> {
    let fits_any = |arg: &Value, t: &Type| *t == Type::Dynamic && arg.is_empty() == Some(true);
    let types: Vec<Type> =
        args.iter().filter_map(|arg| arg.ty().element().filter(|t| !fits_any(arg, t)).cloned()).collect();
    if types.is_empty() {
        return Ok(Type::set(Type::Dynamic));
    }
    let common = unify(&types, Rules::Unsafe);
    common.map(Type::set).ok_or_else(|| FunctionError::new(INCOMPATIBLE))
}

/// The sets converted to their common type, and the type of its elements.
fn converted(args: &[Value]) -> Result<(Type, Vec<Value>), FunctionError> {
    let ty = common_type(args)?;
    let sets = args
        .iter()
        .enumerate()
        .map(|(i, arg)| convert(arg, &ty).map_err(|e| FunctionError::argument(i, e.to_string())));
    let sets = sets.collect::<Result<Vec<_>, _>>()?;
    // Where the common type leaves something open, the sets themselves must still agree.
    let with_elements = || sets.iter().filter(|s| s.len().is_some_and(|n| n > 0)).map(Value::ty);
    let ty = if ty.has_dynamic() { with_elements().next().unwrap_or(ty) } else { ty };
    if with_elements().any(|t| t != ty) {
        return Err(FunctionError::new(INCOMPATIBLE));
    }
    Ok((ty.element().cloned().unwrap_or(Type::Dynamic), sets))
}

fn identities(set: &Value) -> HashSet<String> {
    set.as_elements().unwrap_or_default().iter().map(Value::identity).collect()
}

/// The elements of the first set that a function wants, given the identities of the others.
fn filtered(args: &[Value], wanted: impl Fn(&[HashSet<String>], &str) -> bool) -> Result<Value, FunctionError> {
    let (element, sets) = converted(args)?;
    if sets.iter().any(|s| !s.is_wholly_known()) {
        return Ok(Value::unknown_not_null(Type::set(element)));
    }
    let others: Vec<HashSet<String>> = sets[1..].iter().map(identities).collect();
    let items = sets[0].as_elements().unwrap_or_default().iter();
    let kept = items.filter(|v| wanted(&others, &v.identity())).cloned().collect();
    Ok(Value::set(element, kept))
}

fn setintersection(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    filtered(args, |others, v| others.iter().all(|o| o.contains(v)))
}

fn setsubtract(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    filtered(args, |others, v| !others.iter().any(|o| o.contains(v)))
}

fn setunion(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let (element, sets) = converted(args)?;
    if sets.iter().any(|s| !s.is_known()) {
        return Ok(Value::unknown_not_null(Type::set(element)));
    }
    check_size(sets.iter().fold(0usize, |sum, s| sum.saturating_add(s.len().unwrap_or(0))))?;
    let items = sets.iter().flat_map(|s| s.as_elements().unwrap_or_default()).cloned().collect();
    Ok(Value::set(element, items))
}

fn setproduct_type(args: &[Value]) -> Result<Type, FunctionError> {
    if args.len() < 2 {
        return Err(FunctionError::new("at least two arguments are required"));
    }
    let mut elements = Vec::with_capacity(args.len());
    for (i, arg) in args.iter().enumerate() {
        elements.push(match arg.ty() {
            Type::Set(t) | Type::List(t) => (*t).clone(),
            Type::Tuple(types) if types.is_empty() => Type::Dynamic,
            Type::Tuple(types) => unify(&types, Rules::Unsafe)
                .ok_or_else(|| FunctionError::argument(i, "all elements must be of the same type"))?,
            _ => return Err(FunctionError::argument(i, "a set or a list is required")),
        });
    }
    let tuple = Type::tuple(elements);
    let is_set = args.iter().any(|arg| matches!(arg.ty(), Type::Set(_)));
    Ok(if is_set { Type::set(tuple) } else { Type::list(tuple) })
}

fn setproduct(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let ty = setproduct_type(args)?;
    let marks = args.iter().fold(Marks::NONE, |m, arg| m | arg.marks());
    let Some(Type::Tuple(types)) = ty.element() else {
        return Ok(Value::unknown_not_null(ty).with_marks(marks));
    };
    let ranges = || args.iter().map(Value::length_range);
    if args.iter().any(|arg| !arg.is_length_known()) {
        let min = ranges().fold(1usize, |product, (min, _)| product.saturating_mul(min));
        let max = ranges().try_fold(1usize, |product, (_, max)| product.checked_mul(max?));
        // A product that may be empty is not taken for an empty one.
        let max = max.filter(|max| *max > 0);
        let refinement = Refinement { not_null: true, length: Some((min, max)), ..Refinement::default() };
        return Ok(Value::unknown_refined(ty, refinement).with_marks(marks));
    }
    let total = ranges().fold(1usize, |product, (n, _)| product.saturating_mul(n));
    check_size(total.saturating_mul(args.len()))?;
    let mut columns = Vec::with_capacity(args.len());
    for (i, (arg, ty)) in args.iter().zip(types.iter()).enumerate() {
        let items = arg.as_elements().unwrap_or_default().iter().map(|v| convert(v, ty));
        let column = items.collect::<Result<Vec<_>, _>>().map_err(|e| FunctionError::argument(i, e.to_string()))?;
        if ty.has_dynamic() && column.iter().any(|v| v.ty() != column[0].ty()) {
            return Err(FunctionError::argument(i, "all elements must be of the same type"));
        }
        columns.push(column);
    }
    let combinations = (0..total).map(|n| combination(&columns, n)).collect();
    let element = Type::Tuple(types.clone());
    let product = match ty {
        Type::Set(_) => Value::set(element, combinations),
        _ => Value::list(element, combinations),
    };
    Ok(product.with_marks(marks))
}

/// The combination at a position, where the last column changes fastest.
fn combination(columns: &[Vec<Value>], mut position: usize) -> Value {
    let mut items = Vec::with_capacity(columns.len());
    for column in columns.iter().rev() {
        items.push(column[position % column.len()].clone());
        position /= column.len();
    }
    items.reverse();
    Value::tuple(items)
}
