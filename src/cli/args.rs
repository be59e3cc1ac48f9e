//! From the words of a command line to the arguments of a command: flags with one dash or two,
//! further arguments from the environment, and what to say if something is wrong.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::config::variables::{VarFlag, VariableInputs};
use crate::lang::functions::parse_duration;
use crate::syntax::Diagnostic;
use crate::syntax::quote::quoted;

/// The spellings of a boolean that flags accept.
///
/// # Errors
/// For any other.
pub fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("parse error".to_owned()),
    }
}

/// A time span as flags give it: `10s`, `1m30s`.
///
/// # Errors
/// For anything else, and for a negative one.
pub fn duration(text: &str) -> Result<Duration, String> {
    let nanoseconds = parse_duration(text).map_err(|_| "parse error".to_owned())?;
    u64::try_from(nanoseconds).map(Duration::from_nanos).map_err(|_| "must not be negative".to_owned())
}

/// A command line taken apart: options for all commands, the command, and its arguments.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// `-chdir`
    pub chdir: Option<PathBuf>,
    /// Help was asked for.
    pub help: bool,
    /// The command and what follows it.
    pub command: Option<(String, Vec<OsString>)>,
}

impl CommandLine {
    /// Takes the words after the program's name apart.
    ///
    /// # Errors
    /// A message, if an option in front of the command can't be used.
    pub fn split(words: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut line = CommandLine::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let text = word.to_string_lossy().into_owned();
            let Some(option) = text.strip_prefix("--").or_else(|| text.strip_prefix('-')) else {
                line.command = Some((text, words.collect()));
                break;
            };
            match option {
                "h" | "help" => line.help = true,
                "v" | "version" => {
                    // The command of that name, which takes no other arguments.
                    let flags = words.filter(|word| word.as_encoded_bytes().starts_with(b"-"));
                    line.command = Some(("version".into(), flags.collect()));
                    break;
                }
                _ => line.chdir = Some(chdir(option, &text)?),
            }
        }
        Ok(line)
    }
}

/// The folder of `-chdir=DIR`, the only option with a value.
fn chdir(option: &str, written: &str) -> Result<PathBuf, String> {
    match option.strip_prefix("chdir") {
        Some("" | "=") => Err("Invalid -chdir option: must include an equals sign followed by a directory path, like \
                               -chdir=example"
            .into()),
        Some(rest) if rest.starts_with('=') => Ok(PathBuf::from(&rest[1..])),
        _ => Err(format!("There is no option {written} in front of a command. See infra -help.")),
    }
}

/// The arguments that `TF_CLI_ARGS_<command>` and `TF_CLI_ARGS` add, in front of those given.
///
/// # Errors
/// A message, if a variable's quotes don't match.
pub fn from_environment(command: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Vec<OsString>, String> {
    let own = format!("TF_CLI_ARGS_{}", command.replace('-', "_"));
    let mut words = Vec::new();
    for name in [own.as_str(), "TF_CLI_ARGS"] {
        let Some(text) = variable(name) else { continue };
        let found = split_words(&text)
            .ok_or_else(|| format!("Error parsing extra CLI args from {name}: invalid command line string"))?;
        words.extend(found.into_iter().map(OsString::from));
    }
    Ok(words)
}

/// Splits a text as a shell would, without expanding anything. `None` if a quote is left open.
fn split_words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '\\' => match chars.next()? {
                            c @ ('"' | '\\' | '$' | '`') => word.push(c),
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

/// Rewrites arguments to what clap takes: two dashes, and a value joined to its flag by an equals
/// sign, so that it can begin with a dash.
#[must_use]
pub fn with_two_dashes(command: &Command, words: Vec<OsString>) -> Vec<OsString> {
    let mut out = Vec::with_capacity(words.len());
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let Some(flag) = flag_of(&word) else {
            let is_end = word == "--";
            out.push(word);
            if is_end {
                out.extend(words);
                break;
            }
            continue;
        };
        let mut joined = OsString::from("--");
        joined.push(flag);
        let takes_value = flag.to_str().and_then(|name| argument(command, name)).is_some_and(wants_value);
        if takes_value && let Some(value) = words.next() {
            joined.push("=");
            joined.push(value);
        }
        out.push(joined);
    }
    out
}

/// A flag without its dashes, with its value if that is joined to it.
fn flag_of(word: &OsStr) -> Option<&OsStr> {
    let text = word.to_str()?;
    let flag = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
    flag.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| OsStr::new(flag))
}

fn argument<'c>(command: &'c Command, name: &str) -> Option<&'c Arg> {
    command.get_arguments().find(|a| a.get_long() == Some(name))
}

/// Whether the next word is a flag's value. It isn't for booleans, whose value must be joined.
fn wants_value(arg: &Arg) -> bool {
    arg.get_action().takes_values() && !arg.is_require_equals_set()
}

/// That there is an argument too many.
#[must_use]
pub fn too_many(argument: &str) -> Diagnostic {
    Diagnostic::error("Too many command line arguments", format!("Unexpected argument {}.", quoted(argument)))
}

