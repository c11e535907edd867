//! Text as a person reads it: what cannot be seen made visible, times, sizes and counts in words.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// How much of a version id is enough at a glance.
const SHORT_ID_CHARS: usize = 8;

/// The beginning of a version id: `7c1e0f3a`.
pub fn short_id(version_id: &str) -> String {
    version_id.chars().take(SHORT_ID_CHARS).collect()
}

/// A date: `21 Nov 2026`.
pub fn date_text(on: NaiveDate) -> String {
    on.format("%-d %b %Y").to_string()
}

/// An instant: `21 Nov 2026 02:08 UTC`.
pub fn instant_text(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y %H:%M UTC").to_string()
}

/// An instant to the second: `21 Nov 2026 02:08:15 UTC`.
pub fn exact_text(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y %H:%M:%S UTC").to_string()
}

/// The most characters of a key that are shown in a line.
pub const SHORT_CHARS: usize = 120;

/// A key as far as it fits into a line; a longer one ends in `…`.
pub fn short(key: &str) -> Cow<'_, str> {
    match key.char_indices().nth(SHORT_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}…", &key[..end])),
        None => Cow::Borrowed(key),
    }
}

/// Makes control, bidi and other invisible characters visible, as `\n` or `\u{202e}`.
///
/// What emoji and scripts are built of stays: joiners between two characters beyond ASCII, variation selectors and
/// flag tags behind what they belong to. This is for eyes only: a backslash that was in the text stays as it is.
pub fn escape_invisible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(may_be_invisible) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    let mut previous = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if may_be_invisible(c) && !belongs(previous, c, chars.peek().copied()) {
            shown.extend(c.escape_default());
            previous = None;
        } else {
            shown.push(c);
            previous = Some(c);
        }
    }
    Cow::Owned(shown)
}

/// Controls, and what Unicode lists as format characters, separators of lines, fillers and ignorable.
fn may_be_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Whether an invisible character is part of a visible one. `previous` is none behind an escape.
fn belongs(previous: Option<char>, c: char, next: Option<char>) -> bool {
    let beyond_ascii = |neighbour: Option<char>| neighbour.is_some_and(|n| !n.is_ascii());
    match c {
        '\u{200c}' | '\u{200d}' => beyond_ascii(previous) && beyond_ascii(next),
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
            beyond_ascii(previous) || next == Some('\u{20e3}')
        }
        '\u{e0020}'..='\u{e007f}' => {
            previous.is_some_and(|p| matches!(p, '\u{1f3f4}' | '\u{e0020}'..='\u{e007f}'))
        }
        _ => false,
    }
}

/// How far an instant is from now, in the largest unit, cut down: "2h ago", "in 3d", "just now" within a minute.
/// A month counts 30 days, a year 365.
pub fn relative(now: DateTime<Utc>, at: DateTime<Utc>) -> String {
    let distance = (now - at).abs();
    if distance < TimeDelta::minutes(1) {
        return "just now".to_owned();
    }
    let (minutes, hours, days) = (distance.num_minutes(), distance.num_hours(), distance.num_days());
    let amount = match days {
        0 if hours == 0 => format!("{minutes}m"),
        0 => format!("{hours}h"),
        1..30 => format!("{days}d"),
        30..365 => format!("{}mo", (days / 30).min(11)),
        _ => format!("{}y", days / 365),
    };
    if at < now { format!("{amount} ago") } else { format!("in {amount}") }
}

const KIB: usize = 1024;

/// A size: "1 byte", "812 bytes", "1.2 KiB", "3 MiB". Cut down, so that what is below a limit never looks like it.
pub fn bytes(size: usize) -> String {
    match size {
        0..KIB => count(size, "byte", "bytes"),
        KIB..0x10_0000 => format!("{} KiB", tenths(size, KIB)),
        _ => format!("{} MiB", tenths(size, KIB * KIB)),
    }
}

/// A size beside its limit: "1.2 KiB of 64 KiB"; to the byte where it is beyond: "65,537 of 65,536 bytes".
pub fn bytes_of(size: usize, limit: usize) -> String {
    if size > limit {
        format!("{} of {}", thousands(size), count(limit, "byte", "bytes"))
    } else {
        format!("{} of {}", bytes(size), bytes(limit))
    }
}

/// What is said of a value of `size` bytes that is beyond the limit.
pub fn too_long(size: usize, limit: usize) -> String {
    let (size, limit) = (thousands(size), thousands(limit));
    format!("A value can have at most {limit} bytes; this one has {size}. Shorten it.")
}

