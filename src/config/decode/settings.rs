//! `terraform` blocks.

use std::sync::LazyLock;

use super::{Decoder, FileBlocks, label};
use crate::config::module::Backend;
use crate::config::version::{COMPATIBLE_VERSION, VersionConstraint};
use crate::syntax::body::{Attribute, BlockContent, BodySchema};

static SETTINGS: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .optional(&["required_version", "experiments", "language"])
        .block("backend", &["type"])
        .block("cloud", &[])
        .block("required_providers", &[])
        .block("provider_meta", &["provider"])
});

impl Decoder<'_> {
    pub(super) fn settings(&mut self, block: &BlockContent, out: &mut FileBlocks) {
        let content = self.content(&block.body, &SETTINGS);
        if let Some(language) = content.attributes.get("language") {
            self.language(language);
        }
        if let Some(experiments) = content.attributes.get("experiments") {
            self.warning(
                experiments.name_span,
                "Experiments are ignored",
                "Experimental features are available only in alpha releases of Terraform, and Infra has none of them. \
                 What this argument lists has no effect: if the module does without it, remove it.",
            );
        }
        if let Some(version) = content.attributes.get("required_version") {
            self.required_version(version, out);
        }
        for inner in &content.blocks {
            match inner.kind.as_str() {
                "backend" => {
                    let backend = Backend { kind: label(inner, 0), body: inner.body.clone(), span: inner.def_span };
                    out.backends.push(backend);
                }
                "cloud" => out.clouds.push(inner.def_span),
                "required_providers" => self.required_providers(inner, out),
                _ => out.provider_metas.push((label(inner, 0).name, inner.def_span)),
            }
        }
    }

    fn language(&mut self, attribute: &Attribute) {
        const SUMMARY: &str = "Invalid language edition";
        match self.keyword(&attribute.expr) {
            None => {
                let detail = "The \"language\" argument expects a bare language edition keyword. Terraform currently \
                              supports only language edition TF2021, which is the default.";
                self.error(attribute.expr.span, SUMMARY, detail);
            }
            Some(edition) if edition == "TF2021" => {}
            Some(_) => {
                let detail = format!(
                    "Terraform v{COMPATIBLE_VERSION} only supports language edition TF2021. This module requires a newer \
                     version of Terraform CLI."
                );
                self.error(attribute.expr.span, "Unsupported language edition", detail);
            }
        }
    }

    fn required_version(&mut self, attribute: &Attribute, out: &mut FileBlocks) {
        let Some(text) = self.version(attribute) else { return };
        if VersionConstraint::parse(&text).is_some_and(|c| c.names_prerelease()) {
            let detail = format!(
                "Prerelease version constraints are not supported: {text}. Remove the prerelease information from the \
                 constraint. Prerelease versions of terraform will match constraints using their version core only."
            );
            self.error(attribute.span, "Invalid required_version constraint", detail);
            return;
        }
        out.required_versions.push((text, attribute.span));
    }
}
