//! What happens at Ctrl-C, and when the process is asked to end otherwise. Before anything is begun the lock on
//! the state is released and the process ends, whatever it is at: planning, waiting for the lock or for an answer. An
//! apply is told instead, and ends in its own way.

use std::io::{self, Write};
use std::sync::{Mutex, Once, PoisonError};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::graph::walk::Interrupt;
use crate::state::Release;

/// What an interrupt means now.
enum Meaning {
    /// Locks are released, the text is said, and the process ends.
    End(Vec<Release>, &'static str),
    /// An apply is told, and what that means is said.
    Tell(watch::Sender<Interrupt>, Box<dyn Fn(&str) + Send>),
}

// Signals are the process's, and so is what they mean.
static MEANING: Mutex<Meaning> = Mutex::new(Meaning::End(Vec::new(), ""));
static LISTENING: Once = Once::new();

const FIRST: &str = "\nInterrupt received. What has begun comes to its end, and nothing new is started.\nInterrupt again to \
                     stop at once.";
const SECOND: &str = "\nTwo interrupts received. Stopping now: what was going on is in the journal, and the next command \
                      settles it.";

/// From now on an interrupt releases this lock, beside others that it releases already, says the text and ends the
/// process.
pub fn end(release: Release, text: &'static str) {
    let mut meaning = MEANING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut releases = match &mut *meaning {
        Meaning::End(releases, _) => std::mem::take(releases),
        Meaning::Tell(..) => Vec::new(),
    };
    releases.push(release);
    *meaning = Meaning::End(releases, text);
    drop(meaning);
    // Without threads an interrupt ends the process as it does by itself.
    LISTENING.call_once(|| drop(std::thread::Builder::new().name("interrupts".into()).spawn(listen)));
}

/// From now on an interrupt is told to an apply.
pub fn tell(say: impl Fn(&str) + Send + 'static) -> watch::Receiver<Interrupt> {
    let (sender, receiver) = watch::channel(Interrupt::None);
    *MEANING.lock().unwrap_or_else(PoisonError::into_inner) = Meaning::Tell(sender, Box::new(say));
    receiver
}

fn listen() {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
    runtime.block_on(async {
        let (Ok(mut pressed), Ok(mut ended)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return;
        };
        loop {
            tokio::select! {
                _ = pressed.recv() => {}
                _ = ended.recv() => {}
            }
            interrupted();
        }
    });
}

fn interrupted() {
    match &*MEANING.lock().unwrap_or_else(PoisonError::into_inner) {
        Meaning::Tell(sender, say) => {
            let (next, text) = match *sender.borrow() {
                Interrupt::None => (Interrupt::Finish, FIRST),
                Interrupt::Finish => (Interrupt::Stop, SECOND),
                Interrupt::Stop => return,
            };
            say(text);
            sender.send_replace(next);
        }
        Meaning::End(releases, text) => {
            // Whoever writes a state at this moment comes to its end; nobody begins.
            let _held: Vec<_> = releases.iter().map(Release::give_up).collect();
            let _ = writeln!(io::stderr(), "\n{text}");
            exit();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the main thread may be waiting for something that never comes")]
fn exit() -> ! {
    std::process::exit(1)
}
