//! Configuration for objects that are imported without one: `-generate-config-out`.

use std::fmt::Write;

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::config::host::FileHost;
use crate::lang::{Kind, Type, Value, functions};
use crate::schema::{Attribute, Block, NestedAttributes, NestedBlock, Nesting, Schema};
use crate::syntax::format::format;

/// The `resource` block that describes an object as it is, without a newline at its end.
/// `provider` is the provider configuration where it isn't the type's default: `aws.peer`. What the
/// schema or a mark calls sensitive is left out.
#[must_use]
pub fn resource_block(kind: &str, name: &str, provider: Option<&str>, schema: &Schema, object: &Value) -> String {
    let mut text = format!("resource {} {} {{\n", quoted(kind), quoted(name));
    if let Some(provider) = provider {
        let _ = writeln!(text, "provider = {provider}");
    }
    // An id can be set for some types, but only ever by the import.
    let without_id = |name: &SmolStr, a: &Attribute| !(name == "id" && a.computed);
    write_attributes(&schema.block.attributes, object, &without_id, &mut text);
    write_blocks(&schema.block.blocks, object, &mut text);
    text.push('}');
    format(&text)
}

/// The content of a file with generated blocks, each with the id that it was imported by.
#[must_use]
pub fn generated_file(blocks: &[(SmolStr, SmolStr)]) -> String {
    let mut text = String::from(
        "# __generated__ by Terraform\n# Please review these resources and move them into your main configuration files.\n",
    );
    for (id, block) in blocks {
        let _ = write!(text, "\n# __generated__ by Terraform from {}\n{block}\n", quoted(id));
    }
    text
}

/// By name, whatever the schema's order.
fn sorted<T>(items: &IndexMap<SmolStr, T>) -> Vec<(&SmolStr, &T)> {
    let mut items: Vec<_> = items.iter().collect();
    items.sort_by_key(|(name, _)| *name);
    items
}

fn write_body(block: &Block, object: &Value, out: &mut String) {
    write_attributes(&block.attributes, object, &|_, _| true, out);
    write_blocks(&block.blocks, object, out);
}

fn write_attributes(
    attributes: &IndexMap<SmolStr, Attribute>,
    object: &Value,
    wanted: &dyn Fn(&SmolStr, &Attribute) -> bool,
    out: &mut String,
) {
    let can_be_set = |a: &Attribute| !a.is_read_only() && a.deprecated.is_none();
    for (name, a) in sorted(attributes).into_iter().filter(|(name, a)| can_be_set(a) && wanted(name, a)) {
        let null = Value::null(Type::Dynamic);
        let value = object.get(name).unwrap_or(&null);
        match &a.nested {
            Some(nested) => write_nested(name, a.sensitive, nested, value, out),
            None if a.sensitive || !value.deep_marks().is_empty() => {
                let _ = writeln!(out, "{name} = null # sensitive");
            }
            None => {
                let _ = write!(out, "{name} = ");
                write_value(value, out);
                out.push('\n');
            }
        }
    }
}

fn write_nested(name: &str, is_sensitive: bool, nested: &NestedAttributes, value: &Value, out: &mut String) {
    let is_list = matches!(nested.nesting, Nesting::List | Nesting::Set);
    let (open, close) = if is_list { ("[", "]") } else { ("{", "}") };
    if is_sensitive || !value.marks().is_empty() {
        let _ = writeln!(out, "{name} = {open}{close} # sensitive");
        return;
    }
    if value.is_null() || !value.is_known() {
        let _ = writeln!(out, "{name} = null");
        return;
    }
    let _ = writeln!(out, "{name} = {open}");
    let object = |object: &Value, out: &mut String| write_attributes(&nested.attributes, object, &|_, _| true, out);
    match nested.nesting {
        Nesting::Single | Nesting::Group => object(value, out),
        Nesting::List | Nesting::Set => {
            for element in value.as_elements().unwrap_or_default() {
                out.push_str("{\n");
                object(element, out);
                out.push_str("},\n");
            }
        }
        Nesting::Map => {
            for (key, element) in value.as_entries().unwrap_or_default() {
                let _ = writeln!(out, "{} = {{", object_key(key));
                object(element, out);
                out.push_str("}\n");
            }
        }
    }
    let _ = writeln!(out, "{close}");
}

fn write_blocks(blocks: &IndexMap<SmolStr, NestedBlock>, object: &Value, out: &mut String) {
    for (name, b) in sorted(blocks) {
        let Some(value) = object.get(name).filter(|v| !v.is_null() && v.is_known()) else { continue };
        match b.nesting {
            Nesting::Single | Nesting::Group => write_block(name, None, b, value, out),
            Nesting::List | Nesting::Set => {
                value.as_elements().unwrap_or_default().iter().for_each(|v| write_block(name, None, b, v, out));
            }
            Nesting::Map => {
                value.as_entries().unwrap_or_default().iter().for_each(|(k, v)| write_block(name, Some(k), b, v, out));
            }
        }
    }
}

fn write_block(name: &str, label: Option<&SmolStr>, b: &NestedBlock, value: &Value, out: &mut String) {
    out.push_str(name);
    if let Some(label) = label {
        let _ = write!(out, " {}", quoted(label));
    }
    out.push_str(" {\n");
    write_body(&b.block, value, out);
    out.push_str("}\n");
}

