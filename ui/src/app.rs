//! The frame of the window: the layout of the panes, the dialogs over them, and the keyboard shortcuts.

use latchkey_domain::connection::ConnectionState;
use latchkey_domain::guard::{Guard, Marks};
use latchkey_domain::settings::Theme;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::panes::account_banner::AccountBanner;
use crate::panes::add_access_key::AddAccessKeyDialog;
use crate::panes::add_role::AddRoleDialog;
use crate::panes::catalog::Catalog;
use crate::panes::change_review::ChangeReviewDialog;
use crate::panes::connections::ConnectionsDialog;
use crate::panes::create_secret::CreateSecretDialog;
use crate::panes::detail::DetailPane;
use crate::panes::diagnostics_dialog::DiagnosticsDialog;
use crate::panes::edit_connection::EditConnectionDialog;
use crate::panes::first_run::FirstRun;
use crate::panes::identity_center::{FoundSessions, SignInBanner, SignInDialog, SsoSessions};
use crate::panes::journal::JournalDialog;
use crate::panes::keys_dialog::KeysDialog;
use crate::panes::lock_passphrase::LockPassphraseDialog;
use crate::panes::lock_screen::LockScreen;
use crate::panes::make_vault::MakeVaultDialog;
use crate::panes::metadata::MetadataPane;
use crate::panes::mfa_code::{MfaCodeDialog, MfaCodePane};
use crate::panes::open_secret::OpenSecretDialog;
use crate::panes::passphrase::PassphrasePane;
use crate::panes::password_dialog::PasswordDialog;
use crate::panes::recovery_dialog::RecoveryDialog;
use crate::panes::recovery_passphrase::RecoveryPassphraseDialog;
use crate::panes::rotation::RotationPane;
use crate::panes::search_box::SearchBox;
use crate::panes::settings_page::SettingsDialog;
use crate::panes::sidebar::Sidebar;
use crate::panes::status_bar::StatusBar;
use crate::panes::toast_region::ToastRegion;
use crate::panes::topbar::Topbar;
use crate::panes::value::{LeaveQuestion, ValuePane};
use crate::panes::versions::VersionsPane;
use crate::parts::dom::{focus_id, has_open_dialog, is_typing, reload_page};
use crate::parts::{
    ErrorPanel, OpenDialogs, Progress, Side, Splitter, WayIn, focus_grid, mark_class, now, use_theme,
};
use crate::state::detail::VALUE_TAB;
use crate::state::dialogs::NamedDialog;
use crate::state::keys::{KeyAction, key_action};
use crate::state::lock::Lock;
use crate::state::session::Session;
use crate::state::{State, use_state};

const SIDEBAR_WIDTHS: (u32, u32) = (160, 420);
const DETAIL_WIDTHS: (u32, u32) = (320, 900);

/// The whole window.
#[component]
pub fn App() -> impl IntoView {
    let state = State::new(now);
    provide_context(state);
    OpenDialogs::provide();
    state.start();
    use_theme(Signal::derive(move || match theme(state) {
        Theme::System => None,
        Theme::Light => Some("light"),
        Theme::Dark => Some("dark"),
    }));
    reload_when_locked(state.lock);
    move || match state.lock.is_open() {
        // No input in a page that is about to be reloaded.
        _ if state.lock.is_leaving() => ().into_any(),
        Some(true) => view! { <Window /> }.into_any(),
        Some(false) => view! { <LockScreen /> }.into_any(),
        None => view! { <Waiting label="Asking the OS keyring…" /> }.into_any(),
    }
}

/// The window while unlocked.
#[component]
fn Window() -> impl IntoView {
    let state = use_state();
    let drawer = RwSignal::new(false);
    obey_keys(state, drawer);
    follow_profiles(state.session);
    tell_activity(state.lock);
    provide_context(WayIn {
        verb: Signal::derive(move || Some(state.prerequisite()?.verb())),
        on_press: Callback::new(move |()| state.ask_for_what_is_missing()),
    });

    let is_vault = move || state.session.shows_vault();
    view! {
        <div class=move || frame_class(&state.session.marks()) class:frame-local=is_vault data-testid="frame">
            <Topbar drawer>
                <SearchBox />
            </Topbar>
            <div class="frame-notice"><SignInBanner /><AccountBanner /></div>
            <Panes drawer />
            <StatusBar />
        </div>
        <Dialogs />
        <RecoveryDialog />
        <ChangeReviewDialog />
        <ToastRegion />
        <LeaveQuestion />
        <PasswordDialog />
    }
}

