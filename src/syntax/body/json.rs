//! Content of bodies in JSON syntax: blocks are objects, nested by label, or arrays of them.

use std::sync::Arc;

use smol_str::SmolStr;

use super::{Attribute, Attributes, BlockContent, BlockSchema, BodySchema, ConfigBody, Content, Source, did_you_mean};
use crate::syntax::ast::Ident;
use crate::syntax::json::{Member, Node, NodeKind};
use crate::syntax::{Diagnostic, Diagnostics, SourceFile, Span};

/// The property name that marks a comment in an object that stands for a body.
const COMMENT: &str = "//";

impl ConfigBody {
    pub(super) fn json_content(
        &self,
        node: &Node,
        file: &SourceFile,
        schema: &BodySchema,
        rest: &mut ConfigBody,
        diagnostics: &mut Diagnostics,
    ) -> Content {
        let used = Arc::make_mut(&mut rest.hidden_attributes);
        let (mut attributes, mut blocks) = (Attributes::new(), Vec::new());
        for member in members(node, None, diagnostics) {
            if self.hidden_attributes.contains(&member.name) {
                continue;
            }
            if schema.attributes.iter().any(|wanted| wanted.name == member.name) {
                used.insert(member.name.clone());
                add_attribute(member, file, "Duplicate argument", &mut attributes, diagnostics);
            } else if let Some(wanted) = schema.blocks.iter().find(|wanted| wanted.kind == member.name) {
                used.insert(member.name.clone());
                let mut unpacking =
                    Unpacking { wanted, kind_span: member.name_span, file, blocks: &mut blocks, diagnostics };
                unpacking.unpack(&member.value, &mut Vec::new());
            }
        }
        for wanted in schema.attributes.iter().filter(|wanted| wanted.required) {
            if !attributes.contains_key(&wanted.name) {
                self.report_missing(&wanted.name, diagnostics);
            }
        }
        Content { attributes, blocks, missing_item_span: self.missing_item_span() }
    }

    /// Reports what is left in this body after the content was taken.
    pub(super) fn report_json_rest(&self, node: &Node, schema: &BodySchema, diagnostics: &mut Diagnostics) {
        let names: Vec<&SmolStr> = schema
            .attributes
            .iter()
            .map(|wanted| &wanted.name)
            .filter(|name| !self.hidden_attributes.contains(*name))
            .chain(schema.blocks.iter().map(|wanted| &wanted.kind))
            .collect();
        // What is wrong with the value itself has been reported.
        for member in members(node, None, &mut Diagnostics::new()) {
            if member.name == COMMENT || self.hidden_attributes.contains(&member.name) {
                continue;
            }
            let hint = did_you_mean(&member.name, names.iter().copied()).unwrap_or_default();
            let detail = format!("No argument or block type is named {:?}.{hint}", member.name);
            diagnostics.push(
                Diagnostic::error("Extraneous JSON object property", detail).at(member.name_span).within(member.span()),
            );
        }
    }

    pub(super) fn json_attributes(&self, node: &Node, file: &SourceFile, diagnostics: &mut Diagnostics) -> Attributes {
        let mut attributes = Attributes::new();
        let NodeKind::Object(members) = &node.kind else {
            let detail = "A JSON object is required here, setting the arguments for this block.";
            diagnostics.push(wrong_type(node, detail));
            return attributes;
        };
        for member in members {
            if member.name != COMMENT && !self.hidden_attributes.contains(&member.name) {
                add_attribute(member, file, "Duplicate attribute definition", &mut attributes, diagnostics);
            }
        }
        attributes
    }
}

/// What a diagnostic about something missing points at: where it would have to be added.
pub(super) fn missing_item_span(node: &Node) -> Span {
    match node.kind {
        NodeKind::Object(_) => node.close_span(),
        _ => node.start_span(),
    }
}

