//! Passwords that Secrets Manager makes up: what GetRandomPassword is asked for, and how strong the answer is.

use serde::{Deserialize, Serialize};

use crate::scope::Scope;
use crate::template::Template;

/// Punctuation as GetRandomPassword knows it.
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// Lengths that GetRandomPassword takes, in characters.
pub const LENGTHS: (u32, u32) = (1, 4096);

/// Has a password made and hands it to the front end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GeneratePassword {
    pub scope: Scope,
    pub recipe: Recipe,
}

/// What may be in a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// In characters.
    pub length: u32,
    /// Characters that must not be in it.
    pub excluded: String,
    pub lowercase: bool,
    pub uppercase: bool,
    pub numbers: bool,
    pub punctuation: bool,
    pub space: bool,
    /// At least one of each type that may be in it.
    pub each_type: bool,
}

impl Default for Recipe {
    /// As GetRandomPassword makes one that is asked for nothing.
    fn default() -> Self {
        Self {
            length: 32,
            excluded: String::new(),
            lowercase: true,
            uppercase: true,
            numbers: true,
            punctuation: true,
            space: false,
            each_type: true,
        }
    }
}

impl Recipe {
    /// A password that the service behind a structure takes.
    pub fn of_template(template: Template) -> Self {
        let rules = template.password_rules();
        let clamp = |length: usize| length.clamp(rules.min_length, rules.max_length);
        Self { length: clamp(32) as u32, excluded: rules.excluded.to_owned(), ..Self::default() }
    }

    /// What keeps GetRandomPassword from making one.
    pub fn check(&self) -> Result<(), RecipeError> {
        let types = self.types();
        let (shortest, longest) = LENGTHS;
        match types.len() as u32 {
            _ if !(shortest..=longest).contains(&self.length) => Err(RecipeError::Length),
            0 => Err(RecipeError::NothingLeft),
            count if self.each_type && self.length < count => Err(RecipeError::TooShortForTypes),
            _ => Ok(()),
        }
    }

    /// What the service behind a structure would not take of such a password. It can be made all the same.
    pub fn warning(&self, template: Template) -> Option<String> {
        let (rules, title) = (template.password_rules(), template.title());
        let (shortest, longest) = (rules.min_length, rules.max_length);
        if !(shortest..=longest).contains(&(self.length as usize)) {
            return Some(format!("{title} accepts passwords of {shortest} to {longest} characters."));
        }
        let possible: Vec<char> = self.types().concat();
        let untaken: String = rules.excluded.chars().filter(|letter| possible.contains(letter)).collect();
        (!untaken.is_empty()).then(|| format!("{title} does not accept {untaken} in a password. Exclude it."))
    }

    /// How many yes-or-no questions somebody who knows the recipe has to guess: length times the logarithm of the
    /// number of characters to choose from.
    pub fn strength_bits(&self) -> u32 {
        let characters: usize = self.types().iter().map(Vec::len).sum();
        if characters == 0 { 0 } else { (f64::from(self.length) * (characters as f64).log2()).floor() as u32 }
    }

    /// The characters of each type that may be in it; types of which none is left are absent.
    fn types(&self) -> Vec<Vec<char>> {
        let types: [(bool, Vec<char>); 5] = [
            (self.lowercase, ('a'..='z').collect()),
            (self.uppercase, ('A'..='Z').collect()),
            (self.numbers, ('0'..='9').collect()),
            (self.punctuation, PUNCTUATION.chars().collect()),
            (self.space, vec![' ']),
        ];
        let left = types.into_iter().filter(|(is_in, _)| *is_in).map(|(_, letters)| {
            letters.into_iter().filter(|letter| !self.excluded.contains(*letter)).collect::<Vec<_>>()
        });
        left.filter(|letters| !letters.is_empty()).collect()
    }
}

/// Why no password can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecipeError {
    #[error("A password has 1 to 4,096 characters.")]
    Length,
    #[error("All characters are excluded. Allow some.")]
    NothingLeft,
    #[error("It is too short to hold one of each type.")]
    TooShortForTypes,
}

#[cfg(test)]
mod tests {
    use super::{Recipe, RecipeError};
    use crate::template::Template;

    #[test]
    fn a_recipe_for_a_database_leaves_out_what_it_does_not_take() {
        let oracle = Recipe::of_template(Template::Oracle);
        assert_eq!((oracle.length, oracle.excluded.as_str()), (30, ":/@\"'\\&"), "Oracle's limit is 30");
        for template in Template::ALL {
            assert_eq!(Recipe::of_template(template).check(), Ok(()), "{}", template.title());
        }
    }

    #[test]
    fn what_a_database_would_not_take_is_told_by_its_own_limits() {
        let oracle = Recipe::of_template(Template::Oracle);
        assert_eq!(oracle.warning(Template::Oracle), None, "the recipe begins with what Oracle takes");
        let longer = Recipe { length: 60, ..oracle.clone() };
        let told = longer.warning(Template::Oracle).unwrap_or_default();
        assert_eq!(told, "Oracle accepts passwords of 8 to 30 characters.");
        assert_eq!(longer.warning(Template::PostgreSql), None, "PostgreSQL takes 60");
        let with_all = Recipe { excluded: ":/@\"'\\".into(), ..oracle.clone() };
        let told = with_all.warning(Template::Oracle).unwrap_or_default();
        assert!(told.contains("does not take & in"), "{told}");
        let letters = Recipe { punctuation: false, ..with_all };
        assert_eq!(letters.warning(Template::Oracle), None, "no & can be in it");
    }

    #[test]
    fn what_cannot_be_made_is_told_before_it_is_asked_for() {
        let recipe = Recipe { length: 0, ..Recipe::default() };
        assert_eq!(recipe.check(), Err(RecipeError::Length));
        let recipe = Recipe { length: 3, ..Recipe::default() };
        assert_eq!(recipe.check(), Err(RecipeError::TooShortForTypes), "four types need four characters");
        assert_eq!(Recipe { each_type: false, ..recipe }.check(), Ok(()));
        let none = Recipe {
            lowercase: false,
            uppercase: false,
            numbers: true,
            punctuation: false,
            ..Recipe::default()
        };
        assert_eq!(Recipe { excluded: "0123456789".into(), ..none }.check(), Err(RecipeError::NothingLeft));
    }

    #[test]
    fn strength_is_told_in_bits() {
        assert_eq!(Recipe::default().strength_bits(), 209, "32 of 94 characters");
        let digits =
            Recipe { lowercase: false, uppercase: false, punctuation: false, length: 4, ..Recipe::default() };
        assert_eq!(digits.strength_bits(), 13, "a PIN");
    }
}
