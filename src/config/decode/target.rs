//! Addresses in `moved`, `removed` and `import` blocks: `module.a["x"].aws_vpc.main[0]`.

use smol_str::SmolStr;

use crate::config::module::{Mode, ResourceKey};
use crate::lang::{Kind, Number, Value};
use crate::syntax::ast::{Step, StepKind, Traversal};
use crate::syntax::{Diagnostic, Span};

/// An address relative to the module in which it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The calls that lead there, with their instances.
    pub modules: Vec<(SmolStr, Option<Value>)>,
    /// The resource with its instance, unless a module is meant.
    pub resource: Option<(ResourceKey, Option<Value>)>,
    /// The whole address.
    pub span: Span,
    /// Where the last instance key of a module, or else the resource, stands.
    pub tail: Span,
}

/// The words that begin references to something that is no resource.
const RESERVED: [&str; 9] = ["count", "each", "local", "path", "self", "terraform", "var", "template", "lazy"];

const SUMMARY: &str = "Invalid address";
const NOT_A_RESOURCE: &str = "Resource specification must include a resource type and name.";

impl Target {
    /// Understands an address.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(traversal: &Traversal) -> Result<Target, Diagnostic> {
        Target::parse_with(traversal, true)
    }

    /// Understands the address of a whole resource or module, as `removed` blocks have it.
    ///
    /// # Errors
    /// When it is none, or of an instance.
    pub fn parse_whole(traversal: &Traversal) -> Result<Target, Diagnostic> {
        let target = Target::parse_with(traversal, false)?;
        if target.modules.iter().any(|(_, key)| key.is_some()) {
            let detail = "Module address must be a module (e.g. \"module.foo\"), not a module instance (e.g. \
                          \"module.foo[1]\").";
            return Err(Diagnostic::error("Module instance keys not allowed", detail).at(target.tail));
        }
        Ok(target)
    }

    /// `instances`: addresses are of instances, and words that begin other references are refused.
    fn parse_with(traversal: &Traversal, instances: bool) -> Result<Target, Diagnostic> {
        let mut parts = Parts { traversal, next: 0, instances };
        let mut modules = Vec::new();
        let mut tail = None;
        while parts.word().is_some_and(|w| w == "module") {
            let word_span = parts.span();
            parts.next += 1;
            let Some(name) = parts.word() else {
                let detail = "Prefix \"module.\" must be followed by a module name.";
                return Err(Diagnostic::error(SUMMARY, detail).at(word_span));
            };
            parts.next += 1;
            let key_span = parts.span();
            let key = parts.key("module")?;
            if key.is_some() {
                tail = Some(key_span);
            }
            modules.push((name, key));
        }
        let span = parts.whole();
        if parts.at_end() {
            return Ok(Target { modules, resource: None, span, tail: tail.unwrap_or(span) });
        }
        let (resource, resource_span) = parts.resource()?;
        Ok(Target { modules, resource: Some(resource), span, tail: tail.unwrap_or(resource_span) })
    }
}

/// The names and keys of a traversal, the root as the first.
struct Parts<'a> {
    traversal: &'a Traversal,
    next: usize,
    instances: bool,
}

