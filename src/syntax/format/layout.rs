//! Where tokens go: indentation, the spaces between tokens, and the columns of `=` and of trailing
//! comments.

use std::cmp::Ordering;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::{Token, bracket_change};
use crate::syntax::scan::TokenKind;

/// Columns per level of indentation.
const INDENT: usize = 2;

/// The tokens of one line, by index. A line ends at a newline token or at a comment that contains
/// its newline, so that the literal lines of a heredoc belong to the line on which it starts.
struct Line {
    /// All of its tokens.
    tokens: Range<usize>,
    /// Where `= value` starts if the line holds the whole of an assignment, otherwise `comment`.
    assign: usize,
    /// Where the trailing comment starts, otherwise the end.
    comment: usize,
}

impl Line {
    fn new(tokens: &[Token], range: Range<usize>) -> Line {
        let (start, end) = (range.start, range.end);
        let trails = end - start > 1 && tokens[end - 1].kind == TokenKind::Comment;
        let comment = if trails { end - 1 } else { end };
        let assign = (start + 1..comment)
            .find(|&i| tokens[i].kind == TokenKind::Equal)
            .filter(|&equal| net_brackets(&tokens[equal..comment]) == 0)
            .unwrap_or(comment);
        Line { tokens: range, assign, comment }
    }

    fn has_assignment(&self) -> bool {
        self.assign < self.comment
    }

    fn has_comment(&self) -> bool {
        self.comment < self.tokens.end
    }
}

/// Sets the spaces before every token.
pub(super) fn lay_out(tokens: &mut [Token]) {
    let lines = lines(tokens);
    indent(tokens, &lines);
    for line in &lines {
        space(&mut tokens[line.tokens.start..line.assign]);
        space(&mut tokens[line.assign..line.comment]);
    }
    // Assignments first: moving them moves the comments behind them.
    align(tokens, &lines, Line::has_assignment, |line| line.assign);
    align(tokens, &lines, Line::has_comment, |line| line.comment);
}

/// Cuts the tokens, without the end of file, into lines.
fn lines(tokens: &[Token]) -> Vec<Line> {
    let end = match tokens.last() {
        Some(last) if last.kind == TokenKind::Eof => tokens.len() - 1,
        _ => tokens.len(),
    };
    let mut lines = Vec::new();
    let mut start = 0;
    for (i, token) in tokens[..end].iter().enumerate() {
        if token.ends_line() || i + 1 == end {
            lines.push(Line::new(tokens, start..i + 1));
            start = i + 1;
        }
    }
    lines
}

/// Indents each line by the number of lines above it that left brackets open, however many each.
fn indent(tokens: &mut [Token], lines: &[Line]) {
    // For each of those lines, how many of its brackets are still open.
    let mut open: Vec<usize> = Vec::new();
    for line in lines {
        let first = line.tokens.start;
        if tokens[first].kind == TokenKind::Newline {
            tokens[first].spaces = 0;
            continue;
        }
        // What follows the start of a heredoc doesn't count, and assignments are balanced.
        let code = &tokens[first..line.assign];
        let heredoc = code.iter().position(|t| t.kind == TokenKind::OHeredoc);
        let net = net_brackets(&code[..heredoc.unwrap_or(code.len())]);
        if net > 0 {
            tokens[first].spaces = INDENT * open.len();
            open.push(net.unsigned_abs());
        } else {
            close(&mut open, net.unsigned_abs());
            tokens[first].spaces = INDENT * open.len();
        }
    }
}

/// Takes `brackets` off the innermost open ones.
fn close(open: &mut Vec<usize>, mut brackets: usize) {
    while brackets > 0
        && let Some(innermost) = open.last_mut()
    {
        match brackets.cmp(innermost) {
            Ordering::Less => {
                *innermost -= brackets;
                return;
            }
            Ordering::Equal | Ordering::Greater => {
                brackets -= *innermost;
                open.pop();
            }
        }
    }
}

