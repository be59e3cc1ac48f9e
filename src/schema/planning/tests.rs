//! Objects are written as the bodies of blocks; `"?"` is unknown. They are shown without what is
//! null or empty.

use std::sync::Arc;

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::*;
use crate::lang::scope::Constants;
use crate::lang::{Type, Value};
use crate::schema::{Attribute, Block, NestedAttributes, NestedBlock, Nesting, Schema, decode_body};
use crate::syntax::FileId;
use crate::syntax::body::ConfigBody;
use crate::syntax::parse::{parse_body, parse_expression};

fn lower_case(v: &Value) -> Value {
    v.as_str().map_or_else(|| v.clone(), |s| Value::string(s.to_lowercase()))
}

/// Every kind of attribute, and rules in blocks of every kind.
fn schema() -> Schema {
    let text = || Attribute::optional(Type::String);
    let rule = || {
        let attributes = [
            ("cidr".into(), Attribute { normalise: Some(lower_case), ..text() }),
            ("port".into(), Attribute { force_new: true, ..text() }),
            ("proto".into(), Attribute { default: Some("tcp".into()), ..text() }),
            ("id".into(), Attribute::computed(Type::String)),
            ("zone".into(), Attribute::optional_computed(Type::String)),
        ];
        Block { attributes: attributes.into_iter().collect(), blocks: IndexMap::new() }
    };
    let nested = |nesting: Nesting, block: Block| NestedBlock {
        nesting,
        block,
        min: 0,
        max: 0,
        computed: false,
        force_new: false,
    };
    let group = Block { attributes: [("name".into(), text())].into_iter().collect(), ..Block::default() };
    let outer =
        Block { blocks: [("rule".into(), nested(Nesting::Set, rule()))].into_iter().collect(), ..group.clone() };
    let inner: IndexMap<SmolStr, Attribute> =
        [("a".into(), text()), ("c".into(), Attribute::computed(Type::String))].into_iter().collect();
    let inner_type = Type::object([("a".into(), Type::String), ("c".into(), Type::String)]);
    let attributes = [
        ("id", Attribute::computed(Type::String)),
        ("name", Attribute { force_new: true, ..text() }),
        ("zone", Attribute::optional_computed(Type::String)),
        ("size", Attribute { default: Some("s".into()), ..text() }),
        ("secret", Attribute { write_only: true, ..text() }),
        ("password", Attribute { sensitive: true, ..text() }),
        ("tags", Attribute::optional(Type::map(Type::String))),
        ("policy", Attribute { normalise: Some(lower_case), ..text() }),
        (
            "options",
            Attribute {
                nested: Some(Arc::new(NestedAttributes { nesting: Nesting::List, attributes: inner })),
                ..Attribute::optional_computed(Type::list(inner_type))
            },
        ),
    ];
    let blocks = [
        ("list", nested(Nesting::List, rule())),
        ("set", nested(Nesting::Set, rule())),
        ("map", nested(Nesting::Map, rule())),
        ("single", NestedBlock { force_new: true, ..nested(Nesting::Single, group) }),
        ("outer", nested(Nesting::List, outer)),
    ];
    Schema::new(
        0,
        Block {
            attributes: attributes.into_iter().map(|(n, a)| (SmolStr::new_static(n), a)).collect(),
            blocks: blocks.into_iter().map(|(n, b)| (SmolStr::new_static(n), b)).collect(),
        },
    )
}

fn object(text: &str) -> Value {
    let schema = schema();
    if text == "null" {
        return Value::null(schema.implied_type().clone());
    }
    let text = text.replace("; ", "\n").replace("{ ", "{\n").replace(" }", "\n}") + "\n";
    let (body, diagnostics) = parse_body(FileId(0), &text);
    assert!(diagnostics.is_empty(), "{text}: {diagnostics:?}");
    let body = ConfigBody::from_native(FileId(0), body.into());
    let (value, diagnostics) = decode_body(&body, &schema.block, &Constants);
    assert!(diagnostics.is_empty(), "{text}: {diagnostics:?}");
    with_unknowns(&value)
}

fn with_unknowns(v: &Value) -> Value {
    match v.as_str() {
        Some(s) if s == "?" => Value::unknown(Type::String),
        _ => v.map_children(with_unknowns),
    }
}

