//! Any text as an expression, evaluated with known and with unknown inputs.

#![no_main]

#[path = "../../tests/cli/properties/invariants.rs"]
#[expect(dead_code, reason = "each target checks a part")]
mod invariants;

libfuzzer_sys::fuzz_target!(|text: &str| invariants::evaluate(text));
