//! The names of months and weekdays, short as the dialect writes them and long as a person does.

/// A value's short and long name.
pub(super) type Name = (&'static str, &'static str);

/// Numbered from 1, Sunday first, as AWS counts.
pub(super) const WEEKDAYS: [Name; 7] = [
    ("SUN", "Sunday"),
    ("MON", "Monday"),
    ("TUE", "Tuesday"),
    ("WED", "Wednesday"),
    ("THU", "Thursday"),
    ("FRI", "Friday"),
    ("SAT", "Saturday"),
];

/// Numbered from 1.
pub(super) const MONTHS: [Name; 12] = [
    ("JAN", "January"),
    ("FEB", "February"),
    ("MAR", "March"),
    ("APR", "April"),
    ("MAY", "May"),
    ("JUN", "June"),
    ("JUL", "July"),
    ("AUG", "August"),
    ("SEP", "September"),
    ("OCT", "October"),
    ("NOV", "November"),
    ("DEC", "December"),
];

/// The name of a weekday, 1 for Sunday to 7 for Saturday; empty for other numbers.
pub fn weekday_name(number: u8) -> &'static str {
    long(&WEEKDAYS, number)
}

/// The name of a month, 1 for January; empty for other numbers.
pub fn month_name(number: u8) -> &'static str {
    long(&MONTHS, number)
}

fn long(names: &'static [Name], number: u8) -> &'static str {
    usize::from(number).checked_sub(1).and_then(|index| names.get(index)).map_or("", |&(_, long)| long)
}

/// How the dialect writes a value: its short name, or the number where the field has no names.
pub(super) fn written(names: &[Name], number: u8) -> String {
    match usize::from(number).checked_sub(1).and_then(|index| names.get(index)) {
        Some(&(short, _)) => short.to_owned(),
        None => number.to_string(),
    }
}

/// The number that a short name stands for, in any case.
pub(super) fn number(names: &[Name], word: &str) -> Option<u8> {
    let index = names.iter().position(|(short, _)| short.eq_ignore_ascii_case(word))?;
    u8::try_from(index + 1).ok()
}
