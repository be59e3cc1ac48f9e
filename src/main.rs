//! TEMPORARY console.
use infra::config::constraint::Constants;
use infra::lang::{Host, Scope, Value, Kind, Marks};
use infra::syntax::ast::{Traversal, StepKind};
use infra::syntax::{Diagnostic, Diagnostics, FileId};
use std::io::{BufRead, Write};

struct S(infra::config::host::FileHost);
impl Scope for S {
    fn resolve(&self, t: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let step = t.steps.first().and_then(|s| if let StepKind::Attr(n) = &s.kind { Some(n.as_str()) } else { None });
        match (t.root.name.as_str(), step) {
            ("path", Some("module" | "root")) => Ok((".".into(), 1)),
            ("terraform", Some("workspace")) => Ok(("default".into(), 1)),
            _ => Err(Diagnostic::error("Invalid reference", "no").at(t.root.span).into()),
        }
    }
    fn host(&self) -> &dyn Host { &self.0 }
}
fn main() {
    let _ = Constants;
    let out = std::io::stdout();
    let mut out = std::io::BufWriter::new(out.lock());
    let s = S(Default::default());
    for line in std::io::stdin().lock().lines() {
        let text: String = serde_json::from_str(&line.unwrap()).unwrap();
        let r = infra::syntax::parse::parse_expression(FileId(0), &text, 0).and_then(|e| {
            let mut bad = Diagnostics::new();
            for t in infra::lang::references::references(&e) { if let Err(d) = s.resolve(t) { bad.extend(d) } }
            if bad.has_errors() { return Err(bad) }
            infra::lang::eval::evaluate(&e, &s)
        });
        let j = match r {
            Err(d) => serde_json::json!({"error": {"summary": d.0[0].summary, "detail": d.0[0].detail}}),
            Ok(v) => {
                let mut j = match infra::views::json::value_to_json(&v) { Ok(x) => serde_json::json!({"type": v.ty().to_json(), "value": x}), Err(e) => serde_json::json!({"error": {"summary": e.to_string()}}) };
                if v.deep_marks().contains(Marks::SENSITIVE) { j["sensitive"] = true.into(); }
                if let Kind::Unknown(_) = v.kind() { j["unknown"] = true.into() }
                j
            }
        };
        writeln!(out, "{j}").unwrap();
    }
}
