//! Numbers: binary floating point of a precision that each value carries with it, rounded half to even, and the two
//! infinities.
//!
//! Literals and text have [`DEFAULT_PRECISION`]; what functions compute may have less. An operation's result takes
//! the larger precision of its operands, so precision shows in the digits: `length("a") / length("abc")`
//! and `1 / 3` differ.
//!
//! Infinity is what `1 / 0` gives. Numbers too large to be written out in reasonable time, beyond
//! 2^±[`MAX_MAGNITUDE`] (more than 300 000 decimal digits), are refused.

mod arithmetic;
mod decimal;
mod exact;
mod float;
mod parse;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use dashu_int::UBig;
use dashu_int::ops::BitTest;

pub use arithmetic::NumberError;
use decimal::{Decimal, Extent};
pub use exact::ExactNumber;
use float::Float;

/// The bits of precision of literals, and of numbers converted from text.
pub const DEFAULT_PRECISION: u32 = 512;

/// The bits of precision of machine integers, such as lengths and counts.
pub const INTEGER_PRECISION: u32 = 64;

/// The bits of precision of results computed with machine floating point.
pub const F64_PRECISION: u32 = 53;

/// Finite numbers other than zero lie between 2^-MAX_MAGNITUDE and 2^MAX_MAGNITUDE.
pub const MAX_MAGNITUDE: i64 = 1 << 20;

/// A number, cheap to clone. Equality, order and hash are those of the value, whatever its precision; negative zero
/// equals zero and differs from it in text only.
#[derive(Clone)]
pub struct Number(Repr);

#[derive(Clone)]
enum Repr {
    /// An integer of at most 63 bits: these are never `Real`.
    Int {
        value: i64,
        precision: u32,
    },
    NegativeZero {
        precision: u32,
    },
    Real(Arc<Float>),
    Infinity {
        negative: bool,
        precision: u32,
    },
}

/// What the slow paths of the operations distinguish.
enum Operand<'a> {
    Zero { negative: bool },
    Finite(Cow<'a, Float>),
    Infinity { negative: bool },
}

impl Number {
    /// Zero, with the precision of literals.
    pub const ZERO: Number = Number(Repr::Int { value: 0, precision: DEFAULT_PRECISION });
    /// One, with the precision of literals.
    pub const ONE: Number = Number(Repr::Int { value: 1, precision: DEFAULT_PRECISION });

    /// Reads a decimal number with [`DEFAULT_PRECISION`]: an optional sign, digits with an optional point, and an
    /// optional exponent of ten (`e`) or two (`p`); or `Inf` or `inf`. `None` for anything else, and for numbers
    /// beyond 2^±[`MAX_MAGNITUDE`] other than those so far beyond that they are infinity or zero. Nor are more than
    /// [`MAX_MAGNITUDE`] bytes of text read.
    #[must_use]
    pub fn parse(text: &str) -> Option<Number> {
        match text.as_bytes() {
            long if long.len() as u64 > MAX_MAGNITUDE.unsigned_abs() => None,
            digits @ [_, ..] if digits.len() <= 18 && digits.iter().all(u8::is_ascii_digit) => {
                text.parse().ok().map(|value| Number(Repr::Int { value, precision: DEFAULT_PRECISION }))
            }
            _ => parse::decimal(text),
        }
    }

    /// Reads an integer in a base from 2 to 62, with an optional sign. Its precision is its number of bits, at least
    /// [`INTEGER_PRECISION`]. `None` for anything else, and beyond [`MAX_MAGNITUDE`] as in [`Number::parse`].
    #[must_use]
    pub fn parse_integer(text: &str, base: u32) -> Option<Number> {
        if text.len() as u64 > MAX_MAGNITUDE.unsigned_abs() {
            return None;
        }
        parse::in_base(text, base)
    }

    /// An integer rounded to a precision in bits.
    #[must_use]
    pub fn from_i64_with_precision(value: i64, precision: u32) -> Number {
        if value != i64::MIN && significant_bits(value) <= precision {
            return Number(Repr::Int { value, precision });
        }
        let float = Float::round(value < 0, UBig::from(value.unsigned_abs()), 0, false, precision);
        Number::real(float)
    }

    /// A length, count or index, with [`INTEGER_PRECISION`].
    #[must_use]
    pub fn from_usize(value: usize) -> Number {
        Number::from(value as u64)
    }

