//! `infra fmt`: rewrites configuration files to the canonical layout.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use clap::{ArgAction, Args};
use similar::TextDiff;

use crate::cli::args::boolean;
use crate::syntax::format::format;
use crate::syntax::grammar::check_body;
use crate::syntax::{Diagnostic, Diagnostics, SourceMap, Span};

/// What the names of files to format end with.
const SUFFIXES: [&str; 4] = [".tf", ".tfvars", ".tftest.hcl", ".tfmock.hcl"];

/// Arguments of `fmt`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct FmtArgs {
    /// List files whose formatting differs (always disabled if using STDIN)
    #[arg(long, value_name = "BOOL", default_value = "true", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub list: bool,

    /// Write to source files (always disabled if using STDIN or -check)
    #[arg(long, value_name = "BOOL", default_value = "true", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub write: bool,

    /// Display diffs of formatting changes
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub diff: bool,

    /// Check if the input is formatted. Exit status will be 0 if all input is properly formatted
    /// and non-zero otherwise
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub check: bool,

    /// If specified, output won't contain any color
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub no_color: bool,

    /// Also process files in subdirectories. By default, only the given directory (or current
    /// directory) is processed
    #[arg(long, value_name = "BOOL", default_value = "false", default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = ArgAction::Set, value_parser = boolean)]
    pub recursive: bool,

    /// Files, or directories whose configuration files are meant; `-` alone is STDIN. By default
    /// the current directory
    #[arg(value_name = "TARGET")]
    pub targets: Vec<PathBuf>,
}

/// Formats the targets. Lists and diffs go to `output`, diagnostics to `show` when all is done.
///
/// Gives the exit status: 0, 2 if there were errors, or with `check` 3 if something wasn't
/// formatted.
///
/// # Errors
///
/// When `output` can't be written to.
pub fn run(
    args: &FmtArgs,
    input: &mut dyn Read,
    output: &mut dyn Write,
    show: &mut dyn FnMut(&SourceMap, &Diagnostics),
) -> io::Result<u8> {
    let from_input = args.targets.first().is_some_and(|target| target.as_os_str() == "-");
    let list = args.list && !from_input;
    let mut differing = Vec::new();
    let mut formatter = Formatter {
        list: list || args.check,
        write: args.write && !args.check && !from_input,
        diff: args.diff,
        recursive: args.recursive,
        // With errors there, a check says nothing else.
        output: if args.check { &mut differing } else { &mut *output },
        sources: SourceMap::default(),
        diagnostics: Diagnostics::new(),
    };
    if from_input {
        formatter.contents(Path::new("<stdin>"), input)?;
    } else if args.targets.is_empty() {
        formatter.directory(Path::new("."))?;
    } else {
        formatter.targets(&args.targets)?;
    }
    let Formatter { sources, diagnostics, .. } = formatter;
    if !diagnostics.is_empty() {
        show(&sources, &diagnostics);
    }
    if diagnostics.has_errors() {
        return Ok(2);
    }
    if list {
        output.write_all(&differing)?;
    }
    Ok(if differing.is_empty() { 0 } else { 3 })
}

/// One run over all targets.
struct Formatter<'o> {
    list: bool,
    write: bool,
    diff: bool,
    recursive: bool,
    output: &'o mut dyn Write,
    sources: SourceMap,
    diagnostics: Diagnostics,
}

