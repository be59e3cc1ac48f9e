//! Numbers taken apart, to be written down to the last bit.

use dashu_int::UBig;
use dashu_int::ops::BitTest;

use super::float::Float;
use super::{MAX_MAGNITUDE, Number, Operand};

/// A number as `±mantissa × 2^exponent`, with its precision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExactNumber {
    /// Its sign; zero has one, too.
    pub negative: bool,
    /// Little-endian; empty for zero, and `None` for infinity.
    pub mantissa: Option<Vec<u8>>,
    /// Zero for zero and infinity.
    pub exponent: i64,
    /// In bits.
    pub precision: u32,
}

impl Number {
    /// The number taken apart.
    #[must_use]
    pub fn to_exact(&self) -> ExactNumber {
        let precision = self.precision();
        match self.operand() {
            Operand::Infinity { negative } => ExactNumber { negative, mantissa: None, exponent: 0, precision },
            Operand::Zero { negative } => ExactNumber { negative, mantissa: Some(Vec::new()), exponent: 0, precision },
            Operand::Finite(float) => ExactNumber {
                negative: float.negative,
                mantissa: Some(float.mantissa.to_le_bytes().into()),
                exponent: float.exponent,
                precision,
            },
        }
    }

    /// The number that was taken apart; `None` for parts that no number has.
    #[must_use]
    pub fn from_exact(exact: &ExactNumber) -> Option<Number> {
        let ExactNumber { negative, mantissa, exponent, precision } = exact;
        let Some(bytes) = mantissa else { return Some(Number::infinity(*negative, *precision)) };
        let mantissa = UBig::from_le_bytes(bytes);
        if mantissa.is_zero() {
            return Some(Number::zero_with(*negative, *precision));
        }
        let magnitude = exponent.checked_add(i64::try_from(mantissa.bit_len()).ok()?)?;
        if magnitude.abs() > MAX_MAGNITUDE || exponent.abs() > 2 * MAX_MAGNITUDE {
            return None;
        }
        Some(Number::real(Float::round(*negative, mantissa, *exponent, false, *precision)))
    }
}
