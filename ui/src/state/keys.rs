//! The keys of the window, in one table: what they do is taken from it, and the help lists it.

/// What a key asks the window for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAction {
    FocusSearch,
    ShowKeys,
    Refresh,
    CreateSecret,
    OpenSecret,
    EditValue,
    ReviewValue,
    ShowSettings,
    ShowJournal,
    Lock,
    Leave,
}

/// One key of the whole window.
pub struct Shortcut {
    /// As the browser names it.
    pub key: &'static str,
    /// With Ctrl, or with the command key of a Mac.
    pub ctrl: bool,
    pub key_action: KeyAction,
    /// As it is written in the help.
    pub shown: &'static str,
    pub words: &'static str,
}

/// The keys that work everywhere. Those without Ctrl are letters while somebody types.
pub const SHORTCUTS: &[Shortcut] = &[
    shortcut("/", false, KeyAction::FocusSearch, "/", "Go to the search box"),
    shortcut("F5", false, KeyAction::Refresh, "F5", "Refresh the list"),
    shortcut("n", true, KeyAction::CreateSecret, "Ctrl N", "Create a secret"),
    shortcut("o", true, KeyAction::OpenSecret, "Ctrl O", "Open a secret by name, ARN or URL"),
    shortcut("e", true, KeyAction::EditValue, "Ctrl E", "Edit the value of the open secret"),
    shortcut("s", true, KeyAction::ReviewValue, "Ctrl S", "Review the edit before it is saved"),
    shortcut("j", true, KeyAction::ShowJournal, "Ctrl J", "Show the journal"),
    shortcut(",", true, KeyAction::ShowSettings, "Ctrl ,", "Open the settings"),
    shortcut("L", true, KeyAction::Lock, "Ctrl Shift L", "Lock Latchkey"),
    shortcut("?", false, KeyAction::ShowKeys, "?", "Show keyboard shortcuts"),
    shortcut(
        "Escape",
        false,
        KeyAction::Leave,
        "Esc",
        "Close the topmost dialog or menu, or the open secret",
    ),
];

/// Keys that belong to one place and are handled there: the place, and pairs of key and words.
pub const LOCAL_KEYS: &[(&str, &[(&str, &str)])] = &[
    (
        "In the list",
        &[
            ("↑ ↓", "Move up or down"),
            ("Page Up, Page Down", "Move a page up or down"),
            ("Home, End", "Go to the first or the last secret"),
            ("Enter", "Open the secret"),
        ],
    ),
    (
        "In the tree",
        &[
            ("→ ←", "Expand or collapse a branch, move in or out"),
            ("Enter", "Show the secrets below the branch"),
        ],
    ),
    (
        "In the search box",
        &[
            ("↑ ↓", "Move through the suggestions"),
            ("Enter", "Accept the suggestion, or turn the words into filters"),
            ("Backspace", "In the empty box: turn the last filter into words again"),
            ("←", "In the empty box: go to the filters, where Delete removes one"),
        ],
    ),
    (
        "While editing a value",
        &[
            ("Alt ↑, Alt ↓", "Move the row up or down"),
            ("Esc", "Leave the editor; asks before discarding changes"),
        ],
    ),
    (
        "Between panes",
        &[("← →", "Move the focused divider"), ("Home, End", "Make the pane as narrow or wide as possible")],
    ),
];

/// What a key press means; `typing` when it goes to a field.
pub fn key_action(key: &str, ctrl: bool, typing: bool) -> Option<KeyAction> {
    let is_letter = key.chars().count() == 1 && !ctrl;
    if typing && is_letter {
        return None;
    }
    SHORTCUTS
        .iter()
        .find(|shortcut| shortcut.key == key && shortcut.ctrl == ctrl)
        .map(|found| found.key_action)
}

const fn shortcut(
    key: &'static str,
    ctrl: bool,
    key_action: KeyAction,
    shown: &'static str,
    words: &'static str,
) -> Shortcut {
    Shortcut { key, ctrl, key_action, shown, words }
}

#[cfg(test)]
mod tests {
    use super::{KeyAction, SHORTCUTS, key_action};

    #[test]
    fn letters_are_letters_while_somebody_types() {
        assert_eq!(key_action("/", false, false), Some(KeyAction::FocusSearch));
        assert_eq!(key_action("/", false, true), None, "a path is typed with slashes");
        assert_eq!(key_action("?", false, true), None);
        assert_eq!(key_action("F5", false, true), Some(KeyAction::Refresh), "F5 is no letter");
        assert_eq!(key_action("n", true, true), Some(KeyAction::CreateSecret));
        assert_eq!(key_action("n", false, false), None, "a letter alone does nothing");
    }

    #[test]
    fn no_key_is_given_twice() {
        for (at, shortcut) in SHORTCUTS.iter().enumerate() {
            let same = |other: &&super::Shortcut| other.key == shortcut.key && other.ctrl == shortcut.ctrl;
            assert!(
                !SHORTCUTS[at + 1..].iter().any(|other| same(&other)),
                "{} is given twice",
                shortcut.shown
            );
        }
    }
}
