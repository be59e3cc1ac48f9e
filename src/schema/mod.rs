//! Schemas of resource types, data sources and provider configurations: what a block may contain,
//! of which types, and how a body in the configuration becomes an object value.

mod decode;
pub mod planning;
#[cfg(test)]
mod tests;
mod written_as_blocks;

use std::sync::{Arc, LazyLock, OnceLock};

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::lang::{Type, Value};
use crate::syntax::body::{AttributeSchema, BlockSchema, BodySchema};

pub use decode::{DynamicScope, body_expressions, body_references, decode_body};

/// The schema of a resource type, data source or provider configuration.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// The version of the stored form, which state records.
    pub version: u64,
    /// What the block contains.
    pub block: Block,
    ty: OnceLock<Type>,
}

impl Schema {
    /// A schema of a version.
    #[must_use]
    pub fn new(version: u64, block: Block) -> Self {
        Schema { version, block, ty: OnceLock::new() }
    }

    /// The type of an object of the schema. Made once.
    #[must_use]
    pub fn implied_type(&self) -> &Type {
        self.ty.get_or_init(|| self.block.implied_type())
    }
}

/// What a block contains.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Arguments and computed attributes.
    pub attributes: IndexMap<SmolStr, Attribute>,
    /// Nested blocks.
    pub blocks: IndexMap<SmolStr, NestedBlock>,
}

/// An attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its type.
    pub ty: Type,
    /// Must be set in the configuration.
    pub required: bool,
    /// Can be set in the configuration.
    pub optional: bool,
    /// Can be decided by the provider.
    pub computed: bool,
    /// Is not shown.
    pub sensitive: bool,
    /// Can be set, but is kept in neither plan nor state.
    pub write_only: bool,
    /// A change of it can't be made in place.
    pub force_new: bool,
    /// Its value where the configuration has none.
    pub default: Option<Value>,
    /// Brings a value into the form that all values with the same meaning share: those are not
    /// different. None if every difference counts.
    pub normalise: Option<fn(&Value) -> Value>,
    /// Why not to use it any more.
    pub deprecated: Option<SmolStr>,
    /// What an attribute that is made of others contains; its type is theirs.
    pub nested: Option<Arc<NestedAttributes>>,
}

/// The attributes that an attribute is made of.
#[derive(Clone, Debug)]
pub struct NestedAttributes {
    /// One object, or a list, set or map of them. ([`Nesting::Group`] does not occur.)
    pub nesting: Nesting,
    /// The attributes of each object.
    pub attributes: IndexMap<SmolStr, Attribute>,
}

impl Attribute {
    /// An attribute that must be set.
    #[must_use]
    pub fn required(ty: Type) -> Self {
        Attribute { required: true, ..Attribute::optional(ty) }
    }

    /// An attribute that can be set.
    #[must_use]
    pub fn optional(ty: Type) -> Self {
        Attribute {
            ty,
            required: false,
            optional: true,
            computed: false,
            sensitive: false,
            write_only: false,
            force_new: false,
            default: None,
            normalise: None,
            deprecated: None,
            nested: None,
        }
    }

    /// An attribute that the provider sets.
    #[must_use]
    pub fn computed(ty: Type) -> Self {
        Attribute { computed: true, optional: false, ..Attribute::optional(ty) }
    }

    /// An attribute that can be set, and that the provider sets where it isn't.
    #[must_use]
    pub fn optional_computed(ty: Type) -> Self {
        Attribute { computed: true, ..Attribute::optional(ty) }
    }

    /// Whether the configuration has no say in it.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.computed && !self.optional && !self.required
    }

    /// Whether two values of it mean the same.
    #[must_use]
    pub fn is_same(&self, a: &Value, b: &Value) -> bool {
        a == b || self.normalise.is_some_and(|normalise| normalise(a) == normalise(b))
    }
}

/// What an object is made of, be it a block or an attribute that is made of others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape<'a> {
    /// Its attributes.
    pub attributes: &'a IndexMap<SmolStr, Attribute>,
    /// Its nested blocks.
    pub blocks: &'a IndexMap<SmolStr, NestedBlock>,
}

/// How often an object of a shape occurs in one place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nested<'a> {
    /// How often.
    pub nesting: Nesting,
    /// The shape of each.
    pub shape: Shape<'a>,
}

impl NestedAttributes {
    pub(crate) fn nested(&self) -> Nested<'_> {
        static NO_BLOCKS: LazyLock<IndexMap<SmolStr, NestedBlock>> = LazyLock::new(IndexMap::new);
        let shape = Shape { attributes: &self.attributes, blocks: &NO_BLOCKS };
        Nested { nesting: self.nesting, shape }
    }
}

/// How often a nested block occurs, and what that makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// At most once: an object, or null.
    Single,
    /// Like [`Nesting::Single`], an object of nulls if left out.
    Group,
    /// In order: a list of objects.
    List,
    /// In no order: a set of objects.
    Set,
    /// By a label: a map of objects.
    Map,
}

/// A type of nested block.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// How often it occurs.
    pub nesting: Nesting,
    /// What it contains.
    pub block: Block,
    /// At least so often.
    pub min: usize,
    /// At most so often; 0 is any number.
    pub max: usize,
    /// The provider makes some where the configuration has none.
    pub computed: bool,
    /// Adding or removing one can't be done in place.
    pub force_new: bool,
}

impl Block {
    /// The type of an object that this block describes.
    #[must_use]
    pub fn implied_type(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, a)| (name.clone(), a.ty.clone()));
        let blocks = self.blocks.iter().map(|(name, b)| (name.clone(), b.implied_type()));
        Type::object(attributes.chain(blocks))
    }

    /// What the syntax of a body may have: computed attributes too, so that setting one gives an
    /// error of its own.
    #[must_use]
    pub fn body_schema(&self) -> BodySchema {
        let attributes = self.attributes.iter().map(|(name, a)| AttributeSchema::new(name.clone(), a.required));
        let blocks = self
            .blocks
            .iter()
            .map(|(name, b)| BlockSchema::new(name.clone(), if b.nesting == Nesting::Map { &["key"] } else { &[] }));
        BodySchema { attributes: attributes.collect(), blocks: blocks.collect() }
    }

    pub(crate) fn shape(&self) -> Shape<'_> {
        Shape { attributes: &self.attributes, blocks: &self.blocks }
    }

    /// Whether there is an attribute or block of that name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.attributes.contains_key(name) || self.blocks.contains_key(name)
    }
}

impl NestedBlock {
    pub(crate) fn nested(&self) -> Nested<'_> {
        Nested { nesting: self.nesting, shape: self.block.shape() }
    }

    /// The type of everything that blocks of this type amount to. With `any` in a list or set of
    /// blocks, elements can differ, and the type can't be told in advance.
    #[must_use]
    pub fn implied_type(&self) -> Type {
        let element = self.block.implied_type();
        match self.nesting {
            Nesting::Single | Nesting::Group => element,
            Nesting::List | Nesting::Map if element.has_dynamic() => Type::Dynamic,
            Nesting::List => Type::list(element),
            Nesting::Set => Type::set(element),
            Nesting::Map => Type::map(element),
        }
    }
}
