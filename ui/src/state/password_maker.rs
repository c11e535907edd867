//! Generates a password with GetRandomPassword and passes it to the requester. It is not kept.

use std::sync::Arc;

use latchkey_domain::password::{GeneratePassword, Recipe};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::template::Template;
use latchkey_domain::value::Revealed;
use latchkey_domain::{ApiError, Scope};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::request::Request;
use crate::ipc;

/// The password that is being made.
#[derive(Clone, Copy)]
pub struct PasswordMaker {
    scope: Memo<Option<Scope>>,
    pub recipe: RwSignal<Recipe>,
    /// For which structure the recipe was begun.
    pub template: RwSignal<Option<Template>>,
    pub password: RwSignal<Option<SecretInput>>,
    pub request: Request,
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
            request: Request::new(),
            taker: RwSignal::default(),
        }
    }

    /// Makes a first one by the recipe of a structure, where one is known. `taker` gets the password.
    pub fn open(self, template: Option<Template>, taker: impl Fn(String) + Send + Sync + 'static) {
        self.recipe.set(template.map(Recipe::of_template).unwrap_or_default());
        self.template.set(template);
        self.drop_made();
        self.taker.set(Some(Arc::new(taker)));
        spawn_local(self.make());
    }

    /// Whether a password is asked for; tracks.
    pub fn is_open(self) -> bool {
        self.taker.with(Option::is_some)
    }

    /// Changes the recipe; a password of another one is dropped.
    pub fn change(self, change: impl FnOnce(&mut Recipe)) {
        self.drop_made();
        self.recipe.update(change);
    }

    pub async fn make(self) {
        let Some(scope) = self.scope.get_untracked() else { return };
        let recipe = self.recipe.get_untracked();
        let made = self.request.act(async {
            match ipc::call(GeneratePassword { scope, recipe }).await? {
                Revealed::Text(password) => Ok(SecretInput::new(password)),
                _ => Err(ApiError::internal("The engine returned no password.")),
            }
        });
        if let Some(password) = made.await {
            self.password.set(Some(password));
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
        self.drop_made();
    }

    /// Drops the password, and any pending one.
    fn drop_made(self) {
        self.password.set(None);
        self.request.forget();
    }
}
