use super::{parse_body, parse_expression, parse_template, parse_traversal};
use crate::syntax::FileId;
use crate::syntax::ast::{
    BinaryOp, Expr, ExprKind, Ident, ObjectKey, Step, StepKind, TemplatePart, Traversal, UnaryOp,
};

const FILE: FileId = FileId(0);

/// A compact rendering of the tree: operators as functions, `@` for the item of a splat.
fn show(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Null => "null".into(),
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Number(text) => text.to_string(),
        ExprKind::String(text) => format!("{text:?}"),
        ExprKind::Template(parts) => format!("template({})", show_parts(parts)),
        ExprKind::Interpolation(inner) => format!("interpolation({})", show(inner)),
        ExprKind::Traversal(Traversal { root, steps }) => format!("{}{}", root.name, show_steps(steps)),
        ExprKind::RelativeTraversal(source, steps) => format!("relative({}){}", show(source), show_steps(steps)),
        ExprKind::Index(collection, key) => format!("index({}, {})", show(collection), show(key)),
        ExprKind::Splat(s) => {
            format!("{}({}, {})", if s.full { "splat" } else { "attrsplat" }, show(&s.source), show(&s.each))
        }
        ExprKind::SplatItem => "@".into(),
        ExprKind::Call(call) => {
            format!("{}({}{})", call.name, show_all(&call.args), if call.expand_final { "..." } else { "" })
        }
        ExprKind::Unary(UnaryOp::Negate, operand) => format!("neg({})", show(operand)),
        ExprKind::Unary(UnaryOp::Not, operand) => format!("not({})", show(operand)),
        ExprKind::Binary(operator, a, b) => format!("{}({}, {})", show_operator(*operator), show(a), show(b)),
        ExprKind::Conditional(arms) => format!("if({})", show_all(arms.as_slice())),
        ExprKind::Tuple(items) => format!("[{}]", show_all(items)),
        ExprKind::Object(items) => {
            let items = items.iter().map(|item| {
                let key = match &item.key {
                    ObjectKey::Name(name) => name.name.to_string(),
                    ObjectKey::Expr(key) => format!("<{}>", show(key)),
                };
                format!("{key}={}", show(&item.value))
            });
            format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
        }
        ExprKind::For(each) => {
            let var = |name: &Option<Ident>| name.as_ref().map_or(String::new(), |name| format!("{},", name.name));
            let key = each.key.as_ref().map_or(String::new(), |key| format!("{} => ", show(key)));
            let condition = each.condition.as_ref().map_or(String::new(), |c| format!(" if {}", show(c)));
            let (variables, group) = (var(&each.key_var), if each.group { "..." } else { "" });
            let (value_var, collection, value) = (&each.value_var.name, show(&each.collection), show(&each.value));
            format!("for({variables}{value_var} in {collection}: {key}{value}{group}{condition})")
        }
        ExprKind::Parentheses(inner) => format!("({})", show(inner)),
        ExprKind::JsonString(text, inner) => format!("json({text:?}, {})", show(inner)),
    }
}

fn show_all(exprs: &[Expr]) -> String {
    exprs.iter().map(show).collect::<Vec<_>>().join(", ")
}

fn show_operator(operator: BinaryOp) -> String {
    format!("{operator:?}").to_lowercase()
}

fn show_steps(steps: &[Step]) -> String {
    let show = |step: &Step| match &step.kind {
        StepKind::Attr(name) => format!(".{name}"),
        StepKind::Key(key) => format!("[{key:?}]"),
        StepKind::Index { number, legacy: true } => format!(".{number}"),
        StepKind::Index { number, legacy: false } => format!("[{number}]"),
    };
    steps.iter().map(show).collect()
}

fn show_parts(parts: &[TemplatePart]) -> String {
    let show = |part: &TemplatePart| match part {
        TemplatePart::Literal(text, _) => format!("{text:?}"),
        TemplatePart::Interpolation(expr) => show(expr),
        TemplatePart::If { condition, then, otherwise, .. } => {
            format!("if({}; {}; {})", show(condition), show_parts(then), show_parts(otherwise))
        }
        TemplatePart::For { value_var, collection, body, .. } => {
            format!("for({} in {}; {})", value_var.name, show(collection), show_parts(body))
        }
    };
    parts.iter().map(show).collect::<Vec<_>>().join(", ")
}

fn assert_expressions(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        let shown = parse_expression(FILE, source, 0).map(|expr| show(&expr));
        assert_eq!(shown.as_deref(), Ok(*expected), "{source}");
    }
}

