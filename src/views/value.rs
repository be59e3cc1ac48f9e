//! Values as the console and `output` print them: expressions that would give the same value.

use crate::lang::{Kind, Marks, Type, Value};
use crate::syntax::quote::write_quoted;

/// A value over as many lines as it needs, without a newline at the end.
#[must_use]
pub fn format_value(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, 0, &mut out);
    out
}

/// `indent`: how many spaces the lines after the first begin with.
fn write_value(value: &Value, indent: usize, out: &mut String) {
    if !value.is_known() {
        return out.push_str("(known after apply)");
    }
    if value.marks().contains(Marks::SENSITIVE) {
        return out.push_str("(sensitive value)");
    }
    if value.marks().contains(Marks::EPHEMERAL) {
        return out.push_str("(ephemeral value)");
    }
    match value.kind() {
        Kind::Unknown(_) => out.push_str("(known after apply)"),
        Kind::Null(ty) => out.push_str(&null_of(ty)),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Number(n) => out.push_str(&n.to_string()),
        Kind::String(s) => write_string(s, indent, out),
        Kind::List(e) => write_elements("tolist([", e.items(), "])", indent, out),
        Kind::Set(e) => write_elements("toset([", e.items(), "])", indent, out),
        Kind::Tuple(e) => write_elements("[", e.items(), "]", indent, out),
        Kind::Map(e) => write_entries("tomap({", e.items(), "})", indent, out),
        Kind::Object(e) => write_entries("{", e.items(), "}", indent, out),
    }
}

fn null_of(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "null".into(),
        Type::String => "tostring(null)".into(),
        Type::Number => "tonumber(null)".into(),
        Type::Bool => "tobool(null)".into(),
        Type::List(t) => format!("tolist(null) /* of {} */", t.friendly_name()),
        Type::Set(t) => format!("toset(null) /* of {} */", t.friendly_name()),
        Type::Map(t) => format!("tomap(null) /* of {} */", t.friendly_name()),
        Type::Tuple(_) | Type::Object(_) => format!("null /* {} */", ty.friendly_name()),
    }
}

fn write_elements(open: &str, items: &[Value], close: &str, indent: usize, out: &mut String) {
    out.push_str(open);
    for item in items {
        new_line(indent + 2, out);
        write_value(item, indent + 2, out);
        out.push(',');
    }
    if !items.is_empty() {
        new_line(indent, out);
    }
    out.push_str(close);
}

fn write_entries(open: &str, entries: &[(smol_str::SmolStr, Value)], close: &str, indent: usize, out: &mut String) {
    out.push_str(open);
    for (key, value) in entries {
        new_line(indent + 2, out);
        write_string(key, indent + 2, out);
        out.push_str(" = ");
        write_value(value, indent + 2, out);
    }
    if !entries.is_empty() {
        new_line(indent, out);
    }
    out.push_str(close);
}

fn new_line(indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

/// A string in quotes, or as a heredoc if it has several lines.
fn write_string(text: &str, indent: usize, out: &mut String) {
    if !text.contains('\n') {
        return write_quoted(text, out);
    }
    let mut marker = String::from("EOT");
    while text.split('\n').any(|line| line.trim() == marker) {
        marker.push('_');
    }
    out.push_str(if indent == 0 { "<<" } else { "<<-" });
    out.push_str(&marker);
    for line in text.split('\n') {
        new_line(indent, out);
        out.push_str(line);
    }
    new_line(indent, out);
    out.push_str(&marker);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let list = |items: &[&str]| Value::string_list(items.iter().copied());
        let strings = || Type::list(Type::String);
        for (value, wanted) in [
            (Value::from("a"), "\"a\""),
            (Value::from("a\nb"), "<<EOT\na\nb\nEOT"),
            (Value::from("EOT\n"), "<<EOT_\nEOT\n\nEOT_"),
            (
                Value::from("${a} \"é\t\\\u{1}\u{7f}\u{ad}\u{200b}\u{e000}\u{10ffff}😀"),
                "\"${a} \\\"é\\t\\\\\\x01\\x7f\\u00ad\\u200b\\ue000\\U0010ffff😀\"",
            ),
            (Value::from(true), "true"),
            (Value::int(5), "5"),
            (Value::null(Type::Dynamic), "null"),
            (Value::null(Type::String), "tostring(null)"),
            (Value::null(strings()), "tolist(null) /* of string */"),
            (Value::null(Type::map(strings())), "tomap(null) /* of list of string */"),
            (Value::null(Type::tuple(vec![])), "null /* tuple */"),
            (Value::null(Type::object([])), "null /* object */"),
            (Value::dynamic(), "(known after apply)"),
            (Value::dynamic().sensitive(), "(known after apply)"),
            (Value::int(1).sensitive(), "(sensitive value)"),
            (Value::int(1).with_marks(Marks::EPHEMERAL), "(ephemeral value)"),
            (list(&[]), "tolist([])"),
            (list(&["a", "x\n y"]), "tolist([\n  \"a\",\n  <<-EOT\n  x\n   y\n  EOT,\n])"),
            (Value::set(Type::Number, vec![Value::int(2), Value::int(1)]), "toset([\n  1,\n  2,\n])"),
            (Value::map(Type::Bool, vec![]), "tomap({})"),
            (
                Value::object(vec![
                    ("b".into(), Value::tuple(vec![])),
                    ("a\nb".into(), Value::map(Type::Bool, vec![("x".into(), true.into())])),
                ]),
                "{\n  <<-EOT\n  a\n  b\n  EOT = tomap({\n    \"x\" = true\n  })\n  \"b\" = []\n}",
            ),
        ] {
            assert_eq!(format_value(&value), wanted);
        }
    }
}
