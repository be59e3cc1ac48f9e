//! The outputs that stacks have planned, for those that read them through `terraform_remote_state`.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use smol_str::SmolStr;
use tokio::sync::watch;

use crate::config::files::clean;
use crate::lang::Value;
use crate::plan::{Action, Plan};
use crate::syntax::Diagnostic;

/// Outputs by name, without marks.
pub type OutputValues = Vec<(SmolStr, Value)>;

/// The outputs of all stacks that are planned together, each there as soon as its plan is.
#[derive(Debug, Default)]
pub struct Outputs {
    stacks: Vec<Entry>,
    /// Who waits for whom, by position.
    waiting: Mutex<Vec<(usize, usize)>>,
}

#[derive(Debug)]
struct Entry {
    stack: SmolStr,
    /// The file with its state.
    state: PathBuf,
    planned: watch::Sender<Planned>,
}

/// How far the plan of a stack is.
#[derive(Clone, Debug)]
enum Planned {
    NotYet,
    Failed,
    /// The outputs as they will be, unknown where only the apply will tell.
    Outputs(OutputValues),
}

impl Outputs {
    /// Of stacks, each with the file that its state is in.
    #[must_use]
    pub fn of(stacks: impl IntoIterator<Item = (SmolStr, PathBuf)>) -> Self {
        let entry = |(stack, state): (SmolStr, PathBuf)| Entry {
            stack,
            state: full(&state),
            planned: watch::Sender::new(Planned::NotYet),
        };
        Outputs { stacks: stacks.into_iter().map(entry).collect(), waiting: Mutex::default() }
    }

    /// The stack whose state is in a file.
    #[must_use]
    pub fn stack_of(&self, state: &Path) -> Option<&SmolStr> {
        let state = full(state);
        self.stacks.iter().find(|entry| entry.state == state).map(|entry| &entry.stack)
    }

    /// Tells the outputs of a stack; none if it could not be planned.
    pub fn set(&self, stack: &str, outputs: Option<OutputValues>) {
        if let Some(place) = self.place(stack) {
            self.stacks[place].planned.send_replace(outputs.map_or(Planned::Failed, Planned::Outputs));
        }
    }

    /// What a stack is told that reads the outputs of another, once they are planned.
    ///
    /// # Errors
    /// When the other one could not be planned, or waits for this one, directly or not.
    pub async fn read(&self, reader: &str, stack: &str) -> Result<OutputValues, Diagnostic> {
        let (Some(from), Some(to)) = (self.place(reader), self.place(stack)) else { return Err(failed(stack)) };
        let mut planned = self.stacks[to].planned.subscribe();
        if matches!(*planned.borrow(), Planned::NotYet) {
            self.note_waiting(from, to)?;
        }
        let outputs = match planned.wait_for(|planned| !matches!(planned, Planned::NotYet)).await.as_deref() {
            Ok(Planned::Outputs(outputs)) => Ok(outputs.clone()),
            _ => Err(failed(stack)),
        };
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).retain(|edge| *edge != (from, to));
        outputs
    }

    fn place(&self, stack: &str) -> Option<usize> {
        self.stacks.iter().position(|entry| entry.stack == stack)
    }

    /// Notes who waits for whom, unless nobody could go on then.
    fn note_waiting(&self, from: usize, to: usize) -> Result<(), Diagnostic> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut path = vec![to];
        while let Some((_, next)) = waiting.iter().find(|(waits, _)| Some(waits) == path.last()) {
            if path.contains(next) {
                break;
            }
            path.push(*next);
        }
        if path.contains(&from) {
            let names: Vec<&str> = path.iter().map(|place| self.stacks[*place].stack.as_str()).collect();
            let detail = format!(
                "The stack {} reads outputs that are made from its own: by way of {}.",
                self.stacks[from].stack,
                names.join(", ")
            );
            return Err(Diagnostic::error("Cycle of stacks", detail));
        }
        waiting.push((from, to));
        Ok(())
    }
}

fn failed(stack: &str) -> Diagnostic {
    let detail = format!(
        "The stack {stack} could not be planned, so its outputs are not known. What is wrong with it is said there; what depends \
         on it has to wait."
    );
    Diagnostic::error("Outputs of another stack are not known", detail)
}

/// A path from the root, as states are told apart.
#[must_use]
pub fn full(path: &Path) -> PathBuf {
    clean(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

/// The outputs of a stack's root module as they will be when its plan is carried out, without marks: as `terraform_remote_state`
/// will have them.
#[must_use]
pub fn planned_outputs(plan: &Plan) -> OutputValues {
    let before = plan.previous.outputs.iter().map(|(name, output)| (name.clone(), output.value.unmark_deep().0));
    let mut outputs: std::collections::BTreeMap<SmolStr, Value> = before.collect();
    for output in &plan.outputs {
        let after = output.change.after.unmark_deep().0;
        if output.change.action == Action::Delete || after.is_null() {
            outputs.remove(&output.name);
        } else {
            outputs.insert(output.name.clone(), after);
        }
    }
    outputs.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Outputs {
        Outputs::of(["a", "b", "c"].map(|stack| (stack.into(), format!("state/{stack}.tfstate").into())))
    }

    #[test]
    fn stacks_are_known_by_their_states() {
        let outputs = three();
        for (path, stack) in [
            ("state/a.tfstate", Some("a")),
            ("stacks/b/../../state/c.tfstate", Some("c")),
            ("./state/./b.tfstate", Some("b")),
            ("state/d.tfstate", None),
        ] {
            assert_eq!(outputs.stack_of(Path::new(path)).map(SmolStr::as_str), stack, "{path}");
        }
    }

    #[tokio::test]
    async fn readers_wait_for_plans() {
        let outputs = three();
        let (read, ()) = tokio::join!(outputs.read("b", "a"), async {
            tokio::task::yield_now().await;
            outputs.set("a", Some(vec![("x".into(), Value::int(1))]));
        });
        assert_eq!(read.unwrap(), [("x".into(), Value::int(1))]);
        outputs.set("b", None);
        assert_eq!(outputs.read("c", "b").await.unwrap_err().summary, "Outputs of another stack are not known");
    }

    #[tokio::test]
    async fn cycles_are_found() {
        let outputs = three();
        let (a, b, c) = tokio::join!(
            async {
                let read = outputs.read("a", "b").await;
                outputs.set("a", read.as_ref().ok().cloned());
                read
            },
            async {
                let read = outputs.read("b", "c").await;
                outputs.set("b", read.as_ref().ok().cloned());
                read
            },
            async {
                let read = outputs.read("c", "a").await;
                outputs.set("c", read.as_ref().ok().cloned());
                read
            },
        );
        let cycle = c.unwrap_err();
        assert_eq!(cycle.summary, "Cycle of stacks");
        assert_eq!(cycle.detail, "The stack c reads outputs that are made from its own: by way of a, b, c.");
        assert!(a.is_err() && b.is_err());
    }
}
