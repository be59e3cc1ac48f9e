//! `infra console`: the values of expressions.

mod interactive;
mod split;

use std::io::{self, BufRead, IsTerminal, Read};
use std::path::Path;

use clap::{ArgAction, Args};
use indexmap::IndexMap;
use serde_json::{Value as Json, json};
use smol_str::SmolStr;

use crate::cli::args::{VariableFlags, boolean};
use crate::cli::{Terminal, workspace};
use crate::config::console::Session;
use crate::config::evaluate::{Assumptions, Evaluation};
use crate::config::graph::ConfigGraph;
use crate::config::host::FileHost;
use crate::config::load::load;
use crate::config::tree::ModuleTree;
use crate::config::validate::schema_of;
use crate::config::variable_rules;
use crate::config::variables::{Unset, variable_values};
use crate::lang::{Kind, Marks, Value};
use crate::syntax::ast::ExprKind;
use crate::syntax::{Diagnostic, Diagnostics, FileId, SourceMap, parse};
use crate::views::json::value_to_json;
use crate::views::value::format_value;

/// Arguments of `console`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct ConsoleArgs {
    /// Read expressions as JSON strings, one on each line, and answer each with a line of JSON: an object
    /// with "type" and "value", or with "error"
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub json: bool,

    /// Values for variables.
    #[command(flatten)]
    pub variables: VariableFlags,

    /// If specified, output won't contain any color
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub no_color: bool,
}

const HELP: &str = "\
The console shows the values of expressions. They can refer to everything in
the configuration of the current directory: for example \"var.region\" is the
value of that variable.

Type an expression and hit <enter> to see its value. One with open brackets
goes on in the next line.

To exit the console, type \"exit\" and hit <enter>, or use Control-C or
Control-D.";

/// Evaluates expressions from standard input. Gives the exit status.
///
/// # Errors
/// When input can't be read or output can't be written.
pub fn run(args: &ConsoleArgs, terminal: &mut Terminal) -> io::Result<u8> {
    terminal.warnings_out = !args.json;
    let mut loaded = load(Path::new("."));
    terminal.show(&loaded.sources, &loaded.diagnostics)?;
    let Some(tree) = loaded.tree.take().filter(|_| !loaded.diagnostics.has_errors()) else { return Ok(1) };
    let mut sources = loaded.sources;
    let inputs = args.variables.with_environment();
    // Without a value a variable is unknown, and everything else can be looked at all the same.
    let (values, mut diagnostics) =
        variable_values(Path::new("."), &tree.module, &inputs, Unset::Allowed, &mut sources);
    diagnostics.extend(tree.module.settings.unsupported());
    terminal.show(&sources, &diagnostics)?;
    if diagnostics.has_errors() {
        return Ok(1);
    }
    let values = values.into_iter().map(|(name, input)| (name, input.value)).collect();
    with_session(&tree, sources, values, terminal, |mut console, is_sound| {
        if args.json && !is_sound {
            Ok(1)
        } else if args.json {
            console.answer_json(io::stdin().lock())
        } else if io::stdin().is_terminal() {
            interactive::run(&mut console)
        } else {
            console.evaluate_all(io::stdin().lock())
        }
    })
}

/// Evaluates the configuration, and calls `inner` with a console on it and with whether there were no
/// errors.
fn with_session(
    tree: &ModuleTree,
    mut sources: SourceMap,
    values: IndexMap<SmolStr, Value>,
    terminal: &mut Terminal,
    inner: impl FnOnce(Console<'_>, bool) -> io::Result<u8>,
) -> io::Result<u8> {
    let host = FileHost::default();
    let graph = ConfigGraph::new(tree, &schema_of);
    let order = match graph.order(&sources) {
        Ok(order) => order,
        Err(cycles) => {
            terminal.show(&sources, &cycles)?;
            return Ok(1);
        }
    };
    let assumptions = Assumptions::Values(values);
    let evaluation = Evaluation::new(&graph, &schema_of, &host, assumptions, &workspace()).for_console();
    let mut diagnostics = Diagnostics::new();
    for index in order {
        diagnostics.extend(evaluation.evaluate(index));
    }
    diagnostics.extend(variable_rules::check(&graph, &evaluation, &sources));
    let is_sound = !diagnostics.has_errors();
    terminal.show(&sources, &diagnostics)?;
    if !is_sound {
        let summary = "Due to the problems above, some expressions may produce unexpected results.";
        terminal.show(&sources, &Diagnostic::warning(summary, "").into())?;
    }
    let session = &Session::new(&graph, &evaluation);
    inner(Console { session, sources: &mut sources, terminal }, is_sound)
}

/// A console that has been started.
struct Console<'s> {
    session: &'s Session<'s>,
    sources: &'s mut SourceMap,
    terminal: &'s mut Terminal,
}

