//! Words for people, and how moments stand on a page.

use maud::{Markup, html};

use crate::{
    event::EventType,
    history::{Change, How, Owner, Queue, Reason},
    moment::Moment,
};

/// A moment of today or another day; `live.js` shows it in the reader's time zone.
pub(super) fn clock(at: Moment) -> Markup {
    let full = at.to_string();
    let (day, time) = (full.get(..10), full.get(11..19));
    html! {
        time.clock datetime=(full) title={ (day.unwrap_or_default()) " " (time.unwrap_or_default()) " UTC" } {
            (time.unwrap_or_default()) " UTC"
        }
    }
}

/// A moment as our own system writes it, or its text if it can't be read.
pub(super) fn clock_of(text: &str) -> Markup {
    Moment::parse(text).map_or_else(|| html! { (text) }, clock)
}

/// "Web chat", "WhatsApp": a medium by the name people have for it.
pub(super) fn medium(id: &str) -> &str {
    match id {
        "fb" => "Facebook",
        "instagram" => "Instagram",
        "linkedin" => "LinkedIn",
        "rtm" => "Web chat",
        "smooch-rtm" => "Web chat (Smooch)",
        "sms" => "SMS",
        "twit" => "Twitter",
        "whatsapp" => "WhatsApp",
        other => other,
    }
}

/// A channel and its medium, which is often its name.
pub(super) fn channel(name: &str, medium_id: &str) -> String {
    let medium = medium(medium_id);
    if name == medium {
        name.into()
    } else {
        format!("{name} · {medium}")
    }
}

pub(super) fn queue(queue: Queue) -> &'static str {
    match queue {
        Queue::New => "New",
        Queue::Pending => "Pending",
        Queue::Resolved => "Resolved",
    }
}

pub(super) fn owner(owner: Option<&Owner>) -> String {
    match owner {
        None => "nobody".into(),
        Some(Owner::VirtualAgent { id }) => format!("bot {id}"),
        Some(Owner::Human { name }) => name.clone(),
    }
}

/// One move as a sentence.
pub(super) fn moved(change: &Change) -> String {
    let to = owner(change.owner.as_ref());
    match change.reason {
        Reason::Created => "The conversation began".into(),
        Reason::WrittenAgain => "The contact wrote again".into(),
        Reason::PickedUp => format!("Picked up by {to}"),
        Reason::Taken if change.owner.is_none() => "Taken from the bot by a reply".into(),
        Reason::Taken => format!("Taken by {to}"),
        Reason::Delegated => format!("Delegated to {to}"),
        Reason::Handover => match &change.owner {
            Some(_) => format!("Handed over by the bot to {to}"),
            None => "Handed over by the bot to people".into(),
        },
        Reason::ResolvedByAgent => "Resolved by the bot".into(),
        Reason::ResolvedByHuman => resolved(change),
        Reason::WebhookFailed => "Taken from the bot: its webhook failed".into(),
        Reason::NoReply => "Taken from the bot: it was silent too long".into(),
        Reason::AutoResolved => "Resolved after a time without messages".into(),
    }
}

fn resolved(change: &Change) -> String {
    let Some(resolution) = &change.resolution else {
        return "Resolved".into();
    };
    match (&resolution.agent, resolution.how) {
        (Some(agent), _) => format!("Resolved by {agent}"),
        (None, How::Auto) => "Resolved after a time without messages".into(),
        (None, How::System) => "Resolved by Sparkcentral".into(),
        (None, How::Agent | How::Bulk) => "Resolved".into(),
    }
}

pub(super) fn event(event: EventType) -> &'static str {
    match event {
        EventType::ConversationStarted => "Conversation started",
        EventType::ConversationDelegated => "Conversation delegated",
        EventType::InboundMessageReceived => "Message received",
    }
}

/// `with_agent` as "with agent": names of our own system that have no better words here.
pub(super) fn plain(name: &str) -> String {
    name.replace(['_', '-'], " ")
}

/// The first letter in upper case.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The beginning of a text, on one line.
pub(super) fn beginning(text: &str, limit: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= limit {
        return line;
    }
    let kept: String = line.chars().take(limit).collect();
    format!("{}…", kept.trim_end())
}

/// "1 message", "2 messages".
pub(super) fn count(number: usize, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {one}s")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_beginning_is_one_line_and_says_that_it_goes_on() {
        assert_eq!(beginning(" two\n lines ", 9), "two lines");
        assert_eq!(beginning("two lines", 4), "two…");
        assert_eq!(beginning("", 4), "");
    }

    #[test]
    fn a_channel_named_after_its_medium_is_named_once() {
        assert_eq!(channel("Shop", "whatsapp"), "Shop · WhatsApp");
        assert_eq!(channel("WhatsApp", "whatsapp"), "WhatsApp");
    }

    #[test]
    fn one_of_a_thing_is_not_many() {
        assert_eq!(count(1, "message"), "1 message");
        assert_eq!(count(0, "message"), "0 messages");
    }

    proptest! {
        #[test]
        fn a_beginning_is_never_longer_than_asked_for(text in "\\PC{0,80}", limit in 1_usize..40) {
            prop_assert!(beginning(&text, limit).chars().count() <= limit + 1);
        }
    }
}
