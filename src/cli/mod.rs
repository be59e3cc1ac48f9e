//! Commands: one file each. Here is what they share: which there are, how one is found and run,
//! where output goes.

pub mod apply;
pub mod args;
pub mod backend;
pub mod completion;
pub mod console;
pub mod fmt;
pub mod force_unlock;
pub mod get;
pub mod graph;
mod help;
pub mod import;
pub mod init;
mod interrupts;
pub mod metadata;
pub mod output;
pub mod plan;
pub mod project;
pub mod providers;
mod recovery;
pub mod refresh;
pub mod show;
pub mod stack;
pub mod stacks;
pub mod state;
pub mod taint;
mod terminal;
#[cfg(test)]
mod tests;
pub mod ui;
pub mod validate;
pub mod version;
pub mod workspace;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser};

use smol_str::SmolStr;

use crate::config::project::Project;
use crate::state::ObjectStatus;
use crate::syntax::quote::quoted;
use crate::syntax::suggestion::suggestion;
use crate::syntax::{Diagnostics, SourceMap};
use args::CommandLine;
pub use terminal::Terminal;

/// Infrastructure as code for AWS in Terraform's language.
#[derive(Debug, Parser)]
#[command(name = "infra", disable_help_flag = true, disable_help_subcommand = true, disable_version_flag = true)]
enum Command {
    /// Prepare your working directory for other commands
    ///
    /// Initializes a new or existing working directory: notes where its modules are, and sets up the backend
    /// that keeps its state. This is the first command to be run for a new configuration, and it is always
    /// safe to run it again.
    Init(init::InitArgs),

    /// Check whether the configuration is valid
    ///
    /// Validates the configuration in the current directory, or in the one given, and all modules that it
    /// calls. Only the configuration itself is looked at, no state and no remote service: what is reported
    /// is wrong whatever values variables have.
    ///
    /// Safe to be run automatically, for example after saving a file in an editor, or in CI.
    Validate(validate::ValidateArgs),

    /// Show changes required by the current configuration
    ///
    /// Generates a speculative execution plan, showing what actions would be taken to apply the current
    /// configuration. This command will not actually perform the planned actions.
    ///
    /// You can optionally save the plan to a file, which you can then pass to the "apply" command to perform
    /// exactly the actions described in the plan.
    Plan(plan::PlanArgs),

    /// Create or update infrastructure
    ///
    /// Creates or updates infrastructure according to the configuration in the current directory.
    ///
    /// By default, a new plan is generated and presented for your approval before any action is taken. You
    /// can optionally provide a plan file created by a previous call to "plan", in which case the actions
    /// described in that plan are taken without any confirmation prompt.
    Apply(apply::ApplyArgs),

    /// Destroy previously-created infrastructure
    ///
    /// Destroys all objects managed by this configuration. The same as "apply -destroy".
    Destroy(apply::ApplyArgs),

    /// Update the state to match remote systems
    ///
    /// Reads all objects again and writes what has changed to the state. The same as "apply -refresh-only
    /// -auto-approve": have a look with "plan -refresh-only" first.
    Refresh(refresh::RefreshArgs),

    /// Associate existing infrastructure with a resource
    ///
    /// Imports an object by its id, so that the resource with the given address manages it from now on. The
    /// resource must be in the configuration.
    Import(import::ImportArgs),

    /// Show the current state or a saved plan
    ///
    /// Reads and outputs a state or plan file in a human-readable form. If no path is specified, the current
    /// state will be shown.
    Show(show::ShowArgs),

    /// Try expressions at an interactive command prompt
    ///
    /// Shows the values of expressions, which can refer to everything in the configuration of the current
    /// directory. An expression with open brackets or in a heredoc goes on in the next line. Nothing is
    /// ever changed.
    ///
    /// If standard input is not a terminal, all its expressions are evaluated and the value of the last one
    /// is printed. The first error ends that, with status 1.
    Console(console::ConsoleArgs),

    /// Reformat configuration files in the standard style
    ///
    /// Rewrites configuration files (.tf), variables files (.tfvars) and test files (.tftest.hcl) to the
    /// canonical layout. Files in JSON syntax are not modified.
    ///
    /// Of a directory, by default the current one, all such files are rewritten. If the target is a single
    /// dash, standard input is formatted to standard output.
    Fmt(fmt::FmtArgs),

