//! *Connections*: the list with the state of each, its test, and *Forget*.

use latchkey_domain::ApiError;
use latchkey_domain::connection::{Connection, ConnectionKind, ConnectionReport, ConnectionState};
use latchkey_domain::{ConnectionId, Scope};
use leptos::prelude::*;

use crate::parts::{
    Badge, BadgeTone, Button, ConnectionIcon, Dialog, ErrorPanel, Findings, GuardBadge, PlainText, Progress,
    Tone, detour_words, lucide,
};
use crate::state::dialogs::NamedDialog;
use crate::state::use_state;

/// The dialog; open for as long as it is mounted. `sessions` are those of IAM Identity Center.
#[component]
pub fn ConnectionsDialog(#[prop(into)] sessions: ViewFn) -> impl IntoView {
    let state = use_state();
    let ids = Memo::new(move |_| {
        state.session.connections.with(|connections| {
            let list =
                connections.as_ref().map(|connections| connections.list.as_slice()).unwrap_or_default();
            list.iter().map(|connection| connection.id.clone()).collect::<Vec<_>>()
        })
    });
    let failure = Memo::new(move |_| {
        state.session.connections.with(|connections| connections.as_ref()?.profiles_failure.clone())
    });
    let look_again = Callback::new(move |()| state.session.refresh());
    // The AWS configuration files may have changed since the last look.
    look_again.run(());
    view! {
        <Dialog title="Connections" wide=true on_close=move || state.dialogs.close()>
            {move || failure.get().map(|error| view! { <ErrorPanel error on_retry=look_again /> })}
            <ul class="connections" data-testid="connections">
                <For each=move || ids.get() key=|id| id.clone() let:id>
                    <ConnectionItem id />
                </For>
            </ul>
            {sessions.run()}
            <footer class="dialog-actions">
                <Button
                    icon=lucide::LuLogIn
                    on_press=move || {
                        state.identity_center.ask();
                        state.dialogs.open(NamedDialog::SignIn);
                    }
                    attr:data-testid="sign-in-button"
                >
                    "Sign in with IAM Identity Center"
                </Button>
                <Button
                    tone=Tone::Primary
                    icon=lucide::LuPlus
                    on_press=move || state.dialogs.open(NamedDialog::AddAccessKey)
                    attr:data-testid="add-access-key-button"
                >
                    "Add access key"
                </Button>
            </footer>
        </Dialog>
    }
}

/// What a row is busy with, below its own line.
#[derive(Clone, PartialEq)]
enum Below {
    Nothing,
    Testing,
    Report(Box<ConnectionReport>),
    Failed(ApiError),
    AsksToForget,
}

#[component]
fn ConnectionItem(id: ConnectionId) -> impl IntoView {
    let state = use_state();
    let connection = {
        let id = id.clone();
        Memo::new(move |_| {
            state.session.connections.with(|connections| {
                connections.as_ref()?.list.iter().find(|connection| connection.id == id).cloned()
            })
        })
    };
    let is_in_view = Memo::new(move |_| {
        state.session.scope.with(|scope| scope.as_ref().is_some_and(|scope| scope.connection == id))
    });
    let below = RwSignal::new(Below::Nothing);
    move || {
        connection.get().map(|connection| {
            let id = connection.id.0.clone();
            view! {
                <li class="connection" data-testid="connection" data-connection=id>
                    <ConnectionLine connection=connection.clone() is_in_view below />
                    <StateBelow connection=connection.clone() />
                    <WaysBelow connection=connection.clone() />
                    <ActionBelow connection below />
                </li>
            }
        })
    }
}

