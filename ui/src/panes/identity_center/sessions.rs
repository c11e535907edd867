//! The known sessions, with sign-in and sign-out for each.

use latchkey_domain::identity_center::{KnownSession, SsoSession};
use leptos::prelude::*;

use crate::parts::{Badge, BadgeTone, Button, ErrorPanel, Icon, PlainText, lucide};
use crate::state::dialogs::NamedDialog;
use crate::state::request::Request;
use crate::state::{State, use_state};

/// Every session that is known, for the dialog of connections.
#[component]
pub fn SsoSessions() -> impl IntoView {
    let state = use_state();
    let known = Memo::new(move |_| state.identity_center.known());
    move || {
        let known = known.get();
        (!known.is_empty()).then(|| {
            view! {
                <section aria-labelledby="sso-sessions-title" data-testid="sso-sessions">
                    <h3 id="sso-sessions-title">"IAM Identity Center"</h3>
                    <ul class="connections">
                        {known.into_iter().map(|known| view! { <SessionLine known /> }).collect_view()}
                    </ul>
                </section>
            }
        })
    }
}

#[component]
fn SessionLine(known: KnownSession) -> impl IntoView {
    let state = use_state();
    let KnownSession { session, name, signed_in } = known;
    let request = Request::new();
    let (tone, words) =
        if signed_in { (BadgeTone::Green, "Signed in") } else { (BadgeTone::Neutral, "Not signed in") };
    let is_named = name.is_some();
    let title = name.unwrap_or_else(|| session.start_url.clone());
    let (for_roles, for_leaving, for_entering) = (session.clone(), session.clone(), session.clone());
    let sign_out = move || {
        let session = for_leaving.clone();
        async move {
            if request.act(state.identity_center.sign_out(session)).await.is_some() {
                state.toasts.done("You are signed out. The connections stay.");
            }
        }
    };
    let ways = if signed_in {
        let add = move || {
            state.identity_center.choose_roles(for_roles.clone());
            state.dialogs.open(NamedDialog::SignIn);
        };
        view! {
            <Button on_press=add>"Add roles…"</Button>
            <Button work=sign_out>"Sign out"</Button>
        }
        .into_any()
    } else {
        view! { <Button icon=lucide::LuLogIn on_press=move || enter(state, &for_entering)>"Sign in"</Button> }
            .into_any()
    };
    view! {
        <li class="connection" data-testid="sso-session">
            <div class="connection-line">
                <Icon icon=lucide::LuBuilding2 />
                <div class="connection-text">
                    <strong><PlainText text=title /></strong>
                    <span class="muted">
                        {is_named.then(|| view! {
                            <code class="breakable"><PlainText text=session.start_url /></code> " · "
                        })}
                        {session.region.0}
                    </span>
                </div>
                <Badge tone>{words}</Badge>
                <div class="actions">{ways}</div>
            </div>
            {move || request.failure.get().map(|error| view! { <ErrorPanel error /> })}
        </li>
    }
}

/// The sessions of the AWS configuration that are not signed in, for the first run.
#[component]
pub fn FoundSessions() -> impl IntoView {
    let state = use_state();
    let found = Memo::new(move |_| {
        let known = state.identity_center.known();
        known.into_iter().filter(|known| !known.signed_in).collect::<Vec<_>>()
    });
    let go = move |KnownSession { session, name, .. }: KnownSession| {
        let text = name.unwrap_or_else(|| session.start_url.clone());
        view! {
            <Button icon=lucide::LuLogIn on_press=move || enter(state, &session)>
                "Sign in to " <PlainText text />
            </Button>
        }
    };
    move || {
        let found = found.get();
        (!found.is_empty()).then(|| {
            view! {
                <section class="first-run-hint" aria-labelledby="found-sessions-title" data-testid="found-sessions">
                    <h3 id="found-sessions-title">"IAM Identity Center"</h3>
                    <div class="actions">{found.into_iter().map(go).collect_view()}</div>
                </section>
            }
        })
    }
}

/// One click: the browser opens with the session that is known.
fn enter(state: State, session: &SsoSession) {
    state.identity_center.sign_in_to(session);
    state.dialogs.open(NamedDialog::SignIn);
}
