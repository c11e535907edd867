//! The top bar: the connection and Region, the search box, and the buttons that are always available.

mod region_picker;

use latchkey_domain::connection::Connection;
use latchkey_domain::guard::Guard;
use latchkey_domain::text::escape_invisible;
use leptos::prelude::*;

use crate::parts::{
    Button, ConnectionIcon, GuardBadge, Icon, IconButton, Menu, MenuItem, Tone, WayBadge, icon_of, lucide,
    mark_words, way_words,
};
use crate::state::dialogs::NamedDialog;
use crate::state::use_state;
use region_picker::RegionPicker;

/// `search` is the search box; `drawer` is whether the side tree of a narrow window is out.
#[component]
pub fn Topbar(drawer: RwSignal<bool>, children: Children) -> impl IntoView {
    let state = use_state();
    let is_read_only = move || state.session.guard() == Guard::ReadOnly;
    view! {
        <header class="topbar" data-testid="topbar">
            <div class="topbar-place">
                <span class="topbar-drawer">
                    <IconButton
                        label="Show the side pane"
                        icon=lucide::LuPanelLeft
                        pressed=drawer
                        on_press=move || drawer.update(|out| *out = !*out)
                    />
                </span>
                <ConnectionMenu />
                <GuardBadge marks=Signal::derive(move || state.session.marks()) />
                <WayBadge marks=Signal::derive(move || state.session.marks()) />
                <RegionPicker />
            </div>
            <div class="topbar-search">{children()}</div>
            <div class="topbar-tools">
                <Button
                    tone=Tone::Primary
                    icon=lucide::LuPlus
                    disabled=Signal::derive(move || !state.session.is_ready() || is_read_only())
                    on_press=move || state.dialogs.open(NamedDialog::CreateSecret)
                    attr:data-testid="create-secret-button"
                    attr:title=move || match is_read_only() {
                        true => "This connection is read only",
                        false => "Create a secret (Ctrl N)",
                    }
                >
                    "New secret"
                </Button>
                <IconButton
                    label="Refresh (F5)"
                    icon=lucide::LuRefreshCw
                    on_press=move || state.catalog.refresh()
                    attr:data-testid="refresh-button"
                />
                <IconButton
                    label="Journal (Ctrl J)"
                    icon=lucide::LuHistory
                    on_press=move || state.dialogs.open(NamedDialog::Journal)
                    attr:data-testid="journal-button"
                />
                <IconButton
                    label="Help (?)"
                    icon=lucide::LuCircleHelp
                    on_press=move || state.dialogs.open(NamedDialog::Keys)
                    attr:data-testid="keys-button"
                />
                <IconButton
                    label="Settings (Ctrl ,)"
                    icon=lucide::LuSettings
                    on_press=move || state.dialogs.open(NamedDialog::Settings)
                    attr:data-testid="settings-button"
                />
            </div>
        </header>
    }
}

#[component]
fn ConnectionMenu() -> impl IntoView {
    let state = use_state();
    let session = state.session;
    let items = Signal::derive(move || {
        let current = session.scope.get().map(|scope| scope.connection);
        let connections = session.connections.get().unwrap_or_default().list;
        let places = connections.into_iter().map(|connection| {
            let is_current = Some(&connection.id) == current.as_ref();
            let icon = if is_current { lucide::LuCheck } else { icon_of(&connection) };
            MenuItem::new(told(&connection), move || {
                state.choose_connection(connection.id.clone());
            })
            .icon(icon)
        });
        places.chain(actions()).collect::<Vec<_>>()
    });
    let name = move || {
        session.connection.with(|connection| match connection {
            Some(connection) => escape_invisible(&connection.name).into_owned(),
            None => "No connection".to_owned(),
        })
    };
    view! {
        <Menu label=Signal::derive(move || format!("Connection: {}", name())) class="button connection-button" items>
            <ConnectionIcon connection=session.connection />
            <bdi class="connection-name" data-testid="connection-name">{name}</bdi>
            <Icon icon=lucide::LuChevronDown />
        </Menu>
    }
}

/// A connection as the menu shows it: its name, guard, endpoint variant and route.
fn told(connection: &Connection) -> String {
    let name = escape_invisible(&connection.name);
    let variant = connection.variant.words().map(str::to_owned);
    let marks = &connection.marks;
    let words: Vec<_> = mark_words(marks).into_iter().chain(variant).chain(way_words(marks)).collect();
    if words.is_empty() { name.into_owned() } else { format!("{name} ({})", words.join(", ")) }
}

/// What the menu offers below the connections.
fn actions() -> [MenuItem; 10] {
    let state = use_state();
    let opens = move |dialog| move || state.dialogs.open(dialog);
    let edit = move || {
        if let Some(scope) = state.session.scope.get_untracked() {
            state.dialogs.edit_connection(scope.connection);
        }
    };
    [
        MenuItem::new("Add an access key…", opens(NamedDialog::AddAccessKey)).icon(lucide::LuPlus).divided(),
        MenuItem::new("Assume a role…", opens(NamedDialog::AddRole)).icon(lucide::LuDrama),
        MenuItem::new("Sign in with IAM Identity Center…", move || {
            state.identity_center.ask();
            state.dialogs.open(NamedDialog::SignIn);
        })
        .icon(lucide::LuLogIn),
        MenuItem::new("New vault…", opens(NamedDialog::MakeVault)).icon(lucide::LuVault),
        MenuItem::new("Open a vault…", move || state.add_vault()).icon(lucide::LuFolderOpen),
        MenuItem::new("Edit this connection…", edit).icon(lucide::LuPencil),
        MenuItem::new("Connections…", opens(NamedDialog::Connections)).icon(lucide::LuPlug),
        MenuItem::new("Open by name, ARN or URL…", opens(NamedDialog::OpenSecret))
            .icon(lucide::LuExternalLink),
        MenuItem::new("Use from a terminal", move || state.lend_to_terminal()).icon(lucide::LuTerminal),
        MenuItem::new("Lock (Ctrl Shift L)", move || state.lock_now()).icon(lucide::LuLock).divided(),
    ]
}
