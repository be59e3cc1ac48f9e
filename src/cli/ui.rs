//! What commands that plan and apply show: text for people, or a stream of JSON objects for programs.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::apply::Reporter;
use crate::cli::Terminal;
use crate::apply::Applied;
use crate::cli::stack::Stack;
use crate::plan::{Event, Plan, PlanMode};
use crate::providers::resource_schema;
use crate::syntax::{Diagnostics, SourceMap};
use crate::views::diagnostic::{self, Snippets};
use crate::views::diff::Paint;
use crate::views::plan::{Layout, write_plan};
use crate::views::progress;
use crate::views::ui_stream::{Operation, Summary, UiStream};

/// Who a command talks to.
pub struct Ui<'t> {
    /// Where output goes.
    pub terminal: &'t mut Terminal,
    /// It is read by a program.
    pub json: bool,
    /// Warnings are shown as their summaries only.
    pub compact_warnings: bool,
}

impl Ui<'_> {
    /// How text is laid out.
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout { paint: Paint { color: self.terminal.style.color }, width: self.terminal.style.width }
    }

    /// Begins: programs are told what they are reading.
    ///
    /// # Errors
    /// When that can't be written.
    pub fn begin(&mut self) -> io::Result<()> {
        if self.json { self.stream().version() } else { Ok(()) }
    }

    fn stream(&mut self) -> UiStream<'_> {
        UiStream::new(&mut self.terminal.out, SystemTime::now)
    }

    /// Shows diagnostics.
    ///
    /// # Errors
    /// When they can't be written.
    pub fn show(&mut self, sources: &SourceMap, diagnostics: &Diagnostics) -> io::Result<()> {
        if self.json {
            let mut snippets = Snippets::new(sources);
            for d in diagnostic::in_order(diagnostics, sources) {
                self.stream().diagnostic(&d, &mut snippets)?;
            }
            return self.terminal.out.flush();
        }
        self.terminal.show(sources, diagnostics)
    }

    /// Shows diagnostics; the exit status if there are errors.
    ///
    /// # Errors
    /// The status, or when they can't be written.
    pub fn check(&mut self, sources: &SourceMap, diagnostics: &Diagnostics) -> Result<(), Stop> {
        self.show(sources, diagnostics)?;
        if diagnostics.has_errors() { Err(Stop::Status(1)) } else { Ok(()) }
    }

    /// Who shows progress. What was written before is out when this returns.
    ///
    /// # Errors
    /// When that can't be written.
    pub fn reporter(&mut self) -> io::Result<Arc<Progress>> {
        self.terminal.flush()?;
        let out = Mutex::new(io::BufWriter::with_capacity(1 << 16, io::stdout()));
        Ok(Arc::new(Progress { out, json: self.json, layout: self.layout() }))
    }
}

/// Why a command ends early.
pub enum Stop {
    /// Everything has been said: with this exit status.
    Status(u8),
    /// Output can't be written.
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Io(error)
    }
}

/// The exit status of a command.
///
/// # Errors
/// When output can't be written.
pub fn status(ended: Result<u8, Stop>) -> io::Result<u8> {
    match ended {
        Ok(status) | Err(Stop::Status(status)) => Ok(status),
        Err(Stop::Io(error)) => Err(error),
    }
}

/// Shows what happens as it does.
pub struct Progress {
    out: Mutex<io::BufWriter<io::Stdout>>,
    json: bool,
    layout: Layout,
}

impl Progress {
    /// Writes out what is left.
    pub fn flush(&self) {
        // There is nobody left to tell if that fails.
        drop(self.out.lock().unwrap_or_else(PoisonError::into_inner).flush());
    }
}

impl Reporter for Progress {
    fn report(&self, event: Event) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let written = match self.json {
            true => UiStream::new(&mut *out, SystemTime::now).event(&event),
            false => progress::write_event(&event, self.layout, &mut *out),
        };
        // An apply goes on whether somebody reads of it or not.
        drop(written.and_then(|()| out.flush()));
    }
}

impl Ui<'_> {
    /// Shows a plan.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn plan(&mut self, plan: &Plan, stack: &Stack) -> io::Result<()> {
        let layout = self.layout();
        let _ = stack;
        if self.json {
            self.stream().plan(plan)?;
            return self.terminal.out.flush();
        }
        write_plan(plan, &|mode, kind| resource_schema(mode, kind), layout, &mut self.terminal.out)
    }

    /// Saves a plan.
    pub fn save_plan(&mut self, plan: &Plan, stack: &Stack, path: &std::path::Path) -> Result<(), Stop> {
        let mut f = Vec::new();
        crate::views::plan_json::write(plan, &stack.tree, crate::views::plan_json::Schemas { resource: &|m, k| resource_schema(m, k), provider: &|_| None }, &mut f)?;
        std::fs::write(path, f)?;
        std::fs::write(path.with_extension("args"), std::env::args().skip(2).filter(|a| !a.starts_with("-out") && a != "-detailed-exitcode").collect::<Vec<_>>().join("\n"))?;
        Ok(())
    }

    /// Says what can be done with a plan.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn plan_note(&mut self, _plan: &Plan, _path: Option<&std::path::Path>) -> io::Result<()> {
        Ok(())
    }
}

impl Ui<'_> {
    /// Says what an apply came to.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn applied(&mut self, applied: &Applied, plan: &Plan, _stack: &Stack) -> io::Result<()> {
        if self.json {
            let c = applied.counts;
            let summary = Summary { add: c.added, change: c.changed, import: c.imported, remove: c.destroyed };
            let operation = if plan.mode == PlanMode::Destroy { Operation::Destroy } else { Operation::Apply };
            self.stream().summary(summary, operation)?;
            return self.stream().outputs(&applied.state.outputs);
        }
        writeln!(self.terminal.out, "{:?}", applied.counts)
    }
}
