//! Running provisioners.

use std::io::{self, BufRead, BufReader, PipeReader};
use std::process::Stdio;

use smol_str::SmolStr;
use tokio::process::Command;

use super::configuration::ProvisionerRun;
use super::progress::Progress;
use crate::lang::{Marks, Value};
use crate::plan::EventKind;
use crate::syntax::quote::quoted;
use crate::syntax::{Diagnostic, Diagnostics};

/// The most of a command's output that an error repeats, in bytes.
const MAX_OUTPUT: usize = 8 * 1024;

/// Runs provisioners one after the other, until one fails that must not.
pub(super) async fn provision(runs: Vec<ProvisionerRun>, progress: Progress) -> Diagnostics {
    for run in runs {
        progress.tell(EventKind::ProvisionStart { provisioner: run.kind.clone() });
        match provision_one(&run, &progress).await {
            Ok(()) => progress.tell(EventKind::ProvisionComplete { provisioner: run.kind.clone() }),
            Err(problem) => {
                progress.tell(EventKind::ProvisionErrored { provisioner: run.kind.clone() });
                if !run.continue_on_failure {
                    let problem = problem.at(run.span);
                    return Diagnostic { address: Some(progress.address.to_string()), ..problem }.into();
                }
            }
        }
    }
    Diagnostics::new()
}

async fn provision_one(run: &ProvisionerRun, progress: &Progress) -> Result<(), Diagnostic> {
    let output = Output::new(run, progress);
    match run.kind.as_str() {
        "local-exec" => local_exec(&run.arguments.unmark_deep().0, output).await,
        kind => {
            let detail = format!(
                "This version of Infra does not run provisioners of the type {kind:?}: only \"local-exec\" is there. The object \
                 itself was created or is still there."
            );
            Err(Diagnostic::error("Unsupported provisioner type", detail))
        }
    }
}

/// Where a provisioner's output goes.
struct Output {
    progress: Progress,
    kind: SmolStr,
    /// What is shown in its place.
    suppressed: Option<&'static str>,
}

impl Output {
    fn new(run: &ProvisionerRun, progress: &Progress) -> Self {
        let marks = run.arguments.deep_marks() | run.connection.deep_marks();
        let suppressed = if marks.contains(Marks::SENSITIVE) {
            Some("(output suppressed due to sensitive value in config)")
        } else if marks.contains(Marks::EPHEMERAL) {
            Some("(output suppressed due to ephemeral value in config)")
        } else {
            None
        };
        Output { progress: progress.clone(), kind: run.kind.clone(), suppressed }
    }

    fn line(&self, text: &str) {
        let output = self.suppressed.unwrap_or(text).to_string();
        self.progress.tell(EventKind::ProvisionOutput { provisioner: self.kind.clone(), output });
    }
}

fn text(arguments: &Value, name: &str) -> Option<SmolStr> {
    arguments.get(name).and_then(Value::as_str).cloned()
}

async fn local_exec(arguments: &Value, output: Output) -> Result<(), Diagnostic> {
    let Some(command) = text(arguments, "command").filter(|command| !command.is_empty()) else {
        let detail = "The command must be a non-empty string.";
        return Err(Diagnostic::error("Invalid local-exec provisioner command", detail));
    };
    let given = arguments.get("interpreter").and_then(Value::as_elements);
    let mut words: Vec<SmolStr> = match given {
        Some(words) => words.iter().filter_map(Value::as_str).cloned().collect(),
        None => vec!["/bin/sh".into(), "-c".into()],
    };
    words.push(command.clone());
    if arguments.get("quiet").and_then(Value::as_bool) == Some(true) {
        output.line("local-exec: Executing: Suppressed by quiet=true");
    } else {
        let quoted: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        output.line(&format!("Executing: [{}]", quoted.join(" ")));
    }
    let mut process = Command::new(words[0].as_str());
    process.args(words[1..].iter().map(SmolStr::as_str)).stdin(Stdio::null()).kill_on_drop(true);
    if let Some(folder) = text(arguments, "working_dir").filter(|folder| !folder.is_empty()) {
        process.current_dir(folder.as_str());
    }
    for (name, value) in arguments.get("environment").and_then(Value::as_entries).unwrap_or_default() {
        process.env(name.as_str(), value.as_str().map_or("", SmolStr::as_str));
    }
    match run(process, output).await {
        Ok((None, _)) => Ok(()),
        Ok((Some(ending), shown)) => {
            let detail = format!("Error running command '{command}': {ending}. Output: {shown}");
            Err(Diagnostic::error("local-exec provisioner error", detail))
        }
        Err(error) => {
            let detail = format!("Error running command '{command}': {error}. Output: ");
            Err(Diagnostic::error("local-exec provisioner error", detail))
        }
    }
}

/// Runs a process to its end; how it ended, if not well, and the last of its output.
async fn run(mut process: Command, output: Output) -> io::Result<(Option<String>, String)> {
    // One pipe for both, so that lines stay in order.
    let (reader, writer) = io::pipe()?;
    process.stdout(writer.try_clone()?).stderr(writer);
    let mut child = process.spawn()?;
    drop(process);
    let lines = tokio::task::spawn_blocking(move || read_lines(reader, &output));
    let status = child.wait().await?;
    let shown = lines.await.unwrap_or_default();
    let ending = match (status.success(), status.code()) {
        (true, _) => None,
        (false, Some(code)) => Some(format!("exit status {code}")),
        (false, None) => Some(status.to_string()),
    };
    Ok((ending, shown))
}

fn read_lines(reader: PipeReader, output: &Output) -> String {
    let mut reader = BufReader::new(reader);
    let mut last: Vec<u8> = Vec::new();
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        let shown = line.strip_suffix(b"\n").unwrap_or(&line);
        output.line(&String::from_utf8_lossy(shown));
        last.extend_from_slice(&line);
        if last.len() > 2 * MAX_OUTPUT {
            last.drain(..last.len() - MAX_OUTPUT);
        }
        line.clear();
    }
    String::from_utf8_lossy(&last[last.len().saturating_sub(MAX_OUTPUT)..]).into_owned()
}
