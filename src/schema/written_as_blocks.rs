//! Attributes that may also be written as blocks: lists and sets of objects. Terraform's older provider library has them, and
//! `ingress` of a security group is one.

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::{Attribute, Block, NestedBlock, Nesting};
use crate::lang::Type;
use crate::syntax::body::{AttributeSchema, BlockSchema, BodySchema, ConfigBody};

/// The blocks that attributes are written as, by the attribute's name.
pub type WrittenAsBlocks = IndexMap<SmolStr, NestedBlock>;

/// What a body may have syntactically, and the attributes that it may have as blocks: those that it doesn't have as attributes.
/// (In JSON, both look the same, and are attributes.)
pub fn body_schema(body: &ConfigBody, block: &Block) -> (BodySchema, WrittenAsBlocks) {
    let mut written: WrittenAsBlocks =
        block.attributes.iter().filter_map(|(name, a)| Some((name.clone(), as_block(a)?))).collect();
    let mut schema = block.body_schema();
    schema.blocks.push(BlockSchema::new(SmolStr::new_static("dynamic"), &["type"]));
    if written.is_empty() {
        return (schema, written);
    }
    let attributes = written.keys().map(|name| AttributeSchema::new(name.clone(), false)).collect();
    let (given, _, _) = body.partial_content(&BodySchema { attributes, blocks: Vec::new() });
    written.retain(|name, _| !given.attributes.contains_key(name));
    schema.blocks.extend(written.keys().map(|name| BlockSchema::new(name.clone(), &[])));
    (schema, written)
}

/// The block that an attribute may be written as.
fn as_block(attribute: &Attribute) -> Option<NestedBlock> {
    let (nesting, element) = match &attribute.ty {
        Type::List(element) => (Nesting::List, element),
        Type::Set(element) => (Nesting::Set, element),
        _ => return None,
    };
    let Type::Object(object) = &**element else { return None };
    if attribute.nested.is_some() || attribute.is_read_only() {
        return None;
    }
    let attributes = object.attributes().iter().map(|a| (a.name.clone(), Attribute::optional(a.ty.clone()))).collect();
    let block = Block { attributes, blocks: IndexMap::new() };
    Some(NestedBlock { nesting, block, min: 0, max: 0, computed: false, force_new: false })
}
