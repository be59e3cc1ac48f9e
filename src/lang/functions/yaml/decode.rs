//! From tokens to values: the grammar of libyaml's parser, as one function per kind of node.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::resolve::{Scalar, resolve};
use super::scan::tokens;
use super::token::{Mark, Style, Token, TokenKind, YamlError};
use crate::lang::convert::convert;
use crate::lang::{Type, Value};

/// How deep collections may be nested.
const MAX_DEPTH: usize = 200;

/// How much aliases may add to a document, as [`Value::weight`] counts.
const MAX_ALIASED_WEIGHT: u64 = 1_000_000;

/// The value of a text that holds a single document.
pub(super) fn document(text: &str) -> Result<Value, YamlError> {
    let mut parser = Parser {
        tokens: tokens(text),
        next: 0,
        tag_prefixes: HashMap::new(),
        anchors: HashMap::new(),
        open_anchors: Vec::new(),
        aliased_weight: 0,
        depth: 0,
    };
    parser.document()
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    tag_prefixes: HashMap<String, String>,
    /// What each anchor stands for.
    anchors: HashMap<String, Value>,
    /// The anchors of the collections around the current node.
    open_anchors: Vec<String>,
    aliased_weight: u64,
    depth: usize,
}

/// The beginning of a node, up to where its content starts.
struct Head {
    mark: Mark,
    anchor: Option<String>,
    tag: Option<String>,
    content: Content,
}

enum Content {
    Alias(String),
    Scalar {
        text: String,
        style: Style,
    },
    BlockSequence,
    /// The entries of a block sequence that is no further indented than the mapping around it.
    UnindentedSequence,
    FlowSequence,
    BlockMapping,
    FlowMapping,
    /// A mapping of one key within a flow sequence, without braces.
    SinglePair,
}

/// What a node may be where it stands.
#[derive(Clone, Copy, PartialEq)]
enum Context {
    Flow,
    Block,
    /// The key or value of a block mapping.
    BlockMapping,
}

impl Content {
    fn empty() -> Content {
        Content::Scalar { text: String::new(), style: Style::Plain }
    }
}

impl Head {
    /// A node that is left out.
    fn empty(mark: Mark) -> Head {
        Head { mark, anchor: None, tag: None, content: Content::empty() }
    }
}

impl Parser {
    fn document(&mut self) -> Result<Value, YamlError> {
        let head = match self.peek()?.kind {
            TokenKind::StreamEnd => return Err(YamlError::at(self.mark(), "missing start of document")),
            TokenKind::Version { .. } | TokenKind::TagDirective { .. } | TokenKind::DocumentStart => {
                self.directives()?;
                self.explicit_start()?;
                match self.peek()?.kind {
                    TokenKind::Version { .. }
                    | TokenKind::TagDirective { .. }
                    | TokenKind::DocumentStart
                    | TokenKind::DocumentEnd
                    | TokenKind::StreamEnd => Head::empty(self.mark()),
                    _ => self.head(Context::Block)?,
                }
            }
            _ => {
                self.directives()?;
                self.head(Context::Block)?
            }
        };
        let value = self.node(head)?;
        self.end()?;
        Ok(value)
    }