impl Formatter<'_> {
    fn targets(&mut self, targets: &[PathBuf]) -> io::Result<()> {
        for target in targets {
            let path = from_working_directory(target);
            match fs::metadata(&path) {
                Err(_) => {
                    self.error(format!("No file or directory at {}", path.display()));
                    return Ok(());
                }
                Ok(metadata) if metadata.is_dir() => self.directory(&path)?,
                Ok(_) if is_configuration(path.as_os_str()) => self.file(&path)?,
                Ok(_) => {
                    self.error(
                        "Only .tf, .tfvars, and .tftest.hcl files can be processed with terraform fmt".to_owned(),
                    );
                }
            }
        }
        Ok(())
    }

    /// The files of a directory, and with `recursive` of its subdirectories, in the order of names.
    fn directory(&mut self, directory: &Path) -> io::Result<()> {
        let entries: io::Result<Vec<_>> = fs::read_dir(directory).and_then(Iterator::collect);
        let Ok(mut entries) = entries else {
            self.error(format!("Cannot read directory {}", directory.display()));
            return Ok(());
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            if is_ignored(&name) {
                continue;
            }
            let path = if directory == Path::new(".") { PathBuf::from(&name) } else { directory.join(&name) };
            // Not of what a symbolic link leads to: linked directories are not entered.
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_directory && self.recursive {
                self.directory(&path)?;
            } else if !is_directory && is_configuration(&name) {
                self.file(&path)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> io::Result<()> {
        match File::open(path) {
            Ok(mut file) => self.contents(path, &mut file),
            Err(_) => {
                self.error(format!("Failed to read file {}", path.display()));
                Ok(())
            }
        }
    }

    /// Formats what `reader` gives, known as `path`.
    fn contents(&mut self, path: &Path, reader: &mut dyn Read) -> io::Result<()> {
        let name = path.display().to_string();
        let mut bytes = Vec::new();
        if reader.read_to_end(&mut bytes).is_err() {
            self.error(format!("Failed to read {name}"));
            return Ok(());
        }
        let Some(text) = self.checked(&name, bytes) else {
            return Ok(());
        };
        let formatted = format(&text);
        if formatted != text {
            if self.list {
                self.print(&name)?;
            }
            if self.write && replace(path, &formatted).is_err() {
                self.error(format!("Failed to write {name}"));
                return Ok(());
            }
            if self.diff {
                self.print(&unified_diff(&text, &formatted, &name))?;
            }
        }
        if !self.list && !self.write && !self.diff {
            self.print(&formatted)?;
        }
        Ok(())
    }

    /// The text of a file if its syntax is right; diagnostics otherwise.
    fn checked(&mut self, name: &str, bytes: Vec<u8>) -> Option<String> {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let file = self.sources.add(name, text);
                let diagnostic = Diagnostic::error(
                    "Invalid character encoding",
                    "All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is selected in your editor.",
                );
                let replaced = char::REPLACEMENT_CHARACTER.len_utf8();
                self.diagnostics.push(diagnostic.at(Span::new(file, valid, valid + replaced)));
                return None;
            }
        };
        let file = self.sources.add(name, text.as_str());
        let diagnostics = check_body(file, &text).diagnostics;
        let wrong = diagnostics.has_errors();
        self.diagnostics.extend(diagnostics);
        (!wrong).then_some(text)
    }

    /// Prints a text and, if it doesn't end with one, a newline.
    fn print(&mut self, text: &str) -> io::Result<()> {
        self.output.write_all(text.as_bytes())?;
        if text.ends_with('\n') { Ok(()) } else { self.output.write_all(b"\n") }
    }

    fn error(&mut self, summary: String) {
        self.diagnostics.push(Diagnostic::error(summary, ""));
    }
}

/// Whether the name is of a file to format.
fn is_configuration(name: &OsStr) -> bool {
    SUFFIXES.iter().any(|suffix| name.as_encoded_bytes().ends_with(suffix.as_bytes()))
}

/// Whether the name is of a hidden file or of an editor's.
fn is_ignored(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".") || name.ends_with(b"~") || (name.starts_with(b"#") && name.ends_with(b"#"))
}

/// The path from the working directory, without superfluous steps.
fn from_working_directory(path: &Path) -> PathBuf {
    let Ok(working) = std::env::current_dir() else {
        return path.to_owned();
    };
    let mut wanted = PathBuf::new();
    for component in working.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                wanted.pop();
            }
            other => wanted.push(other),
        }
    }
    let common = working.ancestors().find(|ancestor| wanted.starts_with(ancestor)).unwrap_or(Path::new(""));
    let up = working.strip_prefix(common).map_or(0, |rest| rest.components().count());
    let down = wanted.strip_prefix(common).unwrap_or(&wanted);
    let relative: PathBuf = std::iter::repeat_n(Path::new(".."), up).chain([down]).collect();
    if relative.as_os_str().is_empty() { PathBuf::from(".") } else { relative }
}

/// Puts a text in the place of a file's, at once; the permissions stay.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let target = fs::canonicalize(path)?;
    let mut temporary = tempfile::NamedTempFile::new_in(target.parent().unwrap_or(Path::new("/")))?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().set_permissions(fs::metadata(&target)?.permissions())?;
    temporary.persist(&target)?;
    Ok(())
}

