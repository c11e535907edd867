//! The catalog: the secrets of the scope as a grid, and the message when there is nothing to show.

mod cell;
mod failure;

use latchkey_domain::catalog::{Column, Shelf};
use latchkey_domain::text::{count, escape_invisible};
use leptos::prelude::*;

use cell::cell;
use failure::Failure;

use crate::parts::{
    Button, EmptyState, Icon, IconButton, Menu, MenuItem, Progress, Switch, Tone, VirtualGrid, lucide,
    use_now,
};
use crate::state::dialogs::NamedDialog;
use crate::state::use_state;

const ROW_HEIGHT: u32 = 30;
const CLOCK: std::time::Duration = std::time::Duration::from_secs(30);

/// `first_run` is shown if a scope has no secrets at all.
#[component]
pub fn Catalog(#[prop(into)] first_run: ViewFn) -> impl IntoView {
    let catalog = use_state().catalog;
    let failures = Memo::new(move |_| catalog.failures());
    let has_rows = Memo::new(move |_| catalog.matched() > 0);
    let has_failed = Memo::new(move |_| !failures.with(Vec::is_empty));
    view! {
        <section class="catalog" aria-label="Catalog" data-testid="catalog">
            <Toolbar />
            {move || {
                let failures = failures.get().into_iter();
                failures.map(|(scope, error)| view! { <Failure scope error /> }).collect_view()
            }}
            <Show when=move || has_rows.get()>
                <Rows />
            </Show>
            <Show when=move || !has_rows.get() && !has_failed.get()>
                <NothingToShow first_run=first_run.clone() />
            </Show>
        </section>
    }
}

/// The heading of the list and its actions.
#[component]
fn Toolbar() -> impl IntoView {
    let state = use_state();
    let catalog = state.catalog;
    let title = move || {
        let prefix = catalog.prefix.get();
        match (prefix.as_str(), catalog.shelf.get()) {
            ("", Shelf::PendingDeletion) => "Pending deletion".to_owned(),
            ("", Shelf::Live | Shelf::All) => "All secrets".to_owned(),
            (path, _) => escape_invisible(path).into_owned(),
        }
    };
    let columns = Signal::derive(move || {
        let shown = state.preferences.settings.with(|settings| settings.columns.clone());
        let lines = Column::ALL.into_iter().map(|column| {
            MenuItem::new(column.title(), move || catalog.toggle_column(column))
                .checked(shown.contains(&column) || column == Column::Name)
                .disabled(column == Column::Name)
        });
        lines.collect::<Vec<_>>()
    });
    // A list that could not be read is not empty.
    let counted = move || {
        let matched = catalog.matched();
        let is_known = catalog.shown.with(Option::is_some) && (matched > 0 || catalog.failures().is_empty());
        is_known.then(|| count(matched, "secret", "secrets"))
    };
    let has_prefix = move || !catalog.prefix.with(String::is_empty);
    view! {
        <div class="catalog-toolbar">
            <h1 class="catalog-title" data-testid="catalog-title"><bdi>{title}</bdi></h1>
            <Show when=has_prefix>
                <IconButton
                    label="Show all prefixes"
                    icon=lucide::LuX
                    on_press=move || catalog.look_below(String::new())
                />
            </Show>
            <span class="catalog-count" data-testid="catalog-count" aria-live="polite">
                {counted}
            </span>
            <span class="catalog-space"></span>
            <Loading />
            <Show when=move || catalog.shelf.get() != Shelf::PendingDeletion>
                <Switch
                    label="Pending deletion"
                    on=Signal::derive(move || catalog.shelf.get() == Shelf::All)
                    on_change=move |on| catalog.shelf.set(if on { Shelf::All } else { Shelf::Live })
                    attr:data-testid="pending-switch"
                    attr:title="Include secrets that are scheduled for deletion"
                />
            </Show>
            <Together />
            <Menu label="Columns" items=columns end=true>
                <Icon icon=lucide::LuColumns3 />
            </Menu>
        </div>
    }
}

/// Which connections' secrets are shown as one list; there is nothing to choose with one connection.
#[component]
fn Together() -> impl IntoView {
    let session = use_state().session;
    let items = Signal::derive(move || {
        let shown = session.scopes.get();
        let in_view = session.scope.get().map(|scope| scope.connection);
        let connections = session.connections.get().map(|connections| connections.list).unwrap_or_default();
        let lines = connections.into_iter().map(|connection| {
            let id = connection.id.clone();
            MenuItem::new(escape_invisible(&connection.name), move || session.toggle_together(&id))
                .checked(shown.iter().any(|scope| scope.connection == connection.id))
                .disabled(in_view.as_ref() == Some(&connection.id))
        });
        lines.collect::<Vec<_>>()
    });
    view! {
        <Show when=move || { items.with(Vec::len) > 1 }>
            <Menu label="Show connections together" items end=true>
                <Icon icon=lucide::LuCombine />
            </Menu>
        </Show>
    }
}

