//! From bodies to data: what every block of a file says. Only the form of blocks is looked at here;
//! what references mean, and whether they do, is seen later.

mod check;
mod condition;
pub mod constant;
mod locals;
mod module_call;
mod moved_removed_import;
mod output;
mod provider;
mod provisioner;
mod required_providers;
mod resource;
mod settings;
pub mod source;
pub mod target;
mod variable;

pub use required_providers::provider_address;

pub(crate) use constant::without_templates;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use smol_str::SmolStr;

use crate::config::module::{
    Backend, Check, Import, Local, Mode, ModuleCall, Moved, Output, ProviderConfig, ProviderKey, Removed,
    RequiredProvider, Resource, Variable,
};
use crate::syntax::ast::Ident;
use crate::syntax::body::{BlockContent, BodySchema, ConfigBody, Content};
use crate::syntax::{Diagnostic, Diagnostics, FileId, SourceFile, Span};

/// Everything that one file says, in source order.
#[derive(Clone, Debug, Default)]
pub struct FileBlocks {
    /// `required_version` constraints.
    pub required_versions: Vec<(SmolStr, Span)>,
    /// `required_providers` blocks, with where they stand.
    pub required_providers: Vec<(Span, Vec<RequiredProvider>)>,
    /// `backend` blocks.
    pub backends: Vec<Backend>,
    /// `cloud` blocks.
    pub clouds: Vec<Span>,
    /// `provider_meta` blocks.
    pub provider_metas: Vec<(SmolStr, Span)>,
    /// `provider` blocks.
    pub providers: Vec<(ProviderKey, ProviderConfig)>,
    /// `variable` blocks.
    pub variables: Vec<Given<Variable>>,
    /// Everything in `locals` blocks.
    pub locals: Vec<Local>,
    /// `output` blocks.
    pub outputs: Vec<Given<Output>>,
    /// `module` blocks.
    pub calls: Vec<Given<ModuleCall>>,
    /// `resource`, `data` and `ephemeral` blocks, also those in `check` blocks.
    pub resources: Vec<Given<Resource>>,
    /// `moved` blocks.
    pub moved: Vec<Moved>,
    /// `removed` blocks.
    pub removed: Vec<Removed>,
    /// `import` blocks.
    pub imports: Vec<Import>,
    /// `check` blocks.
    pub checks: Vec<Check>,
    /// Blocks of an override file that can't override anything: type and header.
    pub misplaced: Vec<(SmolStr, Span)>,
}

/// A block, with the names of the arguments that it sets if it stands in an override file.
#[derive(Clone, Debug)]
pub struct Given<T> {
    /// The block.
    pub block: T,
    /// The arguments.
    pub names: BTreeSet<SmolStr>,
}

impl<T> Given<T> {
    /// Whether the block sets the argument.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

/// The decoding of one file.
pub struct Decoder<'a> {
    file: &'a SourceFile,
    id: FileId,
    /// JSON syntax, in which strings stand for references and whole expressions.
    json: bool,
    /// An override file, whose blocks need not be complete.
    overriding: bool,
    diagnostics: Diagnostics,
}

static FILE: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .block("terraform", &[])
        .block("required_providers", &[])
        .block("provider", &["name"])
        .block("variable", &["name"])
        .block("locals", &[])
        .block("output", &["name"])
        .block("module", &["name"])
        .block("resource", &["type", "name"])
        .block("data", &["type", "name"])
        .block("ephemeral", &["type", "name"])
        .block("moved", &[])
        .block("removed", &[])
        .block("import", &[])
        .block("check", &["name"])
});

const BAD_IDENTIFIER: &str = "A name must start with a letter or underscore and may contain only letters, digits, \
                              underscores, and dashes.";

/// Decodes a file.
#[must_use]
pub fn decode_file(
    file: &SourceFile,
    id: FileId,
    body: &ConfigBody,
    json: bool,
    overriding: bool,
) -> (FileBlocks, Diagnostics) {
    let mut decoder = Decoder { file, id, json, overriding, diagnostics: Diagnostics::new() };
    let content = decoder.content(body, &FILE);
    let mut out = FileBlocks::default();
    for block in &content.blocks {
        decoder.block(block, &mut out);
    }
    (out, decoder.diagnostics)
}

impl Decoder<'_> {
    fn block(&mut self, block: &BlockContent, out: &mut FileBlocks) {
        match block.kind.as_str() {
            "terraform" => self.settings(block, out),
            "required_providers" => self.error(
                block.kind_span,
                "Invalid required_providers block",
                "A \"required_providers\" block must be nested inside a \"terraform\" block.",
            ),
            "provider" => out.providers.push(self.provider(block)),
            "variable" => out.variables.push(self.variable(block)),
            "locals" => self.locals(block, &mut out.locals),
            "output" => out.outputs.push(self.output(block)),
            "module" => out.calls.push(self.module_call(block)),
            "resource" => out.resources.push(self.resource(Mode::Managed, block, false)),
            "data" => out.resources.push(self.resource(Mode::Data, block, false)),
            "ephemeral" => out.resources.push(self.resource(Mode::Ephemeral, block, false)),
            _ if self.overriding => {
                out.misplaced.push((block.kind.clone(), block.def_span));
                // What is in a check that can't be there is of no interest.
                if block.kind != "check" {
                    self.free_block(block, &mut FileBlocks::default());
                }
            }
            _ => self.free_block(block, out),
        }
    }

    /// The blocks that only stand in primary files.
    fn free_block(&mut self, block: &BlockContent, out: &mut FileBlocks) {
        match block.kind.as_str() {
            "moved" => out.moved.extend(self.moved(block)),
            "removed" => out.removed.extend(self.removed(block)),
            "import" => out.imports.extend(self.import(block)),
            _ => self.check(block, out),
        }
    }

    fn error(&mut self, at: Span, summary: impl Into<String>, detail: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(at));
    }

    fn warning(&mut self, at: Span, summary: impl Into<String>, detail: impl Into<String>) {
        self.diagnostics.push(Diagnostic::warning(summary, detail).at(at));
    }

    fn content(&mut self, body: &ConfigBody, schema: &BodySchema) -> Content {
        let (content, diagnostics) = body.content(schema);
        self.diagnostics.extend(diagnostics);
        content
    }

    fn partial_content(&mut self, body: &ConfigBody, schema: &BodySchema) -> (Content, ConfigBody) {
        let (content, rest, diagnostics) = body.partial_content(schema);
        self.diagnostics.extend(diagnostics);
        (content, rest)
    }

    /// The name that a label gives, reported if it is none.
    fn name(&mut self, label: &Ident, summary: &str) -> Ident {
        if !is_identifier(&label.name) {
            self.error(label.span, summary, BAD_IDENTIFIER);
        }
        label.clone()
    }

    /// The names of the arguments, which only overriding asks for.
    fn given(&self, content: &Content) -> BTreeSet<SmolStr> {
        if self.overriding { content.attributes.keys().cloned().collect() } else { BTreeSet::new() }
    }
}

/// The label of a block whose schema has one there.
fn label(block: &BlockContent, index: usize) -> Ident {
    let missing = || Ident { name: SmolStr::default(), span: block.def_span };
    block.labels.get(index).cloned().unwrap_or_else(missing)
}

/// Whether this can be a name in the language.
fn is_identifier(name: &str) -> bool {
    match name.strip_prefix('_') {
        Some(rest) => hcl_edit::Ident::try_new(format!("a{rest}")).is_ok(),
        None => hcl_edit::Ident::try_new(name).is_ok(),
    }
}
