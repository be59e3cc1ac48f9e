//! `local-exec`: runs a command on this machine.

use std::io::{self, PipeReader, Read};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use crate::config::host::reason;
use crate::lang::Value;
use crate::syntax::Diagnostic;
use crate::syntax::quote::quoted;

/// The most of a command's output that an error repeats, in bytes.
const MAX_REPEATED: usize = 8 * 1024;
/// A line that is longer is shown in pieces, in bytes.
const MAX_LINE: usize = 64 * 1024;
/// How long output is waited for that others still hold open after the command has ended.
const LINGER: Duration = Duration::from_millis(500);

/// A command with everything that it runs with.
#[derive(Clone, Debug, PartialEq)]
struct Exec {
    command: String,
    words: Vec<String>,
    folder: Option<String>,
    environment: Vec<(String, String)>,
    is_quiet: bool,
}

/// Runs a command to its end, in a folder (the working directory, if it is empty). Each line of its output goes to `output`, whichever stream it came
/// on. Dropping the future kills the command with all processes that it started. Of a command with
/// secrets in it (`is_secret`) errors show nothing; that lines are shown or not is up to `output`.
///
/// # Errors
/// When the command can't be run, or fails.
pub async fn local_exec(
    arguments: &Value,
    folder: &Path,
    is_secret: bool,
    output: &(dyn Fn(&str) + Send + Sync),
) -> Result<(), Diagnostic> {
    let exec = Exec::of(&arguments.unmark_deep().0)?;
    output(&exec.announcement());
    let (ending, last) = match exec.run(folder, output).await {
        Ok((None, _)) => return Ok(()),
        Ok((Some(ending), last)) => (ending, last),
        Err(error) => (exec.not_started(&error), String::new()),
    };
    let hidden = || "(output suppressed due to sensitive value in config)".to_string();
    let (command, last) = if is_secret { (hidden(), hidden()) } else { (format!("'{}'", exec.command), last) };
    let detail = format!("Error running command {command}: {ending}. Output: {last}");
    Err(Diagnostic::error("local-exec provisioner error", detail))
}

impl Exec {
    fn of(arguments: &Value) -> Result<Self, Diagnostic> {
        if !arguments.is_wholly_known() {
            let detail = "The arguments of the provisioner depend on values that are not known.";
            return Err(Diagnostic::error("Invalid local-exec provisioner arguments", detail));
        }
        let text = |name: &str| arguments.get(name).and_then(Value::as_str).map(ToString::to_string);
        let Some(command) = text("command").filter(|command| !command.is_empty()) else {
            let detail = "The command must be a non-empty string.";
            return Err(Diagnostic::error("Invalid local-exec provisioner command", detail));
        };
        let given = arguments.get("interpreter").and_then(Value::as_elements).unwrap_or_default();
        let mut words: Vec<String> = given.iter().filter_map(Value::as_str).map(ToString::to_string).collect();
        if words.is_empty() {
            words = vec!["/bin/sh".into(), "-c".into()];
        }
        words.push(command.clone());
        let variables = arguments.get("environment").and_then(Value::as_entries).unwrap_or_default();
        let environment = variables.iter().filter_map(|(name, v)| Some((name.to_string(), v.as_str()?.to_string())));
        Ok(Exec {
            command,
            words,
            folder: text("working_dir").filter(|folder| !folder.is_empty()),
            environment: environment.collect(),
            is_quiet: arguments.get("quiet").and_then(Value::as_bool) == Some(true),
        })
    }

    fn announcement(&self) -> String {
        if self.is_quiet {
            return "local-exec: Executing: Suppressed by quiet=true".into();
        }
        let words: Vec<String> = self.words.iter().map(|word| quoted(word)).collect();
        format!("Executing: [{}]", words.join(" "))
    }

