//! Has a password made by Secrets Manager and hands it to whoever asked for one. Nothing of it stays.

use std::sync::Arc;

use latchkey_domain::password::{GeneratePassword, Recipe};
use latchkey_domain::template::Template;
use latchkey_domain::value::{Revealed, SecretInput};
use latchkey_domain::{ApiError, Scope};
use leptos::prelude::*;

use crate::ipc;

/// The password that is being made.
#[derive(Clone, Copy)]
pub struct PasswordMaker {
    scope: Memo<Option<Scope>>,
    pub recipe: RwSignal<Recipe>,
    /// For which structure the recipe was begun.
    pub template: RwSignal<Option<Template>>,
    pub password: RwSignal<Option<SecretInput>>,
    pub failure: RwSignal<Option<ApiError>>,
    pub busy: RwSignal<bool>,
    taker: RwSignal<Option<Taker>>,
}

/// Gets the password. Not a `Callback`, which would end with the menu that it was made in.
type Taker = Arc<dyn Fn(String) + Send + Sync>;

impl PasswordMaker {
    pub fn new(scope: Memo<Option<Scope>>) -> Self {
        Self {
            scope,
            recipe: RwSignal::default(),
            template: RwSignal::default(),
            password: RwSignal::new(None),
            failure: RwSignal::default(),
            busy: RwSignal::default(),
            taker: RwSignal::default(),
        }
    }

    /// Begins with the recipe of a structure, where one is known. `taker` gets the password.
    pub fn open(self, template: Option<Template>, taker: impl Fn(String) + Send + Sync + 'static) {
        self.recipe.set(template.map(Recipe::of_template).unwrap_or_default());
        self.template.set(template);
        self.failure.set(None);
        self.taker.set(Some(Arc::new(taker)));
    }

    /// Whether a password is asked for; tracks.
    pub fn is_open(self) -> bool {
        self.taker.with(Option::is_some)
    }

    /// Changes the recipe; a password of another one is dropped.
    pub fn change(self, change: impl FnOnce(&mut Recipe)) {
        self.password.set(None);
        self.recipe.update(change);
    }

    pub async fn make(self) {
        let Some(scope) = self.scope.get_untracked() else { return };
        if self.busy.get_untracked() {
            return;
        }
        let recipe = self.recipe.get_untracked();
        self.failure.set(None);
        self.busy.set(true);
        let answer = ipc::call(GeneratePassword { scope, recipe: recipe.clone() }).await;
        self.busy.set(false);
        let counts = self.taker.with_untracked(Option::is_some) && self.recipe.get_untracked() == recipe;
        match answer {
            _ if !counts => {}
            Ok(Revealed::Text(password)) => self.password.set(Some(SecretInput::new(password))),
            Ok(_) => self.failure.set(Some(ApiError::internal("The engine answered with no password."))),
            Err(failure) => self.failure.set(Some(failure)),
        }
    }

    /// Hands the password over.
    pub fn take(self) {
        let password = self.password.get_untracked();
        if let (Some(taker), Some(password)) = (self.taker.get_untracked(), password) {
            taker(password.expose().to_owned());
            self.close();
        }
    }

    pub fn close(self) {
        self.taker.set(None);
        self.password.set(None);
    }
}
