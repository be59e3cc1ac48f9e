//! Help texts, made from the descriptions of commands and their arguments.

use clap::{Arg, Command};

use crate::views::wrap::wrap;

const WIDTH: usize = 78;

/// What commands there are.
pub(super) fn overview(commands: &Command) -> String {
    let mut out = String::from("Usage: infra [global options] <command> [args]\n\nCommands:\n");
    for command in commands.get_subcommands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        out.push_str(&format!("  {:<12}  {about}\n", command.get_name()));
    }
    out.push_str("\nGlobal options (use these before the command, if any):\n");
    let options = [
        ("-chdir=DIR", "Switch to a different working directory before executing the given command."),
        ("-help", "Show this help output, or the help for a specified command."),
        ("-version", "An alias for the \"version\" command."),
    ];
    entries(&options.map(|(name, text)| (name.to_owned(), text.to_owned())), &mut out);
    out
}

/// The names that lead to a command: `state list`.
fn full_name(command: &Command) -> &str {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    name.strip_prefix("infra ").unwrap_or(name)
}

/// Which commands there are in a group.
pub(super) fn of_group(group: &Command) -> String {
    let mut out = format!("Usage: infra [global options] {} <subcommand> [options] [args]\n\n", full_name(group));
    out.push_str(&description(group));
    out.push_str("\nSubcommands:\n");
    let width = group.get_subcommands().map(|command| command.get_name().len()).max().unwrap_or(0);
    for command in group.get_subcommands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        out.push_str(&format!("  {:<width$}  {about}\n", command.get_name()));
    }
    out
}

/// What a command does, in paragraphs.
fn description(command: &Command) -> String {
    let about = command.get_long_about().or_else(|| command.get_about()).map(ToString::to_string);
    let about = about.unwrap_or_default();
    // The first paragraph is the summary in the overview.
    let body = about.split_once("\n\n").map_or(about.as_str(), |(_, body)| body);
    let lines = wrap(body, WIDTH - 2);
    lines.lines().map(|line| format!("{}\n", format!("  {line}").trim_end())).collect()
}

/// What a command does and which arguments it takes.
pub(super) fn of_command(command: &Command) -> String {
    let (options, positional): (Vec<&Arg>, Vec<&Arg>) = command.get_arguments().partition(|a| a.get_long().is_some());
    let mut out = format!("Usage: infra [global options] {}", full_name(command));
    if !options.is_empty() {
        out.push_str(" [options]");
    }
    for arg in &positional {
        let name = value_name(arg);
        let many = if arg.get_num_args().is_some_and(|n| n.max_values() > 1) { "..." } else { "" };
        out.push_str(&if arg.is_required_set() { format!(" <{name}>{many}") } else { format!(" [{name}{many}]") });
    }
    out.push_str("\n\n");
    out.push_str(&description(command));
    for (title, args) in [("Arguments", positional), ("Options", options)] {
        if !args.is_empty() {
            out.push_str(&format!("\n{title}:\n"));
            let lines: Vec<_> = args.iter().map(|a| (signature(a), sentence(a))).collect();
            entries(&lines, &mut out);
        }
    }
    out
}

/// How an argument is written.
fn signature(arg: &Arg) -> String {
    match arg.get_long() {
        None => value_name(arg),
        // A switch that is on unless it is told otherwise is only ever switched off.
        Some(name) if arg.is_require_equals_set() => {
            let is_on = arg.get_default_values().first().is_some_and(|v| v == "true");
            format!("-{name}{}", if is_on { "=false" } else { "" })
        }
        Some(name) => format!("-{name} {}", value_name(arg)),
    }
}

fn value_name(arg: &Arg) -> String {
    arg.get_value_names().and_then(|names| names.first()).map_or_else(|| arg.get_id().to_string(), ToString::to_string)
}

fn sentence(arg: &Arg) -> String {
    let text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    if text.ends_with(['.', ')']) { text } else { format!("{text}.") }
}

/// Two columns.
fn entries(lines: &[(String, String)], out: &mut String) {
    let column = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0) + 4;
    for (name, text) in lines {
        let mut left = format!("  {name}");
        for line in wrap(text, WIDTH - column).lines() {
            out.push_str(&format!("{left:<column$}{line}\n"));
            left.clear();
        }
    }
}
