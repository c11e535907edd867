//! Two versions side by side: read after a click, compared in the engine, masked until revealed and soon masked again.

use std::collections::BTreeSet;
use std::time::Duration;

use latchkey_domain::ApiError;
use latchkey_domain::diff::Difference;
use latchkey_domain::settings::Settings;
use latchkey_domain::value::{CompareVersions, OpenValue, Part, RevealValue, Revealed, VersionRef};
use leptos::prelude::*;

use super::hiding::hide_on_blur;
use super::request::Request;
use super::review_texts::ReviewText;
use super::timeline::Seen;
use crate::ipc;

/// The old version and the new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub left: VersionRef,
    pub right: VersionRef,
}

/// One comparison. The values are dropped once masked or closed.
#[derive(Clone, Copy)]
pub struct Comparison {
    settings: Signal<Settings>,
    pub pair: RwSignal<Option<Pair>>,
    pub difference: RwSignal<Option<Difference>>,
    /// Which version could not be read, and why.
    pub failure: RwSignal<Option<(String, ApiError)>>,
    /// Reads the versions.
    pub request: Request,
    /// The versions that were read for it, by their ids.
    pub read_ids: RwSignal<BTreeSet<String>>,
    seen: Seen,
    /// Both values, old and new, while they are in the clear.
    pub clear: RwSignal<Option<[ReviewText; 2]>>,
    /// Counts what was shown: only the newest time limit masks.
    shown: StoredValue<u32>,
}

impl Comparison {
    /// What comes to light is noted in `seen`.
    pub fn new(settings: Signal<Settings>, seen: Seen) -> Self {
        Self {
            settings,
            pair: RwSignal::default(),
            difference: RwSignal::default(),
            failure: RwSignal::default(),
            request: Request::new(),
            read_ids: RwSignal::default(),
            seen,
            clear: RwSignal::default(),
            shown: StoredValue::default(),
        }
    }

    /// Reads both versions (one GetSecretValue each, unless they are open) and shows how they differ, masked.
    pub async fn compare(self, pair: Pair) {
        self.mask();
        self.difference.set(None);
        self.pair.set(Some(pair.clone()));
        self.failure.set(None);
        let compared = async {
            // The new one first: where only it can be read, that is known at least.
            self.open(pair.right.clone()).await?;
            self.open(pair.left.clone()).await?;
            let request = CompareVersions { left: pair.left.clone(), right: pair.right.clone() };
            ipc::call(request).await.map_err(|error| (pair.right.version_id.clone(), error))
        };
        match self.request.send(compared).await {
            Some(Ok(difference)) => {
                self.seen.note_difference(&pair, &difference);
                self.difference.set(Some(difference));
            }
            Some(Err(failure)) => self.failure.set(Some(failure)),
            None => {}
        }
    }

    /// Reads one version, to know that it can be read.
    pub async fn read(self, version: VersionRef) {
        self.failure.set(None);
        if let Some(read) = self.request.send(self.open(version)).await {
            self.failure.set(read.err());
        }
    }

    async fn open(self, version: VersionRef) -> Result<(), (String, ApiError)> {
        let version_id = version.version_id.clone();
        let answer = ipc::call(OpenValue { version }).await;
        let shape = answer.map_err(|error| (version_id.clone(), error))?;
        self.seen.note_size(version_id.clone(), shape.size_bytes);
        self.read_ids.update(|read| {
            read.insert(version_id);
        });
        Ok(())
    }

    /// Shows both values in the clear until their time is over.
    pub async fn reveal(self) {
        let Some(pair) = self.pair.get_untracked() else { return };
        self.failure.set(None);
        let mut texts = Vec::with_capacity(2);
        for version in [&pair.left, &pair.right] {
            match ipc::call(RevealValue { version: version.clone(), part: Part::Source }).await {
                Ok(Revealed::Text(text)) => texts.push(ReviewText::new(&text)),
                // Bytes are compared by size and fingerprint; there is nothing to read in them.
                Ok(_) => return,
                Err(error) => return self.failure.set(Some((version.version_id.clone(), error))),
            }
        }
        if self.pair.with_untracked(|now| now.as_ref() == Some(&pair)) {
            self.clear.set(texts.try_into().ok());
            self.mask_in_time();
        }
    }

    /// What is in the clear of one side's value or lines; tracks.
    pub fn text_of(self, is_new: bool, read: impl FnOnce(&ReviewText) -> Option<String>) -> Option<String> {
        self.clear.with(|clear| read(&clear.as_ref()?[usize::from(is_new)]))
    }

    /// Puts the values out of sight.
    pub fn mask(self) {
        self.clear.set(None);
    }

    /// Forgets everything.
    pub fn close(self) {
        self.mask();
        self.pair.set(None);
        self.difference.set(None);
        self.failure.set(None);
        self.read_ids.update(BTreeSet::clear);
        self.request.forget();
    }

    /// Masks when the window loses the focus and the settings say so. Lasts as long as the owner.
    pub fn follow(self) {
        hide_on_blur(self.settings, move || self.mask());
    }

    fn mask_in_time(self) {
        let shown = self.shown.get_value() + 1;
        self.shown.set_value(shown);
        let seconds = self.settings.with_untracked(|settings| settings.hide_after_seconds);
        set_timeout(
            move || {
                if self.shown.try_get_value() == Some(shown) {
                    self.mask();
                }
            },
            Duration::from_secs(seconds.into()),
        );
    }
}