/// Sets the spaces between the tokens of one cell of a line.
fn space(cell: &mut [Token]) {
    for i in 1..cell.len() {
        let before = i.checked_sub(2).map(|b| cell[b].kind);
        let after = cell.get(i + 1).map(|t| t.kind);
        cell[i].spaces = usize::from(wants_space(before, &cell[i - 1], &cell[i], after));
    }
}

/// Whether a space goes between `left` and `right`, which stand between tokens of the kinds `before` and `after`.
fn wants_space(before: Option<TokenKind>, left: &Token, right: &Token, after: Option<TokenKind>) -> bool {
    use TokenKind as K;
    match (left.kind, right.kind) {
        // `x.0 .1` is two indexes, `x.0.1` none.
        (K::NumberLit, K::Dot) if after == Some(K::NumberLit) => true,
        (_, K::Newline) => false,
        (K::Ident, K::OParen | K::DoubleColon) | (K::DoubleColon, K::Ident) => false,
        (K::Dot, _) | (_, K::Dot | K::Comma | K::Ellipsis) => false,
        (K::Comma, _) => true,
        (K::QuotedLit | K::StringLit | K::OQuote | K::OHeredoc, _) => false,
        (_, K::QuotedLit | K::StringLit | K::CQuote | K::CHeredoc) => false,
        // `for x in [1]`, where `in` isn't something to be indexed.
        (K::Ident, _) if left.text == "in" && before == Some(K::Ident) => true,
        (K::Ident | K::NumberLit, K::OBrack) => false,
        (_, K::OBrack) if bracket_change(left.kind) < 0 => false,
        (K::Bang, _) => false,
        (K::Minus, _) => before.is_some_and(ends_operand),
        (K::OBrace, K::CBrace) => false,
        (K::OBrace, _) | (_, K::CBrace) => true,
        (K::TemplateInterp | K::TemplateControl, K::OBrace) | (K::CBrace, K::TemplateSeqEnd) => true,
        (K::TemplateSeqEnd, K::TemplateInterp | K::TemplateControl) => false,
        (l, r) => bracket_change(l) <= 0 && bracket_change(r) >= 0,
    }
}

/// Whether a minus after such a token subtracts; otherwise it negates.
fn ends_operand(kind: TokenKind) -> bool {
    use TokenKind as K;
    !matches!(
        kind,
        K::OParen
            | K::OBrace
            | K::OBrack
            | K::Equal
            | K::Colon
            | K::Comma
            | K::Question
            | K::Plus
            | K::Star
            | K::Slash
            | K::Percent
            | K::Minus
            | K::EqualOp
            | K::NotEqual
            | K::GreaterThan
            | K::GreaterThanEq
            | K::LessThan
            | K::LessThanEq
            | K::And
            | K::Or
            | K::Bang
    )
}

/// Puts one cell of consecutive lines that have it into the same column, one space after the
/// longest of what stands before it.
fn align(tokens: &mut [Token], lines: &[Line], has: fn(&Line) -> bool, cell: fn(&Line) -> usize) {
    for group in lines.chunk_by(|a, b| has(a) && has(b)).filter(|group| has(&group[0])) {
        let widths: Vec<usize> = group.iter().map(|line| columns(&tokens[line.tokens.start..cell(line)])).collect();
        let widest = widths.iter().copied().max().unwrap_or_default();
        for (line, width) in group.iter().zip(widths) {
            tokens[cell(line)].spaces = widest - width + 1;
        }
    }
}

/// The number of columns of some tokens, as if none contained a newline.
fn columns(tokens: &[Token]) -> usize {
    tokens.iter().map(|t| t.spaces + graphemes(&t.text)).sum()
}

fn graphemes(text: &str) -> usize {
    if text.bytes().all(|b| b.is_ascii() && b != b'\r') { text.len() } else { text.graphemes(true).count() }
}

/// How many more brackets are opened than closed.
fn net_brackets(tokens: &[Token]) -> isize {
    tokens.iter().map(|t| bracket_change(t.kind)).sum()
}
