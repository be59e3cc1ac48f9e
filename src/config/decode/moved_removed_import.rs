//! `moved`, `removed` and `import` blocks.

use std::sync::{Arc, LazyLock};

use super::Decoder;
use super::target::Target;
use crate::config::module::{Import, Mode, Moved, Removed};
use crate::lang::eval::evaluate;
use crate::lang::scope::Constants;
use crate::lang::{Host, Scope, Type, Value};
use crate::syntax::ast::{Expr, ExprKind, Ident, Step, StepKind, Traversal};
use crate::syntax::body::{Attributes, BlockContent, BodySchema, Content};
use crate::syntax::{Diagnostic, Diagnostics, Span};

static MOVED: LazyLock<BodySchema> = LazyLock::new(|| BodySchema::new().required(&["from", "to"]));

static REMOVED: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .required(&["from"])
        .block("lifecycle", &[])
        .block("connection", &[])
        .block("provisioner", &["type"])
});

static REMOVED_LIFECYCLE: LazyLock<BodySchema> = LazyLock::new(|| BodySchema::new().optional(&["destroy"]));

static IMPORT: LazyLock<BodySchema> =
    LazyLock::new(|| BodySchema::new().optional(&["provider", "for_each"]).required(&["id", "to"]));

impl Decoder<'_> {
    /// An argument that is an address.
    fn target(
        &mut self,
        attributes: &Attributes,
        name: &str,
        parse: fn(&Traversal) -> Result<Target, Diagnostic>,
    ) -> Option<(Traversal, Target)> {
        let expr = &attributes.get(name)?.expr;
        let traversal = self.traversal(expr);
        if traversal.is_none() {
            self.error(
                expr.span,
                "Invalid expression",
                "A single static variable reference is required: only attribute access and indexing with constant keys. \
                 No calculations, function calls, template expressions, etc are allowed here.",
            );
        }
        let traversal = traversal?;
        match parse(&traversal) {
            Ok(target) => Some((traversal, target)),
            Err(problem) => {
                self.diagnostics.push(problem);
                None
            }
        }
    }

    pub(super) fn moved(&mut self, block: &BlockContent) -> Option<Moved> {
        let content = self.content(&block.body, &MOVED);
        let from = self.target(&content.attributes, "from", Target::parse);
        let to = self.target(&content.attributes, "to", Target::parse);
        let ((from, from_target), (to, to_target)) = (from?, to?);
        if from_target.resource.is_some() != to_target.resource.is_some() {
            let detail =
                "The \"from\" and \"to\" addresses must either both refer to resources or both refer to modules.";
            self.error(block.def_span, "Invalid \"moved\" addresses", detail);
            return None;
        }
        Some(Moved { from, to, span: block.def_span })
    }

    pub(super) fn removed(&mut self, block: &BlockContent) -> Option<Removed> {
        let content = self.content(&block.body, &REMOVED);
        let found = self.target(&content.attributes, "from", Target::parse_whole);
        let is_managed = match &found {
            Some((_, target)) => {
                self.check_removed(target);
                target.resource.as_ref().is_some_and(|(key, _)| key.mode == Mode::Managed)
            }
            None => false,
        };
        let mut removed = Removed {
            from: found.map(|(traversal, _)| traversal)?,
            destroy: true,
            provisioners: Vec::new(),
            span: block.def_span,
        };
        self.removed_blocks(&content, is_managed, &mut removed);
        Some(removed)
    }

    fn check_removed(&mut self, target: &Target) {
        if target.resource.as_ref().is_some_and(|(key, _)| key.mode != Mode::Managed) {
            self.error(
                target.span,
                "Data source address not allowed",
                "Data sources are never destroyed, so they are not valid targets of removed blocks. To remove the data \
                 source from state, remove the data source block from configuration.",
            );
        }
    }

    fn removed_blocks(&mut self, content: &Content, is_managed: bool, removed: &mut Removed) {
        const INVALID: &str = "Invalid provisioner block";
        let mut connection = None;
        for inner in &content.blocks {
            match inner.kind.as_str() {
                "lifecycle" => {
                    let lifecycle = self.content(&inner.body, &REMOVED_LIFECYCLE);
                    removed.destroy = self.bool(&lifecycle.attributes, "destroy").unwrap_or(removed.destroy);
                }
                "connection" => self.connection(inner, &mut connection, "\"removed\" block"),
                _ if !is_managed => {
                    let detail = "Provisioners are valid only when a removed block targets a managed resource.";
                    self.error(inner.def_span, INVALID, detail);
                }
                _ => match self.provisioner(inner) {
                    Some(p) if p.on_destroy => removed.provisioners.push(p),
                    Some(_) => self.error(
                        inner.def_span,
                        INVALID,
                        "Only destroy-time provisioners are valid in \"removed\" blocks. To declare a destroy-time \
                         provisioner, use:\n    when = destroy",
                    ),
                    None => {}
                },
            }
        }
        for provisioner in &mut removed.provisioners {
            provisioner.connection = match (provisioner.connection.take(), &connection) {
                (None, Some((body, _))) => Some(body.clone()),
                (own, _) => own,
            };
        }
    }

    pub(super) fn import(&mut self, block: &BlockContent) -> Option<Import> {
        let before = self.diagnostics.0.len();
        let content = self.content(&block.body, &IMPORT);
        if self.diagnostics.0.len() > before {
            return None;
        }
        let attributes = &content.attributes;
        let provider = attributes.get("provider").and_then(|a| self.provider_ref(&a.expr, "provider"));
        let to = attributes.get("to")?;
        let expr = self.expression(&to.expr).into_owned();
        let target = self.import_target(&expr, to.span, attributes.contains_key("for_each"))?;
        if provider.is_some() && !target.modules.is_empty() {
            let at = attributes.get("provider").map_or(block.def_span, |a| a.span);
            self.error(
                at,
                "Invalid import provider argument",
                "The provider argument can only be specified in import blocks that will generate configuration.\n\nUse \
                 the providers argument within the module block to configure providers for all resources within a \
                 module, including imported resources.",
            );
        }
        Some(Import {
            to: Arc::new(expr),
            id: Arc::clone(&attributes.get("id")?.expr),
            for_each: attributes.get("for_each").map(|a| Arc::clone(&a.expr)),
            provider,
            span: block.def_span,
        })
    }

    /// The address to import to, which the argument `argument` has. Its keys may be expressions if there are many.
    fn import_target(&mut self, expr: &Expr, argument: Span, repeated: bool) -> Option<Target> {
        let keyless = repeated.then(|| without_keys(expr));
        let Some(traversal) = self.traversal(keyless.as_ref().unwrap_or(expr)) else {
            self.error(
                expr.span,
                "Invalid expression",
                "A single static variable reference is required: only attribute access and indexing with constant keys. \
                 No calculations, function calls, template expressions, etc are allowed here.",
            );
            return None;
        };
        let target = match Target::parse(&traversal) {
            Ok(target) if target.resource.is_none() => {
                let detail = "A resource instance address is required here. The module path must be followed by a \
                              resource instance specification.";
                self.error(target.span, "Invalid address", detail);
                None
            }
            Ok(target) => Some(target),
            Err(problem) => {
                self.diagnostics.push(problem);
                None
            }
        };
        let mode = target.as_ref().and_then(|t| t.resource.as_ref()).map(|(key, _)| key.mode);
        if mode != Some(Mode::Managed) {
            self.error(argument, "Invalid import address", "Only managed resources can be imported.");
            return None;
        }
        if !repeated {
            return target;
        }
        Target::parse(&self.with_keys(expr)?).map_err(|problem| self.diagnostics.push(problem)).ok()
    }

    /// An address with a key of its own in the place of every key that is an expression.
    fn with_keys(&mut self, expr: &Expr) -> Option<Traversal> {
        match &expr.kind {
            ExprKind::Index(collection, key) => {
                let mut traversal = self.with_keys(collection)?;
                let value = match evaluate(key, &ImportKeys) {
                    Ok(value) => value,
                    Err(problems) => {
                        self.diagnostics.extend(problems);
                        return None;
                    }
                };
                let number = StepKind::Index { number: "0".into(), legacy: false };
                let kind = match value.ty() {
                    Type::Number => number,
                    Type::String | Type::Dynamic => StepKind::Key("".into()),
                    _ => {
                        let detail = "Invalid resource instance key: either a string or an integer is required.";
                        self.error(key.span, "Invalid address", detail);
                        return None;
                    }
                };
                traversal.steps.push(Step { kind, span: key.span });
                Some(traversal)
            }
            ExprKind::RelativeTraversal(source, steps) => {
                let mut traversal = self.with_keys(source)?;
                traversal.steps.extend(steps.iter().cloned());
                Some(traversal)
            }
            _ => self.traversal(expr),
        }
    }
}