    /// How the command ended, if not well, and the last of its output.
    async fn run(&self, folder: &Path, output: &(dyn Fn(&str) + Send + Sync)) -> io::Result<(Option<String>, String)> {
        // One pipe for both streams, so that lines stay in order.
        let (reader, writer) = io::pipe()?;
        let mut process = Command::new(&self.words[0]);
        process.args(&self.words[1..]).envs(self.environment.iter().map(|(k, v)| (k, v)));
        if let Some(given) = &self.folder {
            // Otherwise a missing folder would look like a missing program.
            let folder = folder.join(given);
            tokio::fs::metadata(&folder).await.map_err(|e| io::Error::other(Chdir(given.clone(), e)))?;
            process.current_dir(folder);
        } else if !folder.as_os_str().is_empty() {
            process.current_dir(folder);
        }
        process.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        // A group of its own, which a Ctrl-C at the terminal doesn't reach.
        let mut child = process.process_group(0).spawn()?;
        drop(process);
        let running = Running::of(&child);
        let mut lines = Lines::read(reader);
        let status = loop {
            tokio::select! {
                status = child.wait() => break status?,
                Some(line) = lines.next() => output(&line),
            }
        };
        running.has_ended();
        while let Ok(Some(line)) = tokio::time::timeout(LINGER, lines.next()).await {
            output(&line);
        }
        let ending = (!status.success())
            .then(|| status.code().map_or_else(|| killed(&status.to_string()), |code| format!("exit status {code}")));
        Ok((ending, lines.last()))
    }

    fn not_started(&self, error: &io::Error) -> String {
        match error.get_ref().and_then(|e| e.downcast_ref::<Chdir>()) {
            Some(Chdir(folder, e)) => format!("chdir {folder}: {}", reason(e)),
            None if error.kind() == io::ErrorKind::NotFound && !self.words[0].contains('/') => {
                format!("exec: {}: executable file not found in $PATH", quoted(&self.words[0]))
            }
            None => format!("fork/exec {}: {}", self.words[0], reason(error)),
        }
    }
}

/// A working directory that can't be entered.
#[derive(Debug, thiserror::Error)]
#[error("{0}: {1}")]
struct Chdir(String, io::Error);

/// `signal: killed`, of `signal: 9 (SIGKILL)`.
fn killed(status: &str) -> String {
    let name = match status.split(['(', ')']).nth(1) {
        Some("SIGHUP") => "hangup",
        Some("SIGINT") => "interrupt",
        Some("SIGQUIT") => "quit",
        Some("SIGABRT") => "aborted",
        Some("SIGKILL") => "killed",
        Some("SIGSEGV") => "segmentation fault",
        Some("SIGPIPE") => "broken pipe",
        Some("SIGTERM") => "terminated",
        _ => return status.to_string(),
    };
    format!("signal: {name}")
}

/// A command that runs, with all that it started: they are killed when this is dropped.
struct Running(Option<Pid>);

