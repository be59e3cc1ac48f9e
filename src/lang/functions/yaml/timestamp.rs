//! Timestamps: four of the forms of YAML's timestamp type, made one.

/// The timestamp in the form of RFC 3339 without fractions of a second, if the text is one.
pub(super) fn parse(text: &str) -> Option<String> {
    let mut rest = Rest(text.as_bytes());
    let year = rest.digits(4, 4)?;
    rest.literal(b'-')?;
    let month = rest.digits(1, 2).filter(|m| (1..=12).contains(m))?;
    rest.literal(b'-')?;
    let day = rest.digits(1, 2).filter(|d| (1..=days(year, month)).contains(d))?;
    let date = format!("{year:04}-{month:02}-{day:02}");
    let (time, offset) = match rest.0.first() {
        None => ("00:00:00".to_string(), "Z".to_string()),
        Some(b'T' | b't') => {
            rest.0 = &rest.0[1..];
            (rest.time()?, rest.offset()?)
        }
        Some(b' ') => {
            rest.0 = rest.0.trim_ascii_start();
            (rest.time()?, "Z".to_string())
        }
        Some(_) => return None,
    };
    rest.0.is_empty().then(|| format!("{date}T{time}{offset}"))
}

fn days(year: u32, month: u32) -> u32 {
    let is_leap_year = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap_year => 29,
        2 => 28,
        _ => 31,
    }
}

/// What is left to be read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    /// A number of as many digits as there are, up to `most`.
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self.0.iter().take(most).take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        (count >= least).then(|| digits.iter().fold(0, |n, b| n * 10 + u32::from(b - b'0')))
    }

    fn literal(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }

    /// `h:m:s`, and a fraction that doesn't count.
    fn time(&mut self) -> Option<String> {
        let hour = self.digits(1, 2).filter(|h| *h < 24)?;
        self.literal(b':')?;
        let minute = self.digits(1, 2).filter(|m| *m < 60)?;
        self.literal(b':')?;
        let second = self.digits(1, 2).filter(|s| *s < 60)?;
        if let [b'.' | b',', fraction @ ..] = self.0
            && fraction.first().is_some_and(u8::is_ascii_digit)
        {
            self.0 = fraction.trim_ascii_start();
            while let [b'0'..=b'9', rest @ ..] = self.0 {
                self.0 = rest;
            }
        }
        Some(format!("{hour:02}:{minute:02}:{second:02}"))
    }

    /// `Z`, or hours and minutes, which may be 24 and 60.
    fn offset(&mut self) -> Option<String> {
        if self.literal(b'Z').is_some() {
            return Some("Z".to_string());
        }
        let sign = match self.0 {
            [b'+', ..] => '+',
            [b'-', ..] => '-',
            _ => return None,
        };
        self.0 = &self.0[1..];
        let hours = self.digits(2, 2).filter(|h| *h <= 24)?;
        self.literal(b':')?;
        let minutes = self.digits(2, 2).filter(|m| *m <= 60)?;
        Some(match hours * 60 + minutes {
            0 => "Z".to_string(),
            offset => format!("{sign}{:02}:{:02}", offset / 60, offset % 60),
        })
    }
}
