#![allow(clippy::unwrap_used)]

use crate::lang::eval::evaluate;
use crate::lang::host::memory::MemoryHost;
use crate::lang::{Host, Scope, Type, Value};
use crate::syntax::ast::Traversal;
use crate::syntax::parse::parse_expression;
use crate::syntax::{Diagnostics, FileId};

/// Names stand for unknown values of a type.
#[derive(Default)]
struct Unknowns(MemoryHost);

impl Scope for Unknowns {
    fn resolve(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let ty = match reference.root.name.as_str() {
            "string" => Type::String,
            "number" => Type::Number,
            "bool" => Type::Bool,
            "list" => Type::list(Type::String),
            "map" => Type::map(Type::String),
            _ => Type::Dynamic,
        };
        Ok((Value::unknown(ty), 0))
    }

    fn host(&self) -> &dyn Host {
        &self.0
    }
}

fn value(text: &str) -> Result<Value, String> {
    let expr = parse_expression(FileId(0), text, 0).unwrap();
    evaluate(&expr, &Unknowns::default()).map_err(|d| d.0[0].detail.clone())
}

/// Calls, and what they are the same as: value, type and marks.
const RESULTS: &[(&str, &str)] = &[
    ("chunklist([1, 2, 3], 2)", "tolist([tolist([1, 2]), tolist([3])])"),
    ("chunklist([1, 2], 0)", "tolist([tolist([1, 2])])"),
    ("chunklist([sensitive(1), 2], 1)[1]", "tolist([2])"),
    ("coalesce(null, \"\", \"a\")", "\"a\""),
    ("coalesce(\"\", 1)", "\"1\""),
    ("coalesce(\"a\", string)", "\"a\""),
    ("coalescelist([], [1, \"b\"])", "[1, \"b\"]"),
    ("coalescelist([1], any)", "[1]"),
    ("compact([\"a\", \"\", null])", "tolist([\"a\"])"),
    ("concat([\"a\"], tolist([1]))", "[\"a\", 1]"),
    ("concat(tolist([\"a\"]), tolist([1]))", "tolist([\"a\", \"1\"])"),
    ("concat(tolist([1]), tolist([true]))", "[1, true]"),
    ("concat(tolist([null]), tolist([[1]]))[1]", "[1]"),
    ("contains([1, \"a\"], \"1\")", "false"),
    ("contains([string, \"a\"], \"a\")", "true"),
    ("distinct([1, 1.0, \"1\", \"b\"])", "tolist([\"1\", \"b\"])"),
    ("element([\"a\", 1], 3)", "1"),
    ("element(tolist([\"a\", \"b\"]), -1)", "\"b\""),
    ("element([sensitive(\"a\"), \"b\"], 1)", "\"b\""),
    ("flatten([[1, [2]], toset([3]), {}])", "[1, 2, 3, {}]"),
    ("flatten([[sensitive(1)], [2]])[1]", "2"),
    ("index([[1], [2]], [2])", "1"),
    ("keys({ b = 1, a = sensitive(2) })", "[\"a\", \"b\"]"),
    ("keys(tomap({ b = 1 }))", "tolist([\"b\"])"),
    ("length(\"e\u{301}\u{1f1e9}\u{1f1ea}\")", "2"),
    ("length([string, sensitive(1)])", "2"),
    ("length(sensitive(\"ab\"))", "sensitive(2)"),
    ("lookup({ a = 1 }, \"b\", \"c\")", "\"c\""),
    ("lookup(tomap({ a = 1 }), \"b\", \"2\")", "2"),
    ("lookup({ a = 1 }, sensitive(\"a\"), 2)", "sensitive(1)"),
    ("matchkeys([1, 2, 3], [\"a\", \"b\", \"a\"], [\"a\"])", "tolist([1, 3])"),
    ("matchkeys([1], [\"x\"], [string])", "slice(tolist([1]), 0, 0)"),
    ("merge()", "{}"),
    ("merge({ a = 1 }, null, { a = \"x\" })", "{ a = \"x\" }"),
    ("merge(tomap({ a = 1 }), tomap({ b = 2 }))", "tomap({ a = 1, b = 2 })"),
    ("merge(tomap({ a = 1 }), { b = 2 })", "{ a = 1, b = 2 }"),
    ("one(tolist([\"a\"]))", "\"a\""),
    ("one([])", "null"),
    ("range(3)", "tolist([0, 1, 2])"),
    ("range(-2)", "tolist([0, -1])"),
    ("range(1, 2, 0.5)", "tolist([1, 1.5])"),
    ("reverse(toset([\"a\", \"b\"]))", "tolist([\"b\", \"a\"])"),
    ("reverse([1, \"a\"])", "[\"a\", 1]"),
    ("setintersection([\"1\", \"2\"], [1], [\"1\", \"3\"])", "toset([\"1\"])"),
    ("setproduct([\"a\"], [1, 2])", "tolist([[\"a\", 1], [\"a\", 2]])"),
    ("setproduct(toset([\"a\"]), [1])", "toset([[\"a\", 1]])"),
    ("setsubtract([\"a\", null], [null])", "toset([\"a\"])"),
    ("setunion([\"b\"], [\"a\"], [])", "toset([\"a\", \"b\"])"),
    ("setunion([{ a = 1 }], [{ b = \"x\" }])", "toset([tomap({ a = \"1\" }), tomap({ b = \"x\" })])"),
    ("slice([1, \"a\", true], 1, 3)", "[\"a\", true]"),
    ("sort([\"b\", \"B\", 1])", "tolist([\"1\", \"B\", \"b\"])"),
    ("sum([\"1\", 2.5])", "3.5"),
    ("sum([sensitive(1), 2])", "sensitive(3)"),
    ("transpose({ b = [\"x\"], a = [\"x\", \"y\"] })", "tomap({ x = tolist([\"a\", \"b\"]), y = tolist([\"a\"]) })"),
    ("values({ b = 1, a = sensitive(2) })", "[sensitive(2), 1]"),
    ("zipmap([\"a\", \"b\"], [1, sensitive(\"x\")])", "{ a = 1, b = sensitive(\"x\") }"),
    ("zipmap([sensitive(\"a\")], [1])", "sensitive({ a = 1 })"),
    ("zipmap([\"a\"], tolist([1]))", "tomap({ a = 1 })"),
    ("alltrue([true, \"true\"])", "true"),
    ("alltrue([false, bool])", "false"),
    ("anytrue([bool, true])", "true"),
    ("anytrue([])", "false"),
];