/// What `diff -u` prints.
fn unified_diff(old: &str, new: &str, name: &str) -> String {
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let diff = TextDiff::configure().newline_terminated(true).diff_slices(&old, &new);
    diff.unified_diff().header(&format!("old/{name}"), &format!("new/{name}")).to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        fmt: FmtArgs,
    }

    /// Runs with these arguments; gives the exit status, the output, and the summaries of diagnostics.
    fn fmt(args: &[&str], input: &str) -> (u8, String, Vec<String>) {
        let command = Command::parse_from([&["fmt"], args].concat());
        let (mut output, mut summaries) = (Vec::new(), Vec::new());
        let status = run(&command.fmt, &mut input.as_bytes(), &mut output, &mut |_, diagnostics| {
            summaries.extend(diagnostics.iter().map(|d| d.summary.clone()));
        });
        (status.unwrap(), String::from_utf8(output).unwrap(), summaries)
    }

    #[test]
    fn standard_input() {
        for (args, input, status, output) in [
            (&["-"][..], "a=1", 0, "a = 1\n"),
            (&["-"], "", 0, "\n"),
            (&["--check", "-"], "a=1\n", 3, ""),
            (&["--check=1", "-"], "a = 1\n", 0, ""),
            (&["--check", "--check=false", "-"], "a=1\n", 0, "a = 1\n"),
            (&["--diff", "--check", "-"], "a=1\n", 3, ""),
            (&["--diff", "-"], "a = 1\n", 0, ""),
            (&["--diff", "-"], "a=1\n", 0, "--- old/<stdin>\n+++ new/<stdin>\n@@ -1 +1 @@\n-a=1\n+a = 1\n"),
        ] {
            assert_eq!(fmt(args, input), (status, output.to_owned(), vec![]), "{args:?} {input:?}");
        }
        assert_eq!(fmt(&["-"], "a=\n").0, 2);
        assert!(Command::try_parse_from(["fmt", "--list=foo"]).is_err());
    }

    #[test]
    fn files() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let ignored = [".h.tf", "a.tf~", "#a.tf#", "a.hcl", "a.tf.json", "sub/.x/a.tf"];
        let formatted = ["a.tf", "b.tfvars", "c.tftest.hcl", "d.tfmock.hcl", "sub/e.tf"];
        fs::create_dir_all(path("sub/.x")).unwrap();
        for name in ignored.iter().chain(&formatted) {
            fs::write(path(name), "a=1\n").unwrap();
        }
        let target = folder.path().to_str().unwrap();
        let names = |output: &str| {
            let shown = from_working_directory(folder.path());
            output.lines().map(|l| Path::new(l).strip_prefix(&shown).unwrap().to_owned()).collect::<Vec<_>>()
        };
        let (status, output, _) = fmt(&["--check", target], "");
        assert_eq!((status, names(&output)), (3, formatted[..4].iter().map(PathBuf::from).collect()));
        let (status, output, _) = fmt(&["--recursive", target], "");
        assert_eq!((status, names(&output)), (0, formatted.iter().map(PathBuf::from).collect()));
        for (names, wanted) in [(&ignored[..], "a=1\n"), (&formatted[..], "a = 1\n")] {
            for name in names {
                assert_eq!(fs::read_to_string(path(name)).unwrap(), wanted, "{name}");
            }
        }
    }

    #[test]
    fn what_can_not_be_formatted_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in [("bad.tf", &b"a=1\nb"[..]), ("bytes.tf", b"a=\"\xff\"\n"), ("good.tf", b"a=1\n")] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let (status, output, summaries) = fmt(&[folder.path().to_str().unwrap(), "no/such"], "");
        assert_eq!((status, output.lines().count()), (2, 1));
        assert_eq!(
            summaries,
            ["Argument or block definition required", "Invalid character encoding", "No file or directory at no/such"]
        );
        assert_eq!(fs::read(folder.path().join("bad.tf")).unwrap(), b"a=1\nb");
    }

    #[test]
    fn paths_are_shown_without_detours() {
        for (given, shown) in [(".", "."), ("", "."), ("./a/../b/", "b"), ("..", ".."), ("../x", "../x")] {
            assert_eq!(from_working_directory(Path::new(given)), Path::new(shown), "{given}");
        }
        assert_eq!(from_working_directory(&std::env::current_dir().unwrap().join("a")), Path::new("a"));
    }
}
