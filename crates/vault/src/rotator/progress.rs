//! How a rotation goes on in the store: what begins when a window opens, and what a failure and a success leave.

use latchkey_domain::stages::CURRENT;
use uuid::Uuid;

use crate::call::Call;
use crate::fault::Fault;
use crate::rotation::schedule::{Opening, look_at, window_after};
use crate::store::rotations::{OneSecret, Rotation};
use crate::store::secrets::Secret;

/// Tries of one rotation, the first one included.
const MAX_TRIES: i64 = 5;
/// Before the second try; three times as long before each further one.
const FIRST_PAUSE_MILLIS: i64 = 10_000;

/// One try to rotate a secret, or to test that it would work.
#[derive(Debug, Clone)]
pub struct Try {
    pub secret: OneSecret,
    pub token: String,
    pub lambda_arn: String,
    pub is_test: bool,
}

/// Looks at a secret whose time may have come: opens its window, and says what is to be tried now.
pub fn next_try(call: &Call<'_>, place: &OneSecret) -> Result<Option<Try>, Fault> {
    let Some((secret, mut rotation)) = live(call, place)? else { return Ok(None) };
    let now = call.now_millis();
    // The window of a try under way closed while the vault was: the next one tries again.
    if rotation.try_until.is_some_and(|until| until <= now) {
        rotation.end();
    }
    let is_test_under_way = rotation.is_test && rotation.try_at.is_some();
    if !is_test_under_way {
        open_window(call, &secret, &mut rotation)?;
    }
    call.rows.save_rotation(&secret, &rotation)?;
    let Rotation { token: Some(token), try_at: Some(try_at), .. } = &rotation else { return Ok(None) };
    Ok((*try_at <= now).then(|| Try {
        secret: place.clone(),
        token: token.clone(),
        lambda_arn: rotation.lambda_arn.clone(),
        is_test: rotation.is_test,
    }))
}

/// Begins a rotation if its window is open. One that was begun before and given up goes on with its token.
fn open_window(call: &Call<'_>, secret: &Secret, rotation: &mut Rotation) -> Result<(), Fault> {
    let now = call.now_millis();
    let due = rotation.next.filter(|next| rotation.is_enabled && next.opens_at <= now);
    let Some(next) = due else { return Ok(()) };
    match look_at(rotation, next, now)? {
        Opening::Missed => {
            rotation.missed_at = rotation.missed_at.or(Some(next.opens_at));
            rotation.next = window_after(rotation, now)?;
        }
        Opening::Open(window) => {
            rotation.next = window_after(rotation, window.opens_at)?;
            if rotation.try_at.is_none() {
                let token = match call.rows.stuck_version(secret)? {
                    Some(token) => token,
                    None => {
                        let token = Uuid::new_v4().to_string();
                        call.rows.insert_pending(secret, &token, now)?;
                        token
                    }
                };
                rotation.begin(&token, false, now, Some(window.closes_at));
            }
        }
    }
    Ok(())
}

/// The secret and its rotation; nothing of one that was deleted or is scheduled for it.
fn live(call: &Call<'_>, place: &OneSecret) -> Result<Option<(Secret, Rotation)>, Fault> {
    let secret = call.rows.with_arn(&place.arn)?.filter(|secret| secret.deleted_at.is_none());
    let Some(secret) = secret else { return Ok(None) };
    Ok(call.rows.rotation(&secret)?.map(|rotation| (secret, rotation)))
}

/// The secret and its rotation, if the try still stands: it may have been cancelled.
fn standing(call: &Call<'_>, tried: &Try) -> Result<Option<(Secret, Rotation)>, Fault> {
    Ok(live(call, &tried.secret)?.filter(|(_, rotation)| rotation.is_under_way(&tried.token)))
}

pub fn stands(call: &Call<'_>, tried: &Try) -> Result<bool, Fault> {
    Ok(standing(call, tried)?.is_some())
}

/// Leaves labels and versions as they are, and says when the next try is, in milliseconds since 1970.
pub fn fail(call: &Call<'_>, tried: &Try) -> Result<Option<i64>, Fault> {
    let Some((secret, mut rotation)) = standing(call, tried)? else { return Ok(None) };
    rotation.tries += 1;
    let pause = (1..rotation.tries).fold(FIRST_PAUSE_MILLIS, |pause, _| pause * 3);
    let try_at = call.now_millis() + pause;
    let is_too_late = rotation.try_until.is_some_and(|until| until <= try_at);
    if tried.is_test {
        call.rows.remove_version(&secret, &tried.token)?;
        rotation.end();
    } else if rotation.tries >= MAX_TRIES || is_too_late {
        rotation.end();
    } else {
        rotation.try_at = Some(try_at);
    }
    call.rows.save_rotation(&secret, &rotation)?;
    Ok(rotation.try_at)
}

/// Ends a rotation after its last step; `false` if that step left AWSCURRENT on another version.
pub fn succeed(call: &Call<'_>, tried: &Try) -> Result<bool, Fault> {
    let Some((mut secret, mut rotation)) = standing(call, tried)? else { return Ok(true) };
    let now = call.now_millis();
    if tried.is_test {
        call.rows.remove_version(&secret, &tried.token)?;
    } else {
        if call.rows.holder(&secret, CURRENT)?.as_ref() != Some(&tried.token) {
            return Ok(false);
        }
        rotation.last_rotated_at = Some(now);
        rotation.count(now);
        rotation.next = if rotation.is_enabled { window_after(&rotation, now)? } else { None };
        call.rows.drop_old_versions(&secret, now)?;
        call.save_changed(&mut secret)?;
    }
    rotation.end();
    call.rows.save_rotation(&secret, &rotation)?;
    Ok(true)
}