#[test]
fn results() {
    for (call, same) in RESULTS {
        assert_eq!(value(call).unwrap(), value(same).unwrap(), "{call}");
        assert_eq!(value(call).unwrap().ty(), value(same).unwrap().ty(), "{call}");
    }
}

/// Calls whose result is unknown, and its type.
const UNKNOWN: &[(&str, &str)] = &[
    ("alltrue([bool, false])", "bool"),
    ("coalesce(string, \"a\")", "string"),
    ("coalescelist(list, [\"a\"])", "any"),
    ("concat(list, [\"a\"])", "any"),
    ("concat(list, tolist([1]))", "list(string)"),
    ("contains([string], \"a\")", "bool"),
    ("contains(any, null)", "any"),
    ("element([1], number)", "any"),
    ("element(tolist([1]), number)", "number"),
    ("flatten([list])", "any"),
    ("keys(map)", "list(string)"),
    ("length(any)", "number"),
    ("lookup({ a = 1 }, string)", "any"),
    ("lookup(map, \"a\", 1)", "string"),
    ("merge(map, { a = 1 })", "any"),
    ("merge(map, map)", "map(string)"),
    ("parseint(string, 10)", "number"),
    ("reverse(list)", "list(string)"),
    ("setproduct(list, [1])", "list(tuple([string,number]))"),
    ("slice([1, 2], number, 1)", "any"),
    ("tolist(list)", "list(any)"),
    ("tostring(any)", "string"),
    ("zipmap([string], [1])", "any"),
    ("zipmap([string], tolist([1]))", "map(number)"),
];

#[test]
fn unknowns() {
    for (call, ty) in UNKNOWN {
        let value = value(call).unwrap();
        assert!(!value.is_known(), "{call}");
        assert_eq!(value.ty().to_string(), *ty, "{call}");
    }
}

/// Calls that fail, and the end of what is said about it.
const ERRORS: &[(&str, &str)] = &[
    ("list(1)", "use tolist([ ... ]) syntax to write a literal list."),
    ("coalesce(\"\", null)", "no non-null, non-empty-string arguments."),
    ("coalesce(1, [])", "all arguments must have the same type."),
    ("concat({}, [])", "all arguments must be lists or tuples; got object."),
    ("element([], 0)", "cannot use element function with an empty list."),
    ("lookup({ a = 1 }, \"b\")", "the given object has no attribute \"b\"."),
    ("lookup(tomap({ a = 1 }), sensitive(\"b\"))", "lookup failed to find key (sensitive value)."),
    ("merge({}, [])", "arguments must be maps or objects, got \"tuple\"."),
    ("one([1, 2])", "must be a list, set, or tuple value with either zero or one elements."),
    ("range(1, 5, 0)", "either decrease the difference between start and end or use a smaller step."),
    ("range(1, 5, -1)", "end must be less than start when step is negative."),
    ("setproduct([1])", "at least two arguments are required."),
    ("setproduct(range(1000), range(1000), range(1000))", "the result would have more than 4194304 elements."),
    ("setunion([1], [true])", "given sets must all have compatible element types."),
    ("slice([1], 0, 2)", "end index must not be greater than the length of the list."),
    ("sort([null])", "given list element 0 is null; a null string cannot be sorted."),
    ("sum([])", "cannot sum an empty list."),
    ("zipmap([1], [])", "number of keys (1) does not match number of values (0)."),
    ("tolist([1, [2]])", "cannot convert tuple to list of any single type."),
    ("tolist([null, [2]])", "cannot convert tuple to list of any single type."),
    ("tonumber(sensitive(\"abc\"))", "cannot convert this sensitive string to number."),
    ("tobool(\"yes\")", "cannot convert \"yes\" to bool; only the strings \"true\" or \"false\" are allowed."),
    ("parseint(\"9\", 8)", "cannot parse \"9\" as a base 8 integer."),
    ("signum(0.5)", "value must be a whole number, between -9223372036854775808 and 9223372036854775807."),
    ("max()", "must pass at least one number."),
];

#[test]
fn errors() {
    for (call, end) in ERRORS {
        let detail = value(call).unwrap_err();
        assert!(detail.ends_with(end), "{call}: {detail}");
    }
}
