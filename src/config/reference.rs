//! What a traversal refers to: `var.x`, `module.m["a"].out`, `data.aws_ami.base[0].id`.

use smol_str::SmolStr;

use crate::config::module::{Mode, ResourceKey};
use crate::lang::{Kind, Number, Value};
use crate::syntax::ast::{Step, StepKind, Traversal};
use crate::syntax::{Diagnostic, Span};

/// The object that a reference is to.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// `var.name`
    Variable(SmolStr),
    /// `local.name`
    Local(SmolStr),
    /// `module.name`, perhaps with an instance key, perhaps with an output.
    Module {
        /// The call's name.
        name: SmolStr,
        /// The instance.
        key: Option<Value>,
        /// The output.
        output: Option<SmolStr>,
    },
    /// `type.name`, `data.type.name`, `ephemeral.type.name`, perhaps with an instance key.
    Resource {
        /// Which.
        resource: ResourceKey,
        /// The instance.
        key: Option<Value>,
    },
    /// `count.attr`
    Count(SmolStr),
    /// `each.attr`
    Each(SmolStr),
    /// `path.attr`
    Path(SmolStr),
    /// `terraform.attr`
    Terraform(SmolStr),
    /// `self`
    This,
}

/// A traversal, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference<'a> {
    /// To what.
    pub subject: Subject,
    /// The steps after that.
    pub rest: &'a [Step],
    /// The steps that name the whole object: those of `data.type.name` or `module.name`, without
    /// an instance key. What a scope resolves in one go.
    pub whole: usize,
    /// The part of the source that names the subject.
    pub span: Span,
}

impl<'a> Reference<'a> {
    /// Understands a traversal.
    ///
    /// # Errors
    /// When it can't refer to anything, whatever is declared.
    pub fn parse(traversal: &'a Traversal) -> Result<Self, Diagnostic> {
        let root = &traversal.root;
        match root.name.as_str() {
            "var" => Self::named(traversal, Subject::Variable),
            "local" => Self::named(traversal, Subject::Local),
            "count" => Self::named(traversal, Subject::Count),
            "each" => Self::named(traversal, Subject::Each),
            "path" => Self::named(traversal, Subject::Path),
            "terraform" => Self::named(traversal, Subject::Terraform),
            "self" => Ok(Reference { subject: Subject::This, rest: &traversal.steps, whole: 0, span: root.span }),
            "module" => Self::module(traversal),
            "resource" => Self::resource(traversal, Mode::Managed, Some(("resource", "resource type", "the resource"))),
            "data" => Self::resource(traversal, Mode::Data, Some(("data", "data source type", "the resource"))),
            "ephemeral" => Self::resource(
                traversal,
                Mode::Ephemeral,
                Some(("ephemeral", "ephemeral resource type", "the resource")),
            ),
            "template" | "lazy" | "arg" => Err(Diagnostic::error(
                "Reserved symbol name",
                format!(
                    "The symbol name {:?} is reserved for use in a future Terraform version. If you are using a \
                     provider that already uses this as a resource type name, add the prefix \"resource.\" to force \
                     interpretation as a resource type name.",
                    root.name.as_str()
                ),
            )
            .at(root.span)),
            _ => Self::resource(traversal, Mode::Managed, None),
        }
    }

    /// `root.name`
    fn named(traversal: &'a Traversal, subject: fn(SmolStr) -> Subject) -> Result<Self, Diagnostic> {
        let name = first_attribute(traversal)?;
        Ok(Reference { subject: subject(name), rest: &traversal.steps[1..], whole: 1, span: span_to(traversal, 1) })
    }

    fn module(traversal: &'a Traversal) -> Result<Self, Diagnostic> {
        let name = first_attribute(traversal)?;
        let steps = &traversal.steps;
        let key = steps.get(1).and_then(step_key);
        let after = if key.is_some() { 2 } else { 1 };
        let output = match steps.get(after).map(|s| &s.kind) {
            Some(StepKind::Attr(output)) => Some(output.clone()),
            _ => None,
        };
        let end = after + usize::from(output.is_some());
        Ok(Reference {
            subject: Subject::Module { name, key, output },
            rest: &steps[end..],
            whole: 1,
            span: span_to(traversal, end),
        })
    }

    /// With a prefix, type and name are the first two steps; without, the root is the type.
    fn resource(traversal: &'a Traversal, mode: Mode, prefix: Option<(&str, &str, &str)>) -> Result<Self, Diagnostic> {
        let steps = &traversal.steps;
        let attribute = |i: usize| match steps.get(i).map(|s| &s.kind) {
            Some(StepKind::Attr(name)) => Some(name.clone()),
            _ => None,
        };
        let (kind, name, taken) = match prefix {
            Some((word, type_words, name_words)) => match (attribute(0), attribute(1)) {
                (Some(kind), Some(name)) => (kind, name, 2),
                _ => {
                    let detail = format!(
                        "The {word:?} object must be followed by two attribute names: the {type_words} and {name_words} \
                         name."
                    );
                    let span = span_to(traversal, steps.len().min(2));
                    return Err(Diagnostic::error("Invalid reference", detail).at(span));
                }
            },
            None => match attribute(0) {
                Some(name) => (traversal.root.name.clone(), name, 1),
                None => {
                    let detail = "A reference to a resource type must be followed by at least one attribute access, \
                                  specifying the resource name.";
                    let span = steps.first().map_or(traversal.root.span, |s| s.span);
                    return Err(Diagnostic::error("Invalid reference", detail).at(span));
                }
            },
        };
        let key = steps.get(taken).and_then(step_key);
        let end = taken + usize::from(key.is_some());
        Ok(Reference {
            subject: Subject::Resource { resource: ResourceKey { mode, kind, name }, key },
            rest: &steps[end..],
            whole: taken,
            span: span_to(traversal, end),
        })
    }
}

/// The name after the root, which every root but `self` needs.
fn first_attribute(traversal: &Traversal) -> Result<SmolStr, Diagnostic> {
    let root = traversal.root.name.as_str();
    match traversal.steps.first() {
        Some(Step { kind: StepKind::Attr(name), .. }) => Ok(name.clone()),
        Some(step) => {
            let detail = format!("The {root:?} object does not support this operation.");
            Err(Diagnostic::error("Invalid reference", detail).at(step.span))
        }
        None => {
            let detail =
                format!("The {root:?} object cannot be accessed directly. Instead, access one of its attributes.");
            Err(Diagnostic::error("Invalid reference", detail).at(traversal.root.span))
        }
    }
}

/// The instance key that a step in brackets gives.
fn step_key(step: &Step) -> Option<Value> {
    match &step.kind {
        StepKind::Key(key) => Some(Kind::String(key.clone()).into()),
        StepKind::Index { number, .. } => Number::parse(number).map(Value::from),
        StepKind::Attr(_) => None,
    }
}

/// From the root to the last of the first `steps` steps.
fn span_to(traversal: &Traversal, steps: usize) -> Span {
    traversal.steps[..steps.min(traversal.steps.len())]
        .last()
        .map_or(traversal.root.span, |s| traversal.root.span.to(s.span))
}
