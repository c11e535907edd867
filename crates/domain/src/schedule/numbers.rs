//! Small numbers, 0 to 31: the hours, days or months of a field, as a set and as the dialect writes them.

use super::names::{Name, written};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Numbers(u32);

impl Numbers {
    pub(super) fn contains(self, number: u32) -> bool {
        number < u32::BITS && self.0 & (1 << number) != 0
    }

    pub(super) fn iter(self) -> impl DoubleEndedIterator<Item = u8> + Clone {
        (0..32).filter(move |&number| self.contains(u32::from(number)))
    }

    pub(super) fn len(self) -> u32 {
        self.0.count_ones()
    }

    pub(super) fn first(self) -> Option<u8> {
        self.iter().next()
    }

    pub(super) fn last(self) -> Option<u8> {
        self.iter().next_back()
    }
}

/// Numbers above 31 are left out; every field of the dialect ends before.
impl FromIterator<u8> for Numbers {
    fn from_iter<I: IntoIterator<Item = u8>>(numbers: I) -> Self {
        Self(numbers.into_iter().filter(|&number| number < 32).fold(0, |bits, number| bits | 1 << number))
    }
}

/// Start and step, if ascending numbers are two or more and what `start/step` means in a field that ends at `max`.
pub(super) fn as_step(numbers: impl Iterator<Item = u8> + Clone, max: u8) -> Option<(u8, u8)> {
    let mut ahead = numbers.clone();
    let (start, second) = (ahead.next()?, ahead.next()?);
    let step = second - start;
    (start..=max).step_by(usize::from(step)).eq(numbers).then_some((start, step))
}

/// From and to of what stands in a row in ascending numbers; two neighbours are no row.
pub(super) fn runs(numbers: impl Iterator<Item = u8>) -> Vec<(u8, u8)> {
    let mut runs: Vec<(u8, u8)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, to)) if *to + 1 == number => *to = number,
            _ => runs.push((number, number)),
        }
    }
    let parted = |(from, to): (u8, u8)| {
        let pair = to - from == 1;
        [Some((from, if pair { from } else { to })), pair.then_some((to, to))]
    };
    runs.into_iter().flat_map(parted).flatten().collect()
}

/// Ascending numbers as a list of the dialect: `JAN-MAR,MAY`.
pub(super) fn list(numbers: impl Iterator<Item = u8>, names: &[Name]) -> String {
    let items = runs(numbers).into_iter().map(|(from, to)| match to - from {
        0 => written(names, from),
        _ => format!("{}-{}", written(names, from), written(names, to)),
    });
    items.collect::<Vec<_>>().join(",")
}
