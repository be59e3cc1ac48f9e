//! `infra init`: everything that other commands need in the working folder.

mod backend;
mod progress;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgAction, Args};

use crate::cli::args::{boolean, duration};
use crate::cli::{Terminal, get};
use crate::config::load::{Loaded, load};
use crate::config::provider_of;
use crate::config::tree::ModuleTree;
use crate::providers as available;
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};
use progress::Progress;

/// Arguments of `init`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct InitArgs {
    /// Leave the backend as it is
    #[arg(long, value_name = "BOOL", default_value = "true", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub backend: bool,

    /// An argument of the backend, as 'name=value', or a file with such lines. Can be used several times
    #[arg(long, value_name = "ARGUMENT", action = ArgAction::Append)]
    pub backend_config: Vec<String>,

    /// Copy existing state to a new backend without asking; implies -migrate-state
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub force_copy: bool,

    /// Copy the module in a local folder to the empty current directory first
    #[arg(long, value_name = "FOLDER")]
    pub from_module: Option<PathBuf>,

    /// Don't note where the modules are
    #[arg(long, value_name = "BOOL", default_value = "true", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub get: bool,

    /// Don't ask: what would have to be asked is an error then
    #[arg(long, value_name = "BOOL", default_value = "true", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub input: bool,

    /// Don't lock the state while it is copied
    #[arg(long, value_name = "BOOL", default_value = "true", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub lock: bool,

    /// How long to try again if somebody else has locked the state
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    pub lock_timeout: Duration,

    /// What may become of the dependency lock file. Providers are built in, so that it is never changed
    #[arg(long, value_name = "MODE", value_parser = ["readonly"])]
    pub lockfile: Option<String>,

    /// Copy existing state when the backend changes
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub migrate_state: bool,

    /// Forget how the backend was configured before
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub reconfigure: bool,

    /// Look for all modules anew
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub upgrade: bool,

    /// A folder with provider plugins. Providers are built in: the folder is not looked at
    #[arg(long, value_name = "FOLDER")]
    pub plugin_dir: Vec<PathBuf>,

    /// Produce output in a machine-readable JSON format
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub json: bool,

    /// If specified, output won't contain any color
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub no_color: bool,
}

const NEXT: &str = "You may now begin working with Infra. Try running \"infra plan\" to see\nany changes that are required \
                    for your infrastructure. All Infra commands\nshould now work.\n\nIf you ever set or change modules or \
                    backend configuration for Infra,\nrerun this command to reinitialize your working directory. If you \
                    forget, other\ncommands will detect it and remind you to do so if necessary.";

const EMPTY: &str = "The directory has no Infra configuration files. You may begin working\nwith Infra immediately by \
                     creating Infra configuration files.";

/// Prepares the current directory. Gives the exit status.
///
/// # Errors
/// When the output can't be written.
pub fn run(args: &InitArgs, terminal: &mut Terminal) -> io::Result<u8> {
    let mut progress = Progress { terminal, json: args.json };
    progress.start()?;
    if let Some(problem) = contradiction(args) {
        return fail(&mut progress, &SourceMap::default(), problem.into());
    }
    if let Some(from) = &args.from_module {
        progress.stage("copying_configuration_message", &format!("Copying configuration from {from:?}..."))?;
        if let Err(problem) = copy_module(from, Path::new(".")) {
            return fail(&mut progress, &SourceMap::default(), problem.into());
        }
    }
    let loaded = load(Path::new("."));
    if loaded.sources.iter().next().is_none() && !loaded.diagnostics.has_errors() {
        let title = "Infra initialized in an empty directory!";
        return success(&mut progress, "output_init_empty_message", title, EMPTY);
    }
    let mut warnings = warnings(args, &loaded);
    match prepare(args, &loaded, &mut progress)? {
        Ok(()) => {
            warnings.extend(loaded.diagnostics.iter().cloned());
            progress.show(&loaded.sources, &warnings)?;
            progress.note("")?;
            success(&mut progress, "output_init_success_message", "Infra has been successfully initialized!", NEXT)
        }
        Err(problems) => {
            warnings.extend(problems);
            fail(&mut progress, &loaded.sources, warnings)
        }
    }
}

/// All stages. The inner result says what is wrong with the configuration or the backend.
fn prepare(args: &InitArgs, loaded: &Loaded, progress: &mut Progress<'_>) -> io::Result<Result<(), Diagnostics>> {
    if args.backend {
        progress.stage("initializing_backend_message", "Initializing the backend...")?;
    }
    // Another version may have nothing against the rest.
    let unmet = loaded.unmet_versions();
    if unmet.has_errors() {
        return Ok(Err(unmet));
    }
    let is_broken = loaded.diagnostics.has_errors();
    let Some(tree) = loaded.tree.as_ref() else { return Ok(Err(broken(loaded))) };
    if is_broken && !get::is_about_modules(Some(tree), &loaded.diagnostics) {
        return Ok(Err(broken(loaded)));
    }
    if args.backend
        && let Err(problems) = backend::run(args, tree, progress)?
    {
        return Ok(Err(problems));
    }
    if args.get && !tree.module.calls.is_empty() {
        let (code, text) = match args.upgrade {
            true => ("upgrading_modules_message", "Upgrading modules..."),
            false => ("initializing_modules_message", "Initializing modules..."),
        };
        progress.stage(code, text)?;
        // With modules missing the notes about others would get lost.
        if is_broken {
            return Ok(Err(loaded.diagnostics.clone()));
        }
        match get::modules(tree, args.upgrade) {
            Ok(found) => {
                for line in found {
                    progress.item(line.trim_start_matches("- "))?;
                }
            }
            Err(problem) => return Ok(Err(problem.into())),
        }
    }
    if is_broken {
        return Ok(Err(loaded.diagnostics.clone()));
    }
    progress.stage("initializing_provider_plugin_message", "Initializing provider plugins...")?;
    providers(tree, progress)
}

