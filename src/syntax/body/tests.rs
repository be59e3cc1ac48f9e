use std::sync::Arc;

use super::{BodySchema, ConfigBody};
use crate::syntax::{Diagnostics, FileId, SourceFile, json, parse};

fn schema() -> BodySchema {
    BodySchema::new()
        .required(&["value"])
        .optional(&["type", "tags"])
        .block("resource", &["type", "name"])
        .block("lifecycle", &[])
}

fn native(text: &str) -> ConfigBody {
    let (body, _) = parse::parse_body(FileId(0), text);
    ConfigBody::from_native(FileId(0), Arc::new(body))
}

fn from_json(text: &str) -> ConfigBody {
    let source = SourceFile { name: "main.tf.json".into(), text: text.into() };
    ConfigBody::from_json(&json::parse(FileId(0), &source).0)
}

/// Each as `summary: detail @ text of the subject`.
fn show<'a>(diagnostics: &'a Diagnostics, text: &'a str) -> Vec<String> {
    let subject =
        |d: &crate::syntax::Diagnostic| d.subject.map(|span| &text[span.range()]).unwrap_or_default().to_owned();
    diagnostics.iter().map(|d| format!("{}: {} @ {}", d.summary, d.detail, subject(d))).collect()
}

#[test]
fn native_content_follows_the_schema() {
    let cases: &[(&str, &[&str])] = &[
        ("value = 1\nlifecycle {\n}\nresource a \"b\" {}\nresource a c {}\n", &[]),
        ("", &["Missing required argument: The argument \"value\" is required, but no definition was found. @ "]),
        ("value = 1\nvalu = 2\n", &["Unsupported argument: An argument named \"valu\" is not expected here. @ valu"]),
        (
            "value = 1\ntyp = 2\n",
            &["Unsupported argument: An argument named \"typ\" is not expected here. Did you mean \"type\"? @ typ"],
        ),
        (
            "value = 1\nlifecycle = {}\n",
            &[
                "Unsupported argument: An argument named \"lifecycle\" is not expected here. Did you mean to define a block of type \"lifecycle\"? @ lifecycle",
            ],
        ),
        (
            "value = 1\ntags {}\n",
            &[
                "Unsupported block type: Blocks of type \"tags\" are not expected here. Did you mean to define argument \"tags\"? If so, use the equals sign to assign it a value. @ tags",
            ],
        ),
        (
            "value = 1\nlifecyle {}\n",
            &[
                "Unsupported block type: Blocks of type \"lifecyle\" are not expected here. Did you mean \"lifecycle\"? @ lifecyle",
            ],
        ),
        (
            "value = 1\nresource {}\n",
            &["Missing type for resource: All resource blocks must have 2 labels (type, name). @ {"],
        ),
        (
            "value = 1\nresource a {}\n",
            &["Missing name for resource: All resource blocks must have 2 labels (type, name). @ {"],
        ),
        (
            "value = 1\nresource a b \"c\" {}\n",
            &["Extraneous label for resource: Only 2 labels (type, name) are expected for resource blocks. @ \"c\""],
        ),
        (
            "value = 1\nlifecycle x {}\n",
            &["Extraneous label for lifecycle: No labels are expected for lifecycle blocks. @ x"],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(show(&native(text).content(&schema()).1, text), *expected, "{text}");
    }
}

#[test]
fn json_content_follows_the_schema() {
    let cases: &[(&str, &[&str])] = &[
        (r#"{"value":1,"//":2,"lifecycle":{},"resource":{"a":{"b":{},"c":[{},{}]}}}"#, &[]),
        (r#"[{"value":1},{"resource":[{"a":{"b":null}}]}]"#, &[]),
        (r#"{}"#, &["Missing required argument: The argument \"value\" is required, but no definition was found. @ }"]),
        (
            r#"{"value":1,"typ":2}"#,
            &[
                "Extraneous JSON object property: No argument or block type is named \"typ\". Did you mean \"type\"? @ \"typ\"",
            ],
        ),
        (
            r#"{"value":1,"lifecyle":2}"#,
            &[
                "Extraneous JSON object property: No argument or block type is named \"lifecyle\". Did you mean \"lifecycle\"? @ \"lifecyle\"",
            ],
        ),
        (
            r#"{"value":1,"value":2}"#,
            &["Duplicate argument: The argument \"value\" was already set at main.tf.json:1,2-11. @ \"value\""],
        ),
        (
            r#"{"value":1,"lifecycle":1}"#,
            &[
                "Incorrect JSON value type: Either a JSON object or a JSON array is required, representing the contents of one or more \"lifecycle\" blocks. @ 1",
            ],
        ),
        (
            r#"{"value":1,"resource":{}}"#,
            &[
                "Missing block label: At least one object property is required, whose name represents the resource block's type. @ {",
            ],
        ),
        (
            r#"{"value":1,"resource":{"a":[2]}}"#,
            &[
                "Incorrect JSON value type: A JSON object is required here, to specify name labels for this block. @ 2",
                "Missing block label: At least one object property is required, whose name represents the resource block's name. @ [",
            ],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(show(&from_json(text).content(&schema()).1, text), *expected, "{text}");
    }
}

#[test]
fn blocks_and_rests() {
    let texts = [
        (native("value = 1\nresource a b { x = 1 }\nresource a c {\n}\nother = 3\n"), "native"),
        (from_json(r#"{"value":1,"resource":{"a":{"b":{"x":1},"c":{}}},"other":3}"#), "json"),
    ];
    for (body, syntax) in texts {
        let (content, rest, diagnostics) = body.partial_content(&schema());
        assert!(diagnostics.is_empty(), "{syntax}: {diagnostics:?}");
        let labels: Vec<Vec<_>> =
            content.blocks.iter().map(|b| b.labels.iter().map(|l| l.name.as_str()).collect()).collect();
        assert_eq!(labels, [["a", "b"], ["a", "c"]], "{syntax}");
        let (inner, diagnostics) = content.blocks[0].body.just_attributes();
        assert!(diagnostics.is_empty() && inner.contains_key("x"), "{syntax}");

        let (left, diagnostics) = rest.just_attributes();
        assert!(diagnostics.is_empty(), "{syntax}: {diagnostics:?}");
        assert_eq!(left.keys().collect::<Vec<_>>(), ["other"], "{syntax}");
        assert!(rest.content(&BodySchema::new().optional(&["other"])).1.is_empty(), "{syntax}");
    }
}

#[test]
fn just_attributes_allows_no_blocks() {
    let text = "a = 1\nb \"c\" {\n}\nd {\n}\n";
    let (attributes, diagnostics) = native(text).just_attributes();
    assert_eq!(attributes.len(), 1);
    assert_eq!(show(&diagnostics, text), ["Unexpected \"b\" block: Blocks are not allowed here. @ b"]);

    let text = r#"[1]"#;
    let expected =
        "Incorrect JSON value type: A JSON object is required here, setting the arguments for this block. @ [";
    assert_eq!(show(&from_json(text).just_attributes().1, text), [expected]);
    let text = r#"{"a":1,"a":2}"#;
    let expected = "Duplicate attribute definition: The argument \"a\" was already set at main.tf.json:1,2-7. @ \"a\"";
    assert_eq!(show(&from_json(text).just_attributes().1, text), [expected]);
}

#[test]
fn arguments_with_broken_values_are_not_missing() {
    let (content, diagnostics) = native("value = ]\ntype = 1\n").content(&schema());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(content.attributes.keys().collect::<Vec<_>>(), ["type"]);
}