fn add_attribute(
    member: &Member,
    file: &SourceFile,
    duplicate: &str,
    attributes: &mut Attributes,
    diagnostics: &mut Diagnostics,
) {
    if let Some(first) = attributes.get(&member.name) {
        let place = file.place(first.span);
        let detail = format!("The argument {:?} was already set at {place}.", member.name);
        diagnostics.push(Diagnostic::error(duplicate, detail).at(member.name_span).within(member.span()));
        return;
    }
    let (expr, errors) = member.value.expr(file);
    diagnostics.extend(errors);
    let attribute = Attribute { name: member.name.clone(), name_span: member.name_span, expr, span: member.span() };
    attributes.insert(member.name.clone(), attribute);
}

/// The members of an object, or of all objects in an array. `label` is what their names are to be.
fn members<'a>(node: &'a Node, label: Option<&str>, diagnostics: &mut Diagnostics) -> Vec<&'a Member> {
    let purpose = || match label {
        Some(label) => format!("to specify {label} labels for this block."),
        None => "to define arguments and child blocks.".to_owned(),
    };
    match &node.kind {
        NodeKind::Null => Vec::new(),
        NodeKind::Object(members) => members.iter().collect(),
        NodeKind::Array(items) => {
            let mut all = Vec::new();
            for item in items {
                match &item.kind {
                    NodeKind::Object(members) => all.extend(members),
                    _ => {
                        let detail = format!("A JSON object is required here, {}", purpose());
                        diagnostics.push(wrong_type(item, detail));
                    }
                }
            }
            all
        }
        _ => {
            let detail = format!("Either a JSON object or JSON array of objects is required here, {}", purpose());
            diagnostics.push(wrong_type(node, detail));
            Vec::new()
        }
    }
}

fn wrong_type(node: &Node, detail: impl Into<String>) -> Diagnostic {
    Diagnostic::error("Incorrect JSON value type", detail).at(node.start_span())
}

/// The value of a property that is a type of block, on the way to the blocks in it.
struct Unpacking<'a> {
    wanted: &'a BlockSchema,
    kind_span: Span,
    file: &'a SourceFile,
    blocks: &'a mut Vec<BlockContent>,
    diagnostics: &'a mut Diagnostics,
}

impl Unpacking<'_> {
    /// Goes one label deeper, or if there are enough of them, takes the blocks.
    fn unpack(&mut self, node: &Arc<Node>, labels: &mut Vec<Ident>) {
        let kind = &self.wanted.kind;
        if let Some(label) = self.wanted.labels.get(labels.len()) {
            let members = members(node, Some(label), self.diagnostics);
            if members.is_empty() {
                let detail = format!(
                    "At least one object property is required, whose name represents the {kind} block's {label}."
                );
                self.diagnostics.push(Diagnostic::error("Missing block label", detail).at(node.start_span()));
            }
            for member in members {
                labels.push(Ident { name: member.name.clone(), span: member.name_span });
                self.unpack(&member.value, labels);
                labels.pop();
            }
            return;
        }
        match &node.kind {
            NodeKind::Null => {}
            NodeKind::Object(_) => self.add(node, labels, node.start_span()),
            // Items that are no objects are reported when their content is wanted.
            NodeKind::Array(items) => items.iter().for_each(|item| self.add(item, labels, node.start_span())),
            _ => {
                let detail = format!(
                    "Either a JSON object or a JSON array is required, representing the contents of one or more \
                     {kind:?} blocks."
                );
                self.diagnostics.push(wrong_type(node, detail));
            }
        }
    }

    fn add(&mut self, node: &Arc<Node>, labels: &[Ident], def_span: Span) {
        self.blocks.push(BlockContent {
            kind: self.wanted.kind.clone(),
            kind_span: self.kind_span,
            labels: labels.to_vec(),
            body: ConfigBody::new(Source::Json { node: Arc::clone(node), file: self.file.clone() }),
            def_span,
        });
    }
}
