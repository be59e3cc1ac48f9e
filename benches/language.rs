//! How fast the language is: parsing and formatting, typical expressions, validation.
#![expect(clippy::expect_used, reason = "a bench that cannot run should stop")]

mod big_module;

use std::fs;
use std::hint::black_box;
use std::time::SystemTime;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use infra::config::host::FileHost;
use infra::config::load::load;
use infra::config::validate::validate;
use infra::lang::eval::evaluate_with;
use infra::lang::{Host, Scope, Value};
use infra::syntax::ast::Traversal;
use infra::syntax::format::format;
use infra::syntax::grammar::check_body;
use infra::syntax::parse::{parse_body, parse_expression};
use infra::syntax::{Diagnostic, Diagnostics, FileId};

const FILE: FileId = FileId(0);

fn syntax(c: &mut Criterion) {
    let text = big_module::source(300);
    let mut group = c.benchmark_group("syntax");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
    group.bench_function("check", |b| b.iter(|| check_body(FILE, black_box(&text))));
    group.bench_function("parse", |b| b.iter(|| parse_body(FILE, black_box(&text))));
    group.bench_function("format", |b| b.iter(|| format(black_box(&text))));
    group.finish();
}

/// What a name stands for here.
struct Names(FileHost);

impl Scope for Names {
    fn resolve(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics> {
        Err(Diagnostic::error("Invalid reference", "There are no such names here.").at(reference.root.span).into())
    }

    fn host(&self) -> &dyn Host {
        &self.0
    }
}

fn expressions(c: &mut Criterion) {
    let zones = Value::string_list(["eu-central-1a", "eu-central-1b", "eu-central-1c"]);
    let tags = Value::object(vec![("Name".into(), "rack".into()), ("Tier".into(), "web".into())]);
    let names = [("index", Value::int(2)), ("name", "blue".into()), ("zones", zones), ("tags", tags)];
    let names: Vec<_> = names.into_iter().map(|(name, value)| (name.into(), value)).collect();
    let scope = Names(FileHost { plan_time: Some(SystemTime::UNIX_EPOCH), is_planning: true, ..FileHost::default() });
    let mut group = c.benchmark_group("evaluate");
    for (id, text) in [
        ("reference", "tags.Name"),
        ("arithmetic", "index * 2 + 1"),
        ("template", r#""${name}-${index}.internal""#),
        ("conditional", r#"index > 1 ? upper(name) : "none""#),
        ("cidrsubnet", r#"cidrsubnet("10.0.0.0/16", 4, index)"#),
        ("merge", r#"merge(tags, { Zone = zones[index] })"#),
        ("for", r#"{ for i, zone in zones : zone => cidrsubnet("10.0.0.0/16", 4, i) }"#),
        ("jsonencode", "jsonencode({ zones = zones, tags = tags })"),
        ("try", r#"try(tags.Missing, zones[9], "default")"#),
        ("regex", r#"regex("^([a-z]+)-([a-z]+)-([0-9])", zones[0])[1]"#),
    ] {
        let expr = parse_expression(FILE, text, 0).expect("well-formed");
        let (_, diagnostics) = evaluate_with(&expr, &scope, names.clone());
        assert!(diagnostics.is_empty(), "{text}: {diagnostics:?}");
        group.bench_function(id, |b| b.iter(|| evaluate_with(black_box(&expr), &scope, names.clone())));
    }
    group.finish();
}

fn configuration(c: &mut Criterion) {
    let mut group = c.benchmark_group("configuration");
    group.sample_size(20);
    for (name, source) in [("racks", big_module::source(300)), ("flat", big_module::flat_source(2000, 500, 3000, 200))]
    {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("main.tf"), source).expect("a file");
        group.bench_function(format!("load {name}"), |b| b.iter(|| load(folder.path())));
        let loaded = load(folder.path());
        let diagnostics = validate(&loaded, &FileHost::default());
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        group.bench_function(format!("validate {name}"), |b| {
            b.iter(|| validate(black_box(&loaded), &FileHost::default()));
        });
    }
    group.finish();
}

criterion_group!(benches, syntax, expressions, configuration);
criterion_main!(benches);
