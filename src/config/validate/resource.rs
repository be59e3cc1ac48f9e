//! Resources: their bodies against the schemas of their types, and everything around.

use petgraph::graph::NodeIndex;

use crate::config::module::{IgnoreChanges, Mode, Repetition, Resource};
use crate::config::provider_of::{self, BUILTIN, unsupported_type};
use crate::config::scope::{Instance, unresolved};
use crate::lang::{Marks, Value};
use crate::providers::{self, provisioners};
use crate::schema::{Block, Schema, body_references, decode_body};
use crate::syntax::ast::{self, Traversal};
use crate::syntax::body::ConfigBody;
use crate::syntax::{Diagnostic, Span};

use super::references::check_relative;
use super::{Validator, schema_of};

impl Validator<'_> {
    pub(super) fn resource(&mut self, index: NodeIndex, module: usize, r: &Resource) {
        self.repetition(module, &r.repetition);
        self.depends_on(module, &r.depends_on);
        let Some(schema) = schema_of(r) else {
            self.unsupported(module, r);
            return;
        };
        let instance = Instance::any_of(&r.repetition);
        self.body(index, module, r, schema, instance.clone());
        for c in &r.lifecycle.preconditions {
            self.condition(module, c, instance.clone());
        }
        let with_self = Instance { this: Some(Value::unknown(schema.implied_type().clone())), ..instance };
        for c in &r.lifecycle.postconditions {
            self.postcondition(module, c, with_self.clone(), schema);
        }
        if let IgnoreChanges::Some(traversals) = &r.lifecycle.ignore_changes {
            let bad = traversals.iter().filter_map(|t| check_relative(schema, t).err());
            self.diagnostics.extend(bad);
            self.diagnostics.extend(traversals.iter().filter_map(|t| redundant(schema, t, r.span)));
        }
        self.provisioners(module, r, schema, &with_self);
    }

    /// A type that the provider doesn't have is an error once there is to be an instance of it, which planning may have
    /// to tell.
    fn unsupported(&mut self, module: usize, r: &Resource) {
        let tree = self.graph.modules[module].tree;
        let is_single = |repetition: &Repetition| matches!(repetition, Repetition::Single);
        let mut exists = is_single(&r.repetition);
        let mut at = module;
        while let Some((caller, call)) = self.graph.modules[at].caller {
            exists &= is_single(&call.repetition);
            at = caller;
        }
        if exists || provider_of::address(&tree.module, provider_of::local_name(r)) == BUILTIN {
            self.diagnostics.push(unsupported_type(&tree.module, r));
        }
    }

    fn body(&mut self, index: NodeIndex, module: usize, r: &Resource, schema: &Schema, instance: Instance) {
        let found = self.graph.body_references(index);
        let mut good = self.references(module).all(found);
        if good {
            let problems = unresolved(&self.scope(module, instance.clone()), found);
            good = !problems.has_errors();
            self.diagnostics.extend(problems);
        }
        let (value, diagnostics) = decode_body(&r.body, &schema.block, &self.scope(module, instance));
        if !good {
            // With references that lead nowhere, only what the schema itself says is of interest.
            self.diagnostics.extend(diagnostics.into_iter().filter(is_structural));
            return;
        }
        let failed = diagnostics.has_errors();
        self.diagnostics.extend(diagnostics);
        if !failed {
            let refused = providers::validate(r.key.mode, &r.key.kind, &value);
            let address = r.key.to_string();
            self.diagnostics.extend(refused.into_iter().map(|d| located(d, r, &address)));
        }
        if !failed && r.key.mode != Mode::Ephemeral && value.deep_marks().contains(Marks::EPHEMERAL) {
            self.refuse_ephemeral(r, &value);
        }
    }

    fn refuse_ephemeral(&mut self, r: &Resource, value: &Value) {
        let (attributes, _) = r.body.just_attributes();
        for (name, v) in value.as_entries().unwrap_or_default() {
            if v.deep_marks().contains(Marks::EPHEMERAL) {
                let detail = format!(
                    "Ephemeral values are not valid for {:?}, because it is not a write-only attribute and must be \
                     persisted to state.",
                    name.as_str()
                );
                let span = attributes.get(name).map_or(r.span, |a| a.expr.span);
                let address = Some(r.key.to_string());
                let diagnostic = Diagnostic::error("Invalid use of ephemeral value", detail).at(span);
                self.diagnostics.push(Diagnostic { address, ..diagnostic });
            }
        }
    }

    fn postcondition(
        &mut self,
        module: usize,
        c: &crate::config::module::Condition,
        instance: Instance,
        schema: &Schema,
    ) {
        let mut references = self.references(module);
        references.this = Some(schema);
        if references.expr(&c.condition) & references.expr(&c.error_message) {
            let scope = self.scope(module, instance);
            for e in [&c.condition, &c.error_message] {
                self.diagnostics.extend(crate::lang::eval::evaluate_partial(e, &scope).1);
            }
        }
    }

    /// The first provisioner that is wrong ends it: the others are mostly wrong the same way.
    fn provisioners(&mut self, module: usize, r: &Resource, schema: &Schema, instance: &Instance) {
        let before = self.diagnostics.0.len();
        for p in &r.provisioners {
            match provisioners::provisioner(&p.kind.name) {
                Some(block) => self.body_with_self(module, &p.body, block, schema, instance),
                None => {
                    let detail = format!(
                        "This configuration requires provisioner {:?}, which doesn't exist. There are \"local-exec\", \
                         \"remote-exec\" and \"file\".",
                        p.kind.name.as_str()
                    );
                    self.diagnostics.push(Diagnostic::error("Missing required provisioner plugin", detail));
                }
            }
            if let Some(connection) = p.connection.as_ref().or(r.connection.as_ref()) {
                self.body_with_self(module, connection, provisioners::connection(), schema, instance);
            }
            if self.diagnostics.0.len() > before {
                return;
            }
        }
    }

    /// Checks a body in whose expressions `self` is the resource.
    fn body_with_self(
        &mut self,
        module: usize,
        body: &ConfigBody,
        block: &Block,
        schema: &Schema,
        instance: &Instance,
    ) {
        let mut references = self.references(module);
        references.this = Some(schema);
        let good = references.all(&body_references(body, block));
        let (_, diagnostics) = decode_body(body, block, &self.scope(module, instance.clone()));
        self.diagnostics.extend(diagnostics.into_iter().filter(|d| good || is_structural(d)));
    }
}

