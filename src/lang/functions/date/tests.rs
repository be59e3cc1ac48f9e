use super::*;
use crate::lang::host::memory::MemoryHost;

const TIME: &str = "2018-01-02T03:04:05Z";

fn call(body: super::super::Body, args: &[&str]) -> Result<Value, String> {
    let args: Vec<Value> = args.iter().map(|arg| Value::from(*arg)).collect();
    body(&args, &MemoryHost::default()).map_err(|e| e.message)
}

#[test]
fn formats() {
    for (format, time, expected) in [
        ("EEEE, DD-MMM-YY hh:mm:ss ZZZ", "2018-01-02T23:12:01Z", "Tuesday, 02-Jan-18 23:12:01 UTC"),
        ("M MM MMM MMMM D DD EEE", TIME, "1 01 Jan January 2 02 Tue"),
        ("h hh H HH AA aa m s", "2018-01-02T00:04:05Z", "0 00 12 12 AM am 4 5"),
        ("h H HH AA", "2018-01-02T13:04:05Z", "13 1 01 PM"),
        ("Z ZZZ ZZZZ ZZZZZ", TIME, "Z UTC +0000 +00:00"),
        ("Z ZZZ ZZZZ ZZZZZ", "2018-01-02T00:04:05-03:30", "-03:30 -0330 -0330 -03:30"),
        ("ZZZZZ", "2018-01-02T00:04:05-00:30", "-00:30"),
        ("YY YYYY", "0007-01-02T00:04:05.123456789123Z", "07 0007"),
        ("EEEE", "2000-02-29T00:00:00+14:00", "Tuesday"),
        ("é-/:., 1_", TIME, "é-/:., 1_"),
        ("h'h'''''", TIME, "3h''"),
        ("'quo''ted'", TIME, "quo'ted"),
        ("''''", TIME, "''"),
        ("'a''", TIME, "a'"),
        ("'a'''", TIME, "a'"),
        ("", TIME, ""),
    ] {
        assert_eq!(call(formatdate, &[format, time]), Ok(expected.into()), "{format}");
    }
}

#[test]
fn refuses_formats() {
    for (format, message) in [
        ("YYY", "invalid date format verb \"YYY\": year must either be \"YY\" or \"YYYY\""),
        ("ZZ", "invalid date format verb \"ZZ\": timezone must be Z, ZZZZ, or ZZZZZ"),
        ("Aa", "invalid date format verb \"A\": must be \"AA\""),
        ("xx", "invalid date format verb \"xx\""),
        ("'", "unterminated literal '"),
        ("'''", "unterminated literal '"),
        ("YYYY'", "unterminated literal '"),
    ] {
        assert_eq!(call(formatdate, &[format, TIME]), Err(message.to_string()), "{format}");
    }
}

#[test]
fn refuses_timestamps() {
    for (time, message) in [
        ("", "end of string before year"),
        ("nope", "cannot use \"nope\" as year"),
        ("2x18-01-02T03:04:05Z", "cannot use \"2x18-01-02T03:04:05Z\" as year"),
        ("2018", "end of string where \"-\" is expected"),
        ("12018-01", "found \"8-01\" where \"-\" is expected"),
        ("2018-13-02T03:04:05Z", "cannot use \"-02T03:04:05Z\" as month"),
        ("2018-1-02T03:04:05Z", "cannot use \"1-02T03:04:05Z\" as month"),
        ("2018-01-é", "cannot use \"é\" as day of month"),
        ("2018-02-30T03:04:05Z", "day out of range"),
        ("1900-02-29T03:04:05Z", "day out of range"),
        ("2018-01-00T03:04:05Z", "day out of range"),
        ("2018-01-02 03:04:05Z", "missing required time introducer 'T'"),
        ("2018-01-02T", "end of string before hour"),
        ("2018-01-02T24:04:05Z", "hour must be between 0 and 23 inclusive"),
        ("2018-01-02T3:04:05,5Z", "hour must have exactly two digits"),
        ("2018-02-30T3:04:05Z", "day out of range"),
        ("2018-01-02T03:60:05Z", "minute must have exactly two digits"),
        ("2018-01-02T03:61", "end of string before minute"),
        ("2018-01-02T03:04:60Z", "cannot use \"Z\" as second"),
        ("2018-01-02T03:04:05", "end of string before UTC offset"),
        ("2018-01-02T03:04:05.Z", "cannot use \".Z\" as UTC offset"),
        ("2018-01-02T03:04:05,5Z", "cannot use \",\" as timestamp segment"),
        ("2018-01-02T03:04:05+24:00", "cannot use \"+24:00\" as UTC offset"),
        ("2018-01-02T03:04:05+25:00", "end of string before UTC offset"),
        ("2018-01-02T03:04:05+0é:00", "cannot use \"+0é:00\" as UTC offset"),
        ("2018-01-02T03:04:05Zé", "cannot use \"é\" as timestamp segment"),
    ] {
        let message = format!("not a valid RFC3339 timestamp: {message}");
        assert_eq!(call(timecmp, &[TIME, time]), Err(message), "{time}");
    }
}

