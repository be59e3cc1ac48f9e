use indexmap::IndexMap;
use smol_str::SmolStr;

use super::{Attribute, Block, NestedBlock, Nesting, decode_body};
use crate::lang::scope::Constants;
use crate::lang::{Type, Value};
use crate::syntax::FileId;
use crate::syntax::body::ConfigBody;
use crate::syntax::parse::parse_body;

/// A block with an argument `a` and nested blocks of every kind, one of which nests another.
fn schema() -> Block {
    let attributes = |names: &[&'static str]| -> IndexMap<SmolStr, Attribute> {
        names.iter().map(|n| (SmolStr::new_static(n), Attribute::optional(Type::String))).collect()
    };
    let inner = Block { attributes: attributes(&["x"]), blocks: IndexMap::new() };
    let nested = |nesting: Nesting, block: Block, max: usize| NestedBlock {
        nesting,
        block,
        min: 0,
        max,
        computed: false,
        force_new: false,
    };
    let deep = Block {
        attributes: attributes(&["name"]),
        blocks: [("port".into(), nested(Nesting::Set, inner.clone(), 0))].into_iter().collect(),
    };
    let blocks = [
        ("list".into(), nested(Nesting::List, deep, 2)),
        ("set".into(), nested(Nesting::Set, inner.clone(), 0)),
        ("map".into(), nested(Nesting::Map, inner.clone(), 0)),
        ("single".into(), nested(Nesting::Single, inner, 0)),
    ];
    let mut attributes = attributes(&["a"]);
    let object = Type::object([("x".into(), Type::String), ("y".into(), Type::list(Type::String))]);
    attributes.insert("rule".into(), Attribute::optional(Type::set(object)));
    Block { attributes, blocks: blocks.into_iter().collect() }
}

/// What a body is decoded to, as text, or the summaries of what is wrong with it.
fn decode(text: &str) -> String {
    let (body, diagnostics) = parse_body(FileId(0), text);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let body = ConfigBody::from_native(FileId(0), body.into());
    let (value, diagnostics) = decode_body(&body, &schema(), &Constants);
    match diagnostics.is_empty() {
        true => ["list", "set", "map", "single", "rule"]
            .iter()
            .filter_map(|name| value.get(name).map(|v| (name, v)))
            .filter(|(_, v)| !v.is_null() && v.is_empty() != Some(true))
            .map(|(name, v)| format!("{name}={v:?}"))
            .collect::<Vec<_>>()
            .join(" "),
        false => diagnostics.iter().map(|d| d.summary.clone()).collect::<Vec<_>>().join(", "),
    }
}

#[test]
fn blocks_become_values() {
    let cases = [
        (
            "set {\n x = \"b\"\n}\nset {\n x = \"a\"\n}\nset {\n x = \"b\"\n}\n",
            r#"set=set(object({x=string}))[{"x": "a"}, {"x": "b"}]"#,
        ),
        ("single {\n x = 1\n}\n", r#"single={"x": "1"}"#),
        ("single {\n}\nsingle {\n}\n", "Duplicate single block"),
        ("list {\n}\nlist {\n}\nlist {\n}\n", "Too many list blocks"),
        ("map \"k\" {\n x = \"v\"\n}\n", r#"map=map(object({x=string})){"k": {"x": "v"}}"#),
        ("set {\n x = []\n}\n", "Incorrect attribute value type"),
        ("nope {\n}\n", "Unsupported block type"),
    ];
    for (text, expected) in cases {
        assert_eq!(decode(text), expected, "{text}");
    }
}

#[test]
fn attributes_of_objects_are_written_as_blocks_too() {
    let both = r#"rule=set(object({x=string,y=list(string)}))[{"x": "a", "y": null(list(string))}]"#;
    let cases = [
        ("rule {\n x = \"a\"\n}\n", both),
        ("rule = [{ x = \"a\", y = null }]\n", both),
        ("dynamic \"rule\" {\n for_each = [\"a\"]\n content {\n x = rule.value\n }\n}\n", both),
        ("dynamic \"rule\" {\n for_each = []\n content {\n }\n}\n", ""),
        ("rule = []\n", ""),
        ("rule {\n nope = 1\n}\n", "Unsupported argument"),
        ("rule = []\nrule {\n}\n", "Unsupported block type"),
        ("a {\n}\n", "Unsupported block type"),
    ];
    for (text, expected) in cases {
        assert_eq!(decode(text), expected, "{text}");
    }
    let is_null = |text: &str| {
        let (body, _) = parse_body(FileId(0), text);
        let (value, _) = decode_body(&ConfigBody::from_native(FileId(0), body.into()), &schema(), &Constants);
        value.get("rule").is_some_and(Value::is_null)
    };
    assert!(is_null("dynamic \"rule\" {\n for_each = []\n content {\n }\n}\n"));
    assert!(!is_null("rule = []\n"));
}

#[test]
fn dynamic_blocks_are_expanded() {
    let cases = [
        (
            "dynamic \"set\" {\n for_each = [\"b\", \"a\"]\n content {\n x = set.value\n }\n}\n",
            r#"set=set(object({x=string}))[{"x": "a"}, {"x": "b"}]"#,
        ),
        (
            "dynamic \"set\" {\n for_each = { k = \"v\" }\n iterator = it\n content {\n x = \"${it.key}-${it.value}\"\n }\n}\n",
            r#"set=set(object({x=string}))[{"x": "k-v"}]"#,
        ),
        (
            "dynamic \"map\" {\n for_each = [\"p\"]\n labels = [map.value]\n content {\n x = map.key\n }\n}\n",
            r#"map=map(object({x=string})){"p": {"x": "0"}}"#,
        ),
        (
            "dynamic \"list\" {\n for_each = { web = [1, 2] }\n content {\n name = list.key\n dynamic \"port\" {\n for_each = \
             list.value\n content {\n x = \"${list.key}:${port.value}\"\n }\n }\n }\n}\n",
            r#"list=list(object({name=string,port=set(object({x=string}))}))[{"name": "web", "port": set(object({x=string}))[{"x": "web:1"}, {"x": "web:2"}]}]"#,
        ),
        ("dynamic \"nope\" {\n for_each = []\n content {}\n}\n", "Unsupported block type"),
        ("dynamic \"set\" {\n for_each = null\n content {}\n}\n", "Invalid dynamic for_each value"),
        ("dynamic \"set\" {\n for_each = 5\n content {}\n}\n", "Invalid dynamic for_each value"),
        ("dynamic \"set\" {\n for_each = []\n}\n", "Missing content block"),
        ("dynamic \"set\" {\n content {}\n}\n", "Missing required argument"),
        ("dynamic \"single\" {\n for_each = [1, 2]\n content {}\n}\n", "Duplicate single block"),
    ];
    for (text, expected) in cases {
        assert_eq!(decode(text), expected, "{text}");
    }
}
