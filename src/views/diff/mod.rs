//! Differences between values, as a tree: what `plan` shows of a change, and `show` of a value,
//! which is a difference that isn't one.

mod block;
mod compare;
mod render;
mod sequence;
mod string;

use smol_str::SmolStr;

use crate::lang::PathStep;
use crate::plan::Action;

pub use block::{compare_block, undeclared};
pub use compare::{compare_any, compare_typed};
pub use render::Renderer;

/// How a value changes.
#[derive(Clone, Debug)]
pub struct Diff {
    /// [`Action::NoOp`], [`Action::Create`], [`Action::Update`] or [`Action::Delete`].
    pub action: Action,
    /// The change forces a replacement.
    pub replace: bool,
    /// The values.
    pub shape: Shape,
}

/// What changes in a value.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A string, number, bool or null.
    Primitive {
        /// None if there is nothing, not even a null.
        before: Option<Scalar>,
        /// Likewise.
        after: Option<Scalar>,
    },
    /// An attribute that is kept nowhere.
    WriteOnly,
    /// A value that isn't shown.
    Sensitive(Sensitivity),
    /// A value that isn't known yet.
    Unknown {
        /// The one that it replaces, as if that were deleted.
        before: Option<Box<Diff>>,
    },
    /// A value of another type.
    TypeChange {
        /// As if it were deleted.
        before: Box<Diff>,
        /// As if it were created.
        after: Box<Diff>,
    },
    /// A list, tuple or set.
    List {
        /// In the order in which they are shown.
        elements: Vec<Diff>,
        /// Neighbours of changed elements are shown, too.
        neighbours: bool,
    },
    /// A map.
    Map {
        /// By key.
        entries: Vec<(SmolStr, Diff)>,
        /// Elements are objects, which commas separate.
        commas: bool,
        /// Elements stand in a column.
        aligned: bool,
    },
    /// An object.
    Object {
        /// By name.
        attributes: Vec<(SmolStr, Diff)>,
        /// The schema names the attributes, one by one.
        nested: bool,
        /// It isn't known yet.
        unknown: bool,
    },
}

/// A value without parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it is written.
    Number(SmolStr),
    /// A string.
    String(SmolStr),
}

/// Which of two values is sensitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sensitivity {
    /// It was sensitive.
    pub before: bool,
    /// It will be sensitive.
    pub after: bool,
    /// Nothing else changes.
    pub unchanged: bool,
}

/// How a block changes.
#[derive(Clone, Debug)]
pub struct BlockDiff {
    /// As in [`Diff`].
    pub action: Action,
    /// The change forces a replacement.
    pub replace: bool,
    /// What is in it.
    pub content: BlockContent,
}

/// What is in a block.
#[derive(Clone, Debug)]
pub enum BlockContent {
    /// Attributes and blocks.
    Body {
        /// By name.
        attributes: Vec<(SmolStr, Diff)>,
        /// By type.
        groups: Vec<BlockGroup>,
        /// It isn't known yet.
        unknown: bool,
    },
    /// It isn't shown.
    Sensitive(Sensitivity),
    /// There may be any number of blocks.
    Unknown,
}

/// The blocks of a type.
#[derive(Clone, Debug)]
pub struct BlockGroup {
    /// The type.
    pub kind: SmolStr,
    /// In order, each with its label.
    pub blocks: Vec<(Option<SmolStr>, BlockDiff)>,
}

/// The action of a whole, from those of its parts. `own` is what it would be without parts.
fn combine(own: Action, parts: impl IntoIterator<Item = Action>) -> Action {
    let differs = |part: Action| part != Action::NoOp && part != own;
    if parts.into_iter().any(differs) { Action::Update } else { own }
}

/// Where in an object a value is, and what follows from that.
#[derive(Clone, Debug, Default)]
pub struct Context<'a> {
    /// Which parts of the value force a replacement: what is left of paths that led here.
    replacing: Vec<&'a [PathStep]>,
    /// It is an element, not an attribute.
    element: bool,
    /// A string without content is taken for null, as it is in lists.
    empty_is_null: bool,
}

impl<'a> Context<'a> {
    /// Of a whole object, with the paths to what forces a replacement.
    pub fn new(paths: &'a [crate::lang::Path]) -> Self {
        Context { replacing: paths.iter().map(|p| p.0.as_slice()).collect(), ..Context::default() }
    }

    /// Whether it is this value that forces a replacement.
    fn replaces(&self) -> bool {
        self.replacing.iter().any(|p| p.is_empty())
    }

    /// The same place, with nothing that forces a replacement.
    fn plain(&self) -> Context<'static> {
        Context { replacing: Vec::new(), element: self.element, empty_is_null: self.empty_is_null }
    }

    /// The part that a step leads to.
    fn below(&self, is_step: impl Fn(&PathStep) -> bool) -> Context<'a> {
        let rest = self.replacing.iter().filter_map(|p| p.split_first()).filter(|(s, _)| is_step(s)).map(|(_, p)| p);
        Context { replacing: rest.collect(), element: false, empty_is_null: self.empty_is_null }
    }

    fn into_element(self) -> Self {
        Context { element: true, ..self }
    }

    fn in_list(self) -> Self {
        Context { element: true, empty_is_null: true, ..self }
    }

    fn attribute(&self, name: &str) -> Context<'a> {
        self.below(|step| match step {
            PathStep::Attr(n) => n == name,
            PathStep::Index(key) => key.as_str().is_some_and(|k| k == name),
        })
    }

    fn index(&self, index: usize) -> Context<'a> {
        self.below(|step| match step {
            PathStep::Index(key) => {
                key.as_number().and_then(|n| n.to_i64()).is_some_and(|n| usize::try_from(n) == Ok(index))
            }
            PathStep::Attr(_) => false,
        })
    }
}