/// `size / unit` with one decimal, which is left out where it is zero.
fn tenths(size: usize, unit: usize) -> String {
    let (whole, tenth) = (size / unit, size % unit * 10 / unit);
    let whole = thousands(whole);
    if tenth == 0 { whole } else { format!("{whole}.{tenth}") }
}

/// A count with its noun: "1 secret", "1,204 secrets".
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(n), if n == 1 { one } else { many })
}

/// A number with a comma between thousands.
pub fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// One line of a hex dump. It shows a value: no Debug.
#[derive(Clone, PartialEq, Eq)]
pub struct HexRow {
    /// Of the first byte, eight hexadecimal digits.
    pub offset: String,
    /// The bytes as pairs, a wider gap after each eighth.
    pub hex: String,
    /// The same bytes as ASCII, a dot for what cannot be printed.
    pub text: String,
}

/// The rows of a hex dump, `row_bytes` each; at least one.
pub fn hex_dump(bytes: &[u8], row_bytes: usize) -> impl Iterator<Item = HexRow> + '_ {
    let row_bytes = row_bytes.max(1);
    bytes.chunks(row_bytes).enumerate().map(move |(index, row)| {
        let halves = row.chunks(8).map(|half| {
            let pairs: Vec<String> = half.iter().map(|byte| format!("{byte:02x}")).collect();
            pairs.join(" ")
        });
        HexRow {
            offset: format!("{:08x}", index * row_bytes),
            hex: halves.collect::<Vec<_>>().join("  "),
            text: row.iter().map(|&b| if matches!(b, b' '..=b'~') { b as char } else { '.' }).collect(),
        }
    })
}