fn show(v: &Value) -> String {
    let join = |parts: Vec<String>| parts.join(" ");
    match (v.as_elements(), v.as_entries()) {
        _ if !v.is_known() => "?".into(),
        (Some(items), _) => format!("[{}]", join(items.iter().map(show).collect())),
        (_, Some(entries)) => {
            let there = entries.iter().filter(|(_, v)| !v.is_null() && v.is_empty() != Some(true));
            format!("{{{}}}", join(there.map(|(k, v)| format!("{k}={}", show(v))).collect()))
        }
        _ => v.as_str().map_or_else(|| format!("{v:?}"), ToString::to_string),
    }
}

/// Prior, configuration, proposed new object.
#[test]
fn objects_are_proposed() {
    for (prior, config, expected) in [
        ("null", "null", "null"),
        ("id = \"i\"", "null", "null"),
        ("null", "name = \"n\"", "{name=n size=s}"),
        ("id = \"i\"; zone = \"z\"; name = \"old\"", "name = \"n\"", "{id=i name=n size=s zone=z}"),
        ("zone = \"z\"; size = \"xl\"; password = \"p\"", "zone = \"?\"", "{size=s zone=?}"),
        ("secret = \"x\"", "secret = \"s\"", "{secret=s size=s}"),
        // By index.
        (
            "list { cidr = \"a\"; id = \"1\" }; list { cidr = \"b\"; id = \"2\" }",
            "list { cidr = \"b\" }",
            "{list=[{cidr=b id=1 proto=tcp}] size=s}",
        ),
        // By what is in them.
        (
            "set { cidr = \"a\"; id = \"1\" }; set { cidr = \"b\"; id = \"2\"; zone = \"z\" }",
            "set { cidr = \"b\" }; set { cidr = \"c\" }",
            "{set=[{cidr=b id=2 proto=tcp zone=z} {cidr=c proto=tcp}] size=s}",
        ),
        // Nothing is found twice.
        (
            "set { cidr = \"a\"; id = \"1\" }",
            "set { cidr = \"a\"; zone = \"x\" }; set { cidr = \"a\" }",
            "{set=[{cidr=a id=1 proto=tcp} {cidr=a proto=tcp zone=x}] size=s}",
        ),
        ("set { cidr = \"a\"; id = \"1\" }", "set { cidr = \"?\" }", "{set=[{cidr=? proto=tcp}] size=s}"),
        (
            "map \"k\" { cidr = \"a\"; id = \"1\" }; map \"gone\" { id = \"2\" }",
            "map \"k\" { cidr = \"b\" }; map \"new\" { cidr = \"c\" }",
            "{map={k={cidr=b id=1 proto=tcp} new={cidr=c proto=tcp}} size=s}",
        ),
        (
            "outer { name = \"o\"; rule { cidr = \"a\"; id = \"1\" } }",
            "outer { name = \"p\"; rule { cidr = \"A\" } }",
            "{outer=[{name=p rule=[{cidr=A id=1 proto=tcp}]}] size=s}",
        ),
        // Nested attributes that only the provider set stay; those of the configuration go with it.
        ("options = [{ c = \"1\" , a = null }]", "name = \"n\"", "{name=n options=[{c=1}] size=s}"),
        ("options = [{ c = \"1\" , a = \"x\" }]", "name = \"n\"", "{name=n size=s}"),
        (
            "options = [{ c = \"1\" , a = \"x\" }]",
            "options = [{ a = \"y\", c = null }]",
            "{options=[{a=y c=1}] size=s}",
        ),
    ] {
        let proposed = proposed_new(&schema(), &object(prior), &object(config));
        let shown = if proposed.is_null() { "null".into() } else { show(&proposed) };
        assert_eq!(shown, expected, "{prior} | {config}");
    }
}

