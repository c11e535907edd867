//! *Settings*: changes apply immediately.

use std::collections::BTreeMap;

use latchkey_domain::catalog::Column;
use latchkey_domain::settings::{Settings, Theme};
use leptos::prelude::*;

use crate::parts::{Button, Dialog, Segments, Select, Switch};
use crate::state::dialogs::NamedDialog;
use crate::state::use_state;

const HIDE_AFTER_SECONDS: &[u32] = &[15, 30, 60, 120, 300];
const CLEAR_AFTER_SECONDS: &[u32] = &[10, 30, 60, 120];
const LOCK_AFTER_MINUTES: &[u32] = &[0, 1, 5, 10, 30, 60];
const REQUEST_SHARE_PERCENT: &[u32] = &[5, 10, 20, 50, 100];

/// The dialog; open for as long as it is mounted.
#[component]
pub fn SettingsDialog() -> impl IntoView {
    let dialogs = use_state().dialogs;
    view! {
        <Dialog title="Settings" on_close=move || dialogs.close()>
            <div class="settings" data-testid="settings-page">
                <ThemeSetting />
                <ValueSettings />
                <LockSettings />
                <RequestSettings />
                <ColumnSettings />
                <RotationFunctions />
            </div>
        </Dialog>
    }
}

#[component]
fn ThemeSetting() -> impl IntoView {
    let preferences = use_state().preferences;
    let theme = Signal::derive(move || match preferences.settings.with(|settings| settings.theme) {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    });
    let choose = move |chosen| {
        preferences.change(|settings| {
            settings.theme = match chosen {
                "light" => Theme::Light,
                "dark" => Theme::Dark,
                _ => Theme::System,
            };
        });
    };
    view! {
        <Segments
            label="Theme"
            options=&[("system", "System"), ("light", "Light"), ("dark", "Dark")]
            value=theme
            on_change=choose
        />
    }
}

#[component]
fn ValueSettings() -> impl IntoView {
    let preferences = use_state().preferences;
    let hide_on_blur = Signal::derive(move || preferences.settings.with(|settings| settings.hide_on_blur));
    view! {
        <section class="settings-group">
            <h3>"Values"</h3>
            <Switch
                label="Hide revealed values when the window loses focus"
                on=hide_on_blur
                on_change=move |on| preferences.change(|settings| settings.hide_on_blur = on)
            />
            <NumberSetting
                label="Hide revealed values after"
                offered=HIDE_AFTER_SECONDS
                text=seconds_text
                read=|settings| settings.hide_after_seconds
                write=|settings, seconds| settings.hide_after_seconds = seconds
            />
            <NumberSetting
                label="Clear the clipboard after"
                offered=CLEAR_AFTER_SECONDS
                text=seconds_text
                read=|settings| settings.clear_clipboard_after_seconds
                write=|settings, seconds| settings.clear_clipboard_after_seconds = seconds
            />
        </section>
    }
}

#[component]
fn LockSettings() -> impl IntoView {
    let state = use_state();
    let preferences = state.preferences;
    let has_passphrase = move || state.lock.has_passphrase();
    let with_screen = Signal::derive(move || preferences.settings.with(|settings| settings.lock_with_screen));
    view! {
        <section class="settings-group" data-testid="lock-settings">
            <h3>"Lock"</h3>
            <NumberSetting
                label="Lock after inactivity"
                offered=LOCK_AFTER_MINUTES
                text=minutes_text
                read=|settings| settings.lock_after_minutes
                write=|settings, minutes| settings.lock_after_minutes = minutes
            />
            <Switch
                label="Lock when the screen locks and before sleep"
                on=with_screen
                on_change=move |on| preferences.change(|settings| settings.lock_with_screen = on)
            />
            <p class="field-note">
                {move || {
                    if has_passphrase() {
                        "A passphrase is set. While locked, Latchkey holds no keys, clients or values. It also starts \
                         locked."
                    } else {
                        "No passphrase is set. The lock only hides the window, and one click opens it."
                    }
                }}
            </p>
            <div class="actions">
                <Button on_press=move || state.dialogs.open(NamedDialog::LockPassphrase)>
                    {move || if has_passphrase() { "Change or remove the passphrase…" } else { "Set a passphrase…" }}
                </Button>
            </div>
        </section>
    }
}

