//! The syntax tree that everything above works on: blocks, attributes and expressions, each with
//! its span. Native syntax (`parse`) and JSON syntax (`json`) both lower to it.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::syntax::Span;

/// A name with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// The name.
    pub name: SmolStr,
    /// Where it stands; for a quoted label, with its quotes.
    pub span: Span,
}

/// The contents of a file or block in native syntax, in source order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// `name = expr`.
    pub attributes: Vec<Attribute>,
    /// `type "label" { … }`.
    pub blocks: Vec<Block>,
    /// The names of attributes whose values are so broken that they could not be read: there are
    /// errors about them, and none should be added because they are missing.
    pub valueless: Vec<Ident>,
}

/// `name = expr`
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The name.
    pub name: Ident,
    /// The value; shared, since whoever decodes the body keeps it.
    pub expr: Arc<Expr>,
    /// From the name to the end of the value.
    pub span: Span,
}

/// `type "label" … { body }`
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The block's type.
    pub kind: Ident,
    /// Its labels, quoted or bare.
    pub labels: Vec<Ident>,
    /// What is in it; shared, since whoever decodes the body keeps it.
    pub body: Arc<Body>,
    /// From the type to the last label: what diagnostics point at.
    pub header: Span,
    /// From the opening to the closing brace.
    pub braces: Span,
}

/// An expression with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, as written, without sign.
    Number(SmolStr),
    /// A string without interpolation: decoded, in NFC.
    String(SmolStr),
    /// A template with at least one sequence, or a heredoc with several literal parts.
    Template(Vec<TemplatePart>),
    /// `"${expr}"` and nothing else: the value of `expr` itself, not converted to a string.
    Interpolation(Box<Expr>),
    /// `root.attr["key"][0]`: a reference whose steps are all constant.
    Traversal(Traversal),
    /// Constant steps after an expression that is no reference: `f().a[0]`.
    RelativeTraversal(Box<Expr>, Vec<Step>),
    /// `collection[key]` with a key to evaluate.
    Index(Box<Expr>, Box<Expr>),
    /// `source.*.…` or `source[*].…`.
    Splat(Box<Splat>),
    /// Inside [`Splat::each`]: the element at hand.
    SplatItem,
    /// `name(args…)`
    Call(Box<Call>),
    /// `-x`, `!x`
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `cond ? a : b`
    Conditional(Box<[Expr; 3]>),
    /// `[a, b]`
    Tuple(Vec<Expr>),
    /// `{ a = 1 }`
    Object(Vec<ObjectItem>),
    /// `[for …]` or `{for …}`
    For(Box<For>),
    /// `(x)`; its span includes the parentheses.
    Parentheses(Box<Expr>),
    /// A string of JSON syntax that contains template sequences or quoted escapes of them: `text`
    /// as it stands after JSON decoding, and the template it means. Where a reference is wanted
    /// (`depends_on`, `provider`), `text` is parsed as one instead.
    JsonString(SmolStr, Box<Expr>),
}

/// A reference: `var.region`, `aws_vpc.main[0].id`.
#[derive(Clone, Debug, PartialEq)]
pub struct Traversal {
    /// The first name.
    pub root: Ident,
    /// What follows.
    pub steps: Vec<Step>,
}

/// One constant step of a traversal.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Which.
    pub kind: StepKind,
    /// With its dot or brackets.
    pub span: Span,
}

/// The kinds of step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// `.name`
    Attr(SmolStr),
    /// `["key"]`
    Key(SmolStr),
    /// `[0]`, `.0` (then `legacy`): the number as written.
    Index {
        /// The digits (a fraction or exponent is possible in brackets).
        number: SmolStr,
        /// Written as `.0`.
        legacy: bool,
    },
}

/// `source[*].each` or `source.*.each`
#[derive(Clone, Debug, PartialEq)]
pub struct Splat {
    /// What is iterated.
    pub source: Expr,
    /// The expression per element; [`ExprKind::SplatItem`] stands for the element.
    pub each: Expr,
    /// `[*]` (true) or `.*` (false).
    pub full: bool,
    /// The `[*]` or `.*` itself.
    pub marker: Span,
}

/// A function call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The name, with its namespaces: `upper`, `provider::aws::arn_parse`.
    pub name: SmolStr,
    /// Where the name stands.
    pub name_span: Span,
    /// The arguments.
    pub args: Vec<Expr>,
    /// Whether the last one is followed by `...`.
    pub expand_final: bool,
    /// The opening parenthesis.
    pub open: Span,
    /// The closing parenthesis.
    pub close: Span,
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// `key = value` in an object constructor.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectItem {
    /// The key.
    pub key: ObjectKey,
    /// The value.
    pub value: Expr,
}

/// A key of an object constructor.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectKey {
    /// A bare name, taken literally.
    Name(Ident),
    /// Anything else: a quoted string, template, number, parenthesised expression. An unparenthesised
    /// [`ExprKind::Traversal`] (`a.b = 1`) is ambiguous, which is an error when it is evaluated.
    Expr(Expr),
}

impl ObjectKey {
    /// Where the key stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            ObjectKey::Name(id) => id.span,
            ObjectKey::Expr(e) => e.span,
        }
    }
}

/// `[for k, v in c : v if cond]`, `{for k, v in c : k => v... if cond}`
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// The name for the key or index.
    pub key_var: Option<Ident>,
    /// The name for the value.
    pub value_var: Ident,
    /// What is iterated.
    pub collection: Expr,
    /// The key of the result's element: an object results. Otherwise a tuple.
    pub key: Option<Expr>,
    /// The value of the result's element.
    pub value: Expr,
    /// The `if`.
    pub condition: Option<Expr>,
    /// `...` after the value: values with one key are grouped.
    pub group: bool,
    /// From the opening bracket up to the colon, for diagnostics.
    pub intro: Span,
}

/// A part of a template, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum TemplatePart {
    /// Text: decoded, strip markers and heredoc indentation already applied, in NFC.
    Literal(SmolStr, Span),
    /// `${expr}`
    Interpolation(Expr),
    /// `%{if cond}then%{else}else%{endif}`
    If {
        /// The condition.
        condition: Expr,
        /// Parts when true.
        then: Vec<TemplatePart>,
        /// Parts when false; empty without `%{else}`.
        otherwise: Vec<TemplatePart>,
        /// From `%{if` to the end of `%{endif}`.
        span: Span,
    },
    /// `%{for k, v in c}body%{endfor}`
    For {
        /// The name for the key or index.
        key_var: Option<Ident>,
        /// The name for the value.
        value_var: Ident,
        /// What is iterated.
        collection: Expr,
        /// Parts per element.
        body: Vec<TemplatePart>,
        /// From `%{for` to the end of `%{endfor}`.
        span: Span,
    },
}
