//! Guards: what a connection may be used for, and the marks that distinguish it.

use serde::{Deserialize, Serialize};

use crate::detour::Detour;
use crate::endpoint::EndpointVariant;
use crate::scope::ConnectionId;

/// What a connection may be used for, from the loosest to the strictest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    #[default]
    Free,
    /// The name of the secret is typed for each plan that changes a value, a staging label or a deletion.
    Confirm,
    /// No write requests are sent.
    ReadOnly,
}

impl Guard {
    /// The default until the user decides: production requires confirmation.
    pub fn proposed(is_production: bool) -> Self {
        if is_production { Self::Confirm } else { Self::Free }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Free => "unrestricted",
            Self::Confirm => "confirm",
            Self::ReadOnly => "read only",
        }
    }
}

/// What identifies a connection, and what it may be used for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    pub guard: Guard,
    /// Its name, or that of its account, says that it leads to production.
    pub is_production: bool,
    /// The IAM alias of its account, if known.
    #[serde(default)]
    pub account_alias: Option<String>,
    pub colour: Option<Colour>,
    /// None: the icon of its kind.
    pub icon: Option<Emblem>,
    /// Whether a system dialog asks before a value is shown, copied or exported.
    pub reveal_asks: bool,
    /// Whether values are saved by one PutSecretValue and verified, for consumers triggered by that event.
    #[serde(default)]
    pub saves_by_put: bool,
    /// It is a vault that is open for reading only: its file or folder is read-only, or its disk was full.
    #[serde(default)]
    pub takes_no_writes: bool,
    /// Set while a profile points to a different account than at its first use: nothing is written until it is
    /// accepted.
    pub moved: Option<MovedAccount>,
    /// The connection that writes; none: this one does.
    #[serde(default)]
    pub writes_through: Option<WritesThrough>,
    /// The detours of its requests, if they do not go directly to AWS.
    #[serde(default)]
    pub detours: Vec<Detour>,
}

impl Marks {
    /// The guard for writes: the stricter of its own and that of the connection that it writes through.
    pub fn guard_of_writes(&self) -> Guard {
        let is_held = self.takes_no_writes || self.moved.is_some();
        let own = if is_held { Guard::ReadOnly } else { self.guard };
        own.max(self.writes_through.as_ref().map_or(Guard::Free, |other| other.guard))
    }

    /// Whether it goes directly to AWS, or the user trusts its routes. Nothing is sent before that.
    pub fn is_way_trusted(&self) -> bool {
        self.detours.iter().all(|detour| detour.is_trusted)
    }

    /// Whether nothing that writes is sent.
    pub fn is_read_only(&self) -> bool {
        self.guard_of_writes() == Guard::ReadOnly
    }
}

/// A connection of the same account that writes for another one: its credentials are fetched for one write alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WritesThrough {
    pub connection: ConnectionId,
    pub name: String,
    /// Its own guard; read only also while it is gone.
    pub guard: Guard,
}

/// The account that a profile led to when it was first used, and the one that it leads to now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedAccount {
    pub pinned: String,
    pub now: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    Red,
    Amber,
    Green,
    Blue,
    Violet,
}

impl Colour {
    pub const ALL: [Self; 5] = [Self::Red, Self::Amber, Self::Green, Self::Blue, Self::Violet];
}

/// An icon that a person chose for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Emblem {
    Building,
    Cloud,
    Database,
    Flask,
    Globe,
    Rocket,
    Shield,
}

/// Sets the marks of a connection. A system dialog confirms before a guard is loosened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EditConnection {
    pub connection: ConnectionId,
    /// Empty for the name that the connection has of itself.
    pub name: String,
    pub guard: Guard,
    pub colour: Option<Colour>,
    pub icon: Option<Emblem>,
    pub reveal_asks: bool,
    #[serde(default)]
    pub saves_by_put: bool,
    /// The connection of the same account whose credentials write; none: its own do.
    #[serde(default)]
    pub writes_through: Option<ConnectionId>,
    /// Which of AWS's own endpoints a saved connection sends to; none: as it is.
    #[serde(default)]
    pub variant: Option<EndpointVariant>,
    /// Where a role that is assumed sends to; empty: to the endpoint of its base; none: as it is.
    #[serde(default)]
    pub endpoint_url: Option<String>,
}

/// Accepts the account that a profile now points to, after confirmation in a system dialog.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AcceptAccount {
    pub connection: ConnectionId,
    /// The account id that was shown.
    pub account: String,
}

