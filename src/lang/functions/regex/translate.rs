//! The translation of regular expressions from RE2's syntax, which is Terraform's, to that of the
//! `regex` crate. The two mostly agree in what they mean, but differ in what they accept: so all
//! of RE2's syntax is read here, and written again with little more than literals, groups, explicit
//! classes and repetitions.

use regex_syntax::hir::ClassUnicode;

use super::class;

/// How deep groups and repetitions may nest.
const MAX_DEPTH: usize = 1000;

/// How deep what is written nests at most: a repetition can take a group around what it repeats.
pub(super) const MAX_WRITTEN_DEPTH: u32 = 2 * MAX_DEPTH as u32 + 10;

/// How often something may be repeated by a count, and by nested counts together.
const MAX_REPEAT: usize = 1000;

/// The longest pattern to be written, in bytes.
const MAX_WRITTEN: usize = 4 << 20;

/// A pattern in the syntax of the `regex` crate.
#[derive(Debug)]
pub(super) struct Translation {
    /// The pattern. Its groups have no names.
    pub pattern: String,
    /// The names of the groups, where they have one.
    pub groups: Vec<Option<String>>,
    /// Roughly how many steps matching takes for each character, at worst.
    pub cost: usize,
}

/// What is wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    /// What: `missing closing )`.
    pub problem: &'static str,
    /// The part of the pattern.
    pub part: String,
}

fn error<T>(problem: &'static str, part: impl Into<String>) -> Result<T, SyntaxError> {
    Err(SyntaxError { problem, part: part.into() })
}

const CLASS_RANGE: &str = "invalid character class range";
const ESCAPE: &str = "invalid escape sequence";
const MISSING_ARGUMENT: &str = "missing argument to repetition operator";
const NAMED_CAPTURE: &str = "invalid named capture";
const PERL: &str = "invalid or unsupported Perl syntax";
const REPEAT_COUNT: &str = "invalid repeat count";
const TOO_DEEP: &str = "expression nests too deeply";
const TOO_LARGE: &str = "expression too large";
const UNEXPECTED_PAREN: &str = "unexpected )";

/// Reads a pattern.
pub(super) fn translate(pattern: &str) -> Result<Translation, SyntaxError> {
    let mut translator = Translator {
        whole: pattern,
        rest: pattern,
        flags: Flags::default(),
        out: String::with_capacity(pattern.len() * 2),
        groups: Vec::new(),
        open: Vec::new(),
        content: Content::default(),
        last: None,
    };
    translator.run()?;
    Ok(Translation { pattern: translator.out, groups: translator.groups, cost: translator.content.cost })
}

/// Switched on and off by `(?flags)`.
#[derive(Clone, Copy, Default)]
struct Flags {
    ignore_case: bool,
    multi_line: bool,
    dot_matches_newline: bool,
    swap_greed: bool,
}

/// Something that can be repeated.
#[derive(Clone, Copy)]
struct Atom {
    /// Where it starts in the output.
    start: usize,
    depth: usize,
    /// How often counts in it repeat something.
    copies: usize,
    cost: usize,
}

/// What the atoms of a group have in common.
#[derive(Clone, Copy, Default)]
struct Content {
    depth: usize,
    copies: usize,
    cost: usize,
}

/// A group that has not ended yet.
struct Open {
    start: usize,
    flags: Flags,
    content: Content,
}

struct Translator<'a> {
    whole: &'a str,
    rest: &'a str,
    flags: Flags,
    out: String,
    groups: Vec<Option<String>>,
    open: Vec<Open>,
    content: Content,
    /// The last atom, which a repetition would repeat; already counted in `content`.
    last: Option<Atom>,
}

/// The text before the rest, of which the rest is the end.
fn consumed<'a>(text: &'a str, rest: &str) -> &'a str {
    &text[..text.len() - rest.len()]
}

fn next_char(text: &str) -> Option<(char, &str)> {
    let mut chars = text.chars();
    chars.next().map(|c| (c, chars.as_str()))
}

