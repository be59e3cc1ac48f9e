//! Templates: quoted, heredocs and whole files.

use super::Grammar;
use crate::syntax::diagnostic::PLACE;
use crate::syntax::scan::{Token, TokenKind};
use crate::syntax::{Diagnostic, Span};

const KEYWORDS: [&str; 5] = ["if", "for", "else", "endif", "endfor"];
const INVALID_ESCAPE: &str = "Invalid escape sequence";

/// A directive whose place among the others matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Directive {
    If,
    Else,
    EndIf,
    For,
    EndFor,
}

/// The directives of a template with their spans.
type Directives = Vec<(Directive, Span)>;

impl Grammar<'_> {
    /// A template behind its opening, with the token `end` that closes it.
    pub(super) fn template(&mut self, end: TokenKind) {
        let start = self.span(self.peek());
        let depth = self.depth;
        let mut directives = Directives::new();
        let close = loop {
            let token = self.read();
            match token.kind {
                kind if kind == end => break token,
                TokenKind::StringLit => {}
                TokenKind::QuotedLit => self.escapes(token),
                TokenKind::TemplateInterp => {
                    self.with_newlines(false, |grammar| grammar.interpolation(start, end));
                }
                TokenKind::TemplateControl => {
                    self.with_newlines(false, |grammar| grammar.directive(start, token, depth, &mut directives));
                }
                _ => {
                    let at = self.span(token);
                    self.suspect_within(
                        "Unterminated template string",
                        "No closing marker was found for the string.",
                        at,
                        start.to(at),
                    );
                    break self.recover(end);
                }
            }
        };
        self.depth = depth;
        self.balance(&directives, self.span(close));
    }

    /// What follows `${`, in a template that begins at `start` and ends with `end`.
    fn interpolation(&mut self, start: Span, end: TokenKind) {
        self.nested(Self::expression);
        let close = self.peek();
        if close.kind == TokenKind::TemplateSeqEnd {
            self.read();
            return;
        }
        self.unclosed_interpolation(close, start, end);
        self.recover(TokenKind::TemplateSeqEnd);
    }

    fn unclosed_interpolation(&mut self, found: Token, start: Span, end: TokenKind) {
        let unclosed = "Unclosed template interpolation sequence";
        let extra = "Extra characters after interpolation expression";
        let at = self.span(found);
        match found.kind {
            TokenKind::Eof => self.suspect(
                unclosed,
                "There is no closing brace for this interpolation sequence before the end of the file. This might be \
                 caused by incorrect nesting inside the given expression.",
                start,
            ),
            TokenKind::CQuote | TokenKind::OQuote if end == TokenKind::CQuote => self.suspect(
                unclosed,
                "There is no closing brace for this interpolation sequence before the end of the quoted template. \
                 This might be caused by incorrect nesting inside the given expression.",
                start,
            ),
            TokenKind::Colon => self.suspect_within(
                extra,
                "Template interpolation doesn't expect a colon at this location. Did you intend this to be a literal \
                 sequence to be processed as part of another language? If so, you can escape it by starting with \
                 \"$${\" instead of just \"${\".",
                at,
                start.to(at),
            ),
            _ => self.suspect_within(
                extra,
                "Expected a closing brace to end the interpolation expression, but found extra characters.\n\nThis can \
                 happen when you include interpolation syntax for another language, such as shell scripting, but \
                 forget to escape the interpolation start token. If this is an embedded sequence for another language, \
                 escape it by starting with \"$${\" instead of just \"${\".",
                at,
                start.to(at),
            ),
        }
    }

    /// What follows `%{`, in a template that is `outermost` levels deep.
    fn directive(&mut self, start: Span, open: Token, outermost: usize, directives: &mut Directives) {
        let keyword = self.peek();
        if keyword.kind != TokenKind::Ident {
            let at = self.span(keyword);
            self.suspect_within(
                "Invalid template directive",
                "A template directive keyword (\"if\", \"for\", etc) is expected at the beginning of a %{ sequence.",
                at,
                self.span(open).to(at),
            );
            self.recover(TokenKind::TemplateSeqEnd);
            return;
        }
        self.read();
        let directive = match keyword.text(self.text) {
            "if" => {
                self.nested(Self::expression);
                Some(Directive::If)
            }
            "for" => self.for_clause().then_some(Directive::For),
            "else" => Some(Directive::Else),
            "endif" => Some(Directive::EndIf),
            "endfor" => Some(Directive::EndFor),
            unknown => {
                self.unknown_keyword(open, keyword, unknown.to_owned());
                None
            }
        };
        let Some(directive) = directive else {
            self.recover(TokenKind::TemplateSeqEnd);
            return;
        };
        directives.push((directive, self.span(open).to(self.span(self.peek()))));
        self.end_of_directive(start, keyword);
        match directive {
            Directive::If | Directive::For => self.deeper(),
            Directive::EndIf | Directive::EndFor => self.depth = outermost.max(self.depth.saturating_sub(1)),
            Directive::Else => {}
        }
    }

    /// Enters the part of the template that a directive controls, which counts as nested in it.
    fn deeper(&mut self) {
        let mut deep_enough = false;
        self.nested(|_| deep_enough = true);
        self.depth += usize::from(deep_enough);
    }

    fn end_of_directive(&mut self, start: Span, keyword: Token) {
        let close = self.peek();
        if close.kind == TokenKind::TemplateSeqEnd {
            self.read();
            return;
        }
        let at = self.span(close);
        self.suspect_within(
            &format!("Extra characters in {} marker", keyword.text(self.text)),
            "Expected a closing brace to end the sequence, but found extra characters.",
            at,
            start.to(at),
        );
        self.recover(TokenKind::TemplateSeqEnd);
    }

    /// What follows `%{ for`, up to the collection. False if it makes no sense.
    fn for_clause(&mut self) -> bool {
        if !self.clause_name("For directive requires variable name after 'for'.") {
            return false;
        }
        if self.peek().kind == TokenKind::Comma {
            self.read();
            if !self.clause_name("For directive requires value variable name after comma.") {
                return false;
            }
        }
        if !self.at_keyword("in") {
            return self.bad_clause("For directive requires 'in' keyword after names.");
        }
        self.read();
        self.nested(Self::expression);
        true
    }

    fn clause_name(&mut self, otherwise: &str) -> bool {
        if self.peek().kind != TokenKind::Ident {
            return self.bad_clause(otherwise);
        }
        self.read();
        true
    }

    fn bad_clause(&mut self, detail: &str) -> bool {
        self.suspect("Invalid 'for' directive", detail, self.span(self.peek()));
        false
    }

    fn unknown_keyword(&mut self, open: Token, keyword: Token, given: String) {
        let suggestion = KEYWORDS
            .iter()
            .find(|known| given.len() < 16 && edits(&given, known) < 3)
            .map_or(String::new(), |known| format!(" Did you mean \"{known}\"?"));
        let at = self.span(keyword);
        self.suspect_within(
            "Invalid template control keyword",
            format!("\"{given}\" is not a valid template control keyword.{suggestion}"),
            at,
            self.span(open).to(at),
        );
    }

    /// Whether each directive has its end; `end` is the end of the template.
    fn balance(&mut self, directives: &[(Directive, Span)], end: Span) {
        let mut open: Vec<Open> = Vec::new();
        for &(directive, at) in directives {
            let is_if = directive == Directive::If;
            if is_if || directive == Directive::For {
                open.push(Open { is_if, in_else: false, at });
                continue;
            }
            match open.last_mut() {
                Some(innermost) if innermost.is_if && directive == Directive::Else && !innermost.in_else => {
                    innermost.in_else = true;
                    continue;
                }
                innermost => {
                    let innermost = innermost.copied();
                    self.misplaced(innermost, directive, at);
                }
            }
            open.pop();
        }
        for unclosed in open.iter().rev() {
            let name = unclosed.name();
            let detail = format!("The {name} directive{PLACE} is missing its corresponding end{name} directive.");
            self.add(Diagnostic::error("Unexpected end of template", detail).at(end).naming(unclosed.at));
        }
    }

    /// Reports `directive`, which is not the start of something, unless it ends the `innermost` open one.
    fn misplaced(&mut self, innermost: Option<Open>, directive: Directive, at: Span) {
        let name = match directive {
            Directive::If | Directive::For => return,
            Directive::Else => "else",
            Directive::EndIf => "endif",
            Directive::EndFor => "endfor",
        };
        let detail = match (innermost, directive) {
            (None, _) => "The control directives within this template are unbalanced.".to_owned(),
            (Some(Open { is_if: true, .. }), Directive::EndIf) => return,
            (Some(Open { is_if: false, .. }), Directive::EndFor) => return,
            (Some(Open { is_if: true, .. }), Directive::Else) => {
                format!("Already in the else clause for the if started{PLACE}.")
            }
            (Some(Open { is_if: true, .. }), _) => {
                format!("Expecting an endif directive for the if started{PLACE}.")
            }
            (Some(_), Directive::Else) => "An else clause is not expected for a for directive.".to_owned(),
            (Some(_), _) => {
                format!("Expecting an endfor directive corresponding to the for directive{PLACE}.")
            }
        };
        let mut problem = Diagnostic::error(format!("Unexpected {name} directive"), detail).at(at);
        problem.place = innermost.map(|open| open.at);
        self.add(problem);
    }

    /// Checks the backslash escapes of a quoted literal.
    pub(super) fn escapes(&mut self, literal: Token) {
        let text = literal.text(self.text);
        let mut at = 0;
        while let Some(found) = text[at..].find('\\') {
            let start = at + found;
            let selector = text[start + 1..].chars().next();
            at = start + 1 + selector.map_or(0, char::len_utf8);
            let detail = match selector {
                Some('n' | 'r' | 't' | '"' | '\\') => continue,
                Some('u') => {
                    code_point(text, &mut at, 4, "The \\u escape sequence must be followed by four hexadecimal digits.")
                }
                Some('U') => code_point(
                    text,
                    &mut at,
                    8,
                    "The \\U escape sequence must be followed by eight hexadecimal digits.",
                ),
                Some(other) => {
                    Some(format!("The symbol {:?} is not a valid escape sequence selector.", other.to_string()))
                }
                None => Some("Backslash must be followed by an escape sequence selector character.".to_owned()),
            };
            if let Some(detail) = detail {
                let origin = self.base + literal.start as usize;
                self.report(INVALID_ESCAPE, detail, Span::new(self.file, origin + start, origin + at));
            }
        }
    }
}

/// Moves `at` behind the up to `digits` hexadecimal digits there, and says what is wrong with them.
fn code_point(text: &str, at: &mut usize, digits: usize, too_few: &str) -> Option<String> {
    let hexadecimal = text[*at..].bytes().take(digits).take_while(u8::is_ascii_hexdigit).count();
    let number = &text[*at..*at + hexadecimal];
    *at += hexadecimal;
    if hexadecimal < digits {
        return Some(too_few.to_owned());
    }
    let number = u32::from_str_radix(number, 16).unwrap_or(u32::MAX);
    match char::from_u32(number) {
        Some(_) => None,
        None => Some(format!("Cannot encode character U+{number:04x} in UTF-8.")),
    }
}

/// An `if` or `for` directive that has not ended.
#[derive(Clone, Copy)]
struct Open {
    is_if: bool,
    in_else: bool,
    at: Span,
}

impl Open {
    fn name(self) -> &'static str {
        if self.is_if { "if" } else { "for" }
    }
}

/// How many characters must be inserted, removed or replaced to make one text of the other.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &to) in b.iter().enumerate() {
            let cost = (diagonal + usize::from(from != to)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[b.len()]
}