#[test]
fn adds() {
    for (time, duration, sum) in [
        (TIME, "1h", "2018-01-02T04:04:05Z"),
        (TIME, "-1.5h", "2018-01-02T01:34:05Z"),
        (TIME, "0", TIME),
        (TIME, "+1.s", "2018-01-02T03:04:06Z"),
        (TIME, "1.99999999999999999999999s", "2018-01-02T03:04:07Z"),
        (TIME, "1h1h1µs1μs1us", "2018-01-02T05:04:05Z"),
        ("2017-11-22T00:00:00.9Z", "500ms", "2017-11-22T00:00:01Z"),
        ("2017-11-22T00:00:00.5Z", "-1s", "2017-11-21T23:59:59Z"),
        ("2017-11-22T00:00:00+05:30", "1s", "2017-11-22T00:00:01+05:30"),
        ("9999-12-31T23:59:59Z", "1s", "10000-01-01T00:00:00Z"),
        ("0000-01-01T00:00:00Z", "-1s", "-0001-12-31T23:59:59Z"),
        ("2017-11-22T00:00:00Z", "9223372036854775807ns", "2310-03-03T23:47:16Z"),
        ("2017-11-22T00:00:00Z", "-9223372036854775808ns", "1725-08-13T00:12:43Z"),
    ] {
        assert_eq!(call(timeadd, &[time, duration]), Ok(sum.into()), "{time} {duration}");
    }
}

#[test]
fn refuses_durations() {
    for (duration, message) in [
        ("", "time: invalid duration \"\""),
        ("-", "time: invalid duration \"-\""),
        (".s", "time: invalid duration \".s\""),
        ("h", "time: invalid duration \"h\""),
        ("1", "time: missing unit in duration \"1\""),
        ("1.2.3h", "time: missing unit in duration \"1.2.3h\""),
        ("1h 1m", "time: unknown unit \"h \" in duration \"1h 1m\""),
        ("1é\n", "time: unknown unit \"\\xc3\\xa9\\x0a\" in duration \"1\\xc3\\xa9\\x0a\""),
        ("2562048h", "time: invalid duration \"2562048h\""),
        ("9223372036854775808ns", "time: invalid duration \"9223372036854775808ns\""),
        ("99999999999999999999h", "time: invalid duration \"99999999999999999999h\""),
    ] {
        assert_eq!(call(timeadd, &[TIME, duration]), Err(message.to_string()), "{duration}");
    }
}

#[test]
fn compares() {
    for (a, b, order) in [
        ("2017-11-22T01:00:00+01:00", "2017-11-22T00:00:00Z", 0),
        ("2017-11-22T00:00:00.1Z", "2017-11-22T00:00:00Z", 1),
        ("2017-11-22T00:00:00Z", "2017-11-22T00:00:01Z", -1),
    ] {
        assert_eq!(call(timecmp, &[a, b]), Ok(Value::int(order)));
    }
}

#[test]
fn knows_the_time() {
    let mut host = MemoryHost::default();
    assert_eq!(timestamp(&[], &host), Ok(TIME.into()));
    assert_eq!(plantimestamp(&[], &host), Ok("2018-01-02T03:00:00Z".into()));
    host.is_planning = true;
    assert_eq!(timestamp(&[], &host), Ok(Value::unknown_not_null(Type::String)));
}
