//! A large module of the kind that people have: variables with types and conditions, locals that compute, resources
//! with `for_each`, templates, outputs.

/// The source of a module with so many racks of one resource each, at most 1000.
#[must_use]
pub fn source(racks: usize) -> String {
    let mut text = include_str!("head.tf").to_owned();
    for number in 0..racks {
        text.push('\n');
        text.push_str(&include_str!("rack.tf").replace("000", &format!("{number:03}")));
    }
    text
}
