//! Functions on numbers. What Terraform computes with machine floating point is computed the same
//! way here, operation by operation, so that the last digit agrees too.

#![expect(clippy::excessive_precision, reason = "constants with the digits that the C libraries give them")]

use std::cmp::Ordering;

use super::{Function, FunctionError, Parameter, Returns, Want};
use crate::lang::{Host, Number, Type, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "abs",
        "A number without its sign.",
        &[Parameter::new("num", Want::Number)],
        Returns::Type(Want::Number),
        |args, _| Ok(number(&args[0])?.abs().into()),
    ),
    Function::new(
        "ceil",
        "The smallest whole number that is not less than a number.",
        &[Parameter::new("num", Want::Number)],
        Returns::Type(Want::Number),
        |args, _| Ok(number(&args[0])?.ceil().into()),
    ),
    Function::new(
        "floor",
        "The largest whole number that is not greater than a number.",
        &[Parameter::new("num", Want::Number)],
        Returns::Type(Want::Number),
        |args, _| Ok(number(&args[0])?.floor().into()),
    ),
    Function::new(
        "log",
        "The logarithm of a number in a base.",
        &[Parameter::new("num", Want::Number), Parameter::new("base", Want::Number)],
        Returns::Type(Want::Number),
        |args, _| machine(ln(float(&args[0])?) / ln(float(&args[1])?)),
    ),
    Function::new("max", "The greatest of the given numbers.", &[], Returns::Type(Want::Number), |args, _| {
        extreme(args, Ordering::Greater)
    })
    .variadic(Parameter::new("numbers", Want::Number)),
    Function::new("min", "The smallest of the given numbers.", &[], Returns::Type(Want::Number), |args, _| {
        extreme(args, Ordering::Less)
    })
    .variadic(Parameter::new("numbers", Want::Number)),
    Function::new(
        "parseint",
        "The integer that a string writes in a base from 2 to 62.",
        &[
            Parameter::new("number", Want::Any).unknown().marked(),
            Parameter::new("base", Want::Number).unknown().marked(),
        ],
        Returns::Depends(parseint_type),
        parseint,
    ),
    Function::new(
        "pow",
        "A number raised to a power.",
        &[Parameter::new("num", Want::Number), Parameter::new("power", Want::Number)],
        Returns::Type(Want::Number),
        |args, _| machine(power(float(&args[0])?, float(&args[1])?)),
    ),
    Function::new(
        "signum",
        "-1, 0 or 1 for a whole number that is negative, zero or positive.",
        &[Parameter::new("num", Want::Number)],
        Returns::Type(Want::Number),
        |args, _| Ok(Value::int(whole_number(&args[0]).map_err(FunctionError::new)?.signum())),
    ),
];

/// The number as a whole one.
///
/// # Errors
/// Says what is wanted when it has a fraction or more than 64 bits.
pub(super) fn whole_number(value: &Value) -> Result<i64, String> {
    value
        .as_number()
        .and_then(Number::to_i64)
        .ok_or_else(|| format!("value must be a whole number, between {} and {}", i64::MIN, i64::MAX))
}

fn number(value: &Value) -> Result<&Number, FunctionError> {
    value.as_number().ok_or_else(|| FunctionError::new("a number is required"))
}

/// The nearest machine number. Only infinity itself may become infinite.
fn float(value: &Value) -> Result<f64, FunctionError> {
    let number = number(value)?;
    let float = number.to_f64();
    if float.is_infinite() && !number.is_infinite() {
        let message = format!("value must be between {:.6} and {:.6} inclusive", -f64::MAX, f64::MAX);
        return Err(FunctionError::new(message));
    }
    Ok(float)
}

fn machine(result: f64) -> Result<Value, FunctionError> {
    let number = Number::from_f64(result);
    number.map(Value::from).ok_or_else(|| FunctionError::new("the result is not a real number"))
}

fn extreme(args: &[Value], wanted: Ordering) -> Result<Value, FunctionError> {
    let mut found: Option<&Number> = None;
    for arg in args {
        let n = number(arg)?;
        if found.is_none_or(|f| n.cmp(f) == wanted) {
            found = Some(n);
        }
    }
    found.map(|n| n.clone().into()).ok_or_else(|| FunctionError::new("must pass at least one number"))
}

