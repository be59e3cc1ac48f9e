//! `terraform_remote_state`: the outputs that another state has.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use smol_str::SmolStr;

use super::schema;
use crate::config::host::reason;
use crate::lang::{ConvertError, Type, Value, convert};
use crate::providers::DataResponse;
use crate::schema::{Attribute, Schema};
use crate::state;
use crate::syntax::{Diagnostic, Diagnostics};

pub(super) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(vec![
        ("backend", Attribute::required(Type::String)),
        ("config", Attribute::optional(Type::Dynamic)),
        ("defaults", Attribute::optional(Type::Dynamic)),
        ("outputs", Attribute::computed(Type::Dynamic)),
        ("workspace", Attribute::optional(Type::String)),
    ])
});

/// The data source's type.
pub const REMOTE_STATE: &str = "terraform_remote_state";

/// Backends that Terraform has, beside `local`.
const ELSEWHERE: [&str; 12] =
    ["azurerm", "cloud", "consul", "cos", "gcs", "http", "inmem", "kubernetes", "oss", "pg", "remote", "s3"];

/// Checks as much as is known.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    match config.get("backend").and_then(Value::as_str) {
        Some(backend) if backend == "local" => diagnostics.extend(Local::of(config).err()),
        Some(backend) => diagnostics.push(no_backend(backend)),
        None => {}
    }
    let defaults = config.get("defaults").filter(|v| v.is_known() && !v.is_null());
    if defaults.is_some_and(|v| v.as_entries().is_none()) {
        let problem = Diagnostic::error("Invalid default values", "Defaults must be given in an object value.");
        diagnostics.push(problem.about("defaults"));
    }
    diagnostics
}

fn no_backend(backend: &str) -> Diagnostic {
    let problem = match ELSEWHERE.contains(&backend) {
        true => Diagnostic::error(
            "Unsupported backend",
            format!(
                "This version of infra reads remote state from the backend \"local\" only, and not from {backend:?}."
            ),
        ),
        false => invalid(format!("There is no backend type named {backend:?}.")),
    };
    problem.about("backend")
}

fn invalid(detail: impl Into<String>) -> Diagnostic {
    Diagnostic::error("Invalid backend configuration", detail)
}

/// Where the backend `local` keeps states. What isn't known yet is as if it were not given.
struct Local {
    path: SmolStr,
    workspace_dir: SmolStr,
}

impl Local {
    fn of(config: &Value) -> Result<Self, Diagnostic> {
        let settings = config.get("config").filter(|v| v.is_known() && !v.is_null());
        let entries = match settings.map(|v| v.as_entries()) {
            Some(None) => return Err(not_valid("an object is required")),
            Some(Some(entries)) => entries,
            None => &[],
        };
        let mut local = Local { path: "terraform.tfstate".into(), workspace_dir: "terraform.tfstate.d".into() };
        for (name, value) in entries {
            let (target, summary) = match name.as_str() {
                "path" => (&mut local.path, "Invalid local state file path"),
                "workspace_dir" => (&mut local.workspace_dir, "Invalid local workspace directory path"),
                _ => return Err(not_valid(&format!("unexpected attribute {:?}", name.as_str()))),
            };
            let text = convert(value, &Type::String).map_err(|e: ConvertError| not_valid(&format!(".{name}: {e}")))?;
            match text.as_str() {
                Some(text) if text.is_empty() => {
                    let detail = format!("The {:?} attribute value must not be empty.", name.as_str());
                    return Err(Diagnostic::error(summary, detail).about(name.as_str()));
                }
                Some(text) => *target = text.clone(),
                None => {}
            }
        }
        Ok(local)
    }

    fn file(&self, workspace: &str) -> String {
        match workspace {
            "" | "default" => self.path.to_string(),
            workspace => format!("{}/{workspace}/terraform.tfstate", self.workspace_dir),
        }
    }
}

fn not_valid(why: &str) -> Diagnostic {
    invalid(format!("The given configuration is not valid for backend \"local\": {why}.")).about("config")
}

/// Reads the outputs, from a path that begins at a folder. That they are sensitive there is not known here, as in Terraform.
pub(super) async fn read(config: &Value, folder: &Path) -> DataResponse {
    match outputs(config, folder).await {
        Ok(outputs) => DataResponse { value: with_outputs(config, outputs), diagnostics: Diagnostics::new() },
        Err(diagnostics) => DataResponse { value: Value::null(SCHEMA.implied_type().clone()), diagnostics },
    }
}

/// The object of a data source that has found these outputs, which are without marks.
#[must_use]
pub fn with_outputs(config: &Value, outputs: impl IntoIterator<Item = (SmolStr, Value)>) -> Value {
    let defaults = config.get("defaults").and_then(Value::as_entries).unwrap_or_default();
    let outputs = Value::object(defaults.iter().cloned().chain(outputs).collect());
    config.map_children_with_step(|step, part| match step {
        crate::lang::PathStep::Attr(name) if name == "outputs" => outputs.clone(),
        _ => part.clone(),
    })
}

/// The file with the state that a configuration names, relative to its root module's folder; none if that is not known, or
/// there is something wrong with it.
#[must_use]
pub fn state_file(config: &Value) -> Option<PathBuf> {
    let is_known = |name: &str| config.get(name).is_some_and(Value::is_wholly_known);
    if !["backend", "config", "workspace"].into_iter().all(is_known) || validate(config).has_errors() {
        return None;
    }
    let workspace = config.get("workspace").and_then(Value::as_str).cloned().unwrap_or_default();
    Some(Local::of(config).ok()?.file(&workspace).into())
}