/// What a provider has against an object, with the object's address and the place of what it is about.
#[must_use]
pub fn located(d: Diagnostic, r: &Resource, address: &str) -> Diagnostic {
    let has_place = d.subject.is_some() || d.attribute.is_some();
    let located = located_in(d, &r.body, r.body.missing_item_span(), address);
    if has_place { located } else { Diagnostic { subject: None, ..located } }
}

/// What a provider has against the value of a body, with the place of the argument that it is about, or else `place`.
#[must_use]
pub fn located_in(d: Diagnostic, body: &ConfigBody, place: Span, address: &str) -> Diagnostic {
    let in_block = |path: &str| place_in(body.as_native()?, path);
    let argument = |path: &str| Some(body.just_attributes().0.get(path.split('.').next()?)?.expr.span);
    let found = d.attribute.as_deref().and_then(|path| argument(path).or_else(|| in_block(path)));
    let subject = d.subject.or(found).or(Some(place));
    Diagnostic { subject, address: Some(address.to_string()), ..d }
}

/// Where an argument of a nested block stands: `root_block_device.0.volume_type`. Of blocks that are made dynamically, nothing is
/// known here.
fn place_in(body: &ast::Body, path: &str) -> Option<Span> {
    let (name, rest) = path.split_once('.')?;
    let (index, rest) = rest.split_once('.')?;
    let block = body.blocks.iter().filter(|block| block.kind.name == name).nth(index.parse().ok()?)?;
    let argument = block.body.attributes.iter().find(|a| rest.split('.').next() == Some(a.name.name.as_str()));
    argument.map(|a| a.expr.span).or_else(|| place_in(&block.body, rest)).or(Some(block.braces.at_start()))
}

/// The warning for something in `ignore_changes` that the configuration can't have.
fn redundant(schema: &Schema, ignored: &Traversal, span: Span) -> Option<Diagnostic> {
    let name = &ignored.root.name;
    if !ignored.steps.is_empty() {
        return None;
    }
    schema.block.attributes.get(name).filter(|a| a.is_read_only())?;
    let detail = format!(
        "Adding an attribute name to ignore_changes tells Terraform to ignore future changes to the argument in \
         configuration after the object has been created, retaining the value originally configured.\n\nThe attribute \
         {name} is decided by the provider alone and therefore there can be no configured value to compare with. \
         Including this attribute in ignore_changes has no effect. Remove the attribute from ignore_changes to quiet \
         this warning."
    );
    Some(Diagnostic::warning("Redundant ignore_changes element", detail).at(span))
}

/// Errors about the form of a body, whatever its values are.
fn is_structural(d: &Diagnostic) -> bool {
    matches!(d.summary.as_str(), "Unsupported argument" | "Unsupported block type" | "Missing required argument")
}