    /// Version and tag directives, and the prefixes that tags have without any.
    fn directives(&mut self) -> Result<(), YamlError> {
        let mut has_version = false;
        loop {
            let Token { kind, mark } = self.peek()?.clone();
            match kind {
                TokenKind::Version { .. } if has_version => {
                    return Err(YamlError::at(mark, "found duplicate %YAML directive"));
                }
                TokenKind::Version { major: 1, minor: 1 } => has_version = true,
                TokenKind::Version { .. } => return Err(YamlError::at(mark, "found incompatible YAML document")),
                TokenKind::TagDirective { handle, prefix } => {
                    if self.tag_prefixes.insert(handle, prefix).is_some() {
                        return Err(YamlError::at(mark, "found duplicate %TAG directive"));
                    }
                }
                _ => break,
            }
            self.skip();
        }
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            self.tag_prefixes.entry(handle.to_string()).or_insert_with(|| prefix.to_string());
        }
        Ok(())
    }

    fn explicit_start(&mut self) -> Result<(), YamlError> {
        if !self.takes(&TokenKind::DocumentStart)? {
            return Err(YamlError::at(self.mark(), "did not find expected <document start>"));
        }
        Ok(())
    }

    /// Nothing may follow the document.
    fn end(&mut self) -> Result<(), YamlError> {
        while self.takes(&TokenKind::DocumentEnd)? {}
        if self.peek()?.kind == TokenKind::StreamEnd {
            return Ok(());
        }
        let mark = self.mark();
        self.tag_prefixes.clear();
        self.directives()?;
        self.explicit_start()?;
        Err(YamlError::at(mark, "unexpected extra content after value"))
    }

    /// Reads the properties of a node and finds out what it is. The token that begins a collection is taken.
    fn head(&mut self, context: Context) -> Result<Head, YamlError> {
        let mark = self.peek()?.mark;
        if let TokenKind::Alias(name) = &self.peek()?.kind {
            let content = Content::Alias(name.clone());
            self.skip();
            return Ok(Head { mark, anchor: None, tag: None, content });
        }
        let (anchor, tag) = self.properties(mark)?;
        let in_block = context != Context::Flow;
        let content = match &self.peek()?.kind {
            TokenKind::BlockEntry if context == Context::BlockMapping => Content::UnindentedSequence,
            TokenKind::Scalar { text, style } => Content::Scalar { text: text.clone(), style: *style },
            TokenKind::FlowSequenceStart => Content::FlowSequence,
            TokenKind::FlowMappingStart => Content::FlowMapping,
            TokenKind::BlockSequenceStart if in_block => Content::BlockSequence,
            TokenKind::BlockMappingStart if in_block => Content::BlockMapping,
            _ if anchor.is_some() || tag.is_some() => {
                return Ok(Head { mark, anchor, tag, content: Content::empty() });
            }
            _ => return Err(YamlError::at(self.mark(), "did not find expected node content")),
        };
        if !matches!(content, Content::UnindentedSequence) {
            self.skip();
        }
        Ok(Head { mark, anchor, tag, content })
    }

    /// An anchor and a tag in either order.
    fn properties(&mut self, start: Mark) -> Result<(Option<String>, Option<String>), YamlError> {
        let (mut anchor, mut tag) = (None, None);
        loop {
            match &self.peek()?.kind {
                TokenKind::Anchor(name) if anchor.is_none() => anchor = Some(name.clone()),
                TokenKind::Tag { handle, suffix } if tag.is_none() => {
                    let (handle, suffix) = (handle.clone(), suffix.clone());
                    let prefix = match handle.as_str() {
                        "" => "",
                        handle => match self.tag_prefixes.get(handle) {
                            Some(prefix) => prefix,
                            None => return Err(YamlError::at(start, "found undefined tag handle")),
                        },
                    };
                    tag = Some(format!("{prefix}{suffix}"));
                }
                _ => return Ok((anchor, tag)),
            }
            self.skip();
        }
    }

    fn node(&mut self, head: Head) -> Result<Value, YamlError> {
        let Head { mark, anchor, tag, content } = head;
        let kind = match content {
            Content::Alias(name) => return self.alias(mark, &name),
            Content::Scalar { text, style } => {
                let value = match scalar(mark, tag.as_deref(), &text, style)? {
                    Scalar::Value(value) if style == Style::Block && tag.is_none() => as_text(&value),
                    Scalar::Value(value) => value,
                    Scalar::Merge => Value::string(text),
                };
                self.anchors.extend(anchor.map(|name| (name, value.clone())));
                return Ok(value);
            }
            Content::BlockSequence | Content::UnindentedSequence | Content::FlowSequence => "sequence",
            Content::BlockMapping | Content::FlowMapping | Content::SinglePair => "mapping",
        };
        if let Some(tag) = tag.filter(|tag| tag != if kind == "mapping" { MAPPING_TAG } else { SEQUENCE_TAG }) {
            return Err(YamlError::at(mark, format!("can't interpret {kind} as {tag}")));
        }
        if self.depth == MAX_DEPTH {
            return Err(YamlError::at(mark, format!("collections are nested more than {MAX_DEPTH} deep")));
        }
        self.depth += 1;
        self.open_anchors.extend(anchor.clone());
        let value = match content {
            Content::BlockSequence => self.block_sequence()?,
            Content::UnindentedSequence => self.unindented_sequence()?,
            Content::FlowSequence => self.flow_sequence()?,
            Content::BlockMapping => self.block_mapping()?,
            Content::FlowMapping => self.flow_mapping()?,
            _ => self.single_pair()?,
        };
        self.depth -= 1;
        if let Some(name) = anchor {
            self.open_anchors.pop();
            self.anchors.insert(name, value.clone());
        }
        Ok(value)
    }

    fn alias(&mut self, mark: Mark, name: &str) -> Result<Value, YamlError> {
        if self.open_anchors.iter().any(|open| open == name) {
            let message = format!("cannot refer to anchor {name:?} from inside its own definition");
            return Err(YamlError::at(mark, message));
        }
        let Some(value) = self.anchors.get(name).cloned() else {
            return Err(YamlError::at(mark, format!("reference to undefined anchor {name:?}")));
        };
        self.aliased_weight = self.aliased_weight.saturating_add(value.weight());
        if self.aliased_weight > MAX_ALIASED_WEIGHT {
            return Err(YamlError::at(mark, "document contains excessive aliasing"));
        }
        Ok(value)
    }
}