    /// A machine floating point number with [`F64_PRECISION`]; `None` for NaN.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Number> {
        let negative = value.is_sign_negative();
        if value.is_nan() {
            return None;
        }
        if value.is_infinite() {
            return Some(Number::infinity(negative, F64_PRECISION));
        }
        if value == 0.0 {
            return Some(Number::zero_with(negative, F64_PRECISION));
        }
        let bits = value.to_bits();
        let (biased, fraction) = ((bits >> 52 & 0x7ff) as i64, bits & ((1 << 52) - 1));
        let mantissa = if biased == 0 { fraction } else { fraction | 1 << 52 };
        Some(Number::real(Float::round(negative, mantissa.into(), biased.max(1) - 1075, false, F64_PRECISION)))
    }

    fn infinity(negative: bool, precision: u32) -> Number {
        Number(Repr::Infinity { negative, precision })
    }

    fn zero_with(negative: bool, precision: u32) -> Number {
        Number(if negative { Repr::NegativeZero { precision } } else { Repr::Int { value: 0, precision } })
    }

    /// The canonical form of a number known to be within range.
    fn real(float: Float) -> Number {
        if float.is_integer() && float.magnitude() <= 63 {
            let magnitude = i64::try_from(float.integer_part()).unwrap_or(i64::MAX);
            let value = if float.negative { -magnitude } else { magnitude };
            return Number(Repr::Int { value, precision: float.precision });
        }
        Number(Repr::Real(Arc::new(float)))
    }

    fn finite(float: Float) -> Result<Number, NumberError> {
        let range = -MAX_MAGNITUDE..=MAX_MAGNITUDE;
        if range.contains(&float.magnitude()) { Ok(Number::real(float)) } else { Err(NumberError::OutOfRange) }
    }

    /// An integer of any size with as many bits of precision, at least [`INTEGER_PRECISION`].
    fn from_integer(negative: bool, magnitude: UBig) -> Result<Number, NumberError> {
        if magnitude.is_zero() {
            return Ok(Number::zero_with(false, INTEGER_PRECISION));
        }
        let precision = u32::try_from(magnitude.bit_len()).map_err(|_| NumberError::OutOfRange)?;
        Number::finite(Float::round(negative, magnitude, 0, false, precision.max(INTEGER_PRECISION)))
    }

    fn operand(&self) -> Operand<'_> {
        match &self.0 {
            Repr::Int { value: 0, .. } => Operand::Zero { negative: false },
            Repr::Int { value, precision } => {
                let magnitude = UBig::from(value.unsigned_abs());
                let precision = (*precision).max(INTEGER_PRECISION);
                Operand::Finite(Cow::Owned(Float::round(*value < 0, magnitude, 0, false, precision)))
            }
            Repr::NegativeZero { .. } => Operand::Zero { negative: true },
            Repr::Real(float) => Operand::Finite(Cow::Borrowed(float)),
            Repr::Infinity { negative, .. } => Operand::Infinity { negative: *negative },
        }
    }

    /// The precision in bits.
    #[must_use]
    pub fn precision(&self) -> u32 {
        match &self.0 {
            Repr::Int { precision, .. } | Repr::NegativeZero { precision } | Repr::Infinity { precision, .. } => {
                *precision
            }
            Repr::Real(float) => float.precision,
        }
    }

    /// The same number, rounded to a precision in bits.
    #[must_use]
    pub fn with_precision(&self, precision: u32) -> Number {
        match &self.0 {
            Repr::Int { value, .. } => Number::from_i64_with_precision(*value, precision),
            Repr::NegativeZero { .. } => Number::zero_with(true, precision),
            Repr::Real(float) if float.precision == precision => self.clone(),
            Repr::Real(float) => Number::real(float.with_precision(precision)),
            Repr::Infinity { negative, .. } => Number::infinity(*negative, precision),
        }
    }

    /// The integer, if it is one of at most 64 bits.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Int { value, .. } => Some(*value),
            Repr::NegativeZero { .. } => Some(0),
            // Only the least of all has more than 63 bits.
            Repr::Real(float) if float.is_integer() && float.negative && float.magnitude() == 64 => {
                (float.integer_part() == UBig::from(i64::MIN.unsigned_abs())).then_some(i64::MIN)
            }
            _ => None,
        }
    }

    /// The nearest machine floating point number, infinite if it is too large.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        let (negative, magnitude) = match self.operand() {
            Operand::Zero { negative } => (negative, 0.0),
            Operand::Finite(float) => (float.negative, float.to_f64()),
            Operand::Infinity { negative } => (negative, f64::INFINITY),
        };
        if negative { -magnitude } else { magnitude }
    }

    /// Whether it is finite and has no fraction.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Int { .. } | Repr::NegativeZero { .. } => true,
            Repr::Real(float) => float.is_integer(),
            Repr::Infinity { .. } => false,
        }
    }

    /// Whether it is one of the infinities.
    #[must_use]
    pub fn is_infinite(&self) -> bool {
        matches!(self.0, Repr::Infinity { .. })
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.sign() == Ordering::Less
    }

    /// Whether it is zero, of either sign.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.sign() == Ordering::Equal
    }

    /// How it compares to zero.
    #[must_use]
    pub fn sign(&self) -> Ordering {
        let negative = match &self.0 {
            Repr::Int { value, .. } => return value.cmp(&0),
            Repr::NegativeZero { .. } => return Ordering::Equal,
            Repr::Real(float) => float.negative,
            Repr::Infinity { negative, .. } => *negative,
        };
        if negative { Ordering::Less } else { Ordering::Greater }
    }

    /// The number with the other sign.
    #[must_use]
    pub fn neg(&self) -> Number {
        Number(match &self.0 {
            Repr::Int { value: 0, precision } => Repr::NegativeZero { precision: *precision },
            Repr::Int { value, precision } => Repr::Int { value: -value, precision: *precision },
            Repr::NegativeZero { precision } => Repr::Int { value: 0, precision: *precision },
            Repr::Real(float) => Repr::Real(Arc::new(Float { negative: !float.negative, ..Float::clone(float) })),
            Repr::Infinity { negative, precision } => Repr::Infinity { negative: !negative, precision: *precision },
        })
    }

    /// Equality in the language: two numbers are equal if they are written the same, so that 0.1 is 0.1 whatever
    /// the precision of either.
    #[must_use]
    pub fn equals(&self, other: &Number) -> bool {
        if self == other {
            return true;
        }
        let (Repr::Real(_), Repr::Real(_)) = (&self.0, &other.0) else { return false };
        self.precision() != other.precision()
            && (self.to_f64() - other.to_f64()).abs() <= f64::EPSILON * self.to_f64().abs() * 4.0
            && self.to_string() == other.to_string()
    }

    /// The absolute value.
    #[must_use]
    pub fn abs(&self) -> Number {
        if self.operand().negative() { self.neg() } else { self.clone() }
    }

    /// The largest integer not above the number, with its precision; infinities stay.
    #[must_use]
    pub fn floor(&self) -> Number {
        self.to_integer(|negative| negative)
    }

    /// The smallest integer not below the number, with its precision; infinities stay.
    #[must_use]
    pub fn ceil(&self) -> Number {
        self.to_integer(|negative| !negative)
    }

    /// The number without its fraction, with its precision; infinities stay.
    #[must_use]
    pub fn trunc(&self) -> Number {
        self.to_integer(|_| false)
    }

    /// The integer part, one further from zero if there is a fraction and `away` says so for the sign.
    fn to_integer(&self, away: impl Fn(bool) -> bool) -> Number {
        match &self.0 {
            Repr::Real(float) if !float.is_integer() => {
                let mut magnitude = float.integer_part();
                if away(float.negative) {
                    magnitude += 1u8;
                }
                if magnitude.is_zero() {
                    return Number::zero_with(false, float.precision);
                }
                Number::real(Float::round(float.negative, magnitude, 0, false, float.precision))
            }
            Repr::NegativeZero { precision } => Number::zero_with(false, *precision),
            _ => self.clone(),
        }
    }

    fn int(&self) -> Option<i64> {
        if let Repr::Int { value, .. } = self.0 { Some(value) } else { None }
    }

    /// `ddd.ddd` with so many digits after the point, rounded half to even; without a number, with all that are
    /// needed to read the number back. Infinities are `+Inf` and `-Inf`, here and below. The text is as long as asked
    /// for: it is for the caller to bound what users ask.
    #[must_use]
    pub fn to_fixed(&self, places: impl Into<Option<usize>>) -> String {
        let places = places.into();
        self.write(places.map_or(Extent::Shortest, Extent::Places), |decimal| decimal.fixed(places))
    }

    /// `d.ddde±dd` with so many digits after the point, or as many as are needed.
    #[must_use]
    pub fn to_exponent(&self, places: impl Into<Option<usize>>) -> String {
        let places = places.into();
        let extent = places.map_or(Extent::Shortest, |places| Extent::Significant(places.saturating_add(1)));
        self.write(extent, |decimal| decimal.scientific(places))
    }

    /// With so many significant digits at most, or as many as are needed: like [`Number::to_exponent`] if the
    /// exponent is below -4 or not below that number (6 if there is none), otherwise like [`Number::to_fixed`].
    #[must_use]
    pub fn to_general(&self, digits: impl Into<Option<usize>>) -> String {
        let digits = digits.into();
        self.write(digits.map_or(Extent::Shortest, Extent::Significant), |decimal| decimal.general(digits))
    }

    fn write(&self, extent: Extent, form: impl Fn(Decimal) -> String) -> String {
        let (negative, decimal) = match self.operand() {
            Operand::Infinity { negative } => return if negative { "-Inf" } else { "+Inf" }.to_owned(),
            Operand::Zero { negative } => (negative, Decimal::ZERO),
            Operand::Finite(float) if float.precision == self.precision() => {
                (float.negative, Decimal::new(&float, extent))
            }
            Operand::Finite(float) => (float.negative, Decimal::new(&float.with_precision(self.precision()), extent)),
        };
        let text = form(decimal);
        if negative { format!("-{text}") } else { text }
    }

    /// The digits of an integer in a base from 2 to 36 (lower case), all of them whatever its precision; `None` if
    /// it is not an integer.
    #[must_use]
    pub fn integer_digits(&self, base: u8) -> Option<String> {
        let (negative, magnitude) = match self.operand() {
            Operand::Zero { .. } => (false, UBig::ZERO),
            Operand::Finite(float) if float.is_integer() && (2..=36).contains(&base) => {
                (float.negative, float.integer_part())
            }
            _ => return None,
        };
        let digits = magnitude.in_radix(base);
        Some(if negative { format!("-{digits}") } else { digits.to_string() })
    }
}

