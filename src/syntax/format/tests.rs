use std::fs;
use std::path::Path;

use super::format;

/// Every `tests/fmt/*.in.tf` becomes its `*.out.tf`.
#[test]
fn golden_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fmt");
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let Some(stem) = path.to_str().and_then(|p| p.strip_suffix(".in.tf")) else { continue };
        let (input, wanted) =
            (fs::read_to_string(&path).unwrap(), fs::read_to_string(format!("{stem}.out.tf")).unwrap());
        assert_eq!(format(&input), wanted, "{stem}");
        count += 1;
    }
    assert!(count > 0, "no golden files in {}", folder.display());
}
