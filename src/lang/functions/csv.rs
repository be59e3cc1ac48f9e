//! CSV: `csvdecode`. The dialect is that of RFC 4180 as Go reads it: commas, a header, equally many
//! fields in each record, quotes only around whole fields, and no empty lines.

use smol_str::SmolStr;

use super::{Function, FunctionError, Parameter, Returns, Want};
use crate::lang::value::nfc;
use crate::lang::{Host, Type, Value};

pub(super) static FUNCTIONS: &[Function] = &[Function::new(
    "csvdecode",
    "Reads a text in CSV format whose first line names the columns: a list of an object for each further line.",
    &[Parameter::new("str", Want::String)],
    Returns::Type(Want::Any),
    csvdecode,
)];

fn csvdecode(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let text = args.first().and_then(Value::as_str).map(SmolStr::as_str).unwrap_or_default();
    let mut reader = Reader { rest: text, line: 0 };
    let header = reader.record()?.ok_or_else(|| FunctionError::new("missing header line"))?.1;
    let names: Vec<SmolStr> = header.into_iter().map(|name| nfc(name.into())).collect();
    let mut sorted: Vec<&SmolStr> = names.iter().collect();
    sorted.sort();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(FunctionError::new(format!("duplicate column name {:?}", pair[0])));
    }
    let row_type = Type::object(names.iter().map(|name| (name.clone(), Type::String)));
    let mut rows = Vec::new();
    while let Some((line, fields)) = reader.record()? {
        if fields.len() != names.len() {
            return Err(parse_error(line, "wrong number of fields"));
        }
        let fields = fields.into_iter().map(Value::from);
        rows.push(Value::object(names.iter().cloned().zip(fields).collect()));
    }
    Ok(Value::list(row_type, rows))
}

fn parse_error(line: usize, what: &str) -> FunctionError {
    FunctionError::new(format!("CSV parse error on line {line}: {what}"))
}

const BARE_QUOTE: &str = "bare \" in non-quoted-field";
const MISPLACED_QUOTE: &str = "extraneous or missing \" in quoted-field";

struct Reader<'a> {
    rest: &'a str,
    /// The number of the line that was read last.
    line: usize,
}

impl<'a> Reader<'a> {
    /// The next line without its end, and whether it had one.
    fn line(&mut self) -> Option<(&'a str, bool)> {
        if self.rest.is_empty() {
            return None;
        }
        self.line += 1;
        let (line, rest, ended) = match self.rest.split_once('\n') {
            Some((line, rest)) => (line, rest, true),
            None => (self.rest, "", false),
        };
        self.rest = rest;
        Some((line.strip_suffix('\r').unwrap_or(line), ended))
    }

    /// The next record with the number of its first line.
    fn record(&mut self) -> Result<Option<(usize, Vec<String>)>, FunctionError> {
        let (mut line, mut ended) = loop {
            match self.line() {
                None => return Ok(None),
                Some(("", _)) => {}
                Some(line) => break line,
            }
        };
        let first_line = self.line;
        let mut fields = Vec::new();
        loop {
            let rest = if let Some(quoted) = line.strip_prefix('"') {
                line = quoted;
                let (field, rest) = self.quoted_field(&mut line, &mut ended)?;
                fields.push(field);
                rest
            } else {
                let (field, rest) = line.split_once(',').map_or((line, None), |(field, rest)| (field, Some(rest)));
                if field.contains('"') {
                    return Err(parse_error(self.line, BARE_QUOTE));
                }
                fields.push(field.to_string());
                rest
            };
            match rest {
                Some(rest) => line = rest,
                None => return Ok(Some((first_line, fields))),
            }
        }
    }

    /// A field behind its opening quote, which may go on for lines, and the rest of the last line
    /// if another field follows.
    fn quoted_field(
        &mut self,
        line: &mut &'a str,
        ended: &mut bool,
    ) -> Result<(String, Option<&'a str>), FunctionError> {
        let mut field = String::new();
        loop {
            match line.split_once('"') {
                Some((text, rest)) => {
                    field.push_str(text);
                    if let Some(rest) = rest.strip_prefix('"') {
                        field.push('"');
                        *line = rest;
                    } else if let Some(rest) = rest.strip_prefix(',') {
                        return Ok((field, Some(rest)));
                    } else if rest.is_empty() {
                        return Ok((field, None));
                    } else {
                        return Err(parse_error(self.line, MISPLACED_QUOTE));
                    }
                }
                None => {
                    field.push_str(line);
                    if *ended {
                        field.push('\n');
                    }
                    (*line, *ended) = self.line().ok_or_else(|| parse_error(self.line, MISPLACED_QUOTE))?;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::host::memory::MemoryHost;

    fn decode(text: &str) -> Result<Value, String> {
        csvdecode(&[Value::from(text)], &MemoryHost::default()).map_err(|e| e.to_string())
    }

    #[test]
    fn reads_records() {
        for (text, names, rows) in [
            ("a,b\n1,2\n3,4", vec!["a", "b"], vec![vec!["1", "2"], vec!["3", "4"]]),
            ("a\n\n\r\n1\r\n", vec!["a"], vec![vec!["1"]]),
            ("a,b\r\n1,2\r", vec!["a", "b"], vec![vec!["1", "2"]]),
            ("a\rb\n1\r2\n", vec!["a\rb"], vec![vec!["1\r2"]]),
            ("a\n\"b\r\nc\"\n", vec!["a"], vec![vec!["b\nc"]]),
            ("\"a\nb\",c\n1,\"\"\"\"", vec!["a\nb", "c"], vec![vec!["1", "\""]]),
            ("a,\n,", vec!["a", ""], vec![vec!["", ""]]),
            ("a,b", vec!["a", "b"], vec![]),
            ("\u{feff}a\n x ", vec!["\u{feff}a"], vec![vec![" x "]]),
        ] {
            let row = |row: &Vec<&str>| {
                Value::object(names.iter().zip(row).map(|(name, field)| ((*name).into(), (*field).into())).collect())
            };
            let ty = Type::object(names.iter().map(|name| ((*name).into(), Type::String)));
            assert_eq!(decode(text), Ok(Value::list(ty, rows.iter().map(row).collect())), "{text:?}");
        }
    }

    #[test]
    fn refuses() {
        for (text, message) in [
            ("", "missing header line"),
            ("\n\r\n", "missing header line"),
            ("a,a\n1,2", "duplicate column name \"a\""),
            ("a,b\n1", "CSV parse error on line 2: wrong number of fields"),
            ("a,b\n\n\"x\n\ny\"\n", "CSV parse error on line 3: wrong number of fields"),
            ("a\nx\"y", "CSV parse error on line 2: bare \" in non-quoted-field"),
            ("a\n \"x\"", "CSV parse error on line 2: bare \" in non-quoted-field"),
            ("a\n\"x\"y", "CSV parse error on line 2: extraneous or missing \" in quoted-field"),
            ("a\n\n1\n\"x\n\ny\"z", "CSV parse error on line 6: extraneous or missing \" in quoted-field"),
            ("a\n1\n\"", "CSV parse error on line 3: extraneous or missing \" in quoted-field"),
            ("a\n\"2\n", "CSV parse error on line 2: extraneous or missing \" in quoted-field"),
        ] {
            assert_eq!(decode(text), Err(message.to_string()), "{text:?}");
        }
    }
}
