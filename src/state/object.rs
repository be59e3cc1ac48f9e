//! Objects between their values and what state keeps of them.

use std::sync::Arc;

use super::value_json::{DecodeError, EncodeError, read_value, write_value};
use super::{ObjectState, ObjectStatus};
use crate::lang::{Marks, Path, Type, Value};

impl ObjectState {
    /// The object that a value is, its sensitive parts noted: ready, without dependencies.
    ///
    /// # Errors
    /// When something in the value is unknown, infinite or ephemeral, or not of the type.
    pub fn new(value: &Value, ty: &Type, schema_version: u64) -> Result<Self, EncodeError> {
        let (attributes, sensitive) = encode(value, ty)?;
        Ok(ObjectState {
            status: ObjectStatus::Ready,
            schema_version,
            attributes,
            sensitive,
            private: None,
            dependencies: Arc::default(),
            create_before_destroy: false,
        })
    }

    /// This object with another value.
    ///
    /// # Errors
    /// As for [`ObjectState::new`].
    pub fn with_value(&self, value: &Value, ty: &Type) -> Result<Self, EncodeError> {
        let (attributes, sensitive) = encode(value, ty)?;
        Ok(ObjectState { attributes, sensitive, ..self.clone() })
    }

    /// The value, of the type that the schema has, what is sensitive in it marked.
    ///
    /// # Errors
    /// When the attributes are not of the type.
    pub fn value(&self, ty: &Type) -> Result<Value, DecodeError> {
        let value = self.unmarked_value(ty)?;
        if self.sensitive.is_empty() {
            return Ok(value);
        }
        let paths: Vec<(Path, Marks)> = self.sensitive.iter().map(|p| (p.clone(), Marks::SENSITIVE)).collect();
        Ok(value.mark_paths(&paths))
    }

    /// The value without marks.
    ///
    /// # Errors
    /// When the attributes are not of the type.
    pub fn unmarked_value(&self, ty: &Type) -> Result<Value, DecodeError> {
        read_value(&self.attributes, ty)
    }
}

fn encode(value: &Value, ty: &Type) -> Result<(Arc<str>, Arc<[Path]>), EncodeError> {
    let mut attributes = String::new();
    write_value(value, ty, &mut attributes)?;
    let sensitive = match value.deep_marks().contains(Marks::SENSITIVE) {
        false => Arc::default(),
        true => {
            let marked = value.marked_paths().into_iter().filter(|(_, marks)| marks.contains(Marks::SENSITIVE));
            marked.map(|(path, _)| path).collect()
        }
    };
    Ok((attributes.into(), sensitive))
}
