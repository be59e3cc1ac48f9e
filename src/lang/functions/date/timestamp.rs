//! Points in time as RFC 3339 writes them: `2018-01-02T23:12:01Z`.

use std::fmt;
use std::time::SystemTime;

use super::super::quote::quoted;

const SECONDS_PER_DAY: i64 = 86_400;

/// A point in time, and the offset of the zone in which it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Timestamp {
    /// Seconds since the beginning of 1970 in UTC.
    seconds: i64,
    nanoseconds: u32,
    /// East of UTC, in minutes.
    offset: i32,
}

/// Calendar and clock in the zone of a timestamp.
pub(super) struct Civil {
    pub year: i64,
    /// From 1.
    pub month: u32,
    /// From 1.
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    /// From Monday, which is 0.
    pub weekday: u32,
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        // Before 1970 is no time at which this program ran.
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(since.as_secs()).unwrap_or(0);
        Timestamp { seconds, nanoseconds: since.subsec_nanos(), offset: 0 }
    }
}

impl Timestamp {
    /// What orders timestamps.
    pub fn instant(&self) -> (i64, u32) {
        (self.seconds, self.nanoseconds)
    }

    /// Whether it was given without an offset, or with one of zero.
    pub fn is_utc(&self) -> bool {
        self.offset == 0
    }

    /// `+05:30`, with this between hours and minutes.
    pub fn offset(&self, separator: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.unsigned_abs();
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }

    /// The time so many nanoseconds later.
    pub fn add(&self, nanoseconds: i64) -> Timestamp {
        const PER_SECOND: i128 = 1_000_000_000;
        let total = i128::from(self.nanoseconds) + i128::from(nanoseconds);
        // Durations are less than 2^63 nanoseconds: no overflow.
        let seconds = self.seconds + total.div_euclid(PER_SECOND) as i64;
        Timestamp { seconds, nanoseconds: total.rem_euclid(PER_SECOND) as u32, offset: self.offset }
    }

    /// Calendar and clock in its zone.
    pub fn civil(&self) -> Civil {
        let local = self.seconds + i64::from(self.offset) * 60;
        let (days, second) = (local.div_euclid(SECONDS_PER_DAY), local.rem_euclid(SECONDS_PER_DAY) as u32);
        let (year, month, day) = date_of(days);
        Civil {
            year,
            month,
            day,
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
            // The first of January 1970 was a Thursday.
            weekday: (days + 3).rem_euclid(7) as u32,
        }
    }

    /// Reads a timestamp.
    ///
    /// # Errors
    /// Says which part of it is wrong.
    pub fn parse(text: &str) -> Result<Timestamp, String> {
        parse(text).map_err(|why| format!("not a valid RFC3339 timestamp: {why}"))
    }
}

/// Without fractions of a second.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = self.civil();
        let sign = if c.year < 0 { "-" } else { "" };
        write!(f, "{sign}{:04}-{:02}-{:02}", c.year.unsigned_abs(), c.month, c.day)?;
        write!(f, "T{:02}:{:02}:{:02}", c.hour, c.minute, c.second)?;
        f.write_str(&if self.is_utc() { "Z".to_string() } else { self.offset(":") })
    }
}

