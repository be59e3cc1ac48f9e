//! How a backend is configured: the block in the configuration, and what `init` has recorded of it in
//! the working folder.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{DEFAULT_WORKSPACE, Home, STATE_FILE};
use crate::config::module;
use crate::config::version::COMPATIBLE_VERSION;
use crate::lang::scope::Constants;
use crate::lang::{Type, Value};
use crate::schema::{Attribute, Block, decode_body};
use crate::syntax::quote::quoted;
use crate::syntax::{Diagnostic, Diagnostics};

/// A backend with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Configured {
    /// `local`, or no backend at all.
    Local {
        /// `path`
        path: Option<PathBuf>,
        /// `workspace_dir`
        workspace_dir: Option<PathBuf>,
    },
}

impl Default for Configured {
    fn default() -> Self {
        Configured::Local { path: None, workspace_dir: None }
    }
}

/// What Terraform has that isn't here.
const NOT_HERE: [&str; 11] =
    ["azurerm", "consul", "cos", "gcs", "http", "kubernetes", "oss", "pg", "remote", "s3", "cloud"];
/// What Terraform had once.
const REMOVED: [&str; 6] = ["artifactory", "azure", "etcd", "etcdv3", "manta", "swift"];

static LOCAL: LazyLock<Block> = LazyLock::new(|| {
    let argument = |name: &'static str| (SmolStr::new_static(name), Attribute::optional(Type::String));
    Block { attributes: [argument("path"), argument("workspace_dir")].into_iter().collect(), blocks: IndexMap::new() }
});

/// A `backend` block decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// Its arguments, and those that were given to `init`.
    pub arguments: Vec<(SmolStr, Option<String>)>,
    /// Identifies the block, as Terraform computes it.
    pub hash: u64,
}

/// The arguments of a block. The summary of the error for a type that isn't there depends on who asks.
fn decode(block: &module::Backend, unsupported: &str) -> Result<Decoded, Diagnostics> {
    let kind = block.kind.name.as_str();
    if kind != "local" {
        let detail = match kind {
            _ if NOT_HERE.contains(&kind) => format!(
                "The backend {} is not supported by this version of Infra. Supported is \"local\", which keeps the state in a \
                 file.",
                quoted(kind)
            ),
            _ if REMOVED.contains(&kind) => {
                format!("The {} backend is not supported in Terraform v1.3 or later.", quoted(kind))
            }
            _ => format!("There is no backend type named {}.", quoted(kind)),
        };
        return Err(Diagnostic::error(unsupported, detail).at(block.kind.span).into());
    }
    let (value, diagnostics) = decode_body(&block.body, &LOCAL, &Constants);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let arguments = LOCAL.attributes.keys().map(|name| {
        let given = value.get(name).and_then(Value::as_str).map(ToString::to_string);
        (name.clone(), given)
    });
    let arguments: Vec<_> = arguments.collect();
    let hash = hash(kind, &arguments);
    Ok(Decoded { arguments, hash })
}

/// A checksum of the text that Terraform's values have as elements of sets.
fn hash(kind: &str, arguments: &[(SmolStr, Option<String>)]) -> u64 {
    let shown = |argument: &Option<String>| argument.as_ref().map_or_else(|| "~".to_owned(), |text| quoted(text));
    let arguments: String = arguments.iter().map(|(_, argument)| format!("{};", shown(argument))).collect();
    u64::from(crc32fast::hash(format!("<{};<{arguments}>;>", quoted(kind)).as_bytes()))
}

impl Decoded {
    fn configured(&self) -> Configured {
        let path = |name: &str| {
            let argument = self.arguments.iter().find(|(n, _)| n == name);
            argument.and_then(|(_, value)| value.as_ref()).map(PathBuf::from)
        };
        Configured::Local { path: path("path"), workspace_dir: path("workspace_dir") }
    }
}

/// `.terraform/terraform.tfstate`: which backend the working folder was initialized for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recorded {
    version: u64,
    terraform_version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    backend: Option<RecordedBackend>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct RecordedBackend {
    #[serde(rename = "type")]
    kind: String,
    config: serde_json::Map<String, serde_json::Value>,
    hash: u64,
}

fn record_path(data_dir: &Path) -> PathBuf {
    data_dir.join("terraform.tfstate")
}

