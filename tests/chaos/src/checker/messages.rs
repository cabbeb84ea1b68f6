//! Each message has one answer, or people, or a record of why not.

use super::{
    Wrong,
    history::{Delivered, Entry, Event, Outcome, Token, Written},
    judge::Judge,
    trail::marks,
};

impl Judge<'_> {
    /// Each message has one answer, or people, or a record of why not.
    pub(super) fn messages(&self) {
        for written in &self.history.written {
            let name = marks(&[written.token]);
            let answers = self.answers(written.token);
            // Documented: such an agent's reply may arrive twice rather than not at all.
            let may_double = self.history.resends && answers.iter().all(|said| !said.inline)
                || self.was_asked_again(written.token);
            if answers.len() > 1 && !may_double {
                let what = format!("{name} has {} answers", answers.len());
                self.wrong(Wrong::Doubled, what);
            }
            let answered = !answers.is_empty();
            let Some(event) = written.event.as_deref().and_then(|key| self.event(key)) else {
                if answered {
                    self.wrong(
                        Wrong::Unsaid,
                        format!("{name} was told nobody, and answered"),
                    );
                }
                continue;
            };
            if event.accepted().is_none() {
                self.refused(written, event);
                continue;
            }
            if !answered && let Some((wrong, what)) = self.unanswered(written, &event.key) {
                self.wrong(wrong, format!("{name}: {what}"));
            }
            if written.asks_people
                && !self.left_the_bot_after(written.at)
                && !self.handover_is_recorded_as_undone()
                && !self.history.in_dead_letters
                && self.bot_was_asked(&event.key)
            {
                self.wrong(Wrong::HandoverLost, format!("{name} asked for people"));
            }
        }
    }

    /// The replies that name the message: who made them, and what became of them.
    fn replies_to(&self, token: Token) -> impl Iterator<Item = (&str, Delivered)> {
        let record = self.history.record.iter().flatten();
        record.filter_map(move |entry| match entry {
            Entry::Reply {
                from,
                names,
                delivered,
                ..
            } if names.contains(&token) => Some((from.as_str(), *delivered)),
            _ => None,
        })
    }

    /// Documented: where an invocation dies that has asked a bot which answers through the API, the bot is
    /// asked again, with what was written meanwhile, and may have answered the first time.
    fn was_asked_again(&self, token: Token) -> bool {
        self.replies_to(token).all(|(from, _)| from == "api")
            && self.replies_to(token).count() > 1
            && self.history.written.iter().any(|written| {
                let of_it = |entry: &Entry| {
                    matches!(entry, Entry::Event { key, outcome: Outcome::Merged, .. }
                        if Some(key) == written.event.as_ref())
                };
                written.token == token && self.history.record.iter().flatten().any(of_it)
            })
    }

    /// Whether the record says that an answer was not given, because people were thought to have the
    /// conversation.
    fn is_dropped(&self, token: Token) -> bool {
        let mut replies = self.replies_to(token);
        replies.any(|(_, delivered)| delivered == Delivered::Dropped)
    }

    fn a_later_one_is_answered_through_the_api(&self, token: Token) -> bool {
        let later = self.history.written.iter().map(|written| written.token);
        later
            .filter(|later| *later > token)
            .any(|later| self.replies_to(later).any(|(from, _)| from == "api"))
    }

    /// Nobody accepted it: Sparkcentral must know.
    fn refused(&self, written: &Written, event: &Event) {
        let never_sent = event.attempts.iter().any(|one| one.number == 0);
        if !never_sent && !self.left_the_bot_after(written.at) {
            let what = format!("{} was not accepted", marks(&[written.token]));
            self.wrong(Wrong::NotRefused, what);
        }
    }

    /// Why a message that was accepted has no answer, where that is wrong.
    fn unanswered(&self, written: &Written, key: &str) -> Option<(Wrong, String)> {
        if self.history.in_dead_letters {
            return None;
        }
        let Some((key, outcome)) = self.outcome(key) else {
            return Some((
                Wrong::NoRecord,
                "accepted, and the record has no such event".into(),
            ));
        };
        let with_people = self.left_the_bot_after(written.at);
        let lost = |what: &str| Some((Wrong::Lost, what.to_owned()));
        match outcome {
            Outcome::InProgress | Outcome::Queued => {
                Some((Wrong::Unsettled, format!("its event is {outcome:?}")))
            }
            Outcome::Answered => {
                let untaken = self.event(&key).is_some_and(|event| {
                    event.attempts.iter().any(|one| one.applied == Some(false))
                });
                if untaken && with_people {
                    None
                } else {
                    Some((Wrong::FalseRecord, "recorded as answered inline".into()))
                }
            }
            Outcome::NotAsked => None,
            Outcome::Failed | Outcome::TooLate
                if with_people
                    || self.is_dropped(written.token)
                    || self.handover_is_recorded_as_undone() =>
            {
                None
            }
            Outcome::Failed | Outcome::TooLate => lost("people were to be asked, and were not"),
            Outcome::Merged | Outcome::Other => lost("the record does not say what became of it"),
            Outcome::Turned => self.turned(written, with_people),
        }
    }

    /// What became of the replies to a message that the bot answered over REST.
    fn turned(&self, written: &Written, with_people: bool) -> Option<(Wrong, String)> {
        let replies = self.history.record.iter().flatten();
        let of_it: Vec<(&String, Delivered)> = replies
            .filter_map(|entry| match entry {
                Entry::Reply {
                    id,
                    names,
                    delivered,
                    ..
                } if names.contains(&written.token) => Some((id, *delivered)),
                _ => None,
            })
            .collect();
        if of_it.is_empty() {
            // Documented: an answer through the API is one to the turns before it, too.
            if self.a_later_one_is_answered_through_the_api(written.token) {
                return None;
            }
            let lost = || (Wrong::Lost, "the bot had it, and nothing came of it".into());
            return (!with_people).then(lost);
        }
        of_it
            .into_iter()
            .find_map(|(id, delivered)| match delivered {
                Delivered::Sent => Some((Wrong::FalseRecord, format!("reply {id} counts as sent"))),
                Delivered::Pending | Delivered::Sending => {
                    Some((Wrong::Unsettled, format!("reply {id} is {delivered:?}")))
                }
                // People are asked then.
                Delivered::Failed if !with_people && !self.handover_is_recorded_as_undone() => {
                    Some((
                        Wrong::Lost,
                        format!("reply {id} failed, and nobody was asked"),
                    ))
                }
                // Only where the agent's policy is not to send it again, or people had the conversation since.
                Delivered::Unknown if self.history.resends && !with_people => {
                    Some((Wrong::Lost, format!("reply {id} was not sent again")))
                }
                Delivered::Other => Some((Wrong::Lost, format!("reply {id} is nowhere"))),
                Delivered::Failed | Delivered::Unknown | Delivered::Dropped => None,
            })
    }
}
