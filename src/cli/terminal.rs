//! Where the output of a command goes.

use std::io::{self, BufWriter, IsTerminal, Write};

use crate::syntax::{Diagnostics, Severity, SourceMap};
use crate::views::diagnostic::{self, Snippets, Style};

/// Standard output and standard error, and what they can show.
pub struct Terminal {
    /// Standard output, buffered.
    pub out: Box<dyn Write>,
    /// Standard error.
    pub err: Box<dyn Write>,
    /// How text is shown.
    pub style: Style,
    /// Whether warnings go to standard output, as they do unless that is for programs.
    pub warnings_out: bool,
}

impl Terminal {
    /// The process's own, with colours if both are terminals and `NO_COLOR` is not set.
    #[must_use]
    pub fn of_process() -> Self {
        let (out, err) = (io::stdout(), io::stderr());
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let is_terminal = out.is_terminal() && err.is_terminal();
        let size = if is_terminal { terminal_size::terminal_size() } else { None };
        let width = size.map_or(Style::default().width, |(width, _)| usize::from(width.0));
        Terminal {
            out: Box::new(BufWriter::with_capacity(1 << 16, out)),
            err: Box::new(err),
            style: Style { color: is_terminal && !unwanted, width },
            warnings_out: true,
        }
    }

    /// Shows no colours from now on.
    pub fn without_color(&mut self) {
        self.style.color = false;
    }

    /// Prints diagnostics: errors to standard error, warnings to standard output if they go there.
    ///
    /// # Errors
    /// When they can't be written.
    pub fn show(&mut self, sources: &SourceMap, diagnostics: &Diagnostics) -> io::Result<()> {
        let warnings: Option<&mut dyn Write> = if self.warnings_out { Some(&mut self.out) } else { None };
        show(sources, diagnostics, self.style, &mut self.err, warnings)
    }

    /// Prints a message to standard error and gives the status for that.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn fail(&mut self, message: &str) -> io::Result<u8> {
        self.out.flush()?;
        writeln!(self.err, "{message}")?;
        Ok(1)
    }

    /// Writes out what is buffered.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()?;
        self.err.flush()
    }
}

/// Prints diagnostics; warnings go where errors do unless they have a place of their own.
pub(super) fn show(
    sources: &SourceMap,
    diagnostics: &Diagnostics,
    style: Style,
    errors: &mut dyn Write,
    mut warnings: Option<&mut dyn Write>,
) -> io::Result<()> {
    let mut snippets = Snippets::new(sources);
    for d in diagnostic::sorted(diagnostics, sources) {
        let text = diagnostic::render(&d, &mut snippets, style);
        match &mut warnings {
            Some(out) if d.severity == Severity::Warning => {
                out.write_all(text.as_bytes())?;
                // So that they come in order where both are shown in one place.
                out.flush()?;
            }
            _ => errors.write_all(text.as_bytes())?,
        }
    }
    Ok(())
}