/// Prior, configuration, planned object and what needs a new one. Every such plan is valid.
#[test]
fn plans_follow_from_the_schema() {
    for (prior, config, expected, replace) in [
        ("null", "name = \"n\"; secret = \"s\"", "{id=? name=n options=? size=s zone=?}", ""),
        ("id = \"i\"; name = \"n\"; size = \"s\"", "name = \"n\"", "{id=i name=n size=s}", ""),
        ("id = \"i\"; name = \"n\"", "name = \"m\"; zone = \"z\"", "{id=i name=m size=s zone=z}", ".name"),
        ("name = \"n\"", "size = \"xl\"", "{size=xl}", ".name"),
        // Another spelling of the same.
        ("policy = \"ALLOW\"; size = \"s\"", "policy = \"allow\"", "{policy=ALLOW size=s}", ""),
        // New elements: the provider decides, and a port can't be given to one that is there.
        (
            "list { port = \"1\"; id = \"x\" }",
            "list { port = \"1\" }; list { port = \"2\" }",
            "{list=[{id=x port=1 proto=tcp} {id=? port=2 proto=tcp zone=?}] size=s}",
            ".list[1].port",
        ),
        (
            "list { port = \"1\" }; list { port = \"2\" }",
            "list { port = \"1\" }",
            "{list=[{port=1 proto=tcp}] size=s}",
            ".list",
        ),
        ("list { cidr = \"1\" }", "name = null", "{size=s}", ""),
        (
            "set { port = \"1\"; id = \"x\" }; set { port = \"2\"; id = \"y\" }",
            "set { port = \"1\" }; set { port = \"3\" }",
            "{set=[{id=x port=1 proto=tcp} {id=? port=3 proto=tcp zone=?}] size=s}",
            ".set",
        ),
        (
            "set { cidr = \"ab\"; proto = \"tcp\"; id = \"x\" }",
            "set { cidr = \"AB\" }; set { cidr = \"c\" }",
            "{set=[{cidr=ab id=x proto=tcp} {cidr=c id=? proto=tcp zone=?}] size=s}",
            "",
        ),
        (
            "outer { rule { port = \"1\"; id = \"x\" } }",
            "outer { rule { port = \"2\" } }",
            "{outer=[{rule=[{id=? port=2 proto=tcp zone=?}]}] size=s}",
            ".outer[0].rule",
        ),
        (
            "map \"k\" { port = \"1\" }",
            "map \"k\" { port = \"2\" }; map \"l\" { cidr = \"c\" }",
            "{map={k={port=2 proto=tcp} l={cidr=c id=? proto=tcp zone=?}} size=s}",
            ".map[\"k\"].port",
        ),
        ("name = null", "single { name = \"n\" }", "{single={name=n} size=s}", ".single"),
        ("single { name = \"n\" }", "single { name = \"m\" }", "{single={name=m} size=s}", ""),
        ("name = \"n\"", "name = \"?\"", "{name=? size=s}", ".name"),
        ("name = \"n\"", "null", "null", ""),
    ] {
        let (schema, prior, config) = (schema(), object(prior), object(config));
        let plan = plan_by_schema(&schema, &prior, &proposed_new(&schema, &prior, &config));
        let shown = if plan.planned.is_null() { "null".into() } else { show(&plan.planned) };
        let paths: Vec<String> = plan.requires_replace.iter().map(ToString::to_string).collect();
        assert_eq!((shown.as_str(), paths.join(" ").as_str()), (expected, replace), "{prior:?} | {config:?}");
        assert_eq!(assert_plan_valid(&schema, &prior, &config, &plan.planned), Vec::<String>::new(), "{config:?}");
        assert_eq!(filter_replace_paths(&prior, &plan.planned, plan.requires_replace.clone()), plan.requires_replace);
        let again = plan_by_schema(&schema, &plan.planned, &proposed_new(&schema, &plan.planned, &config));
        assert_eq!(again.planned, plan.planned, "planned again");
    }
}

#[test]
fn data_sources_have_unknown_attributes() {
    let planned = planned_data(&schema(), &object("name = \"n\"; set { cidr = \"c\" }"));
    assert_eq!(show(&planned), "{id=? name=n options=? set=[{cidr=c id=? proto=tcp zone=?}] size=s zone=?}");
}

