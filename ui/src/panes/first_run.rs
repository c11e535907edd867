//! What an empty vault offers: a first secret, sample secrets, and terminal settings.

use latchkey_domain::Region;
use latchkey_domain::connection::Connection;
use latchkey_domain::text::escape_invisible;
use leptos::prelude::*;

use crate::parts::{Button, Icon, PlainText, Tone, held_words, lucide};
use crate::state::dialogs::NamedDialog;
use crate::state::use_state;

const SHOWN_PROFILES: usize = 6;

/// Shown instead of the list while a vault has no secrets in the current Region.
#[component]
pub fn FirstRun(
    /// The sessions of IAM Identity Center that were found.
    #[prop(into)]
    sessions: ViewFn,
) -> impl IntoView {
    let state = use_state();
    let load_samples = move || async move {
        let Some(scope) = state.session.scope.get_untracked() else { return };
        match state.catalog.load_samples(scope).await {
            Ok(()) => state.toasts.done("Sample secrets loaded. Every value in them is fake."),
            Err(error) => state.toasts.failed(&error),
        }
    };
    let title = move || {
        let (scope, connection) = (state.session.scope.get()?, state.session.connection.get()?);
        Some(empty_title(&scope.region, &connection))
    };
    let held = Signal::derive(move || state.detail.is_read_only());
    view! {
        <section class="first-run" aria-labelledby="first-run-title" data-testid="first-run">
            <Icon icon=lucide::LuVault />
            <h2 id="first-run-title">{title}</h2>
            <p class="muted">
                "This is a Secrets Manager on this computer, encrypted on disk and available to this window and to \
                 any AWS client. No AWS account is needed."
            </p>
            <div class="actions">
                <Button
                    tone=Tone::Primary
                    icon=lucide::LuPlus
                    disabled=held
                    on_press=move || state.dialogs.open(NamedDialog::CreateSecret)
                    attr:data-testid="create-first-secret"
                >
                    "Create your first secret"
                </Button>
                <Button disabled=held work=load_samples attr:data-testid="load-samples">
                    "Load sample secrets"
                </Button>
            </div>
            <Show when=move || held.get()>
                <p class="muted">{move || held_words(&state.session.marks())}</p>
            </Show>
            {sessions.run()}
            <FoundProfiles />
            <TerminalHint />
            <RecoveryHint />
        </section>
    }
}

/// Names what is empty: only the Region, if it is not the vault's own one.
fn empty_title(region: &Region, vault: &Connection) -> String {
    let name = if vault.id.is_local() { "Your vault".into() } else { escape_invisible(&vault.name) };
    if *region == vault.default_region {
        return format!("{name} is empty");
    }
    let region = region.known().map_or(region.as_str(), |known| known.name);
    format!("{name} is empty in {region}")
}

/// The first profiles of the AWS configuration; all of them are in the menu of connections.
#[component]
fn FoundProfiles() -> impl IntoView {
    let state = use_state();
    let found = Memo::new(move |_| state.session.profiles());
    let go = move |Connection { id, name, .. }: Connection| {
        view! {
            <Button icon=lucide::LuUserRound on_press=move || state.choose_connection(id.clone())>
                <PlainText text=name />
            </Button>
        }
    };
    move || {
        let profiles = found.get();
        let rest = profiles.len().saturating_sub(SHOWN_PROFILES);
        let rest = (rest > 0).then(|| format!("{rest} more are in the menu at the top."));
        (!profiles.is_empty()).then(|| {
            view! {
                <section class="first-run-hint" aria-labelledby="profiles-title" data-testid="found-profiles">
                    <h3 id="profiles-title">"AWS profiles on this computer"</h3>
                    <div class="actions">
                        {profiles.into_iter().take(SHOWN_PROFILES).map(go).collect_view()}
                    </div>
                    {rest.map(|text| view! { <p class="muted">{text}</p> })}
                </section>
            }
        })
    }
}

/// Offered as long as only the keyring opens the vault.
#[component]
fn RecoveryHint() -> impl IntoView {
    let state = use_state();
    move || {
        let vault = state.session.scope.get()?.connection;
        let is_missing = state.session.vault_has_passphrase(&vault) == Some(false);
        is_missing.then(|| view! {
            <section class="first-run-hint" aria-labelledby="recovery-title">
                <h3 id="recovery-title">"Add a recovery passphrase"</h3>
                <p class="muted">
                    "This computer's keyring opens the vault automatically. A passphrase opens it on another computer \
                     or if the keyring is lost."
                </p>
                <Button
                    icon=lucide::LuKeyRound
                    on_press=move || state.dialogs.ask_recovery_passphrase(vault.clone())
                    attr:data-testid="add-recovery-passphrase"
                >
                    "Add recovery passphrase…"
                </Button>
            </section>
        })
    }
}

#[component]
fn TerminalHint() -> impl IntoView {
    let state = use_state();
    let copied = RwSignal::new(None::<u32>);
    let copy = move || async move {
        match state.session.copy_terminal_exports().await {
            Some(Ok(lines)) => drop(copied.try_set(Some(lines.clears_after_seconds))),
            Some(Err(error)) => state.toasts.failed(&error),
            None => {}
        }
    };
    view! {
        <section class="first-run-hint" aria-labelledby="terminal-title">
            <h3 id="terminal-title">"Use it from a terminal"</h3>
            <p class="muted">
                "Copy the settings and paste them into a shell to use the AWS CLI with this vault. They stop working \
                 when Latchkey closes. Press F5 to see what was written there."
            </p>
            <code class="terminal-line">"aws secretsmanager create-secret --name test/hello --secret-string hi"</code>
            <Button icon=lucide::LuTerminal work=copy attr:data-testid="copy-exports">
                "Copy terminal settings"
            </Button>
            <p class="field-note" role="status" data-testid="exports-copied">
                {move || copied.get().map(exports_text)}
            </p>
        </section>
    }
}

/// Describes what was copied: the lines themselves contain a key.
fn exports_text(clears_after_seconds: u32) -> String {
    format!(
        "Copied export lines for the endpoint, the Region and temporary credentials. The clipboard is cleared in \
         {clears_after_seconds} s."
    )
}
