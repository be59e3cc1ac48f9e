//! `required_providers` blocks.

use smol_str::{SmolStr, ToSmolStr};

use super::provider::{BAD_PROVIDER_PART, normal_provider_part};
use super::source::is_host;
use super::{Decoder, FileBlocks};
use crate::config::module::{ProviderKey, RequiredProvider};
use crate::config::version::VersionConstraint;
use crate::lang::Kind;
use crate::lang::eval::evaluate;
use crate::lang::scope::Constants;
use crate::syntax::ast::{Expr, ExprKind, Ident, ObjectItem, ObjectKey, StepKind};
use crate::syntax::body::{Attribute, BlockContent};

const INVALID_OBJECT: &str = "Invalid required_providers object";
const INVALID_VERSION: &str = "Invalid version constraint";

impl Decoder<'_> {
    pub(super) fn required_providers(&mut self, block: &BlockContent, out: &mut FileBlocks) {
        let (attributes, diagnostics) = block.body.just_attributes();
        if diagnostics.has_errors() {
            return self.diagnostics.extend(diagnostics);
        }
        let mut attributes: Vec<Attribute> = attributes.into_values().collect();
        attributes.sort_by_key(|a| a.span.start);
        let required = attributes.iter().filter_map(|a| self.required_provider(a)).collect();
        out.required_providers.push((block.def_span, required));
    }

    fn required_provider(&mut self, attribute: &Attribute) -> Option<RequiredProvider> {
        let expr = &attribute.expr;
        if !self.provider_name(&attribute.name, expr.span) {
            return None;
        }
        let mut required = RequiredProvider {
            name: Ident { name: attribute.name.clone(), span: attribute.name_span },
            source: implied_source(&attribute.name),
            version: None,
            aliases: Vec::new(),
        };
        if let Ok(value) = evaluate(expr, &Constants)
            && value.ty().is_primitive()
        {
            required.version = self.version(attribute);
            return Some(required);
        }
        let Some(items) = self.map(expr) else {
            self.error(expr.span, INVALID_OBJECT, "required_providers entries must be strings or objects.");
            return None;
        };
        let before = self.diagnostics.0.len();
        for item in items {
            self.requirement(item, &mut required);
        }
        (self.diagnostics.0.len() == before).then_some(required)
    }

    fn requirement(&mut self, item: &ObjectItem, required: &mut RequiredProvider) {
        let key = match &item.key {
            ObjectKey::Name(name) => Some(name.name.clone()),
            ObjectKey::Expr(e) if matches!(e.kind, ExprKind::Traversal(_)) => {
                let detail = "If this expression is intended to be a reference, wrap it in parentheses. If it's instead \
                              intended as a literal name containing periods, wrap it in quotes to create a string literal.";
                return self.error(e.span, "Ambiguous attribute key", detail);
            }
            ObjectKey::Expr(e) => match self.constant(e).kind() {
                Kind::String(s) => Some(s.clone()),
                _ => None,
            },
        };
        // Without one the expression of the key has been reported.
        let Some(key) = key else { return };
        match key.as_str() {
            "version" => match self.constant_string(&item.value) {
                Some(text) if VersionConstraint::parse(&text).is_some() => required.version = Some(text),
                Some(_) => {
                    let detail = "This string does not use correct version constraint syntax.";
                    self.error(item.value.span, INVALID_VERSION, detail);
                }
                None => self.error(item.value.span, INVALID_VERSION, "Version must be specified as a string."),
            },
            "source" => match self.constant_string(&item.value) {
                Some(text) => match parse_source(&text) {
                    Ok(source) => required.source = source,
                    Err((summary, detail)) => self.error(item.value.span, summary, detail),
                },
                None => self.error(item.value.span, "Invalid source", "Source must be specified as a string."),
            },
            "configuration_aliases" => self.configuration_aliases(&item.value, required),
            _ => self.error(
                item.key.span(),
                INVALID_OBJECT,
                "required_providers objects can only contain \"version\", \"source\" and \"configuration_aliases\" \
                 attributes. To configure a provider, use a \"provider\" block.",
            ),
        }
    }

    /// A constant string; anything else gives no error here.
    fn constant_string(&self, expr: &Expr) -> Option<SmolStr> {
        match &expr.kind {
            ExprKind::JsonString(text, _) if self.json => Some(text.clone()),
            _ => match evaluate(expr, &Constants).ok()?.kind() {
                Kind::String(s) => Some(s.clone()),
                _ => None,
            },
        }
    }

    fn configuration_aliases(&mut self, expr: &Expr, required: &mut RequiredProvider) {
        const SUMMARY: &str = "Invalid configuration_aliases value";
        for item in self.list(expr) {
            match self.alias(item) {
                Some(key) if key.name == required.name.name => required.aliases.push(key),
                Some(key) => {
                    let detail = format!(
                        "Configuration aliases must be prefixed with the provider name. Expected {:?}, but found {:?}.",
                        required.name.name, key.name
                    );
                    self.error(expr.span, SUMMARY, detail);
                }
                None => {
                    let detail = "Configuration aliases can only contain references to local provider configuration \
                                  names in the format of provider.alias";
                    self.error(expr.span, SUMMARY, detail);
                }
            }
        }
    }

    fn alias(&mut self, expr: &Expr) -> Option<ProviderKey> {
        let traversal = self.traversal(expr)?;
        let alias = match traversal.steps.as_slice() {
            [] => None,
            [step] => match &step.kind {
                StepKind::Attr(alias) => Some(alias.clone()),
                _ => return None,
            },
            _ => return None,
        };
        Some(ProviderKey { name: traversal.root.name, alias })
    }
}