#[component]
fn RequestSettings() -> impl IntoView {
    view! {
        <section class="settings-group">
            <h3>"Requests"</h3>
            <NumberSetting
                label="Maximum share of AWS's request quotas"
                offered=REQUEST_SHARE_PERCENT
                text=|percent| format!("{percent} %")
                read=|settings| settings.request_share_percent
                write=|settings, percent| settings.request_share_percent = percent
            />
            <p class="field-note">
                "AWS's quotas apply to all requests in an account and Region, so rotation, Terraform and other \
                 operators need their share. Requests above this share are queued. The local vault has no quotas."
            </p>
        </section>
    }
}

/// One of a few numbers. One that was written into the file by hand is offered too.
#[component]
fn NumberSetting(
    label: &'static str,
    offered: &'static [u32],
    text: fn(u32) -> String,
    read: fn(&Settings) -> u32,
    write: fn(&mut Settings, u32),
) -> impl IntoView {
    let preferences = use_state().preferences;
    let number = Memo::new(move |_| preferences.settings.with(read));
    let options = Signal::derive(move || {
        let mut all = offered.to_vec();
        all.push(number.get());
        all.sort_unstable();
        all.dedup();
        all.into_iter().map(|number| (number.to_string(), text(number))).collect::<Vec<_>>()
    });
    let choose = move |chosen: String| {
        if let Ok(number) = chosen.parse() {
            preferences.change(|settings| write(settings, number));
        }
    };
    view! { <Select label options value=Signal::derive(move || number.get().to_string()) on_change=choose /> }
}

fn minutes_text(minutes: u32) -> String {
    if minutes == 0 { "Never".into() } else { seconds_text(minutes * 60) }
}

fn seconds_text(seconds: u32) -> String {
    match seconds {
        60 => "1 minute".into(),
        minutes if minutes > 60 && minutes % 60 == 0 => format!("{} minutes", minutes / 60),
        1 => "1 second".into(),
        _ => format!("{seconds} seconds"),
    }
}

#[component]
fn ColumnSettings() -> impl IntoView {
    let state = use_state();
    let boxes = Column::ALL
        .into_iter()
        .filter(|column| *column != Column::Name)
        .map(|column| {
            let on = Signal::derive(move || {
                state.preferences.settings.with(|settings| settings.columns.contains(&column))
            });
            let toggle = move |_| state.catalog.toggle_column(column);
            view! { <Switch label=column.title() on on_change=toggle /> }
        })
        .collect::<Vec<_>>();
    view! {
        <section class="settings-group">
            <h3>"List columns"</h3>
            <div class="settings-columns">{boxes}</div>
        </section>
    }
}

/// The user's programs that the local vault calls; read from the file only.
#[component]
fn RotationFunctions() -> impl IntoView {
    let preferences = use_state().preferences;
    let functions =
        Memo::new(move |_| preferences.settings.with(|settings| settings.rotation_functions.clone()));
    view! {
        <section class="settings-group" data-testid="rotation-functions">
            <h3>"Rotation functions of the local vault"</h3>
            <p class="field-note">
                "Your own programs that rotate secrets in the local vault. They are defined in settings.toml, under \
                 [rotation_functions] as NAME = \"command\", and cannot be set from this window, so that no web page \
                 can start a program. docs/rotation.md shows how to call a Lambda handler."
            </p>
            <Show
                when=move || !functions.with(BTreeMap::is_empty)
                fallback=|| view! { <p class="muted">"None registered other than GenericPasswordRotation."</p> }
            >
                <dl class="facts">
                    {move || {
                        functions
                            .get()
                            .into_iter()
                            .map(|(name, command)| {
                                view! {
                                    <dt><code class="breakable">{name}</code></dt>
                                    <dd><code class="breakable">{command}</code></dd>
                                }
                            })
                            .collect_view()
                    }}
                </dl>
            </Show>
            <div class="actions">
                <Button work=move || preferences.load()>"Reload settings file"</Button>
            </div>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::seconds_text;

    #[test]
    fn seconds_read_as_a_person_says_them() {
        for (seconds, text) in
            [(1, "1 second"), (15, "15 seconds"), (60, "1 minute"), (90, "90 seconds"), (300, "5 minutes")]
        {
            assert_eq!(seconds_text(seconds), text);
        }
    }
}