impl Running {
    fn of(child: &Child) -> Self {
        Running(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    /// Leaves alone what it has started in the background.
    fn has_ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // That it has just ended is no error.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Lines of output as they come. Empty ones are left out, as in Terraform.
struct Lines {
    chunks: mpsc::Receiver<Vec<u8>>,
    pending: Vec<u8>,
    last: Vec<u8>,
    is_over: bool,
}

impl Lines {
    /// Reads in a thread of its own, which ends when nobody can write any more or nobody reads.
    fn read(mut reader: PipeReader) -> Self {
        let (sender, chunks) = mpsc::channel(64);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 16 * 1024];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                if sender.blocking_send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        Lines { chunks, pending: Vec::new(), last: Vec::new(), is_over: false }
    }

    /// The next line; none at the end. Nothing is lost if it is cancelled.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some(line) = self.complete_line() {
                let line = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_string();
                if line.is_empty() {
                    continue;
                }
                return Some(line);
            }
            if self.is_over {
                return None;
            }
            match self.chunks.recv().await {
                Some(chunk) => {
                    self.last.extend_from_slice(&chunk);
                    let excess = self.last.len().saturating_sub(MAX_REPEATED);
                    self.last.drain(..excess);
                    self.pending.extend_from_slice(&chunk);
                }
                None => self.is_over = true,
            }
        }
    }

    fn complete_line(&mut self) -> Option<Vec<u8>> {
        let end = match self.pending.iter().position(|b| *b == b'\n') {
            Some(i) => i + 1,
            None if self.pending.len() > MAX_LINE || (self.is_over && !self.pending.is_empty()) => self.pending.len(),
            None => return None,
        };
        Some(self.pending.drain(..end).collect())
    }

    /// The last of all output.
    fn last(&self) -> String {
        String::from_utf8_lossy(&self.last).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::lang::Type;

    fn arguments(command: &str, others: &[(&str, Value)]) -> Value {
        let others = others.iter().map(|(name, v)| ((*name).into(), v.clone()));
        Value::object(std::iter::once(("command".into(), command.into())).chain(others).collect())
    }

    /// All lines, and the error's detail.
    async fn run(arguments: &Value) -> (Vec<String>, String) {
        let lines = Mutex::new(Vec::new());
        let result =
            local_exec(arguments, Path::new(""), false, &|line| lines.lock().unwrap().push(line.to_string())).await;
        let detail = result.err().map(|d| d.detail).unwrap_or_default();
        (lines.into_inner().unwrap(), detail)
    }

    #[tokio::test]
    async fn commands_run() {
        let strings = |items: &[&str]| Value::string_list(items.iter().copied());
        let environment =
            Value::map(Type::String, vec![("X_A".into(), "a b".into()), ("X_B".into(), Value::null(Type::String))]);
        let announced = |command: &str| format!("Executing: [\"/bin/sh\" \"-c\" {command:?}]");
        for (command, others, expected, error) in [
            ("echo a; echo b >&2; printf c", vec![], vec!["a", "b", "c"], ""),
            ("printf 'a\\r\\n\\n\\nb\\n'", vec![], vec!["a", "b"], ""),
            ("echo a; exit 3", vec![], vec!["a"], "Error running command 'echo a; exit 3': exit status 3. Output: a\n"),
            ("kill -9 $$", vec![], vec![], "Error running command 'kill -9 $$': signal: killed. Output: "),
            ("cat", vec![], vec![], ""),
            (
                "pwd; env | grep ^X_",
                vec![("environment", environment), ("working_dir", "/".into())],
                vec!["/", "X_A=a b"],
                "",
            ),
            (
                "pwd",
                vec![("working_dir", "/nope".into())],
                vec![],
                "Error running command 'pwd': chdir /nope: no such file or directory. Output: ",
            ),
            ("echo x", vec![("interpreter", strings(&[]))], vec!["x"], ""),
            // What goes on in the background isn't waited for.
            ("sleep 30 & echo x", vec![], vec!["x"], ""),
        ] {
            let (lines, detail) = run(&arguments(command, &others)).await;
            let all: Vec<String> =
                std::iter::once(announced(command)).chain(expected.into_iter().map(String::from)).collect();
            assert_eq!((lines, detail.as_str()), (all, error), "{command}");
        }
        let (lines, detail) = run(&arguments("1", &[("interpreter", strings(&["no-such-program", "-c"]))])).await;
        assert_eq!(lines, ["Executing: [\"no-such-program\" \"-c\" \"1\"]"]);
        assert_eq!(
            detail,
            "Error running command '1': exec: \"no-such-program\": executable file not found in $PATH. Output: "
        );
        let (lines, _) = run(&arguments("echo x", &[("quiet", true.into())])).await;
        assert_eq!(lines, ["local-exec: Executing: Suppressed by quiet=true", "x"]);
        assert_eq!(run(&arguments("", &[])).await, (vec![], "The command must be a non-empty string.".into()));
    }

    #[tokio::test]
    async fn commands_that_are_dropped_are_killed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("later");
        // A grandchild, which doesn't heed interrupts.
        let command = format!("echo started; sh -c 'trap \"\" INT; sleep 1; touch {}' & wait", file.display());
        let (sender, mut started) = mpsc::unbounded_channel();
        let arguments = arguments(&command, &[]);
        let output = move |line: &str| sender.send(line.to_string()).unwrap();
        let mut running = Box::pin(local_exec(&arguments, Path::new(""), false, &output));
        loop {
            tokio::select! {
                _ = &mut running => unreachable!(),
                line = started.recv() => if line.as_deref() == Some("started") { break },
            }
        }
        drop(running);
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert!(!file.exists());
    }

    #[tokio::test]
    async fn secrets_stay_secret() {
        let problem = local_exec(&arguments("echo hush; exit 1", &[]), Path::new(""), true, &|_| {}).await.unwrap_err();
        assert!(!problem.detail.contains("hush"), "{}", problem.detail);
    }
}
