//! `templatefile` and `templatestring`: templates from elsewhere, rendered with names of their own.

use smol_str::SmolStr;

use crate::lang::functions::FunctionError;
use crate::lang::references::references;
use crate::lang::{HostError, Type, Value, convert};
use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::{Diagnostic, SourceMap, Span, parse};

use super::Evaluator;

const VARS: usize = 1;

/// A template and where it is from, for messages.
struct TemplateSource {
    name: SmolStr,
    text: String,
}

impl Evaluator<'_> {
    /// `templatefile(path, vars)`
    pub(super) fn render_file(&mut self, args: &[Value]) -> Result<Value, FunctionError> {
        let path = convert(&args[0], &Type::String).map_err(|e| FunctionError::argument(0, e.to_string()))?;
        let (path, path_marks) = path.unmark();
        let (vars, vars_marks) = args[VARS].unmark_deep();
        let marks = path_marks | vars_marks;
        if path.is_null() {
            return Err(FunctionError::argument(0, "argument must not be null"));
        }
        if vars.is_null() {
            return Err(FunctionError::argument(VARS, "argument must not be null"));
        }
        let (Some(path), true) = (path.as_str(), vars.is_known()) else {
            return Ok(Value::dynamic().with_marks(marks));
        };
        if self.template_depth > 0 {
            return Err(recursive("templatefile"));
        }
        let bytes = self.scope.host().read(path).map_err(|e| FunctionError::argument(0, unreadable(path, &e)))?;
        let text = String::from_utf8(bytes).map_err(|_| {
            FunctionError::argument(
                0,
                format!(
                    "contents of {path:?} are not valid UTF-8; use the filebase64 function to obtain the Base64 \
                     encoded contents or the other file functions (e.g. filemd5, filesha256) to obtain file hashing \
                     results instead"
                ),
            )
        })?;
        let source = TemplateSource { name: path.clone(), text };
        Ok(self.render_source(&source, &vars, None)?.with_marks(marks))
    }

    /// `templatestring(template, vars)`
    pub(super) fn render_string(&mut self, args: &[Value]) -> Result<Value, FunctionError> {
        let (template, template_marks) = args[0].unmark();
        let (vars, vars_marks) = args[VARS].unmark_deep();
        let marks = template_marks | vars_marks;
        if vars.is_null() {
            return Err(FunctionError::argument(VARS, "argument must not be null"));
        }
        if template.is_null() {
            return Err(FunctionError::argument(0, "template value is null"));
        }
        if !super::call::is_string(&template) && template.ty() != Type::Dynamic {
            return Err(FunctionError::argument(0, "invalid template value: a string is required"));
        }
        let unknown = || Value::unknown(Type::String).with_marks(marks);
        let (Some(template), true) = (template.as_str(), vars.is_known()) else { return Ok(unknown()) };
        if self.template_depth > 0 {
            return Err(recursive("templatestring"));
        }
        let source = TemplateSource { name: "<templatestring argument>".into(), text: template.to_string() };
        let value = self.render_source(&source, &vars, Some(0))?;
        let value = convert(&value, &Type::String)
            .map_err(|e| FunctionError::argument(0, format!("template did not produce a string: {e}")))?;
        Ok(value.with_marks(marks))
    }

    /// Parses and renders; `template_argument` is the one to blame for bad syntax, if any is.
    fn render_source(
        &mut self,
        source: &TemplateSource,
        vars: &Value,
        template_argument: Option<usize>,
    ) -> Result<Value, FunctionError> {
        let mut sources = SourceMap::default();
        let file = sources.add(source.name.as_str(), source.text.as_str());
        let place = |span: Option<Span>| position(&sources, span);
        let said = |d: &Diagnostic| format!("{}: {}; {}", place(d.subject), d.summary, d.detail_in(&sources));
        let template = parse::parse_template(file, &source.text, 0).map_err(|diagnostics| {
            let text = diagnostics.iter().map(said).collect::<Vec<_>>().join("; ");
            FunctionError { argument: template_argument, message: text }
        })?;
        let names = template_names(vars)?;
        for t in references(&template) {
            if !names.iter().any(|(n, _)| *n == t.root.name) {
                let message = format!(
                    "vars map does not contain key {:?}, referenced at {}",
                    t.root.name.as_str(),
                    place(Some(t.root.span))
                );
                return Err(FunctionError::argument(VARS, message));
            }
        }
        let before = self.errors();
        let outer_locals = std::mem::replace(&mut self.locals, names);
        let outer_items = std::mem::take(&mut self.splat_items);
        let was_quiet = std::mem::replace(&mut self.quiet, true);
        self.template_depth += 1;
        let value = self.expr(&template);
        self.template_depth -= 1;
        self.quiet = was_quiet;
        self.splat_items = outer_items;
        self.locals = outer_locals;
        let failures = self.diagnostics.0.split_off(before);
        match failures.first() {
            None => Ok(value),
            Some(_) => Err(FunctionError::new(failures.iter().map(said).collect::<Vec<_>>().join("; "))),
        }
    }
}