const MAPPING_TAG: &str = "tag:yaml.org,2002:map";
const SEQUENCE_TAG: &str = "tag:yaml.org,2002:seq";

/// A block scalar is a string, but one that could be something else is written anew: `0x10` becomes `16`.
fn as_text(value: &Value) -> Value {
    convert(value, &Type::String).unwrap_or_else(|_| value.clone())
}

fn scalar(mark: Mark, tag: Option<&str>, text: &str, style: Style) -> Result<Scalar, YamlError> {
    resolve(tag.unwrap_or_default(), text, style).map_err(|message| YamlError::at(mark, message))
}

/// Sequences.
impl Parser {
    fn block_sequence(&mut self) -> Result<Value, YamlError> {
        let mut items = Vec::new();
        while self.takes(&TokenKind::BlockEntry)? {
            let head = match self.peek()?.kind {
                TokenKind::BlockEntry | TokenKind::BlockEnd => Head::empty(self.mark()),
                _ => self.head(Context::Block)?,
            };
            items.push(self.node(head)?);
        }
        self.block_end("did not find expected '-' indicator")?;
        Ok(Value::tuple(items))
    }

    fn unindented_sequence(&mut self) -> Result<Value, YamlError> {
        let mut items = Vec::new();
        while self.takes(&TokenKind::BlockEntry)? {
            let head = match self.peek()?.kind {
                TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                    Head::empty(self.mark())
                }
                _ => self.head(Context::Block)?,
            };
            items.push(self.node(head)?);
        }
        Ok(Value::tuple(items))
    }

    fn flow_sequence(&mut self) -> Result<Value, YamlError> {
        let mut items = Vec::new();
        while !self.takes(&TokenKind::FlowSequenceEnd)? {
            if !items.is_empty() && !self.takes(&TokenKind::FlowEntry)? {
                return Err(YamlError::at(self.mark(), "did not find expected ',' or ']'"));
            }
            let mark = self.peek()?.mark;
            let head = if self.takes(&TokenKind::Key)? {
                Head { mark, anchor: None, tag: None, content: Content::SinglePair }
            } else if !items.is_empty() && self.takes(&TokenKind::FlowSequenceEnd)? {
                break;
            } else {
                self.head(Context::Flow)?
            };
            items.push(self.node(head)?);
        }
        Ok(Value::tuple(items))
    }
}

/// Mappings.
impl Parser {
    fn block_mapping(&mut self) -> Result<Value, YamlError> {
        let mut entries = Vec::new();
        while self.takes(&TokenKind::Key)? {
            let key = self.block_mapping_part()?;
            self.entry(&mut entries, key, |parser| {
                let has_value = parser.takes(&TokenKind::Value)?;
                if has_value { parser.block_mapping_part() } else { Ok(Head::empty(parser.mark())) }
            })?;
        }
        self.block_end("did not find expected key")?;
        Ok(Value::object(entries))
    }

    /// A key or value, unless it is left out.
    fn block_mapping_part(&mut self) -> Result<Head, YamlError> {
        match self.peek()?.kind {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => Ok(Head::empty(self.previous_end())),
            _ => self.head(Context::BlockMapping),
        }
    }

