//! The review of a plan of one secret, whatever it does: what changes (by the caller), who is affected, what must be
//! ticked or typed, who writes, the lines for the AWS CLI, and the confirmation.
//!
//! It depends on neither engine nor state: the caller gives the plan and handles the confirmation.

use latchkey_domain::change::{self, ChangesReview, Planned};
use latchkey_domain::cli_line::VALUE_FILE_NOTE;
use leptos::prelude::*;

use super::cli_lines::CliLines;
use super::form_dialog::DialogForm;
use super::journal_note::JournalNote;
use super::writer_note::WriterNote;
use crate::parts::controls::{Checkbox, Icon, TextField, Tone, Work, lucide};

/// The form; Enter confirms. `children` show what changes, and stand before who is affected.
#[component]
pub fn ReviewForm(
    /// Its CSS class and its `data-testid`.
    name: &'static str,
    #[prop(into)] plan: Signal<ChangesReview>,
    /// What the button that confirms says: `Make 41aa0f3a current`.
    #[prop(into)]
    verb: Signal<String>,
    /// The `data-testid` of that button.
    #[prop(default = "confirm-plan")]
    verb_id: &'static str,
    #[prop(default = Tone::Primary)] tone: Tone,
    #[prop(default = "Back")] back: &'static str,
    /// What is typed, and what the field for it is called; none where nothing must or may be typed.
    typed: RwSignal<String>,
    #[prop(into)] typed_label: Signal<Option<String>>,
    /// Whether the field for it takes the focus.
    #[prop(optional)]
    takes_focus: bool,
    /// The tick beside the effects.
    acknowledged: RwSignal<bool>,
    /// Whether something else is still missing.
    #[prop(optional, into)]
    held: Signal<bool>,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(into)] failure: ViewFn,
    /// What stands beside the word that a rotation is on.
    #[prop(optional, into)]
    beside_rotation: ViewFn,
    #[prop(into)] on_apply: Work,
    #[prop(into)] on_back: Callback<()>,
    children: Children,
) -> impl IntoView {
    let effects = Memo::new(move |_| {
        plan.with(|plan| plan.only().map(|item| item.effects.clone()).unwrap_or_default())
    });
    let needs_tick = Memo::new(move |_| plan.with(|plan| plan.needs_tick));
    let must_type = Memo::new(move |_| plan.with(|plan| plan.must_type.clone()));
    let lines = Memo::new(move |_| plan.with(|plan| plan.only().map(|item| item.cli_lines.join("\n"))));
    let problem = Memo::new(move |_| plan.with(|plan| plan.only()?.cli_problem.clone()));
    let has_lines = move || {
        lines.with(|lines| lines.as_ref().is_some_and(|lines| !lines.is_empty()))
            || problem.with(Option::is_some)
    };
    let has_value = plan.with_untracked(|plan| {
        let planned = plan.only().map(|item| &item.planned);
        matches!(planned, Some(Planned::Creation { .. } | Planned::Save(_)))
    });
    let note = if has_value { VALUE_FILE_NOTE } else { "" };
    let label = Memo::new(move |_| typed_label.get());
    // Other effects are other things to have read.
    Effect::new(move || {
        effects.track();
        acknowledged.set(false);
    });
    let is_held = move || {
        let is_typed =
            must_type.with(|word| word.as_ref().is_none_or(|word| typed.with(|typed| typed == word)));
        !is_typed || (needs_tick.get() && !acknowledged.get()) || held.get()
    };
    let in_memory = Signal::derive(move || plan.with(|plan| plan.journal_in_memory));
    let through = Signal::derive(move || plan.with(|plan| plan.writes_through.clone()));
    view! {
        <DialogForm
            name
            verb
            verb_id
            tone
            on_submit=on_apply
            on_cancel=on_back
            cancel=back
            busy
            held=Signal::derive(is_held)
            buttons=move || view! { <JournalNote in_memory /> }
        >
            {children()}
            <Effects effects beside_rotation />
            <Show when=move || needs_tick.get()>
                <Checkbox label="I understand the impact." checked=acknowledged />
            </Show>
            {move || {
                label
                    .get()
                    .map(|label| view! { <TextField label value=typed mono=true autofocus=takes_focus /> })
            }}
            <WriterNote through />
            <Show when=has_lines>
                <CliLines text=Signal::derive(move || lines.get().unwrap_or_default()) problem note />
            </Show>
            {failure.run()}
        </DialogForm>
    }
}

#[component]
fn Effects(effects: Memo<Vec<change::Effect>>, beside_rotation: ViewFn) -> impl IntoView {
    move || {
        let mut effects = effects.get();
        // What must be ticked comes first.
        effects.sort_by_key(|effect| !effect.needs_tick());
        (!effects.is_empty()).then(|| {
            let lines = effects.into_iter().map(|effect| {
                let needs_tick = effect.needs_tick();
                let is_rotation = matches!(effect, change::Effect::RotationIsOn { .. });
                let icon = if needs_tick { lucide::LuTriangleAlert } else { lucide::LuInfo };
                view! {
                    <li class="plan-effect" class:plan-effect-grave=needs_tick data-testid="plan-effect">
                        <Icon icon />
                        <span>{effect.to_string()}</span>
                        {is_rotation.then(|| beside_rotation.run())}
                    </li>
                }
            });
            view! {
                <section aria-label="Impact">
                    <h3>"Impact"</h3>
                    <ul class="plan-effects" data-testid="effects">{lines.collect_view()}</ul>
                </section>
            }
        })
    }
}
