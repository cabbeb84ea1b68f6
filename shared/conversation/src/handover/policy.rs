//! People asked because of the settings, instead of the bot.

use time::{Duration, OffsetDateTime};

use super::HandoverReason;
use super::hours::Opening;
use super::settings::{GateAction, HandoverSettings};
use crate::agent::AgentSettings;
use crate::state::{Conversation, State};

/// So long after a handover that the bot kept, rules don't ask again.
const PAUSE: Duration = Duration::minutes(15);

/// Why the settings want people to have the next turn of a conversation with the bot, if they do.
///
/// A pause asks at any hour and every time: nobody else would answer. What the contact is told then is
/// the gate's to decide, as always.
pub fn asks_people(
    settings: &AgentSettings,
    conversation: &Conversation,
    now: OffsetDateTime,
) -> Option<HandoverReason> {
    if settings.paused {
        return (conversation.state == State::WithBot).then_some(HandoverReason::AgentPaused);
    }
    policy_asks(&settings.handover, conversation, now).then_some(HandoverReason::Policy)
}

/// Whether a rule of the settings wants people to have the next turn instead of the bot: reason `policy`.
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
