//! Errors and warnings about configuration, as data. `views::diagnostic` renders them.

use std::borrow::Cow;

use crate::syntax::{SourceMap, Span};

/// Stands in a detail for ` at ` and the place that it names: those who find syntax errors know no file names.
pub const PLACE: &str = " {place}";

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The operation cannot go on.
    Error,
    /// It can.
    Warning,
}

/// What an expression in the snippet was when the error arose: `var.x` "is 5".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionValue {
    /// The reference as written, normalised: `var.x`, `each.value["a"]`.
    pub traversal: String,
    /// What is said of it, beginning with a verb: `is a string`, `will be known only after apply`.
    pub statement: String,
}

/// The function whose call failed, for the snippet's footnote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionCall {
    /// Its name as called.
    pub called_as: String,
    /// Its signature, as `upper(str)`.
    pub signature: String,
}

/// One error or warning, with summaries that are Terraform's own so that people and programs
/// recognise them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// A few words: `Unsupported argument`.
    pub summary: String,
    /// Sentences: what is wrong, and what to do about it. To be shown by [`Diagnostic::detail_in`].
    pub detail: String,
    /// The place that the detail names where it has a [`PLACE`].
    pub place: Option<Span>,
    /// What it is about; underlined in the snippet.
    pub subject: Option<Span>,
    /// The construct around it, shown in the snippet where it is on few lines.
    pub context: Option<Span>,
    /// The address of the object concerned: `terraform_data.a[0]`.
    pub address: Option<String>,
    /// The argument of the object's block that it is about, said by those who know no places: it
    /// stands in the block's header if the block has no such argument.
    pub attribute: Option<String>,
    /// Values of the references in the failing expression.
    pub values: Vec<ExpressionValue>,
    /// The failing function call, if that is what failed.
    pub function_call: Option<FunctionCall>,
    /// What has gone wrong for many at once: of those with the same cause, only the first is kept.
    pub cause: Option<String>,
}

impl Diagnostic {
    /// An error without a place yet.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Error,
            summary: summary.into(),
            detail: detail.into(),
            place: None,
            subject: None,
            context: None,
            address: None,
            attribute: None,
            values: Vec::new(),
            function_call: None,
            cause: None,
        }
    }

    /// A warning without a place yet.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(summary, detail) }
    }

    /// Says what it is about.
    #[must_use]
    pub fn at(mut self, subject: Span) -> Self {
        self.subject = Some(subject);
        self
    }

    /// Says which argument of a block it is about, for somebody who knows where that stands: its name, or one in a nested block, as
    /// in `root_block_device.0.volume_type`.
    #[must_use]
    pub fn about(mut self, attribute: impl Into<String>) -> Self {
        self.attribute = Some(attribute.into());
        self
    }

    /// Says which place the detail names.
    #[must_use]
    pub fn naming(mut self, place: Span) -> Self {
        self.place = Some(place);
        self
    }

    /// The detail with the place that it names, which is left out if it isn't in these files.
    #[must_use]
    pub fn detail_in(&self, sources: &SourceMap) -> Cow<'_, str> {
        let Some(place) = self.place else { return Cow::Borrowed(&self.detail) };
        let named = match sources.place(place) {
            place if place.is_empty() => place,
            place => format!(" at {place}"),
        };
        Cow::Owned(self.detail.replace(PLACE, &named))
    }

    /// Says what has gone wrong for many at once.
    #[must_use]
    pub fn because_of(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Says what stands around it.
    #[must_use]
    pub fn within(mut self, context: Span) -> Self {
        self.context = Some(context);
        self
    }
}

/// Diagnostics in the order in which they were found. Analyses return what they could make out
/// *and* these, rather than a `Result`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// None so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one, unless its cause has been told already.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let is_told = |d: &Diagnostic| d.cause == diagnostic.cause && d.severity == diagnostic.severity;
        if diagnostic.cause.is_none() || !self.0.iter().any(is_told) {
            self.0.push(diagnostic);
        }
    }

    /// Adds all of another.
    pub fn extend(&mut self, other: impl IntoIterator<Item = Diagnostic>) {
        other.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }

    /// Whether any of them is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }

    /// Whether there are none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(d: Diagnostic) -> Self {
        Diagnostics(vec![d])
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(iter: I) -> Self {
        let mut diagnostics = Diagnostics::new();
        diagnostics.extend(iter);
        diagnostics
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::FileId;

    #[test]
    fn one_cause_is_told_once() {
        let of = |summary: &str, cause: &str| Diagnostic::error(summary, "").because_of(cause);
        let mut all = Diagnostics::from(of("a", "x"));
        all.extend([of("b", "x"), of("c", "y"), Diagnostic::error("d", ""), Diagnostic::error("d", "")]);
        let summaries = |all: Diagnostics| all.into_iter().map(|d| d.summary).collect::<String>();
        assert_eq!(summaries(all.clone()), "acdd");
        assert_eq!(summaries(all.clone().into_iter().chain(all).collect()), "acdddd");
    }

    #[test]
    fn details_name_places() {
        let mut sources = SourceMap::default();
        let file = sources.add("a.tf", "x = 1\nx = 2\n");
        let at = |file, start, end| {
            let place = Span::new(file, start, end);
            let d = Diagnostic::error("", format!("Was set{PLACE}.")).naming(place);
            d.detail_in(&sources).into_owned()
        };
        assert_eq!(at(file, 6, 7), "Was set at a.tf:2,1-2.");
        assert_eq!(at(file, 0, 7), "Was set at a.tf:1,1-2,2.");
        assert_eq!(at(FileId(9), 0, 1), "Was set.");
        assert_eq!(Diagnostic::error("", "{place}").detail_in(&sources), "{place}");
    }
}
