//! East Asian encodings. What bytes mean is as browsers have it, what they write is not: they avoid
//! characters that others could not read, where this takes whatever can be read back.

use std::collections::HashMap;
use std::sync::LazyLock;

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, SHIFT_JIS};

/// An encoding of one to four bytes a character.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Legacy {
    ShiftJis,
    EucJp,
    Iso2022Jp,
    EucKr,
    Big5,
    Gbk,
    Gb18030,
}

/// The bytes of characters.
type Bytes = HashMap<char, Vec<u8>>;

static SHIFT_JIS_BYTES: LazyLock<Bytes> =
    LazyLock::new(|| bytes_of(SHIFT_JIS, pairs(0x81..=0x9f, 0x40..=0xfc).chain(pairs(0xe0..=0xfc, 0x40..=0xfc))));
static EUC_JP_BYTES: LazyLock<Bytes> = LazyLock::new(|| {
    let second_set = pairs(0xa1..=0xfe, 0xa1..=0xfe).map(|pair| [&[0x8f], pair.as_slice()].concat());
    bytes_of(EUC_JP, pairs(0xa1..=0xfe, 0xa1..=0xfe).chain(second_set))
});
/// Here the last sequence counts, so that Hong Kong's characters, of which most stand at the
/// beginning, don't go before the common ones.
static BIG5_BYTES: LazyLock<Bytes> = LazyLock::new(|| {
    let sequences: Vec<Vec<u8>> = pairs(0x87..=0xfe, 0x40..=0xfe).collect();
    bytes_of(BIG5, sequences.into_iter().rev())
});

fn pairs(
    first: std::ops::RangeInclusive<u8>,
    second: std::ops::RangeInclusive<u8>,
) -> impl Iterator<Item = Vec<u8>> + Clone {
    first.flat_map(move |a| second.clone().map(move |b| vec![a, b]))
}

/// The character of each of the sequences. Of two for one character the first counts.
fn bytes_of(encoding: &'static Encoding, sequences: impl Iterator<Item = Vec<u8>>) -> Bytes {
    let mut bytes = Bytes::new();
    for sequence in sequences {
        let text = encoding.decode_without_bom_handling_and_without_replacement(&sequence);
        let mut chars = text.iter().flat_map(|text| text.chars());
        if let (Some(c), None) = (chars.next(), chars.next())
            && !is_private(c)
        {
            bytes.entry(c).or_insert(sequence);
        }
    }
    bytes
}

fn is_private(c: char) -> bool {
    ('\u{e000}'..='\u{f8ff}').contains(&c)
}

/// Whether a character came into GBK and GB 18030 in 2005 or later: here both are older.
fn is_late(c: char) -> bool {
    matches!(c, '\u{1e3f}' | '\u{9fb4}'..='\u{9fbb}' | '\u{fe10}'..='\u{fe19}')
}

fn half_width_katakana(c: char, first: u8) -> Option<u8> {
    let index = u32::from(c).checked_sub(0xff61).filter(|index| *index < 63)?;
    u8::try_from(index).ok()?.checked_add(first)
}

impl Legacy {
    fn encoding(self) -> &'static Encoding {
        match self {
            Legacy::ShiftJis => SHIFT_JIS,
            Legacy::EucJp => EUC_JP,
            Legacy::Iso2022Jp => ISO_2022_JP,
            Legacy::EucKr => EUC_KR,
            Legacy::Big5 => BIG5,
            Legacy::Gbk => GBK,
            Legacy::Gb18030 => GB18030,
        }
    }

    /// The text of bytes; `None` if they have none.
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        let text = self.encoding().decode_without_bom_handling_and_without_replacement(bytes)?.into_owned();
        let undefined = |c| match self {
            Legacy::ShiftJis => is_private(c),
            Legacy::Gbk => is_private(c) || is_late(c),
            _ => false,
        };
        (!text.contains(undefined)).then_some(text)
    }

    /// The bytes of a text; `None` if a character has none.
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        if self == Legacy::Iso2022Jp {
            return encode_iso_2022_jp(text);
        }
        let mut bytes = Vec::with_capacity(text.len());
        for c in text.chars() {
            match u8::try_from(c) {
                Ok(byte) if byte.is_ascii() => bytes.push(byte),
                _ => bytes.extend(self.encode_char(c)?),
            }
        }
        Some(bytes)
    }

    /// The bytes of a character that is not in ASCII.
    pub fn encode_char(self, c: char) -> Option<Vec<u8>> {
        match self {
            Legacy::ShiftJis => {
                let katakana = half_width_katakana(c, 0xa1).map(|byte| vec![byte]);
                katakana.or_else(|| SHIFT_JIS_BYTES.get(&c).cloned())
            }
            Legacy::EucJp => {
                let katakana = half_width_katakana(c, 0xa1).map(|byte| vec![0x8e, byte]);
                katakana.or_else(|| EUC_JP_BYTES.get(&c).cloned())
            }
            Legacy::Big5 => BIG5_BYTES.get(&c).cloned(),
            Legacy::Gbk if is_private(c) || is_late(c) => None,
            _ => self.common_bytes(c),
        }
    }

    fn common_bytes(self, c: char) -> Option<Vec<u8>> {
        let mut buffer = [0; 4];
        let (bytes, _, unmappable) = self.encoding().encode(c.encode_utf8(&mut buffer));
        (!unmappable).then(|| bytes.into_owned())
    }
}

const TO_ASCII: &[u8] = b"\x1b(B";
const TO_KATAKANA: &[u8] = b"\x1b(I";
const TO_KANJI: &[u8] = b"\x1b$B";

fn encode_iso_2022_jp(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut set = TO_ASCII;
    let mut push = |wanted: &'static [u8], char_bytes: &[u8]| {
        if set != wanted {
            bytes.extend(wanted);
            set = wanted;
        }
        bytes.extend(char_bytes);
    };
    for c in text.chars() {
        if let Some(byte) = u8::try_from(c).ok().filter(u8::is_ascii) {
            push(TO_ASCII, &[byte]);
        } else if let Some(byte) = half_width_katakana(c, 0x21) {
            push(TO_KATAKANA, &[byte]);
        } else {
            let &[a, b] = EUC_JP_BYTES.get(&c)?.as_slice() else {
                return None;
            };
            push(TO_KANJI, &[a & 0x7f, b & 0x7f]);
        }
    }
    push(TO_ASCII, &[]);
    Some(bytes)
}
