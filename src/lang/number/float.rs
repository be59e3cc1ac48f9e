//! Finite binary floating point numbers of any precision, rounded half to even.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use dashu_int::UBig;
use dashu_int::ops::{BitTest, DivRem};

/// A finite number other than zero: `±mantissa × 2^exponent`, the mantissa odd and of at most `precision` bits.
#[derive(Clone, Debug)]
pub(super) struct Float {
    pub negative: bool,
    pub mantissa: UBig,
    pub exponent: i64,
    pub precision: u32,
}

impl Float {
    /// The number nearest to `±mantissa × 2^exponent` that has `precision` bits. `inexact` says that the exact
    /// value is a little more than that; the mantissa then has more than `precision` bits. No precision is below one.
    pub fn round(negative: bool, mantissa: UBig, exponent: i64, inexact: bool, precision: u32) -> Float {
        debug_assert!(!mantissa.is_zero());
        let precision = precision.max(1);
        let mut float = Float { negative, mantissa, exponent, precision };
        let excess = float.mantissa.bit_len().saturating_sub(precision as usize);
        debug_assert!(!inexact || excess > 0);
        if excess > 0 {
            let half = float.mantissa.bit(excess - 1);
            let beyond_half = inexact || float.mantissa.trailing_zeros().is_some_and(|zeros| zeros < excess - 1);
            float.mantissa >>= excess;
            float.exponent += excess as i64;
            if half && (beyond_half || float.mantissa.bit(0)) {
                float.mantissa += 1u8;
            }
        }
        let zeros = float.mantissa.trailing_zeros().unwrap_or(0);
        if zeros > 0 {
            float.mantissa >>= zeros;
            float.exponent += zeros as i64;
        }
        float
    }

    /// The same number with another precision.
    pub fn with_precision(&self, precision: u32) -> Float {
        if precision as usize >= self.mantissa.bit_len() {
            return Float { precision, ..self.clone() };
        }
        Float::round(self.negative, self.mantissa.clone(), self.exponent, false, precision)
    }

    /// The exponent `e` with `2^(e-1) ≤ |self| < 2^e`.
    pub fn magnitude(&self) -> i64 {
        self.exponent + self.mantissa.bit_len() as i64
    }

    pub fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// The integer part of the absolute value.
    pub fn integer_part(&self) -> UBig {
        match usize::try_from(self.exponent) {
            Ok(shift) => &self.mantissa << shift,
            Err(_) if self.magnitude() <= 0 => UBig::ZERO,
            Err(_) => &self.mantissa >> (self.exponent.unsigned_abs() as usize),
        }
    }

    /// The sum, or `None` if it is zero.
    pub fn add(&self, other: &Float, precision: u32) -> Option<Float> {
        let exponent = self.exponent.min(other.exponent);
        let a = &self.mantissa << ((self.exponent - exponent) as usize);
        let b = &other.mantissa << ((other.exponent - exponent) as usize);
        let (negative, mantissa) = if self.negative == other.negative {
            (self.negative, a + b)
        } else {
            match a.cmp(&b) {
                Ordering::Greater => (self.negative, a - b),
                Ordering::Less => (other.negative, b - a),
                Ordering::Equal => return None,
            }
        };
        Some(Float::round(negative, mantissa, exponent, false, precision))
    }

    pub fn mul(&self, other: &Float, precision: u32) -> Float {
        let negative = self.negative != other.negative;
        let mantissa = &self.mantissa * &other.mantissa;
        Float::round(negative, mantissa, self.exponent + other.exponent, false, precision)
    }

    pub fn div(&self, other: &Float, precision: u32) -> Float {
        // One bit more than the precision, and the remainder, decide the rounding.
        let wanted = precision as usize + 2 + other.mantissa.bit_len();
        let shift = wanted.saturating_sub(self.mantissa.bit_len());
        let (quotient, remainder) = (&self.mantissa << shift).div_rem(&other.mantissa);
        let exponent = self.exponent - other.exponent - shift as i64;
        Float::round(self.negative != other.negative, quotient, exponent, !remainder.is_zero(), precision)
    }

    /// The machine number nearest to the absolute value.
    pub fn to_f64(&self) -> f64 {
        const LEAST_NORMAL: i64 = -1021;
        const LEAST: i64 = -1074;
        // Below the least normal number there are fewer bits, and none below half of the least one.
        let bits = if self.magnitude() < LEAST_NORMAL { self.magnitude() - LEAST } else { 53 };
        let precision = match u32::try_from(bits) {
            Err(_) => return 0.0,
            Ok(0) => return if self.mantissa.is_one() { 0.0 } else { f64::from_bits(1) },
            Ok(bits) => bits,
        };
        let rounded = self.with_precision(precision);
        let mantissa = u64::try_from(&rounded.mantissa).unwrap_or(u64::MAX);
        match rounded.magnitude() {
            1025.. => f64::INFINITY,
            magnitude if magnitude < LEAST_NORMAL => f64::from_bits(mantissa << (rounded.exponent - LEAST)),
            magnitude => {
                let fraction = mantissa << (53 - rounded.mantissa.bit_len()) & ((1 << 52) - 1);
                f64::from_bits(((magnitude + 1022) as u64) << 52 | fraction)
            }
        }
    }

    /// Compares the absolute values.
    pub fn cmp_magnitude(&self, other: &Float) -> Ordering {
        self.magnitude().cmp(&other.magnitude()).then_with(|| match self.exponent.cmp(&other.exponent) {
            Ordering::Equal => self.mantissa.cmp(&other.mantissa),
            Ordering::Greater => (&self.mantissa << ((self.exponent - other.exponent) as usize)).cmp(&other.mantissa),
            Ordering::Less => self.mantissa.cmp(&(&other.mantissa << ((other.exponent - self.exponent) as usize))),
        })
    }
}

impl PartialEq for Float {
    /// Equal in value: the precision does not count.
    fn eq(&self, other: &Float) -> bool {
        (self.negative, self.exponent) == (other.negative, other.exponent) && self.mantissa == other.mantissa
    }
}

impl Eq for Float {}

impl Hash for Float {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.negative, self.exponent, &self.mantissa).hash(state);
    }
}
