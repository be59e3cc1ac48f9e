use super::*;
use crate::lang::host::memory::MemoryHost;

type Body = super::super::Body;

fn call(body: Body, text: &str, encoding: &str) -> Result<Value, String> {
    body(&[text.into(), encoding.into()], &MemoryHost::default()).map_err(|e| e.message)
}

#[test]
fn encodes_and_decodes() {
    for (text, encoding, encoded) in [
        ("", "UTF-8", ""),
        ("a", "utf-16", "/v8AYQ=="),
        ("👍", "UTF-16LE", "PdhN3A=="),
        ("é", "latin1", "6Q=="),
        ("é", "cp437", "gg=="),
        ("€", "windows-1252", "gA=="),
        ("a", "IBM037", "gQ=="),
        ("д", "KOI8-U", "xA=="),
        ("日本", "Shift_JIS", "k/qWew=="),
        ("日", "EUC-JP", "xvw="),
        ("日", "ISO-2022-JP", "GyRCRnwbKEI="),
        ("中", "GBK", "1tA="),
        ("😀", "GB18030", "lDn8Ng=="),
        ("中", "Big5", "pKQ="),
        ("日", "EUC-KR", "7O0="),
        ("~a日日\n", "HZ-GB-2312", "fn5hfntIVUhVfn0K"),
        ("€", "HZ-GB-2312", "fnsiYw=="),
        ("ｱa日", "ISO-2022-JP", "GyhJMRsoQmEbJEJGfBsoQg=="),
        ("©", "EUC-JP", "j6Lt"),
        ("ⅰ", "Shift_JIS", "7u8="),
        ("À", "Big5", "iFk="),
        ("日", "HZ-GB-2312", "fntIVQ=="),
    ] {
        assert_eq!(call(textencodebase64, text, encoding), Ok(encoded.into()), "{encoding}");
        assert_eq!(call(textdecodebase64, encoded, encoding), Ok(text.into()), "{encoding}");
    }
}

#[test]
fn refuses() {
    let unknown = |name: &str| {
        format!("{} is not a supported IANA encoding name or alias in this Terraform version", quoted(name))
    };
    let unmappable = |name: &str| format!("the given string contains characters that cannot be represented in {name}");
    let undefined = |name: &str| format!("the given string contains symbols that are not defined for {name}");
    for (body, text, encoding, message) in [
        (textencodebase64 as Body, "a", "ascii", unknown("ascii")),
        (textdecodebase64, "YQ==", "UTF8", unknown("UTF8")),
        (textencodebase64, "é", "US-ASCII", unmappable("US-ASCII")),
        (textencodebase64, "日", "latin1", unmappable("ISO_8859-1:1987")),
        (textencodebase64, "😀", "EUC-JP", unmappable("Extended_UNIX_Code_Packed_Format_for_Japanese")),
        (textencodebase64, "¥", "Shift_JIS", unmappable("Shift_JIS")),
        (textencodebase64, "\u{e4c6}", "GBK", unmappable("GBK")),
        (textdecodebase64, "oUA=", "GBK", undefined("GBK")),
        (textencodebase64, "\u{81}", "windows-1252", unmappable("windows-1252")),
        (textdecodebase64, "gQ==", "windows-1252", undefined("windows-1252")),
        (textdecodebase64, "gA==", "US-ASCII", undefined("US-ASCII")),
        (textdecodebase64, "/w==", "utf-8", undefined("UTF-8")),
        (textdecodebase64, "77+9", "utf-8", undefined("UTF-8")),
        (textdecodebase64, "2AA=", "UTF-16BE", undefined("UTF-16BE")),
        (textdecodebase64, "YQ==", "UTF-16", undefined("UTF-16")),
        (textdecodebase64, "fng=", "HZ-GB-2312", undefined("HZ-GB-2312")),
        (textdecodebase64, "a!", "UTF-8", "the given value is has an invalid base64 symbol at offset 1".into()),
    ] {
        assert_eq!(call(body, text, encoding), Err(message), "{text:?} {encoding}");
    }
}

#[test]
fn tables_are_whole() {
    for encoding in names::ENCODINGS {
        match encoding.form {
            Form::Bytes(upper) => assert!(matches!(upper.chars().count(), 0 | 128), "{}", encoding.name),
            Form::AllBytes(all) => assert_eq!(all.chars().count(), 256, "{}", encoding.name),
            _ => {}
        }
    }
}
