//! Texts of Sparkbridge's own, as replies.

use time::{Duration, OffsetDateTime};

use crate::action::Action;
use crate::agent::AgentSettings;
use crate::delivery::{Delivery, OutboundReply, ReplySource};
use crate::plan::Plan;
use crate::state::Conversation;
use crate::turn::Answer;

/// A text for the contact as replies: one, or several where it is longer than the medium takes. The
/// first has the id, the others `{id}.2` and so on.
pub fn own_text(
    text: &str,
    id: &str,
    about: &str,
    conversation: &Conversation,
    settings: &AgentSettings,
    now: OffsetDateTime,
) -> Vec<OutboundReply> {
    let answer = Answer {
        actions: vec![Action::say(text)],
        session: None,
    };
    let features = settings.features();
    let planned_for = conversation.plan_for(&features, &settings.messages, id);
    // Refused is only what is longer than any operator writes.
    let plan = Plan::of(&answer, &planned_for).unwrap_or_default();
    let replies = plan.replies.into_iter().zip(1_u32..);
    replies
        .map(|(planned, place)| OutboundReply {
            id: match place {
                1 => id.to_owned(),
                place => format!("{id}.{place}"),
            },
            episode: conversation.episode,
            source: ReplySource::Sparkbridge {
                about: about.to_owned(),
            },
            reply: planned.reply,
            upload: planned.upload,
            // A nanosecond apart: the transcript is sorted by time.
            created_at: now + Duration::nanoseconds(i64::from(place)),
            attempts: 0,
            doubted: false,
            delivery: Delivery::Pending,
        })
        .collect()
}
