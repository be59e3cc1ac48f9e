//! Whether references are to something that is declared, and in a form that can be evaluated.

use crate::config::graph::ConfigGraph;
use crate::config::module::{Local, Mode, Repetition, ResourceKey};
use crate::config::reference::{Reference, Subject};
use crate::config::scope::no_self;
use crate::lang::references::references;
use crate::schema::Schema;
use crate::syntax::ast::{Expr, Step, StepKind, Traversal};
use crate::syntax::suggestion::suggestion;
use crate::syntax::{Diagnostic, Diagnostics, Span};

use super::schema_of;

/// Checks references in one module.
pub(super) struct References<'r, 'v> {
    pub(super) graph: &'v ConfigGraph<'v>,
    pub(super) module: usize,
    /// The schema of `self`, where there is one.
    pub(super) this: Option<&'r Schema>,
    pub(super) diagnostics: &'r mut Diagnostics,
}

impl References<'_, '_> {
    /// Checks all references in an expression; whether all are good.
    pub(super) fn expr(&mut self, expr: &Expr) -> bool {
        self.all(references(expr))
    }

    /// Checks references; whether all are good. Every bad one is reported.
    pub(super) fn all<'t>(&mut self, traversals: impl IntoIterator<Item = &'t Traversal>) -> bool {
        let mut good = true;
        for traversal in traversals {
            good &= self.traversal(traversal);
        }
        good
    }

    /// Checks one reference; whether it is good.
    pub(super) fn traversal(&mut self, traversal: &Traversal) -> bool {
        let checked = Reference::parse(traversal).and_then(|r| self.reference(&r));
        match checked {
            Ok(()) => true,
            Err(d) => {
                self.diagnostics.push(d);
                false
            }
        }
    }

    fn reference(&self, reference: &Reference<'_>) -> Result<(), Diagnostic> {
        match &reference.subject {
            Subject::Resource { resource, key } => self.resource(reference, resource, key.is_some()),
            Subject::Module { name, .. } => self.module_call(name, reference.span),
            Subject::This => match self.this {
                Some(schema) => check_attribute(schema, reference.rest),
                None => Err(no_self(reference.span)),
            },
            _ => Ok(()),
        }
    }

    fn module_name(&self) -> String {
        let path = &self.graph.modules[self.module].tree.path;
        match path.is_empty() {
            true => "the root module".into(),
            false => path.iter().map(|name| format!("module.{name}")).collect::<Vec<_>>().join("."),
        }
    }

    fn module_call(&self, name: &str, span: Span) -> Result<(), Diagnostic> {
        let calls = &self.graph.modules[self.module].tree.module.calls;
        if calls.contains_key(name) {
            return Ok(());
        }
        let hint = suggestion(name, calls.keys().map(smol_str::SmolStr::as_str));
        let hint = hint.map_or_else(String::new, |s| format!(" Did you mean {s:?}?"));
        let detail = format!("No module call named {name:?} is declared in {}.{hint}", self.module_name());
        Err(Diagnostic::error("Reference to undeclared module", detail).at(span))
    }

    fn resource(&self, reference: &Reference<'_>, key: &ResourceKey, indexed: bool) -> Result<(), Diagnostic> {
        let resources = &self.graph.modules[self.module].tree.module.resources;
        let Some(resource) = resources.get(key) else { return Err(self.undeclared_resource(key, reference.span)) };
        if indexed && matches!(resource.repetition, Repetition::Single) {
            let detail = format!(
                "Because {key} does not have \"count\" or \"for_each\" set, references to it must not include an index \
                 key. Remove the bracketed index to refer to the single instance of this resource."
            );
            return Err(Diagnostic::error("Unexpected resource instance key", detail).at(reference.span));
        }
        let by_attribute = matches!(reference.rest.first(), Some(Step { kind: StepKind::Attr(_), .. }));
        if !indexed && by_attribute {
            let (argument, example) = match resource.repetition {
                Repetition::Single => ("", ""),
                Repetition::Count(_) => ("count", "count.index"),
                Repetition::ForEach(_) => ("for_each", "each.key"),
            };
            if !argument.is_empty() {
                let detail = format!(
                    "Because {key} has {argument:?} set, its attributes must be accessed on specific instances.\n\nFor \
                     example, to correlate with indices of a referring resource, use:\n    {key}[{example}]"
                );
                return Err(Diagnostic::error("Missing resource instance key", detail).at(reference.span));
            }
        }
        match schema_of(resource) {
            Some(schema) => check_attribute(schema, reference.rest),
            None => Ok(()),
        }
    }

    fn undeclared_resource(&self, key: &ResourceKey, span: Span) -> Diagnostic {
        let what = match key.mode {
            Mode::Managed => "A managed resource",
            Mode::Data => "A data resource",
            Mode::Ephemeral => "An ephemeral resource",
        };
        let resources = &self.graph.modules[self.module].tree.module.resources;
        let other = [Mode::Managed, Mode::Data, Mode::Ephemeral]
            .into_iter()
            .map(|mode| ResourceKey { mode, ..key.clone() })
            .find(|k| k != key && resources.contains_key(k));
        let near = suggestion(
            &key.name,
            resources.keys().filter(|k| k.mode == key.mode && k.kind == key.kind).map(|k| k.name.as_str()),
        );
        let hint = match (other, near) {
            (Some(ResourceKey { mode: Mode::Data, .. }), _) => {
                format!("\n\nDid you mean the data resource data.{}.{}?", key.kind, key.name)
            }
            (Some(k), _) => format!("\n\nDid you mean the resource {k}?"),
            (None, Some(name)) => format!(" Did you mean {}?", ResourceKey { name: name.into(), ..key.clone() }),
            (None, None) => String::new(),
        };
        let detail = format!(
            "{what} {:?} {:?} has not been declared in {}.{hint}",
            key.kind.as_str(),
            key.name.as_str(),
            self.module_name()
        );
        Diagnostic::error("Reference to undeclared resource", detail).at(span)
    }

    /// A reference in `depends_on`: to a whole object.
    pub(super) fn depends_on(&mut self, traversal: &Traversal) {
        if !self.traversal(traversal) {
            return;
        }
        let Ok(reference) = Reference::parse(traversal) else { return };
        if let Some(first) = reference.rest.first() {
            let detail = "References in depends_on must be to a whole object (resource, etc), not to an attribute of \
                          an object.";
            let span = reference.rest.iter().fold(first.span, |s, step| s.to(step.span));
            self.diagnostics.push(Diagnostic::error("Invalid depends_on reference", detail).at(span));
        }
    }
}