#[component]
fn ConnectionLine(connection: Connection, is_in_view: Memo<bool>, below: RwSignal<Below>) -> impl IntoView {
    let state = use_state();
    let (shown, is_saved) = (connection.clone(), connection.is_saved());
    let Connection {
        id,
        name,
        kind,
        account_name,
        default_region,
        endpoint_url,
        variant,
        state: condition,
        marks,
    } = connection;
    let edited = id.clone();
    let vault = Some(id.clone()).filter(ConnectionId::is_vault);
    let can_be_forgotten = is_saved || matches!(kind, ConnectionKind::VaultFile { .. });
    let what = match kind {
        ConnectionKind::LocalVault { folder, .. } => folder,
        ConnectionKind::VaultFile { file, .. } => file,
        ConnectionKind::AccessKey { access_key_id } => access_key_id,
        ConnectionKind::Environment { access_key_id } => access_key_id,
        ConnectionKind::AssumedRole { role_arn, .. } => role_arn,
        ConnectionKind::SsoRole { session, account_id, role_name } => {
            format!("{role_name} in {account_id}, {}", session.start_url)
        }
        ConnectionKind::Profile { source, .. } => source,
    };
    let (tone, words) = match &condition {
        ConnectionState::Ready if vault.is_some() && endpoint_url.is_none() => (BadgeTone::Neutral, "Closed"),
        ConnectionState::Ready if !marks.is_way_trusted() => (BadgeTone::Amber, "Route not trusted"),
        condition => condition_words(condition),
    };
    let scope = Scope { connection: id.clone(), region: default_region.clone() };
    let test = move || {
        let scope = scope.clone();
        below.set(Below::Testing);
        async move {
            let answer = state.session.test(scope).await;
            below.try_set(answer.map_or_else(Below::Failed, |report| Below::Report(Box::new(report))));
        }
    };
    let go = move || {
        state.choose_connection(id.clone());
        state.dialogs.close();
    };
    // For another connection the account is shown with its routes.
    let vault_url = endpoint_url.filter(|_| vault.is_some());
    let alias = marks.account_alias.clone();
    let writer = marks.writes_through.as_ref().map(|other| other.name.clone());
    view! {
        <div class="connection-line">
            <ConnectionIcon connection=Signal::stored(Some(shown)) />
            <div class="connection-text">
                <strong><PlainText text=name /></strong>
                <span class="muted">
                    <code class="breakable">{what}</code>
                    {account_name.map(|name| view! { " · " <PlainText text=name /> })}
                    {alias.map(|alias| view! { " · account " <PlainText text=alias /> })} " · " {default_region.0}
                    {vault_url.map(|url| view! { " · " <code class="breakable">{url}</code> })}
                    {variant.words().map(|words| view! { " · " {words} })}
                    {writer.map(|name| view! { " · writes through " <PlainText text=name /> })}
                </span>
            </div>
            <GuardBadge marks=Signal::stored(marks) />
            <Badge tone>{words}</Badge>
            <div class="actions">
                {move || {
                    let go = go.clone();
                    if is_in_view.get() {
                        view! { <Badge>"Current"</Badge> }.into_any()
                    } else {
                        view! { <Button on_press=go>"Switch"</Button> }.into_any()
                    }
                }}
                <Button work=test>"Test"</Button>
                <Button on_press=move || state.dialogs.edit_connection(edited.clone())>"Edit…"</Button>
                {move || {
                    let vault = vault.clone()?;
                    let has_passphrase = state.session.vault_has_passphrase(&vault)?;
                    let words = if has_passphrase { "Change passphrase…" } else { "Add recovery passphrase…" };
                    let subject = vault.clone();
                    let ask = move || state.dialogs.ask_recovery_passphrase(subject.clone());
                    let back_up = move || {
                        let vault = vault.clone();
                        async move {
                            match state.session.back_up_vault(vault).await {
                                Ok(Some(path)) => state.toasts.done(format!("Backed up the vault to {path}.")),
                                Ok(None) => {}
                                Err(error) => drop(below.try_set(Below::Failed(error))),
                            }
                        }
                    };
                    Some(view! {
                        <Button on_press=ask>{words}</Button>
                        <Button work=back_up>"Back up…"</Button>
                    })
                }}
                {can_be_forgotten
                    .then(|| view! { <Button on_press=move || below.set(Below::AsksToForget)>"Forget"</Button> })}
            </div>
        </div>
    }
}