impl Operand<'_> {
    fn negative(&self) -> bool {
        match self {
            Operand::Zero { negative } | Operand::Infinity { negative } => *negative,
            Operand::Finite(float) => float.negative,
        }
    }
}

/// The bits from the first to the last that is set.
fn significant_bits(value: i64) -> u32 {
    match value.unsigned_abs() {
        0 => 0,
        magnitude => 64 - magnitude.leading_zeros() - magnitude.trailing_zeros(),
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Number {
        Number::from_i64_with_precision(value, INTEGER_PRECISION)
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Number {
        match i64::try_from(value) {
            Ok(value) => Number::from(value),
            Err(_) => Number::real(Float::round(false, value.into(), 0, false, INTEGER_PRECISION)),
        }
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Number {
        Number::from_usize(value)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        match (&self.0, &other.0) {
            (Repr::Int { value: a, .. }, Repr::Int { value: b, .. }) => a == b,
            (Repr::Real(a), Repr::Real(b)) => a == b,
            (Repr::Infinity { negative: a, .. }, Repr::Infinity { negative: b, .. }) => a == b,
            (Repr::NegativeZero { .. }, _) | (_, Repr::NegativeZero { .. }) => self.is_zero() && other.is_zero(),
            _ => false,
        }
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Int { value, .. } => value.hash(state),
            Repr::NegativeZero { .. } => 0i64.hash(state),
            Repr::Real(float) => float.hash(state),
            Repr::Infinity { negative, .. } => negative.hash(state),
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        if let (Some(a), Some(b)) = (self.int(), other.int()) {
            return a.cmp(&b);
        }
        let sign = self.sign();
        sign.cmp(&other.sign()).then_with(|| {
            let magnitudes = match (self.operand(), other.operand()) {
                (Operand::Finite(a), Operand::Finite(b)) => a.cmp_magnitude(&b),
                (a, b) => matches!(a, Operand::Infinity { .. }).cmp(&matches!(b, Operand::Infinity { .. })),
            };
            if sign == Ordering::Less { magnitudes.reverse() } else { magnitudes }
        })
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// All digits needed to read the number back at its precision, never with an exponent. This is the number in JSON
/// too, where infinities have no place.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Repr::Int { value, precision } if precision >= INTEGER_PRECISION => value.fmt(f),
            _ => f.pad(&self.to_fixed(None)),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
