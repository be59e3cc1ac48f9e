//! Finding the values: which files there are, and what they, the flags and the environment say.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::{InputSource, VarFlag, VariableInputs};
use crate::config::decode::without_templates;
use crate::config::encoding::register;
use crate::config::files::clean;
use crate::config::module::Variable;
use crate::lang::Value;
use crate::lang::eval::evaluate;
use crate::lang::scope::Constants;
use crate::syntax::ast::Expr;
use crate::syntax::body::ConfigBody;
use crate::syntax::parse::{parse_body, parse_expression};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap, Span, json};

/// The last value given to every name.
#[derive(Default)]
pub(super) struct Collected {
    pub given: IndexMap<SmolStr, Given>,
    pub diagnostics: Diagnostics,
}

/// A value as it was given.
pub(super) enum Given {
    /// Text, which is a string or an expression as the variable's type has it.
    Text { name: SmolStr, text: String, source: InputSource },
    /// An expression in a file.
    Expr { expr: Arc<Expr>, span: Span, json: bool },
}

impl Given {
    pub fn source(&self) -> InputSource {
        match self {
            Given::Text { source, .. } => source.clone(),
            Given::Expr { span, .. } => InputSource::File(*span),
        }
    }

    /// Where it was set, for messages.
    pub fn describe(&self) -> String {
        match self {
            Given::Text { name, source: InputSource::CommandLine, .. } => format!("set using -var=\"{name}=...\""),
            Given::Text { name, .. } => format!("set using the TF_VAR_{name} environment variable"),
            Given::Expr { .. } => "set in a file".to_string(),
        }
    }

    /// Whether it is an expression that has a value.
    pub fn is_valid(&self) -> bool {
        match self {
            Given::Text { .. } => true,
            Given::Expr { json: true, .. } => true,
            Given::Expr { expr, .. } => evaluate(expr, &Constants).is_ok(),
        }
    }

    /// The value. Text for a variable of a complex type, or of any type declared as such, is an
    /// expression.
    pub fn parse(&self, variable: &Variable, sources: &mut SourceMap) -> Result<Value, Diagnostics> {
        match self {
            Given::Expr { expr, json: true, .. } => evaluate(&without_templates(expr), &Constants),
            Given::Expr { expr, .. } => evaluate(expr, &Constants),
            Given::Text { text, .. } if is_literal(variable) => Ok(Value::string(text.as_str())),
            Given::Text { name, text, .. } => {
                let file = sources.add(format!("<value for var.{name}>"), text.as_str());
                evaluate(&parse_expression(file, text, 0)?, &Constants)
            }
        }
    }
}

/// Whether text is taken as it stands: for primitive types, and where no type is given.
fn is_literal(variable: &Variable) -> bool {
    variable.type_span.is_none() || variable.constraint.ty.is_primitive()
}

pub(super) fn collect(dir: &Path, inputs: &VariableInputs, sources: &mut SourceMap) -> Collected {
    let mut collected = Collected::default();
    for (key, text) in &inputs.env {
        if let Some(name) = key.strip_prefix("TF_VAR_").filter(|name| !name.is_empty()) {
            collected.text(name, text, InputSource::Environment);
        }
    }
    for name in value_files(dir) {
        let path = dir.join(&name);
        let shown = clean(&path).to_string_lossy().into_owned();
        collected.file(&path, &shown, sources);
    }
    for flag in &inputs.flags {
        match flag {
            VarFlag::Var(text) => collected.flag(text),
            VarFlag::VarFile(path) => collected.file(Path::new(path), path, sources),
        }
    }
    collected
}

/// The files of a folder that are read unasked, later ones counting more.
fn value_files(dir: &Path) -> Vec<String> {
    let mut automatic: Vec<String> = fs::read_dir(dir.join("."))
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json"))
        .filter(|name| {
            !(name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#')))
        })
        .collect();
    automatic.sort();
    let fixed = ["terraform.tfvars", "terraform.tfvars.json"];
    let fixed = fixed.into_iter().filter(|name| dir.join(name).exists()).map(str::to_string);
    fixed.chain(automatic).collect()
}

impl Collected {
    fn text(&mut self, name: &str, text: &str, source: InputSource) {
        let name = SmolStr::from(name);
        self.given.insert(name.clone(), Given::Text { name, text: text.to_string(), source });
    }

    /// `name=value`
    fn flag(&mut self, text: &str) {
        const SUMMARY: &str = "Invalid -var option";
        let Some((name, value)) = text.split_once('=') else {
            let detail = format!(
                "The given -var option {text:?} is not correctly specified. Must be a variable name and value separated \
                 by an equals sign, like -var=\"key=value\"."
            );
            return self.diagnostics.push(Diagnostic::error(SUMMARY, detail));
        };
        if name.ends_with(' ') {
            let detail = format!(
                "Variable name {name:?} is invalid due to trailing space. Did you mean -var=\"{}={}\"?",
                name.trim_end(),
                value.trim_start()
            );
            return self.diagnostics.push(Diagnostic::error(SUMMARY, detail));
        }
        self.text(name, value, InputSource::CommandLine);
    }

    fn file(&mut self, path: &Path, shown: &str, sources: &mut SourceMap) {
        const SUMMARY: &str = "Failed to read variables file";
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let detail = format!("Given variables file {shown} does not exist.");
                return self.diagnostics.push(Diagnostic::error(SUMMARY, detail));
            }
            Err(e) => {
                let detail = format!("Error while reading {shown}: {e}.");
                return self.diagnostics.push(Diagnostic::error(SUMMARY, detail));
            }
        };
        let (file, source) = match register(shown, &bytes, sources) {
            Ok(registered) => registered,
            Err(problem) => return self.diagnostics.push(problem),
        };
        let is_json = shown.ends_with(".json");
        let (body, problems) = if is_json {
            let (document, problems) = json::parse(file, &source);
            (ConfigBody::from_json(&document), problems)
        } else {
            let (body, problems) = parse_body(file, &source.text);
            let mut is_refused = false;
            for block in body.blocks.iter().filter(|b| b.kind.name == "variable" && b.labels.len() == 1) {
                is_refused = true;
                let name = block.labels.first().map(|l| l.name.as_str()).unwrap_or_default();
                let detail = format!(
                    "A .tfvars file is used to assign values to variables that have already been declared in .tf files, \
                     not to declare new variables. To declare variable {name:?}, place this block in one of your .tf \
                     files, such as variables.tf.\n\nTo set a value for this variable in {shown}, use the definition \
                     syntax instead:\n    {name} = <value>"
                );
                let problem = Diagnostic::error("Variable declaration in .tfvars file", detail).at(block.kind.span);
                self.diagnostics.push(problem);
            }
            if is_refused {
                return;
            }
            (ConfigBody::from_native(file, Arc::new(body)), problems)
        };
        let is_broken = problems.has_errors();
        self.diagnostics.extend(problems);
        if is_broken {
            return;
        }
        let (attributes, problems) = body.just_attributes();
        self.diagnostics.extend(problems);
        for (name, attribute) in attributes {
            let given = Given::Expr { expr: attribute.expr, span: attribute.span, json: is_json };
            self.given.insert(name, given);
        }
    }
}
