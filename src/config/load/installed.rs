//! Modules that were fetched: what `init` has noted in `.terraform/modules/modules.json`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use smol_str::SmolStr;

use super::files::clean;
use crate::config::decode::source::ModuleSource;
use crate::config::files::Files;
use crate::config::module::ModuleCall;
use crate::config::version::{Version, VersionConstraint};
use crate::syntax::Diagnostic;

/// Where the notes are, in the folder of the root module.
const MANIFEST: &str = ".terraform/modules/modules.json";

/// Where every fetched module is, by the names of the calls that lead to it.
#[derive(Debug, Default)]
pub(super) struct Installed(HashMap<String, Record>);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    key: String,
    source: String,
    #[serde(default)]
    version: String,
    dir: PathBuf,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Manifest {
    modules: Vec<Record>,
}

impl Installed {
    /// Reads the notes of an initialised folder; of another one there are none.
    pub fn read(root: &Path, from: &dyn Files) -> Installed {
        let text = from.read(&root.join(MANIFEST)).unwrap_or_default();
        let manifest: Option<Manifest> = serde_json::from_slice(&text).ok();
        let records = manifest.map(|m| m.modules).unwrap_or_default();
        Installed(records.into_iter().map(|r| (r.key.clone(), r)).collect())
    }

    /// The folder of a called module.
    pub fn dir(
        &self,
        root: &Path,
        call: &ModuleCall,
        source: &ModuleSource,
        path: &[SmolStr],
    ) -> Result<PathBuf, Diagnostic> {
        let error = |summary: &str, detail: String| Err(Diagnostic::error(summary, detail).at(call.span));
        let Some(record) = self.0.get(&path.join(".")) else {
            let detail = format!(
                "Module {:?} comes from {:?}. Infra finds modules in local folders by itself, but does not fetch others \
                 yet: it uses those that have been installed, as {} tells, and this one has not been. Run \"terraform \
                 init\" or \"terraform get\" for the root module to install it.",
                path.join("."),
                call.source,
                clean(&root.join(MANIFEST)).display()
            );
            return error("Module not installed", detail);
        };
        let wanted = match source {
            ModuleSource::Local(s) | ModuleSource::Registry(s) | ModuleSource::Remote(s) => s,
        };
        let noted = record.source.strip_prefix("registry.terraform.io/").unwrap_or(&record.source);
        if noted != wanted && record.source != call.source {
            let detail = "The source address was changed since this module was installed. Run \"terraform init\" or \
                          \"terraform get\" to install all modules required by this configuration.";
            return error("Module source has changed", detail.to_string());
        }
        let constraint = call.version.as_deref().and_then(VersionConstraint::parse);
        if let (Some(constraint), Some(version)) = (constraint, Version::parse(&record.version))
            && !constraint.accepts(&version)
        {
            let detail = format!(
                "The version requirements have changed since this module was installed and the installed version ({}) is \
                 no longer acceptable. Run \"terraform init\" or \"terraform get\" to install all modules required by this configuration.",
                record.version
            );
            return error("Module version requirements have changed", detail);
        }
        Ok(root.join(&record.dir))
    }
}