impl Console<'_> {
    /// The text that shows an expression's value.
    fn evaluate(&mut self, text: &str) -> Result<String, Diagnostics> {
        let file = self.sources.add("<console-input>", text);
        let value = self.session.evaluate(file, text)?;
        Ok(match value.as_str() {
            Some(ty) if is_type_call(text) => ty.to_string(),
            _ => format_value(&value),
        })
    }

    /// Evaluates everything up to the end of input or an error, and prints the last value.
    fn evaluate_all(&mut self, mut input: impl Read) -> io::Result<u8> {
        let mut text = String::new();
        input.read_to_string(&mut text)?;
        let mut last = String::new();
        for expression in split::expressions(&text) {
            match expression {
                "" => last.clear(),
                "exit" => return Ok(0),
                "help" => last = HELP.into(),
                _ => match self.evaluate(expression) {
                    Ok(shown) => last = shown,
                    Err(diagnostics) => {
                        self.terminal.show(self.sources, &diagnostics)?;
                        return Ok(1);
                    }
                },
            }
        }
        writeln!(self.terminal.out, "{last}")?;
        Ok(0)
    }

    /// Answers each line of input, an expression as a JSON string, with a line of JSON.
    fn answer_json(&mut self, mut input: impl BufRead) -> io::Result<u8> {
        let mut line = Vec::new();
        loop {
            line.clear();
            if input.read_until(b'\n', &mut line)? == 0 {
                return Ok(0);
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let answer = match serde_json::from_slice::<String>(&line) {
                Ok(text) => self.answer(&text),
                Err(error) => failure("Invalid request", &format!("Not a JSON string: {error}.")),
            };
            serde_json::to_writer(&mut self.terminal.out, &answer)?;
            self.terminal.out.write_all(b"\n")?;
        }
    }

    fn answer(&self, text: &str) -> Json {
        let value = match self.session.evaluate(NOWHERE, text) {
            Ok(value) => value,
            Err(diagnostics) => {
                let first = diagnostics.into_iter().next();
                return first
                    .map_or_else(|| failure("Failed", ""), |d| failure(&d.summary, &d.detail_in(self.sources)));
            }
        };
        let mut answer = match value_to_json(&value) {
            Ok(json) => json!({"type": value.ty().to_json(), "value": json}),
            Err(error) => return failure("Unsupported value", &format!("{error}.")),
        };
        if value.deep_marks().contains(Marks::SENSITIVE) {
            answer["sensitive"] = true.into();
        }
        if let Kind::Unknown(_) = value.kind() {
            answer["unknown"] = true.into();
        }
        answer
    }
}

/// The file of expressions whose places nobody asks for.
const NOWHERE: FileId = FileId(u32::MAX);

fn failure(summary: &str, detail: &str) -> Json {
    json!({"error": {"summary": summary, "detail": detail}})
}

/// Whether the expression is a call of `type`, whose result is shown as it is.
fn is_type_call(text: &str) -> bool {
    text.trim_start_matches(['(', ' ']).starts_with("type")
        && parse::parse_expression(NOWHERE, text, 0).is_ok_and(|expr| {
            let mut kind = &expr.kind;
            while let ExprKind::Parentheses(inner) = kind {
                kind = &inner.kind;
            }
            matches!(kind, ExprKind::Call(call) if call.name == "type")
        })
}
