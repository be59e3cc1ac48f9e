//! Templates: quoted strings with sequences, heredocs, template files.
//!
//! Strip markers and the indentation of `<<-` heredocs act on literal *tokens*: the text between two
//! sequences in a quoted string, and each line of it in a heredoc or template file. So a template is
//! gone through twice: once to cut its literals into tokens and to adjust them, once to build the tree.

use std::borrow::Cow;
use std::ops::Range;

use hcl_edit::template::{Directive, Element, ForDirective, IfDirective, StringTemplate, Strip, Template};
use smol_str::SmolStr;
use unicode_segmentation::UnicodeSegmentation;

use super::literal;
use super::lower::{Lower, range};
use crate::syntax::ast::{ExprKind, TemplatePart};

/// A token of a template, as far as adjusting needs to know it.
enum Token<'a> {
    Literal(Cow<'a, str>),
    Sequence,
}

/// The literal tokens of a template, to be adjusted and then handed out in order.
struct Tokens<'a> {
    source: &'a str,
    quoted: bool,
    tokens: Vec<Token<'a>>,
    /// Whether the sequence before ends in `~}`.
    trim_next: bool,
}

impl Lower<'_> {
    pub fn quoted_template(&mut self, template: &StringTemplate) -> ExprKind {
        self.template(&template.iter().collect::<Vec<_>>(), true, false)
    }

    pub fn heredoc(&mut self, template: &Template, flush: bool) -> ExprKind {
        self.template(&template.iter().collect::<Vec<_>>(), false, flush)
    }

    pub fn template_file(&mut self, template: &Template) -> ExprKind {
        self.template(&template.iter().collect::<Vec<_>>(), false, false)
    }

    fn template(&mut self, elements: &[&Element], quoted: bool, flush: bool) -> ExprKind {
        if let [Element::Interpolation(only)] = elements {
            return ExprKind::Interpolation(Box::new(self.expr(&only.expr)));
        }
        let mut tokens = Tokens { source: self.source, quoted, tokens: Vec::new(), trim_next: false };
        tokens.scan(elements.iter().copied());
        if flush {
            tokens.flush();
        }
        let mut tokens = tokens.tokens;
        // To be taken from the end.
        tokens.reverse();
        let parts = self.parts(elements.iter().copied(), quoted, &mut tokens);
        match parts.as_slice() {
            [] => ExprKind::String(SmolStr::default()),
            [TemplatePart::Literal(text, _)] => ExprKind::String(text.clone()),
            _ => ExprKind::Template(parts),
        }
    }

    fn parts<'e>(
        &mut self,
        elements: impl Iterator<Item = &'e Element>,
        quoted: bool,
        tokens: &mut Vec<Token<'_>>,
    ) -> Vec<TemplatePart> {
        let mut parts = Vec::new();
        for element in elements {
            match element {
                Element::Literal(text) => {
                    let at = range(text);
                    let count = pieces(self.text(at.clone()), quoted).count();
                    let text = meld(tokens, count);
                    if !text.is_empty() {
                        parts.push(TemplatePart::Literal(text, self.span(at)));
                    }
                }
                Element::Interpolation(interpolation) => {
                    tokens.pop();
                    parts.push(TemplatePart::Interpolation(self.expr(&interpolation.expr)));
                }
                Element::Directive(directive) => parts.push(match directive.as_ref() {
                    Directive::If(directive) => self.if_directive(directive, quoted, tokens),
                    Directive::For(directive) => self.for_directive(directive, quoted, tokens),
                }),
            }
        }
        parts
    }

    fn if_directive(&mut self, directive: &IfDirective, quoted: bool, tokens: &mut Vec<Token<'_>>) -> TemplatePart {
        let span = self.span(range(directive));
        tokens.pop();
        let condition = self.expr(&directive.if_expr.cond_expr);
        let then = self.parts(directive.if_expr.template.iter(), quoted, tokens);
        let otherwise = directive.else_expr.as_ref().map_or_else(Vec::new, |otherwise| {
            tokens.pop();
            self.parts(otherwise.template.iter(), quoted, tokens)
        });
        tokens.pop();
        TemplatePart::If { condition, then, otherwise, span }
    }

    fn for_directive(&mut self, directive: &ForDirective, quoted: bool, tokens: &mut Vec<Token<'_>>) -> TemplatePart {
        let span = self.span(range(directive));
        let each = &directive.for_expr;
        tokens.pop();
        let collection = self.expr(&each.collection_expr);
        let body = self.parts(each.template.iter(), quoted, tokens);
        tokens.pop();
        TemplatePart::For {
            key_var: each.key_var.as_ref().map(|name| self.ident(name)),
            value_var: self.ident(&each.value_var),
            collection,
            body,
            span,
        }
    }
}