/// Prior, configuration, planned object, what is wrong with it.
#[test]
fn plans_keep_to_the_configuration() {
    for (prior, config, planned, expected) in [
        ("null", "name = \"n\"", "name = \"n\"; id = \"?\"; zone = \"z\"", ""),
        ("null", "null", "name = \"n\"", "planned for existence, but config wants absence"),
        ("name = \"n\"", "name = \"n\"", "null", "planned for absence, but config wants existence"),
        ("null", "name = \"n\"", "name = \"m\"", ".name: planned value \"m\" does not match config value \"n\""),
        (
            "name = \"o\"",
            "name = \"n\"",
            "name = \"m\"",
            ".name: planned value \"m\" does not match config value \"n\" nor prior value",
        ),
        ("name = \"N\"", "name = \"n\"", "name = \"N\"", ""),
        ("null", "zone = null", "name = \"m\"", ".name: planned value \"m\" for a non-computed attribute"),
        (
            "null",
            "password = \"a\"",
            "password = \"b\"",
            ".password: planned value (sensitive) does not match config value (sensitive)",
        ),
        (
            "null",
            "secret = \"s\"",
            "secret = \"s\"",
            ".secret: planned value for a write-only attribute, which must be null",
        ),
        (
            "null",
            "list { port = \"1\" }",
            "name = null",
            ".list: block count in plan (0) disagrees with count in config (1)",
        ),
        (
            "null",
            "list { port = \"1\" }",
            "list { port = \"2\"; id = \"?\" }",
            ".list[0].port: planned value \"2\" does not match config value \"1\"",
        ),
        ("null", "set { port = \"?\" }", "set { port = \"?\"; id = \"?\"; proto = \"tcp\" }", ""),
        (
            "null",
            "set { port = \"1\" }",
            "set { port = \"2\" }",
            ".set: planned set elements do not correlate with the elements in config",
        ),
        ("null", "map \"k\" { port = \"1\" }", "name = null", ".map: missing key \"k\""),
        ("null", "name = null", "single { name = \"n\" }", ".single: planned for existence, but config wants absence"),
        ("null", "options = [{ a = \"x\", c = null }]", "options = [{ a = \"x\", c = \"?\" }]", ""),
        (
            "null",
            "options = [{ a = \"x\", c = null }]",
            "options = [{ a = \"y\", c = \"?\" }]",
            ".options[0].a: planned value \"y\" does not match config value \"x\"",
        ),
    ] {
        let problems = assert_plan_valid(&schema(), &object(prior), &object(config), &object(planned));
        assert_eq!(problems.join("\n"), expected, "{config} | {planned}");
    }
}

/// Planned object, actual object, what is wrong with it.
#[test]
fn results_keep_to_the_plan() {
    for (planned, actual, expected) in [
        ("id = \"?\"; name = \"n\"", "id = \"i\"; name = \"n\"", ""),
        ("name = \"n\"", "name = \"m\"", ".name: was \"n\", but now \"m\""),
        ("name = \"n\"", "null", "was present, but now absent"),
        ("password = \"n\"", "password = \"m\"", ".password: inconsistent values for sensitive attribute"),
        ("tags = { a = \"?\" }", "tags = { a = \"1\" }", ""),
        ("list { id = \"?\" }", "name = null", ".list: block count changed from 1 to 0"),
        (
            "list { id = \"?\"; port = \"1\" }",
            "list { id = \"i\"; port = \"2\" }",
            ".list[0].port: was \"1\", but now \"2\"",
        ),
        ("set { id = \"?\"; port = \"1\" }", "set { id = \"i\"; port = \"1\" }", ""),
        (
            "set { id = \"?\"; port = \"1\" }",
            "set { id = \"i\"; port = \"2\" }",
            ".set: a planned set element does not correlate with any element in actual",
        ),
        ("set { port = \"1\" }", "name = null", ".set: block set length changed from 1 to 0"),
        (
            "map \"k\" { port = \"1\" }",
            "map \"l\" { port = \"1\" }",
            ".map: block key \"k\" has vanished\n.map: new block key \"l\" has appeared",
        ),
        ("name = null", "single { name = \"n\" }", ".single: was absent, but now present"),
    ] {
        let problems = assert_object_compatible(&schema(), &object(planned), &object(actual));
        assert_eq!(problems.join("\n"), expected, "{planned} | {actual}");
    }
}

