//! The files of a module.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use crate::config::decode::{FileBlocks, decode_file};
use crate::config::encoding::register;
use crate::config::files::{Files, clean, is_configuration};
use crate::syntax::body::ConfigBody;
use crate::syntax::parse::parse_body;
use crate::syntax::{Diagnostic, Diagnostics, FileId, SourceFile, SourceMap, json};

/// What a file says, and whether it overrides others.
pub(super) struct ReadFile {
    pub blocks: FileBlocks,
    pub overriding: bool,
    pub diagnostics: Diagnostics,
}

/// Below this many bytes, starting a thread takes longer than reading them.
const WORTH_A_THREAD: usize = 64 * 1024;

/// Reads the files of a module; `None` if the folder can't be read.
pub(super) fn read_module(dir: &Path, from: &dyn Files, sources: &mut SourceMap) -> Option<Vec<ReadFile>> {
    let mut files = Vec::new();
    let mut read = Vec::new();
    for name in file_names(dir, from)? {
        let path = clean(&dir.join(&name));
        let shown = from.shown(&path);
        match from.read(&path) {
            Ok(bytes) => match text(sources, &shown, &name, &bytes) {
                Ok(text) => files.push(text),
                Err(problem) => read.push(unusable(problem, is_override(&name))),
            },
            Err(_) => {
                let detail = format!("The file {shown:?} could not be read.");
                read.push(unusable(Diagnostic::error("Failed to read file", detail), is_override(&name)));
            }
        }
    }
    read.extend(decode_all(files));
    Some(read)
}

/// A file to decode.
struct Text {
    id: FileId,
    source: SourceFile,
    json: bool,
    overriding: bool,
}

fn text(sources: &mut SourceMap, shown: &str, name: &str, bytes: &[u8]) -> Result<Text, Diagnostic> {
    let (id, source) = register(shown, bytes, sources)?;
    Ok(Text { id, source, json: name.ends_with(".json"), overriding: is_override(name) })
}

/// A file that says nothing but what is wrong with it.
fn unusable(problem: Diagnostic, overriding: bool) -> ReadFile {
    ReadFile { blocks: FileBlocks::default(), overriding, diagnostics: problem.into() }
}

/// Decodes files, several at a time if they are large.
fn decode_all(files: Vec<Text>) -> Vec<ReadFile> {
    let bytes: usize = files.iter().map(|f| f.source.text.len()).sum();
    let threads =
        thread::available_parallelism().map_or(1, usize::from).min(files.len()).min(1 + bytes / WORTH_A_THREAD);
    if threads < 2 {
        return files.into_iter().map(decode).collect();
    }
    let share = bytes.div_ceil(threads);
    let mut shares: Vec<Vec<Text>> = Vec::new();
    let mut filled = share;
    for file in files {
        if filled >= share {
            shares.push(Vec::new());
            filled = 0;
        }
        filled += file.source.text.len();
        if let Some(last) = shares.last_mut() {
            last.push(file);
        }
    }
    thread::scope(|scope| {
        let work = |files: Vec<Text>| move || files.into_iter().map(decode).collect::<Vec<_>>();
        let running: Vec<_> = shares.into_iter().map(|files| scope.spawn(work(files))).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, Vec<ReadFile>>| match thread.join() {
            Ok(files) => files,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        running.into_iter().flat_map(join).collect()
    })
}

fn decode(file: Text) -> ReadFile {
    let Text { id, source, json, overriding } = file;
    let (body, mut diagnostics) = if json {
        let (document, problems) = json::parse(id, &source);
        (ConfigBody::from_json(&document), problems)
    } else {
        let (body, problems) = parse_body(id, &source.text);
        (ConfigBody::from_native(id, Arc::new(body)), problems)
    };
    let (blocks, problems) = decode_file(&source, id, &body, json, overriding);
    diagnostics.extend(problems);
    ReadFile { blocks, overriding, diagnostics }
}

/// The names of a folder's configuration files, sorted; override files last.
fn file_names(dir: &Path, from: &dyn Files) -> Option<Vec<String>> {
    let mut names = from.names(dir)?;
    names.retain(|name| is_configuration(name));
    names.sort_by(|a, b| (is_override(a), a).cmp(&(is_override(b), b)));
    Some(names)
}

/// `override.tf`, `x_override.tf.json`
fn is_override(name: &str) -> bool {
    let stem = name.strip_suffix(".json").unwrap_or(name);
    let stem = stem.strip_suffix(".tf").unwrap_or(stem);
    stem == "override" || stem.ends_with("_override")
}