fn parseint_type(args: &[Value]) -> Result<Type, FunctionError> {
    match args[0].ty() {
        Type::String => Ok(Type::Number),
        other => {
            let message = format!("first argument must be a string, not {}", other.friendly_name());
            Err(FunctionError::argument(0, message))
        }
    }
}

fn parseint(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let ty = parseint_type(args)?;
    let marks = args[0].marks() | args[1].marks();
    if !args[0].is_known() || !args[1].is_known() {
        return Ok(Value::unknown_not_null(ty).with_marks(marks));
    }
    let base = whole_number(&args[1]).map_err(|e| FunctionError::argument(1, e))?;
    let Some(base) = u32::try_from(base).ok().filter(|b| (2..=62).contains(b)) else {
        return Err(FunctionError::argument(1, "base must be a whole number between 2 and 62 inclusive"));
    };
    let text = args[0].as_str().map_or("", |s| s.as_str());
    match Number::parse_integer(text, base) {
        Some(n) => Ok(Value::from(n).with_marks(marks)),
        None => {
            let shown = |v: &Value, text: String| {
                if v.is_sensitive() { "(sensitive value)".to_owned() } else { text }
            };
            let (text, base) = (shown(&args[0], format!("{text:?}")), shown(&args[1], base.to_string()));
            Err(FunctionError::argument(0, format!("cannot parse {text} as a base {base} integer")))
        }
    }
}

/// A number as fraction × 2^exponent, with a fraction from 0.5 up to 1.
fn split(x: f64) -> (f64, i64) {
    const FRACTION_EXPONENT: u64 = 1022;
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (x, shift) = if x.abs() < f64::MIN_POSITIVE { (x * (1u64 << 52) as f64, -52) } else { (x, 0) };
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i64 - FRACTION_EXPONENT as i64 + shift;
    (f64::from_bits(bits & !(0x7ff << 52) | FRACTION_EXPONENT << 52), exponent)
}

/// fraction × 2^exponent, rounded once.
fn join(fraction: f64, exponent: i64) -> f64 {
    let (fraction, own) = split(fraction);
    let exponent = exponent.saturating_add(own);
    if fraction == 0.0 || !fraction.is_finite() {
        return fraction;
    }
    let two_to = |e: i64| f64::from_bits(((e + 1023) as u64) << 52);
    match exponent {
        ..-1075 => 0f64.copysign(fraction),
        // Denormal: made normal first, so that only the last step rounds.
        -1075..-1021 => fraction * two_to(exponent + 53) * two_to(-53),
        -1021..=1024 => fraction * 2.0 * two_to(exponent - 1),
        1025.. => f64::INFINITY.copysign(fraction),
    }
}

/// The natural logarithm, by the method of FreeBSD's `e_log.c`: whole powers of two apart, the
/// rest by a polynomial in `f / (2 + f)`.
fn ln(x: f64) -> f64 {
    const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
    const LN2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
    const L: [f64; 7] = [
        f64::from_bits(0x3fe5_5555_5555_5593),
        f64::from_bits(0x3fd9_9999_9997_fa04),
        f64::from_bits(0x3fd2_4924_9422_9359),
        f64::from_bits(0x3fcc_71c5_1d8e_78af),
        f64::from_bits(0x3fc7_4664_96cb_03de),
        f64::from_bits(0x3fc3_9a09_d078_c69f),
        f64::from_bits(0x3fc2_f112_df3e_5244),
    ];
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x <= 0.0 {
        return if x < 0.0 { f64::NAN } else { f64::NEG_INFINITY };
    }
    let (mut fraction, mut exponent) = split(x);
    if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        fraction *= 2.0;
        exponent -= 1;
    }
    let f = fraction - 1.0;
    let k = exponent as f64;
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let t1 = s2 * (L[0] + s4 * (L[2] + s4 * (L[4] + s4 * L[6])));
    let t2 = s4 * (L[1] + s4 * (L[3] + s4 * L[5]));
    let r = t1 + t2;
    let half_square = 0.5 * f * f;
    k * LN2_HIGH - ((half_square - (s * (half_square + r) + k * LN2_LOW)) - f)
}

