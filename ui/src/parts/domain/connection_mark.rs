//! What identifies a connection wherever it is named: icon, colour, guard and route.

use icondata_core::IconData;
use latchkey_domain::connection::{Connection, ConnectionKind};
use latchkey_domain::detour::{Detour, Way};
use latchkey_domain::guard::{Colour, Emblem, Guard, Marks};
use leptos::prelude::*;

use crate::parts::controls::{Badge, BadgeTone, Icon, lucide};
/// The icon that was chosen, or that of the kind.
pub fn icon_of(connection: &Connection) -> &'static IconData {
    connection.marks.icon.map_or_else(|| kind_icon(&connection.kind), emblem_icon)
}

pub fn emblem_icon(emblem: Emblem) -> &'static IconData {
    match emblem {
        Emblem::Building => lucide::LuBuilding2,
        Emblem::Cloud => lucide::LuCloud,
        Emblem::Database => lucide::LuDatabase,
        Emblem::Flask => lucide::LuFlaskConical,
        Emblem::Globe => lucide::LuGlobe,
        Emblem::Rocket => lucide::LuRocket,
        Emblem::Shield => lucide::LuShield,
    }
}

fn kind_icon(kind: &ConnectionKind) -> &'static IconData {
    match kind {
        ConnectionKind::LocalVault { .. } | ConnectionKind::VaultFile { .. } => lucide::LuVault,
        ConnectionKind::AccessKey { .. } => lucide::LuKeyRound,
        ConnectionKind::Environment { .. } => lucide::LuTerminal,
        ConnectionKind::AssumedRole { .. } => lucide::LuDrama,
        ConnectionKind::SsoRole { .. } => lucide::LuBuilding2,
        ConnectionKind::Profile { .. } => lucide::LuUserRound,
    }
}

/// The name of a colour, which is its class after `mark-` too.
pub fn colour_key(colour: Option<Colour>) -> &'static str {
    match colour {
        None => "none",
        Some(Colour::Red) => "red",
        Some(Colour::Amber) => "amber",
        Some(Colour::Green) => "green",
        Some(Colour::Blue) => "blue",
        Some(Colour::Violet) => "violet",
    }
}

/// The class of what is drawn in the connection's colour.
pub fn mark_class(marks: &Marks) -> String {
    format!("mark-{}", colour_key(marks.colour))
}

/// What a connection's marks say in words; none for one that is neither guarded nor of production.
pub fn mark_words(marks: &Marks) -> Option<String> {
    let guard = Some(marks.guard).filter(|_| marks.moved.is_some()).unwrap_or(marks.guard_of_writes());
    let guard = (guard != Guard::Free).then_some(guard.words());
    let production = marks.is_production.then_some("production");
    let moved = marks.moved.as_ref().map(|_| "another account");
    let words: Vec<_> = production.into_iter().chain(guard).chain(moved).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// Why a connection that lets nothing be written does not.
pub fn held_words(marks: &Marks) -> &'static str {
    if marks.moved.is_some() {
        "This profile now points to another account, so nothing can be changed here."
    } else if marks.takes_no_writes {
        "This vault is open for reading only: its file or folder is read-only, or its disk was full. Change that, then \
         start Latchkey again."
    } else {
        "This connection is read only, so nothing can be changed here. Edit the connection to loosen its guard."
    }
}

/// Endpoint, proxy or CA bundle if requests do not go directly to AWS; if some are not trusted, only those.
pub fn way_words(marks: &Marks) -> Option<String> {
    let (trusted, untrusted): (Vec<_>, Vec<_>) = marks.detours.iter().partition(|detour| detour.is_trusted);
    let kinds =
        |detours: &[&Detour]| detours.iter().map(|detour| detour.way.kind()).collect::<Vec<_>>().join(", ");
    match (trusted.is_empty(), untrusted.is_empty()) {
        (true, true) => None,
        (_, true) => Some(kinds(&trusted)),
        _ => Some(format!("{} not trusted", kinds(&untrusted))),
    }
}

/// The icon of a connection in its colour.
#[component]
pub fn ConnectionIcon(#[prop(into)] connection: Signal<Option<Connection>>) -> impl IntoView {
    let icon = Signal::derive(move || {
        connection.with(|connection| connection.as_ref().map_or(lucide::LuUnplug, icon_of))
    });
    let class = move || {
        connection.with(|connection| {
            let class = connection.as_ref().map(|connection| mark_class(&connection.marks));
            format!("connection-mark {}", class.unwrap_or_default())
        })
    };
    view! { <span class=class><Icon icon /></span> }
}

