//! One kind of request to the engine: whether it is running, why the last one failed, and which response counts.

use latchkey_domain::{ApiError, Code};
use leptos::prelude::*;

/// Of a read the newest answer counts; an action is sent once, however often it is pressed.
#[derive(Clone, Copy)]
pub struct Request {
    pub busy: RwSignal<bool>,
    /// Why the last one failed.
    pub failure: RwSignal<Option<ApiError>>,
    fields: &'static [&'static str],
    newest: StoredValue<u32>,
}

/// Names one request; only the answer to the newest one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestNumber(u32);

impl Request {
    pub fn new() -> Self {
        Self::of_form(&[])
    }

    /// `fields` are the members of the request that have a field to show what is wrong with them.
    pub fn of_form(fields: &'static [&'static str]) -> Self {
        let (busy, failure) = (RwSignal::default(), RwSignal::default());
        Self { busy, failure, fields, newest: StoredValue::default() }
    }

    /// Another request of the same form, whose failure is told in the same places.
    pub fn beside(self) -> Self {
        Self { failure: self.failure, ..Self::of_form(self.fields) }
    }

    /// Sends an action and keeps its failure. Nothing is sent while one is under way.
    pub async fn act<T>(self, answer: impl Future<Output = Result<T, ApiError>>) -> Option<T> {
        if self.is_busy() { None } else { self.ask(answer).await }
    }

    /// Asks, and keeps the failure. None as well if something newer was asked meanwhile.
    pub async fn ask<T>(self, answer: impl Future<Output = Result<T, ApiError>>) -> Option<T> {
        self.send(answer).await?.map_err(|failure| self.fail(failure)).ok()
    }

    /// Waits for the answer, whatever it is. None if something newer was asked meanwhile.
    pub async fn send<T>(self, answer: impl Future<Output = T>) -> Option<T> {
        let number = self.begin();
        let answer = answer.await;
        self.end(number).then_some(answer)
    }

    /// Begins what takes several steps; hand the number back at its end.
    pub fn begin(self) -> RequestNumber {
        self.busy.try_set(true);
        self.clear();
        self.next()
    }

    /// Ends it; whether it still counts.
    pub fn end(self, number: RequestNumber) -> bool {
        let counts = self.counts(number);
        if counts {
            self.busy.try_set(false);
        }
        counts
    }

    /// Whether nothing newer was requested. The outcome of an action is reported even after the pane was left.
    pub fn counts(self, number: RequestNumber) -> bool {
        self.newest.try_get_value().is_none_or(|newest| newest == number.0)
    }

    /// Leaves the subject: a pending response no longer counts.
    pub fn forget(self) {
        self.next();
        self.busy.try_set(false);
        self.clear();
    }

    fn next(self) -> RequestNumber {
        self.newest.try_update_value(|newest| *newest += 1);
        RequestNumber(self.newest.try_get_value().unwrap_or_default())
    }

    /// Whether one is under way now.
    pub fn is_busy(self) -> bool {
        self.busy.try_get_untracked() == Some(true)
    }

    pub fn clear(self) {
        self.failure.try_set(None);
    }

    pub fn fail(self, failure: ApiError) {
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

impl Default for Request {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// An answer that others can overtake.
    async fn late<T>(answer: T) -> T {
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        answer
    }

    fn refused() -> ApiError {
        ApiError::new(Code::Offline, "no answer")
    }

    #[tokio::test]
    async fn the_newest_answer_counts_and_a_late_one_changes_nothing() {
        let _owner = Owner::new_root(None);
        let request = Request::new();
        let first = request.ask(late(Err::<&str, _>(refused())));
        let (first, second) = tokio::join!(first, request.ask(async { Ok("second") }));
        assert_eq!((first, second), (None, Some("second")));
        assert_eq!(
            request.failure.get_untracked(),
            None,
            "what the first failed of is about nothing in view"
        );
        assert!(!request.is_busy(), "the newest one is over");
    }

    #[tokio::test]
    async fn it_is_busy_until_the_newest_answer() {
        let _owner = Owner::new_root(None);
        let request = Request::new();
        let overtaken = async {
            request.ask(async { late(Ok(())).await }).await;
            assert!(request.is_busy(), "the newer one is under way");
        };
        let newest = async { request.ask(async { late(late(Ok(())).await).await }).await };
        assert_eq!(tokio::join!(overtaken, newest), ((), Some(())));
        assert!(!request.is_busy());
    }

    #[tokio::test]
    async fn a_second_press_while_an_action_is_under_way_sends_nothing() {
        let _owner = Owner::new_root(None);
        let (request, sent) = (Request::new(), Cell::new(0));
        let press = || {
            request.act(async {
                sent.set(sent.get() + 1);
                late(Ok(())).await
            })
        };
        assert_eq!(tokio::join!(press(), press()), (Some(()), None));
        assert_eq!(sent.get(), 1);
        assert_eq!(press().await, Some(()), "it can be pressed again afterwards");
    }

    #[tokio::test]
    async fn a_failure_is_kept_until_the_next_try() {
        let _owner = Owner::new_root(None);
        let request = Request::new();
        assert_eq!(request.act(async { Err::<(), _>(refused()) }).await, None);
        assert_eq!(request.failure.get_untracked(), Some(refused()));
        let again = request.act(async {
            assert_eq!(request.failure.get_untracked(), None, "a new try starts clean");
            Ok(())
        });
        assert_eq!(again.await, Some(()));
        assert_eq!(request.failure.get_untracked(), None);
    }

    #[tokio::test]
    async fn what_was_left_lands_nowhere_and_holds_up_nothing() {
        let _owner = Owner::new_root(None);
        let request = Request::new();
        let left = async { request.act(late(Err::<(), _>(refused()))).await };
        let leave = async {
            request.forget();
            request.act(async { Ok(()) }).await
        };
        assert_eq!(tokio::join!(left, leave), (None, Some(())));
        assert_eq!(request.failure.get_untracked(), None);
    }

    #[tokio::test]
    async fn an_action_ends_even_if_its_form_is_gone() {
        let owner = Owner::new_root(None);
        let request = owner.with(Request::new);
        let leave = async { owner.cleanup() };
        let (answer, ()) = tokio::join!(request.act(late(Ok("saved"))), leave);
        assert_eq!(answer, Some("saved"), "the person is told");
    }

    #[test]
    fn every_failure_is_shown_exactly_once() {
        let _owner = Owner::new_root(None);
        let request = Request::of_form(&["name"]);
        request.fail(ApiError::invalid("name", "taken"));
        assert_eq!(request.at("name").as_deref(), Some("taken"), "at its field");
        assert!(request.of_the_whole().is_none(), "and not again");
        request.fail(ApiError::invalid("surprise", "odd"));
        assert!(request.at("name").is_none() && request.of_the_whole().is_some(), "no field is there for it");
        request.fail(refused());
        assert!(request.of_the_whole().is_some(), "no field is to blame");
        request.clear();
        assert!(request.of_the_whole().is_none(), "a new try starts clean");
    }
}