impl Parts<'_> {
    fn step(&self) -> Option<&Step> {
        self.traversal.steps.get(self.next.checked_sub(1)?)
    }

    fn at_end(&self) -> bool {
        self.next > self.traversal.steps.len()
    }

    /// The name that comes next.
    fn word(&self) -> Option<SmolStr> {
        match self.next {
            0 => Some(self.traversal.root.name.clone()),
            _ => match &self.step()?.kind {
                StepKind::Attr(name) => Some(name.clone()),
                _ => None,
            },
        }
    }

    /// The name that comes next, which is then behind.
    fn required_word(&mut self, otherwise: &str) -> Result<SmolStr, Diagnostic> {
        let word = self.word().ok_or_else(|| Diagnostic::error(SUMMARY, otherwise).at(self.span()))?;
        self.next += 1;
        Ok(word)
    }

    fn span(&self) -> Span {
        match self.next {
            0 => self.traversal.root.span,
            _ => self.step().map_or_else(|| self.whole(), |s| s.span),
        }
    }

    fn whole(&self) -> Span {
        let root = self.traversal.root.span;
        self.traversal.steps.last().map_or(root, |s| root.to(s.span))
    }

    /// The instance key, if one comes next.
    fn key(&mut self, what: &str) -> Result<Option<Value>, Diagnostic> {
        let key = match self.step().map(|s| &s.kind) {
            Some(StepKind::Key(key)) => Kind::String(key.clone()).into(),
            Some(StepKind::Index { number, .. }) => match Number::parse(number).filter(|n| n.to_i64().is_some()) {
                Some(n) => Value::from(n),
                None => {
                    let detail = format!(
                        "Invalid {what} instance key: value must be a whole number, between -9223372036854775808 and \
                         9223372036854775807."
                    );
                    return Err(Diagnostic::error(SUMMARY, detail).at(self.span()));
                }
            },
            _ => return Ok(None),
        };
        self.next += 1;
        Ok(Some(key))
    }

    fn resource(&mut self) -> Result<((ResourceKey, Option<Value>), Span), Diagnostic> {
        let start = self.next;
        let mode = match self.word().as_deref() {
            Some("data") => Some(Mode::Data),
            Some("ephemeral") => Some(Mode::Ephemeral),
            Some("resource") => Some(Mode::Managed),
            Some(word) if self.instances && RESERVED.contains(&word) => {
                let detail = format!(
                    "The keyword {word:?} is reserved and cannot be used to target a resource address. If you are \
                     targeting a resource type that uses a reserved keyword, please prefix your address with \
                     \"resource.\"."
                );
                return Err(Diagnostic::error(SUMMARY, detail).at(self.rest_from(start)));
            }
            _ => None,
        };
        self.next += usize::from(mode.is_some());
        if self.next >= self.traversal.steps.len() {
            return Err(Diagnostic::error(SUMMARY, NOT_A_RESOURCE).at(self.rest_from(start)));
        }
        let kind = self.required_word(match mode {
            Some(Mode::Data) => "A data source name is required.",
            Some(Mode::Ephemeral) => "An ephemeral resource name is required.",
            Some(Mode::Managed) | None => "A resource type name is required.",
        })?;
        let name = self.required_word(match mode {
            Some(Mode::Data) => "A data source name is required.",
            Some(Mode::Ephemeral) => "An ephemeral resource name is required.",
            Some(Mode::Managed) | None => "A resource name is required.",
        })?;
        if !self.instances && !self.at_end() {
            let detail = "Resource address must be a resource (e.g. \"test_instance.foo\"), not a resource instance (e.g. \
                          \"test_instance.foo[1]\").";
            return Err(Diagnostic::error("Resource instance keys not allowed", detail).at(self.span()));
        }
        let key = if self.at_end() { None } else { self.key("resource")? };
        if !self.at_end() {
            let detail = match key {
                None => "Resource instance key must be given in square brackets.",
                Some(_) => "Unexpected extra operators after address.",
            };
            return Err(Diagnostic::error(SUMMARY, detail).at(self.span()));
        }
        let tail = if key.is_some() { self.last() } else { self.rest_from(start) };
        Ok(((ResourceKey { mode: mode.unwrap_or(Mode::Managed), kind, name }, key), tail))
    }

    fn last(&self) -> Span {
        self.traversal.steps.last().map_or(self.traversal.root.span, |s| s.span)
    }

    /// From the part with this number to the end.
    fn rest_from(&self, part: usize) -> Span {
        let first = match part {
            0 => self.traversal.root.span,
            n => self.traversal.steps.get(n - 1).map_or_else(|| self.whole(), |s| s.span),
        };
        first.to(self.last())
    }
}