/// e^x, by Shibata's method: the remainder after whole powers of two, a sixteenth of it in a
/// Taylor series of `e^x - 1`, and that squared four times.
fn exp(x: f64) -> f64 {
    const LN2_HIGH: f64 = 0.693_147_180_559_662_956_511_601_805_686_950_683_593_75;
    const LN2_LOW: f64 = 0.282_352_905_630_315_771_225_884_481_750_134_360_255_254_120_68e-12;
    const OVERFLOW: f64 = 7.097_827_128_933_84e+02;
    const SERIES: [f64; 8] = [
        1.984_126_984_126_984_127_0e-4,
        1.388_888_888_888_888_888_9e-3,
        8.333_333_333_333_333_333_3e-3,
        4.166_666_666_666_666_666_7e-2,
        1.666_666_666_666_666_666_7e-1,
        0.5,
        1.0,
        0.0,
    ];
    if x.is_nan() || x > OVERFLOW {
        return if x.is_nan() { x } else { f64::INFINITY };
    }
    let exponent = (x * std::f64::consts::LOG2_E).round_ties_even();
    if exponent < -1100.0 {
        return 0.0;
    }
    let rest = (-LN2_LOW).mul_add(exponent, (-LN2_HIGH).mul_add(exponent, x)) * 0.0625;
    let mut sum: f64 = 2.480_158_730_158_730_158_7e-5_f64;
    for term in &SERIES[..7] {
        sum = sum.mul_add(rest, *term);
    }
    let mut power = rest * sum;
    for _ in 0..4 {
        power *= power + 2.0;
    }
    join(power + 1.0, exponent as i64)
}

/// x^y: the whole part of y by repeated squaring, the fraction by logarithm.
fn power(x: f64, y: f64) -> f64 {
    if let Some(result) = special_power(x, y) {
        return result;
    }
    let (mut whole, mut fraction) = (y.abs().trunc(), y.abs().fract());
    if fraction != 0.0 && x < 0.0 {
        return f64::NAN;
    }
    if whole >= 9.223_372_036_854_775_808e18 {
        return match x == -1.0 {
            true => 1.0,
            false if (x.abs() < 1.0) == (y > 0.0) => 0.0,
            false => f64::INFINITY,
        };
    }
    let mut result = 1.0;
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        result = exp(fraction * ln(x));
    }
    let mut exponent = 0i64;
    let (mut square, mut square_exponent) = split(x);
    let mut bits = whole as i64;
    while bits != 0 {
        if square_exponent.abs() > 1 << 12 {
            // Far beyond the range of machine numbers.
            exponent += square_exponent;
            break;
        }
        if bits & 1 == 1 {
            result *= square;
            exponent += square_exponent;
        }
        square *= square;
        square_exponent <<= 1;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        bits >>= 1;
    }
    if y < 0.0 { join(1.0 / result, -exponent) } else { join(result, exponent) }
}

/// The cases that need no computation.
fn special_power(x: f64, y: f64) -> Option<f64> {
    let is_odd = |y: f64| y.abs() < (1u64 << 53) as f64 && y % 2.0 != 0.0 && y.fract() == 0.0;
    Some(match (x, y) {
        _ if y == 0.0 || x == 1.0 => 1.0,
        _ if y == 1.0 => x,
        _ if x.is_nan() || y.is_nan() => f64::NAN,
        _ if x == 0.0 && y < 0.0 => {
            if is_odd(y) {
                f64::INFINITY.copysign(x)
            } else {
                f64::INFINITY
            }
        }
        _ if x == 0.0 => {
            if is_odd(y) {
                x
            } else {
                0.0
            }
        }
        _ if y.is_infinite() && x == -1.0 => 1.0,
        _ if y.is_infinite() => {
            if (x.abs() < 1.0) == (y > 0.0) {
                0.0
            } else {
                f64::INFINITY
            }
        }
        _ if x == f64::INFINITY => {
            if y < 0.0 {
                0.0
            } else {
                f64::INFINITY
            }
        }
        _ if x == f64::NEG_INFINITY => {
            let size = if y < 0.0 { 0.0 } else { f64::INFINITY };
            if is_odd(y) { -size } else { size }
        }
        _ if y == 0.5 => x.sqrt(),
        _ if y == -0.5 => 1.0 / x.sqrt(),
        _ => return None,
    })
}
