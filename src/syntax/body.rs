//! Bodies seen through a schema: what HCL calls content, the same for native and JSON syntax.

mod json;
mod native;
mod overridden;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smol_str::SmolStr;

use crate::syntax::ast::{self, Expr, Ident};
use crate::syntax::json::{Document, Node};
use crate::syntax::suggestion::suggestion;
use crate::syntax::{Diagnostic, Diagnostics, FileId, SourceFile, Span};

/// A body in either syntax, less what has been taken from it already. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ConfigBody {
    source: Source,
    /// Names of arguments that [`ConfigBody::partial_content`] has handed out (JSON: of blocks, too).
    hidden_attributes: Arc<BTreeSet<SmolStr>>,
    /// Types of blocks that it has handed out.
    hidden_blocks: Arc<BTreeSet<SmolStr>>,
}

#[derive(Clone, Debug)]
enum Source {
    Native {
        body: Arc<ast::Body>,
        missing_item: Span,
    },
    Json {
        node: Arc<Node>,
        file: SourceFile,
    },
    /// A body, and the one that overrides it.
    Overridden(Arc<[ConfigBody; 2]>),
}

/// The arguments and blocks that a body may have:
/// `BodySchema::new().required(&["source"]).optional(&["version"]).block("provisioner", &["type"])`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BodySchema {
    /// Arguments.
    pub attributes: Vec<AttributeSchema>,
    /// Types of blocks.
    pub blocks: Vec<BlockSchema>,
}

impl BodySchema {
    /// A schema that allows nothing.
    #[must_use]
    pub fn new() -> Self {
        BodySchema::default()
    }

    /// Allows these arguments and says that they have to be there.
    #[must_use]
    pub fn required(mut self, names: &[&'static str]) -> Self {
        self.attributes.extend(names.iter().map(|name| AttributeSchema::new(SmolStr::new_static(name), true)));
        self
    }

    /// Allows these arguments.
    #[must_use]
    pub fn optional(mut self, names: &[&'static str]) -> Self {
        self.attributes.extend(names.iter().map(|name| AttributeSchema::new(SmolStr::new_static(name), false)));
        self
    }

    /// Allows blocks of this type, with labels that mean this.
    #[must_use]
    pub fn block(mut self, kind: &'static str, labels: &'static [&'static str]) -> Self {
        self.blocks.push(BlockSchema::new(SmolStr::new_static(kind), labels));
        self
    }
}

/// An argument that a body may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeSchema {
    /// Its name.
    pub name: SmolStr,
    /// Whether it is an error if it is not there.
    pub required: bool,
}

impl AttributeSchema {
    /// The argument `name`.
    #[must_use]
    pub fn new(name: SmolStr, required: bool) -> Self {
        AttributeSchema { name, required }
    }
}

/// A type of block that a body may have, any number of times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockSchema {
    /// The type.
    pub kind: SmolStr,
    /// What its labels mean, in order: `type`, `name`.
    pub labels: &'static [&'static str],
}

impl BlockSchema {
    /// The block type `kind`.
    #[must_use]
    pub fn new(kind: SmolStr, labels: &'static [&'static str]) -> Self {
        BlockSchema { kind, labels }
    }
}

/// What a body has of what a schema allows.
#[derive(Clone, Debug)]
pub struct Content {
    /// Arguments by name.
    pub attributes: Attributes,
    /// Blocks, in source order.
    pub blocks: Vec<BlockContent>,
    /// What a diagnostic about something missing points at.
    pub missing_item_span: Span,
}

/// Arguments by name.
pub type Attributes = BTreeMap<SmolStr, Attribute>;

/// An argument.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: SmolStr,
    /// Where the name stands.
    pub name_span: Span,
    /// Its value.
    pub expr: Arc<Expr>,
    /// From the name to the end of the value.
    pub span: Span,
}

/// A block.
#[derive(Clone, Debug)]
pub struct BlockContent {
    /// Its type.
    pub kind: SmolStr,
    /// Where the type stands.
    pub kind_span: Span,
    /// Its labels, as many as the schema names.
    pub labels: Vec<Ident>,
    /// What is in it.
    pub body: ConfigBody,
    /// What diagnostics about the block point at: type and labels, or in JSON the opening bracket.
    pub def_span: Span,
}

impl ConfigBody {
    /// The body of a file in native syntax.
    #[must_use]
    pub fn from_native(file: FileId, body: Arc<ast::Body>) -> Self {
        ConfigBody::new(Source::Native { body, missing_item: Span::new(file, 0, 0) })
    }

    /// The body of a block in native syntax.
    #[must_use]
    pub fn from_block(block: &ast::Block) -> Self {
        ConfigBody::new(Source::Native { body: Arc::clone(&block.body), missing_item: block.braces.at_start() })
    }

