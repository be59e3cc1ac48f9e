//! Addresses of modules: `./network`, `hashicorp/consul/aws`, `git::https://…`.

/// What a module's `source` points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleSource {
    /// A folder relative to the calling module's.
    Local(String),
    /// A module of a registry, as `host/namespace/name/system`, the default host left out.
    Registry(String),
    /// Anything that has to be fetched otherwise.
    Remote(String),
}

/// Summary and detail.
type Refusal = (&'static str, String);

impl ModuleSource {
    /// Reads an address. With a version it has to be of a registry.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str, has_version: bool) -> Result<ModuleSource, Refusal> {
        if has_version {
            return registry(text).map_err(|reason| {
                let detail = format!(
                    "Failed to parse module registry address: {reason}.\n\nTerraform assumed that you intended a module \
                     registry source address because you also set the argument \"version\", which applies only to \
                     registry modules."
                );
                ("Invalid registry module source address", detail)
            });
        }
        if is_local(text) {
            return Ok(ModuleSource::Local(text.to_string()));
        }
        if let Ok(found) = registry(text) {
            return Ok(found);
        }
        if is_remote(text) {
            return Ok(ModuleSource::Remote(text.to_string()));
        }
        const SUMMARY: &str = "Invalid module source address";
        if text.trim().is_empty() || text == "." || text == ".." {
            return Err((SUMMARY, format!("Failed to parse module source address: invalid source address: {text}.")));
        }
        let detail = format!(
            "Terraform failed to determine your intended installation method for remote module package {text:?}.\n\nIf \
             you intended this as a path relative to the current module, use \"./{text}\" instead. The \"./\" prefix \
             indicates that the address is a relative filesystem path."
        );
        Err((SUMMARY, detail))
    }
}

fn is_local(text: &str) -> bool {
    ["./", "../", ".\\", "..\\"].iter().any(|prefix| text.starts_with(prefix))
}

/// Whether the text says how to fetch the module: a forced getter, a URL, a well-known host, an SSH
/// address, an absolute path.
fn is_remote(text: &str) -> bool {
    let forced = text.split_once("::").is_some_and(|(getter, _)| {
        !getter.is_empty() && getter.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+.".contains(&b))
    });
    let hosts = ["github.com/", "gitlab.com/", "bitbucket.org/"];
    let ssh = || text.split_once('@').is_some_and(|(user, rest)| !user.contains('/') && rest.contains(':'));
    forced
        || text.contains("://")
        || text.starts_with('/')
        || hosts.iter().any(|host| text.starts_with(host))
        || (text.contains("amazonaws.com/") || text.contains("googleapis.com/"))
        || ssh()
}

/// A module of a registry: three or four parts, perhaps with a folder after `//`.
fn registry(text: &str) -> Result<ModuleSource, String> {
    if is_local(text) {
        return Err(format!("can't use local directory {text:?} as a module registry address"));
    }
    // The slashes of a URL are no folder's.
    let folder_at = text.match_indices("//").map(|(at, _)| at).find(|at| !text[..*at].ends_with(':'));
    let (package, folder) = folder_at.map_or((text, None), |at| (&text[..at], Some(&text[at + 2..])));
    let parts: Vec<&str> = package.split('/').collect();
    let (host, names) = match parts.as_slice() {
        [a, b, c] => (None, [*a, *b, *c]),
        [host, a, b, c] => (Some(*host), [*a, *b, *c]),
        _ => {
            let reason = "a module registry source address must have either three or four slash-separated components";
            return Err(reason.to_string());
        }
    };
    if let Some(host) = host
        && !is_host(host)
    {
        return Err(format!("invalid module registry hostname {host:?}"));
    }
    if matches!(host, Some("github.com" | "bitbucket.org" | "gitlab.com")) {
        return Err(format!(
            "can't use {:?} as a module registry host, because it's reserved for installing directly from \
                            version control repositories",
            host.unwrap_or_default()
        ));
    }
    let is_name = |name: &str| {
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let ends = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = name.as_bytes();
        bytes.len() <= 64 && ends(bytes.first()) && ends(bytes.last()) && bytes.iter().all(|b| inner(*b))
    };
    for (name, what) in names.iter().zip(["module namespace", "module name", "target system"]) {
        if !is_name(name)
            || (what == "target system" && name.bytes().any(|b| b.is_ascii_uppercase() || b == b'-' || b == b'_'))
        {
            return Err(format!("invalid {what} {name:?}"));
        }
    }
    let host = host.filter(|h| *h != "registry.terraform.io").map(|h| format!("{h}/")).unwrap_or_default();
    let folder = folder.map(|f| format!("//{f}")).unwrap_or_default();
    Ok(ModuleSource::Registry(format!("{host}{}{folder}", names.join("/"))))
}

/// Whether this looks like a host name, perhaps with a port.
pub(super) fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').map_or((host, None), |(n, p)| (n, Some(p)));
    let label = |l: &str| {
        !l.is_empty()
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || (!c.is_ascii() && c.is_alphanumeric()))
    };
    port.is_none_or(|p| p.parse::<u16>().is_ok()) && name.contains('.') && name.split('.').all(label)
}
