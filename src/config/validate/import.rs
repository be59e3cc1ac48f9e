//! `import` blocks: what can be told about them before anything is planned.

use std::collections::HashMap;

use super::Validator;
use crate::config::decode::target::Target;
use crate::config::module::{Import, Repetition, Resource};
use crate::config::scope::Instance;
use crate::config::tree::ModuleTree;
use crate::lang::{Marks, Type, Value, convert};
use crate::syntax::ast::{Expr, ExprKind, Step, StepKind, Traversal};
use crate::syntax::diagnostic::PLACE;
use crate::syntax::{Diagnostic, Diagnostics, Span};

const NO_CONFIGURATION: &str = "Configuration for import target does not exist";
const INVALID_TO: &str = "Invalid import 'to' expression";
const INVALID_ID: &str = "Invalid import id argument";

/// An address with keys that may be expressions, which `key` evaluates.
///
/// # Errors
/// Those of `key`, and when a key can't be one.
pub fn resolve_keys(
    expr: &Expr,
    key: &mut dyn FnMut(&Expr) -> Result<Value, Diagnostics>,
) -> Result<Traversal, Diagnostics> {
    match &expr.kind {
        ExprKind::Traversal(traversal) => Ok(traversal.clone()),
        ExprKind::Index(collection, index) => {
            let mut traversal = resolve_keys(collection, key)?;
            let value = key(index)?;
            let kind = match (value.as_str(), value.as_number()) {
                (Some(text), _) => StepKind::Key(text.clone()),
                (_, Some(n)) => StepKind::Index { number: n.to_string().into(), legacy: false },
                _ => {
                    let detail = "Invalid resource instance key: either a string or an integer is required.";
                    return Err(Diagnostic::error("Invalid address", detail).at(index.span).into());
                }
            };
            traversal.steps.push(Step { kind, span: index.span });
            Ok(traversal)
        }
        ExprKind::RelativeTraversal(source, steps) => {
            let mut traversal = resolve_keys(source, key)?;
            traversal.steps.extend(steps.iter().cloned());
            Ok(traversal)
        }
        ExprKind::Parentheses(inner) => resolve_keys(inner, key),
        _ => {
            let detail = "A single static variable reference is required: only attribute access and indexing with \
                          constant keys. No calculations, function calls, template expressions, etc are allowed here.";
            Err(Diagnostic::error("Invalid expression", detail).at(expr.span).into())
        }
    }
}

/// The block that describes what is imported. None if configuration is to be generated for it.
///
/// # Errors
/// When there is none and none can be generated.
pub fn target_config<'t>(
    tree: &'t ModuleTree,
    import: &Import,
    target: &Target,
) -> Result<Option<&'t Resource>, Diagnostic> {
    let Some((resource, key)) = &target.resource else { return Ok(None) };
    let invalid = |summary: &str, detail: String| Err(Diagnostic::error(summary, detail).at(import.to.span));
    let refuse = |detail| invalid(NO_CONFIGURATION, detail);
    let path: Vec<_> = target.modules.iter().map(|(name, _)| name.clone()).collect();
    let names = || path.iter().map(|name| format!("module.{name}.")).collect::<String>();
    let Some(module) = tree.at(&path) else {
        return refuse(format!(
            "The configuration for the given import target {}{resource} does not exist. All target instances must have an \
             associated configuration to be imported.",
            names()
        ));
    };
    let Some(config) = module.module.resources.get(resource) else {
        if !path.is_empty() {
            return refuse(format!(
                "Resource {}{resource} not found. Only resources within the root module are eligible for config \
                 generation.",
                names()
            ));
        }
        if key.is_some() || import.for_each.is_some() {
            let summary = if matches!(import.to.kind, ExprKind::Traversal(_)) { NO_CONFIGURATION } else { INVALID_TO };
            return invalid(
                summary,
                "The given import block is not compatible with config generation. The -generate-config-out option cannot \
                 be used with import blocks which use for_each, or resources which use for_each or count."
                    .into(),
            );
        }
        return Ok(None);
    };
    if let Some(provider) = &import.provider {
        let detail = "The provider argument can only be specified in import blocks that will generate configuration.\n\n\
                      Use the provider argument in the target resource block to configure the provider for a resource \
                      with explicit provider configuration.";
        return Err(Diagnostic::error("Invalid import provider argument", detail).at(provider.span));
    }
    Ok(Some(config))
}

/// The error for a key that no instance of a resource can have, or a missing one.
#[must_use]
pub fn check_key(config: &Resource, key: Option<&Value>, span: Span) -> Option<Diagnostic> {
    let is_name = |key: &Value| key.as_str().is_some();
    let why = match (&config.repetition, key) {
        (Repetition::Count(_), None) => "is using count",
        (Repetition::ForEach(_), None) => "is using for_each",
        (Repetition::Single | Repetition::Count(_), Some(key)) if is_name(key) => "does not use for_each",
        (Repetition::Single | Repetition::ForEach(_), Some(key)) if !is_name(key) => "does not use count",
        _ => return None,
    };
    Some(Diagnostic::error(INVALID_TO, format!("The target resource {why}.")).at(span))
}