/// Days since the beginning of 1970, in the Gregorian calendar. Years begin in March here, so that
/// leap days come last.
fn days_of(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = i64::from((153 * ((month + 9) % 12) + 2) / 5 + day - 1);
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn date_of(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = (day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100)) as u32;
    let shifted = (5 * day_of_year + 2) / 153;
    let (day, month) = (day_of_year - (153 * shifted + 2) / 5 + 1, (shifted + 2) % 12 + 1);
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

fn days_in(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn parse(text: &str) -> Result<Timestamp, String> {
    let mut rest = text;
    let year = year(&mut rest)?;
    separator(&mut rest, "-")?;
    let month = two_digits(&mut rest, 1..=12, "month")?;
    separator(&mut rest, "-")?;
    let day = two_digits(&mut rest, 0..=99, "day of month")?;
    rest = rest.strip_prefix('T').ok_or("missing required time introducer 'T'")?;
    let (hour, short_hour) = hour(&mut rest)?;
    separator(&mut rest, ":")?;
    let minute = two_digits(&mut rest, 0..=59, "minute")?;
    separator(&mut rest, ":")?;
    let second = two_digits(&mut rest, 0..=59, "second")?;
    let comma = rest.starts_with(',');
    let nanoseconds = fraction(&mut rest);
    let offset = offset(&mut rest)?;
    if !rest.is_empty() {
        return Err(unusable(rest, "timestamp segment"));
    }
    if !(1..=days_in(year, month)).contains(&day) {
        return Err("day out of range".into());
    }
    if short_hour {
        return Err("hour must have exactly two digits".into());
    }
    if comma {
        return Err(unusable(",", "timestamp segment"));
    }
    if offset.is_some_and(|(hours, minutes, _)| hours >= 24 || minutes >= 60) {
        return Err(unusable(&text[text.len() - "+00:00".len()..], "UTC offset"));
    }
    let offset = offset.map_or(0, |(hours, minutes, sign)| sign * (hours * 60 + minutes));
    let clock = i64::from(hour * 3600 + minute * 60 + second) - i64::from(offset) * 60;
    Ok(Timestamp { seconds: days_of(year, month, day) * SECONDS_PER_DAY + clock, nanoseconds, offset })
}

fn unusable(found: &str, part: &str) -> String {
    match found {
        "" => format!("end of string before {part}"),
        _ => format!("cannot use {} as {part}", quoted(found)),
    }
}

fn year(rest: &mut &str) -> Result<i64, String> {
    let digits = rest.get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    let year = digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| unusable(rest, "year"))?;
    *rest = &rest[4..];
    Ok(year)
}

fn separator(rest: &mut &str, wanted: &str) -> Result<(), String> {
    *rest = rest.strip_prefix(wanted).ok_or_else(|| match *rest {
        "" => format!("end of string where {} is expected", quoted(wanted)),
        found => format!("found {} where {} is expected", quoted(found), quoted(wanted)),
    })?;
    Ok(())
}

/// How many digits there are at the beginning, two at most.
fn leading_digits(text: &str) -> usize {
    text.bytes().take(2).take_while(u8::is_ascii_digit).count()
}

/// What is said of a number out of range is what follows it, and of one that is none, that itself.
fn two_digits(rest: &mut &str, range: std::ops::RangeInclusive<u32>, part: &str) -> Result<u32, String> {
    let wrong = |found: &str| match part {
        "minute" if !found.is_empty() => "minute must have exactly two digits".to_string(),
        _ => unusable(found, part),
    };
    let digits = rest.get(..2).filter(|_| leading_digits(rest) == 2);
    let number: u32 = digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| wrong(rest))?;
    *rest = &rest[2..];
    if range.contains(&number) { Ok(number) } else { Err(wrong(rest)) }
}

/// The hour, and whether it has one digit only, which is refused once all else is right.
fn hour(rest: &mut &str) -> Result<(u32, bool), String> {
    let wrong = |found: &str| match found {
        "" => unusable("", "hour"),
        _ if found.contains(':') => "hour must be between 0 and 23 inclusive".to_string(),
        _ => "hour must have exactly two digits".to_string(),
    };
    let length = leading_digits(rest);
    let hour: u32 = rest[..length].parse().map_err(|_| wrong(rest))?;
    *rest = &rest[length..];
    if hour < 24 { Ok((hour, length == 1)) } else { Err(wrong(rest)) }
}

/// Nanoseconds, of which there are nine digits: more are passed over.
fn fraction(rest: &mut &str) -> u32 {
    let Some(digits) = rest.strip_prefix(['.', ',']) else {
        return 0;
    };
    let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    if length == 0 {
        return 0;
    }
    *rest = &digits[length..];
    let nine = digits.bytes().take(length).chain(std::iter::repeat(b'0')).take(9);
    nine.fold(0, |n, digit| n * 10 + u32::from(digit - b'0'))
}

/// Hours, minutes and sign; `None` for `Z`.
fn offset(rest: &mut &str) -> Result<Option<(i32, i32, i32)>, String> {
    if let Some(after) = rest.strip_prefix('Z') {
        *rest = after;
        return Ok(None);
    }
    let wrong = || unusable(rest, "UTC offset");
    let (offset, after) = rest.split_at_checked(6).ok_or_else(wrong)?;
    let bytes = offset.as_bytes();
    let number = |i: usize| match (bytes[i], bytes[i + 1]) {
        (a @ b'0'..=b'9', b @ b'0'..=b'9') => Some(i32::from(a - b'0') * 10 + i32::from(b - b'0')),
        _ => None,
    };
    let (hours, minutes) = (number(1).ok_or_else(wrong)?, number(4).ok_or_else(wrong)?);
    let sign = match (bytes[0], bytes[3]) {
        (b'+', b':') => 1,
        (b'-', b':') => -1,
        _ => return Err(wrong()),
    };
    // Up to here 24 hours and 60 minutes pass.
    if hours > 24 || minutes > 60 {
        return Err(unusable(after, "UTC offset"));
    }
    *rest = after;
    Ok(Some((hours, minutes, sign)))
}
