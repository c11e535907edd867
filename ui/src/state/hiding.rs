//! When revealed values are masked again: after a timeout, and when the window loses the focus.

use std::time::Duration;

use latchkey_domain::settings::Settings;
use leptos::prelude::*;

/// How often it is looked whether something is due.
const TICK: Duration = Duration::from_millis(250);

/// Calls `tick` again and again while something is in the clear. Lasts as long as the owner.
pub fn tick_while(is_clear: Memo<bool>, tick: impl Fn() + Copy + 'static) {
    Effect::new(move |ticking: Option<Option<IntervalHandle>>| {
        if let Some(Some(ticking)) = ticking {
            ticking.clear();
        }
        is_clear.get().then(|| set_interval_with_handle(tick, TICK).ok())?
    });
}

/// Calls `hide` when the window loses the focus, if the settings say so. The `blur` event counts: without a window
/// manager a window never reports to have focus. Lasts as long as the owner.
pub fn hide_on_blur(settings: Signal<Settings>, hide: impl Fn() + 'static) {
    let on_blur = window_event_listener(leptos::ev::blur, move |_| lose_focus(settings, &hide));
    on_cleanup(move || on_blur.remove());
}

/// The window lost the focus.
pub(super) fn lose_focus(settings: Signal<Settings>, hide: impl FnOnce()) {
    if settings.with_untracked(|settings| settings.hide_on_blur) {
        hide();
    }
}
