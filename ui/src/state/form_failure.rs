//! Why a form could not be sent: at the field that is wrong, or for the form as a whole.

use latchkey_domain::{ApiError, Code};
use leptos::prelude::*;

/// The last failure of a form.
#[derive(Clone, Copy)]
pub struct FormFailure {
    failure: RwSignal<Option<ApiError>>,
    fields: &'static [&'static str],
}

impl FormFailure {
    /// `fields` are the members of the request that have a field to show what is wrong with them.
    pub fn new(fields: &'static [&'static str]) -> Self {
        Self { failure: RwSignal::new(None), fields }
    }

    pub fn clear(self) {
        self.failure.try_set(None);
    }

    pub fn set(self, failure: ApiError) {
        self.failure.try_set(Some(failure));
    }

    /// What is wrong at `field`; tracks.
    pub fn at(self, field: &str) -> Option<String> {
        self.failure.with(|failure| match failure {
            Some(ApiError { code: Code::Invalid(at), message, .. }) if at == field => Some(message.clone()),
            _ => None,
        })
    }

    /// The failure, if no field shows it; tracks.
    pub fn of_the_whole(self) -> Option<ApiError> {
        self.failure.get().filter(|failure| match &failure.code {
            Code::Invalid(field) => !self.fields.contains(&field.as_str()),
            _ => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_is_shown_exactly_once() {
        let _owner = Owner::new_root(None);
        let failure = FormFailure::new(&["name"]);
        failure.set(ApiError::invalid("name", "taken"));
        assert_eq!(failure.at("name").as_deref(), Some("taken"), "at its field");
        assert!(failure.of_the_whole().is_none(), "and not again");
        failure.set(ApiError::invalid("surprise", "odd"));
        assert!(failure.at("name").is_none() && failure.of_the_whole().is_some(), "no field is there for it");
        failure.set(ApiError::new(Code::Offline, "no answer"));
        assert!(failure.of_the_whole().is_some(), "no field is to blame");
        failure.clear();
        assert!(failure.of_the_whole().is_none(), "a new try starts clean");
    }
}