impl Recorded {
    /// Reads what was recorded; nothing if there is no file.
    ///
    /// # Errors
    /// When there is one that can't be read.
    pub fn read(data_dir: &Path) -> Result<Self, Diagnostics> {
        let path = record_path(data_dir);
        let failed = |reason: String| {
            let detail = format!(
                "The file {} says which backend this working directory was initialized for. Remove it, and run \"terraform \
                 init\".",
                path.display()
            );
            Err(Diagnostic::error(format!("Failed to load state: {reason}"), detail).into())
        };
        match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Recorded::default()),
            Err(error) => failed(super::reason(&error)),
            Ok(text) => serde_json::from_slice(&text).or_else(|error| failed(format!("invalid syntax: {error}"))),
        }
    }

    /// The type of the backend, if there is one.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.backend.as_ref().map(|backend| backend.kind.as_str()).filter(|kind| !kind.is_empty())
    }

    /// The backend that was in use; the default one if none was recorded.
    ///
    /// # Errors
    /// When it is none that is here.
    pub fn configured(&self) -> Result<Configured, Diagnostics> {
        let Some(backend) = self.backend.as_ref().filter(|backend| !backend.kind.is_empty()) else {
            return Ok(Configured::default());
        };
        if backend.kind != "local" {
            let detail = format!(
                "This working directory was initialized for the backend {}, which is not supported by this version of Infra. \
                 Supported is \"local\", which keeps the state in a file.",
                quoted(&backend.kind)
            );
            return Err(Diagnostic::error("Unsupported backend type", detail).into());
        }
        let path = |name: &str| backend.config.get(name).and_then(serde_json::Value::as_str).map(PathBuf::from);
        Ok(Configured::Local { path: path("path"), workspace_dir: path("workspace_dir") })
    }

    /// What is to be recorded for a backend; nothing for none.
    #[must_use]
    pub fn of(backend: Option<&Decoded>) -> Self {
        let record = |decoded: &Decoded| RecordedBackend {
            kind: "local".into(),
            config: decoded.arguments.iter().map(|(name, value)| (name.to_string(), value.clone().into())).collect(),
            hash: decoded.hash,
        };
        Recorded { version: 3, terraform_version: COMPATIBLE_VERSION.into(), backend: backend.map(record) }
    }

    /// Writes it.
    ///
    /// # Errors
    /// When that can't be done.
    pub fn write(&self, data_dir: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(data_dir)?;
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::other)?;
        std::fs::write(record_path(data_dir), text)
    }
}

/// The backend to use: that of the block, if it is the one that was recorded.
pub(super) fn current(block: Option<&module::Backend>, home: &Home) -> Result<Configured, Diagnostics> {
    let found = found(block, home)?;
    Ok(match found {
        // A block that doesn't say where means the folder of the root module.
        Configured::Local { path: None, workspace_dir } if block.is_some() => {
            Configured::Local { path: Some(STATE_FILE.into()), workspace_dir }
        }
        found => found,
    })
}

fn found(block: Option<&module::Backend>, home: &Home) -> Result<Configured, Diagnostics> {
    let recorded = Recorded::read(&home.data_dir)?;
    // A state where Terraform keeps it, if nobody says otherwise.
    let own = home.folder.join(STATE_FILE);
    match (block, recorded.kind()) {
        (None, None) if home.project_state.is_some() && own.exists() => {
            if let Some(state) = home.project_state.as_ref().filter(|state| state.exists()) {
                return Err(two_states(&own, state).into());
            }
            Ok(Configured::Local { path: Some(STATE_FILE.into()), workspace_dir: None })
        }
        (None, None) => Ok(Configured::default()),
        // There is nothing that a stack's first state would have to be moved from.
        (Some(block), None) if home.project_state.is_some() && !own.exists() => {
            Ok(decode(block, "Invalid backend type")?.configured())
        }
        (None, Some(kind)) => Err(not_initialized(
            "Backend initialization required, please run \"terraform init\"",
            &format!("Unsetting the previously set backend {}", quoted(kind)),
        )),
        (Some(block), None) => {
            // What is wrong with it is said first.
            decode(block, "Invalid backend type")?;
            Err(not_initialized(
                "Backend initialization required, please run \"terraform init\"",
                &format!("Initial configuration of the requested backend {}", quoted(&block.kind.name)),
            ))
        }
        (Some(block), Some(kind)) if block.kind.name != kind => Err(not_initialized(
            "Backend initialization required, please run \"terraform init\"",
            &format!("Backend type changed from {} to {}", quoted(kind), quoted(&block.kind.name)),
        )),
        (Some(block), Some(_)) => {
            let decoded = decode(block, "Invalid backend type")?;
            let used = recorded.configured()?;
            let same_block = recorded.backend.as_ref().is_some_and(|backend| backend.hash == decoded.hash);
            if same_block || decoded.configured() == used {
                return Ok(used);
            }
            Err(not_initialized(
                "Backend initialization required: please run \"terraform init\"",
                "Backend configuration block has changed",
            ))
        }
    }
}

fn two_states(own: &Path, project: &Path) -> Diagnostic {
    let detail = format!(
        "The stack has no backend block, and there are two files that could have its state: {} and {}. Say which in a block \
         backend \"local\", or move the one that is out of date away.",
        own.display(),
        project.display()
    );
    Diagnostic::error("Two states for one stack", detail)
}

fn not_initialized(summary: &str, reason: &str) -> Diagnostics {
    let detail = format!(
        "Reason: {reason}\n\nThe \"backend\" is the interface that Terraform uses to store state,\nperform operations, etc. If this \
         message is showing up, it means that the\nTerraform configuration you're using is using a custom configuration \
         for\nthe Terraform backend.\n\nChanges to backend configurations require reinitialization. This allows\nTerraform to set \
         up the new configuration, copy existing state, etc. Please run\n\"terraform init\" with either the \"-reconfigure\" or \
         \"-migrate-state\" flags to\nuse the current configuration.\n\nIf the change reason above is incorrect, please verify \
         your configuration\nhasn't changed and try again. At this point, no changes to your existing\nconfiguration or state \
         have been made."
    );
    Diagnostic::error(summary, detail).into()
}

