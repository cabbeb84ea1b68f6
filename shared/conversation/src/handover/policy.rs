//! People asked by a rule of the settings, before the bot is.

use time::{Duration, OffsetDateTime};

use super::hours::Opening;
use super::settings::{GateAction, HandoverSettings};
use crate::state::{Conversation, State};

/// So long after a handover that the bot kept, rules don't ask again.
const PAUSE: Duration = Duration::minutes(15);

/// Whether the settings want people to have the next turn instead of the bot: reason `policy`.
///
/// A rule is nobody's wish, so it stays silent where it would only get the contact a text: outside of
/// hours that are not handed over, and for a while after the bot kept the conversation.
pub fn policy_asks(
    settings: &HandoverSettings,
    conversation: &Conversation,
    now: OffsetDateTime,
) -> bool {
    let policy = &settings.policy;
    let vip = policy.vip && is_vip(conversation);
    let enough = policy
        .max_turns
        .is_some_and(|most| conversation.turns >= most);
    let is_closed = settings.opening(conversation.channel_id(), now) != Opening::Open;
    let was_kept = conversation
        .handover
        .as_ref()
        .is_some_and(|kept| now < kept.requested_at.saturating_add(PAUSE));
    (vip || enough)
        && conversation.state == State::WithBot
        && !(is_closed && settings.closed.action != GateAction::HandOver)
        && !was_kept
}

/// Whether Sparkcentral marked the contact as VIP.
pub fn is_vip(conversation: &Conversation) -> bool {
    let details = conversation.channel_details.as_ref();
    details
        .and_then(|details| details.contact_profile.as_ref())
        .is_some_and(|profile| profile.vip)
}
