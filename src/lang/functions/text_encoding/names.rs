//! The encodings by their names in IANA's registry.

use super::legacy::Legacy;
use super::{ByteOrder, Encoding, Form, codepages};

/// The encoding of a name or alias, in any case.
pub(super) fn find(name: &str) -> Option<&'static Encoding> {
    let is_named = |known: &str| known.eq_ignore_ascii_case(name);
    ENCODINGS.iter().find(|encoding| is_named(encoding.name) || encoding.aliases.iter().any(|alias| is_named(alias)))
}

#[rustfmt::skip]
pub(super) static ENCODINGS: &[Encoding] = &[
    Encoding { name: "US-ASCII", aliases: &["iso-ir-6", "ANSI_X3.4-1968", "ANSI_X3.4-1986", "ISO_646.irv:1991", "ISO646-US", "us", "IBM367", "cp367", "csASCII"], form: Form::Bytes("") },
    Encoding { name: "ISO_8859-1:1987", aliases: &["iso-ir-100", "ISO_8859-1", "ISO-8859-1", "latin1", "l1", "IBM819", "CP819", "csISOLatin1"], form: Form::Bytes(codepages::ISO_8859_1) },
    Encoding { name: "ISO_8859-2:1987", aliases: &["iso-ir-101", "ISO_8859-2", "ISO-8859-2", "latin2", "l2", "csISOLatin2"], form: Form::Bytes(codepages::ISO_8859_2) },
    Encoding { name: "ISO_8859-3:1988", aliases: &["iso-ir-109", "ISO_8859-3", "ISO-8859-3", "latin3", "l3", "csISOLatin3"], form: Form::Bytes(codepages::ISO_8859_3) },
    Encoding { name: "ISO_8859-4:1988", aliases: &["iso-ir-110", "ISO_8859-4", "ISO-8859-4", "latin4", "l4", "csISOLatin4"], form: Form::Bytes(codepages::ISO_8859_4) },
    Encoding { name: "ISO_8859-5:1988", aliases: &["iso-ir-144", "ISO_8859-5", "ISO-8859-5", "cyrillic", "csISOLatinCyrillic"], form: Form::Bytes(codepages::ISO_8859_5) },
    Encoding { name: "ISO_8859-6:1987", aliases: &["iso-ir-127", "ISO_8859-6", "ISO-8859-6", "ECMA-114", "ASMO-708", "arabic", "csISOLatinArabic"], form: Form::Bytes(codepages::ISO_8859_6) },
    Encoding { name: "ISO_8859-6-E", aliases: &["csISO88596E", "ISO-8859-6-E"], form: Form::Bytes(codepages::ISO_8859_6) },
    Encoding { name: "ISO_8859-6-I", aliases: &["csISO88596I", "ISO-8859-6-I"], form: Form::Bytes(codepages::ISO_8859_6) },
    Encoding { name: "ISO_8859-7:1987", aliases: &["iso-ir-126", "ISO_8859-7", "ISO-8859-7", "ELOT_928", "ECMA-118", "greek", "greek8", "csISOLatinGreek"], form: Form::Bytes(codepages::ISO_8859_7) },
    Encoding { name: "ISO_8859-8:1988", aliases: &["iso-ir-138", "ISO_8859-8", "ISO-8859-8", "hebrew", "csISOLatinHebrew"], form: Form::Bytes(codepages::ISO_8859_8) },
    Encoding { name: "ISO_8859-8-E", aliases: &["csISO88598E", "ISO-8859-8-E"], form: Form::Bytes(codepages::ISO_8859_8) },
    Encoding { name: "ISO_8859-8-I", aliases: &["csISO88598I", "ISO-8859-8-I"], form: Form::Bytes(codepages::ISO_8859_8) },
    Encoding { name: "ISO_8859-9:1989", aliases: &["iso-ir-148", "ISO_8859-9", "ISO-8859-9", "latin5", "l5", "csISOLatin5"], form: Form::Bytes(codepages::ISO_8859_9) },
    Encoding { name: "ISO-8859-10", aliases: &["iso-ir-157", "l6", "ISO_8859-10:1992", "csISOLatin6", "latin6"], form: Form::Bytes(codepages::ISO_8859_10) },
    Encoding { name: "ISO-8859-13", aliases: &["csISO885913"], form: Form::Bytes(codepages::ISO_8859_13) },
    Encoding { name: "ISO-8859-14", aliases: &["iso-ir-199", "ISO_8859-14:1998", "ISO_8859-14", "latin8", "iso-celtic", "l8", "csISO885914"], form: Form::Bytes(codepages::ISO_8859_14) },
    Encoding { name: "ISO-8859-15", aliases: &["ISO_8859-15", "Latin-9", "csISO885915"], form: Form::Bytes(codepages::ISO_8859_15) },
    Encoding { name: "ISO-8859-16", aliases: &["iso-ir-226", "ISO_8859-16:2001", "ISO_8859-16", "latin10", "l10", "csISO885916"], form: Form::Bytes(codepages::ISO_8859_16) },
    Encoding { name: "windows-874", aliases: &["cswindows874"], form: Form::Bytes(codepages::WINDOWS_874) },
    Encoding { name: "windows-1250", aliases: &["cswindows1250"], form: Form::Bytes(codepages::WINDOWS_1250) },
    Encoding { name: "windows-1251", aliases: &["cswindows1251"], form: Form::Bytes(codepages::WINDOWS_1251) },
    Encoding { name: "windows-1252", aliases: &["cswindows1252"], form: Form::Bytes(codepages::WINDOWS_1252) },
    Encoding { name: "windows-1253", aliases: &["cswindows1253"], form: Form::Bytes(codepages::WINDOWS_1253) },
    Encoding { name: "windows-1254", aliases: &["cswindows1254"], form: Form::Bytes(codepages::WINDOWS_1254) },
    Encoding { name: "windows-1255", aliases: &["cswindows1255"], form: Form::Bytes(codepages::WINDOWS_1255) },
    Encoding { name: "windows-1256", aliases: &["cswindows1256"], form: Form::Bytes(codepages::WINDOWS_1256) },
    Encoding { name: "windows-1257", aliases: &["cswindows1257"], form: Form::Bytes(codepages::WINDOWS_1257) },
    Encoding { name: "windows-1258", aliases: &["cswindows1258"], form: Form::Bytes(codepages::WINDOWS_1258) },
    Encoding { name: "KOI8-R", aliases: &["csKOI8R"], form: Form::Bytes(codepages::KOI8_R) },
    Encoding { name: "KOI8-U", aliases: &["csKOI8U"], form: Form::Bytes(codepages::KOI8_U) },
    Encoding { name: "macintosh", aliases: &["mac", "csMacintosh"], form: Form::Bytes(codepages::MACINTOSH) },
    Encoding { name: "IBM037", aliases: &["cp037", "ebcdic-cp-us", "ebcdic-cp-ca", "ebcdic-cp-wt", "ebcdic-cp-nl", "csIBM037"], form: Form::AllBytes(codepages::IBM037) },
    Encoding { name: "IBM437", aliases: &["cp437", "437", "csPC8CodePage437"], form: Form::Bytes(codepages::IBM437) },
    Encoding { name: "IBM850", aliases: &["cp850", "850", "csPC850Multilingual"], form: Form::Bytes(codepages::IBM850) },
    Encoding { name: "IBM852", aliases: &["cp852", "852", "csPCp852"], form: Form::Bytes(codepages::IBM852) },
    Encoding { name: "IBM855", aliases: &["cp855", "855", "csIBM855"], form: Form::Bytes(codepages::IBM855) },
    Encoding { name: "IBM00858", aliases: &["CCSID00858", "CP00858", "PC-Multilingual-850+euro", "csIBM00858"], form: Form::Bytes(codepages::IBM00858) },
    Encoding { name: "IBM860", aliases: &["cp860", "860", "csIBM860"], form: Form::Bytes(codepages::IBM860) },
    Encoding { name: "IBM862", aliases: &["cp862", "862", "csPC862LatinHebrew"], form: Form::Bytes(codepages::IBM862) },
    Encoding { name: "IBM863", aliases: &["cp863", "863", "csIBM863"], form: Form::Bytes(codepages::IBM863) },
    Encoding { name: "IBM865", aliases: &["cp865", "865", "csIBM865"], form: Form::Bytes(codepages::IBM865) },
    Encoding { name: "IBM866", aliases: &["cp866", "866", "csIBM866"], form: Form::Bytes(codepages::IBM866) },
    Encoding { name: "IBM1047", aliases: &["IBM-1047", "csIBM1047"], form: Form::AllBytes(codepages::IBM1047) },
    Encoding { name: "IBM01140", aliases: &["CCSID01140", "CP01140", "ebcdic-us-37+euro", "csIBM01140"], form: Form::AllBytes(codepages::IBM01140) },
    Encoding { name: "UTF-8", aliases: &["csUTF8"], form: Form::Utf8 },
    Encoding { name: "UTF-16", aliases: &["csUTF16"], form: Form::Utf16 { order: ByteOrder::Big, mark: true } },
    Encoding { name: "UTF-16BE", aliases: &["csUTF16BE"], form: Form::Utf16 { order: ByteOrder::Big, mark: false } },
    Encoding { name: "UTF-16LE", aliases: &["csUTF16LE"], form: Form::Utf16 { order: ByteOrder::Little, mark: false } },
    Encoding { name: "Shift_JIS", aliases: &["MS_Kanji", "csShiftJIS"], form: Form::Legacy(Legacy::ShiftJis) },
    Encoding { name: "Extended_UNIX_Code_Packed_Format_for_Japanese", aliases: &["csEUCPkdFmtJapanese", "EUC-JP"], form: Form::Legacy(Legacy::EucJp) },
    Encoding { name: "ISO-2022-JP", aliases: &["csISO2022JP"], form: Form::Legacy(Legacy::Iso2022Jp) },
    Encoding { name: "EUC-KR", aliases: &["csEUCKR"], form: Form::Legacy(Legacy::EucKr) },
    Encoding { name: "GB18030", aliases: &["csGB18030"], form: Form::Legacy(Legacy::Gb18030) },
    Encoding { name: "GBK", aliases: &["CP936", "MS936", "windows-936", "csGBK"], form: Form::Legacy(Legacy::Gbk) },
    Encoding { name: "HZ-GB-2312", aliases: &[], form: Form::Hz },
    Encoding { name: "Big5", aliases: &["csBig5"], form: Form::Legacy(Legacy::Big5) },
];
