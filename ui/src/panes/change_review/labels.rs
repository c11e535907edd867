//! What the review of a move of labels shows and asks besides.

use latchkey_domain::change::{StageChange, StagePreview};
use latchkey_domain::stages::{CURRENT, PENDING};
use latchkey_domain::text::short_id;
use latchkey_domain::writes::WayOut;
use leptos::prelude::*;

use crate::parts::{
    Button, Checkbox, ClearPart, ComparedValues, StageLosses, StagePictures, Switch, TextField, Tone, lucide,
};
use crate::state::detail::ROTATION_TAB;
use crate::state::rotation::Question;
use crate::state::use_state;

/// The labels before and after, and the choices that there are.
#[component]
pub fn LabelMoves(
    #[prop(into)] preview: Signal<StagePreview>,
    secret_id: String,
    /// Whether the labels were checked once they differed from what was confirmed.
    has_looked: RwSignal<bool>,
) -> impl IntoView {
    let state = use_state();
    let review = state.change_review;
    review.comparison.follow();
    let order = Signal::derive(move || {
        let open = state.detail.secret.get();
        let secret = open.filter(|secret| secret.summary.arn == secret_id);
        let versions = secret.map(|secret| secret.versions).unwrap_or_default();
        versions.into_iter().map(|version| version.version_id).collect::<Vec<_>>()
    });
    Effect::new(move || {
        preview.with(|_| ());
        has_looked.set(false);
    });
    view! {
        <StagePictures preview order />
        <StageLosses preview />
        <PendingChoice preview />
        <KeepOffer preview />
        <Show when=move || preview.with(|preview| preview.target.is_some())>
            <Values preview />
        </Show>
        <Show when=move || review.is_new_picture.get()>
            <Checkbox label="I have checked the current labels." checked=has_looked />
        </Show>
    }
}

/// Whether AWSPENDING goes from the version that AWSCURRENT leaves; on by default.
#[component]
fn PendingChoice(preview: Signal<StagePreview>) -> impl IntoView {
    let review = use_state().change_review;
    let rollback = Memo::new(move |_| {
        preview.with(|preview| match &preview.moved.change {
            StageChange::Rollback { version_id, detach_pending } => {
                Some((version_id.clone(), *detach_pending))
            }
            _ => None,
        })
    });
    let strands = Memo::new(move |_| {
        preview.with(|preview| {
            let current = preview.before.holder(CURRENT);
            current.is_some() && preview.before.holder(PENDING) == current
        })
    });
    let choose = move |detach_pending| {
        if let Some((version_id, _)) = rollback.get_untracked() {
            review.choose(StageChange::Rollback { version_id, detach_pending });
        }
    };
    view! {
        <Show when=move || rollback.with(Option::is_some) && strands.get()>
            <Switch
                label="Remove AWSPENDING first: if it stays, AWS refuses every later rotation"
                on=Signal::derive(move || rollback.with(|rollback| rollback.as_ref().is_some_and(|(_, on)| *on)))
                on_change=choose
            />
        </Show>
    }
}

/// Keeps a version that would lose its last label under a new one.
#[component]
fn KeepOffer(preview: Signal<StagePreview>) -> impl IntoView {
    let review = use_state().change_review;
    let label = RwSignal::new(String::new());
    let losing =
        Memo::new(move |_| preview.with(|preview| preview.deprecates.first().map(|id| short_id(id))));
    let kept = Memo::new(move |_| preview.with(|preview| preview.moved.keep_under.clone()));
    let keep = move || {
        let label = label.get_untracked().trim().to_owned();
        review.keep_under(Some(label).filter(|label| !label.is_empty()));
    };
    view! {
        <Show when=move || losing.with(Option::is_some)>
            // A label that was typed counts when the field is left, so that none is dropped at a press elsewhere.
            // Enter keeps the version, and does not confirm the review around it.
            <div
                class="keep-offer"
                data-testid="keep-offer"
                on:change=move |_| keep()
                on:keydown=move |event| {
                    if event.key() == "Enter" {
                        event.prevent_default();
                        keep();
                    }
                }
            >
                <TextField
                    label=format!("Keep {} under a label", losing.get().unwrap_or_default())
                    value=label
                    mono=true
                />
                <Button disabled=Signal::derive(move || label.with(|label| label.trim().is_empty())) on_press=keep>
                    "Keep the version"
                </Button>
            </div>
        </Show>
        {move || {
            kept.get()
                .map(|kept| view! {
                    <p class="keep-offer" data-testid="kept">
                        <span>"It is kept under " <code>{kept}</code> "."</span>
                        <Button tone=Tone::Quiet on_press=move || review.keep_under(None)>"Do not keep it"</Button>
                    </p>
                })
        }}
    }
}

