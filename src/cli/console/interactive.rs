//! The console at a terminal: a prompt with history.

use std::io;
use std::path::PathBuf;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Completer, Config, Editor, Helper, Highlighter, Hinter};

use super::split::is_unfinished;
use super::{Console, HELP};

/// How many lines are remembered.
const HISTORY_LENGTH: usize = 1000;

/// Lets an expression go on in the next line.
#[derive(Completer, Helper, Highlighter, Hinter)]
struct Continuation;

impl Validator for Continuation {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if is_unfinished(context.input()) { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

/// Prompts for expressions until the end. Gives the exit status.
pub(super) fn run(console: &mut Console<'_>) -> io::Result<u8> {
    let config = Config::builder().max_history_size(HISTORY_LENGTH).map_err(into_io)?.auto_add_history(true).build();
    let mut editor: Editor<Continuation, FileHistory> = Editor::with_config(config).map_err(into_io)?;
    editor.set_helper(Some(Continuation));
    let history = history_file();
    if let Some(path) = &history {
        // The first time there is none; and the console works without.
        drop(editor.load_history(path));
    }
    let ended = prompt(&mut editor, console);
    if let Some(path) = &history
        && path.parent().is_some_and(|dir| std::fs::create_dir_all(dir).is_ok())
    {
        drop(editor.append_history(path));
    }
    ended
}

fn prompt(editor: &mut Editor<Continuation, FileHistory>, console: &mut Console<'_>) -> io::Result<u8> {
    loop {
        console.terminal.flush()?;
        let text = match editor.readline("> ") {
            Ok(text) => text,
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => return Ok(0),
            Err(error) => return Err(into_io(error)),
        };
        match text.trim() {
            "" => {}
            "exit" => return Ok(0),
            "help" => writeln!(console.terminal.out, "{HELP}\n")?,
            text => match console.evaluate(text) {
                Ok(shown) => writeln!(console.terminal.out, "{shown}\n")?,
                Err(diagnostics) => console.terminal.show(console.sources, &diagnostics)?,
            },
        }
    }
}

/// Where the history is kept, if there is a place for such things.
fn history_file() -> Option<PathBuf> {
    let given = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
    let dir = given.or_else(|| std::env::home_dir().map(|home| home.join(".local/state")))?;
    Some(dir.join("infra/console_history"))
}

fn into_io(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::Io(error) => error,
        other => io::Error::other(other),
    }
}
