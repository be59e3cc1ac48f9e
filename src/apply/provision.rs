//! Running provisioners.

use super::configuration::ProvisionerRun;
use super::progress::Progress;
use crate::lang::Marks;
use crate::plan::EventKind;
use crate::providers::provisioners::local_exec;
use crate::syntax::{Diagnostic, Diagnostics};

/// Runs provisioners one after the other, until one fails that must not.
pub(super) async fn provision(runs: Vec<ProvisionerRun>, progress: Progress) -> Diagnostics {
    for run in runs {
        progress.tell(EventKind::ProvisionStart { provisioner: run.kind.clone() });
        match provision_one(&run, &progress).await {
            Ok(()) => progress.tell(EventKind::ProvisionComplete { provisioner: run.kind.clone() }),
            Err(problem) => {
                progress.tell(EventKind::ProvisionErrored { provisioner: run.kind.clone() });
                if !run.continue_on_failure {
                    let problem = problem.at(run.span);
                    return Diagnostic { address: Some(progress.address.to_string()), ..problem }.into();
                }
            }
        }
    }
    Diagnostics::new()
}

async fn provision_one(run: &ProvisionerRun, progress: &Progress) -> Result<(), Diagnostic> {
    let marks = run.arguments.deep_marks() | run.connection.deep_marks();
    let suppressed = if marks.contains(Marks::SENSITIVE) {
        Some("(output suppressed due to sensitive value in config)")
    } else if marks.contains(Marks::EPHEMERAL) {
        Some("(output suppressed due to ephemeral value in config)")
    } else {
        None
    };
    let output = |line: &str| {
        let output = suppressed.unwrap_or(line).to_string();
        progress.tell(EventKind::ProvisionOutput { provisioner: run.kind.clone(), output });
    };
    match run.kind.as_str() {
        "local-exec" => local_exec(&run.arguments, &run.folder, suppressed.is_some(), &output).await,
        kind => {
            let detail = format!(
                "This version of Infra does not run provisioners of the type {kind:?}: only \"local-exec\" is there."
            );
            Err(Diagnostic::error("Unsupported provisioner type", detail))
        }
    }
}