#[test]
fn spelling_is_kept_where_the_meaning_is() {
    for (prior, actual, expected) in [
        ("policy = \"ALLOW\"; name = \"N\"", "policy = \"allow\"; name = \"n\"", "{name=n policy=ALLOW}"),
        ("policy = \"ALLOW\"", "policy = \"deny\"", "{policy=deny}"),
        ("null", "policy = \"deny\"", "{policy=deny}"),
        ("list { cidr = \"AB\" }", "list { cidr = \"ab\"; port = \"1\" }", "{list=[{cidr=AB port=1}]}"),
        (
            "set { cidr = \"AB\"; id = \"i\" }; set { cidr = \"X\" }",
            "set { cidr = \"y\" }; set { cidr = \"ab\"; id = \"i\" }",
            "{set=[{cidr=AB id=i} {cidr=y}]}",
        ),
    ] {
        assert_eq!(show(&keep_spelling(&schema(), &object(prior), &object(actual))), expected, "{prior} | {actual}");
    }
}

#[test]
fn the_schema_says_what_is_sensitive() {
    let value = object("password = \"p\"; name = \"n\"");
    let paths = sensitive_paths(&schema(), &value);
    assert_eq!(paths.iter().map(|(p, _)| p.to_string()).collect::<Vec<_>>(), [".password"]);
    assert!(value.mark_paths(&paths).get("password").is_some_and(Value::is_sensitive));
}

/// Prior and configuration as values of the attribute `x` of any type, what is ignored, what is
/// left of the configuration.
#[test]
fn ignored_changes_give_way() {
    let any = Schema::new(
        0,
        Block { attributes: [("x".into(), Attribute::optional(Type::Dynamic))].into(), ..Block::default() },
    );
    for (prior, config, ignored, expected) in [
        ("1", "2", "x", "1"),
        ("1", "null", "x", "1"),
        ("{ a = 1, b = 2 }", "{ a = 10, b = 20, n = 5 }", "x.a", "{ a = 1, b = 20, n = 5 }"),
        ("{ a = 1, b = 2 }", "{ a = 10, b = 20, n = 5 }", "x[\"a\"]", "{ a = 1, b = 2 }"),
        ("{ a = 1, b = 2 }", "{ b = 20 }", "x.a", "{ b = 20 }"),
        (
            "tomap({ a = 1, b = 2 })",
            "tomap({ a = 10, b = 20, n = 5 })",
            "x[\"a\"] x[\"n\"]",
            "tomap({ a = 1, b = 20 })",
        ),
        ("tomap({ a = 1, b = 2 })", "tomap({ b = 20 })", "x[\"a\"]", "tomap({ a = 1, b = 20 })"),
        ("tomap({ a = 1 })", "tomap({ a = 2 })", "x.a", "tomap({ a = 2 })"),
        ("[1, 2]", "[10, 20, 30]", "x[0] x[5]", "[1, 20, 30]"),
        ("[1, 2]", "[10]", "x[1]", "[10]"),
        ("[{ a = 1 }, { a = 2 }]", "[{ a = 10 }, { a = 20 }]", "x[0].a", "[{ a = 1 }, { a = 20 }]"),
        ("{ a = 1 }", "null", "x.a", "null"),
    ] {
        let evaluate = |text: &str| {
            let expr = parse_expression(FileId(0), text, 0).unwrap();
            crate::lang::eval::evaluate_partial(&expr, &Constants).0
        };
        let value = |text: &str| Value::object(vec![("x".into(), evaluate(text))]);
        let paths: Vec<IgnoredPath> = ignored
            .split(' ')
            .map(|text| match parse_expression(FileId(0), text, 0).unwrap().kind {
                crate::syntax::ast::ExprKind::Traversal(t) => ignored_path(&t),
                other => panic!("{other:?}"),
            })
            .collect();
        let result = ignore_changes(&any, &value(prior), &value(config), &paths);
        assert_eq!(result, value(expected), "{config} ignoring {ignored}");
    }
    let (prior, config) =
        (object("id = \"i\"; zone = \"z\"; set { id = \"1\"; cidr = \"c\" }"), object("name = \"n\""));
    assert_eq!(show(&ignore_all(&schema(), &prior, &config)), "{set=[{cidr=c}] zone=z}");
    assert_eq!(ignore_all(&schema(), &object("null"), &config), config);
}
