use super::*;

/// The tokens as their texts, with the kinds of those whose text does not tell.
fn shown(text: &str, mode: Mode) -> String {
    let show = |token: &Token| {
        let kind = match token.kind {
            TokenKind::OQuote | TokenKind::CQuote | TokenKind::TemplateSeqEnd => {
                return token.text(text).to_owned();
            }
            kind => format!("{kind:?}"),
        };
        match token.kind {
            TokenKind::Eof => kind,
            _ => format!("{kind}:{}", token.text(text)),
        }
    };
    let tokens = scan(text, mode);
    tokens.iter().map(show).collect::<Vec<_>>().join(" ").replace('\n', "\\n").replace('\r', "\\r")
}

#[test]
fn tokens() {
    #[rustfmt::skip]
    let rows = [
        ("", "Eof"),
        ("\u{feff}a", "Ident:a Eof"),
        ("a-b _c é1 1a", "Ident:a-b Ident:_c Ident:é1 NumberLit:1 Ident:a Eof"),
        ("1.5e-3 1e 1. 1..2 1.e3", "NumberLit:1.5e-3 NumberLit:1 Ident:e NumberLit:1 Dot:. NumberLit:1..2 NumberLit:1.e3 Eof"),
        ("a...::=>==!", "Ident:a Ellipsis:... DoubleColon::: FatArrow:=> EqualOp:== Bang:! Eof"),
        ("a # b\r\n//c\n/* d\n*/ /* e", "Ident:a Comment:# b\\r\\n Comment://c\\n Comment:/* d\\n*/ Slash:/ Star:* Ident:e Eof"),
        ("\t\r\n\r", "Newline:\\r\\n Invalid:\\r Eof"),
        ("\"a${b}c\"", "\" QuotedLit:a TemplateInterp:${ Ident:b } QuotedLit:c \" Eof"),
        ("\"${~{}~}%{~if}\"", "\" TemplateInterp:${~ OBrace:{ CBrace:} ~} TemplateControl:%{~ Ident:if } \" Eof"),
        ("\"${\"${\"a\"}\"}\"", "\" TemplateInterp:${ \" TemplateInterp:${ \" QuotedLit:a \" } \" } \" Eof"),
        ("\"$${a}$$${b} %%{ $\"", "\" QuotedLit:$${a}$$${b} %%{ $ \" Eof"),
        ("\"%${a}\\\"\\${b}\"", "\" QuotedLit:% TemplateInterp:${ Ident:a } QuotedLit:\\\"\\${b} \" Eof"),
        ("\"a\n\n\"", "\" QuotedLit:a QuotedNewline:\\n\\n \" Eof"),
        ("\"a$", "\" QuotedLit:a Invalid:$ Eof"),
        ("<<E\na\n E \nb", "OHeredoc:<<E\\n StringLit:a\\n CHeredoc: E  Newline:\\n Ident:b Eof"),
        ("<<-E\r\n${a} E\r\nE\r\n", "OHeredoc:<<-E\\r\\n TemplateInterp:${ Ident:a } StringLit: E\\r\\n CHeredoc:E Newline:\\r\\n Eof"),
        ("<<E\n${<<F\nx\nF\n}\nE\n", "OHeredoc:<<E\\n TemplateInterp:${ OHeredoc:<<F\\n StringLit:x\\n CHeredoc:F Newline:\\n } StringLit:\\n CHeredoc:E Newline:\\n Eof"),
        ("<<E\nE", "OHeredoc:<<E\\n StringLit:E Eof"),
        ("<< E <<E x", "LessThan:< LessThan:< Ident:E LessThan:< LessThan:< Ident:E Ident:x Eof"),
        ("} ~} ~", "CBrace:} ~} BitwiseNot:~ Eof"),
        ("& | ^ ` ' ; @ “", "BitwiseAnd:& BitwiseOr:| BitwiseXor:^ Backtick:` Apostrophe:' Semicolon:; Invalid:@ Invalid:“ Eof"),
    ];
    for (text, expected) in rows {
        assert_eq!(shown(text, Mode::Normal), expected, "{text:?}");
    }
}

#[test]
fn template_files() {
    let rows = [
        ("a \"b\"\n", "StringLit:a \"b\"\\n Eof"),
        ("a${b}%{if}", "StringLit:a TemplateInterp:${ Ident:b } TemplateControl:%{ Ident:if } Eof"),
        ("$${a} } 5$", "StringLit:$${a} } 5 StringLit:$ Eof"),
    ];
    for (text, expected) in rows {
        assert_eq!(shown(text, Mode::Template), expected, "{text:?}");
    }
}
