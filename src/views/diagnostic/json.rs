//! Diagnostics as JSON.

use serde_json::{Map, Value as Json, json};

use super::snippet::{Snippet, Snippets};
use crate::lang::functions::{self, Function, Parameter, Returns};
use crate::lang::{Type, Value};
use crate::syntax::{Diagnostic, FunctionCall, Position, Severity};

/// One diagnostic.
#[must_use]
pub fn diagnostic(d: &Diagnostic, snippets: &mut Snippets<'_>) -> Json {
    let severity = match d.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut out = Map::new();
    out.insert("severity".into(), severity.into());
    out.insert("summary".into(), d.summary.as_str().into());
    out.insert("detail".into(), snippets.detail(d).into());
    if let Some(address) = &d.address {
        out.insert("address".into(), address.as_str().into());
    }
    if let Some(snippet) = snippets.of(d) {
        let range = json!({
            "filename": snippet.filename,
            "start": position(snippet.start),
            "end": position(snippet.end),
        });
        out.insert("range".into(), range);
        out.insert("snippet".into(), code(d, &snippet));
    }
    Json::Object(out)
}

fn position(p: Position) -> Json {
    json!({"line": p.line, "column": p.column, "byte": p.byte})
}

fn code(d: &Diagnostic, snippet: &Snippet) -> Json {
    let mut values: Vec<_> = d.values.iter().collect();
    values.sort_by(|a, b| a.traversal.cmp(&b.traversal));
    let values: Vec<Json> =
        values.iter().map(|v| json!({"traversal": v.traversal, "statement": v.statement})).collect();
    let mut out = json!({
        "context": snippet.context,
        "code": snippet.code,
        "start_line": snippet.start_line,
        "highlight_start_offset": snippet.highlight.start,
        "highlight_end_offset": snippet.highlight.end,
        "values": values,
    });
    if let Some(call) = &d.function_call {
        out["function_call"] = json!({"called_as": call.called_as, "signature": signature(call)});
    }
    out
}

fn signature(call: &FunctionCall) -> Json {
    let name = call.called_as.strip_prefix("core::").unwrap_or(&call.called_as);
    let mut out = Map::new();
    out.insert("name".into(), name.into());
    let parameter = |name: &str, ty: &Type| json!({"name": name, "type": ty.to_json()});
    let return_type = match functions::find(name) {
        Some(function) => {
            let known = |p: &Parameter| parameter(p.name, &p.want.ty());
            out.insert("params".into(), function.params.iter().map(known).collect());
            out.extend(function.variadic.iter().map(|p| ("variadic_param".into(), known(p))));
            return_type(function)
        }
        None => Type::Dynamic,
    };
    out.insert("return_type".into(), return_type.to_json());
    Json::Object(out)
}

/// What a function returns as far as that doesn't depend on its arguments.
#[must_use]
pub fn return_type(function: &Function) -> Type {
    let mut parameters = function.params.iter().chain(&function.variadic);
    if parameters.any(|p| p.want.ty() == Type::Dynamic && !p.dynamic) {
        return Type::Dynamic;
    }
    match function.returns {
        Returns::Type(want) => want.ty(),
        Returns::Depends(of) => {
            let args: Vec<Value> = function.params.iter().map(|p| Value::unknown(p.want.ty())).collect();
            of(&args).unwrap_or(Type::Dynamic)
        }
    }
}
