//! What was cut off, offered to be finished or withdrawn; each by a plan that is looked at first.

use latchkey_domain::stages::StageStep;
use latchkey_domain::text::short_id;
use latchkey_domain::writes::{JournalEntry, WayOut};
use leptos::prelude::*;

use crate::parts::{Button, Checkbox, Dialog, ErrorPanel, Instant, PlainText, TextField, Tone, WriterNote};
use crate::state::recovery::Rescue;
use crate::state::use_state;

/// The dialog; there while something is left to decide.
#[component]
pub fn RecoveryDialog() -> impl IntoView {
    let recovery = use_state().recovery;
    let is_open = Memo::new(move |_| recovery.entries.with(|entries| !entries.is_empty()));
    view! {
        <Show when=move || is_open.get()>
            <Dialog title="A change was cut off" wide=true on_close=move || recovery.leave_for_later()>
                <div class="recovery" data-testid="recovery">
                    {move || match recovery.rescue.get() {
                        Some(rescue) => view! { <RescueView rescue /> }.into_any(),
                        None => view! { <Entries /> }.into_any(),
                    }}
                </div>
            </Dialog>
        </Show>
    }
}

#[component]
fn Entries() -> impl IntoView {
    let recovery = use_state().recovery;
    view! {
        <p>
            "Latchkey ended before it knew how these went. What moves labels is planned anew from the labels as they are \
             now, and nothing is done before you have seen the plan."
        </p>
        <ul class="recovery-entries">
            <For each=move || recovery.entries.get() key=|entry| entry.entry_id.clone() let:entry>
                <EntryLine entry />
            </For>
        </ul>
        {move || recovery.request.failure.get().map(|error| view! { <ErrorPanel error /> })}
        <footer class="dialog-actions">
            <Button on_press=move || recovery.leave_for_later()>"Decide later"</Button>
        </footer>
    }
}

#[component]
fn EntryLine(entry: JournalEntry) -> impl IntoView {
    let recovery = use_state().recovery;
    let (name, words, began_at) = (entry.secret_name.clone(), entry.operation.words(), entry.began_at);
    let connection = entry.connection_name.clone();
    let region = entry.scope.region.0.clone();
    let makes_a_plan = entry.save.is_some() || entry.stages.is_some();
    let entry = StoredValue::new(entry);
    let plan = move |way_out| recovery.plan(entry.get_value(), way_out);
    let way_outs = move || {
        view! {
            <Button busy=recovery.request.busy work=move || plan(WayOut::Finish) attr:data-testid="finish">
                "Finish…"
            </Button>
            <Button busy=recovery.request.busy work=move || plan(WayOut::Withdraw) attr:data-testid="withdraw">
                "Withdraw…"
            </Button>
        }
    };
    // DescribeSecret shows whether it was applied: there is nothing to plan.
    let look = move || {
        view! {
            <Button busy=recovery.request.busy work=move || plan(WayOut::Finish) attr:data-testid="look-up">
                "Check outcome"
            </Button>
        }
    };
    view! {
        <li class="recovery-entry" data-testid="recovery-entry" data-name=name.clone()>
            <div>
                <strong class="mono"><PlainText text=name.clone() /></strong>
                <p class="muted">
                    {words} ", begun " <Instant at=began_at /> " · " <PlainText text=connection /> " · " {region}
                </p>
            </div>
            <div class="actions">
                {if makes_a_plan { way_outs().into_any() } else { look().into_any() }}
            </div>
        </li>
    }
}

#[component]
fn RescueView(rescue: Rescue) -> impl IntoView {
    let recovery = use_state().recovery;
    let Rescue { entry, way_out, preview } = rescue;
    let name = entry.secret_name;
    let is_save = entry.save.is_some();
    let is_unread = preview.target.as_ref().is_some_and(|target| !target.was_read);
    let needs_name = is_unread || preview.needs_name;
    let name_label = match preview.needs_name {
        true => format!("This connection requires confirmation. Type {name} to continue"),
        false => format!("The version that becomes current was not read. Type {name} to continue"),
    };
    let needs_tick = preview.needs_tick;
    let steps = preview.steps.iter().map(|step| view! { <li>{step_text(step)}</li> }).collect::<Vec<_>>();
    let effects =
        preview.effects.iter().map(|effect| view! { <li>{effect.to_string()}</li> }).collect::<Vec<_>>();
    let (verb, tone) = match way_out {
        WayOut::Finish => (format!("Finish the change of {name}"), Tone::Primary),
        WayOut::Withdraw => (format!("Withdraw the change of {name}"), Tone::Danger),
    };
    let stays = (is_save && way_out == WayOut::Withdraw).then(|| {
        view! {
            <p class="muted">
                "A value that was stored stays readable by its version id until AWS purges it: no version can be deleted."
            </p>
        }
    });
    let held_name = name.clone();
    let is_held = Signal::derive(move || {
        (needs_name && recovery.typed_name.get() != held_name) || (needs_tick && !recovery.acknowledged.get())
    });
    view! {
        <ol class="recovery-steps" data-testid="recovery-steps">{steps}</ol>
        {(!effects.is_empty()).then(|| view! { <ul class="effects">{effects}</ul> })}
        {stays}
        {needs_tick
            .then(|| view! { <Checkbox label="I understand the impact." checked=recovery.acknowledged /> })}
        {needs_name
            .then(|| view! {
                <TextField label=name_label value=recovery.typed_name mono=true />
            })}
        <WriterNote through=Signal::stored(preview.writes_through) />
        {move || recovery.request.failure.get().map(|error| view! { <ErrorPanel error /> })}
        <footer class="dialog-actions">
            <Button on_press=move || recovery.back()>"Back"</Button>
            <Button
                tone
                busy=recovery.request.busy
                disabled=is_held
                work=move || recovery.apply()
                attr:data-testid="apply-recovery"
            >
                {verb}
            </Button>
        </footer>
    }
}

fn step_text(step: &StageStep) -> String {
    let label = &step.label;
    match (&step.from, &step.to) {
        (Some(from), Some(to)) => {
            format!("Move {label} from version {} to version {}.", short_id(from), short_id(to))
        }
        (None, Some(to)) => format!("Attach {label} to version {}.", short_id(to)),
        (Some(from), None) => format!("Take {label} from version {}.", short_id(from)),
        (None, None) => format!("Leave {label} where it is."),
    }
}

#[cfg(test)]
mod tests {
    use latchkey_domain::stages::StageStep;

    use super::step_text;

    #[test]
    fn a_step_is_told_in_a_sentence() {
        let step = |from: Option<&str>, to: Option<&str>| StageStep {
            label: "LIVE".into(),
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        };
        assert_eq!(step_text(&step(Some("v1"), Some("v2"))), "Move LIVE from version v1 to version v2.");
        assert_eq!(step_text(&step(Some("v1"), None)), "Take LIVE from version v1.");
    }
}
