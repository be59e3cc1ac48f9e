//! Any text, as a file in either syntax, an expression, a template.

#![no_main]

#[path = "../../tests/cli/properties/invariants.rs"]
#[expect(dead_code, reason = "each target checks a part")]
mod invariants;

libfuzzer_sys::fuzz_target!(|text: &str| invariants::parse(text));