/// A KMS key as a person knows it: its alias, or the last part of its ARN. `DefaultEncryptionKey` is what
/// ListSecretVersionIds calls the key that everything else calls `aws/secretsmanager`.
pub fn key_name(key: &str) -> &str {
    if key == "DefaultEncryptionKey" {
        return "aws/secretsmanager";
    }
    key.find("alias/").map_or_else(|| key.rsplit('/').next().unwrap_or(key), |at| &key[at..])
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use chrono::{DateTime, TimeDelta, Utc};

    use super::{
        SHORT_CHARS, bytes, bytes_of, count, date_text, escape_invisible, exact_text, hex_dump, instant_text,
        key_name, relative, short, thousands, too_long,
    };

    #[test]
    fn a_long_key_is_shortened_between_two_characters() {
        assert_eq!(short("fake"), "fake");
        let longest = "é".repeat(SHORT_CHARS);
        assert_eq!(short(&longest), longest, "it fits");
        assert_eq!(short(&"é".repeat(SHORT_CHARS + 1)), format!("{longest}…"));
    }

    #[test]
    fn plain_text_is_not_copied() {
        for plain in ["", "prod/db", "größe 鍵 ключ", r"C:\new \u{202e}", "🔑 🎉"] {
            assert!(matches!(escape_invisible(plain), Cow::Borrowed(same) if same == plain), "{plain}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_shown_as_an_escape() {
        for (text, shown) in [
            ("a\u{202e}b", r"a\u{202e}b"),
            ("\u{2066}a\u{2069}", r"\u{2066}a\u{2069}"),
            ("a\u{200f}\u{61c}", r"a\u{200f}\u{61c}"),
            ("a\n\t\0\u{7f}\u{85}", r"a\n\t\u{0}\u{7f}\u{85}"),
            ("pr\u{200b}od\u{feff}", r"pr\u{200b}od\u{feff}"),
            ("soft\u{ad}hyphen", r"soft\u{ad}hyphen"),
            ("line\u{2028}", r"line\u{2028}"),
            ("filler\u{3164}", r"filler\u{3164}"),
        ] {
            assert_eq!(escape_invisible(text), shown);
        }
    }

    #[test]
    fn emoji_and_scripts_keep_what_they_are_built_of() {
        for text in ["👩\u{200d}💻", "❤\u{fe0f}", "1\u{fe0f}\u{20e3}", "می\u{200c}خواهم", "क्\u{200d}ष"]
        {
            assert_eq!(escape_invisible(text), text);
        }
        let flag_of_scotland = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";
        assert_eq!(escape_invisible(flag_of_scotland), flag_of_scotland);
    }

    #[test]
    fn joiners_selectors_and_tags_cannot_hide_in_a_name() {
        assert_eq!(escape_invisible("prod\u{200d}db"), r"prod\u{200d}db");
        assert_eq!(escape_invisible("db\u{fe0f}"), r"db\u{fe0f}");
        assert_eq!(escape_invisible("db\u{e0061}\u{e0062}"), r"db\u{e0061}\u{e0062}", "no text in tags");
        assert_eq!(
            escape_invisible("é\u{202e}\u{200d}é"),
            r"é\u{202e}\u{200d}é",
            "nothing hides behind an escape"
        );
    }

    #[test]
    fn distances_are_told_in_their_largest_unit() {
        let now: DateTime<Utc> = "2026-11-21T12:00:00Z".parse().expect("a fixed instant");
        let ago = |distance: TimeDelta| relative(now, now - distance);
        for (distance, told) in [
            (TimeDelta::seconds(59), "just now"),
            (TimeDelta::seconds(-59), "just now"),
            (TimeDelta::seconds(60), "1m ago"),
            (TimeDelta::minutes(59), "59m ago"),
            (TimeDelta::minutes(119), "1h ago"),
            (TimeDelta::hours(23), "23h ago"),
            (TimeDelta::hours(24), "1d ago"),
            (TimeDelta::days(29), "29d ago"),
            (TimeDelta::days(30), "1mo ago"),
            (TimeDelta::days(364), "11mo ago"),
            (TimeDelta::days(365), "1y ago"),
            (TimeDelta::days(800), "2y ago"),
            (TimeDelta::days(-3), "in 3d"),
            (TimeDelta::minutes(-90), "in 1h"),
        ] {
            assert_eq!(ago(distance), told);
        }
    }

    #[test]
    fn sizes_are_cut_down_to_one_decimal() {
        for (size, told) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1023, "1,023 bytes"),
            (1024, "1 KiB"),
            (1_280, "1.2 KiB"),
            (65_535, "63.9 KiB"),
            (65_536, "64 KiB"),
            (1_048_575, "1,023.9 KiB"),
            (3 << 20, "3 MiB"),
        ] {
            assert_eq!(bytes(size), told);
        }
    }

    #[test]
    fn a_size_beyond_its_limit_is_told_to_the_byte() {
        assert_eq!(bytes_of(1_280, 65_536), "1.2 KiB of 64 KiB");
        assert_eq!(bytes_of(65_536, 65_536), "64 KiB of 64 KiB");
        assert_eq!(bytes_of(65_537, 65_536), "65,537 of 65,536 bytes");
        assert!(
            too_long(65_537, 65_536)
                .starts_with("A value can have at most 65,536 bytes; this one has 65,537.")
        );
    }

    #[test]
    fn counts_have_separators_and_the_right_noun() {
        assert_eq!(count(0, "secret", "secrets"), "0 secrets");
        assert_eq!(count(1, "secret", "secrets"), "1 secret");
        assert_eq!(count(1_204, "secret", "secrets"), "1,204 secrets");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_000_000), "1,000,000");
    }

    #[test]
    fn a_hex_dump_has_as_many_bytes_a_row_as_there_is_room_for() {
        let data: Vec<u8> = (0x2f..0x2f + 17).chain([0, 0xff]).collect();
        let rows: Vec<_> = hex_dump(&data, 16).map(|row| [row.offset, row.hex, row.text].join("|")).collect();
        assert_eq!(
            rows,
            [
                "00000000|2f 30 31 32 33 34 35 36  37 38 39 3a 3b 3c 3d 3e|/0123456789:;<=>",
                "00000010|3f 00 ff|?..",
            ]
        );
        assert_eq!(hex_dump(&[], 16).count(), 0);
        let narrow: Vec<_> = hex_dump(&data, 8).map(|row| [row.offset, row.hex].join("|")).collect();
        assert_eq!(narrow[1], "00000008|37 38 39 3a 3b 3c 3d 3e");
    }

    #[test]
    fn an_instant_is_written_in_one_way() {
        let at: DateTime<Utc> = "2026-11-03T02:08:15Z".parse().expect("an instant");
        assert_eq!(date_text(at.date_naive()), "3 Nov 2026");
        assert_eq!(instant_text(at), "3 Nov 2026 02:08 UTC");
        assert_eq!(exact_text(at), "3 Nov 2026 02:08:15 UTC");
    }

    #[test]
    fn a_key_goes_by_its_alias_or_the_end_of_its_arn() {
        let arn = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        assert_eq!(key_name(arn), "1234abcd-12ab-34cd-56ef-1234567890ab");
        assert_eq!(key_name("arn:aws:kms:us-east-1:123456789012:alias/app/db"), "alias/app/db");
        assert_eq!(key_name("alias/app"), "alias/app");
        assert_eq!(key_name("DefaultEncryptionKey"), "aws/secretsmanager", "one name everywhere");
    }
}