async fn outputs(config: &Value, folder: &Path) -> Result<impl Iterator<Item = (SmolStr, Value)> + use<>, Diagnostics> {
    let problems = validate(config);
    if problems.has_errors() {
        return Err(problems);
    }
    let workspace = config.get("workspace").and_then(Value::as_str).cloned().unwrap_or_default();
    let file = Local::of(config)?.file(&workspace);
    let text = read_file(&file, folder).await?;
    let state = state::format::read(&text)?;
    Ok(state.outputs.into_iter().map(|(name, output)| (name, output.value.unmark_deep().0)))
}

async fn read_file(path: &str, folder: &Path) -> Result<String, Diagnostic> {
    let failed = |why: String| {
        Diagnostic::error("Failed to read state file", format!("The state file could not be read: {why}"))
    };
    match tokio::fs::read(folder.join(path)).await {
        Ok(bytes) if !bytes.is_empty() => {
            String::from_utf8(bytes).map_err(|_| failed(format!("read {path}: it is not in UTF-8")))
        }
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(failed(format!("read {path}: {}", reason(&e)))),
        _ => {
            let detail = "No stored state was found for the given workspace in the given backend.";
            Err(Diagnostic::error("Unable to find remote state", detail).about("workspace"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(backend: &str, settings: &Value, workspace: Option<&str>, defaults: &Value) -> Value {
        Value::object(vec![
            ("backend".into(), backend.into()),
            ("config".into(), settings.clone()),
            ("defaults".into(), defaults.clone()),
            ("outputs".into(), Value::null(Type::Dynamic)),
            ("workspace".into(), workspace.map_or(Value::null(Type::String), Value::from)),
        ])
    }

    fn object(name: &str, value: impl Into<Value>) -> Value {
        Value::object(vec![(name.into(), value.into())])
    }

    #[test]
    fn configurations_are_checked() {
        let none = Value::null(Type::Dynamic);
        let given = |why: &str| format!("The given configuration is not valid for backend \"local\": {why}.");
        for (backend, settings, defaults, expected) in [
            ("local", none.clone(), none.clone(), None),
            ("local", object("path", "x"), object("a", Value::int(1)), None),
            ("local", object("path", Value::unknown(Type::String)), Value::dynamic(), None),
            ("local", object("path", Value::int(5)), none.clone(), None),
            ("local", "x".into(), none.clone(), Some(("config", given("an object is required")))),
            (
                "local",
                object("nope", Value::int(1)),
                none.clone(),
                Some(("config", given("unexpected attribute \"nope\""))),
            ),
            (
                "local",
                object("path", Value::tuple(vec![])),
                none.clone(),
                Some(("config", given(".path: string required"))),
            ),
            (
                "local",
                object("path", ""),
                none.clone(),
                Some(("path", "The \"path\" attribute value must not be empty.".into())),
            ),
            (
                "local",
                none.clone(),
                "x".into(),
                Some(("defaults", "Defaults must be given in an object value.".into())),
            ),
            ("nope", none.clone(), none.clone(), Some(("backend", "There is no backend type named \"nope\".".into()))),
        ] {
            let found = validate(&config(backend, &settings, None, &defaults)).into_iter().next();
            let found = found.map(|d| (d.attribute.unwrap_or_default(), d.detail));
            assert_eq!(found, expected.map(|(a, d)| (a.to_string(), d)), "{settings:?}");
        }
    }

    #[tokio::test]
    async fn outputs_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
        tokio::fs::create_dir(at("w")).await.unwrap();
        let state = |a: &str| {
            format!(
                r#"{{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "l", "resources": [], "outputs": {{
                "a": {{"value": "{a}", "type": "string", "sensitive": true}}, "b": {{"value": [1], "type": ["set", "number"]}}}}}}"#
            )
        };
        tokio::fs::write(at("s"), state("one")).await.unwrap();
        tokio::fs::write(at("w/terraform.tfstate"), state("two")).await.unwrap();
        tokio::fs::write(at("empty"), "").await.unwrap();
        tokio::fs::write(at("bad"), "{").await.unwrap();
        let b = || ("b".into(), Value::set(Type::Number, vec![Value::int(1)]));
        let with = |a: &str| Value::object(vec![("a".into(), a.into()), b()]);
        let defaults = Value::object(vec![("a".into(), "unused".into()), ("c".into(), "default".into())]);
        let all = Value::object(vec![("a".into(), "one".into()), b(), ("c".into(), "default".into())]);
        let none = Value::null(Type::Dynamic);
        for (path, workspace, defaults, expected) in [
            ("s", None, &none, Ok(with("one"))),
            ("s", Some("default"), &defaults, Ok(all)),
            ("s", Some("w"), &none, Ok(with("two"))),
            ("s", Some("nope"), &none, Err("Unable to find remote state")),
            ("nope", None, &none, Err("Unable to find remote state")),
            ("empty", None, &none, Err("Unable to find remote state")),
            ("bad", None, &none, Err("Unsupported state file format")),
            ("w", None, &none, Err("Failed to read state file")),
        ] {
            let dir = folder.path().to_str().unwrap();
            let settings = Value::object(vec![("path".into(), at(path).into()), ("workspace_dir".into(), dir.into())]);
            let config = config("local", &settings, workspace, defaults);
            let response = read(&config, Path::new("")).await;
            let found = match response.diagnostics.iter().next() {
                Some(d) => Err(d.summary.clone()),
                None => Ok(response.value.get("outputs").cloned().unwrap()),
            };
            assert_eq!(found, expected.map_err(String::from), "{path} {workspace:?}");
            assert_eq!(response.value.is_null(), response.diagnostics.has_errors());
        }
    }
}