/// The first argument of `templatestring` must be a reference: a template written there would be
/// rendered before the function sees it.
pub(super) fn check_indirect(template: &Expr) -> Result<(), FunctionError> {
    let refuse = |why: &str| Err(FunctionError::argument(0, format!("invalid template expression: {why}")));
    match &template.kind {
        ExprKind::Traversal(_) => Ok(()),
        ExprKind::RelativeTraversal(source, _) | ExprKind::Index(source, _) => check_indirect(source),
        ExprKind::Parentheses(inner) => check_indirect(inner),
        ExprKind::String(_) => refuse(
            "templatestring is only for rendering templates retrieved dynamically from elsewhere, and so does not \
             support providing a literal template; consider using a template string expression instead",
        ),
        ExprKind::Template(_) | ExprKind::Interpolation(_) => refuse(
            "templatestring is only for rendering templates retrieved dynamically from elsewhere; to treat the inner \
             expression as template syntax, write the reference expression directly without any template \
             interpolation syntax",
        ),
        _ => refuse(
            "must be a direct reference to a single string from elsewhere, containing valid Terraform template syntax",
        ),
    }
}

fn recursive(function: &str) -> FunctionError {
    FunctionError::new(format!("cannot recursively call {function} from inside another template function"))
}

/// What is said of a file that isn't there, which is where people mix up files and resources.
fn unreadable(path: &str, e: &HostError) -> String {
    match e {
        HostError::NotFound => format!(
            "no file exists at {path:?}; this function works only with files that are distributed as part of the \
             configuration source code, so if this file will be created by a resource in this configuration you must \
             instead obtain this result from an attribute of that resource"
        ),
        _ => format!("failed to read file {path:?}: {e}"),
    }
}

fn template_names(vars: &Value) -> Result<Vec<(SmolStr, Value)>, FunctionError> {
    let Some(entries) = vars.as_entries() else {
        return Err(FunctionError::argument(VARS, "invalid vars value: must be a map"));
    };
    for (name, _) in entries {
        let mut chars = name.chars();
        let valid =
            chars.next().is_some_and(char::is_alphabetic) && chars.all(|c| c == '_' || c == '-' || c.is_alphanumeric());
        if !valid {
            let message = format!(
                "invalid template variable name {:?}: must start with a letter, followed by zero or more letters, \
                 digits, and underscores",
                name.as_str()
            );
            return Err(FunctionError::argument(VARS, message));
        }
    }
    Ok(entries.to_vec())
}

/// `file:1,3-9`, or with both lines where the span has more than one.
fn position(sources: &SourceMap, span: Option<Span>) -> String {
    let Some((file, span)) = span.and_then(|s| sources.get(s.file).map(|f| (f, s))) else { return String::new() };
    let (start, end) = (file.position(span.start as usize), file.position(span.end as usize));
    if start.line == end.line {
        format!("{}:{},{}-{}", file.name, start.line, start.column, end.column)
    } else {
        format!("{}:{},{}-{},{}", file.name, start.line, start.column, end.line, end.column)
    }
}
