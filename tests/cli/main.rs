//! The program as a whole. Each folder of `tests/cases` is a case:
//!
//! - `cmd`: command lines, run one after the other by `sh` in a copy of the case's folder `files`; `infra` is the
//!   program.
//! - `files/`: the working directory.
//! - `stdout`, `stderr`, `status`: what is expected; a missing one stands for nothing, and for status 0.
//!
//! `INFRA_UPDATE=1 cargo test --test cli` writes down what comes instead. Help texts are in
//! `snapshots`, reviewed and updated with `INSTA_UPDATE=always` or `cargo insta`.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod layers;
mod plan_json;
mod plan_text;
mod properties;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const INFRA: &str = env!("CARGO_BIN_EXE_infra");

/// Runs a line of shell in a folder, without anything of the environment that could matter.
fn sh(line: &str, dir: &Path) -> Output {
    let path = format!("{}:/usr/bin:/bin", Path::new(INFRA).parent().unwrap().display());
    let mut command = Command::new("/bin/sh");
    command.args(["-c", line]).current_dir(dir).env_clear().env("PATH", path).env("HOME", dir);
    command.stdin(Stdio::null()).output().unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What came in the place of what a file of the case says, unless it is the same.
fn compare(case: &Path, name: &str, found: &[u8], nothing: &str) -> Option<String> {
    let file = case.join(name);
    let wanted = fs::read(&file).unwrap_or_else(|_| nothing.into());
    if wanted == found {
        return None;
    }
    if std::env::var_os("INFRA_UPDATE").is_some() {
        match found == nothing.as_bytes() {
            true => fs::remove_file(&file).unwrap(),
            false => fs::write(&file, found).unwrap(),
        }
        return None;
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let diff = similar::TextDiff::from_lines(text(&wanted), text(found)).unified_diff().to_string();
    Some(format!("{}: {name}\n{diff}", case.display()))
}

#[test]
fn cases() {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases: Vec<_> = fs::read_dir(all).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(!cases.is_empty());
    let mut failures = Vec::new();
    for case in cases {
        let folder = tempfile::tempdir().unwrap();
        if case.join("files").is_dir() {
            copy(&case.join("files"), folder.path());
        }
        let output = sh(&fs::read_to_string(case.join("cmd")).unwrap(), folder.path());
        let status = format!("{}\n", output.status.code().unwrap_or(-1));
        failures.extend(compare(&case, "stdout", &output.stdout, ""));
        failures.extend(compare(&case, "stderr", &output.stderr, ""));
        failures.extend(compare(&case, "status", status.as_bytes(), "0\n"));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn help() {
    let dir = tempfile::tempdir().unwrap();
    let text = |line: &str| {
        let output = sh(line, dir.path());
        assert!(output.status.success() && output.stderr.is_empty(), "{line}");
        String::from_utf8(output.stdout).unwrap()
    };
    let overview = text("infra -help");
    let commands = overview.split("\n\n").nth(1).unwrap().lines().skip(1);
    let commands: Vec<_> = commands.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect();
    assert!(commands.len() > 4);
    insta::assert_snapshot!("overview", overview);
    for command in commands {
        let shown = text(&format!("infra {command} -help"));
        assert_eq!(shown, text(&format!("infra -help {command}")));
        assert_eq!(shown, text(&format!("infra {command} --help -h")));
        insta::assert_snapshot!(command.clone(), shown);
    }
}

#[test]
fn completions_can_be_made_for_every_shell() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = sh(&format!("infra completion {shell}"), dir.path());
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && script.contains("validate") && script.contains("no-color"), "{shell}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_program_quietly() {
    let dir = tempfile::tempdir().unwrap();
    let line = "(for i in $(seq 20000); do echo '\"range(300)\"'; done | infra console -json; echo $? >&2) | head -n 1";
    let output = sh(line, dir.path());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "141\n");
}
