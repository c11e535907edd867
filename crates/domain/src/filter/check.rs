//! What AWS's API refuses in a set of filters. Local search takes any character.

use super::{Filter, FilterKey};

pub(super) const MAX_FILTERS: usize = 10;
const MAX_VALUES: usize = 10;
const MAX_CHARS: usize = 512;

/// Why AWS would refuse a set of filters. Positions count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterProblem {
    #[error("AWS takes at most {MAX_FILTERS} filters in one request, and these are {count}.")]
    TooManyFilters { count: usize },
    #[error("Filter {filter} ({key}) has no value. AWS needs at least one.")]
    NoValue { filter: usize, key: FilterKey },
    #[error("Filter {filter} ({key}) has {count} values. AWS takes at most {MAX_VALUES}.")]
    TooManyValues { filter: usize, key: FilterKey, count: usize },
    #[error(
        "Value {value} of filter {filter} ({key}) is {chars} characters long. AWS takes at most {MAX_CHARS}."
    )]
    TooLong { filter: usize, key: FilterKey, value: usize, chars: usize },
    #[error(
        "Value {value} of filter {filter} ({key}) holds {character:?}. AWS takes letters a to z, digits, spaces and : \
         _ @ / + = . - ! in a filter."
    )]
    Character { filter: usize, key: FilterKey, value: usize, character: char },
}

/// The first thing that AWS's API would refuse.
pub fn check(filters: &[Filter]) -> Result<(), FilterProblem> {
    match problems(filters).into_iter().next() {
        Some(problem) => Err(problem),
        None => Ok(()),
    }
}

/// Everything that AWS's API would refuse, at most one problem for each value.
pub fn problems(filters: &[Filter]) -> Vec<FilterProblem> {
    let count = filters.len();
    let too_many = (count > MAX_FILTERS).then_some(FilterProblem::TooManyFilters { count });
    let of_filters =
        filters.iter().enumerate().flat_map(|(index, filter)| filter_problems(index + 1, filter));
    too_many.into_iter().chain(of_filters).collect()
}

/// What is wrong with one filter, at this position.
pub(super) fn filter_problems(position: usize, filter: &Filter) -> Vec<FilterProblem> {
    let key = filter.key;
    let of_count = match filter.values.len() {
        0 => Some(FilterProblem::NoValue { filter: position, key }),
        count if count > MAX_VALUES => Some(FilterProblem::TooManyValues { filter: position, key, count }),
        _ => None,
    };
    let of_values = filter.values.iter().enumerate().filter_map(|(index, text)| {
        let chars = text.chars().count();
        if chars > MAX_CHARS {
            return Some(FilterProblem::TooLong { filter: position, key, value: index + 1, chars });
        }
        let character = text.chars().find(|&c| !is_accepted(c))?;
        Some(FilterProblem::Character { filter: position, key, value: index + 1, character })
    });
    of_count.into_iter().chain(of_values).collect()
}

/// The API's pattern is `^\!?[a-zA-Z0-9 :_@\/\+\=\.\-\!]*$`.
pub(super) fn is_accepted(c: char) -> bool {
    c.is_ascii_alphanumeric() || " :_@/+=.-!".contains(c)
}

#[cfg(test)]
mod tests {
    use super::{FilterProblem, check, problems};
    use crate::filter::{Filter, FilterKey};

    fn named(values: impl IntoIterator<Item = String>) -> Filter {
        Filter::new(FilterKey::Name, values)
    }

    #[test]
    fn what_the_api_model_allows_passes() {
        let widest = named((0..10).map(|_| "x".repeat(512)));
        let filters: Vec<Filter> = (0..10).map(|_| widest.clone()).collect();
        assert_eq!(check(&filters), Ok(()));
        assert_eq!(check(&[]), Ok(()));
        assert_eq!(check(&[named(["!aZ09 :_@/+=.-!".into(), String::new()])]), Ok(()));
    }

    #[test]
    fn counts_beyond_the_limits_are_refused() {
        let eleven_filters = vec![named(["x".into()]); 11];
        assert_eq!(check(&eleven_filters), Err(FilterProblem::TooManyFilters { count: 11 }));
        let key = FilterKey::Name;
        let eleven_values = [named((0..11).map(|n| n.to_string()))];
        assert_eq!(check(&eleven_values), Err(FilterProblem::TooManyValues { filter: 1, key, count: 11 }));
        assert_eq!(check(&[named([])]), Err(FilterProblem::NoValue { filter: 1, key }));
    }

    #[test]
    fn a_value_is_measured_in_characters() {
        let key = FilterKey::Name;
        let too_long = [named(["ok".into(), "x".repeat(513)])];
        assert_eq!(check(&too_long), Err(FilterProblem::TooLong { filter: 1, key, value: 2, chars: 513 }));
        let wide = [named(["ö".repeat(512)])];
        assert_eq!(
            check(&wide),
            Err(FilterProblem::Character { filter: 1, key, value: 1, character: 'ö' }),
            "512 characters are not too long, whatever their bytes"
        );
    }

    #[test]
    fn every_refused_value_is_named_with_its_place() {
        let filters =
            [named(["fine".into()]), Filter::new(FilterKey::All, ["credsDatabase#892", "fine", "a,b"])];
        let told: Vec<String> = problems(&filters).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "Value 1 of filter 2 (all) holds '#'. AWS takes letters a to z, digits, spaces and : _ @ / + = . - ! \
                 in a filter.",
                "Value 3 of filter 2 (all) holds ','. AWS takes letters a to z, digits, spaces and : _ @ / + = . - ! \
                 in a filter.",
            ]
        );
    }

    #[test]
    fn characters_of_a_shell_or_of_another_script_are_refused() {
        for character in ['#', ',', '"', '\'', '(', '%', '*', '\\', '\n', '\t', 'é', '鍵', '\u{202e}'] {
            let filters = [named([format!("a{character}b")])];
            assert!(check(&filters).is_err(), "{character:?} is not in the API's pattern");
        }
    }
}
