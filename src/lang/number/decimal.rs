//! The decimal text of binary numbers.

use dashu_int::UBig;
use dashu_int::ops::{BitTest, DivRem};

use super::float::Float;

/// Digits to have beyond those wanted: estimates are off by one or two, and rounding looks at the next.
const GUARD: i64 = 6;

/// `0.d₁d₂d₃… × 10^exponent`, without trailing zeros. No digits at all are zero.
pub(super) struct Decimal {
    digits: Vec<u8>,
    exponent: i64,
    /// Whether more digits follow, of which not all are zero. These never decide more than a tie.
    more: bool,
}

/// How many digits of a number are wanted.
#[derive(Clone, Copy)]
pub(super) enum Extent {
    /// This many in all.
    Significant(usize),
    /// This many after the point.
    Places(usize),
    /// As few as read back as the same number at its precision.
    Shortest,
}

impl Decimal {
    pub const ZERO: Decimal = Decimal { digits: Vec::new(), exponent: 0, more: false };

    /// The first digits of the absolute value, some more than wanted so that they can be rounded.
    pub fn new(float: &Float, extent: Extent) -> Decimal {
        let before_point = decimal_magnitude(float.magnitude());
        let wanted = match extent {
            Extent::Shortest => return Decimal::shortest(float),
            Extent::Significant(digits) => i64::try_from(digits).unwrap_or(i64::MAX),
            Extent::Places(places) => before_point.saturating_add_unsigned(places as u64).max(0),
        };
        Decimal::leading(&float.mantissa, float.exponent, wanted.saturating_add(GUARD))
    }

    /// At least the first `wanted` digits of `mantissa × 2^exponent`, or all there are.
    fn leading(mantissa: &UBig, exponent: i64, wanted: i64) -> Decimal {
        let before_point = decimal_magnitude(exponent + mantissa.bit_len() as i64);
        // Multiplied by this power of ten, the number has the wanted digits before the point.
        let scale = wanted.saturating_sub(before_point).min(-exponent.min(0));
        let power = UBig::from(5u8).pow(scale.unsigned_abs() as usize);
        let twos = exponent + scale;
        let (left, right) = (twos.max(0) as usize, twos.min(0).unsigned_abs() as usize);
        let (integer, more) = if scale >= 0 {
            let scaled = (mantissa * power) << left;
            let more = scaled.trailing_zeros().is_some_and(|zeros| zeros < right);
            (scaled >> right, more)
        } else {
            let (quotient, remainder) = (mantissa << left).div_rem(power << right);
            (quotient, !remainder.is_zero())
        };
        let digits = integer.to_string().into_bytes();
        let exponent = digits.len() as i64 - scale;
        let mut decimal = Decimal { digits, exponent, more };
        decimal.trim();
        decimal
    }

    /// The shortest digits that read back as the same number at its precision, and of these the nearest to it.
    ///
    /// The neighbours are taken to be equally far on both sides, also below a power of two, and digits are compared
    /// by their place among the digits alone: both are what the language has always printed.
    fn shortest(float: &Float) -> Decimal {
        if float.is_integer() && float.magnitude() <= i64::from(float.precision) {
            return Decimal::leading(&float.mantissa, float.exponent, i64::MAX);
        }
        // In units of half of the last place.
        let shift = (float.precision as usize + 1).saturating_sub(float.mantissa.bit_len());
        let (mantissa, exponent) = (&float.mantissa << shift, float.exponent - shift as i64);
        let wanted = decimal_magnitude(i64::from(float.precision)) + GUARD;
        let mut decimal = Decimal::leading(&mantissa, exponent, wanted);
        let lower = Decimal::leading(&(&mantissa - 1u8), exponent, wanted);
        let upper = Decimal::leading(&(&mantissa + 1u8), exponent, wanted);
        let inclusive = !mantissa.bit(1);
        for i in 0..decimal.digits.len() {
            let (digit, low, high) = (decimal.digits[i], lower.digit(i), upper.digit(i));
            let may_drop = low != digit || inclusive && lower.ends_at(i + 1);
            let may_raise = digit != high && (inclusive || digit + 1 < high || !upper.ends_by(i + 1));
            match (may_drop, may_raise) {
                (true, true) => decimal.round(i as i64 + 1),
                (true, false) => decimal.round_down(i + 1),
                (false, true) => decimal.round_up(i + 1),
                (false, false) => continue,
            }
            break;
        }
        decimal
    }

