//! What commands that plan and apply show: text for people, or a stream of JSON objects for programs.

use std::collections::BTreeSet;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use smol_str::SmolStr;

use crate::apply::{Applied, Reporter};
use crate::cli::Terminal;
use crate::cli::backend::WAITING;
use crate::config::module::Module;
use crate::config::variables::{Unset, VariableInputs, variable_values};
use crate::graph::walk::Outcome;
use crate::plan::{Action, Event, Plan};
use crate::providers::{Pool, resource_schema};
use crate::state::State;
use crate::syntax::{Diagnostics, Severity, SourceMap};
use crate::views::diagnostic::{self, Snippets};
use crate::views::paint::Paint;
use crate::views::plan::{Layout, Note, write_note, write_plan};
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
    /// Questions may be asked.
    pub input: bool,
    /// The stack that it is about, where there are several.
    pub stack: Option<SmolStr>,
}

impl Ui<'_> {
    /// How text is laid out.
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout { paint: Paint { color: self.terminal.style.color }, width: self.terminal.style.width }
    }

    fn stream(&mut self) -> UiStream<'_> {
        UiStream::new(&mut self.terminal.out, SystemTime::now).of_stack(self.stack.as_deref())
    }

    /// Goes on with one of several stacks, or with all of them.
    pub fn about(&mut self, stack: Option<&SmolStr>) {
        self.stack = stack.cloned();
    }

    /// A line above what is said about one of several stacks.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn heading(&mut self, stack: &SmolStr) -> io::Result<()> {
        self.about(Some(stack));
        if self.json {
            return Ok(());
        }
        let paint = self.layout().paint;
        let (bold, reset) = (paint.bold(), paint.reset());
        self.terminal.out.write_all(format!("\n{bold}Stack {stack}{reset}\n").as_bytes())
    }

    /// Says something that is no plan and no diagnostic.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn say(&mut self, text: &str) -> io::Result<()> {
        match self.json {
            true => self.stream().log(text),
            false => writeln!(self.terminal.out, "{text}"),
        }
    }

    /// Begins: programs are told what they are reading.
    ///
    /// # Errors
    /// When that can't be written.
    pub fn begin(&mut self) -> io::Result<()> {
        if self.json { self.stream().version() } else { Ok(()) }
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
        let only_warnings = diagnostics.iter().all(|d| d.severity == Severity::Warning);
        if self.compact_warnings && only_warnings && !diagnostics.is_empty() {
            let text = diagnostic::compact(diagnostics, sources, self.terminal.style);
            self.terminal.out.write_all(text.as_bytes())?;
            return self.terminal.out.flush();
        }
        self.terminal.out.flush()?;
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

    /// Shows errors that end the command.
    pub fn stop(&mut self, sources: &SourceMap, errors: &Diagnostics) -> Stop {
        match self.show(sources, errors) {
            Ok(()) => Stop::Status(1),
            Err(error) => Stop::Io(error),
        }
    }

    /// Who shows progress. What was written before is out when this returns.
    ///
    /// # Errors
    /// When that can't be written.
    pub fn reporter(&mut self) -> io::Result<Arc<Progress>> {
        self.terminal.flush()?;
        let out = Mutex::new(io::BufWriter::with_capacity(1 << 16, io::stdout()));
        Ok(Arc::new(Progress { out, json: self.json, paint: self.layout().paint }))
    }

    /// Shows a plan.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn plan(&mut self, plan: &Plan) -> io::Result<()> {
        if self.json {
            self.stream().plan(plan)?;
        } else {
            let layout = self.layout();
            write_plan(plan, &|mode, kind| resource_schema(mode, kind), layout, &mut self.terminal.out)?;
        }
        self.terminal.out.flush()
    }

    /// Tells programs what the plan that is applied will do.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn planned_changes(&mut self, plan: &Plan) -> io::Result<()> {
        if self.json { self.stream().saved_changes(plan) } else { Ok(()) }
    }

    /// Says what can be done with a plan.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn plan_notes(&mut self, applyable: bool, saved: Option<&Path>, generated: Option<&Path>) -> io::Result<()> {
        if self.json || std::env::var_os("TF_IN_AUTOMATION").is_some_and(|v| !v.is_empty()) {
            return Ok(());
        }
        let layout = self.layout();
        let out = &mut self.terminal.out;
        if let Some(path) = generated.filter(|path| path.exists()) {
            write_note(Note::ConfigGenerated { path: &path.display().to_string() }, layout, out)?;
        }
        match saved {
            _ if !applyable => Ok(()),
            Some(path) => {
                let path = path.display().to_string();
                write_note(Note::Saved { path: &path, program: "infra" }, layout, out)
            }
            None => write_note(Note::NotSaved { program: "infra" }, layout, out),
        }
    }

    /// Says what an apply has done.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn applied(&mut self, applied: &Applied, is_destroy: bool) -> io::Result<()> {
        let c = applied.counts;
        if self.json {
            let summary = Summary { add: c.added, change: c.changed, import: c.imported, remove: c.destroyed };
            let operation = if is_destroy { Operation::Destroy } else { Operation::Apply };
            self.stream().summary(summary, operation)?;
            return if is_destroy { Ok(()) } else { self.outputs(&applied.state) };
        }
        let counts =
            progress::Applied { imported: c.imported, added: c.added, changed: c.changed, destroyed: c.destroyed };
        let paint = self.layout().paint;
        let out = &mut self.terminal.out;
        out.write_all(progress::applied_text(counts, is_destroy, paint).as_bytes())?;
        if is_destroy { Ok(()) } else { self.outputs(&applied.state) }
    }

    /// Shows the outputs in a state.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn outputs(&mut self, state: &State) -> io::Result<()> {
        if self.json {
            return self.stream().outputs(&state.outputs);
        }
        let paint = self.layout().paint;
        let out = &mut self.terminal.out;
        let outputs = state.outputs.iter().map(|(name, o)| (name, &o.value, o.sensitive));
        out.write_all(progress::applied_outputs_text(outputs, paint).as_bytes())
    }

    /// Says what an apply that failed has done, and what it has not.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn unfinished(&mut self, applied: &Applied, problems: &Diagnostics, sources: &SourceMap) -> io::Result<()> {
        if !self.json {
            self.terminal.out.flush()?;
            let left: Vec<String> = applied.unfinished.iter().map(unfinished_line).collect();
            let c = applied.counts;
            let out = &mut self.terminal.out;
            writeln!(out, "\nApply incomplete: {} added, {} changed, {} destroyed.", c.added, c.changed, c.destroyed)?;
            if !left.is_empty() {
                writeln!(out, "Not done:")?;
                left.iter().take(SHOWN_LEFT).try_for_each(|line| writeln!(out, "  {line}"))?;
                if left.len() > SHOWN_LEFT {
                    writeln!(out, "  and {} more", left.len() - SHOWN_LEFT)?;
                }
            }
        }
        self.show(sources, problems)
    }

    /// Says that somebody else has the state's lock, and that it is waited for.
    pub fn waits_for_lock(&mut self) {
        let written = match self.json {
            true => self.stream().log(WAITING),
            false => writeln!(self.terminal.out, "{WAITING}"),
        };
        // Whoever doesn't get to know waits all the same.
        drop(written.and_then(|()| self.terminal.out.flush()));
    }

    /// Whether somebody is there to answer.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        let unwanted =
            std::env::var("TF_INPUT").is_ok_and(|v| matches!(v.as_str(), "0" | "false" | "f" | "F" | "False"));
        self.input && !self.json && !unwanted && io::stdin().is_terminal()
    }

    /// Asks for the variables that have no value. What was answered, as if it stood in the environment.
    ///
    /// # Errors
    /// When there is no asking, or no answer.
    pub fn ask_for_variables(
        &mut self,
        module: &Module,
        dir: &Path,
        inputs: &VariableInputs,
        sources: &mut SourceMap,
    ) -> Result<Vec<(String, String)>, Stop> {
        let (given, problems) = variable_values(dir, module, inputs, Unset::Allowed, sources);
        if problems.has_errors() {
            return Ok(Vec::new());
        }
        let mut answers = Vec::new();
        for (name, variable) in module.variables.iter().filter(|(name, _)| !given.contains_key(*name)) {
            let paint = self.layout().paint;
            let (bold, reset) = (paint.bold(), paint.reset());
            let out = &mut self.terminal.out;
            writeln!(out, "{bold}var.{name}{reset}")?;
            if let Some(description) = &variable.description {
                writeln!(out, "  {description}")?;
            }
            write!(out, "\n  {bold}Enter a value:{reset} ")?;
            out.flush()?;
            let mut answer = String::new();
            if io::stdin().lock().read_line(&mut answer)? == 0 {
                return Ok(answers);
            }
            writeln!(out)?;
            answers.push((format!("TF_VAR_{name}"), answer.trim_end_matches(['\n', '\r']).to_owned()));
        }
        Ok(answers)
    }
}