/// With rotation on, a new value may be better than an old one: the database gets it too.
#[component]
pub fn RotateOffer() -> impl IntoView {
    let state = use_state();
    // The rotation pane shows the open secret; a proposal may be for another one.
    let is_open = move || {
        let open = state.detail.described.with(|described| described.target.clone());
        open.is_some()
            && open == state.change_review.open.with(|reviewed| Some(reviewed.as_ref()?.target.clone()))
    };
    let rotate = move || {
        state.change_review.leave();
        state.detail.tab.set(ROTATION_TAB);
        state.rotation.ask(Question::RotateNow)
    };
    view! {
        <Show when=is_open>
            <Button icon=lucide::LuRefreshCw work=rotate attr:data-testid="rotate-instead">
                "Rotate now instead…"
            </Button>
        </Show>
    }
}

/// What consumers read now and after the change. Nothing is read without a click.
#[component]
fn Values(preview: Signal<StagePreview>) -> impl IntoView {
    let review = use_state().change_review;
    let comparison = review.comparison;
    let target = move || {
        preview.with(|preview| preview.target.as_ref().map(|t| short_id(&t.version_id)).unwrap_or_default())
    };
    let is_compared = Memo::new(move |_| comparison.difference.with(Option::is_some));
    let has_current = move || preview.with(|preview| preview.before.holder(CURRENT).is_some());
    view! {
        <section class="plan-values" aria-label="What consumers will read">
            <h3>"What consumers will read"</h3>
            <Show when=move || !review.is_target_readable()>
                <p class="muted">
                    "Whether " {target} " can be read is not known: its KMS key may be unavailable. Read it first; \
                     this counts as an access."
                </p>
            </Show>
            <Show when=move || !is_compared.get()>
                <div class="actions">
                    <Show when=has_current>
                        <Button
                            icon=lucide::LuGitCompareArrows
                            busy=comparison.request.busy
                            work=move || review.compare()
                            attr:data-testid="compare-target"
                        >
                            "Read both versions and compare"
                        </Button>
                    </Show>
                    <Show when=move || !review.is_target_readable()>
                        <Button
                            busy=comparison.request.busy
                            work=move || review.check_target()
                            attr:data-testid="check-target"
                        >
                            {move || format!("Only check that {} can be read", target())}
                        </Button>
                    </Show>
                </div>
            </Show>
            <Show when=move || review.is_target_readable() && !is_compared.get()>
                <p class="muted" data-testid="target-readable">{target} " can be read."</p>
            </Show>
            <ComparedValues
                names=["Now", "After"]
                difference=comparison.difference
                failure=comparison.failure
                clear=move |part| match part {
                    ClearPart::Value { is_new, side } => comparison.text_of(is_new, |text| text.value(&side)),
                    ClearPart::Lines { is_new, from, count } => {
                        comparison.text_of(is_new, |text| Some(text.lines(from, count)))
                    }
                }
                is_clear=Signal::derive(move || comparison.clear.with(Option::is_some))
                on_reveal=move || comparison.reveal()
                on_hide=move || comparison.mask()
            />
        </section>
    }
}

pub fn title(name: &str, preview: &StagePreview) -> String {
    match (&preview.target, &preview.moved.change) {
        (_, StageChange::Undo { .. }) => format!("Undo the last change to {name}?"),
        (_, StageChange::Recover { way_out: WayOut::Finish, .. }) => format!("Finish the change to {name}?"),
        (_, StageChange::Recover { way_out: WayOut::Withdraw, .. }) => {
            format!("Withdraw the change to {name}?")
        }
        (Some(target), _) => format!("Make {} current in {name}?", short_id(&target.version_id)),
        (None, StageChange::Attach { label, version_id }) => {
            format!("Add {label} to {} of {name}?", short_id(version_id))
        }
        (None, StageChange::Move { label, version_id }) => {
            format!("Move {label} to {} of {name}?", short_id(version_id))
        }
        (None, StageChange::Remove { label }) => format!("Remove {label} from {name}?"),
        (None, StageChange::SetPendingAside { keep_under }) => {
            format!("Keep the unfinished version of {name} under {keep_under}?")
        }
        (None, _) => format!("Move labels of {name}?"),
    }
}

pub fn verb(preview: &StagePreview) -> String {
    match (&preview.target, &preview.moved.change) {
        (_, StageChange::Recover { way_out: WayOut::Finish, .. }) => "Finish the change".to_owned(),
        (_, StageChange::Recover { way_out: WayOut::Withdraw, .. }) => "Withdraw the change".to_owned(),
        (Some(target), _) => format!("Make {} current", short_id(&target.version_id)),
        (None, StageChange::Undo { .. }) => "Undo the change".to_owned(),
        (None, StageChange::Attach { label, .. }) => format!("Add {label}"),
        (None, StageChange::Move { label, .. }) => format!("Move {label}"),
        (None, StageChange::Remove { label }) => format!("Remove {label}"),
        (None, StageChange::SetPendingAside { .. }) => "Keep it and remove AWSPENDING".to_owned(),
        (None, _) => "Move the labels".to_owned(),
    }
}
