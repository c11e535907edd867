//! The open secret: its name, important notices, and the tabs.

use latchkey_domain::name::Arn;
use latchkey_domain::secret::SecretSummary;
use latchkey_domain::{ApiError, Code};
use leptos::prelude::*;

use crate::parts::{
    Button, EmptyState, ErrorPanel, Icon, IconButton, Instant, Menu, MenuItem, PlainText, Skeleton, Tab,
    TabPanel, Tabs, copy_text, held_words, lucide,
};
use crate::state::described::Described;
use crate::state::detail::{DETAILS_TAB, ROTATION_TAB, VALUE_TAB, VERSIONS_TAB};
use crate::state::dialogs::NamedDialog;
use crate::state::{State, use_state};

const TABS: &[Tab] =
    &[(VALUE_TAB, "Value"), (VERSIONS_TAB, "Versions"), (ROTATION_TAB, "Rotation"), (DETAILS_TAB, "Details")];

/// The right pane; the content of its tabs comes from the frame.
#[component]
pub fn DetailPane(
    #[prop(into)] value: ViewFn,
    #[prop(into)] versions: ViewFn,
    #[prop(into)] rotation: ViewFn,
    #[prop(into)] details: ViewFn,
) -> impl IntoView {
    let detail = use_state().detail;
    let is_known = Memo::new(move |_| detail.secret.with(Option::is_some));
    let failure = Memo::new(move |_| detail.described.with(|described| described.failure.clone()));
    let panels = StoredValue::new([
        (VALUE_TAB, value.clone()),
        (VERSIONS_TAB, versions),
        (ROTATION_TAB, rotation),
        (DETAILS_TAB, details),
    ]);
    view! {
        <section class="detail" aria-label="Secret" data-testid="detail">
            <DetailHeader />
            {move || failure.get().map(|failure| view! { <DetailFailure failure /> })}
            <Show
                when=move || is_known.get()
                fallback=move || view! { <NotDescribed value=value.clone() /> }
            >
                <Banners />
                <Tabs label="Parts of the secret" tabs=TABS selected=detail.tab />
                <div class="detail-body">
                    {panels
                        .get_value()
                        .into_iter()
                        .map(|(id, panel)| {
                            view! { <TabPanel id selected=detail.tab>{panel.run()}</TabPanel> }
                        })
                        .collect_view()}
                </div>
            </Show>
        </section>
    }
}

/// Replaces the tabs if the secret may not be described: only the value.
#[component]
fn NotDescribed(value: ViewFn) -> impl IntoView {
    let described = use_state().detail.described;
    let is_denied = Memo::new(move |_| described.with(Described::is_denied));
    let is_loading = Memo::new(move |_| described.with(|described| described.failure.is_none()));
    view! {
        <Show when=move || is_loading.get()>
            <Skeleton label="Loading the secret" />
        </Show>
        <Show when=move || is_denied.get()>
            <div class="detail-body" data-testid="value-alone">
                <p class="muted">"Nothing else is known about this secret. Its current value may still be readable."</p>
                {value.run()}
            </div>
        </Show>
    }
}