/// Of what was not done, so many lines are shown.
const SHOWN_LEFT: usize = 50;

fn unfinished_line(u: &crate::apply::Unfinished) -> String {
    let what = match u.action {
        Some(Action::Create) => "create ",
        Some(Action::Update) => "change ",
        Some(Action::Delete) => "destroy ",
        Some(Action::Read) => "read ",
        Some(Action::Forget) => "forget ",
        _ => "",
    };
    let why = match u.outcome {
        Outcome::Done => "done",
        Outcome::Failed => "failed",
        Outcome::Skipped => "depends on something that failed",
        Outcome::Left => "not begun",
        Outcome::CutOff => "cut off",
    };
    format!("{what}{}: {why}", u.what)
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

/// How often what was reported is shown: it may be much at once, and for people this is at once.
const REFRESH: Duration = Duration::from_millis(100);
/// How often it is said what is waited for.
const INTERVAL: Duration = Duration::from_secs(10);

/// Shows what happens as it does.
pub struct Progress {
    out: Mutex<io::BufWriter<io::Stdout>>,
    json: bool,
    paint: Paint,
}

impl Progress {
    /// Says something that is no event.
    pub fn say(&self, text: &str) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let written = match self.json {
            true => UiStream::new(&mut *out, SystemTime::now).log(text),
            false => writeln!(out, "{text}"),
        };
        drop(written.and_then(|()| out.flush()));
    }

    /// Does work, and shows what is reported meanwhile. Every now and then it says what requests are waiting for, if they
    /// have been for a while.
    pub async fn during<T>(&self, pools: &[&Pool], work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let mut said = Instant::now();
        loop {
            if let Ok(result) = tokio::time::timeout(REFRESH, &mut work).await {
                self.flush();
                return result;
            }
            if said.elapsed() >= INTERVAL {
                said = Instant::now();
                let connected = pools.iter().flat_map(|pool| pool.connected());
                let waits: BTreeSet<_> = connected.flat_map(|provider| provider.waits_for()).collect();
                waits.iter().for_each(|line| self.say(line));
            }
            self.flush();
        }
    }

    fn flush(&self) {
        // There is nobody left to tell if that fails.
        drop(self.out.lock().unwrap_or_else(PoisonError::into_inner).flush());
    }
}

impl Reporter for Progress {
    fn report(&self, event: Event) {
        self.report_of(None, &event);
    }
}

impl Progress {
    fn report_of(&self, stack: Option<&str>, event: &Event) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let written = match (self.json, stack) {
            (true, _) => UiStream::new(&mut *out, SystemTime::now).of_stack(stack).event(event),
            (false, None) => out.write_all(progress::event_text(event, self.paint).as_bytes()),
            (false, Some(stack)) => {
                let text = progress::event_text(event, self.paint);
                text.lines().try_for_each(|line| writeln!(out, "[{stack}] {line}"))
            }
        };
        // An apply goes on whether somebody reads of it or not.
        drop(written);
    }
}

/// Shows what happens in one of several stacks.
pub struct StackProgress {
    /// Where it is shown.
    pub progress: Arc<Progress>,
    /// The stack.
    pub stack: SmolStr,
}

impl Reporter for StackProgress {
    fn report(&self, event: Event) {
        self.progress.report_of(Some(&self.stack), &event);
    }
}