fn condition_words(condition: &ConnectionState) -> (BadgeTone, &'static str) {
    match condition {
        ConnectionState::Opening => (BadgeTone::Blue, "Opening"),
        ConnectionState::Ready => (BadgeTone::Green, "Ready"),
        ConnectionState::NeedsPassphrase(_) => (BadgeTone::Amber, "Needs a passphrase"),
        ConnectionState::NeedsCode(_) => (BadgeTone::Amber, "Needs an MFA code"),
        ConnectionState::Failed(_) => (BadgeTone::Red, "Failed"),
    }
}

/// Why a connection cannot be used, with a way to try again.
#[component]
fn StateBelow(connection: Connection) -> impl IntoView {
    let state = use_state();
    let ConnectionState::Failed(error) = connection.state else { return ().into_any() };
    let retry = move || state.session.reopen(connection.id.clone());
    view! { <ErrorPanel error on_retry=retry /> }.into_any()
}

/// Endpoint, proxy and CA bundle if its requests do not go directly to AWS. Nothing is sent before they are trusted.
#[component]
fn WaysBelow(connection: Connection) -> impl IntoView {
    let state = use_state();
    let Connection { id, marks, .. } = connection;
    if marks.detours.is_empty() {
        return ().into_any();
    }
    let lines = marks.detours.iter().map(|detour| {
        let words = detour_words(detour);
        view! { <li><PlainText text=words /></li> }
    });
    let trust = move || state.trust_way(id.clone());
    view! {
        <div class="connection-ways" data-testid="connection-ways">
            <ul class="muted">{lines.collect_view()}</ul>
            {(!marks.is_way_trusted()).then(|| view! { <Button work=trust>"Trust this route…"</Button> })}
        </div>
    }
    .into_any()
}

#[component]
fn ActionBelow(connection: Connection, below: RwSignal<Below>) -> impl IntoView {
    move || match below.get() {
        Below::Nothing => ().into_any(),
        Below::Testing => {
            view! { <Progress label="Checking the identity and listing one secret" /> }.into_any()
        }
        Below::Report(report) => view! { <Findings report=*report /> }.into_any(),
        Below::Failed(error) => view! { <ErrorPanel error /> }.into_any(),
        Below::AsksToForget => view! { <ForgetQuestion connection=connection.clone() below /> }.into_any(),
    }
}

#[component]
fn ForgetQuestion(connection: Connection, below: RwSignal<Below>) -> impl IntoView {
    let state = use_state();
    let Connection { id, name, kind, .. } = connection;
    let consequence = match kind {
        ConnectionKind::AccessKey { .. } => {
            " Its key is deleted from this computer's keyring. Nothing changes in its account."
        }
        ConnectionKind::VaultFile { .. } => {
            " Its file and its key in this computer's keyring are kept. Use Open a vault… to add it again."
        }
        _ => " Nothing changes in its account, and you stay signed in.",
    };
    let afterwards = match id.is_vault() {
        true => "Its file stays where it is.",
        false => "Nothing changed in its account.",
    };
    let question = format!("Forget {name}?");
    let verb = format!("Forget {name}");
    let forget = move || {
        let (id, name) = (id.clone(), name.clone());
        async move {
            match state.session.forget(id).await {
                Ok(()) => state.toasts.done(format!("{name} is forgotten. {afterwards}")),
                Err(error) => drop(below.try_set(Below::Failed(error))),
            }
        }
    };
    view! {
        <div class="connection-forget" role="alert" data-testid="forget-question">
            <p>
                <strong><PlainText text=question /></strong>
                {consequence}
            </p>
            <div class="actions">
                <Button on_press=move || below.set(Below::Nothing)>"Cancel"</Button>
                <Button tone=Tone::Danger work=forget attr:data-testid="forget">
                    <PlainText text=verb />
                </Button>
            </div>
        </div>
    }
}
