//! Numbers from text.

use dashu_int::UBig;
use dashu_int::ops::BitTest;

use super::float::Float;
use super::{DEFAULT_PRECISION, Number};

/// Beyond these binary exponents a number is infinite or zero, rather than too large to handle.
const INFINITE: i64 = i32::MAX as i64;
const VANISHING: i64 = i32::MIN as i64;

pub(super) fn decimal(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    if matches!(digits, b"Inf" | b"inf") {
        return Some(Number::infinity(negative, DEFAULT_PRECISION));
    }
    let end = digits.iter().position(|b| !matches!(b, b'0'..=b'9' | b'.')).unwrap_or(digits.len());
    let (significand, exponent) = digits.split_at(end);
    let mut parts = significand.splitn(2, |&b| b == b'.');
    let (whole, fraction) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if fraction.contains(&b'.') || whole.len() + fraction.len() == 0 {
        return None;
    }
    let (base, exponent) = match exponent {
        [] => (10, 0),
        [b'e' | b'E', rest @ ..] => (10, exponent_digits(rest)?),
        [b'p' | b'P', rest @ ..] => (2, exponent_digits(rest)?),
        _ => return None,
    };
    let mantissa = integer(whole.iter().chain(fraction).map(|b| u64::from(b - b'0')), 10);
    if mantissa.is_zero() {
        return Some(Number::zero_with(negative, DEFAULT_PRECISION));
    }
    let places = -(fraction.len() as i64);
    let twos = places.checked_add(exponent)?;
    let fives = if base == 10 { twos } else { places };
    scaled(negative, mantissa, twos, fives)
}

/// `mantissa × 2^twos × 5^fives`, with the rounding errors that great powers of five bring.
fn scaled(negative: bool, mantissa: UBig, twos: i64, fives: i64) -> Option<Number> {
    let magnitude = twos.checked_add(mantissa.bit_len() as i64)?;
    if !(VANISHING..=INFINITE).contains(&magnitude) {
        return None;
    }
    let float = Float { negative, mantissa, exponent: twos, precision: DEFAULT_PRECISION };
    let power = power_of_five(fives.unsigned_abs(), DEFAULT_PRECISION + 64);
    let boundless = power.magnitude() > INFINITE;
    let float = match fives {
        0 => Float::round(negative, float.mantissa, twos, false, DEFAULT_PRECISION),
        1.. if boundless => return Some(Number::infinity(negative, DEFAULT_PRECISION)),
        1.. => float.mul(&power, DEFAULT_PRECISION),
        _ if boundless => return Some(Number::zero_with(negative, DEFAULT_PRECISION)),
        _ => float.div(&power, DEFAULT_PRECISION),
    };
    match float.magnitude() {
        magnitude if magnitude > INFINITE => Some(Number::infinity(negative, DEFAULT_PRECISION)),
        magnitude if magnitude < VANISHING => Some(Number::zero_with(negative, DEFAULT_PRECISION)),
        _ => Number::finite(float).ok(),
    }
}

/// `5^n`, by squaring, rounded at each step once it has more bits than `precision`.
fn power_of_five(n: u64, precision: u32) -> Float {
    // The steps begin from the largest power of five in 64 bits: this decides how the errors add up.
    const TABLE: u64 = 27;
    let small = |n: u64| Float::round(false, UBig::from(5u8).pow(n as usize), 0, false, precision);
    let mut power = small(n.min(TABLE));
    let mut square = small(1).with_precision(precision + 64);
    let mut rest = n.saturating_sub(TABLE);
    while rest > 0 {
        if rest & 1 == 1 {
            power = power.mul(&square, precision);
        }
        square = square.mul(&square, precision + 64);
        rest >>= 1;
    }
    power
}

fn exponent_digits(text: &[u8]) -> Option<i64> {
    // The same syntax: an optional sign and at least one digit, within 64 bits.
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// An integer in base 2 to 62: after the digits come the letters, in either case up to base 36 and else first the
/// lower and then the upper case. Its precision is as many bits as it has, or 64.
pub(super) fn in_base(text: &str, base: u32) -> Option<Number> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    if digits.is_empty() || !(2..=62).contains(&base) {
        return None;
    }
    let base = u64::from(base);
    let value = |&digit: &u8| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'z' => digit - b'a' + 10,
            b'A'..=b'Z' if base <= 36 => digit - b'A' + 10,
            b'A'..=b'Z' => digit - b'A' + 36,
            _ => return None,
        };
        Some(u64::from(value)).filter(|&value| value < base)
    };
    let values: Vec<u64> = digits.iter().map(value).collect::<Option<_>>()?;
    Number::from_integer(negative, integer(values.into_iter(), base)).ok()
}

/// The integer with these digits, the most significant first. Halves are joined with ever larger powers, so that
/// long texts do not take quadratic time.
fn integer(digits: impl DoubleEndedIterator<Item = u64>, base: u64) -> UBig {
    let (mut width, mut chunk_base) = (1u32, base);
    while let Some(next) = chunk_base.checked_mul(base) {
        (width, chunk_base) = (width + 1, next);
    }
    let mut chunks: Vec<UBig> = Vec::new();
    let (mut chunk, mut place, mut filled) = (0u64, 1u64, 0u32);
    for digit in digits.rev() {
        chunk += digit * place;
        filled += 1;
        if filled == width {
            chunks.push(UBig::from(chunk));
            (chunk, place, filled) = (0, 1, 0);
        } else {
            place *= base;
        }
    }
    chunks.push(UBig::from(chunk));
    let mut power = UBig::from(chunk_base);
    while chunks.len() > 1 {
        let join = |pair: &[UBig]| match pair {
            [low, high] => high * &power + low,
            rest => rest.iter().sum(),
        };
        chunks = chunks.chunks(2).map(join).collect();
        if chunks.len() > 1 {
            power = power.sqr();
        }
    }
    chunks.pop().unwrap_or(UBig::ZERO)
}
