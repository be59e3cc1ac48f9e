use std::fs;

use super::*;
use crate::config::load::load;

const VARIABLES: &str = "variable \"s\" { default = \"d\" }
variable \"l\" {
  type    = list(string)
  default = []
}
variable \"n\" {
  type     = number
  nullable = false
  default  = 1
}";

/// The values, or the summaries of what is wrong.
fn values(files: &[(&str, &str)], flags: &[&str], env: &[(&str, &str)]) -> String {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("main.tf"), VARIABLES).expect("a file");
    for (name, text) in files {
        fs::write(dir.path().join(name), text).expect("a file");
    }
    let mut loaded = load(dir.path());
    let module = loaded.tree.expect("a tree").module;
    let inputs = VariableInputs {
        flags: flags.iter().map(|f| VarFlag::Var((*f).to_string())).collect(),
        env: env.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect(),
        elsewhere: ["other".into()].into(),
    };
    let (values, problems) = variable_values(dir.path(), &module, &inputs, Unset::Refused, &mut loaded.sources);
    if !problems.is_empty() {
        return problems.iter().map(|d| d.summary.as_str()).collect::<Vec<_>>().join(", ");
    }
    values.iter().map(|(name, v)| format!("{name}={:?}", v.value)).collect::<Vec<_>>().join(" ")
}

#[test]
fn unset() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("main.tf"), "variable \"a\" {}\nvariable \"b\" { default = 1 }").expect("a file");
    let mut loaded = load(dir.path());
    let module = loaded.tree.expect("a tree").module;
    for (unset, names, summaries) in
        [(Unset::Allowed, vec!["b"], vec![]), (Unset::Refused, vec![], vec!["No value for required variable"])]
    {
        let (values, problems) =
            variable_values(dir.path(), &module, &VariableInputs::default(), unset, &mut loaded.sources);
        assert_eq!(values.keys().collect::<Vec<_>>(), names);
        assert_eq!(problems.iter().map(|d| d.summary.as_str()).collect::<Vec<_>>(), summaries);
    }
}

#[test]
fn value_files_are_utf_8() {
    for name in ["terraform.tfvars", "x.auto.tfvars.json"] {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("main.tf"), VARIABLES).expect("a file");
        let text: &[u8] = if name.ends_with("json") { b"{\"s\": \"\xe9\"}" } else { b"s = \"\xe9\"" };
        fs::write(dir.path().join(name), text).expect("a file");
        let mut loaded = load(dir.path());
        let module = loaded.tree.expect("a tree").module;
        let inputs = VariableInputs::default();
        let (_, problems) = variable_values(dir.path(), &module, &inputs, Unset::Refused, &mut loaded.sources);
        let found: Vec<_> = problems.iter().map(|d| d.summary.as_str()).collect();
        assert_eq!(found, ["Invalid character encoding"], "{name}");
    }
}

#[test]
fn precedence_and_parsing() {
    type Pairs<'a> = &'a [(&'a str, &'a str)];
    let table: [(Pairs, &[&str], Pairs, &str); 11] = [
        (&[], &[], &[], "s=\"d\" l=list(string)[] n=1"),
        (&[], &["s=[1]", "l=[1]", "n=null"], &[], "Invalid value for input variable"),
        (&[("terraform.tfvars", "n = null")], &["s=[1]", "l=[1]"], &[], "s=\"[1]\" l=list(string)[\"1\"] n=1"),
        (&[("terraform.tfvars", "s = 1")], &[], &[("TF_VAR_s", "e"), ("TF_VAR_no", "e")], "s=1 l=list(string)[] n=1"),
        (
            &[("a.auto.tfvars", "n = 2"), ("b.auto.tfvars.json", "{\"n\": 3}")],
            &["n=4"],
            &[],
            "s=\"d\" l=list(string)[] n=4",
        ),
        (&[], &["l=x", "no=1"], &[], "Variables not allowed, Value for undeclared variable"),
        (&[("terraform.tfvars", "no = 1")], &[], &[], "Value for undeclared variable"),
        (&[], &["other=1", "n=5"], &[], "s=\"d\" l=list(string)[] n=5"),
        (&[("terraform.tfvars", "other = 1")], &[], &[], "Value for undeclared variable"),
        (&[], &["x"], &[], "Invalid -var option"),
        (&[("terraform.tfvars", "variable \"x\" {}")], &[], &[], "Variable declaration in .tfvars file"),
    ];
    for (files, flags, env, expected) in table {
        assert_eq!(values(files, flags, env), expected, "{files:?} {flags:?} {env:?}");
    }
}