/// An address without the keys that are expressions.
fn without_keys(expr: &Expr) -> Expr {
    match &expr.kind {
        ExprKind::Index(collection, _) => without_keys(collection),
        ExprKind::RelativeTraversal(source, steps) => {
            let source = without_keys(source);
            match source.kind {
                ExprKind::Traversal(mut traversal) => {
                    traversal.steps.extend(steps.iter().cloned());
                    Expr { kind: ExprKind::Traversal(traversal), span: expr.span }
                }
                _ => expr.clone(),
            }
        }
        _ => expr.clone(),
    }
}

/// What the keys in the address of repeated imports can refer to: the element of `for_each`.
struct ImportKeys;

impl Scope for ImportKeys {
    fn resolve(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let Ident { name, span } = &reference.root;
        if name == "each" {
            let each = vec![("key".into(), Value::unknown(Type::String)), ("value".into(), Value::dynamic())];
            return Ok((Value::object(each), 0));
        }
        let detail = format!(
            "There is no variable named {name:?}. Only \"each.key\" and \"each.value\" can be used in import address \
             index expressions."
        );
        Err(Diagnostic::error("Unknown variable", detail).at(*span).into())
    }

    fn host(&self) -> &dyn Host {
        Constants.host()
    }

    fn functions_allowed(&self) -> bool {
        false
    }
}
