//! Sets of characters: named classes, Unicode tables, and what ignoring case adds to them. The
//! tables are those of Unicode 15.0, which is what Terraform knows.

use std::fmt::Write;
use std::sync::LazyLock;

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

const CATEGORIES: &str = "C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps \
    S Sc Sk Sm So Z Zl Zp Zs";

const SCRIPTS: &str = "Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak \
    Bengali Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian \
    Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform Cypriot \
    Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs \
    Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi \
    Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic \
    Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi \
    Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu \
    Linear_A Linear_B Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen \
    Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs \
    Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa \
    Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian \
    Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage \
    Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic \
    Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng \
    Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil \
    Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi Wancho \
    Warang_Citi Yezidi Yi Zanabazar_Square";

/// All characters that Unicode 15.0 has.
static ASSIGNED: LazyLock<ClassUnicode> = LazyLock::new(|| parse(r"\p{age=15.0}"));

fn parse(class: &str) -> ClassUnicode {
    match regex_syntax::parse(class).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => class,
        Ok(HirKind::Literal(literal)) => {
            let text = String::from_utf8_lossy(&literal.0).into_owned();
            ClassUnicode::new(text.chars().map(|c| ClassUnicodeRange::new(c, c)))
        }
        _ => ClassUnicode::empty(),
    }
}

/// The class of characters between two code points, both included. Surrogates are no characters.
pub(super) fn range(low: u32, high: u32) -> ClassUnicode {
    let part = |low: u32, high: u32| match (char::from_u32(low), char::from_u32(high)) {
        (Some(low), Some(high)) if low <= high => Some(ClassUnicodeRange::new(low, high)),
        _ => None,
    };
    ClassUnicode::new([part(low, high.min(0xD7FF)), part(low.max(0xE000), high)].into_iter().flatten())
}

/// Everything.
pub(super) fn any() -> ClassUnicode {
    range(0, 0x10_FFFF)
}

/// The class of a general category or a script, by the name that Unicode gives it.
pub(super) fn table(name: &str) -> Option<ClassUnicode> {
    let is_one_of = |names: &str| names.split(' ').any(|n| n == name);
    match name {
        "Any" => Some(any()),
        // There are no surrogates in strings.
        "Cs" => Some(ClassUnicode::empty()),
        _ if is_one_of(CATEGORIES) => Some(parse(&format!(r"[\p{{gc={name}}}&&\p{{age=15.0}}]"))),
        _ if is_one_of(SCRIPTS) => Some(parse(&format!(r"[\p{{sc={name}}}&&\p{{age=15.0}}]"))),
        _ => None,
    }
}

/// The class of `[:name:]`, which is ASCII.
pub(super) fn posix(name: &str) -> Option<ClassUnicode> {
    let ranges = match name {
        "alnum" => r"[0-9A-Za-z]",
        "alpha" => r"[A-Za-z]",
        "ascii" => r"[\x00-\x7F]",
        "blank" => r"[\t ]",
        "cntrl" => r"[\x00-\x1F\x7F]",
        "digit" => r"[0-9]",
        "graph" => r"[!-~]",
        "lower" => r"[a-z]",
        "print" => r"[ -~]",
        "punct" => r"[!-/:-@\[-`{-~]",
        "space" => r"[\t-\r ]",
        "upper" => r"[A-Z]",
        "word" => r"[0-9A-Za-z_]",
        "xdigit" => r"[0-9A-Fa-f]",
        _ => return None,
    };
    Some(parse(ranges))
}

/// The class of `\d`, `\s` and `\w`, which is ASCII.
pub(super) fn perl(letter: char) -> Option<ClassUnicode> {
    match letter {
        'd' => posix("digit"),
        's' => Some(parse(r"[\t\n\x0C\r ]")),
        'w' => posix("word"),
        _ => None,
    }
}

/// The class with all characters that differ from one of it in case only.
pub(super) fn fold_case(class: &ClassUnicode) -> ClassUnicode {
    let mut folded = class.clone();
    folded.case_fold_simple();
    folded.intersect(&ASSIGNED);
    folded.union(class);
    folded
}

/// Writes the class in the syntax of the `regex` crate.
pub(super) fn write(class: &ClassUnicode, out: &mut String) {
    if class.ranges().is_empty() {
        out.push_str("[a&&b]");
        return;
    }
    out.push('[');
    for range in class.ranges() {
        let (low, high) = (u32::from(range.start()), u32::from(range.end()));
        // Writing to a string can't fail.
        let _ = match low == high {
            true => write!(out, "\\x{{{low:X}}}"),
            false => write!(out, "\\x{{{low:X}}}-\\x{{{high:X}}}"),
        };
    }
    out.push(']');
}
