//! The accounts and roles of a session: any number of them is added at once.

use latchkey_domain::identity_center::{SsoAccount, SsoSession};
use latchkey_domain::text::count;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::parts::{
    Button, DialogForm, ErrorPanel, Icon, PlainText, Progress, RegionSelect, Select, TextField, VariantTicks,
    lucide, unremembered,
};
use crate::state::role_choice::{RoleChoice, Roles};
use crate::state::use_state;

/// With more accounts than this there is a field to find one.
const MANY_ACCOUNTS: usize = 6;

#[component]
pub fn RoleList(session: SsoSession, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let state = use_state();
    let choice = RoleChoice::new(session);
    spawn_local(choice.load());
    let at = move |field: &'static str| Signal::derive(move || choice.request.at(field));
    let words = move || match choice.chosen.with(|chosen| chosen.len()) {
        0 => "Add connections".to_owned(),
        chosen => format!("Add {}", count(chosen, "connection", "connections")),
    };
    let save = move || async move {
        let added = state.add_connections(choice.save()).await;
        if let Some(added) = added {
            state.toasts.done(match added {
                1 => "Saved the connection.".to_owned(),
                saved => format!("Saved {saved} connections."),
            });
        }
    };
    view! {
        <DialogForm
            name="sso-roles"
            verb=Signal::derive(words)
            on_submit=save
            on_cancel=on_close
            failure=move || choice.request.of_the_whole()
            held=move || choice.chosen.with(|chosen| chosen.is_empty())
        >
            <p class="muted">
                "Each role you choose becomes a separate connection. A read-only role can write with another role in \
                 the same account, whose credentials are fetched only for each write."
            </p>
            <Accounts choice />
            <div class="sign-in-place">
                <RegionSelect label="Initial Region" value=choice.region error=at("region") />
                <TextField
                    label="Endpoint URL (optional)"
                    value=choice.endpoint_url
                    error=at("endpoint_url")
                    hint="Leave blank for AWS."
                    mono=true
                />
            </div>
            <VariantTicks fips=choice.fips dual_stack=choice.dual_stack />
            <p class="field-note field-error" role="alert">
                {move || choice.request.at("roles").or_else(|| choice.request.at("name"))}
            </p>
        </DialogForm>
    }
}

#[component]
fn Accounts(choice: RoleChoice) -> impl IntoView {
    let shown = Memo::new(move |_| choice.shown());
    let total = Memo::new(move |_| choice.accounts.with(|accounts| accounts.as_ref().map(Vec::len)));
    move || {
        match total.get() {
        None if choice.request.of_the_whole().is_some() => ().into_any(),
        None => view! { <Progress label="Loading your accounts" /> }.into_any(),
        Some(0) => view! {
            <p role="status">"No account is assigned to you. Ask your IAM Identity Center administrator for access."</p>
        }
        .into_any(),
        Some(total) => view! {
            {(total > MANY_ACCOUNTS).then(|| view! {
                <TextField label="Find an account" value=choice.filter placeholder="Name, ID or email address" />
            })}
            <ul class="sso-accounts" data-testid="sso-accounts">
                <For each=move || shown.get() key=|account| account.account_id.clone() let:account>
                    <Account choice account />
                </For>
            </ul>
        }
        .into_any(),
    }
    }
}

#[component]
fn Account(choice: RoleChoice, account: SsoAccount) -> impl IntoView {
    let id = account.account_id.clone();
    let roles = Memo::new(move |_| choice.roles.with(|roles| roles.get(&id).cloned()));
    let (title, account_id) = (account.name.clone(), account.account_id.clone());
    let open = {
        let account_id = account_id.clone();
        Callback::new(move |()| spawn_local(choice.open(account_id.clone())))
    };
    let known = {
        let account = account.clone();
        move || match roles.get() {
            None => view! { <Button on_press=open>"Show roles"</Button> }.into_any(),
            Some(Roles::Asking) => view! { <Progress label="Loading roles" /> }.into_any(),
            Some(Roles::Failed(error)) => view! { <ErrorPanel error on_retry=open /> }.into_any(),
            Some(Roles::Known(names)) if names.is_empty() => {
                view! { <p class="muted">"No role in this account is assigned to you."</p> }.into_any()
            }
            Some(Roles::Known(names)) => names
                .into_iter()
                .map(|role_name| view! { <Role choice account=account.clone() role_name /> })
                .collect_view()
                .into_any(),
        }
    };
    view! {
        <li class="sso-account" data-testid="sso-account">
            <p class="sso-account-name">
                <Icon icon=lucide::LuBuilding2 />
                <strong><PlainText text=title /></strong>
                <code class="muted">{account_id}</code>
                <span class="muted"><PlainText text=account.email /></span>
            </p>
            {known}
        </li>
    }
}

/// A role with its tick, and the name of its connection once it is chosen.
#[component]
fn Role(choice: RoleChoice, account: SsoAccount, role_name: String) -> impl IntoView {
    let key = (account.account_id.clone(), role_name.clone());
    let is_chosen = {
        let key = key.clone();
        Memo::new(move |_| choice.chosen.with(|chosen| chosen.contains_key(&key)))
    };
    let (tick, shown) = (role_name.clone(), role_name.clone());
    let (writing, writers_key) = ((account.clone(), role_name.clone()), key.clone());
    let writer_choice = move || {
        let ((account, role_name), key) = (writing.clone(), writers_key.clone());
        let set = writers_key.clone();
        let possible = Memo::new(move |_| choice.possible_writers(&key));
        let options = Signal::derive(move || {
            let itself = (String::new(), "Writes itself".to_owned());
            let others = possible.get().into_iter().map(|name| (name.clone(), format!("Writes with {name}")));
            std::iter::once(itself).chain(others).collect::<Vec<_>>()
        });
        let value = Signal::derive(move || {
            choice.writers.with(|writers| writers.get(&set).cloned()).unwrap_or_default()
        });
        (is_chosen.get() && !possible.with(Vec::is_empty)).then(move || {
            view! {
                <Select
                    label=format!("Who writes for {role_name}")
                    bare=true
                    options
                    value
                    on_change=move |writer| choice.write_with(&account, &role_name, writer)
                />
            }
        })
    };
    let name_field = move || {
        let (first, label) = (key.clone(), format!("Connection name for {shown}"));
        let typed = key.clone();
        is_chosen.get().then(move || {
            view! {
                <input
                    {..unremembered()}
                    class="input"
                    type="text"
                    aria-label=label
                    prop:value=move || choice.chosen.with_untracked(|chosen| chosen.get(&first).cloned())
                    on:input=move |event| choice.rename(&typed, event_target_value(&event))
                />
            }
        })
    };
    view! {
        <div class="sso-role" data-testid="sso-role">
            <label class="checkbox">
                <input
                    type="checkbox"
                    prop:checked=move || is_chosen.get()
                    on:change=move |event| choice.choose(&account, &tick, event_target_checked(&event))
                />
                <span><PlainText text=role_name /></span>
            </label>
            {name_field}
            {writer_choice}
        </div>
    }
}
