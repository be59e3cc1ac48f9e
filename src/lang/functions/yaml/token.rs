//! What a YAML text consists of, and what can be wrong with it.

use std::fmt;

use thiserror::Error;

/// A place in the text; both count from zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Why a text is no YAML document, or not one that has a value.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) struct YamlError {
    /// Line and column, counted as Terraform does: by a line less than usual but for errors within tokens, and
    /// not at all on the first line.
    place: Option<(usize, usize)>,
    message: String,
}

impl YamlError {
    /// Something is wrong with the sequence or the meaning of tokens.
    pub(super) fn at(mark: Mark, message: impl Into<String>) -> Self {
        YamlError { place: (mark.line > 0).then_some((mark.line, mark.column + 1)), message: message.into() }
    }

    /// Something is wrong within a token.
    pub(super) fn within(mark: Mark, message: impl Into<String>) -> Self {
        YamlError { place: (mark.line > 0).then_some((mark.line + 1, 1)), message: message.into() }
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(f, "on line {line}, column {column}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// A piece of the text with the place where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) mark: Mark,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    /// In single or double quotes.
    Quoted,
    /// Literal or folded, after `|` or `>`.
    Block,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    /// Room for a token that only later text calls for. The scanner leaves none of these behind.
    Vacant,
    /// `%YAML 1.1`
    Version {
        major: u32,
        minor: u32,
    },
    /// `%TAG !e! tag:example.com,2000:`
    TagDirective {
        handle: String,
        prefix: String,
    },
    /// `---`
    DocumentStart,
    /// `...`
    DocumentEnd,
    StreamEnd,
    BlockSequenceStart,
    BlockMappingStart,
    /// The end of a block sequence or mapping, by indentation.
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    /// `-`
    BlockEntry,
    /// `,`
    FlowEntry,
    /// `?`, or the beginning of what turns out to be a key.
    Key,
    /// `:`
    Value,
    /// `*name`
    Alias(String),
    /// `&name`
    Anchor(String),
    /// `!handle!suffix`; the handle is empty if the suffix is the whole tag.
    Tag {
        handle: String,
        suffix: String,
    },
    Scalar {
        text: String,
        style: Style,
    },
    /// The text ends here because of this.
    Error(YamlError),
}