impl<'a> Translator<'a> {
    fn run(&mut self) -> Result<(), SyntaxError> {
        // The repetition that has just been read, with what follows it.
        let mut repetition: Option<&'a str> = None;
        while let Some((c, after)) = next_char(self.rest) {
            let before = self.rest;
            let previous = repetition.take();
            match c {
                '(' => self.open_group(after)?,
                ')' => self.close_group(after)?,
                '|' => {
                    self.rest = after;
                    self.out.push('|');
                    self.last = None;
                }
                '[' => self.class(after)?,
                '\\' => self.escape(after)?,
                '*' | '+' | '?' => {
                    self.repeat(&before[..1], after, None, previous)?;
                    repetition = Some(before);
                }
                '{' => match parse_counts(before) {
                    Some((counts, after)) => {
                        let written = consumed(before, after);
                        self.repeat(written, after, Some(counts), previous)?;
                        repetition = Some(before);
                    }
                    None => self.literal(c, after),
                },
                _ => self.simple(c, after),
            }
            if self.out.len() > MAX_WRITTEN {
                return error(TOO_LARGE, self.whole);
            }
        }
        if self.open.is_empty() { Ok(()) } else { error("missing closing )", self.whole) }
    }

    /// `^`, `$`, `.` and characters that stand for themselves.
    fn simple(&mut self, c: char, after: &'a str) {
        let written = match (c, self.flags.multi_line, self.flags.dot_matches_newline) {
            ('^', false, _) => r"(?:\A)",
            ('^', true, _) => "(?m:^)",
            ('$', false, _) => r"(?:\z)",
            ('$', true, _) => "(?m:$)",
            ('.', _, false) => r"[^\n]",
            ('.', _, true) => "(?s:.)",
            _ => return self.literal(c, after),
        };
        self.rest = after;
        self.atom(1, |out| out.push_str(written));
    }

    fn literal(&mut self, c: char, after: &'a str) {
        self.rest = after;
        self.code_point(u32::from(c));
    }

    /// A single character, which may be one that no string has.
    fn code_point(&mut self, c: u32) {
        let mut class = class::range(c, c);
        if self.flags.ignore_case {
            class = class::fold_case(&class);
        }
        match class.ranges() {
            [one] if one.start() == one.end() => {
                let c = one.start();
                self.atom(1, |out| match c.is_ascii_alphanumeric() || !c.is_ascii() {
                    true => out.push(c),
                    false => out.push_str(&format!("\\x{:02X}", u32::from(c))),
                });
            }
            _ => self.push_class(&class),
        }
    }

    fn push_class(&mut self, class: &ClassUnicode) {
        self.atom(1 + class.ranges().len() / 8, |out| class::write(class, out));
    }

    /// Writes something that can be repeated.
    fn atom(&mut self, cost: usize, write: impl FnOnce(&mut String)) {
        let atom = Atom { start: self.out.len(), depth: 1, copies: 1, cost };
        write(&mut self.out);
        self.push(atom);
    }

    fn push(&mut self, atom: Atom) {
        self.last = Some(atom);
        self.content.depth = self.content.depth.max(atom.depth);
        self.content.copies = self.content.copies.max(atom.copies);
        self.content.cost = self.content.cost.saturating_add(atom.cost);
    }

    fn begin_group(&mut self, after: &'a str, opening: &str, flags: Flags) -> Result<(), SyntaxError> {
        if self.open.len() >= MAX_DEPTH {
            return error(TOO_DEEP, self.whole);
        }
        self.rest = after;
        self.open.push(Open { start: self.out.len(), flags: self.flags, content: self.content });
        self.flags = flags;
        self.content = Content::default();
        self.last = None;
        self.out.push_str(opening);
        Ok(())
    }

