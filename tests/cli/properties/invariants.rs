//! What holds for every text, however broken, given as source or as an expression. The property tests and the fuzz
//! targets check the same.

use std::time::{Duration, SystemTime};

use infra::lang::eval::evaluate_with;
use infra::lang::host::{FileKind, Host, HostError};
use infra::lang::{Kind, Scope, Type, Value};
use infra::syntax::ast::{Expr, Traversal};
use infra::syntax::format::format;
use infra::syntax::parse::{parse_body, parse_expression, parse_template, parse_traversal};
use infra::syntax::{Diagnostic, Diagnostics, FileId, SourceFile, json};
use smol_str::SmolStr;

const FILE: FileId = FileId(0);

/// What one expression may weigh when it is written out, and a little more: the limit is looked at between steps.
const HEAVIEST: u64 = 2 * 20_000_000;

/// Every parser takes the text, and what it says about it points into it. What is well-formed can be laid out, and
/// says the same afterwards.
pub fn parse(text: &str) {
    let (_, diagnostics) = parse_body(FILE, text);
    point_into(text, &diagnostics);
    if !diagnostics.has_errors() {
        let (_, diagnostics) = parse_body(FILE, &format(text));
        assert!(!diagnostics.has_errors(), "formatted, it is malformed: {diagnostics:?}");
    }
    for errors in [parse_expression(FILE, text, 0).err(), parse_template(FILE, text, 0).err()].into_iter().flatten() {
        assert!(errors.has_errors());
        point_into(text, &errors);
    }
    let _ = parse_traversal(FILE, text, 0);
    let source = SourceFile { name: "a.tf.json".into(), text: text.into() };
    point_into(text, &json::parse(FILE, &source).1);
}

/// Where the language itself doesn't keep what it says. If several values are brought to one type and that of one is
/// unknown, the others keep their own for now. Unknown elements of a set count as different while they are iterated.
const UNPROMISED: [&str; 3] = ["?", "coalesce", "set"];

/// An expression gives a value or an error, the same each time, and of bounded size. What it says while its inputs are
/// unknown is still true once they are known.
pub fn evaluate(text: &str) {
    let Ok(expr) = parse_expression(FILE, text, 0) else { return };
    let known = names(|value| value);
    let Some(value) = value(&expr, &known) else { return };
    assert!(value.weight() <= HEAVIEST, "weighs {}", value.weight());
    assert_eq!(Some(&value), self::value(&expr, &known).as_ref(), "a second time");
    // (`format` with an untyped null is unknown although nothing in it is.)
    if UNPROMISED.iter().any(|what| text.contains(what)) || !value.is_wholly_known() {
        return;
    }
    if let Some(partial) = self::value(&expr, &names(|value| Value::unknown(value.ty()))) {
        assert!(is_kept(&partial, &value), "while inputs were unknown: {partial:?}\nthen: {value:?}");
    }
}

/// What expressions can refer to: a value of each kind.
fn names(see: impl Fn(Value) -> Value) -> Vec<(SmolStr, Value)> {
    let list = Value::string_list(["b", "a", "b", ""]);
    let map = Value::map(Type::Number, vec![("x".into(), Value::int(1)), ("y".into(), Value::int(-2))]);
    let object = Value::object(vec![
        ("id".into(), "i-1".into()),
        ("tags".into(), Value::map(Type::String, vec![("Name".into(), "größe".into())])),
        ("ports".into(), Value::tuple(vec![Value::int(80), "https".into(), Value::null(Type::Bool)])),
    ]);
    let text = Value::from("straße, 10.0.0.0/16");
    [("number", Value::int(3)), ("text", text), ("flag", true.into()), ("list", list), ("map", map), ("object", object)]
        .map(|(name, value)| (name.into(), see(value)))
        .into()
}

fn value(expr: &Expr, names: &[(SmolStr, Value)]) -> Option<Value> {
    let (value, diagnostics) = evaluate_with(expr, &Nowhere, names.to_vec());
    for d in diagnostics.iter() {
        assert!(!d.summary.is_empty() && !d.detail.is_empty(), "{d:?}");
    }
    (!diagnostics.has_errors()).then_some(value)
}

/// Whether `whole` is what `partial` promised.
fn is_kept(partial: &Value, whole: &Value) -> bool {
    match partial.kind() {
        Kind::Unknown(unknown) => {
            let is_primitive = matches!(unknown.ty, Type::Bool | Type::Number | Type::String);
            (!is_primitive || unknown.ty == whole.ty()) && !(unknown.refinement.not_null && whole.is_null())
        }
        _ if partial.is_wholly_known() => partial.unmark_deep().0 == whole.unmark_deep().0,
        // Its elements may turn out to be the same, and stand in another order.
        Kind::Set(_) => matches!(whole.kind(), Kind::Set(_)),
        _ => {
            let (parts, wholes) = (partial.children(), whole.children());
            parts.len() == wholes.len()
                && parts.iter().zip(&wholes).all(|((step, a), (other, b))| step == other && is_kept(a, b))
        }
    }
}

fn point_into(text: &str, diagnostics: &Diagnostics) {
    for d in diagnostics.iter() {
        assert!(!d.summary.is_empty() && !d.detail.is_empty(), "{d:?}");
        for span in d.subject.into_iter().chain(d.context) {
            assert!(span.start <= span.end && span.range().end <= text.len() + 1, "{d:?}");
        }
    }
}

/// A place where nothing has a name, and a world with nothing in it.
struct Nowhere;

impl Scope for Nowhere {
    fn resolve(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let detail = format!("There is no {:?} here.", reference.root.name);
        Err(Diagnostic::error("Invalid reference", detail).at(reference.root.span).into())
    }

    fn host(&self) -> &dyn Host {
        self
    }
}

impl Host for Nowhere {
    fn read(&self, _: &str) -> Result<Vec<u8>, HostError> {
        Err(HostError::NotFound)
    }

    fn kind(&self, path: &str) -> Result<FileKind, HostError> {
        if path == "." { Ok(FileKind::Folder) } else { Err(HostError::NotFound) }
    }

    fn entries(&self, path: &str) -> Result<Vec<String>, HostError> {
        self.kind(path).map(|_| Vec::new())
    }

    fn working_folder(&self) -> Result<String, HostError> {
        Ok("/stack".into())
    }

    fn home(&self) -> Result<String, HostError> {
        Err(HostError::NotFound)
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }

    fn plan_time(&self) -> Option<SystemTime> {
        None
    }

    fn random(&self) -> [u8; 16] {
        [7; 16]
    }

    /// As while planning: `bcrypt` takes hours at the highest cost, and nobody waits for it here.
    fn defers_unrepeatable(&self) -> bool {
        true
    }
}