/// The first step into a resource must be an attribute or block of its schema.
fn check_attribute(schema: &Schema, rest: &[Step]) -> Result<(), Diagnostic> {
    let Some(Step { kind: StepKind::Attr(name), span }) = rest.first() else { return Ok(()) };
    if schema.block.contains(name) {
        if let Some(attribute) = schema.block.attributes.get(name)
            && attribute.ty.is_primitive()
            && let Some(Step { kind: StepKind::Attr(_), span }) = rest.get(1)
        {
            let detail =
                format!("Can't access attributes on a primitive-typed value ({}).", attribute.ty.friendly_name());
            return Err(Diagnostic::error("Unsupported attribute", detail).at(*span));
        }
        return Ok(());
    }
    let names = schema.block.attributes.keys().chain(schema.block.blocks.keys());
    let hint = suggestion(name, names.map(smol_str::SmolStr::as_str));
    let hint = hint.map_or_else(String::new, |s| format!(" Did you mean {s:?}?"));
    let detail = format!("This object has no argument, nested block, or exported attribute named {name:?}.{hint}");
    Err(Diagnostic::error("Unsupported attribute", detail).at(*span))
}

/// A relative reference in `ignore_changes`.
pub(super) fn check_relative(schema: &Schema, traversal: &Traversal) -> Result<(), Diagnostic> {
    let root = Step { kind: StepKind::Attr(traversal.root.name.clone()), span: traversal.root.span };
    check_attribute(schema, &[root])
}

impl Local {
    /// Whether the value refers to itself.
    pub(super) fn refers_to_itself(&self) -> bool {
        references(&self.expr).into_iter().any(|t| self.is(t))
    }

    fn is(&self, traversal: &Traversal) -> bool {
        let subject = Reference::parse(traversal).map(|r| r.subject);
        matches!(subject, Ok(Subject::Local(name)) if name == self.name.name)
    }
}

/// A local value can't be made of itself.
pub(super) fn self_reference(local: &Local) -> Diagnostics {
    let to_itself = references(&local.expr).into_iter().filter(|t| local.is(t));
    to_itself
        .map(|t| {
            let detail =
                format!("Local value local.{} cannot use its own result as part of its expression.", local.name.name);
            let span = Reference::parse(t).map_or(local.expr.span, |r| r.span);
            Diagnostic::error("Self-referencing local value", detail).at(span)
        })
        .collect()
}
