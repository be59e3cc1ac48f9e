//! The format strings of `formatdate`: runs of one letter stand for parts of the time, text in
//! single quotes for itself, and so does everything that is no letter.

use super::super::quote::quoted;
use super::timestamp::Timestamp;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The time in a format.
///
/// # Errors
/// When a run of letters means nothing, or a quote is not closed.
pub(super) fn format(format: &str, time: &Timestamp) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        let token;
        (token, rest) = rest.split_at(match first {
            '\'' => literal_length(rest),
            'a'..='z' | 'A'..='Z' => rest.find(|c| c != first).unwrap_or(rest.len()),
            _ => rest.find(|c: char| c == '\'' || c.is_ascii_alphabetic()).unwrap_or(rest.len()),
        });
        match first {
            '\'' => out.push_str(&literal(token)?),
            'a'..='z' | 'A'..='Z' => out.push_str(&part(token, time)?),
            _ => out.push_str(token),
        }
    }
    Ok(out)
}

/// How long the literal is at the beginning of the text: to the closing quote, if there is one.
/// Two quotes are an escaped one.
fn literal_length(text: &str) -> usize {
    if text.starts_with("''") {
        return 2;
    }
    let bytes = text.as_bytes();
    let mut i = 1;
    while i < bytes.len() {
        match (bytes[i], bytes.get(i + 1)) {
            (b'\'', Some(b'\'')) => i += 2,
            (b'\'', _) => return i + 1,
            _ => i += 1,
        }
    }
    text.len()
}

fn literal(token: &str) -> Result<String, String> {
    if token == "''" {
        return Ok("'".into());
    }
    let inner = token.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    inner.map(|inner| inner.replace("''", "'")).ok_or_else(|| "unterminated literal '".into())
}

/// The part of the time that a run of letters stands for.
fn part(verb: &str, time: &Timestamp) -> Result<String, String> {
    let civil = time.civil();
    let two = |n: u32| format!("{n:02}");
    let half_hour = match civil.hour % 12 {
        0 => 12,
        hour => hour,
    };
    let month = MONTHS[civil.month as usize - 1];
    let weekday = WEEKDAYS[civil.weekday as usize];
    Ok(match verb {
        "YY" => two(civil.year.rem_euclid(100) as u32),
        "YYYY" => format!("{:04}", civil.year),
        "M" => civil.month.to_string(),
        "MM" => two(civil.month),
        "MMM" => month[..3].into(),
        "MMMM" => month.into(),
        "D" => civil.day.to_string(),
        "DD" => two(civil.day),
        "EEE" => weekday[..3].into(),
        "EEEE" => weekday.into(),
        "h" => civil.hour.to_string(),
        "hh" => two(civil.hour),
        "H" => half_hour.to_string(),
        "HH" => two(half_hour),
        "AA" => if civil.hour < 12 { "AM" } else { "PM" }.into(),
        "aa" => if civil.hour < 12 { "am" } else { "pm" }.into(),
        "m" => civil.minute.to_string(),
        "mm" => two(civil.minute),
        "s" => civil.second.to_string(),
        "ss" => two(civil.second),
        "Z" if time.is_utc() => "Z".into(),
        "Z" | "ZZZZZ" => time.offset(":"),
        "ZZZ" if time.is_utc() => "UTC".into(),
        "ZZZ" | "ZZZZ" => time.offset(""),
        _ => return Err(refusal(verb)),
    })
}

fn refusal(verb: &str) -> String {
    let hint = match verb.as_bytes().first() {
        Some(b'Y') => "year must either be \"YY\" or \"YYYY\"",
        Some(b'M') => "month must be \"M\", \"MM\", \"MMM\", or \"MMMM\"",
        Some(b'D') => "day of month must either be \"D\" or \"DD\"",
        Some(b'E') => "day of week must either be \"EEE\" or \"EEEE\"",
        Some(b'h') => "24-hour must either be \"h\" or \"hh\"",
        Some(b'H') => "12-hour must either be \"H\" or \"HH\"",
        Some(b'A') => "must be \"AA\"",
        Some(b'a') => "must be \"aa\"",
        Some(b'm') => "minute must either be \"m\" or \"mm\"",
        Some(b's') => "second must either be \"s\" or \"ss\"",
        Some(b'Z') => "timezone must be Z, ZZZZ, or ZZZZZ",
        _ => return format!("invalid date format verb {}", quoted(verb)),
    };
    format!("invalid date format verb {}: {hint}", quoted(verb))
}