#[test]
fn operators_bind_as_in_hcl() {
    assert_expressions(&[
        ("-1", "neg(1)"),
        ("- /* 2 */ 1", "neg(1)"),
        ("-1 + 2", "add(neg(1), 2)"),
        ("1 -1", "subtract(1, 1)"),
        ("1 - -1.50", "subtract(1, neg(1.50))"),
        ("-a.b", "neg(a.b)"),
        ("-1[0]", "neg(relative(1)[0])"),
        ("!a && b || c", "or(and(not(a), b), c)"),
        ("a == b < c + d * e", "equal(a, less(b, add(c, multiply(d, e))))"),
        ("1 - 2 - 3", "subtract(subtract(1, 2), 3)"),
        ("a ? b : c ? d : e", "if(a, b, if(c, d, e))"),
        ("(1\n+ 2)", "(add(1, 2))"),
        ("1\n+ 2 # three\n", "add(1, 2)"),
        ("a1e4 + -1.5e4000", "add(a1e4, neg(1.5e4000))"),
        ("{ 1e400 = 1e-5, 2 = 1E+999 }", "{<1e400>=1e-5, <2>=1E+999}"),
        ("184467440737095516160.10", "184467440737095516160.10"),
    ]);
}

#[test]
fn traversals_merge_constant_steps() {
    assert_expressions(&[
        ("a.b[0][\"k\"].c", "a.b[0][\"k\"].c"),
        ("a.0.b", "a.0.b"),
        ("a[1.5]", "a[1.5]"),
        ("a[-1]", "index(a, neg(1))"),
        ("a[\"${k}\"]", "index(a, interpolation(k))"),
        ("a[b.c].d", "relative(index(a, b.c)).d"),
        ("(a).b", "relative((a)).b"),
        ("f().a[0]", "relative(f()).a[0]"),
        ("a[*]", "splat(a, @)"),
        ("a[*].b[0].c", "splat(a, relative(@).b[0].c)"),
        ("a[*].b[*].c", "splat(a, splat(relative(@).b, relative(@).c))"),
        ("a[*][k]", "splat(a, index(@, k))"),
        ("a.*.b.0.c", "attrsplat(a, relative(@).b.0.c)"),
        ("a.*.b[0].c", "relative(attrsplat(a, relative(@).b))[0].c"),
        ("a.*", "attrsplat(a, @)"),
    ]);
    let traversal = parse_traversal(FILE, "aws_vpc.a[0].id", 0).map(|t| show_steps(&t.steps));
    assert_eq!(traversal.as_deref(), Ok(".a[0].id"));
    assert!(parse_traversal(FILE, "a[b]", 0).is_err());
}

#[test]
fn collections_and_calls() {
    assert_expressions(&[
        ("[1,\n2,]", "[1, 2]"),
        ("{ a = 1, \"b\": 2\n (c) = 3\n 4 = 5 }", "{a=1, <\"b\">=2, <(c)>=3, <4>=5}"),
        ("{ true = 1, null = 2, a.b = 3 }", "{true=1, null=2, <a.b>=3}"),
        ("{ a = 1, a = 2 }", "{a=1, a=2}"),
        (
            "{ \"${x}\" = 1, (y) = { b = 2, b = 3 }, \"${x}\" = 4 }",
            "{<interpolation(x)>=1, <(y)>={b=2, b=3}, <interpolation(x)>=4}",
        ),
        ("{\n a = 1\n # note\n a = 2 }", "{a=1, a=2}"),
        ("f()", "f()"),
        ("provider::aws::f(1, a...)", "provider::aws::f(1, a...)"),
        ("[for x in a : x if x]", "for(x in a: x if x)"),
        ("{for k, v in a : k => v... if v}", "for(k,v in a: k => v... if v)"),
        ("{for k, v in a :\n k => v\n ? 1\n : 2\n if\n v}", "for(k,v in a: k => if(v, 1, 2) if v)"),
        ("{for x in a\n ? b : c : x => {\n y = 1\n y = 2 }}", "for(x in if(a, b, c): x => {y=1, y=2})"),
    ]);
}