    fn open_group(&mut self, after: &'a str) -> Result<(), SyntaxError> {
        let Some(inside) = after.strip_prefix('?') else {
            self.groups.push(None);
            return self.begin_group(after, "(", self.flags);
        };
        let named = inside.strip_prefix("P<").filter(|n| !n.is_empty());
        match named.or(inside.strip_prefix('<').filter(|n| !n.is_empty())) {
            Some(named) => {
                let Some((name, after)) = named.split_once('>') else {
                    return error(NAMED_CAPTURE, self.rest);
                };
                if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                    return error(NAMED_CAPTURE, consumed(self.rest, after));
                }
                self.groups.push(Some(name.to_string()));
                self.begin_group(after, "(", self.flags)
            }
            None => self.set_flags(inside),
        }
    }

    /// `(?flags)` and `(?flags:`.
    fn set_flags(&mut self, mut text: &'a str) -> Result<(), SyntaxError> {
        let mut flags = self.flags;
        let (mut on, mut is_complete) = (true, true);
        while let Some((c, after)) = next_char(text) {
            text = after;
            match c {
                'i' => flags.ignore_case = on,
                'm' => flags.multi_line = on,
                's' => flags.dot_matches_newline = on,
                'U' => flags.swap_greed = on,
                '-' if on => on = false,
                ':' if is_complete => return self.begin_group(text, "(?:", flags),
                ')' if is_complete => {
                    self.flags = flags;
                    self.rest = text;
                    return Ok(());
                }
                _ => break,
            }
            is_complete = c != '-';
        }
        error(PERL, consumed(self.rest, text))
    }

    fn close_group(&mut self, after: &'a str) -> Result<(), SyntaxError> {
        let Some(open) = self.open.pop() else {
            return error(UNEXPECTED_PAREN, self.whole);
        };
        self.rest = after;
        self.out.push(')');
        let inner = std::mem::replace(&mut self.content, open.content);
        self.flags = open.flags;
        self.push(Atom {
            start: open.start,
            depth: inner.depth + 1,
            copies: inner.copies.max(1),
            cost: inner.cost.saturating_add(2),
        });
        if self.content.depth > MAX_DEPTH { error(TOO_DEEP, self.whole) } else { Ok(()) }
    }

    /// A repetition of the last atom: `operator` as written, without a `?` after it.
    fn repeat(
        &mut self,
        operator: &'a str,
        mut after: &'a str,
        counts: Option<Counts>,
        previous: Option<&'a str>,
    ) -> Result<(), SyntaxError> {
        let before = self.rest;
        if counts.is_some_and(|c| c.min > MAX_REPEAT || c.max.is_some_and(|max| max > MAX_REPEAT || max < c.min)) {
            return error(REPEAT_COUNT, operator);
        }
        let mut is_lazy = self.flags.swap_greed;
        if let Some(rest) = after.strip_prefix('?') {
            after = rest;
            is_lazy = !is_lazy;
        }
        if let Some(previous) = previous {
            return error("invalid nested repetition operator", consumed(previous, after));
        }
        let Some(atom) = self.last else {
            return error(MISSING_ARGUMENT, consumed(before, after));
        };
        let times = counts.map_or(1, |c| c.max.unwrap_or(c.min));
        let copies = match counts {
            Some(Counts { max: Some(0), .. }) => 1,
            _ => atom.copies.saturating_mul(times.max(1)),
        };
        if times >= 2 && copies > MAX_REPEAT {
            return error(REPEAT_COUNT, consumed(before, after));
        }
        self.rest = after;
        if self.out[atom.start..].ends_with(['*', '+', '?', '}']) {
            self.out.insert_str(atom.start, "(?:");
            self.out.push(')');
        }
        self.out.push_str(operator);
        self.out.push_str(if is_lazy { "?" } else { "" });
        let cost = atom.cost.saturating_mul(times.max(1));
        self.push(Atom { start: atom.start, depth: atom.depth + 1, copies, cost: cost + 1 });
        if self.content.depth > MAX_DEPTH { error(TOO_DEEP, self.whole) } else { Ok(()) }
    }

    fn escape(&mut self, after: &'a str) -> Result<(), SyntaxError> {
        let Some((c, rest)) = next_char(after) else {
            return error("trailing backslash at end of expression", "");
        };
        let written = match c {
            'A' => r"(?:\A)",
            'z' => r"(?:\z)",
            'b' => r"(?-u:\b)",
            'B' => r"(?-u:\B)",
            'Q' => {
                let (quoted, rest) = rest.split_once("\\E").unwrap_or((rest, ""));
                for c in quoted.chars() {
                    self.code_point(u32::from(c));
                }
                self.rest = rest;
                return Ok(());
            }
            _ => {
                if let Some((class, rest)) = self.class_escape(self.rest)? {
                    self.rest = rest;
                    self.push_class(&class);
                } else {
                    let (c, rest) = parse_escape(self.rest)?;
                    self.rest = rest;
                    self.code_point(c);
                }
                return Ok(());
            }
        };
        self.rest = rest;
        self.atom(1, |out| out.push_str(written));
        Ok(())
    }

    /// `\pL`, `\p{Greek}`, `\d` and the like, if the text starts with one.
    fn class_escape(&self, text: &'a str) -> Result<Option<(ClassUnicode, &'a str)>, SyntaxError> {
        let Some((letter, after)) = text.strip_prefix('\\').and_then(next_char) else {
            return Ok(None);
        };
        let (class, rest) = match letter {
            'p' | 'P' => return self.unicode_class(text, letter == 'P', after).map(Some),
            'd' | 's' | 'w' | 'D' | 'S' | 'W' => (class::perl(letter.to_ascii_lowercase()), after),
            _ => return Ok(None),
        };
        Ok(class.map(|c| (self.folded(&c, letter.is_ascii_uppercase()), rest)))
    }

    fn unicode_class(
        &self,
        text: &'a str,
        mut is_negated: bool,
        after: &'a str,
    ) -> Result<(ClassUnicode, &'a str), SyntaxError> {
        let (mut name, rest) = match after.strip_prefix('{') {
            Some(braced) => match braced.split_once('}') {
                Some(split) => split,
                None => return error(CLASS_RANGE, text),
            },
            None => {
                let rest = next_char(after).map_or(after, |(_, rest)| rest);
                (consumed(after, rest), rest)
            }
        };
        if let Some(positive) = name.strip_prefix('^') {
            is_negated = !is_negated;
            name = positive;
        }
        match class::table(name) {
            Some(class) => Ok((self.folded(&class, is_negated), rest)),
            None => error(CLASS_RANGE, consumed(text, rest)),
        }
    }

    /// The class with both cases where case is ignored, or everything but that.
    fn folded(&self, class: &ClassUnicode, is_negated: bool) -> ClassUnicode {
        let mut class = if self.flags.ignore_case { class::fold_case(class) } else { class.clone() };
        if is_negated {
            class.negate();
        }
        class
    }

    /// `[…]`, of which the `[` has been read.
    fn class(&mut self, after: &'a str) -> Result<(), SyntaxError> {
        let whole = self.rest;
        let mut class = ClassUnicode::empty();
        let (is_negated, mut text) = match after.strip_prefix('^') {
            Some(text) => (true, text),
            None => (false, after),
        };
        let mut is_first = true;
        loop {
            if let (Some(rest), false) = (text.strip_prefix(']'), is_first) {
                self.rest = rest;
                break;
            }
            is_first = false;
            if let Some((named, rest)) = self.named_class(text)? {
                class.union(&named);
                text = rest;
            } else if let Some((escaped, rest)) = self.class_escape(text)? {
                class.union(&escaped);
                text = rest;
            } else {
                let (low, high, rest) = class_range(text, whole)?;
                class.union(&self.folded(&class::range(low, high), false));
                text = rest;
            }
        }
        if is_negated {
            class.negate();
        }
        self.push_class(&class);
        Ok(())
    }

    /// `[:name:]`, if the text starts with one.
    fn named_class(&self, text: &'a str) -> Result<Option<(ClassUnicode, &'a str)>, SyntaxError> {
        let Some((name, rest)) = text.strip_prefix("[:").and_then(|named| named.split_once(":]")) else {
            return Ok(None);
        };
        let (name, is_negated) = match name.strip_prefix('^') {
            Some(name) => (name, true),
            None => (name, false),
        };
        match class::posix(name) {
            Some(class) => Ok(Some((self.folded(&class, is_negated), rest))),
            None => error(CLASS_RANGE, consumed(text, rest)),
        }
    }
}

