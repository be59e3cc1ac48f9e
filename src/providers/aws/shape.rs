//! How the schemas of this provider are written down: short, one attribute a line.

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::lang::{Type, Value};
use crate::schema::{Attribute, Block, NestedBlock, Nesting, Schema};

/// A named attribute or nested block.
pub enum Part {
    /// An attribute.
    Attribute(&'static str, Attribute),
    /// A nested block.
    Block(&'static str, NestedBlock),
}

/// A schema of a version.
#[must_use]
pub fn schema<const N: usize>(version: u64, parts: [Part; N]) -> Schema {
    Schema::new(version, block_of(parts))
}

/// What a block contains.
#[must_use]
pub fn block_of<const N: usize>(parts: [Part; N]) -> Block {
    let mut block = Block::default();
    for part in parts {
        match part {
            Part::Attribute(name, attribute) => drop(block.attributes.insert(SmolStr::new_static(name), attribute)),
            Part::Block(name, nested) => drop(block.blocks.insert(SmolStr::new_static(name), nested)),
        }
    }
    block
}

/// An attribute that must be set.
#[must_use]
pub fn required(name: &'static str, ty: Type) -> Part {
    Part::Attribute(name, Attribute::required(ty))
}

/// An attribute that can be set.
#[must_use]
pub fn optional(name: &'static str, ty: Type) -> Part {
    Part::Attribute(name, Attribute::optional(ty))
}

/// An attribute that AWS sets.
#[must_use]
pub fn computed(name: &'static str, ty: Type) -> Part {
    Part::Attribute(name, Attribute::computed(ty))
}

/// An attribute that can be set, and that AWS sets where it isn't.
#[must_use]
pub fn optional_computed(name: &'static str, ty: Type) -> Part {
    Part::Attribute(name, Attribute::optional_computed(ty))
}

/// Blocks in order.
#[must_use]
pub fn list_block<const N: usize>(name: &'static str, parts: [Part; N]) -> Part {
    nested(name, Nesting::List, parts)
}

/// Blocks in no order.
#[must_use]
pub fn set_block<const N: usize>(name: &'static str, parts: [Part; N]) -> Part {
    nested(name, Nesting::Set, parts)
}

/// A block that occurs at most once, and is an object or null.
#[must_use]
pub fn single_block<const N: usize>(name: &'static str, parts: [Part; N]) -> Part {
    nested(name, Nesting::Single, parts)
}

fn nested<const N: usize>(name: &'static str, nesting: Nesting, parts: [Part; N]) -> Part {
    let block = block_of(parts);
    Part::Block(name, NestedBlock { nesting, block, min: 0, max: 0, computed: false, force_new: false })
}

/// The block for how long operations may take.
#[must_use]
pub fn timeouts(operations: &[&'static str]) -> Part {
    let attribute = |name: &&'static str| (SmolStr::new_static(name), Attribute::optional(Type::String));
    let block = Block { attributes: operations.iter().map(attribute).collect(), blocks: IndexMap::new() };
    Part::Block(
        "timeouts",
        NestedBlock { nesting: Nesting::Single, block, min: 0, max: 0, computed: false, force_new: false },
    )
}

/// The object's id.
#[must_use]
pub fn id() -> Part {
    optional_computed("id", Type::String)
}

/// Tags: those of the configuration.
#[must_use]
pub fn tags() -> Part {
    optional("tags", Type::map(Type::String))
}

/// Tags with the provider's default ones.
#[must_use]
pub fn tags_all() -> Part {
    optional_computed("tags_all", Type::map(Type::String))
}

/// A list of texts.
#[must_use]
pub fn strings() -> Type {
    Type::list(Type::String)
}

/// A set of texts.
#[must_use]
pub fn string_set() -> Type {
    Type::set(Type::String)
}

/// A map of texts.
#[must_use]
pub fn string_map() -> Type {
    Type::map(Type::String)
}

/// An object with attributes of some types.
#[must_use]
pub fn object_of<const N: usize>(attributes: [(&'static str, Type); N]) -> Type {
    Type::object(attributes.map(|(name, ty)| (SmolStr::new_static(name), ty)))
}

impl Part {
    fn attribute(self, change: impl FnOnce(&mut Attribute)) -> Self {
        match self {
            Part::Attribute(name, mut attribute) => {
                change(&mut attribute);
                Part::Attribute(name, attribute)
            }
            block => block,
        }
    }

    fn block(self, change: impl FnOnce(&mut NestedBlock)) -> Self {
        match self {
            Part::Block(name, mut block) => {
                change(&mut block);
                Part::Block(name, block)
            }
            attribute => attribute,
        }
    }

    /// A change of it needs a new object.
    #[must_use]
    pub fn force_new(self) -> Self {
        self.attribute(|a| a.force_new = true).block(|b| b.force_new = true)
    }

    /// Its value where the configuration has none.
    #[must_use]
    pub fn default(self, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.attribute(|a| a.default = Some(value))
    }

    /// It isn't shown.
    #[must_use]
    pub fn sensitive(self) -> Self {
        self.attribute(|a| a.sensitive = true)
    }

    /// It is kept in neither plan nor state.
    #[must_use]
    pub fn write_only(self) -> Self {
        self.attribute(|a| a.write_only = true)
    }

    /// Not to be used any more.
    #[must_use]
    pub fn deprecated(self, why: &'static str) -> Self {
        self.attribute(|a| a.deprecated = Some(SmolStr::new_static(why)))
    }

    /// Values with the same normal form are not different.
    #[must_use]
    pub fn normalise(self, normalise: fn(&Value) -> Value) -> Self {
        self.attribute(|a| a.normalise = Some(normalise))
    }

    /// Blocks that AWS makes where the configuration has none.
    #[must_use]
    pub fn computed(self) -> Self {
        self.block(|b| b.computed = true)
    }

    /// At least so many blocks.
    #[must_use]
    pub fn min(self, min: usize) -> Self {
        self.block(|b| b.min = min)
    }

    /// At most so many blocks.
    #[must_use]
    pub fn max(self, max: usize) -> Self {
        self.block(|b| b.max = max)
    }
}