#[component]
fn DetailHeader() -> impl IntoView {
    let state = use_state();
    let detail = state.detail;
    let name = Memo::new(move |_| {
        let known = detail.secret.with(|secret| secret.as_ref().map(|secret| secret.summary.name.clone()));
        known.or_else(|| {
            detail.described.with(|described| described.target.as_ref().map(|to| name_in(&to.secret_id)))
        })
    });
    let description = Memo::new(move |_| {
        detail.secret.with(|secret| secret.as_ref().and_then(|secret| secret.summary.description.clone()))
    });
    let to_copy = Signal::derive(move || {
        let arn = detail.secret.with(|secret| secret.as_ref().map(|secret| secret.summary.arn.clone()));
        let name = name.get().map(|name| copy_item("Copy name", name));
        let duplicate =
            MenuItem::new("Duplicate secret…", move || duplicate(state)).icon(lucide::LuCopyPlus).divided();
        let is_readable = detail
            .secret
            .with(|secret| secret.as_ref().is_some_and(|secret| secret.summary.deleted_at.is_none()));
        let can_duplicate = is_readable && !detail.is_read_only();
        let journal = MenuItem::new("Journal of this secret…", move || show_journal(state))
            .icon(lucide::LuHistory)
            .divided();
        let copy_arn = arn.map(|arn| copy_item("Copy ARN", arn));
        [name, copy_arn, Some(journal), can_duplicate.then_some(duplicate)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
    });
    view! {
        <header class="detail-header">
            <div class="detail-title">
                <h2 class="mono" title=move || name.get() data-testid="detail-name">
                    <PlainText text=Signal::derive(move || name.get().unwrap_or_default()) />
                </h2>
                <div class="detail-actions">
                    <Menu label="Copy" items=to_copy>
                        <Icon icon=lucide::LuCopy />
                    </Menu>
                    <IconButton label="Close" icon=lucide::LuX on_press=move || detail.close() />
                </div>
            </div>
            <Show when=move || detail.is_read_only()>
                <p class="banner" data-testid="read-only-note">
                    <Icon icon=lucide::LuLock />
                    <span>{move || held_words(&state.session.marks())}</span>
                </p>
            </Show>
            {move || {
                description
                    .get()
                    .map(|text| {
                        let title = text.clone();
                        view! {
                            <p class="detail-description" title=title>
                                <PlainText text />
                            </p>
                        }
                    })
            }}
        </header>
    }
}

/// Begins a new secret with what this one has.
fn duplicate(state: State) {
    let target = state.detail.target_untracked();
    if let (Some(target), Some(secret)) = (target, state.detail.secret.get_untracked()) {
        state.dialogs.duplicate(target.scope, secret);
    }
}

/// Opens the journal on what was done to this secret.
fn show_journal(state: State) {
    let summary = state.detail.secret.get_untracked().map(|secret| secret.summary);
    state.journal.show_secret(summary.map(|summary| (summary.arn, summary.name)));
    state.dialogs.open(NamedDialog::Journal);
}

fn copy_item(label: &str, text: String) -> MenuItem {
    MenuItem::new(label, move || drop(copy_text(&text))).icon(lucide::LuCopy)
}

/// The name in an ARN, for the time before the secret is described.
fn name_in(secret_id: &str) -> String {
    let named = Arn::parse(secret_id).and_then(|arn| arn.secret_name().map(str::to_owned));
    named.unwrap_or_else(|| secret_id.to_owned())
}

/// Notices to read before changing the secret.
#[component]
fn Banners() -> impl IntoView {
    let state = use_state();
    let summary = move || state.detail.secret.get().map(|secret| secret.summary);
    let here = move || {
        state
            .detail
            .described
            .with(|described| described.target.as_ref().map(|target| target.scope.region.0.clone()))
    };
    move || {
        let SecretSummary { deleted_at, owning_service, primary_region, .. } = summary()?;
        let deleted = deleted_at.map(|at| {
            view! {
                <p class="banner banner-amber" data-testid="banner-deleted">
                    <Icon icon=lucide::LuTrash2 />
                    <span>
                        "Scheduled for deletion since " <Instant at />
                        ". Its value cannot be read until the secret is restored."
                    </span>
                    <Button
                        busy=state.change_review.request.busy
                        disabled=Signal::derive(move || state.detail.is_read_only())
                        work=move || state.metadata_form.restore()
                        attr:data-testid="restore-secret"
                    >
                        "Restore"
                    </Button>
                </p>
            }
        });
        let managed = owning_service.map(|service| {
            view! {
                <p class="banner" data-testid="banner-managed">
                    <Icon icon=lucide::LuCloudCog />
                    <span>
                        "Managed by " <PlainText text=service /> ". The service changes this secret; change it there."
                    </span>
                </p>
            }
        });
        let replica = primary_region.filter(|primary| Some(primary) != here().as_ref()).map(|primary| {
            view! {
                <p class="banner" data-testid="banner-replica">
                    <Icon icon=lucide::LuCopy />
                    <span>"A replica of the secret in " {primary.clone()} ". Make changes there."</span>
                    <Button on_press=move || state.go_to_primary(&primary) attr:data-testid="go-to-primary">
                        "Go to the primary"
                    </Button>
                </p>
            }
        });
        Some(view! { {deleted} {managed} {replica} })
    }
}

#[component]
fn DetailFailure(failure: ApiError) -> impl IntoView {
    let detail = use_state().detail;
    let retry = move || detail.refresh();
    if failure.code != Code::NotFound {
        return view! {
            <div class="detail-failure">
                <ErrorPanel error=failure on_retry=Callback::new(move |()| retry()) />
            </div>
        }
        .into_any();
    }
    let region = detail
        .described
        .with_untracked(|described| described.target.as_ref().map(|target| target.scope.region.0.clone()))
        .unwrap_or_default();
    let text = format!(
        "It may have been deleted, recreated under another ARN, or be in a Region other than {region}. Refresh the \
         list."
    );
    view! {
        <EmptyState icon=lucide::LuSearchX title="Secret not found" text=text>
            <Button on_press=Callback::new(move |()| retry())>"Try again"</Button>
            <Button on_press=Callback::new(move |()| detail.close())>"Close"</Button>
        </EmptyState>
    }
    .into_any()
}