    fn flow_mapping(&mut self) -> Result<Value, YamlError> {
        let mut entries = Vec::new();
        let mut is_first = true;
        while !self.takes(&TokenKind::FlowMappingEnd)? {
            if !is_first && !self.takes(&TokenKind::FlowEntry)? {
                return Err(YamlError::at(self.mark(), "did not find expected ',' or '}'"));
            }
            let has_key = self.takes(&TokenKind::Key)?;
            let key = match self.peek()?.kind {
                TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd if has_key => {
                    Head::empty(self.mark())
                }
                TokenKind::FlowMappingEnd if !is_first => continue,
                _ => self.head(Context::Flow)?,
            };
            is_first = false;
            self.entry(&mut entries, key, |parser| match has_key {
                true => parser.flow_mapping_value(&TokenKind::FlowMappingEnd),
                false => Ok(Head::empty(parser.mark())),
            })?;
        }
        Ok(Value::object(entries))
    }

    fn flow_mapping_value(&mut self, end: &TokenKind) -> Result<Head, YamlError> {
        if !self.takes(&TokenKind::Value)? {
            return Ok(Head::empty(self.mark()));
        }
        match &self.peek()?.kind {
            TokenKind::FlowEntry => Ok(Head::empty(self.mark())),
            kind if kind == end => Ok(Head::empty(self.mark())),
            _ => self.head(Context::Flow),
        }
    }

    fn single_pair(&mut self) -> Result<Value, YamlError> {
        let key = match self.peek()?.kind {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => Head::empty(self.mark()),
            _ => self.head(Context::Flow)?,
        };
        let mut entries = Vec::new();
        self.entry(&mut entries, key, |parser| parser.flow_mapping_value(&TokenKind::FlowSequenceEnd))?;
        Ok(Value::object(entries))
    }

    /// Adds a key with its value, or what is to be merged.
    fn entry(
        &mut self,
        entries: &mut Vec<(SmolStr, Value)>,
        key: Head,
        value: impl FnOnce(&mut Self) -> Result<Head, YamlError>,
    ) -> Result<(), YamlError> {
        let mark = key.mark;
        let Content::Scalar { text, style } = &key.content else {
            return Err(YamlError::at(mark, "only strings are allowed as mapping keys"));
        };
        // As in Terraform, the message does not say where such a key is.
        let name = match scalar(Mark::default(), key.tag.as_deref(), text, *style)? {
            Scalar::Value(name) => key_text(mark, &name)?,
            Scalar::Merge => {
                let head = value(self)?;
                let merged = self.node(head)?;
                let Some(more) = merged.as_entries() else {
                    let message = format!("cannot merge {} into mapping", merged.ty().friendly_name());
                    return Err(YamlError::at(mark, message));
                };
                entries.extend_from_slice(more);
                return Ok(());
            }
        };
        let head = value(self)?;
        entries.push((name, self.node(head)?));
        Ok(())
    }
}

fn key_text(mark: Mark, key: &Value) -> Result<SmolStr, YamlError> {
    if key.is_null() {
        return Err(YamlError::at(mark, "mapping key cannot be null"));
    }
    let text = convert(key, &Type::String).ok();
    text.as_ref()
        .and_then(Value::as_str)
        .cloned()
        .ok_or_else(|| YamlError::at(mark, "only strings are allowed as mapping keys"))
}

/// Tokens.
impl Parser {
    fn peek(&self) -> Result<&Token, YamlError> {
        match &self.tokens[self.next] {
            Token { kind: TokenKind::Error(error), .. } => Err(error.clone()),
            token => Ok(token),
        }
    }

    /// Where the token is that was looked at last.
    fn mark(&self) -> Mark {
        self.tokens[self.next].mark
    }

    /// Where the indicator ends that was taken last.
    fn previous_end(&self) -> Mark {
        let Mark { line, column } = self.tokens[self.next.saturating_sub(1)].mark;
        Mark { line, column: column + 1 }
    }

    /// Goes on behind the token that was looked at last. The last of all stays.
    fn skip(&mut self) {
        self.next = (self.next + 1).min(self.tokens.len() - 1);
    }

    fn takes(&mut self, kind: &TokenKind) -> Result<bool, YamlError> {
        let found = self.peek()?.kind == *kind;
        if found {
            self.skip();
        }
        Ok(found)
    }

    fn block_end(&mut self, problem: &str) -> Result<(), YamlError> {
        match self.takes(&TokenKind::BlockEnd)? {
            true => Ok(()),
            false => Err(YamlError::at(self.mark(), problem)),
        }
    }
}
