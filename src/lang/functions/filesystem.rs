//! Files and their paths.

use smol_str::SmolStr;

use super::base64::encode;
use super::quote::quoted_unless_marked;
use super::{Function, FunctionError, Parameter, Returns, Want};
use super::{glob, paths};
use crate::lang::host::FileKind;
use crate::lang::{Host, HostError, Marks, Type, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "abspath",
        "The absolute path of a path, which need not exist.",
        &[Parameter::new("path", Want::String)],
        Returns::Type(Want::String),
        abspath,
    ),
    Function::new(
        "basename",
        "The last part of a path.",
        &[Parameter::new("path", Want::String)],
        Returns::Type(Want::String),
        |args, _| Ok(Value::from(paths::base(text(args, 0)))),
    ),
    Function::new(
        "dirname",
        "A path without its last part.",
        &[Parameter::new("path", Want::String)],
        Returns::Type(Want::String),
        |args, _| Ok(Value::from(paths::folder(text(args, 0)))),
    ),
    Function::new(
        "file",
        "The content of a file, which must be text in UTF-8.",
        &[Parameter::new("path", Want::String).marked()],
        Returns::Type(Want::String),
        file,
    ),
    Function::new(
        "filebase64",
        "The content of a file, in Base64.",
        &[Parameter::new("path", Want::String).marked()],
        Returns::Type(Want::String),
        filebase64,
    ),
    Function::new(
        "fileexists",
        "Whether there is a file of a path.",
        &[Parameter::new("path", Want::String).marked()],
        Returns::Type(Want::Bool),
        fileexists,
    ),
    Function::new(
        "fileset",
        "The paths of all files in a folder that match a pattern, relative to the folder.",
        &[Parameter::new("path", Want::String).marked(), Parameter::new("pattern", Want::String).marked()],
        Returns::Type(Want::SetOfString),
        fileset,
    ),
    Function::new(
        "pathexpand",
        "A path with the user's home folder for a leading `~`.",
        &[Parameter::new("path", Want::String)],
        Returns::Type(Want::String),
        |args, host| expand_home(text(args, 0), host).map(Value::from),
    ),
];

fn text(args: &[Value], i: usize) -> &str {
    args.get(i).and_then(Value::as_str).map(SmolStr::as_str).unwrap_or_default()
}

fn all_marks(args: &[Value]) -> Marks {
    args.iter().fold(Marks::NONE, |marks, arg| marks | arg.marks())
}

fn expand_home(path: &str, host: &dyn Host) -> Result<String, FunctionError> {
    match path.strip_prefix('~') {
        None => Ok(path.to_string()),
        Some(rest) if rest.is_empty() || rest.starts_with(['/', '\\']) => {
            let home = host.home().map_err(|e| FunctionError::new(e.to_string()))?;
            Ok(paths::join(&home, rest))
        }
        Some(_) => Err(FunctionError::new("cannot expand user-specific home dir")),
    }
}

/// The path that the host is asked for: with the home folder put in, and cleaned.
pub(super) fn host_path(path: &str, host: &dyn Host) -> Result<String, FunctionError> {
    let expanded =
        expand_home(path, host).map_err(|e| FunctionError::new(format!("failed to expand ~: {}", e.message)))?;
    Ok(paths::clean(&expanded))
}

fn abspath(args: &[Value], host: &dyn Host) -> Result<Value, FunctionError> {
    let path = text(args, 0);
    if path.starts_with('/') {
        return Ok(Value::from(paths::clean(path)));
    }
    let folder = host.working_folder().map_err(|e| FunctionError::new(e.to_string()))?;
    Ok(Value::from(paths::join(&folder, path)))
}

/// Reads the file that the first argument names.
///
/// # Errors
/// When there is none or it can't be read; the first argument is to blame.
pub(super) fn read(path: &str, marks: Marks, host: &dyn Host) -> Result<Vec<u8>, FunctionError> {
    let cleaned = host_path(path, host).map_err(|e| FunctionError::argument(0, e.message))?;
    host.read(&cleaned).map_err(|e| {
        let message = match e {
            HostError::NotFound => format!(
                "no file exists at {}; this function works only with files that are distributed as part of the \
                 configuration source code, so if this file will be created by a resource in this configuration you \
                 must instead obtain this result from an attribute of that resource",
                quoted_unless_marked(path, marks)
            ),
            HostError::Open(reason) => format!("open {cleaned}: {reason}"),
            HostError::Read(reason) => format!("failed to read file: read {cleaned}: {reason}"),
        };
        FunctionError::argument(0, message)
    })
}

fn file(args: &[Value], host: &dyn Host) -> Result<Value, FunctionError> {
    let (path, marks) = (text(args, 0), all_marks(args));
    let content = String::from_utf8(read(path, marks, host)?).map_err(|_| {
        FunctionError::new(format!(
            "contents of {} are not valid UTF-8; use the filebase64 function to obtain the Base64 encoded contents or \
             the other file functions (e.g. filemd5, filesha256) to obtain file hashing results instead",
            quoted_unless_marked(path, marks)
        ))
    })?;
    Ok(Value::from(content).with_marks(marks))
}

fn filebase64(args: &[Value], host: &dyn Host) -> Result<Value, FunctionError> {
    let marks = all_marks(args);
    Ok(Value::from(encode(read(text(args, 0), marks, host)?)).with_marks(marks))
}

fn fileexists(args: &[Value], host: &dyn Host) -> Result<Value, FunctionError> {
    let marks = all_marks(args);
    let path = host_path(text(args, 0), host)?;
    let shown = quoted_unless_marked(&path, marks);
    let what = match host.kind(&path) {
        Ok(FileKind::Regular) => return Ok(Value::from(true).with_marks(marks)),
        Err(HostError::NotFound) => return Ok(Value::from(false).with_marks(marks)),
        Err(_) => return Err(FunctionError::new(format!("failed to stat {shown}"))),
        Ok(FileKind::Folder) => "a directory, not a file",
        Ok(FileKind::Device) => "a device node, not a regular file",
        Ok(FileKind::Pipe) => "a named pipe, not a regular file",
        Ok(FileKind::Socket) => "a unix domain socket, not a regular file",
        Ok(FileKind::Other) => "not a regular file",
    };
    Err(FunctionError::new(format!("{shown} is {what}")))
}

fn fileset(args: &[Value], host: &dyn Host) -> Result<Value, FunctionError> {
    let marks = all_marks(args);
    // A path is a part of the pattern: Terraform doesn't escape it, and doesn't insist on a home.
    let folder = paths::clean(&expand_home(text(args, 0), host).unwrap_or_else(|_| text(args, 0).to_string()));
    let pattern = paths::join(&folder, text(args, 1));
    let found = glob::find(&pattern, host).map_err(|e| {
        let shown = quoted_unless_marked(&pattern, marks);
        FunctionError::new(format!("failed to glob pattern {shown}: {e}"))
    })?;
    let mut files = Vec::new();
    for path in found {
        let kind = host.kind(&path).map_err(|e| {
            let shown = quoted_unless_marked(&path, marks);
            FunctionError::new(format!("failed to stat {shown}: stat {path}: {e}"))
        })?;
        if kind != FileKind::Regular {
            continue;
        }
        let relative = paths::relative(&folder, &path).ok_or_else(|| {
            let shown = quoted_unless_marked(&path, marks);
            FunctionError::new(format!("failed to trim path of match {shown}"))
        })?;
        files.push(Value::from(relative));
    }
    Ok(Value::set(Type::String, files).with_marks(marks))
}

#[cfg(test)]
mod tests;