/// What is wrong with a `for_each` whatever instances it gives.
#[must_use]
pub fn check_for_each(value: &Value, span: Span) -> Option<Diagnostic> {
    const SUMMARY: &str = "Invalid for_each argument";
    if value.deep_marks().contains(Marks::EPHEMERAL) {
        let detail = "The given \"for_each\" value is derived from an ephemeral value, which means that Terraform cannot \
                      persist it between plan/apply rounds. Use only non-ephemeral values to specify a resource's \
                      instance keys.";
        return Some(Diagnostic::error(SUMMARY, detail).at(span));
    }
    let is_collection = matches!(
        value.ty(),
        Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Map(_) | Type::Tuple(_) | Type::Object(_)
    );
    (!is_collection).then(|| Diagnostic::error(SUMMARY, "The \"for_each\" expression must be a collection.").at(span))
}

/// The id that a value is. None if it isn't known.
///
/// # Errors
/// When it can't be one.
pub fn import_id(value: &Value, span: Span) -> Result<Option<smol_str::SmolStr>, Diagnostic> {
    let (value, _) = value.unmark();
    if value.is_null() {
        return Err(Diagnostic::error(INVALID_ID, "The import ID cannot be null.").at(span));
    }
    let value = convert(&value, &Type::String)
        .map_err(|e| Diagnostic::error("Incorrect value type", format!("Invalid expression value: {e}.")).at(span))?;
    match value.as_str() {
        Some(id) if id.is_empty() => {
            let detail = "The import ID value evaluates to an empty string, please provide a non-empty value.";
            Err(Diagnostic::error(INVALID_ID, detail).at(span))
        }
        id => Ok(id.cloned()),
    }
}

/// The error for an id that is known too late.
#[must_use]
pub fn unknown_id(span: Span) -> Diagnostic {
    let detail = "The import block \"id\" argument depends on resource attributes that cannot be determined until apply, \
                  so Terraform cannot plan to import this resource.";
    Diagnostic::error(INVALID_ID, detail).at(span)
}

impl Validator<'_> {
    pub(super) fn imports(&mut self, module: usize, tree: &ModuleTree) {
        let imports = &tree.module.imports;
        if let Some(import) = imports.first().filter(|_| !tree.path.is_empty()) {
            let path: Vec<String> = tree.path.iter().map(|name| format!("module.{name}")).collect();
            let detail = format!(
                "An import block was detected in {:?}. Import blocks are only allowed in the root module.",
                path.join(".")
            );
            self.diagnostics.push(Diagnostic::error("Invalid import configuration", detail).at(import.span));
            return;
        }
        let duplicates = duplicates(imports);
        if duplicates.has_errors() {
            self.diagnostics.extend(duplicates);
            return;
        }
        for import in imports {
            self.import(module, tree, import);
        }
    }

    fn import(&mut self, module: usize, tree: &ModuleTree, import: &Import) {
        // A key that is an expression is known only with its value.
        let mut fixed = true;
        let target = resolve_keys(&import.to, &mut |_| {
            fixed = false;
            Ok(Value::string(""))
        });
        if let Some(target) = target.ok().and_then(|t| Target::parse(&t).ok()) {
            let key = target.resource.as_ref().and_then(|(_, key)| key.as_ref());
            let problem = match target_config(tree, import, &target) {
                Ok(config) => config.filter(|_| fixed).and_then(|c| check_key(c, key, import.to.span)),
                Err(problem) => Some(problem),
            };
            self.diagnostics.extend(problem);
        }
        if let Some(for_each) = &import.for_each {
            let value = self.evaluate(module, for_each, Instance::default());
            let problem = value.filter(|v| !v.deep_marks().contains(Marks::EPHEMERAL));
            self.diagnostics.extend(problem.and_then(|v| check_for_each(&v, for_each.span)));
        }
        let repetition = import.for_each.clone().map_or(Repetition::Single, Repetition::ForEach);
        if let Some(id) = self.evaluate(module, &import.id, Instance::any_of(&repetition)) {
            self.diagnostics.extend(import_id(&id, import.id.span).err());
        }
    }
}

/// Reports blocks for an address that an earlier one has.
fn duplicates(imports: &[Import]) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let mut seen = HashMap::new();
    for import in imports {
        let ExprKind::Traversal(to) = &import.to.kind else { continue };
        let address = written(to);
        if let Some(first) = seen.get(&address) {
            let steps = to.steps.iter().filter(|step| matches!(step.kind, StepKind::Attr(_))).cloned().collect();
            let block = written(&Traversal { steps, ..to.clone() });
            let summary = format!("Duplicate import configuration for {block:?}");
            let detail = format!(
                "An import block for the resource {address:?} was already declared{PLACE}. A resource can have only one \
                 import block."
            );
            diagnostics.push(Diagnostic::error(summary, detail).at(import.to.span).naming(*first));
        } else {
            seen.insert(address, import.span);
        }
    }
    diagnostics
}

/// An address as text, without the word that only says that a resource follows.
fn written(to: &Traversal) -> String {
    let mut text = to.root.name.to_string();
    for step in &to.steps {
        match &step.kind {
            StepKind::Attr(name) if text == "resource" => text = name.to_string(),
            StepKind::Attr(name) => text.push_str(&format!(".{name}")),
            StepKind::Index { number, .. } => text.push_str(&format!("[{number}]")),
            StepKind::Key(key) => text.push_str(&format!("[{key:?}]")),
        }
    }
    text
}