/// While locked the settings are not sent, except the theme.
fn theme(state: State) -> Theme {
    if state.preferences.loaded.get() {
        return state.preferences.settings.with(|settings| settings.theme);
    }
    state.lock.standing.with(|standing| standing.as_ref().map_or(Theme::System, |standing| standing.theme))
}

/// Reloads the page, so that nothing it has shown stays in memory.
fn reload_when_locked(lock: Lock) {
    Effect::new(move || {
        if lock.is_leaving() {
            reload_page();
        }
    });
}

/// Keys and movements keep the lock open.
fn tell_activity(lock: Lock) {
    let tell = move || lock.note_activity();
    tell();
    let keys = window_event_listener(leptos::ev::keydown, move |_| tell());
    let moves = window_event_listener(leptos::ev::pointermove, move |_| tell());
    let presses = window_event_listener(leptos::ev::pointerdown, move |_| tell());
    let wheel = window_event_listener(leptos::ev::wheel, move |_| tell());
    on_cleanup(move || [keys, moves, presses, wheel].into_iter().for_each(WindowListenerHandle::remove));
}

/// Shown until there is content.
#[component]
fn Waiting(label: &'static str) -> impl IntoView {
    view! {
        <div class="frame-message">
            <h1 class="visually-hidden">"Latchkey"</h1>
            <Progress label />
        </div>
    }
}

/// The line along the top has the connection's colour; it is thick with a guard, and production has a red frame.
fn frame_class(marks: &Marks) -> String {
    let mut class = String::from("frame");
    if marks.colour.is_some() {
        class = format!("{class} frame-marked {}", mark_class(marks));
    }
    if marks.guard_of_writes() != Guard::Free {
        class.push_str(" frame-guarded");
    }
    if marks.is_production {
        class.push_str(" frame-production");
    }
    class
}

/// Sidebar, catalog and detail, with the lines between them.
#[component]
fn Panes(drawer: RwSignal<bool>) -> impl IntoView {
    let state = use_state();
    let preferences = state.preferences;
    let settings = preferences.settings;
    let sidebar_width = RwSignal::new(0);
    let detail_width = RwSignal::new(0);
    Effect::new(move || {
        sidebar_width.set(settings.with(|settings| settings.sidebar_width));
        detail_width.set(settings.with(|settings| settings.detail_width));
    });
    let is_open = Memo::new(move |_| state.detail.is_open());
    view! {
        <main
            class="frame-panes"
            style=("--sidebar-width", move || format!("{}px", sidebar_width.get()))
            style=("--detail-width", move || format!("{}px", detail_width.get()))
        >
            <div class="frame-sidebar" class:frame-sidebar-open=move || drawer.get()>
                <Sidebar on_chosen=move || drawer.set(false) />
            </div>
            <div class="frame-scrim" on:click=move |_| drawer.set(false)></div>
            <div class="frame-line frame-sidebar-line">
                <Splitter
                    label="Width of the side pane"
                    side=Side::Left
                    width=sidebar_width
                    range=SIDEBAR_WIDTHS
                    on_done=move |width| preferences.change(|settings| settings.sidebar_width = width)
                />
            </div>
            <div class="frame-catalog">
                <Content />
            </div>
            <Show when=move || is_open.get()>
                <div class="frame-line frame-detail-line">
                    <Splitter
                        label="Width of the open secret"
                        side=Side::Right
                        width=detail_width
                        range=DETAIL_WIDTHS
                        on_done=move |width| preferences.change(|settings| settings.detail_width = width)
                    />
                </div>
                <div class="frame-detail">
                    <DetailPane
                        value=|| view! { <ValuePane /> }
                        versions=|| view! { <VersionsPane /> }
                        rotation=|| view! { <RotationPane /> }
                        details=|| view! { <MetadataPane /> }
                    />
                </div>
            </Show>
        </main>
    }
}

/// The catalog, or its replacement until the connection is ready.
#[component]
fn Content() -> impl IntoView {
    let state = use_state();
    let session = state.session;
    let condition = Memo::new(move |_| session.connection.with(|found| Some(found.as_ref()?.state.clone())));
    let failed = move |error| {
        view! {
            <div class="frame-message">
                <h1>"The connection cannot be opened"</h1>
                <ErrorPanel error on_retry=move || state.catalog.refresh() />
            </div>
        }
        .into_any()
    };
    let wait = |label| view! { <Waiting label /> }.into_any();
    move || match (session.failure.get(), condition.get()) {
        (Some(error), _) | (None, Some(ConnectionState::Failed(error))) => failed(error),
        (None, None) => wait("Loading connections…"),
        (None, Some(ConnectionState::Opening)) => wait("Opening the connection…"),
        (None, Some(ConnectionState::NeedsPassphrase(need))) => view! { <PassphrasePane need /> }.into_any(),
        (None, Some(ConnectionState::NeedsCode(device))) => view! { <MfaCodePane device /> }.into_any(),
        (None, Some(ConnectionState::Ready)) => {
            let first_run = || view! { <FirstRun sessions=|| view! { <FoundSessions /> } /> };
            view! { <Catalog first_run /> }.into_any()
        }
    }
}