#[component]
fn Loading() -> impl IntoView {
    let catalog = use_state().catalog;
    let progress = move || {
        let loaded =
            catalog.sum(|inventory| inventory.count + inventory.pending_deletion).unwrap_or_default();
        format!("Loading, {} so far", count(loaded, "secret", "secrets"))
    };
    view! {
        <Show when=move || { catalog.loads() > 0 }>
            <span class="catalog-loading" data-testid="catalog-loading">
                <Progress label=Signal::derive(progress) />
                <Button tone=Tone::Quiet on_press=move || catalog.cancel_load()>"Stop"</Button>
            </span>
        </Show>
    }
}

#[component]
fn Rows() -> impl IntoView {
    let state = use_state();
    let catalog = state.catalog;
    let now = use_now(CLOCK);
    let columns = Memo::new(move |_| {
        let together = catalog.is_together();
        state.preferences.settings.with(|settings| shown_columns(&settings.columns, together))
    });
    let list = RwSignal::new(0_u64);
    Effect::new(move || {
        catalog.wanted.track();
        list.update(|list| *list += 1);
    });
    let open = move |at: usize| {
        if let Some((scope, row)) = catalog.row(at) {
            state.detail.open(scope, row.arn);
        }
    };
    let opened = Memo::new(move |_| {
        let arn = state.detail.secret.with(|secret| Some(secret.as_ref()?.summary.arn.clone()));
        state.detail.scope().zip(arn)
    });
    let is_open = move |at: usize| {
        let row = catalog.row(at).map(|(scope, row)| (scope, row.arn));
        row.is_some() && opened.get() == row
    };
    let row = Callback::new(move |at: usize| {
        let row = Memo::new(move |_| catalog.row(at));
        view! {
            {move || {
                let columns = columns.get();
                let Some((scope, secret)) = row.get() else {
                    return view! {
                        <span class="grid-cell grid-cell-waiting" role="gridcell">"Loading…"</span>
                    }
                        .into_any();
                };
                let scope_name = state.session.scope_name(&scope);
                columns
                    .into_iter()
                    .map(|column| cell(column, &secret, &scope_name, &scope.region, now))
                    .collect_view()
                    .into_any()
            }}
        }
        .into_any()
    });
    view! {
        <div
            class="catalog-grid"
            style=("--columns", move || tracks(&columns.get()))
            style=("--columns-width", move || format!("{}px", least_width(&columns.get())))
        >
            <VirtualGrid
                label="Secrets"
                rows=Signal::derive(move || catalog.matched())
                columns=Signal::derive(move || columns.with(Vec::len))
                row_height=ROW_HEIGHT
                active=catalog.active
                list
                on_view=move |rows| catalog.look_at(rows)
                on_open=open
                header=view! { <Header columns /> }.into_any()
                row
                row_test_id="catalog-row"
                row_name=move |at| catalog.row(at).map(|(_, row)| row.name)
                is_open
            />
        </div>
    }
}

#[component]
fn Header(columns: Memo<Vec<Column>>) -> impl IntoView {
    view! {
        <div class="grid-header-row" role="row" aria-rowindex="1">
            <For each=move || columns.get() key=|column| *column let:column>
                <ColumnHeader column />
            </For>
        </div>
    }
}

#[component]
fn ColumnHeader(column: Column) -> impl IntoView {
    let state = use_state();
    let sort = move || state.preferences.settings.with(|settings| settings.sort);
    let is_sorted = move || sort().column == column;
    let direction = move || match (is_sorted(), sort().descending) {
        (false, _) => "none",
        (true, false) => "ascending",
        (true, true) => "descending",
    };
    let arrow =
        Signal::derive(move || if sort().descending { lucide::LuArrowDown } else { lucide::LuArrowUp });
    view! {
        <div class="grid-header-cell" role="columnheader" aria-sort=direction>
            <button type="button" class="sort-button" on:click=move |_| state.catalog.sort_by(column)>
                <span>{column.title()}</span>
                <Show when=is_sorted>
                    <Icon icon=arrow />
                </Show>
            </button>
        </div>
    }
}