    /// List the stacks of a project
    ///
    /// Lists the stacks of the project in the current directory: the root modules in its folder "stacks". For each it
    /// shows whose outputs it reads, how many objects it manages, when its state was last written, and where that is.
    Stacks(stacks::StacksArgs),

    /// Show output values of the root module
    ///
    /// Reads output values from the state and prints them: all of them, or one by its name.
    Output(output::OutputArgs),

    /// Advanced state management
    ///
    /// Commands that read and change the state itself, and no real objects. Whatever changes it keeps a backup
    /// first.
    #[command(subcommand)]
    State(state::StateCommand),

    /// Mark a resource instance as not fully functional
    ///
    /// The next plan will replace an instance that is marked as tainted. "infra untaint" removes the mark.
    Taint(taint::TaintArgs),

    /// Remove the 'tainted' state from a resource instance
    ///
    /// Says that an instance is as it should be and need not be replaced.
    Untaint(taint::TaintArgs),

    /// Release a stuck lock on the current workspace
    ///
    /// Removes the lock with the given ID. Locks on states in files end with the process that holds them, and
    /// the next command takes them over: there is hardly ever a need for this.
    ForceUnlock(force_unlock::ForceUnlockArgs),

    /// Workspace management
    ///
    /// Commands on workspaces: several states for one configuration.
    #[command(subcommand)]
    Workspace(workspace::WorkspaceCommand),

    /// Note where the modules of the configuration are
    ///
    /// Finds the modules that the configuration in the current directory calls, and notes where they are.
    /// Modules that come from a registry or from a remote place must have been fetched by Terraform.
    ///
    /// "infra init" does this, too, so that this command is rarely needed.
    Get(get::GetArgs),

    /// Generate a graph of what depends on what
    ///
    /// Prints the resources of the current configuration and what each of them needs, in the DOT language, which
    /// GraphViz and other programs draw, or as a Mermaid flowchart, which many Markdown viewers draw. What
    /// follows from the rest is left out.
    Graph(graph::GraphArgs),

    /// Show the providers required for this configuration
    ///
    /// Prints a tree of modules with the providers that each of them requires, and the versions that it accepts.
    Providers(providers::ProvidersArgs),

    /// Metadata related commands
    ///
    /// "metadata functions -json" prints the signatures of all functions as JSON.
    Metadata(metadata::MetadataArgs),

    /// Show the version
    ///
    /// Displays the version of infra, and the version of Terraform whose language, state and plan formats it
    /// is compatible with.
    Version(version::VersionArgs),

    /// Print a shell's completion script
    ///
    /// For bash, for example: source <(infra completion bash)
    Completion(completion::CompletionArgs),
}

/// Terraform's commands that aren't here yet.
const NOT_YET: [&str; 4] = ["login", "logout", "modules", "test"];

/// Commands that work on one root module, and so not on a project.
const OF_ONE_STACK: [&str; 12] = [
    "init",
    "get",
    "refresh",
    "import",
    "console",
    "state",
    "taint",
    "untaint",
    "force-unlock",
    "workspace",
    "graph",
    "providers",
];

/// Deeply nested configuration takes a deep stack. Only what is used of it takes memory.
const STACK_SIZE: usize = 256 << 20;

/// The status after the reader of our output has gone: that of a program ended by SIGPIPE.
const BROKEN_PIPE: u8 = 141;

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let worker = std::thread::Builder::new().name("main".into()).stack_size(STACK_SIZE).spawn(|| {
        let mut terminal = Terminal::of_process();
        let status = run(std::env::args_os().skip(1), &mut terminal);
        status.and_then(|status| terminal.flush().map(|()| status))
    });
    match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(status))) => ExitCode::from(status),
        Ok(Ok(Err(error))) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(BROKEN_PIPE),
        Ok(Ok(Err(error))) | Err(error) => {
            // Nothing is left to do if that can't be written either.
            drop(writeln!(io::stderr(), "Error: {error}"));
            ExitCode::FAILURE
        }
        // The panic has been printed.
        Ok(Err(_)) => ExitCode::from(101),
    }
}

