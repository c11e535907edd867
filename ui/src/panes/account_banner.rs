//! The account banner: the current profile points to a different account than before, and writes nothing until that
//! is accepted.

use latchkey_domain::connection::Connection;
use latchkey_domain::guard::MovedAccount;
use leptos::prelude::*;

use crate::parts::{Button, Icon, PlainText, lucide};
use crate::state::use_state;

/// Shown while the account of the current connection differs from the pinned one.
#[component]
pub fn AccountBanner() -> impl IntoView {
    let state = use_state();
    move || {
        let Connection { id, name, marks, .. } = state.session.connection.get()?;
        let MovedAccount { pinned, now } = marks.moved?;
        let account = now.clone();
        let accept = move || {
            let (id, account) = (id.clone(), account.clone());
            async move {
                match state.session.accept_account(id, account.clone()).await {
                    Ok(()) => state.toasts.done(format!("Accepted account {account}.")),
                    Err(error) => state.toasts.failed(&error),
                }
            }
        };
        Some(view! {
            <div class="frame-banner" role="status" data-testid="account-banner">
                <Icon icon=lucide::LuTriangleAlert />
                <p>
                    <PlainText text=name />
                    {format!(" pointed to account {pinned} and now points to {now}. Nothing is written until you \
                              accept the new account.")}
                </p>
                <Button work=accept>{format!("Accept {now}…")}</Button>
            </div>
        })
    }
}