/// The source of a provider that only has a local name.
#[must_use]
pub(crate) fn implied_source(name: &str) -> SmolStr {
    if name == "terraform" {
        return SmolStr::new_static("terraform.io/builtin/terraform");
    }
    format!("hashicorp/{name}").into()
}

/// The full address of a provider by its source: `registry.terraform.io/hashicorp/aws` for `aws`.
///
/// # Errors
/// A summary and a detail, if it can't be one.
pub fn provider_address(source: &str) -> Result<SmolStr, (&'static str, String)> {
    let address = parse_source(source)?;
    match address.matches('/').count() {
        1 => Ok(format!("registry.terraform.io/{address}").into()),
        _ => Ok(address),
    }
}

/// A source address, lower case, the default host and namespace in it or left out as in
/// `hashicorp/aws`.
fn parse_source(text: &str) -> Result<SmolStr, (&'static str, String)> {
    let parts: Vec<&str> = text.split('/').collect();
    if parts.len() > 3 || parts.iter().any(|p| p.is_empty()) {
        let detail = "The \"source\" attribute must be in the format \"[hostname/][namespace/]name\"";
        return Err(("Invalid provider source string", detail.to_string()));
    }
    let refuse = |summary, what: &str| {
        (summary, format!("Invalid provider {what} \"\" in source {text:?}: {BAD_PROVIDER_PART}\""))
    };
    let given = parts[parts.len() - 1];
    let name = normal_provider_part(given).ok_or_else(|| refuse("Invalid provider type", "type"))?;
    let namespace = match parts.len() {
        1 => SmolStr::new_static("hashicorp"),
        n if parts[n - 2] == "-" => SmolStr::new_static("-"),
        n => normal_provider_part(parts[n - 2]).ok_or_else(|| refuse("Invalid provider namespace", "namespace"))?,
    };
    let host = if let [host, _, _] = parts.as_slice() { host } else { "registry.terraform.io" };
    if !is_host(host) {
        let detail = format!("Invalid provider source hostname {host:?} in source {text:?}: invalid host name\"");
        return Err(("Invalid provider source hostname", detail));
    }
    check_redundant_prefix(text, host, &namespace, &name, given)?;
    let host = host.to_lowercase();
    if host == "registry.terraform.io" {
        return Ok(format!("{namespace}/{name}").to_smolstr());
    }
    Ok(format!("{host}/{namespace}/{name}").to_smolstr())
}

/// Names of repositories, `terraform-provider-aws`, are not names of providers.
fn check_redundant_prefix(
    text: &str,
    host: &str,
    namespace: &str,
    name: &str,
    given: &str,
) -> Result<(), (&'static str, String)> {
    const SUMMARY: &str = "Invalid provider type";
    if let Some(meant) = name.strip_prefix("terraform-provider-") {
        let suggestion = text.strip_suffix(given).unwrap_or_default();
        let detail = format!(
            "Provider source {text:?} has a type with the prefix \"terraform-provider-\", which isn't valid. Although that \
             prefix is often used in the names of version control repositories for Terraform providers, provider source \
             strings should not include it.\n\nDid you mean \"{suggestion}{meant}\"?"
        );
        return Err((SUMMARY, detail));
    }
    if name.starts_with("terraform-") {
        let detail = format!(
            "Provider source \"{host}/{namespace}/{name}\" has a type with the prefix \"terraform-\", which isn't allowed \
             because it would be redundant to name a Terraform provider with that prefix. If you are the author of this \
             provider, rename it to not include the prefix."
        );
        return Err((SUMMARY, detail));
    }
    Ok(())
}