/// What is wrong with a command's arguments, in Terraform's words.
#[must_use]
pub fn usage_error(error: &clap::Error) -> Diagnostic {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(s)) => s.clone(),
        Some(ContextValue::Strings(s)) => s.join(" "),
        _ => String::new(),
    };
    let arg = text(ContextKind::InvalidArg);
    let name = arg.trim_start_matches('-').split([' ', '=', '[']).next().unwrap_or_default().to_owned();
    let value = text(ContextKind::InvalidValue);
    let detail = match error.kind() {
        ErrorKind::UnknownArgument if !arg.starts_with('-') => {
            return too_many(&arg);
        }
        ErrorKind::UnknownArgument => format!("flag provided but not defined: -{name}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("flag needs an argument: -{name}"),
        ErrorKind::ValueValidation => format!("invalid boolean value {} for -{name}: parse error", quoted(&value)),
        ErrorKind::InvalidValue => format!("invalid value {} for {arg}", quoted(&value)),
        ErrorKind::ArgumentConflict => format!("flag -{name} can't be used together with the others"),
        ErrorKind::MissingRequiredArgument => format!("missing argument: {arg}"),
        _ => error.kind().to_string(),
    };
    Diagnostic::error("Failed to parse command-line flags", detail)
}

/// `-var` and `-var-file`, in the order in which they were given: of two values for a variable the
/// last counts.
#[derive(Clone, Debug, Default)]
pub struct VariableFlags(pub Vec<VarFlag>);

impl VariableFlags {
    /// These and what the environment says of variables.
    #[must_use]
    pub fn with_environment(&self) -> VariableInputs {
        let text = |s: OsString| s.into_string().ok();
        let env = std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?)));
        VariableInputs {
            flags: self.0.clone(),
            env: env.filter(|(name, _)| name.starts_with("TF_VAR_")).collect(),
            ..VariableInputs::default()
        }
    }
}

impl Args for VariableFlags {
    fn augment_args(command: Command) -> Command {
        let var = Arg::new("var").value_name("'foo=bar'").help(
            "Set a value for one of the input variables in the root module of the configuration. Use this option more \
             than once to set more than one variable",
        );
        let file = Arg::new("var-file").value_name("FILENAME").help(
            "Load variable values from the given file, in addition to the default files terraform.tfvars and \
             *.auto.tfvars. Use this option more than once to include more than one variables file",
        );
        command.args([var, file].map(|arg| {
            let name = arg.get_id().clone();
            arg.long(name).action(ArgAction::Append)
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for VariableFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let of = |id: &str, flag: fn(String) -> VarFlag| {
            let values = matches.get_many::<String>(id).into_iter().flatten();
            let places = matches.indices_of(id).into_iter().flatten();
            places.zip(values.map(|v| flag(v.clone()))).collect::<Vec<_>>()
        };
        let mut flags = of("var", VarFlag::Var);
        flags.extend(of("var-file", VarFlag::VarFile));
        flags.sort_by_key(|(place, _)| *place);
        Ok(VariableFlags(flags.into_iter().map(|(_, flag)| flag).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn command_lines_are_taken_apart() {
        let line = |text: &str| CommandLine::split(words(text));
        let given = line("-chdir=a -help validate -json -chdir=b").unwrap();
        assert_eq!(given.chdir, Some("a".into()));
        assert!(given.help);
        assert_eq!(given.command, Some(("validate".into(), words("-json -chdir=b"))));
        for text in ["--version -json", "-v -json", "-version x -json", "version -json"] {
            assert_eq!(line(text).unwrap().command, Some(("version".into(), words("-json"))), "{text}");
        }
        for wrong in ["-chdir validate", "-chdir= validate", "-x", "-chdirx=a"] {
            assert!(line(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn flags_get_two_dashes() {
        let flag = Arg::new("json").long("json").num_args(0..=1).require_equals(true);
        let command = Command::new("x").arg(flag).arg(Arg::new("var").long("var"));
        for (given, wanted) in [
            ("-json a -json=false --json", "--json a --json=false --json"),
            ("-var a=b -var=c=d --var -x -var -- y", "--var=a=b --var=c=d --var=-x --var=-- y"),
            ("- -5 -.5 -- -json", "- -5 -.5 -- -json"),
            ("-var", "--var"),
        ] {
            assert_eq!(with_two_dashes(&command, words(given)), words(wanted), "{given}");
        }
    }

    #[test]
    fn words_are_split_as_a_shell_does() {
        for (text, wanted) in [
            ("", Some(&[][..])),
            (" a  b\t", Some(&["a", "b"])),
            ("-var 'a=b c' \"x\\\"y\\z\" q\\ r ''", Some(&["-var", "a=b c", "x\"y\\z", "q r", ""])),
            ("a'b'c", Some(&["abc"])),
            ("'a", None),
            ("\"a", None),
            ("a\\", None),
        ] {
            let wanted = wanted.map(|words| words.iter().map(|w| (*w).to_string()).collect::<Vec<_>>());
            assert_eq!(split_words(text), wanted, "{text}");
        }
    }
}
