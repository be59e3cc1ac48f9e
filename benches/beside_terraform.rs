//! Times `infra` beside `terraform` on large modules: wall-clock time of whole processes, the best of five.
#![expect(clippy::expect_used, reason = "a comparison that can't run should stop")]

mod big_module;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 5;

fn main() {
    if Command::new("terraform").arg("version").stdout(Stdio::null()).status().is_err() {
        println!("There is no terraform here to compare with.");
        return;
    }
    println!("{:<44} {:>6}  {:<8} {:>9} {:>10} {:>7}", "module", "KiB", "command", "infra", "terraform", "ratio");
    compare("2000 locals, 500 variables, 3000 resources", &big_module::flat_source(2000, 500, 3000, 200));
    for racks in [1, 10, 100, 1000] {
        compare(&format!("{racks} racks"), &big_module::source(racks));
    }
}

/// Times both programs on a module, and prints a line for each command.
fn compare(name: &str, source: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("main.tf"), source).expect("a file");
    for arguments in [&["validate"][..], &["fmt", "-list=false", "-write=false"]] {
        let infra = best(env!("CARGO_BIN_EXE_infra"), arguments, folder.path());
        let terraform = best("terraform", arguments, folder.path());
        let ratio = terraform.as_secs_f64() / infra.as_secs_f64();
        println!(
            "{name:<44} {:>6}  {:<8} {:>6.1} ms {:>7.1} ms {ratio:>6.1}×",
            source.len() / 1024,
            arguments[0],
            infra.as_secs_f64() * 1e3,
            terraform.as_secs_f64() * 1e3,
        );
    }
}

/// The shortest time that a command takes. It must succeed.
fn best(program: &str, arguments: &[&str], folder: &Path) -> Duration {
    let run = |_| {
        let start = Instant::now();
        let output = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .env("CHECKPOINT_DISABLE", "1")
            .stdin(Stdio::null())
            .output()
            .expect("the program starts");
        let time = start.elapsed();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {said}");
        time
    };
    (0..RUNS).map(run).min().unwrap_or_default()
}