/// The pieces of a literal's source that are tokens of their own.
fn pieces(text: &str, quoted: bool) -> impl Iterator<Item = &str> {
    let (whole, lines) = if quoted { (Some(text), "") } else { (None, text) };
    whole.into_iter().chain(lines.split_inclusive('\n'))
}

/// The next `count` literal tokens as one text.
fn meld(tokens: &mut Vec<Token<'_>>, count: usize) -> SmolStr {
    let mut next = || match tokens.pop() {
        Some(Token::Literal(text)) => text,
        Some(Token::Sequence) | None => Cow::Borrowed(""),
    };
    if count == 1 {
        return literal::normalise(next());
    }
    let mut text = String::new();
    for _ in 0..count {
        text.push_str(&next());
    }
    literal::normalise(Cow::Owned(text))
}

impl<'a> Tokens<'a> {
    /// Adds the tokens of the elements, with the white space that strip markers take away removed.
    fn scan<'e>(&mut self, elements: impl Iterator<Item = &'e Element>) {
        for element in elements {
            match element {
                Element::Literal(text) => self.literal(range(text)),
                Element::Interpolation(interpolation) => self.sequence(interpolation.strip),
                Element::Directive(directive) => match directive.as_ref() {
                    Directive::If(directive) => {
                        self.sequence(directive.if_expr.strip);
                        self.scan(directive.if_expr.template.iter());
                        if let Some(otherwise) = &directive.else_expr {
                            self.sequence(otherwise.strip);
                            self.scan(otherwise.template.iter());
                        }
                        self.sequence(directive.endif_expr.strip);
                    }
                    Directive::For(directive) => {
                        self.sequence(directive.for_expr.strip);
                        self.scan(directive.for_expr.template.iter());
                        self.sequence(directive.endfor_expr.strip);
                    }
                },
            }
        }
    }

    fn literal(&mut self, at: Range<usize>) {
        let source = self.source.get(at).unwrap_or_default();
        for piece in pieces(source, self.quoted) {
            let text = if self.quoted { literal::decode_quoted(piece) } else { literal::decode_markers(piece) };
            let text = if std::mem::take(&mut self.trim_next) { trim(text, str::trim_start) } else { text };
            self.tokens.push(Token::Literal(text));
        }
    }

    fn sequence(&mut self, strip: Strip) {
        if strip.strip_start()
            && let Some(Token::Literal(before)) = self.tokens.last_mut()
        {
            *before = trim(std::mem::take(before), str::trim_end);
        }
        self.trim_next = strip.strip_end();
        self.tokens.push(Token::Sequence);
    }

    /// Removes the smallest indentation of any line from all of them. Lines of nothing but white space
    /// do not count, and a line whose beginning a strip marker joined to the one before is none.
    fn flush(&mut self) {
        let mut smallest = usize::MAX;
        let mut line_starts = Vec::new();
        let mut at_line_start = true;
        for (index, token) in self.tokens.iter().enumerate() {
            let Token::Literal(text) = token else {
                if std::mem::take(&mut at_line_start) {
                    smallest = 0;
                }
                continue;
            };
            if at_line_start {
                let unindented = text.trim_start();
                let blank = unindented.is_empty() && text.ends_with('\n');
                if !blank {
                    let indentation = &text[..text.len() - unindented.len()];
                    smallest = smallest.min(indentation.graphemes(true).count());
                    line_starts.push(index);
                }
            }
            at_line_start = text.ends_with('\n');
        }
        for index in line_starts {
            if let Token::Literal(text) = &mut self.tokens[index] {
                let removed: usize = text.graphemes(true).take(smallest).map(str::len).sum();
                *text = Cow::Owned(text[removed..].to_owned());
            }
        }
    }
}

fn trim<'a>(text: Cow<'a, str>, by: fn(&str) -> &str) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(by(text)),
        Cow::Owned(text) => Cow::Owned(by(&text).to_owned()),
    }
}
