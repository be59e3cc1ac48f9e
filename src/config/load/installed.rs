//! Modules that were fetched: what `init` has noted in `.terraform/modules/modules.json`.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::config::decode::source::ModuleSource;
use crate::config::files::Files;
use crate::config::files::clean;
use crate::config::module::ModuleCall;
use crate::config::tree::ModuleTree;
use crate::config::version::{Version, VersionConstraint};
use crate::syntax::Diagnostic;

/// Where the notes are, in the folder of the root module.
const MANIFEST: &str = ".terraform/modules/modules.json";

/// Where every fetched module is, by the names of the calls that lead to it.
#[derive(Debug, Default)]
pub(super) struct Installed(HashMap<String, Record>);

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    key: String,
    source: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    version: String,
    dir: PathBuf,
}

#[derive(Deserialize, Serialize)]
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

/// Notes where all modules are, so that Terraform finds them, too. Gives those that were not noted so before, or all
/// of them where that is wanted, each with its folder.
///
/// # Errors
/// When the notes can't be written.
pub fn note_modules(root: &Path, tree: &ModuleTree, all: bool) -> io::Result<Vec<(String, PathBuf)>> {
    let known = Installed::read(root, &crate::config::files::Disk);
    let mut records =
        vec![Record { key: String::new(), source: String::new(), version: String::new(), dir: ".".into() }];
    let mut new = Vec::new();
    let mut waiting = vec![tree];
    while let Some(caller) = waiting.pop() {
        for (name, child) in &caller.children {
            let source = caller.module.calls.get(name).map(|call| call.source.to_string()).unwrap_or_default();
            let dir = child.module.dir.strip_prefix(root).unwrap_or(&child.module.dir).to_owned();
            let key = child.path.join(".");
            let own = Record { key: key.clone(), source, version: String::new(), dir: dir.clone() };
            let record = match known.0.get(&key) {
                // What was fetched is noted with its version and the host that it came from.
                Some(record) if record.dir == dir && (record.source == own.source || !record.version.is_empty()) => {
                    new.extend(all.then_some((key, dir)));
                    record.clone()
                }
                _ => {
                    new.push((key, dir));
                    own
                }
            };
            records.push(record);
            waiting.push(child);
        }
    }
    records.sort_by(|a, b| a.key.cmp(&b.key));
    new.sort();
    let file = root.join(MANIFEST);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, serde_json::to_vec(&Manifest { modules: records })?)?;
    Ok(new)
}
