//! Paths as texts: cleaned, joined and taken apart, without looking at any file.

/// The shortest path that means the same: no empty or `.` parts, `..` only at the beginning. The
/// empty path is `.`.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".into(),
        (false, false) => parts.join("/"),
    }
}

/// Both paths together, cleaned. Empty ones are passed over; two empty ones are empty.
pub(super) fn join(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", "") => String::new(),
        ("", name) => clean(name),
        (folder, "") => clean(folder),
        _ => clean(&format!("{folder}/{name}")),
    }
}

/// The last part; `.` of an empty path, `/` of the root.
pub(super) fn base(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" if path.is_empty() => ".",
        "" => "/",
        path => path.rsplit('/').next().unwrap_or(path),
    }
}

/// Everything but the last part, cleaned.
pub(super) fn folder(path: &str) -> String {
    clean(&path[..path.rfind('/').map_or(0, |slash| slash + 1)])
}

/// The path that leads from a folder to another path. `None` if only the file system can tell.
pub(super) fn relative(folder: &str, path: &str) -> Option<String> {
    let (folder, path) = (clean(folder), clean(path));
    if folder == path {
        return Some(".".into());
    }
    if folder.starts_with('/') != path.starts_with('/') {
        return None;
    }
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !matches!(*part, "" | ".")).map(String::from).collect()
    };
    let (from, to) = (parts(&folder), parts(&path));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if from[common..].iter().any(|part| part == "..") {
        return None;
    }
    let up = from[common..].iter().map(|_| "..");
    Some(up.chain(to[common..].iter().map(String::as_str)).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_paths_apart() {
        for (path, cleaned, last, rest) in [
            ("", ".", ".", "."),
            ("/", "/", "/", "/"),
            ("//", "/", "/", "/"),
            (".", ".", ".", "."),
            ("..", "..", "..", "."),
            ("/..", "/", "..", "/"),
            ("a/b/../../..", "..", "..", "."),
            ("../..", "../..", "..", ".."),
            ("a//b//", "a/b", "b", "a/b"),
            ("a//b//c", "a/b/c", "c", "a/b"),
            ("//a", "/a", "a", "/"),
            ("./x/y", "x/y", "y", "x"),
            ("foo/", "foo", "foo", "foo"),
            ("C:\\x\\y", "C:\\x\\y", "C:\\x\\y", "."),
        ] {
            assert_eq!((clean(path).as_str(), base(path), folder(path).as_str()), (cleaned, last, rest), "{path:?}");
        }
    }

    #[test]
    fn joins_and_relates() {
        for (from, name, joined, back) in [
            ("t", "a/1.txt", "t/a/1.txt", Some("a/1.txt")),
            ("t", "../x", "x", Some("../x")),
            ("", "t/1", "t/1", Some("t/1")),
            ("t", "", "t", Some(".")),
            ("/t", "1", "/t/1", Some("1")),
            ("..", "x", "../x", Some("x")),
        ] {
            assert_eq!(join(from, name), joined);
            assert_eq!(relative(from, joined).as_deref(), back, "{from:?} {joined:?}");
        }
        assert_eq!(relative("..", "x"), None);
        assert_eq!(relative("/t", "x"), None);
    }
}
