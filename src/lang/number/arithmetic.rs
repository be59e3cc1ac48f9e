//! Sums, products, quotients and remainders.

use dashu_int::ops::BitTest;

use super::{DEFAULT_PRECISION, INTEGER_PRECISION, Number, Operand, Repr, significant_bits};

/// Why an operation has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// `∞ + -∞`
    #[error("can't compute sum of opposing infinities")]
    OpposingInfinities,
    /// `∞ - ∞`
    #[error("can't subtract infinity from itself")]
    InfinityFromItself,
    /// `0 × ∞`
    #[error("can't multiply zero by infinity")]
    ZeroTimesInfinity,
    /// `0 / 0` or `∞ / ∞`
    #[error("can't divide zero by zero or infinity by infinity")]
    UndefinedQuotient,
    /// A remainder with an infinite operand.
    #[error("can't use modulo with zero and infinity")]
    InfiniteModulo,
    /// The result is beyond 2^±[`MAX_MAGNITUDE`](super::MAX_MAGNITUDE).
    #[error("the result is too large or too small a number")]
    OutOfRange,
}

impl Number {
    /// The sum, with the larger precision.
    ///
    /// # Errors
    /// The infinities have no sum; the result may be out of range.
    pub fn add(&self, other: &Number) -> Result<Number, NumberError> {
        let precision = self.precision().max(other.precision());
        if let (Some(a), Some(b)) = (self.int(), other.int())
            && let Some(sum) = a.checked_add(b)
        {
            return Ok(Number::from_i64_with_precision(sum, precision));
        }
        self.add_rounded(other, precision)
    }

    fn add_rounded(&self, other: &Number, precision: u32) -> Result<Number, NumberError> {
        match (self.operand(), other.operand()) {
            (Operand::Infinity { negative: a }, Operand::Infinity { negative: b }) if a != b => {
                Err(NumberError::OpposingInfinities)
            }
            (Operand::Zero { negative: a }, Operand::Zero { negative: b }) => Ok(Number::zero_with(a && b, precision)),
            (Operand::Infinity { .. }, _) | (_, Operand::Zero { .. }) => Ok(self.with_precision(precision)),
            (_, Operand::Infinity { .. }) | (Operand::Zero { .. }, _) => Ok(other.with_precision(precision)),
            (Operand::Finite(a), Operand::Finite(b)) => {
                a.add(&b, precision).map_or_else(|| Ok(Number::zero_with(false, precision)), Number::finite)
            }
        }
    }

    /// The difference, with the larger precision.
    ///
    /// # Errors
    /// An infinity less itself has no value; the result may be out of range.
    pub fn sub(&self, other: &Number) -> Result<Number, NumberError> {
        let precision = self.precision().max(other.precision());
        if let (Some(a), Some(b)) = (self.int(), other.int())
            && let Some(difference) = a.checked_sub(b)
        {
            return Ok(Number::from_i64_with_precision(difference, precision));
        }
        self.add_rounded(&other.neg(), precision).map_err(|error| match error {
            NumberError::OpposingInfinities => NumberError::InfinityFromItself,
            other => other,
        })
    }

    /// The product, with as many bits as it needs up to [`DEFAULT_PRECISION`], and at least the larger precision.
    ///
    /// # Errors
    /// Zero times infinity has no value; the result may be out of range.
    pub fn mul(&self, other: &Number) -> Result<Number, NumberError> {
        let precision = self.precision().max(other.precision());
        if let (Some(a), Some(b)) = (self.int(), other.int())
            && let Some(product) = a.checked_mul(b)
            && product != 0
        {
            return Ok(Number::from_i64_with_precision(product, precision.max(significant_bits(product))));
        }
        let product = self.mul_rounded(other, DEFAULT_PRECISION)?;
        let needed = match &product.0 {
            Repr::Int { value, .. } => significant_bits(*value),
            Repr::Real(float) => float.mantissa.bit_len() as u32,
            Repr::NegativeZero { .. } | Repr::Infinity { .. } => 0,
        };
        Ok(product.with_precision(precision.max(needed)))
    }

    fn mul_rounded(&self, other: &Number, precision: u32) -> Result<Number, NumberError> {
        let (a, b) = (self.operand(), other.operand());
        let negative = a.negative() != b.negative();
        match (a, b) {
            (Operand::Zero { .. }, Operand::Infinity { .. }) | (Operand::Infinity { .. }, Operand::Zero { .. }) => {
                Err(NumberError::ZeroTimesInfinity)
            }
            (Operand::Zero { .. }, _) | (_, Operand::Zero { .. }) => Ok(Number::zero_with(negative, precision)),
            (Operand::Infinity { .. }, _) | (_, Operand::Infinity { .. }) => Ok(Number::infinity(negative, precision)),
            (Operand::Finite(a), Operand::Finite(b)) => Number::finite(a.mul(&b, precision)),
        }
    }

    /// The quotient, with the larger precision. What is not zero divided by zero is infinite.
    ///
    /// # Errors
    /// `0 / 0` and `∞ / ∞` have no value; the result may be out of range.
    pub fn div(&self, other: &Number) -> Result<Number, NumberError> {
        let precision = self.precision().max(other.precision());
        if let (Some(a), Some(b)) = (self.int(), other.int())
            && a != 0
            && a.checked_rem(b) == Some(0)
        {
            return Ok(Number::from_i64_with_precision(a / b, precision));
        }
        let (a, b) = (self.operand(), other.operand());
        let negative = a.negative() != b.negative();
        match (a, b) {
            (Operand::Zero { .. }, Operand::Zero { .. }) | (Operand::Infinity { .. }, Operand::Infinity { .. }) => {
                Err(NumberError::UndefinedQuotient)
            }
            (Operand::Zero { .. }, _) | (_, Operand::Infinity { .. }) => Ok(Number::zero_with(negative, precision)),
            (Operand::Infinity { .. }, _) | (_, Operand::Zero { .. }) => Ok(Number::infinity(negative, precision)),
            (Operand::Finite(a), Operand::Finite(b)) => Number::finite(a.div(&b, precision)),
        }
    }

    /// The remainder of the division rounded toward zero, with the precision of the dividend. The remainder of a
    /// division by zero is the dividend.
    ///
    /// # Errors
    /// Infinite operands, but for a zero divisor; intermediate results may be out of range.
    pub fn rem(&self, other: &Number) -> Result<Number, NumberError> {
        if other.is_zero() {
            return Ok(self.clone());
        }
        if self.is_infinite() || other.is_infinite() {
            return Err(NumberError::InfiniteModulo);
        }
        let precision = self.precision();
        if let (Some(a), Some(b)) = (self.int(), other.int())
            && precision >= INTEGER_PRECISION
        {
            return Ok(Number::from_i64_with_precision(a % b, precision));
        }
        // The quotient is rounded before it is cut, and so is its multiple: with great quotients this shows.
        let quotient = self.div(other)?.trunc().with_precision(precision);
        let multiple = other.mul_rounded(&quotient, precision)?;
        self.add_rounded(&multiple.neg(), precision)
    }
}