    fn ends_at(&self, count: usize) -> bool {
        count == self.digits.len() && !self.more
    }

    fn ends_by(&self, count: usize) -> bool {
        count >= self.digits.len() && !self.more
    }

    fn digit(&self, index: usize) -> u8 {
        self.digits.get(index).copied().unwrap_or(b'0')
    }

    /// Drops trailing zeros, unless more digits follow.
    fn trim(&mut self) {
        if self.more {
            return;
        }
        let kept = self.digits.iter().rposition(|&digit| digit != b'0').map_or(0, |last| last + 1);
        self.digits.truncate(kept);
        if kept == 0 {
            self.exponent = 0;
        }
    }

    /// Rounds to `count` digits, half to even.
    fn round(&mut self, count: i64) {
        let Some(count) = usize::try_from(count).ok().filter(|&count| count < self.digits.len()) else {
            return;
        };
        let half = self.digits[count] == b'5' && self.ends_at(count + 1);
        let up = if half { count > 0 && self.digits[count - 1] % 2 == 1 } else { self.digits[count] >= b'5' };
        if up { self.round_up(count) } else { self.round_down(count) }
    }

    fn round_down(&mut self, count: usize) {
        self.digits.truncate(count);
        self.more = false;
        self.trim();
    }

    fn round_up(&mut self, count: usize) {
        self.more = false;
        match self.digits[..count].iter().rposition(|&digit| digit < b'9') {
            Some(last) => {
                self.digits[last] += 1;
                self.digits.truncate(last + 1);
            }
            None => {
                self.digits = vec![b'1'];
                self.exponent += 1;
            }
        }
    }

    /// `ddd.ddd` with `places` digits after the point, or all there are.
    pub fn fixed(mut self, places: Option<usize>) -> String {
        if let Some(places) = places {
            self.round(self.exponent.saturating_add_unsigned(places as u64));
        }
        let places = places.unwrap_or_else(|| usize::try_from(self.digits.len() as i64 - self.exponent).unwrap_or(0));
        let whole = usize::try_from(self.exponent).unwrap_or(0);
        let mut text = String::with_capacity(whole.max(1) + 1 + places);
        if whole == 0 {
            text.push('0');
        }
        text.extend((0..whole).map(|i| char::from(self.digit(i))));
        if places > 0 {
            text.push('.');
            let places = places as i64;
            let place = |i| usize::try_from(self.exponent + i).map_or(b'0', |index| self.digit(index));
            text.extend((0..places).map(|i| char::from(place(i))));
        }
        text
    }

    /// `d.ddde±dd` with `places` digits after the point, or all there are.
    pub fn scientific(mut self, places: Option<usize>) -> String {
        if let Some(places) = places {
            self.round(1i64.saturating_add_unsigned(places as u64));
        }
        let places = places.unwrap_or(self.digits.len().saturating_sub(1));
        let mut text = String::with_capacity(places + 8);
        text.push(char::from(self.digit(0)));
        if places > 0 {
            text.push('.');
            text.extend((1..=places).map(|i| char::from(self.digit(i))));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.exponent - 1 };
        let sign = if exponent < 0 { '-' } else { '+' };
        text.push_str(&format!("e{sign}{:02}", exponent.unsigned_abs()));
        text
    }

    /// The shorter of both forms, with `digits` significant digits or all there are.
    pub fn general(mut self, digits: Option<usize>) -> String {
        if let Some(digits) = digits {
            self.round(i64::try_from(digits.max(1)).unwrap_or(i64::MAX));
        }
        let count = self.digits.len() as i64;
        let wanted = digits.map_or(count, |digits| i64::try_from(digits.max(1)).unwrap_or(i64::MAX));
        let threshold = match digits {
            None => 6,
            Some(_) if wanted > count && count >= self.exponent => count,
            Some(_) => wanted,
        };
        let exponent = self.exponent - 1;
        if exponent < -4 || exponent >= threshold { self.scientific(None) } else { self.fixed(None) }
    }
}

/// An estimate of `e` in `0.d₁d₂d₃… × 10^e` for a number of the given binary magnitude.
fn decimal_magnitude(magnitude: i64) -> i64 {
    (magnitude * 30103).div_euclid(100_000)
}