/// What `init` has to do about the backend.
#[derive(Clone, Debug, PartialEq)]
pub enum Initialization {
    /// Nothing: it is as it was.
    Unchanged,
    /// Another backend is used from now on. States are to be copied from the old one unless it is to be forgotten.
    Changed {
        /// What was used.
        from: Option<Configured>,
        /// What is used from now on.
        to: Configured,
        /// What is to be recorded when that is done.
        record: Box<Recorded>,
    },
}

/// What `init` has to do about a `backend` block with the arguments that were given to it: `path=a.tfstate`,
/// or the name of a file with such lines.
///
/// # Errors
/// When something is wrong with the block or the arguments, or with what was recorded.
pub fn initialization(
    block: Option<&module::Backend>,
    given: &[String],
    data_dir: &Path,
    reconfigure: bool,
) -> Result<Initialization, Diagnostics> {
    let recorded = match Recorded::read(data_dir) {
        Err(_) if reconfigure => Recorded::default(),
        recorded => recorded?,
    };
    let decoded = match block {
        None => None,
        Some(block) => {
            let mut decoded = decode(block, "Unsupported backend type")?;
            for argument in given {
                override_with(argument, &mut decoded)?;
            }
            Some(decoded)
        }
    };
    let to = decoded.as_ref().map(Decoded::configured);
    let is_recorded = recorded.kind().is_some() == to.is_some();
    let same = || recorded.configured().is_ok_and(|used| Some(used) == to.clone().or(Some(Configured::default())));
    // Arguments that were given once need not be given again.
    let same_block = recorded.backend.as_ref().zip(decoded.as_ref()).is_some_and(|(r, d)| r.hash == d.hash);
    if !reconfigure && is_recorded && (same() || (same_block && given.is_empty())) {
        return Ok(Initialization::Unchanged);
    }
    if to.is_none() && recorded.kind().is_none() {
        return Ok(Initialization::Unchanged);
    }
    let from = match recorded.kind() {
        _ if reconfigure => None,
        None => Some(Configured::default()),
        Some(_) => Some(recorded.configured()?),
    };
    Ok(Initialization::Changed { from, to: to.unwrap_or_default(), record: Box::new(Recorded::of(decoded.as_ref())) })
}

fn override_with(argument: &str, decoded: &mut Decoded) -> Result<(), Diagnostics> {
    let Some((name, value)) = argument.split_once('=') else {
        let text = std::fs::read_to_string(argument).map_err(|_| {
            Diagnostic::error("Failed to read file", format!("The file {} could not be read.", quoted(argument)))
        })?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '/']));
        for line in lines {
            let Some((name, value)) = line.split_once('=') else {
                let detail =
                    format!("The file {} must consist of lines of the form name = \"value\".", quoted(argument));
                return Err(Diagnostic::error("Invalid backend configuration file", detail).into());
            };
            set(name.trim(), value.trim().trim_matches('"'), decoded)?;
        }
        return Ok(());
    };
    set(name.trim(), value, decoded)
}

fn set(name: &str, value: &str, decoded: &mut Decoded) -> Result<(), Diagnostics> {
    let Some((_, slot)) = decoded.arguments.iter_mut().find(|(n, _)| n == name) else {
        let detail = format!(
            "The backend configuration argument {} given on the command line is not expected for the selected backend type.",
            quoted(name)
        );
        return Err(Diagnostic::error("Invalid backend configuration argument", detail).into());
    };
    *slot = Some(value.to_owned());
    Ok(())
}

/// Copies the states of all workspaces from one backend to another. Gives the names of those copied.
///
/// # Errors
/// When a state can't be read or written. What was copied until then stays.
pub fn migrate(from: &dyn super::Backend, to: &dyn super::Backend) -> Result<Vec<SmolStr>, super::StateError> {
    let mut copied = Vec::new();
    for name in from.workspaces()? {
        let mut source = from.storage(&name);
        let mut target = to.storage(&name);
        if source.place() == target.place() {
            continue;
        }
        let Some(state) = source.read()? else { continue };
        if name != DEFAULT_WORKSPACE {
            to.create_workspace(&name)?;
        }
        target.read()?;
        target.write(&state)?;
        copied.push(name);
    }
    Ok(copied)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Terraform's own numbers.
    #[test]
    fn blocks_have_terraforms_hashes() {
        let of = |path: &str| hash("local", &[("path".into(), Some(path.into())), ("workspace_dir".into(), None)]);
        assert_eq!(
            [of("states/a.tfstate"), of("states/c.tfstate"), of("5")],
            [32_857_222, 2_253_748_709, 3_100_534_862]
        );
    }
}