/// How often a repetition repeats.
#[derive(Clone, Copy)]
struct Counts {
    min: usize,
    /// None: without limit.
    max: Option<usize>,
}

/// `{2}`, `{2,}` or `{2,3}`. Anything else is no repetition, but text.
fn parse_counts(text: &str) -> Option<(Counts, &str)> {
    let (min, rest) = parse_count(text.strip_prefix('{')?)?;
    let (max, rest) = match rest.strip_prefix(',') {
        None => (Some(min), rest),
        Some(rest) if rest.starts_with('}') => (None, rest),
        Some(rest) => parse_count(rest).map(|(max, rest)| (Some(max), rest))?,
    };
    Some((Counts { min, max }, rest.strip_prefix('}')?))
}

fn parse_count(text: &str) -> Option<(usize, &str)> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = consumed(text, rest);
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    Some((digits.parse().unwrap_or(usize::MAX), rest))
}

/// A character of a class, or a range of them.
fn class_range<'a>(text: &'a str, whole: &str) -> Result<(u32, u32, &'a str), SyntaxError> {
    let (low, rest) = class_char(text, whole)?;
    match rest.strip_prefix('-') {
        Some(end) if !end.is_empty() && !end.starts_with(']') => {
            let (high, rest) = class_char(end, whole)?;
            if high < low {
                return error(CLASS_RANGE, consumed(text, rest));
            }
            Ok((low, high, rest))
        }
        _ => Ok((low, low, rest)),
    }
}

