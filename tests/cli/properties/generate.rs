//! Sources that mean something, each made of a row of choices: expressions of a wanted type, files.

use infra::lang::functions::{Function, Returns, Want, find, names};

/// What expressions can refer to, with their types.
pub const NAMES: [(&str, Want); 6] = [
    ("number", Want::Number),
    ("text", Want::String),
    ("flag", Want::Bool),
    ("list", Want::ListOfString),
    ("map", Want::MapOfAny),
    ("object", Want::Any),
];

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "7",
    "0.5",
    "-1.5",
    "16",
    "64",
    "1e3",
    "1e40",
    "1e-400",
    "9007199254740993",
    "-9223372036854775808",
    "18446744073709551616",
    "1 / 3",
    "1 / 0",
    "-1 / 0",
];

const TEXTS: &[&str] = &[
    r#""""#,
    r#""a""#,
    r#""A b_c-d""#,
    r#""größe""#,
    r#""👩‍👧 é ǆ""#,
    r#""1""#,
    r#""-0x1F""#,
    r#""true""#,
    r#"" \t\n x ""#,
    r#""10.0.0.0/8""#,
    r#""10.1.2.3""#,
    r#""fd00::/8""#,
    r#""::ffff:1.2.3.4/96""#,
    r#""2024-02-29T23:59:60Z""#,
    r#""1h30m""#,
    r#""%s %[2]*d %%""#,
    r#""%5.2f|%-8q|%+x""#,
    r#""%#v %t %e""#,
    r#""/(a|b)*?/""#,
    r#""(?P<x>[[:alpha:]]+)(é)?""#,
    r#""[a-c]{2,3}$""#,
    r#""$1 ${"$"}{x}""#,
    r#""${"$"}{upper(text)} %%{ if true }y%%{ endif }""#,
    r#""{\"a\": [1, null, {}]}""#,
    r#""a: &x [1]\nb: *x\n? c\n: |\n d\n""#,
    r#""a,b\n1,\"2\"\n""#,
    r#""YYYY-MM-DD'T'hh:mm:ssZ""#,
    r#""aGVsbG8=""#,
    r#""H4sIAAAA""#,
    r#""UTF-16LE""#,
    r#""../a/./b.txt""#,
    r#""**/*.{tf,json}""#,
    "<<-EOT\n    a\n      ${text}\n  EOT\n",
];

const FLAGS: &[&str] = &["true", "false", "flag", "!flag"];

const LISTS: &[&str] = &[
    "[]",
    r#"["a", "b"]"#,
    r#"["b", "a", "b", ""]"#,
    "[1, 2.5, -3]",
    r#"[1, "a", null, true]"#,
    "[[1, 2], [3], []]",
    "[null]",
    r#"toset(["x", "é"])"#,
    "tolist([])",
    "[true, false]",
    r#"[{ a = 1 }, { a = 2, b = null }]"#,
    "range(3)",
];

const MAPS: &[&str] = &[
    "{}",
    r#"{ a = 1, b = "x" }"#,
    r#"{ "a b" = [1], (text) = null }"#,
    r#"tomap({ x = "1", y = "2" })"#,
    r#"{ a = { b = { c = true } } }"#,
    r#"{ x = ["a"], y = ["b", "c"] }"#,
];

const OTHERS: &[&str] =
    &["null", "object", "sensitive(text)", "object.ports", "object.tags.Name", "map.x", "list[0]", "list[*]"];

/// An expression of a type, or that might be.
pub fn expression(choices: &[u16]) -> String {
    Choices(choices.iter()).expression(Want::Any, 4)
}

/// The tokens of a file, to be laid out with any white space between those of a line.
pub fn file(choices: &[u16]) -> Vec<String> {
    let mut tokens = Vec::new();
    Choices(choices.iter()).items(&mut tokens, 3);
    tokens
}

/// The choices that are left. When there are none, the simplest thing is made.
struct Choices<'a>(std::slice::Iter<'a, u16>);

