use super::*;
use crate::lang::host::memory::MemoryHost;

fn host() -> MemoryHost {
    let text: &[u8] = b"x";
    MemoryHost::with_files([
        ("t/.dot", text),
        ("t/1.txt", text),
        ("t/2.md", text),
        ("t/a*b.txt", text),
        ("t/a-c", text),
        ("t/a]c", text),
        ("t/a/1.txt", text),
        ("t/a/b/2.txt", text),
        ("t/[x]/y.txt", text),
        ("t/\u{e9}.txt", text),
        ("t/binary", b"\xff".as_slice()),
    ])
}

fn call(body: super::super::Body, args: &[Value]) -> Result<Value, String> {
    body(args, &host()).map_err(|e| e.message)
}

#[test]
fn reads_files() {
    let missing = "; this function works only with files that are distributed as part of the configuration source \
                   code, so if this file will be created by a resource in this configuration you must instead obtain \
                   this result from an attribute of that resource";
    let invalid = "contents of \"t/binary\" are not valid UTF-8; use the filebase64 function to obtain the Base64 \
                   encoded contents or the other file functions (e.g. filemd5, filesha256) to obtain file hashing \
                   results instead";
    let secret = || Value::from("t/no").sensitive();
    for (body, path, expected) in [
        (file as super::super::Body, "t//1.txt".into(), Ok("x".into())),
        (file, Value::from("t/1.txt").sensitive(), Ok(Value::from("x").sensitive())),
        (file, "t/no".into(), Err(format!("no file exists at \"t/no\"{missing}"))),
        (file, secret(), Err(format!("no file exists at (sensitive value){missing}"))),
        (file, "".into(), Err("failed to read file: read .: is a directory".into())),
        (file, "t/binary".into(), Err(invalid.to_string())),
        (filebase64, "t/binary".into(), Ok("/w==".into())),
        (fileexists, "t/no".into(), Ok(false.into())),
        (fileexists, "t/1.txt".into(), Ok(true.into())),
        (fileexists, "t".into(), Err("\"t\" is a directory, not a file".into())),
        (fileexists, Value::from("t").sensitive(), Err("(sensitive value) is a directory, not a file".into())),
    ] {
        assert_eq!(call(body, std::slice::from_ref(&path)), expected, "{path:?}");
    }
}

#[test]
fn finds_files() {
    for (folder, pattern, expected) in [
        ("t", "*", Ok(vec![".dot", "1.txt", "2.md", "a*b.txt", "a-c", "a]c", "binary", "é.txt"])),
        ("t/a", "**", Ok(vec!["1.txt", "b/2.txt"])),
        ("t", "**/*.txt", Ok(vec!["1.txt", "[x]/y.txt", "a*b.txt", "a/1.txt", "a/b/2.txt", "é.txt"])),
        ("t", "{1,2}.*", Ok(vec!["1.txt", "2.md"])),
        ("t", "{a,z}/1.txt", Ok(vec!["a/1.txt"])),
        ("t", "[^a-z.\\[]*", Ok(vec!["1.txt", "2.md", "é.txt"])),
        ("t", "a[\\]]c", Ok(vec!["a]c"])),
        ("t", "a\\*b.txt", Ok(vec!["a*b.txt"])),
        ("t", "?.txt", Ok(vec!["1.txt", "é.txt"])),
        ("t", "./a/../1.txt", Ok(vec!["1.txt"])),
        ("t/*", "1.txt", Ok(vec!["../a/1.txt"])),
        ("t/[x]", "*", Ok(vec![])),
        ("t/1.txt", "", Ok(vec!["."])),
        ("t", "", Ok(vec![])),
        ("no", "[", Ok(vec![])),
        ("t", "[", Err("failed to glob pattern \"t/[\": syntax error in pattern")),
        ("t", "{a/1,1}.txt", Err("failed to glob pattern \"t/{a/1,1}.txt\": syntax error in pattern")),
        ("t", "a[-]c", Err("failed to glob pattern \"t/a[-]c\": syntax error in pattern")),
    ] {
        let found = call(fileset, &[folder.into(), pattern.into()]);
        let strings = |items: Vec<&str>| Value::set(Type::String, items.into_iter().map(Value::from).collect());
        assert_eq!(found, expected.map(strings).map_err(String::from), "{folder} {pattern}");
    }
}

#[test]
fn expands() {
    for (path, expected) in [
        ("~", Ok("/home/me")),
        ("~/a/../b", Ok("/home/me/b")),
        ("~//x", Ok("/home/me/x")),
        ("a/~", Ok("a/~")),
        ("", Ok("")),
        ("~foo", Err("cannot expand user-specific home dir")),
    ] {
        assert_eq!(expand_home(path, &host()).map_err(|e| e.message), expected.map(String::from).map_err(String::from));
    }
    for (path, absolute) in [("", "/base"), ("x/../y//z/", "/base/y/z"), ("/../a", "/a"), ("~", "/base/~")] {
        assert_eq!(call(abspath, &[path.into()]), Ok(absolute.into()));
    }
}

#[test]
fn unknown_paths_stay_sensitive() {
    let path = Value::unknown(Type::String).sensitive();
    for name in ["file", "filebase64", "fileexists", "base64decode"] {
        let function = FUNCTIONS.iter().chain(super::super::base64::FUNCTIONS).find(|f| f.name == name).unwrap();
        let result = function.call(std::slice::from_ref(&path), &host()).unwrap();
        assert!(!result.is_known() && result.is_sensitive(), "{name}");
    }
}
