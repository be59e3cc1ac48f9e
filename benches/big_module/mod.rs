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

/// The source of a module with so many locals, variables, resources and outputs that refer to each other.
#[must_use]
pub fn flat_source(locals: usize, variables: usize, resources: usize, outputs: usize) -> String {
    let mut text = String::new();
    for i in 0..variables {
        let ty = ["string", "number", "list(string)", "object({ name = string, size = optional(number, 3) })"][i % 4];
        text.push_str(&format!("variable \"v{i}\" {{\n  type        = {ty}\n  description = \"Variable {i}\"\n}}\n\n"));
    }
    text.push_str("locals {\n");
    for i in 0..locals {
        let value = match i % 5 {
            0 => format!("\"name-{i}-${{terraform.workspace}}\""),
            1 => format!("merge({{ Name = \"x{i}\" }}, {{ a = local.l{}, b = \"t\" }})", i - 1),
            2 => format!("cidrsubnet(\"10.0.0.0/8\", 8, {})", i % 256),
            3 => format!("[for s in [local.l{}] : s]", i - 1),
            _ => format!("var.v{} == null ? local.l{} : null", i % variables, i - 1),
        };
        text.push_str(&format!("  l{i} = {value}\n"));
    }
    text.push_str("}\n");
    for i in 0..resources {
        let parent = if i == 0 { "null".into() } else { format!("terraform_data.r{}.output", i * 7 % i) };
        text.push_str(&format!(
            "\nresource \"terraform_data\" \"r{i}\" {{\n  input = {{\n    name   = \"resource-{i}\"\n    value  = \
             local.l{}\n    var    = var.v{}\n    parent = {parent}\n    tags   = merge({{ Name = \"r{i}\" }}, {{ Env = \
             terraform.workspace }})\n  }}\n\n  lifecycle {{\n    create_before_destroy = true\n  }}\n}}\n",
            i % locals,
            i % variables,
        ));
    }
    for i in 0..outputs {
        text.push_str(&format!(
            "\noutput \"o{i}\" {{\n  value = terraform_data.r{}.output\n}}\n",
            i * resources / outputs
        ));
    }
    text
}