/// Runs a command and gives its exit status.
fn run(words: impl Iterator<Item = OsString>, terminal: &mut Terminal) -> io::Result<u8> {
    let line = match CommandLine::split(words) {
        Ok(line) => line,
        Err(message) => return terminal.fail(&message),
    };
    if let Some(dir) = &line.chdir
        && let Err(error) = std::env::set_current_dir(dir)
    {
        let reason = error.to_string().to_lowercase();
        let reason = reason.split(" (os error").next().unwrap_or_default();
        return terminal.fail(&format!("Error handling -chdir option: chdir {}: {reason}", dir.display()));
    }
    match line.command {
        Some((name, words)) => dispatch(&name, words, line.help, terminal),
        None => {
            terminal.out.write_all(help::overview(&Command::command()).as_bytes())?;
            Ok(if line.help { 0 } else { 127 })
        }
    }
}

fn dispatch(name: &str, given: Vec<OsString>, help: bool, terminal: &mut Terminal) -> io::Result<u8> {
    let mut commands = Command::command();
    commands.build();
    let Some(command) = commands.find_subcommand(name) else {
        return terminal.fail(&unknown_command(name, &commands));
    };
    let mut given = given;
    let (command, path) = match subcommand(command, &mut given) {
        Ok(found) => found,
        Err(group) => {
            terminal.out.write_all(help::of_group(group).as_bytes())?;
            return Ok(u8::from(!help && !asks_for_help(&given)));
        }
    };
    let name = path.join(" ");
    let mut words = match args::from_environment(&path.join("_"), |name| std::env::var(name).ok()) {
        Ok(words) => words,
        Err(message) => return terminal.fail(&message),
    };
    words.extend(given);
    if help || asks_for_help(&words) {
        terminal.out.write_all(help::of_command(command).as_bytes())?;
        return Ok(0);
    }
    // Every command takes it, also those that have no colours.
    if command.get_arguments().all(|arg| arg.get_long() != Some("no-color")) {
        words.retain(|word| word != "-no-color" && word != "--no-color");
    }
    if let Some(project) = path.first().filter(|name| OF_ONE_STACK.contains(&name.as_str())).and_then(|_| here()) {
        return terminal.fail(&of_one_stack(&name, &project));
    }
    let words = args::with_two_dashes(command, words);
    let line = std::iter::once("infra").chain(path.iter().map(String::as_str)).map(OsString::from).chain(words);
    let matches = match commands.try_get_matches_from(line) {
        Ok(matches) => matches,
        Err(error) => return usage_error(&name, &error, terminal),
    };
    let mut innermost = &matches;
    while let Some((_, inner)) = innermost.subcommand() {
        innermost = inner;
    }
    if innermost.try_get_one::<bool>("no_color").ok().flatten() == Some(&true) {
        terminal.without_color();
    }
    match Command::from_arg_matches(&matches) {
        Ok(command) => command.run(terminal),
        Err(error) => usage_error(&name, &error, terminal),
    }
}

/// The project in the working directory.
fn here() -> Option<Project> {
    Project::in_folder(Path::new(""))
}

fn of_one_stack(command: &str, project: &Project) -> String {
    if matches!(command, "init" | "get") {
        return "The stacks of a project need no preparation: \"infra plan\" can be run at once. To prepare one for Terraform, use \
                \"terraform -chdir=stacks/NAME init\"."
            .into();
    }
    let stack = project.stacks.first().map_or("NAME", SmolStr::as_str);
    format!(
        "This folder is a project with several stacks, and \"infra {command}\" works on one: run \"infra -chdir=stacks/{stack} \
         {command}\"."
    )
}