/// Whether a name says that it is about production: it holds `prod`, `prd` or `production` as a word that no `non` or
/// `pre` stands before.
pub fn names_production(name: &str) -> bool {
    let words = words(name);
    words.iter().enumerate().any(|(at, word)| {
        let before = at.checked_sub(1).and_then(|at| words.get(at));
        let is_denied = before.is_some_and(|word| matches!(word.as_str(), "non" | "not" | "no" | "pre"));
        matches!(word.as_str(), "prod" | "prd" | "production") && !is_denied
    })
}

/// The words of a name, in lower case: runs of letters. A capital after a small letter begins a word.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let begins = c.is_uppercase() && was_lower;
        was_lower = c.is_lowercase();
        if begins || !c.is_alphabetic() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphabetic()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_is_known_by_its_word_alone() {
        for name in [
            "prod",
            "PROD",
            "Production",
            "acme-prod",
            "prod/eu",
            "prod1",
            "my prod account",
            "acme_prd_admin",
            "AcmeProd",
            "eu.production.ops",
            "nonprod and prod",
        ] {
            assert!(names_production(name), "{name} is about production");
        }
        for name in [
            "",
            "nonprod",
            "non-prod",
            "Non Prod",
            "NonProd",
            "preprod",
            "pre-prod",
            "pre_production",
            "product",
            "products",
            "reprod",
            "prodigy",
            "staging",
            "not-prod",
        ] {
            assert!(!names_production(name), "{name} is not about production");
        }
    }

    #[test]
    fn what_stands_around_the_word_counts_only_as_far_as_it_denies_it() {
        for word in ["prod", "prd", "production", "Prod", "PRODUCTION"] {
            for mark in ["-", "_", " ", "/", ".", ":", "  ", "1"] {
                assert!(names_production(&format!("acme{mark}{word}")), "acme{mark}{word}");
                assert!(names_production(&format!("{word}{mark}acme")), "{word}{mark}acme");
                assert!(!names_production(&format!("non{mark}{word}")), "non{mark}{word}");
                assert!(!names_production(&format!("pre{mark}{word}")), "pre{mark}{word}");
            }
            assert!(!names_production(&format!("x{}", word.to_lowercase())), "x{word} is another word");
            assert!(!names_production(&format!("{}x", word.to_lowercase())), "{word}x is another word");
        }
    }

    #[test]
    fn a_write_takes_the_stricter_of_two_guards_and_with_a_moved_account_there_is_none() {
        use Guard::{Confirm, Free, ReadOnly};
        let other = |guard| WritesThrough { connection: "other".into(), name: "Other".into(), guard };
        for own in [Free, Confirm, ReadOnly] {
            let alone = Marks { guard: own, ..Marks::default() };
            assert_eq!(alone.guard_of_writes(), own, "its own counts where it writes itself");
            assert_eq!(alone.is_read_only(), own == ReadOnly);
            for its in [Free, Confirm, ReadOnly] {
                let marks = Marks { writes_through: Some(other(its)), ..alone.clone() };
                let is_read_only = own == ReadOnly || its == ReadOnly;
                let asks = own == Confirm || its == Confirm;
                let expected = if is_read_only {
                    ReadOnly
                } else if asks {
                    Confirm
                } else {
                    Free
                };
                assert_eq!(marks.guard_of_writes(), expected, "{own:?} through {its:?}");
                assert_eq!(marks.is_read_only(), is_read_only, "{own:?} through {its:?}");
            }
            let moved = MovedAccount { pinned: "111111111111".into(), now: "222222222222".into() };
            let moved = Marks { moved: Some(moved), ..alone.clone() };
            assert!(moved.is_read_only(), "nobody has accepted the account");
            assert!(Marks { takes_no_writes: true, ..alone }.is_read_only(), "nothing can be written there");
        }
    }

    #[test]
    fn a_way_is_trusted_once_each_part_of_it_is() {
        let part = |is_trusted| Detour {
            way: crate::detour::Way::Proxy { address: "proxy.example:3128".into() },
            source: "HTTPS_PROXY".into(),
            is_trusted,
        };
        for (parts, is_trusted) in [
            (vec![], true),
            (vec![true], true),
            (vec![false], false),
            (vec![true, false], false),
            (vec![false, true], false),
            (vec![true, true], true),
        ] {
            let detours = parts.iter().copied().map(part).collect();
            assert_eq!(Marks { detours, ..Marks::default() }.is_way_trusted(), is_trusted, "{parts:?}");
        }
    }

    #[test]
    fn guards_are_ordered_by_how_much_they_keep_back() {
        assert!(Guard::Free < Guard::Confirm && Guard::Confirm < Guard::ReadOnly);
        assert_eq!(Guard::proposed(true), Guard::Confirm, "production asks until somebody decides otherwise");
        assert_eq!(Guard::proposed(false), Guard::Free);
    }
}
