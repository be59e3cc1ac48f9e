#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use super::format;

/// Every `tests/fmt/*.in.tf` becomes its `*.out.tf`, which stays as it is.
#[test]
fn golden_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fmt");
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let Some(stem) = path.to_str().and_then(|p| p.strip_suffix(".in.tf")) else {
            continue;
        };
        let input = fs::read_to_string(&path).unwrap();
        let wanted = fs::read_to_string(format!("{stem}.out.tf")).unwrap();
        assert_eq!(format(&input), wanted, "{stem}");
        if !NOT_AT_ONCE.iter().any(|name| stem.ends_with(name)) {
            assert_eq!(format(&wanted), wanted, "{stem} again");
        }
        count += 1;
    }
    assert!(count > 0, "no golden files in {}", folder.display());
}

/// `"${"${x}"}"` takes two rounds, as it does with Terraform.
const NOT_AT_ONCE: [&str; 1] = ["templates"];

#[test]
fn line_ends_and_file_ends() {
    for (input, wanted) in [
        ("", ""),
        (" ", " "),
        ("\n\n", "\n\n"),
        ("\t\n", "\n"),
        ("a=1", "a = 1"),
        ("a=1  ", "a = 1  "),
        ("a=1 /*x*/ ", "a = 1 /*x*/ "),
        ("  #c", "#c"),
        ("\u{feff}a=1\n", "a = 1\n"),
        ("a=1\r\nbb=2\r\n", "a  = 1\r\nbb = 2\r\n"),
        ("#a\r\nb=1 #c\r\n", "#a\r\nb = 1 #c\r\n"),
        ("a {\r\n\r\n\tb=<<E\r\n x\r\n E\r\n}\r\n", "a {\r\n\r\n  b = <<E\r\n x\r\n E\r\n}\r\n"),
    ] {
        assert_eq!(format(input), wanted, "{input:?}");
    }
}

/// Where Terraform's result would be no configuration any more, or lose a part of it.
#[test]
fn nothing_breaks() {
    for (input, wanted) in [
        ("a=\"${ #c\nx}\"\n", "a = \"${ #c\nx}\"\n"),
        ("a=\"${(x\n) +\n(y)}\"\n", "a = \"${(x\n  ) +\n(y)}\"\n"),
        ("a { b=\"${x #c\n}\" }\n", "a { b = \"${x #c\n}\" }\n"),
        ("a=\"${<<E\nx\nE\n}\" # c\n", "a = \"${<<E\nx\nE\n}\" # c\n"),
        ("a=x[true]\n", "a = x[true]\n"),
        ("a=x.0 .1\n", "a = x.0 .1\n"),
        ("a \"b$c\" {}\n", "a \"b$c\" {}\n"),
    ] {
        assert_eq!(format(input), wanted, "{input:?}");
    }
}

#[test]
fn any_text_is_formatted_somehow() {
    for input in
        ["}", "a", "a \"", "a = {", "a = \"${", "]]}) = =", "<<E\n${", "a \"b", "type = }", "\u{feff}", "\"${\n#\n"]
    {
        let _ = format(input);
    }
}
