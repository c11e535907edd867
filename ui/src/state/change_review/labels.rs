//! Moves of labels under review: other choices, and what consumers will read.

use latchkey_domain::stages::CURRENT;
use latchkey_domain::value::VersionRef;

use super::*;
use crate::state::comparison::Pair;

impl ChangeReview {
    /// Shows what a move of labels of the open secret would do. Nothing is written, no value is read.
    pub fn propose_move(self, change: StageChange) {
        spawn_local(async move {
            if let Err(error) = self.try_propose_move(change).await {
                self.toasts.failed(&error);
            }
        });
    }

    /// The same, with the refusal as the answer: for a form that shows it.
    pub async fn try_propose_move(self, change: StageChange) -> Result<(), ApiError> {
        match self.detail.target_untracked() {
            Some(target) => self.try_propose_move_of(target, change).await,
            None => Ok(()),
        }
    }

    /// The same for a secret that need not be open.
    pub async fn try_propose_move_of(self, target: Target, change: StageChange) -> Result<(), ApiError> {
        let moved = AnyChange::MoveLabels(LabelMove { change, keep_under: None });
        self.begin(target, moved, Review::Always, Callback::new(|()| ())).await
    }

    /// Plans the same secret's move anew, with another choice.
    pub fn choose(self, change: StageChange) {
        self.plan_otherwise(|moved| LabelMove { change, ..moved });
    }

    /// Keeps the version that would lose its last label under a new one, or not.
    pub fn keep_under(self, keep_under: Option<String>) {
        self.plan_otherwise(|moved| LabelMove { keep_under, ..moved });
    }

    fn plan_otherwise(self, other: impl FnOnce(LabelMove) -> LabelMove) {
        let Some(reviewed) = self.open.get_untracked().filter(|_| !self.request.is_busy()) else { return };
        let Some(before) = reviewed.labels().map(|preview| preview.moved.clone()) else { return };
        let wanted = other(before.clone());
        if wanted == before {
            return;
        }
        let Reviewed { target, on_applied, .. } = reviewed;
        spawn_local(async move {
            let request = of_one(&target, AnyChange::MoveLabels(wanted));
            if let Err(error) = self.plan(target, request, Review::Always, on_applied).await {
                self.request.fail(error);
            }
        });
    }

    /// Reads the version that would become current, after a click: its KMS key may be unavailable.
    pub async fn check_target(self) {
        if let Some(pair) = self.pair() {
            self.comparison.read(pair.right).await;
        }
    }

    /// Reads the current and the future AWSCURRENT, and shows how they differ.
    pub async fn compare(self) {
        if let Some(pair) = self.pair() {
            self.comparison.compare(pair).await;
        }
    }

    /// Whether the version that would become current is known to be readable; tracks.
    pub fn is_target_readable(self) -> bool {
        self.open.with(|open| {
            let target = open.as_ref().and_then(Reviewed::labels).and_then(|preview| preview.target.as_ref());
            target.is_none_or(|target| {
                target.was_read || self.comparison.read_ids.with(|read| read.contains(&target.version_id))
            })
        })
    }

    /// What consumers read now, and after the move.
    fn pair(self) -> Option<Pair> {
        self.open.with_untracked(|open| {
            let reviewed = open.as_ref()?;
            let preview = reviewed.labels()?;
            let version = |version_id: &str| VersionRef {
                scope: reviewed.target.scope.clone(),
                secret_id: reviewed.target.secret_id.clone(),
                version_id: version_id.to_owned(),
            };
            let then = &preview.target.as_ref()?.version_id;
            Some(Pair { left: preview.before.holder(CURRENT).map(version)?, right: version(then) })
        })
    }
}