/// The marks of a connection in words.
#[component]
pub fn GuardBadge(#[prop(into)] marks: Signal<Marks>) -> impl IntoView {
    move || {
        let marks = marks.get();
        let tone =
            if marks.is_production || marks.moved.is_some() { BadgeTone::Red } else { BadgeTone::Amber };
        mark_words(&marks).map(|words| view! { <Badge tone attr:data-testid="guard-badge">{words}</Badge> })
    }
}

/// The way of a connection in words, each of its detours in full where the pointer rests.
#[component]
pub fn WayBadge(#[prop(into)] marks: Signal<Marks>) -> impl IntoView {
    move || {
        let marks = marks.get();
        let tone = if marks.is_way_trusted() { BadgeTone::Neutral } else { BadgeTone::Amber };
        let title = marks.detours.iter().map(detour_words).collect::<Vec<_>>().join("\n");
        let words = way_words(&marks);
        words.map(|words| view! { <Badge tone attr:data-testid="way-badge" attr:title=title>{words}</Badge> })
    }
}

/// One detour, in full.
pub fn detour_words(detour: &Detour) -> String {
    let condition = if detour.is_trusted { "" } else { ", not trusted yet" };
    let source = &detour.source;
    match &detour.way {
        Way::Endpoint { url } => format!("Endpoint: {url} (set by {source}){condition}"),
        Way::Proxy { address } => format!("Proxy: {address} (set by {source}){condition}"),
        bundle @ Way::CaBundle { .. } => {
            format!("CA bundle: {} (set by {source}){condition}", bundle.words())
        }
    }
}

#[cfg(test)]
mod tests {
    use latchkey_domain::guard::{MovedAccount, WritesThrough};

    use super::*;

    #[test]
    fn a_guard_is_told_in_words_and_a_free_connection_needs_none() {
        let marks = |guard, is_production| Marks { guard, is_production, ..Marks::default() };
        assert_eq!(mark_words(&marks(Guard::Free, false)), None);
        assert_eq!(mark_words(&marks(Guard::ReadOnly, false)).as_deref(), Some("read only"));
        assert_eq!(mark_words(&marks(Guard::Confirm, true)).as_deref(), Some("production, confirm"));
        assert_eq!(mark_words(&marks(Guard::Free, true)).as_deref(), Some("production"));
        let account = MovedAccount { pinned: "123456789012".into(), now: "210987654321".into() };
        let moved = Marks { moved: Some(account), ..Marks::default() };
        assert_eq!(mark_words(&moved).as_deref(), Some("another account"));
        let on_a_disc = Marks { takes_no_writes: true, ..Marks::default() };
        assert_eq!(mark_words(&on_a_disc).as_deref(), Some("read only"));
        assert!(!held_words(&on_a_disc).contains("guard"), "its guard keeps nothing back");
        let other = WritesThrough { connection: "admin".into(), name: "Admin".into(), guard: Guard::Confirm };
        let elevated = Marks { writes_through: Some(other), ..Marks::default() };
        assert_eq!(mark_words(&elevated).as_deref(), Some("confirm"), "the stricter of the two");
    }

    #[test]
    fn a_way_that_is_not_trusted_is_told_before_those_that_are() {
        let detour = |way, is_trusted| Detour { way, source: "HTTPS_PROXY".into(), is_trusted };
        let proxy = |is_trusted| detour(Way::Proxy { address: "proxy.example:3128".into() }, is_trusted);
        let endpoint = |is_trusted| detour(Way::Endpoint { url: "https://vpce.example".into() }, is_trusted);
        let words = |detours| way_words(&Marks { detours, ..Marks::default() });
        assert_eq!(words(Vec::new()), None, "straight to AWS");
        assert_eq!(words(vec![endpoint(true), proxy(true)]).as_deref(), Some("endpoint, proxy"));
        assert_eq!(words(vec![endpoint(true), proxy(false)]).as_deref(), Some("proxy not trusted"));
        assert_eq!(
            detour_words(&proxy(false)),
            "Proxy: proxy.example:3128 (set by HTTPS_PROXY), not trusted yet"
        );
    }
}