fn class_char<'a>(text: &'a str, whole: &str) -> Result<(u32, &'a str), SyntaxError> {
    match next_char(text) {
        Some(('\\', _)) => parse_escape(text),
        Some((c, rest)) => Ok((u32::from(c), rest)),
        None => error("missing closing ]", whole),
    }
}

/// The code point of an escape of one character. The text starts with the backslash.
fn parse_escape(text: &str) -> Result<(u32, &str), SyntaxError> {
    let Some((c, after)) = text.strip_prefix('\\').and_then(next_char) else {
        return error("trailing backslash at end of expression", "");
    };
    let control = match c {
        'a' => 0x07,
        'f' => 0x0C,
        'n' => 0x0A,
        'r' => 0x0D,
        't' => 0x09,
        'v' => 0x0B,
        'x' => return parse_hex(text, after),
        '0' => return Ok(parse_octal(&text[1..])),
        '1'..='7' if after.starts_with(|c| matches!(c, '0'..='7')) => return Ok(parse_octal(&text[1..])),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => u32::from(c),
        _ => return error(ESCAPE, consumed(text, after)),
    };
    Ok((control, after))
}

/// Up to three octal digits.
fn parse_octal(text: &str) -> (u32, &str) {
    let mut code = 0;
    let mut rest = text;
    for _ in 0..3 {
        match next_char(rest) {
            Some((c @ '0'..='7', after)) => {
                code = code * 8 + (u32::from(c) - u32::from('0'));
                rest = after;
            }
            _ => break,
        }
    }
    (code, rest)
}

/// Two hexadecimal digits, or any number of them in braces.
fn parse_hex<'a>(text: &'a str, digits: &'a str) -> Result<(u32, &'a str), SyntaxError> {
    let braced = digits.strip_prefix('{');
    let mut rest = braced.unwrap_or(digits);
    let (mut code, mut count) = (0, 0);
    while let Some((c, after)) = next_char(rest) {
        rest = after;
        match c.to_digit(16) {
            Some(digit) if code <= 0xFFFFF => {
                code = code * 16 + digit;
                count += 1;
            }
            None if c == '}' && braced.is_some() && count > 0 => return Ok((code, rest)),
            _ => break,
        }
        if count == 2 && braced.is_none() {
            return Ok((code, rest));
        }
        if code > u32::from(char::MAX) {
            break;
        }
    }
    error(ESCAPE, consumed(text, rest))
}
