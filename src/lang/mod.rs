//! Types, values, expressions and functions: the meaning of the language. No I/O here.
