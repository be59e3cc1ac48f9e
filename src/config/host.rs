//! The host that functions see in a real run: the file system, the clock and the system's source
//! of chance.

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::lang::host::{FileKind, Host, HostError};

/// Files of this machine.
#[derive(Clone, Debug, Default)]
pub struct FileHost {
    /// The folder of the root module, from where paths begin: the working directory, if it is empty.
    pub folder: PathBuf,
    /// When the plan was started that is being made or applied.
    pub plan_time: Option<SystemTime>,
    /// Whether a plan is being made, so that what can't be repeated has to stay unknown.
    pub is_planning: bool,
}

impl Host for FileHost {
    fn read(&self, path: &str) -> Result<Vec<u8>, HostError> {
        let mut file = fs::File::open(self.folder.join(path)).map_err(not_opened)?;
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut file, &mut bytes).map_err(|e| HostError::Read(reason(&e)))?;
        Ok(bytes)
    }

    fn kind(&self, path: &str) -> Result<FileKind, HostError> {
        let ty = fs::metadata(self.folder.join(path)).map_err(not_opened)?.file_type();
        Ok(match ty {
            t if t.is_file() => FileKind::Regular,
            t if t.is_dir() => FileKind::Folder,
            t if t.is_block_device() || t.is_char_device() => FileKind::Device,
            t if t.is_fifo() => FileKind::Pipe,
            t if t.is_socket() => FileKind::Socket,
            _ => FileKind::Other,
        })
    }

    fn entries(&self, folder: &str) -> Result<Vec<String>, HostError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.folder.join(folder)).map_err(not_opened)? {
            names.extend(entry.map_err(|e| HostError::Read(reason(&e)))?.file_name().into_string().ok());
        }
        Ok(names)
    }

    fn working_folder(&self) -> Result<String, HostError> {
        let folder = std::path::absolute(self.folder.join(".")).map_err(|e| HostError::Open(reason(&e)))?;
        folder.into_os_string().into_string().map_err(|_| HostError::Open("the working directory is not UTF-8".into()))
    }

    fn home(&self) -> Result<String, HostError> {
        let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
        home.and_then(|home| home.into_os_string().into_string().ok())
            .ok_or_else(|| HostError::Open("no home directory is known".into()))
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn plan_time(&self) -> Option<SystemTime> {
        self.plan_time
    }

    fn random(&self) -> [u8; 16] {
        *uuid::Uuid::new_v4().as_bytes()
    }

    fn defers_unrepeatable(&self) -> bool {
        self.is_planning
    }
}

fn not_opened(e: io::Error) -> HostError {
    match e.kind() {
        io::ErrorKind::NotFound => HostError::NotFound,
        _ => HostError::Open(reason(&e)),
    }
}

/// The system's words for an error, without their number: `permission denied`.
pub(crate) fn reason(e: &io::Error) -> String {
    let text = match e.kind() {
        io::ErrorKind::InvalidInput if e.raw_os_error().is_none() => "invalid argument".to_string(),
        _ => e.to_string(),
    };
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