    /// The body of a file in JSON syntax.
    #[must_use]
    pub fn from_json(document: &Document) -> Self {
        ConfigBody::new(Source::Json { node: Arc::clone(&document.root), file: document.source.clone() })
    }

    /// A body with nothing in it, for which diagnostics point at `span`.
    #[must_use]
    pub fn empty(span: Span) -> Self {
        ConfigBody::new(Source::Native { body: Arc::default(), missing_item: span })
    }

    fn new(source: Source) -> Self {
        ConfigBody { source, hidden_attributes: Arc::default(), hidden_blocks: Arc::default() }
    }

    /// The native body, if it is one; whoever looks at it sees what was taken from it, too.
    #[must_use]
    pub fn as_native(&self) -> Option<&ast::Body> {
        match &self.source {
            Source::Native { body, .. } => Some(body),
            Source::Json { .. } | Source::Overridden(_) => None,
        }
    }

    /// All expressions in it and in the blocks in it, whatever schema it has. What was taken from it is among them.
    #[must_use]
    pub fn expressions(&self) -> Vec<Arc<Expr>> {
        fn visit(body: &ast::Body, found: &mut Vec<Arc<Expr>>) {
            found.extend(body.attributes.iter().map(|a| Arc::clone(&a.expr)));
            body.blocks.iter().for_each(|b| visit(&b.body, found));
        }
        match &self.source {
            Source::Native { body, .. } => {
                let mut found = Vec::new();
                visit(body, &mut found);
                found
            }
            Source::Json { node, file } => {
                let attributes = self.json_attributes(node, file, &mut Diagnostics::new());
                attributes.into_values().map(|a| a.expr).collect()
            }
            Source::Overridden(bodies) => bodies.iter().flat_map(ConfigBody::expressions).collect(),
        }
    }

    /// This body with everything in another one in the place of what it has of the same name: arguments
    /// one by one, blocks all of a type.
    #[must_use]
    pub fn overridden_by(&self, other: &ConfigBody) -> ConfigBody {
        ConfigBody::new(Source::Overridden(Arc::new([self.clone(), other.clone()])))
    }

    /// Takes what the schema allows. Whatever else the body has is an error.
    #[must_use]
    pub fn content(&self, schema: &BodySchema) -> (Content, Diagnostics) {
        let (content, rest, mut diagnostics) = self.partial_content(schema);
        match &self.source {
            Source::Native { body, .. } => rest.report_native_rest(body, schema, &content, &mut diagnostics),
            Source::Json { node, .. } => rest.report_json_rest(node, schema, &mut diagnostics),
            Source::Overridden(bodies) => overridden::report_rest(bodies, schema, &mut diagnostics),
        }
        (content, diagnostics)
    }

    /// Takes what the schema allows, and gives the body that is left.
    #[must_use]
    pub fn partial_content(&self, schema: &BodySchema) -> (Content, ConfigBody, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let mut rest = self.clone();
        let content = match &self.source {
            Source::Native { body, .. } => self.native_content(body, schema, &mut rest, &mut diagnostics),
            Source::Json { node, file } => self.json_content(node, file, schema, &mut rest, &mut diagnostics),
            Source::Overridden(bodies) => self.overridden_content(bodies, schema, &mut rest, &mut diagnostics),
        };
        (content, rest, diagnostics)
    }

    /// Takes the body as arguments with names that no schema knows. Blocks are errors.
    #[must_use]
    pub fn just_attributes(&self) -> (Attributes, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let attributes = match &self.source {
            Source::Native { body, .. } => self.native_attributes(body, &mut diagnostics),
            Source::Json { node, file } => self.json_attributes(node, file, &mut diagnostics),
            Source::Overridden(bodies) => overridden::attributes(bodies, &mut diagnostics),
        };
        (attributes, diagnostics)
    }

    /// What a diagnostic about something missing points at.
    #[must_use]
    pub fn missing_item_span(&self) -> Span {
        match &self.source {
            Source::Native { missing_item, .. } => *missing_item,
            Source::Json { node, .. } => json::missing_item_span(node),
            Source::Overridden(bodies) => bodies[0].missing_item_span(),
        }
    }

    fn report_missing(&self, name: &str, diagnostics: &mut Diagnostics) {
        let detail = format!("The argument {name:?} is required, but no definition was found.");
        diagnostics.push(Diagnostic::error("Missing required argument", detail).at(self.missing_item_span()));
    }
}

/// ` Did you mean "x"?`, if one of the names is similar.
fn did_you_mean<'a>(given: &str, names: impl IntoIterator<Item = &'a SmolStr>) -> Option<String> {
    suggestion(given, names.into_iter().map(SmolStr::as_str)).map(|name| format!(" Did you mean {name:?}?"))
}