/// The configuration must be right as far as it can be told without values.
fn broken(loaded: &Loaded) -> Diagnostics {
    let summary = "Infra encountered problems during initialisation, including problems\nwith the configuration, described \
                   below.\n\nThe Infra configuration must be valid before initialization so that\nInfra can determine which \
                   modules and providers need to be installed.";
    std::iter::once(Diagnostic::error(summary, "")).chain(loaded.diagnostics.iter().cloned()).collect()
}

/// Providers are built in: there is nothing to install, only to tell which.
fn providers(tree: &ModuleTree, progress: &mut Progress<'_>) -> io::Result<Result<(), Diagnostics>> {
    let mut problems = Diagnostics::new();
    for (provider, is_needed) in provider_of::required(tree) {
        let short = provider.strip_prefix("registry.terraform.io/").unwrap_or(&provider);
        if available::is_available(&provider) {
            progress.item(&format!("{short} is built in to Infra"))?;
        } else if is_needed {
            let detail = format!(
                "This configuration requires provider {provider}, which this version of Infra does not have. Providers are \
                 built in to Infra. {}",
                provider_of::what_there_is()
            );
            problems.push(Diagnostic::error("Failed to query available provider packages", detail));
        } else {
            progress.item(&format!("{short} is not built in to Infra, but nothing uses it"))?;
        }
    }
    Ok(if problems.has_errors() { Err(problems) } else { Ok(()) })
}

fn contradiction(args: &InitArgs) -> Option<Diagnostic> {
    if args.json && args.migrate_state {
        let detail = "Terraform cannot ask for interactive approval when -json is set. To use the -migrate-state option, \
                      disable the -json option.";
        return Some(Diagnostic::error("The -migrate-state and -json options are mutually-exclusive", detail));
    }
    (args.reconfigure && (args.migrate_state || args.force_copy)).then(|| {
        let detail = "The -migrate-state and -reconfigure options are mutually-exclusive.";
        Diagnostic::error("Invalid init options", detail)
    })
}

fn warnings(args: &InitArgs, loaded: &Loaded) -> Diagnostics {
    let mut warnings = Diagnostics::new();
    let has_backend = loaded.tree.as_ref().is_some_and(|t| t.module.settings.backend.is_some());
    if args.backend && !args.backend_config.is_empty() && !has_backend {
        let detail = "-backend-config was used without a \"backend\" block in the configuration.\n\nIf you intended to \
                      override the default local backend configuration,\nno action is required, but you may add an explicit \
                      backend block to your\nconfiguration to clear this warning:\n\nterraform {\n  backend \"local\" \
                      {}\n}\n\nHowever, if you intended to override a defined backend, please verify that\nthe backend \
                      configuration is present and valid.";
        warnings.push(Diagnostic::warning("Missing backend configuration", detail));
    }
    if !args.plugin_dir.is_empty() {
        let detail =
            "Providers are built in to Infra: plugins are not looked for, and the folders of -plugin-dir are not used.";
        warnings.push(Diagnostic::warning("Option -plugin-dir has no effect", detail));
    }
    warnings
}

/// Copies a module to an empty folder.
fn copy_module(from: &Path, to: &Path) -> Result<(), Diagnostic> {
    let failed = |error: io::Error| {
        let detail = format!("The module {} can't be copied: {error}.", from.display());
        Diagnostic::error("Failed to copy module", detail)
    };
    if fs::read_dir(to).map_err(failed)?.next().is_some() {
        let detail =
            "The target directory . is not empty, so it cannot be initialized with the -from-module=... option.";
        return Err(Diagnostic::error("Can't populate non-empty directory", detail));
    }
    if !from.is_dir() {
        let detail = format!(
            "There is no folder {from:?}. Infra can copy modules from local folders only: modules elsewhere have to be \
             downloaded first."
        );
        return Err(Diagnostic::error("Failed to copy module", detail));
    }
    copy_folder(from, to).map_err(failed)
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        // What belongs to the other working directory stays there.
        if name.as_encoded_bytes().starts_with(b".terraform") {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn fail(progress: &mut Progress<'_>, sources: &SourceMap, problems: Diagnostics) -> io::Result<u8> {
    progress.show(sources, &problems)?;
    Ok(1)
}

fn success(progress: &mut Progress<'_>, code: &str, title: &str, text: &str) -> io::Result<u8> {
    if !progress.json {
        let title = progress.terminal.style.success(title);
        writeln!(progress.terminal.out, "{title}\n\n{text}")?;
    } else if code == "output_init_empty_message" {
        progress.stage(code, &format!("{title}\n\n{text}"))?;
    } else {
        progress.stage(code, title)?;
        progress.stage("output_init_success_cli_message", text)?;
    }
    Ok(0)
}