#[test]
fn strings_are_decoded() {
    assert_expressions(&[
        (r#""a\n\r\t\"\\A\U0001F600""#, "\"a\\n\\r\\t\\\"\\\\A😀\""),
        (r#""$${a} %%{b} $ % $$${c} ${d}""#, r#"template("${a} %{b} $ % $${c} ", d)"#),
        (r#""\\$${a}""#, r#""\\${a}""#),
        ("\"e\u{301}\"", "\"é\""),
        (r#""""#, r#""""#),
        (r#""${a}""#, "interpolation(a)"),
        (r#""${a}b""#, r#"template(a, "b")"#),
        (r#""a  ${~ 1 ~}  \u0020 b""#, r#"template("a", 1, "b")"#),
        (r#"" ${~ 1 }""#, "template(1)"),
        (r#""%{ if a }x\ny%{ else }\"%{ endif }""#, r#"template(if(a; "x\ny"; "\""))"#),
        (r#""%{ for x in a ~} ${x} %{~ endfor }""#, "template(for(x in a; x))"),
        ("\"%{ if\n a }x%{ endif }\"", r#"template(if(a; "x"; ))"#),
        (r#""${"${"a"}"}""#, r#"interpolation(interpolation("a"))"#),
    ]);
    let template = parse_template(FILE, "a\\n\"\n  ${~ b ~}\n  c", 0).map(|expr| show(&expr));
    assert_eq!(template.as_deref(), Ok(r#"template("a\\n\"\n", b, "  c")"#));
    let multiline = parse_template(FILE, "%{ if\n a\n == b }\"%{ endif }", 0).map(|expr| show(&expr));
    assert_eq!(multiline.as_deref(), Ok(r#"template(if(equal(a, b); "\""; ))"#));
    assert_eq!(parse_template(FILE, "", 0).map(|expr| show(&expr)).as_deref(), Ok("\"\""));
    assert_eq!(parse_template(FILE, "${a}", 0).map(|expr| show(&expr)).as_deref(), Ok("interpolation(a)"));
}

#[test]
fn heredocs_keep_lines_and_lose_indentation() {
    assert_expressions(&[
        ("<<EOT\nEOT\n", r#""""#),
        ("<<EOT\n  a\\n $${x}\n  EOT  \n", r#""  a\\n ${x}\n""#),
        ("<<EOT\na\n   \n  ${~ 1 ~}\n   \n  b\nEOT\n", r#"template("a\n   \n", 1, "   \n  b\n")"#),
        ("<<-EOT\n    a\n\n  \t \n      ${1}\n     b\n    EOT\n", r#"template("a\n\n  \t \n  ", 1, "\n b\n")"#),
        (
            "<<-EOT\n    a\n      %{ if true ~}\n      b\n        %{ endif ~}\n    c\n    EOT\n",
            r#"template("a\n  ", if(true; "      b\n    "; ), "    c\n")"#,
        ),
        (
            "<<-EOT\n      a\n    %{~ if x ~}\n    b\n    %{~ endif ~}\n    EOT\n",
            r#"template("      a\n", if(x; "    b\n"; ))"#,
        ),
        ("<<-EOT\n      ${1}\n    EOT\n", r#"template(1, "\n")"#),
        ("<<-EOT\r\n    a\r\n\r\n      b ${~ 1 ~} \r\n    EOT\r\n", r#"template("a\r\n\r\n  b", 1)"#),
        ("<<EOT\nEOT, x\nEOTx\n EOT\n", r#""EOT, x\nEOTx\n""#),
        ("[<<A\nx\nA\n, <<A\ny\nA\n]", r#"["x\n", "y\n"]"#),
    ]);
}

#[test]
fn spans_are_those_of_the_file() {
    let text = "\u{feff}a \"b\" c {\n  x = [ -1, f(y.z) ]\n}\n";
    let (body, diagnostics) = parse_body(FILE, text);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let block = &body.blocks[0];
    let at = |span: crate::syntax::Span| &text[span.range()];
    assert_eq!((at(block.header), at(block.braces)), ("a \"b\" c", "{\n  x = [ -1, f(y.z) ]\n}"));
    assert_eq!(at(block.labels[0].span), "\"b\"");
    assert_eq!(at(block.body.attributes[0].span), "x = [ -1, f(y.z) ]");
    let ExprKind::Tuple(items) = &block.body.attributes[0].expr.kind else { panic!("{body:?}") };
    assert_eq!(items.iter().map(|item| at(item.span)).collect::<Vec<_>>(), ["-1", "f(y.z)"]);
    let ExprKind::Call(call) = &items[1].kind else { panic!("{body:?}") };
    assert_eq!((at(call.name_span), at(call.open), at(call.close)), ("f", "(", ")"));

    let span = parse_expression(FILE, "a\n + b", 100).map(|expr| expr.span.range());
    assert_eq!(span, Ok(100..106));
}

#[test]
fn no_input_overflows_the_stack_or_panics() {
    let deep = 10_000;
    let inputs = [
        format!("{}1{}", "(".repeat(deep), ")".repeat(deep)),
        "[".repeat(deep),
        "{a=".repeat(deep),
        "-".repeat(deep),
        format!("a{}", "[*]".repeat(deep)),
        format!("a{}", "[b]".repeat(deep)),
        format!("1{}", "+1".repeat(deep)),
        "\"${".repeat(deep),
        "%{if a}".repeat(deep),
        "<<A\n${".repeat(deep),
        "é$${ \"\\".into(),
        "/*".into(),
        "{ : = }".into(),
    ];
    for input in inputs {
        let _ = parse_expression(FILE, &input, 0);
        let _ = parse_template(FILE, &input, 0);
        let _ = parse_body(FILE, &format!("a = {input}\n"));
    }
}

#[test]
fn large_files_are_read_in_parts_as_in_one() {
    let block = |n: usize| format!("output \"o{n}\" {{\n  value = \"{}\"\n}}\n", "x".repeat(50));
    let blocks: String = (0..6000).map(block).collect();
    let cut_in_heredoc = format!("output \"h\" {{\n  value = <<EOT\n{blocks}EOT\n}}\n");
    for (text, count) in [(blocks.clone(), 6000), (cut_in_heredoc, 1), (format!("a = 1\n{blocks}a = 2\n"), 6000)] {
        let (body, diagnostics) = parse_body(FileId(0), &text);
        let (whole, wrong) = super::parse_whole(FileId(0), &text);
        assert_eq!((body.blocks.len(), &body, &diagnostics), (count, &whole, &wrong));
    }
}
