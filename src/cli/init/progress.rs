//! What `init` says, for people or as JSON.

use std::io;

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use serde_json::{Value as Json, json};

use crate::cli::Terminal;
use crate::config::version::COMPATIBLE_VERSION;
use crate::syntax::{Diagnostics, Severity, SourceMap};
use crate::views::diagnostic::{Snippets, json as diagnostic_json, sorted};

/// Where messages go.
pub(super) struct Progress<'t> {
    pub terminal: &'t mut Terminal,
    pub json: bool,
}

impl Progress<'_> {
    /// The first message.
    pub fn start(&mut self) -> io::Result<()> {
        if !self.json {
            return Ok(());
        }
        let message = format!("Terraform {COMPATIBLE_VERSION}");
        let more = json!({"terraform": COMPATIBLE_VERSION, "ui": "1.2"});
        self.event("info", &message, "version", more)
    }

    /// A stage: `code` names it for programs.
    pub fn stage(&mut self, code: &str, text: &str) -> io::Result<()> {
        if self.json {
            return self.event("info", text, "init_output", json!({"message_code": code}));
        }
        writeln!(self.terminal.out, "{text}")
    }

    /// One of several things at a stage.
    pub fn item(&mut self, text: &str) -> io::Result<()> {
        if self.json {
            return self.event("info", text, "log", Json::Null);
        }
        writeln!(self.terminal.out, "- {text}")
    }

    /// Something that people want to know in addition.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        if self.json { Ok(()) } else { writeln!(self.terminal.out, "{text}") }
    }

    pub fn show(&mut self, sources: &SourceMap, diagnostics: &Diagnostics) -> io::Result<()> {
        if !self.json {
            return self.terminal.show(sources, diagnostics);
        }
        let mut snippets = Snippets::new(sources);
        for d in sorted(diagnostics, sources) {
            let (level, word) = match d.severity {
                Severity::Error => ("error", "Error"),
                Severity::Warning => ("warn", "Warning"),
            };
            let shown = diagnostic_json::diagnostic(&d, &mut snippets);
            self.event(level, &format!("{word}: {}", d.summary), "diagnostic", json!({"diagnostic": shown}))?;
        }
        Ok(())
    }

    fn event(&mut self, level: &str, message: &str, kind: &str, more: Json) -> io::Result<()> {
        let printer = DateTimePrinter::new().precision(Some(6));
        let now = printer.timestamp_to_string(&Timestamp::now());
        let mut event = json!({
            "@level": level, "@message": message, "@module": "terraform.ui", "@timestamp": now, "type": kind,
        });
        if let (Json::Object(event), Json::Object(more)) = (&mut event, more) {
            event.extend(more);
        }
        writeln!(self.terminal.out, "{event}")
    }
}
