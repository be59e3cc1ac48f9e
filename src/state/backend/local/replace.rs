//! Replacing files so that there is always the old or the new one, whole.

use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Writes a file beside another one and puts it in its place, with the same mode. `ready` sees it before
/// it gets its name. Gives the file, still open.
pub(super) fn replace(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ready: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<File> {
    // What a link points to is replaced, and not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = folder_of(&path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mode = fs::metadata(&path).map_or(0o666, |metadata| metadata.permissions().mode() & 0o7777);
    let mut temporary = tempfile::Builder::new()
        .prefix(&format!(".{name}."))
        .rand_bytes(RANDOM)
        .suffix(SUFFIX)
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(&folder)?;
    if path.exists() {
        // Not less than it had, whatever the umask.
        temporary.as_file().set_permissions(Permissions::from_mode(mode))?;
    }
    let mut writer = BufWriter::with_capacity(1 << 18, temporary.as_file_mut());
    content(&mut writer)?;
    writer.flush()?;
    drop(writer);
    temporary.as_file().sync_all()?;
    ready(temporary.as_file())?;
    let file = temporary.persist(&path).map_err(|error| error.error)?;
    File::open(&folder)?.sync_all()?;
    Ok(file)
}

/// So many letters make the names of new files unique.
const RANDOM: usize = 6;
const SUFFIX: &str = ".tmp";

/// Removes what replacements of a file have left beside it that were cut off. Nobody else may be replacing it.
pub(super) fn sweep(path: &Path) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_ours = |found: &str| {
        let random = found.strip_prefix(&format!(".{name}.")).and_then(|rest| rest.strip_suffix(SUFFIX));
        random.is_some_and(|r| r.len() == RANDOM && r.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    for entry in fs::read_dir(folder_of(&path))? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(is_ours) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The folder that a file is in.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