/// Why there are no rows, and what helps.
#[component]
fn NothingToShow(first_run: ViewFn) -> impl IntoView {
    let state = use_state();
    let catalog = state.catalog;
    let is_own_vault = move || !catalog.is_together() && state.session.shows_vault();
    let has_answer = Memo::new(move |_| catalog.shown.with(Option::is_some));
    let is_bare =
        Memo::new(move |_| catalog.sum(|inventory| inventory.count + inventory.pending_deletion) == Some(0));
    // An answer without rows is older than an inventory that has some, as after the samples were loaded.
    let is_behind = Memo::new(move |_| {
        let in_view = match catalog.shelf.get() {
            Shelf::Live => catalog.sum(|inventory| inventory.count),
            Shelf::PendingDeletion => catalog.sum(|inventory| inventory.pending_deletion),
            Shelf::All => catalog.sum(|inventory| inventory.count + inventory.pending_deletion),
        };
        !catalog.is_narrowed() && in_view > Some(0)
    });
    move || {
        if !has_answer.get() || is_behind.get() || (is_bare.get() && catalog.loads() > 0) {
            let label = "Reading the list of secrets…";
            return view! { <div class="catalog-wait"><Progress label /></div> }.into_any();
        }
        if catalog.is_narrowed() && !is_bare.get() {
            return view! {
                <EmptyState
                    icon=lucide::LuSearchX
                    title="No matches"
                    text="No secret matches all of these filters."
                >
                    <Button on_press=move || catalog.clear_filters()>"Clear filters"</Button>
                </EmptyState>
            }
            .into_any();
        }
        if is_bare.get() && catalog.loaded_at().is_none() {
            return view! {
                <EmptyState
                    icon=lucide::LuCircleStop
                    title="The list was not loaded"
                    text="Loading was stopped before any secret arrived."
                >
                    <Button on_press=move || catalog.refresh()>"Load the list"</Button>
                </EmptyState>
            }
            .into_any();
        }
        if is_bare.get() {
            return if is_own_vault() { first_run.run() } else { view! { <NoSecrets /> }.into_any() };
        }
        match catalog.shelf.get() {
            Shelf::PendingDeletion => view! {
                <EmptyState
                    icon=lucide::LuTrash2
                    title="Nothing is scheduled for deletion"
                    text="A deleted secret stays here, and can be restored, until its recovery window ends."
                />
            }
            .into_any(),
            Shelf::Live | Shelf::All => view! {
                <EmptyState
                    icon=lucide::LuTrash2
                    title="Every secret is scheduled for deletion"
                    text="They can be restored until their recovery windows end."
                >
                    <Button on_press=move || catalog.turn_to(Shelf::PendingDeletion)>"Show them"</Button>
                </EmptyState>
            }
            .into_any(),
        }
    }
}

/// Empty, in an AWS account, where no samples are loaded.
#[component]
fn NoSecrets() -> impl IntoView {
    let state = use_state();
    let title = match state.session.scopes.get_untracked().as_slice() {
        [only] => format!("No secrets in {}", only.region),
        _ => "No secrets in these connections".to_owned(),
    };
    view! {
        <EmptyState
            icon=lucide::LuKeyRound
            title
            text="Nothing is stored here. Try another Region or connection."
        >
            <Button
                disabled=Signal::derive(move || state.detail.is_read_only())
                on_press=move || state.dialogs.open(NamedDialog::CreateSecret)
            >
                "Create a secret"
            </Button>
        </EmptyState>
    }
}

/// The chosen columns with the name in front, whatever the settings say; then the connection of each secret, if there
/// are several scopes.
fn shown_columns(chosen: &[Column], together: bool) -> Vec<Column> {
    let others = chosen.iter().copied().filter(|column| !matches!(column, Column::Name | Column::Connection));
    let whose = together.then_some(Column::Connection);
    std::iter::once(Column::Name).chain(whose).chain(others).collect()
}

/// The least width of a column in CSS pixels, and its share of what is left.
fn measure(column: Column) -> (u32, f32) {
    match column {
        Column::Name => (220, 3.0),
        Column::Connection => (160, 1.0),
        Column::Description => (180, 2.0),
        Column::Tags => (160, 1.5),
        Column::LastChanged => (104, 0.4),
        Column::LastAccessed => (116, 0.4),
        Column::Rotation => (108, 0.4),
        Column::EncryptionKey => (160, 1.0),
        Column::OwningService => (124, 0.4),
        Column::Replication => (132, 0.6),
    }
}

fn tracks(columns: &[Column]) -> String {
    let track = |column: &Column| {
        let (least, share) = measure(*column);
        format!("minmax({least}px, {share}fr)")
    };
    columns.iter().map(track).collect::<Vec<_>>().join(" ")
}

fn least_width(columns: &[Column]) -> u32 {
    columns.iter().map(|column| measure(*column).0).sum()
}
