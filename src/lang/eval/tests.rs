#![allow(clippy::unwrap_used)]

use crate::lang::host::memory::MemoryHost;
use crate::lang::{Host, Kind, Scope, Type, Value};
use crate::syntax::ast::Traversal;
use crate::syntax::parse::parse_expression;
use crate::syntax::{Diagnostics, FileId};

use super::evaluate;

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

/// What is known of a value: `?` stands for what isn't, whatever its type.
fn shown(value: &Value) -> String {
    let items = |items: &[Value]| items.iter().map(shown).collect::<Vec<_>>().join(", ");
    let plain = match value.kind() {
        Kind::Unknown(_) => "?".into(),
        Kind::List(e) | Kind::Tuple(e) => format!("[{}]", items(e.items())),
        Kind::Set(e) => format!("set({})", items(e.items())),
        Kind::Map(e) | Kind::Object(e) => {
            format!("{:?}", e.items().iter().map(|(k, v)| format!("{k} = {}", shown(v))).collect::<Vec<_>>())
        }
        _ => format!("{:?}", value.unmark().0),
    };
    if value.is_sensitive() { format!("secret {plain}") } else { plain }
}

fn result(text: &str) -> String {
    let expr = parse_expression(FileId(0), text, 0).unwrap();
    match evaluate(&expr, &Unknowns::default()) {
        Ok(value) => shown(&value),
        Err(d) => format!("{}: {}", d.0[0].summary, d.0[0].detail),
    }
}

/// Each table has one expression a line, and what is known of its value behind the last `=>`.
fn check(table: &str) {
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (text, wanted) = line.rsplit_once(" => ").unwrap();
        assert_eq!(result(text.trim()), wanted.trim(), "{text}");
    }
}

#[test]
fn sets_with_unknown_elements() {
    check(
        r#"
        toset(["b", string, null, "a", "a", string]) => set("a", "b", ?, ?, null(string))
        toset([{ a = string, b = 1 }, { a = "x", b = 2 }])[*].b => [2, 1]
        toset(["a", sensitive(string)]) => secret set("a", ?)
        toset(["a", sensitive(null)]) => set("a", null(string))
        length(toset([string])) => 1
        length(toset([string, "a"])) => ?
        length(toset([string, "a"])) > 0 => true
        length(toset([string, "a"])) < 3 => true
        length(toset([string, "a"])) == 3 => false
        tolist(toset([string])) => [?]
        tolist(toset([string, "a"])) => ?
        sort(toset([string, "a"])) => ?
        reverse(toset([string, "a"])) => [?, "a"]
        [for x in toset([string, "a"]) : x] => ["a", ?]
        toset([string, "a"])[*] => ["a", ?]
        contains(toset([string, "a"]), "a") => true
        contains(toset([string, "a"]), "b") => ?
        one(toset([string, "a"])) => ?
        flatten([toset([string, "a"])]) => ?
        setunion(toset([string]), [string, "a"]) => set("a", ?, ?)
        setunion(["a"], list) => ?
        setintersection(toset([string]), ["a"]) => ?
        setproduct(toset([string]), ["a"]) => set([?, "a"])
        setproduct(toset([string, "b"]), ["a"]) => ?
        formatlist("%s", toset([string, "b"])) => ?
        toset([string]) == toset(["a", "b"]) => ?
        toset([string]) == toset([]) => false
        toset([[string]]) == toset([["a"]]) => false
        "#,
    );
}

#[test]
fn what_is_known_of_unknown_values() {
    check(
        r#"
        "ab${string}" == "b" => false
        "abc${string}" == "a" => false
        "ab${string}" == "ax" => ?
        "ab-${string}" == "ab" => false
        "ab<${string}" == "ab" => ?
        "ab\n${string}" == "ab" => ?
        "ab\t${string}" == "ab" => false
        "a-${"b-${string}"}" == "a-c" => ?
        "a-${string}" == "b-${string}" => ?
        "${string}-" == null => false
        string == number => ?
        "x${string}" == 1 => false
        length(list) > -1 => true
        length(list) > 0 => ?
        length("ab-${string}") > 2 => true
        (bool ? 1 : 2) < 3 => true
        (bool ? 1 : 2) > 2 => ?
        (bool ? 1 : 2) <= 2 => ?
        (bool ? 1 : 2) >= 0 => true
        (bool ? 1 : 2) == 3 => false
        bool ? 1 : 1 => 1
        bool ? "a" : "a" => ?
        bool ? null : null => null(any)
        bool ? tolist([1]) : tolist([2]) => [?]
        bool ? toset([1]) : toset([2]) => set(?)
        bool ? toset([1, 2]) : toset([2, 3]) => ?
        bool ? tomap({}) : tomap({}) => []
        list ? 1 : 1 => 1
        list[-1] => ?
        (bool ? [1] : [2])[1] => Invalid index: The given key does not identify an element in this collection value: the given index is greater than or equal to the length of the collection.
        (bool ? [1] : [2])[2] => Invalid index: The given key does not identify an element in this collection value.
        (bool ? { a = 1 } : { a = 2 })["b"] => ?
        "x${string}"[*] => [?]
        string[*] => ?
        { a = string, b = 1 } == { a = "x", b = 2 } => false
        [string, 1] == ["x", 2] => ?
        [1, string] == [2, "x"] => false
        "#,
    );
}

#[test]
fn try_and_can_with_unknowns() {
    check(
        r#"
        try(string, 1) => ?
        try([1, string], 1) => ?
        try(string.a, 1) => 1
        try([for x in [string] : 1], 2) => [1]
        try("x${string}" == null, 1) => false
        can(string) => ?
        can(string.a) => false
        can(length([string])) => true
        "#,
    );
}

#[test]
fn errors_about_keys_and_indices() {
    check(
        r#"
        { a.b = 1 } => Ambiguous attribute key: If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended as a literal name containing periods, wrap it in quotes to create a string literal.
        [for x in [{ y = "k" }] : { (x.y) = 1 }] => [["k = 1"]]
        [1][1] => Invalid index: The given key does not identify an element in this collection value: the given index is greater than or equal to the length of the collection.
        [1][2] => Invalid index: The given key does not identify an element in this collection value.
        [][0] => Invalid index: The given key does not identify an element in this collection value: the collection has no elements.
        sensitive([1])[1] => Invalid index: The given key does not identify an element in this collection value.
        [1][-1] => Invalid index: The given key does not identify an element in this collection value: a negative number is not a valid index for a sequence.
        alltrue(["x"]) => Invalid function argument: Invalid value for "list" parameter: a bool is required.
        alltrue([1]) => Invalid function argument: Invalid value for "list" parameter: element 0: bool required.
        "%{ for x in ["a", null] }${x}%{ endfor }" => Invalid template interpolation value: The expression result is null. Cannot include a null value in a string template.
        "a${[]}" => Invalid template interpolation value: Cannot include the given value in a string template: string required.
        "#,
    );
}