/// A value as an expression: lists on a line, objects with an item a line. Text that is JSON is
/// shown as what it says.
fn write_value(value: &Value, out: &mut String) {
    match value.kind() {
        Kind::Null(_) | Kind::Unknown(_) => out.push_str("null"),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Number(n) => {
            let _ = write!(out, "{n}");
        }
        Kind::String(text) => match json(value, text) {
            Some(content) => {
                out.push_str("jsonencode(");
                write_value(&content, out);
                out.push(')');
            }
            None => out.push_str(&quoted(text)),
        },
        Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => {
            out.push('[');
            for (i, item) in e.items().iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write_value(item, out);
            }
            out.push(']');
        }
        Kind::Map(e) | Kind::Object(e) if e.items().is_empty() => out.push_str("{}"),
        Kind::Map(e) | Kind::Object(e) => {
            out.push_str("{\n");
            for (key, item) in e.items() {
                let _ = write!(out, "{} = ", object_key(key));
                write_value(item, out);
                out.push('\n');
            }
            out.push('}');
        }
    }
}

/// What a text says that is a JSON object or array.
fn json(value: &Value, text: &str) -> Option<Value> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let decoded = functions::find("jsondecode")?.call(std::slice::from_ref(value), &FileHost::default()).ok()?;
    matches!(decoded.kind(), Kind::Object(_) | Kind::Tuple(_)).then_some(decoded)
}

fn object_key(key: &str) -> String {
    if hcl_edit::Ident::try_new(key).is_ok() { key.to_string() } else { quoted(key) }
}

/// A string literal of the language.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => out.extend([c, c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::module::Mode;
    use crate::providers::builtin;

    fn named<T>(items: Vec<(&'static str, T)>) -> IndexMap<SmolStr, T> {
        items.into_iter().map(|(name, v)| (SmolStr::new_static(name), v)).collect()
    }

    fn object(items: Vec<(&str, Value)>) -> Value {
        Value::object(items.into_iter().map(|(name, v)| (name.into(), v)).collect())
    }

    /// What Terraform wrote for the same objects.
    #[test]
    fn objects_are_described() {
        let data = builtin::resource_schema(Mode::Managed, "terraform_data").unwrap();
        let block = resource_block("terraform_data", "a", None, data, &object(vec![("id", "myid".into())]));
        let expected = r#"# __generated__ by Terraform
# Please review these resources and move them into your main configuration files.

# __generated__ by Terraform from "myid"
resource "terraform_data" "a" {
  input            = null
  triggers_replace = null
}
"#;
        assert_eq!(generated_file(&[("myid".into(), block.into())]), expected);

        let rule =
            || object(vec![("cidr_blocks", Value::string_list(["1.0.0.0/8", "10.0.0.0/8"])), ("port", Value::int(80))]);
        let rules = Value::list(rule().ty(), vec![rule(), rule()]);
        let parameter =
            named(vec![("value", Attribute::required(Type::String)), ("name", Attribute::required(Type::String))]);
        let block = |nesting, attributes| NestedBlock {
            nesting,
            block: Block { attributes, blocks: IndexMap::new() },
            min: 0,
            max: 0,
            computed: false,
            force_new: false,
        };
        let item = named(vec![("a", Attribute::optional(Type::String)), ("c", Attribute::computed(Type::String))]);
        let items = NestedAttributes { nesting: Nesting::List, attributes: item };
        let schema = Schema::new(
            0,
            Block {
                attributes: named(vec![
                    ("tags", Attribute::optional(Type::map(Type::String))),
                    ("policy", Attribute::optional(Type::String)),
                    ("password", Attribute { sensitive: true, ..Attribute::optional(Type::String) }),
                    ("ingress", Attribute::optional_computed(rules.ty())),
                    ("id", Attribute::optional_computed(Type::String)),
                    ("arn", Attribute::computed(Type::String)),
                    ("old", Attribute { deprecated: Some("".into()), ..Attribute::optional(Type::String) }),
                    ("egress", Attribute::optional_computed(rules.ty())),
                    ("items", Attribute { nested: Some(Arc::new(items)), ..Attribute::optional(Type::Dynamic) }),
                ]),
                blocks: named(vec![
                    ("parameter", block(Nesting::Set, parameter)),
                    ("timeouts", block(Nesting::Single, IndexMap::new())),
                ]),
            },
        );
        let parameter = |name: &str| object(vec![("name", name.into()), ("value", "1".into())]);
        let value = object(vec![
            ("arn", "arn".into()),
            ("id", "i".into()),
            ("egress", Value::list(rule().ty(), vec![])),
            ("ingress", rules),
            ("items", Value::tuple(vec![object(vec![("a", "x".into()), ("c", "y".into())])])),
            ("password", "secret".into()),
            ("policy", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}"#.into()),
            ("tags", Value::map(Type::String, vec![("q".into(), "1\n2\n".into()), ("x/y".into(), "${z}".into())])),
            ("parameter", Value::set(parameter("a").ty(), vec![parameter("b"), parameter("a")])),
        ]);
        let expected = r#"resource "t" "n" {
  provider = aws.peer
  egress   = []
  ingress = [{
    cidr_blocks = ["1.0.0.0/8", "10.0.0.0/8"]
    port        = 80
    }, {
    cidr_blocks = ["1.0.0.0/8", "10.0.0.0/8"]
    port        = 80
  }]
  items = [
    {
      a = "x"
    },
  ]
  password = null # sensitive
  policy = jsonencode({
    Statement = [{
      Effect = "Allow"
    }]
    Version = "2012-10-17"
  })
  tags = {
    q     = "1\n2\n"
    "x/y" = "$${z}"
  }
  parameter {
    name  = "a"
    value = "1"
  }
  parameter {
    name  = "b"
    value = "1"
  }
}"#;
        assert_eq!(resource_block("t", "n", Some("aws.peer"), &schema, &value), expected);
    }
}
