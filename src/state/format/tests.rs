use super::*;
use crate::state::State;

fn written(state: &State) -> String {
    let mut out = Vec::new();
    write(state, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Files that Terraform wrote are written the same; one that something else wrote as Terraform would.
#[test]
fn files_are_written_as_terraform_does() {
    let applied = include_str!("../../../tests/state/applied.tfstate");
    let rewritten = include_str!("../../../tests/state/rewritten.tfstate");
    let seeded = include_str!("../../../tests/state/seeded.tfstate");
    for (given, wanted) in [(applied, applied), (rewritten, rewritten), (seeded, rewritten)] {
        assert_eq!(written(&read(given).unwrap()), wanted);
    }
}

#[test]
fn an_empty_state() {
    let text = "{\n  \"version\": 4,\n  \"terraform_version\": \"1.11.4\",\n  \"serial\": 0,\n  \"lineage\": \"\",\n  \
                \"outputs\": {},\n  \"resources\": [],\n  \"check_results\": null\n}\n";
    assert_eq!(written(&State::default()), text);
    assert_eq!(written(&read("{\"version\":4}").unwrap()), text);
}

#[test]
fn errors() {
    let instance = |members: &str| {
        format!(
            "{{\"version\":4,\"resources\":[{{\"mode\":\"managed\",\"type\":\"t\",\"name\":\"a\",\"provider\":\"provider\
             [\\\"x\\\"]\",\"instances\":[{members}]}}]}}"
        )
    };
    let missing = "Unsupported state file format: The state file does not have a \"version\" attribute, which is required \
                   to identify the format version.";
    let two = |first: &str| format!("2 problems:\n\n- {first}\n- {missing}");
    let syntax = |at: u32| {
        two(&format!(
            "Unsupported state file format: The state file could not be parsed as JSON: syntax error at byte offset {at}."
        ))
    };
    let version = |is: &str| {
        format!(
            "Unsupported state file format: The version in the state file is {is}. A positive whole number is required."
        )
    };
    for (text, wanted) in [
        ("{\"version\":4,".to_owned(), syntax(13)),
        ("foo".into(), syntax(2)),
        ("{\"version\":4}\n x".into(), syntax(16)),
        ("{}".into(), missing.into()),
        ("[]".into(), two(&version("array"))),
        ("{\"version\":\"4\"}".into(), version("string")),
        ("{\"version\":-1}".into(), version("number -1")),
        (
            "{\"version\":5,\"serial\":\"x\"}".into(),
            "Unsupported state file format: The state file uses format version 5, which is not supported by Terraform \
             1.11.4. This state file may have been created by a newer version of Terraform."
                .into(),
        ),
        (
            "{\"version\":4,\"terraform_version\":\"zz\"}".into(),
            "Invalid Terraform version string: State file claims to have been written by Terraform version \"zz\", which is \
             not a valid version string."
                .into(),
        ),
        (
            instance("{},{}"),
            "Duplicate resource instance in state: Instance t.a appears multiple times in the state file.".into(),
        ),
        (
            instance("{\"index_key\":true}"),
            "Invalid resource instance metadata in state: Resource t.a has an instance with the invalid instance key true."
                .into(),
        ),
        (
            instance("{\"status\":\"zz\",\"index_key\":\"k\"}"),
            "Invalid resource instance metadata in state: Instance t.a[\"k\"] has invalid status \"zz\".".into(),
        ),
        (
            instance("{\"deposed\":\"xx\"}"),
            "Invalid resource instance metadata in state: Instance t.a has an object with deposed key \"xx\", which is not \
             correctly formatted."
                .into(),
        ),
        (
            instance("{\"dependencies\":[\"foo\"]}"),
            "Invalid address: Resource specification must include a resource type and name.".into(),
        ),
        (
            "{\"version\":4,\"resources\":[{\"mode\":\"zz\"}]}".into(),
            "Invalid resource mode in state: State contains a resource with mode \"zz\" (\"\" \"\") which is not supported."
                .into(),
        ),
        (
            "{\"version\":4,\"outputs\":{\"c\":{\"value\":[1],\"type\":\"number\"}}}".into(),
            "Invalid output value saved in state: The state file has an invalid value for output \"c\": number is required."
                .into(),
        ),
    ] {
        assert_eq!(problems(&read(&text).unwrap_err()), wanted, "{text}");
    }
    for (text, part) in [
        ("{\"version\":3,\"modules\":[]}".to_owned(), "format version 3, which is not supported by Infra"),
        ("{\"version\":4,\"serial\":-1}".into(), "Invalid state file format"),
        (instance("{\"attributes_flat\":{}}"), "Terraform 0.11"),
        (instance("{\"sensitive_attributes\":3}"), "invalid sensitive_attributes"),
        (
            "{\"version\":4,\"resources\":[{\"mode\":\"data\",\"provider\":\"foo\"}]}".into(),
            "\"foo\", which is no address",
        ),
    ] {
        let found = problems(&read(&text).unwrap_err());
        assert!(found.contains(part), "{found}");
    }
}

/// Whatever is cut off a file, what is left is refused and not taken for less.
#[test]
fn truncated_files_are_refused() {
    let text = include_str!("../../../tests/state/seeded.tfstate").trim_end();
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        assert!(read(&text[..end]).is_err(), "{end}");
    }
}

/// What occurs often is in memory once.
#[test]
fn equal_parts_are_shared() {
    let state = read(include_str!("../../../tests/state/applied.tfstate")).unwrap();
    let objects = state.resources.values().flat_map(|r| r.instances.values()).filter_map(|i| i.current.as_ref());
    let with_dependencies: Vec<_> = objects.filter(|o| o.dependencies.len() == 4).collect();
    assert_eq!(with_dependencies.len(), 3);
    assert!(with_dependencies.windows(2).all(|w| std::sync::Arc::ptr_eq(&w[0].dependencies, &w[1].dependencies)));
}
