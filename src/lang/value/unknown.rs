//! Unknown values and what is known of them. Refinements only ever narrow: an unknown value that
//! turns out to be outside of them is a defect of whoever refined it.

use std::cmp::Ordering;
use std::sync::Arc;

use smol_str::SmolStr;
use unicode_segmentation::UnicodeSegmentation;

use super::{Kind, Value, nfc};
use crate::lang::{Number, Type};

/// The most of a string's beginning that is kept, in bytes.
const MAX_PREFIX: usize = 128;

/// A value that is not known yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Unknown {
    /// Its type; [`Type::Dynamic`] if that isn't known either.
    pub ty: Type,
    /// What else is known.
    pub refinement: Refinement,
}

/// The end of a range of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The last or first number.
    pub number: Number,
    /// Whether that number itself is in the range.
    pub inclusive: bool,
}

/// What is known of an unknown value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refinement {
    /// It will not be null.
    pub not_null: bool,
    /// A string that begins with this.
    pub prefix: SmolStr,
    /// A number from here on.
    pub lower: Option<Bound>,
    /// A number up to here.
    pub upper: Option<Bound>,
    /// A collection of at least and at most so many elements.
    pub length: Option<(usize, Option<usize>)>,
}

impl Refinement {
    /// As much of a text as stays whatever comes after it, and no more than is worth keeping:
    /// without the last grapheme cluster, which could still combine with what follows, unless that
    /// is an ASCII character that never does.
    #[must_use]
    pub fn known_prefix(text: &str) -> SmolStr {
        let mut end = text.len().min(MAX_PREFIX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = nfc(text[..end].into());
        let Some((start, last)) = text.grapheme_indices(true).next_back() else { return text };
        let never_combines = |b: u8| (b.is_ascii_punctuation() && !b"<=>`".contains(&b)) || b == b' ' || b == b'\t';
        match last.as_bytes() {
            [b] if never_combines(*b) => text,
            _ => text[..start].into(),
        }
    }
}

impl Unknown {
    /// The value; a known one where the refinement leaves only one, as in Terraform (a range of
    /// one number, a collection of no elements), or leaves only the elements open.
    pub(super) fn into_value(self) -> Value {
        if self.refinement.not_null {
            if let (Type::Number, Some(lower), Some(upper)) = (&self.ty, &self.refinement.lower, &self.refinement.upper)
                && lower.inclusive
                && upper.inclusive
                && lower.number == upper.number
            {
                return lower.number.clone().into();
            }
            if let Some((length, Some(max))) = self.refinement.length
                && length == max
            {
                let elements = |t: &Type| vec![Value::unknown(t.clone()); length];
                match &self.ty {
                    Type::List(t) => return Value::list((**t).clone(), elements(t)),
                    // Of more than one, some could turn out to be the same.
                    Type::Set(t) if length <= 1 => return Value::set((**t).clone(), elements(t)),
                    Type::Map(t) if length == 0 => return Value::map((**t).clone(), vec![]),
                    _ => {}
                }
            }
        }
        Kind::Unknown(Arc::new(self)).into()
    }
}

impl Value {
    /// The value with null for all that is unknown in it.
    #[must_use]
    pub fn unknown_as_null(&self) -> Value {
        if self.is_wholly_known() {
            self.clone()
        } else if self.is_known() {
            self.map_children(Value::unknown_as_null)
        } else {
            Value::null(self.ty())
        }
    }

    /// The value with more known of it. Known values stay as they are; so does a value of unknown
    /// type, but for null-ness.
    #[must_use]
    pub fn refine(&self, narrow: impl FnOnce(&mut Refinement)) -> Value {
        match &self.kind {
            Kind::Unknown(u) if u.ty != Type::Dynamic => {
                let mut unknown = (**u).clone();
                narrow(&mut unknown.refinement);
                unknown.into_value().with_marks(self.marks)
            }
            _ => self.clone(),
        }
    }

    /// The value, known not to be null.
    #[must_use]
    pub fn refine_not_null(&self) -> Value {
        self.refine(|r| r.not_null = true)
    }

    /// Whether it is known how many elements there are. They must be, and those of a set must be
    /// known as well unless there is only one: two unknown ones can turn out to be the same.
    #[must_use]
    pub fn is_length_known(&self) -> bool {
        match &self.kind {
            Kind::Unknown(_) => false,
            Kind::Set(e) => e.items().len() <= 1 || self.is_wholly_known(),
            _ => true,
        }
    }

    /// How long a collection or tuple is at least and at most, known or not. As in Terraform,
    /// nothing is said of a set in which elements can still coincide.
    #[must_use]
    pub fn length_range(&self) -> (usize, Option<usize>) {
        match &self.kind {
            Kind::Unknown(u) => match &u.ty {
                Type::Tuple(t) => (t.len(), Some(t.len())),
                Type::Object(o) => (o.attributes().len(), Some(o.attributes().len())),
                _ => u.refinement.length.unwrap_or((0, None)),
            },
            _ if !self.is_length_known() => (0, None),
            _ => {
                let n = self.len().unwrap_or(0);
                (n, Some(n))
            }
        }
    }

    /// The range of a number, known or not: lower and upper bound.
    #[must_use]
    pub fn number_range(&self) -> (Option<Bound>, Option<Bound>) {
        match &self.kind {
            Kind::Number(n) => {
                let b = Bound { number: n.clone(), inclusive: true };
                (Some(b.clone()), Some(b))
            }
            Kind::Unknown(u) => (u.refinement.lower.clone(), u.refinement.upper.clone()),
            _ => (None, None),
        }
    }

    /// What every possible value of a string begins with.
    #[must_use]
    pub fn string_prefix(&self) -> SmolStr {
        match &self.kind {
            Kind::String(s) => s.clone(),
            Kind::Unknown(u) => u.refinement.prefix.clone(),
            _ => SmolStr::default(),
        }
    }

    /// Whether every possible number of `self` is less than every possible one of `other`: true,
    /// false (every one is greater), or not to be told yet. As in Terraform, ranges that only touch
    /// tell nothing.
    #[must_use]
    pub fn definitely_less(&self, other: &Value) -> Option<bool> {
        let (self_lower, self_upper) = self.number_range();
        let (other_lower, other_upper) = other.number_range();
        if let (Some(a), Some(b)) = (&self_upper, &other_lower) {
            match a.number.cmp(&b.number) {
                Ordering::Less => return Some(true),
                Ordering::Equal if !(a.inclusive && b.inclusive) => return Some(true),
                _ => {}
            }
        }
        if let (Some(a), Some(b)) = (&self_lower, &other_upper)
            && a.number > b.number
        {
            return Some(false);
        }
        None
    }
}
