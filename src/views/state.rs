//! State as text, as `show` and `state show` print it: Terraform's, letter by letter.

use std::io::{self, Write};

use smol_str::SmolStr;

use crate::config::module::Mode;
use crate::graph::InstanceAddress;
use crate::lang::Value;
use crate::schema::Schema;
use crate::schema::planning::sensitive_paths;
use crate::state::{ObjectStatus, State};
use crate::syntax::Diagnostic;
use crate::views::diff::{Context, Renderer, compare_block, compare_typed, undeclared};
use crate::views::paint::Paint;

/// An object of the state with its decoded value.
#[derive(Clone, Debug)]
pub struct StateObject<'s> {
    /// Where it is.
    pub address: &'s InstanceAddress,
    /// The key of a deposed object.
    pub deposed: Option<&'s str>,
    /// It is to be replaced.
    pub tainted: bool,
    /// Its value, sensitive parts marked, by the state or because the schema says so.
    pub value: Value,
    /// Its resource type, if that is known.
    pub schema: Option<&'s Schema>,
}

/// Writes all objects, sorted by address and those of a module together, and outputs.
///
/// # Errors
/// Those of the writer.
pub fn write_state<'s>(
    objects: impl IntoIterator<Item = StateObject<'s>>,
    outputs: impl IntoIterator<Item = (&'s SmolStr, &'s Value)>,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut previous = None;
    for object in objects {
        let module = &object.address.resource.module;
        let gap = match previous {
            None => paint.reset(),
            Some(previous) if previous == module => "\n",
            Some(_) => "\n\n",
        };
        out.write_all(gap.as_bytes())?;
        write_object(&object, paint, out)?;
        previous = Some(module);
    }
    let mut outputs = outputs.into_iter().peekable();
    if outputs.peek().is_some() {
        out.write_all(b"\n\nOutputs:\n\n")?;
        return write_outputs(outputs, paint, out);
    }
    match previous {
        Some(_) => Ok(()),
        None => writeln!(out, "The state file is empty. No resources are represented."),
    }
}

/// Writes an object.
///
/// # Errors
/// Those of the writer.
pub fn write_object(object: &StateObject, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let resource = &object.address.resource.resource;
    let keyword = if resource.mode == Mode::Data { "data" } else { "resource" };
    let status = match (object.deposed, object.tainted) {
        (Some(key), _) => format!(" (deposed object {key})"),
        (None, true) => " (tainted)".into(),
        (None, false) => String::new(),
    };
    let mut text = format!("# {}:{status}\n{keyword} \"{}\" \"{}\" ", object.address, resource.kind, resource.name);
    let value = Some(&object.value).filter(|v| !v.is_null());
    let diff = match object.schema {
        Some(schema) => compare_block(&schema.block, value, value, &Context::default()),
        None => undeclared(value, value),
    };
    Renderer { out: &mut text, paint }.block_body(&diff, 0, true);
    text.push('\n');
    out.write_all(text.as_bytes())
}

/// Writes output values, each as `name = value`.
fn write_outputs<'s>(
    outputs: impl Iterator<Item = (&'s SmolStr, &'s Value)>,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (name, value) in outputs {
        let diff = compare_typed(Some(value), Some(value));
        let mut text = String::new();
        Renderer { out: &mut text, paint }.whole_assignment(name, &diff);
        text.push('\n');
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// An object of a state, decoded.
pub struct Listed<'s> {
    address: InstanceAddress,
    deposed: Option<&'s str>,
    tainted: bool,
    value: Value,
    schema: &'static Schema,
}

impl Listed<'_> {
    /// As it is written.
    #[must_use]
    pub fn as_object(&self) -> StateObject<'_> {
        StateObject {
            address: &self.address,
            deposed: self.deposed,
            tainted: self.tainted,
            value: self.value.clone(),
            schema: Some(self.schema),
        }
    }
}

/// All objects of a state, decoded, in order.
///
/// # Errors
/// When the type of one isn't known here, or its attributes aren't of its type.
pub fn objects_of<'s>(
    state: &'s State,
    schema_of: &dyn Fn(Mode, &str) -> Option<&'static Schema>,
) -> Result<Vec<Listed<'s>>, Diagnostic> {
    let mut found = Vec::new();
    for (address, instance) in state.instances() {
        let key = &address.resource.resource;
        let Some(schema) = schema_of(key.mode, &key.kind) else {
            let detail =
                format!("No provider here has the type of {address}, and without its schema it can't be shown.");
            return Err(Diagnostic::error("Failed to load plugin schemas", detail));
        };
        let deposed = instance.deposed.iter().map(|(name, object)| (Some(name.as_str()), object));
        for (deposed, object) in instance.current.iter().map(|o| (None, o)).chain(deposed) {
            let value = object
                .value(schema.implied_type())
                .map_err(|e| Diagnostic::error("Failed to decode resource from state", format!("{address}: {e}.")))?;
            let value = value.mark_paths(&sensitive_paths(schema, &value));
            let tainted = object.status == ObjectStatus::Tainted;
            found.push(Listed { address: address.clone(), deposed, tainted, value, schema });
        }
    }
    Ok(found)
}