impl Choices<'_> {
    fn below(&mut self, end: usize) -> usize {
        self.0.next().map_or(0, |choice| usize::from(*choice) % end)
    }

    fn one_of(&mut self, options: &[&str]) -> String {
        options[self.below(options.len())].to_owned()
    }

    fn leaf(&mut self, want: Want) -> String {
        let wanted = NAMES.iter().find(|(_, of)| *of == want);
        match wanted {
            Some((name, _)) if self.below(4) == 1 => return (*name).to_owned(),
            _ => {}
        }
        let options = match want {
            Want::Number => NUMBERS,
            Want::String => TEXTS,
            Want::Bool => FLAGS,
            Want::MapOfAny | Want::MapOfString | Want::MapOfListOfString => MAPS,
            Want::Any => [NUMBERS, TEXTS, FLAGS, LISTS, MAPS, OTHERS][self.below(6)],
            _ => LISTS,
        };
        self.one_of(options)
    }

    fn expression(&mut self, want: Want, depth: usize) -> String {
        let Some(depth) = depth.checked_sub(1) else { return self.leaf(want) };
        match self.below(8) {
            0 | 1 => self.leaf(want),
            2..=4 => self.call(want, depth),
            5 => {
                let condition = self.expression(Want::Bool, depth);
                format!("({condition} ? {} : {})", self.expression(want, depth), self.expression(want, depth))
            }
            _ => self.construct(want, depth),
        }
    }

    fn call(&mut self, want: Want, depth: usize) -> String {
        let mut candidates: Vec<&Function> = names()
            .filter_map(find)
            .filter(|f| match f.returns {
                Returns::Type(ty) => want == Want::Any || ty == want,
                Returns::Depends(_) => true,
            })
            .collect();
        candidates.sort_by_key(|f| f.name);
        let Some(function) = candidates.get(self.below(candidates.len().max(1))) else { return self.leaf(want) };
        let further = if function.variadic.is_some() { self.below(4) } else { 0 };
        let parameters = (0..function.params.len() + further).filter_map(|i| function.parameter(i));
        let arguments: Vec<String> = parameters.map(|p| self.expression(p.want, depth)).collect();
        // A heredoc's end stands on a line of its own.
        format!("{}({})", function.name, arguments.join(", "))
    }

    /// Operators, templates and the like.
    fn construct(&mut self, want: Want, depth: usize) -> String {
        match want {
            Want::Number => {
                let operator = self.one_of(&["+", "-", "*", "/", "%"]);
                format!("({} {operator} {})", self.expression(want, depth), self.expression(want, depth))
            }
            Want::Bool => {
                let (operator, of) = [
                    ("==", Want::Any),
                    ("!=", Want::Any),
                    ("<", Want::Number),
                    (">=", Want::Number),
                    ("&&", want),
                    ("||", want),
                ][self.below(6)];
                format!("({} {operator} {})", self.expression(of, depth), self.expression(of, depth))
            }
            Want::String => {
                let (a, b) = (self.expression(want, depth), self.expression(Want::Bool, depth));
                let (of, c) = (self.expression(Want::ListOfAny, depth), self.expression(want, 0));
                format!(
                    "\"<${{{a}}} %{{ if {b} }}x%{{ else ~}} y%{{ endif }}%{{ for v in {of} }}${{{c}}}%{{ endfor }}>\""
                )
            }
            Want::Any => {
                let of = self.expression(Want::ListOfAny, depth);
                match self.below(5) {
                    0 => format!("({of})[{}]", self.expression(Want::Number, depth)),
                    1 => format!(
                        "({})[{}]",
                        self.expression(Want::MapOfAny, depth),
                        self.expression(Want::String, depth)
                    ),
                    2 => format!("({of})[*].a"),
                    3 => format!("try({of}.a, {}, 1)", self.expression(want, depth)),
                    _ => format!("can({})", self.expression(want, depth)),
                }
            }
            Want::MapOfAny | Want::MapOfString | Want::MapOfListOfString => {
                let (of, each) = (self.expression(Want::ListOfAny, depth), self.expression(Want::Any, depth));
                format!("{{for k, v in {of} : \"${{k}}\" => [v, {each}]}}")
            }
            _ => {
                let (of, each) = (self.expression(Want::MapOfAny, depth), self.expression(Want::Any, depth));
                format!("[for k, v in {of} : {each} if v != {}]", self.leaf(Want::Any))
            }
        }
    }

    fn items(&mut self, tokens: &mut Vec<String>, depth: usize) {
        for number in 0..self.below(6) {
            let more: Vec<String> = match self.below(6) {
                0 => vec![self.one_of(&["# c\n", "// c\n", "/* c */\n", "\n"])],
                1 | 2 if depth > 0 => {
                    tokens.extend(["block", "\"label\"", "{", "\n"].map(String::from));
                    self.items(tokens, depth - 1);
                    vec!["}".into(), "\n".into()]
                }
                _ => {
                    let name = format!("{}{number}", self.one_of(&["a", "long_name", "x-y"]));
                    vec![name, "=".into(), self.expression(Want::Any, 2), "\n".into()]
                }
            };
            tokens.extend(more);
        }
    }
}