/// The command that words begin to name, and its names from the outside in. The words that name it are taken
/// away. If they don't lead to one, the group of commands at which they end.
fn subcommand<'c>(
    mut command: &'c clap::Command,
    words: &mut Vec<OsString>,
) -> Result<(&'c clap::Command, Vec<String>), &'c clap::Command> {
    let mut path = vec![command.get_name().to_owned()];
    while command.has_subcommands() {
        let inner = words.first().and_then(|word| command.find_subcommand(word));
        if inner.is_none() && !command.is_subcommand_required_set() {
            break;
        }
        command = inner.ok_or(command)?;
        path.push(command.get_name().to_owned());
        words.remove(0);
    }
    Ok((command, path))
}

impl Command {
    fn run(self, terminal: &mut Terminal) -> io::Result<u8> {
        match self {
            Command::Init(args) => init::run(&args, terminal),
            Command::Get(args) => get::run(&args, terminal),
            Command::Validate(args) => validate::run(&args, terminal),
            Command::Plan(args) => plan::run(&args, terminal),
            Command::Apply(args) => apply::run(&args, terminal),
            Command::Destroy(mut args) => {
                args.flags.destroy = true;
                args.is_destroy = true;
                apply::run(&args, terminal)
            }
            Command::Refresh(args) => refresh::run(&args, terminal),
            Command::Import(args) => import::run(&args, terminal),
            Command::Show(args) => show::run(&args, terminal),
            Command::Console(args) => console::run(&args, terminal),
            Command::Fmt(args) => {
                let Terminal { out, err, style, .. } = terminal;
                let mut failed = Ok(());
                let mut show = |sources: &SourceMap, diagnostics: &Diagnostics| {
                    failed = terminal::show(sources, diagnostics, *style, &mut *err, None);
                };
                let status = fmt::run(&args, &mut io::stdin().lock(), out, &mut show)?;
                failed.map(|()| status)
            }
            Command::Stacks(args) => stacks::run(&args, terminal),
            Command::Output(args) => output::run(&args, terminal),
            Command::State(command) => command.run(terminal),
            Command::Taint(args) => taint::run(&args, ObjectStatus::Tainted, terminal),
            Command::Untaint(args) => taint::run(&args, ObjectStatus::Ready, terminal),
            Command::ForceUnlock(args) => force_unlock::run(&args, terminal),
            Command::Workspace(command) => command.run(terminal),
            Command::Graph(args) => graph::run(&args, terminal),
            Command::Providers(args) => providers::run(&args, terminal),
            Command::Metadata(args) => metadata::run(&args, terminal),
            Command::Version(args) => version::run(&args, terminal),
            Command::Completion(args) => completion::run(&args, &mut Command::command(), terminal),
        }
    }
}

fn asks_for_help(words: &[OsString]) -> bool {
    let options = words.iter().take_while(|w| *w != "--");
    options.into_iter().any(|w| w == "-help" || w == "--help" || w == "-h")
}

fn unknown_command(name: &str, commands: &clap::Command) -> String {
    let more = if NOT_YET.contains(&name) {
        " Terraform has one, but this version of Infra doesn't yet.".to_owned()
    } else {
        let names = commands.get_subcommands().map(clap::Command::get_name);
        suggestion(name, names).map_or_else(String::new, |similar| format!(" Did you mean {}?", quoted(similar)))
    };
    let name = quoted(name);
    format!("Infra has no command named {name}.{more}\n\nTo see all of Infra's commands, run:\n  infra -help\n")
}

fn usage_error(name: &str, error: &clap::Error, terminal: &mut Terminal) -> io::Result<u8> {
    terminal.show(&SourceMap::default(), &args::usage_error(error).into())?;
    terminal.fail(&format!("\nFor more help on using this command, run:\n  infra {name} -help"))
}

/// The name of the workspace that is selected in a root module's folder.
fn workspace_of(folder: &Path) -> String {
    if let Some(name) = std::env::var("TF_WORKSPACE").ok().filter(|name| !name.is_empty()) {
        return name;
    }
    let selected = std::fs::read_to_string(data_dir_of(folder).join("environment")).unwrap_or_default();
    match selected.trim() {
        "" => "default".into(),
        name => name.into(),
    }
}

/// The workspace that is selected in the working directory.
fn workspace() -> String {
    workspace_of(Path::new(""))
}

/// The folder for what belongs to a root module's folder but not to the configuration.
fn data_dir_of(folder: &Path) -> PathBuf {
    let given = std::env::var_os("TF_DATA_DIR").filter(|dir| !dir.is_empty());
    folder.join(given.map_or_else(|| Path::new(".terraform").to_owned(), PathBuf::from))
}

/// That of the working directory.
fn data_dir() -> PathBuf {
    data_dir_of(Path::new(""))
}
