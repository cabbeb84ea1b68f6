//! Values of the real types as parts of a state: shared, and compared by a hash that is taken once.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

use conversation::{Action, Conversation, Delivery, EventStatus, OutboundReply, StoredEvent};

/// A value that doesn't change any more.
pub(crate) struct Kept<T> {
    value: Rc<T>,
    print: u64,
}

/// What tells two values of a type apart, as far as the model can make them differ.
pub(crate) trait Print {
    fn print(&self, into: &mut DefaultHasher);
}

impl<T: Print> Kept<T> {
    pub(crate) fn of(value: T) -> Self {
        let mut hasher = DefaultHasher::new();
        value.print(&mut hasher);
        Self {
            value: Rc::new(value),
            print: hasher.finish(),
        }
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self {
            value: Rc::clone(&self.value),
            print: self.print,
        }
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Hash for Kept<T> {
    fn hash<H: Hasher>(&self, into: &mut H) {
        into.write_u64(self.print);
    }
}

impl Print for Conversation {
    fn print(&self, into: &mut DefaultHasher) {
        // A new field must be looked at here: what the model can change tells states apart.
        let Self {
            agent: _,
            id: _,
            version,
            state,
            episode,
            in_flight,
            queued,
            awaiting,
            early,
            turns,
            choices: _,
            last_reply,
            assigned,
            channel_details: _,
            language: _,
            session,
            handover,
            heard,
            changed_at,
        } = self;
        (version, state, episode, queued, awaiting, turns).hash(into);
        (early, assigned).hash(into);
        (last_reply, changed_at, session.to_string()).hash(into);
        handover.as_ref().map(|asked| &asked.id).hash(into);
        (heard.as_ref().map(|heard| (&heard.key, heard.sent_millis))).hash(into);
        in_flight.is_some().hash(into);
        if let Some(turn) = in_flight {
            (&turn.turn_id, turn.until, turn.event.is_some()).hash(into);
            if let Some(event) = &turn.event {
                event.print(into);
            }
        }
    }
}

impl Print for StoredEvent {
    fn print(&self, into: &mut DefaultHasher) {
        (&self.key, self.episode).hash(into);
        self.status.name().hash(into);
        match &self.status {
            EventStatus::InProgress {
                lease_until,
                attempt,
            } => (lease_until, attempt).hash(into),
            EventStatus::Queued { answer } => {
                let actions = answer.as_ref().map(|answer| &answer.actions);
                let kinds: Option<Vec<bool>> = actions.map(|actions| {
                    let replies = actions.iter();
                    replies.map(|is| matches!(is, Action::Reply(_))).collect()
                });
                kinds.hash(into);
            }
            EventStatus::Answered { reply } => {
                let texts = reply.messages().map(|message| &message.text);
                texts.for_each(|text| text.hash(into));
            }
            EventStatus::Turned { reply_ids, later } => (reply_ids, later).hash(into),
            EventStatus::NotAsked { reason } => reason.as_str().hash(into),
            EventStatus::Merged { into: turn } => turn.hash(into),
            EventStatus::TooLate { reply_ids } => reply_ids.hash(into),
            EventStatus::Failed => {}
        }
    }
}

impl Print for OutboundReply {
    fn print(&self, into: &mut DefaultHasher) {
        (&self.id, self.episode, self.doubted).hash(into);
        self.delivery.name().hash(into);
        match &self.delivery {
            Delivery::Sending { lease_until } => lease_until.hash(into),
            Delivery::Dropped { reason, .. } => format!("{reason:?}").hash(into),
            _ => {}
        }
    }
}