/// The open dialog, if any, and a second one on top of it or of a pane's confirmation.
#[component]
fn Dialogs() -> impl IntoView {
    let dialogs = use_state().dialogs;
    view! {
        <Opened dialog=dialogs.current />
        <Opened dialog=dialogs.over />
    }
}

#[component]
fn Opened(dialog: RwSignal<Option<NamedDialog>>) -> impl IntoView {
    move || {
        let dialog = match dialog.get()? {
            NamedDialog::AddAccessKey => view! { <AddAccessKeyDialog /> }.into_any(),
            NamedDialog::AddRole => view! { <AddRoleDialog /> }.into_any(),
            NamedDialog::Connections => {
                view! { <ConnectionsDialog sessions=|| view! { <SsoSessions /> } /> }.into_any()
            }
            NamedDialog::CreateSecret => view! { <CreateSecretDialog /> }.into_any(),
            NamedDialog::EditConnection => view! { <EditConnectionDialog /> }.into_any(),
            NamedDialog::Journal => view! { <JournalDialog /> }.into_any(),
            NamedDialog::Diagnostics => view! { <DiagnosticsDialog /> }.into_any(),
            NamedDialog::Keys => view! { <KeysDialog /> }.into_any(),
            NamedDialog::LockPassphrase => view! { <LockPassphraseDialog /> }.into_any(),
            NamedDialog::MakeVault => view! { <MakeVaultDialog /> }.into_any(),
            NamedDialog::OpenSecret => view! { <OpenSecretDialog /> }.into_any(),
            NamedDialog::RecoveryPassphrase => view! { <RecoveryPassphraseDialog /> }.into_any(),
            NamedDialog::Settings => view! { <SettingsDialog /> }.into_any(),
            NamedDialog::SignIn => view! { <SignInDialog /> }.into_any(),
            NamedDialog::TypeCode => view! { <MfaCodeDialog /> }.into_any(),
        };
        Some(dialog)
    }
}

/// Reloads the AWS profiles when the window regains the focus.
fn follow_profiles(session: Session) {
    let listener = window_event_listener(leptos::ev::focus, move |_| session.refresh());
    on_cleanup(move || listener.remove());
}

/// Handles the shortcuts of the table, unless a dialog is open: then the dialog gets the keys.
fn obey_keys(state: State, drawer: RwSignal<bool>) {
    let listener = window_event_listener(leptos::ev::keydown, move |event| {
        let ctrl = event.ctrl_key() || event.meta_key();
        let Some(key_action) = key_action(&event.key(), ctrl, is_typing(&event)) else { return };
        // Locking always works.
        if key_action != KeyAction::Lock && (event.default_prevented() || has_open_dialog()) {
            return;
        }
        event.prevent_default();
        match key_action {
            KeyAction::FocusSearch => focus_id("search"),
            KeyAction::ShowKeys => state.dialogs.open(NamedDialog::Keys),
            KeyAction::Refresh => state.catalog.refresh(),
            KeyAction::CreateSecret if state.session.guard() == Guard::ReadOnly => {}
            KeyAction::CreateSecret => state.dialogs.open(NamedDialog::CreateSecret),
            KeyAction::EditValue => {
                state.detail.tab.set(VALUE_TAB);
                spawn_local(state.value_edit.begin());
            }
            KeyAction::ReviewValue => spawn_local(state.value_edit.plan()),
            KeyAction::OpenSecret => state.dialogs.open(NamedDialog::OpenSecret),
            KeyAction::Lock => state.lock_now(),
            KeyAction::ShowJournal => state.dialogs.open(NamedDialog::Journal),
            KeyAction::ShowSettings => state.dialogs.open(NamedDialog::Settings),
            KeyAction::Leave if drawer.get_untracked() => drawer.set(false),
            KeyAction::Leave if untrack(|| state.value_edit.is_editing()) => state.value_edit.cancel(),
            KeyAction::Leave => {
                if untrack(|| state.detail.is_open()) {
                    state.detail.close();
                }
                focus_grid(state.catalog.active.get_untracked());
            }
        }
    });
    on_cleanup(move || listener.remove());
}
