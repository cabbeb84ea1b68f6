//! Turns the bot took to answer later, through conversation-api.
//!
//! A bot may be faster than the note that it took a turn, and a reply to another turn may come at the
//! same moment. So an answer to a turn that is still being asked is remembered until it is noted, and
//! nothing else counts as one.

use serde::{Deserialize, Serialize};

use crate::state::Conversation;

/// Which of the turns that wait for the bot a reply answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answers {
    /// None: the contact hears nothing.
    Nothing,
    /// This one and those before it.
    UpTo(String),
    /// All of them.
    All,
}

/// Answers that came through the API before it was noted that there would be one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Early {
    /// Turns that a reply named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<String>,
    /// A reply came that named none, while a turn was in work.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unnamed: bool,
}

impl Early {
    /// Whether there are none.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the turn was named.
    pub fn names(&self, turn_id: &str) -> bool {
        self.turns.iter().any(|turn| turn == turn_id)
    }

    /// Whether the turn is answered, which was asked when it was `before`.
    fn answers(&self, turn_id: &str, before: &Self) -> bool {
        self.names(turn_id) || (self.unnamed && !before.unnamed)
    }
}

impl Conversation {
    /// Takes in which turns a reply answers.
    pub fn answered(&mut self, answers: &Answers) {
        match answers {
            Answers::Nothing => {}
            Answers::UpTo(turn) => {
                if let Some(place) = self.awaiting.iter().position(|id| id == turn) {
                    self.awaiting.drain(..=place);
                } else if self.is_in_work(turn) {
                    self.awaiting.clear(); // all of them were before it
                    if !self.early.names(turn) {
                        self.early.turns.push(turn.clone());
                    }
                }
            }
            Answers::All => {
                self.awaiting.clear();
                self.early.unnamed |= self.in_flight.is_some() || !self.queued.is_empty();
            }
        }
    }

    /// Takes in that the bot answers a turn later, which was asked when the early answers were `asked`.
    /// Whether the answer is still to come; to be called before the turn is [done](Self::done).
    pub fn promised(&mut self, turn_id: &str, asked: &Early) -> bool {
        let is_to_come = !self.early.answers(turn_id, asked);
        if is_to_come {
            self.awaiting.push(turn_id.to_owned());
        }
        is_to_come
    }

    /// Forgets early answers to turns that nobody works at any more.
    pub(crate) fn forget_early(&mut self) {
        let mut early = std::mem::take(&mut self.early);
        early.turns.retain(|turn| self.is_in_work(turn));
        early.unnamed = false;
        self.early = early;
    }

    fn is_in_work(&self, turn_id: &str) -> bool {
        let in_flight = self.in_flight.as_ref();
        in_flight.is_some_and(|turn| turn.turn_id == turn_id)
            || self.queued.iter().any(|queued| queued == turn_id)
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn conversation() -> Conversation {
        let mut conversation = Conversation::new("demo", "c", NOW);
        conversation.awaiting = vec!["k-1".into(), "k-2".into(), "k-3".into()];
        conversation.queued = vec!["k-4".into(), "k-5".into()];
        conversation
    }

    fn up_to(turn: &str) -> Answers {
        Answers::UpTo(turn.to_owned())
    }

    #[test]
    fn a_reply_answers_the_turn_it_names_and_those_before_it_or_all() {
        for (answers, left) in [
            (Answers::Nothing, 3),
            (up_to("k-1"), 2),
            (up_to("k-2"), 1),
            (up_to("k-9"), 3),
            (up_to("k-4"), 0),
            (Answers::All, 0),
        ] {
            let mut answered = conversation();
            answered.answered(&answers);
            let all = conversation().awaiting;
            assert_eq!(answered.awaiting, all[3 - left..], "{answers:?}");
        }
    }

    #[test]
    fn an_answer_to_a_turn_that_is_still_being_asked_is_remembered_until_the_turn_is_done() {
        let mut fast = conversation();
        let asked = fast.early.clone();
        fast.answered(&up_to("k-4"));
        fast.answered(&up_to("k-4"));
        assert!(!fast.promised("k-4", &asked));
        assert!(fast.awaiting.is_empty());
        assert!(fast.promised("k-5", &asked), "another turn's answer");
        assert_eq!(fast.awaiting, ["k-5"]);
        assert_eq!(fast.early.turns, ["k-4"]);
        fast.done(["k-4"]);
        assert!(fast.early.is_none());
        fast.answered(&up_to("k-4"));
        assert!(fast.early.is_none(), "nothing of it is in work any more");
    }

    #[test]
    fn a_reply_that_names_no_turn_answers_the_one_that_was_being_asked_then() {
        let mut fast = conversation();
        let asked = fast.early.clone();
        fast.answered(&Answers::All);
        assert!(!fast.promised("k-4", &asked));
        let asked = fast.early.clone();
        assert!(fast.promised("k-4", &asked), "it came before");
        fast.done(["k-4"]);
        assert!(fast.early.is_none());

        let mut idle = Conversation::new("demo", "c", NOW);
        idle.answered(&Answers::All);
        assert!(idle.early.is_none(), "no turn is being asked");
    }

    #[test]
    fn what_a_dead_invocation_was_answered_is_forgotten_with_the_next_turn_at_the_latest() {
        let mut conversation = Conversation::new("demo", "c", NOW);
        conversation.take_off("k-1", NOW + Duration::SECOND);
        conversation.answered(&up_to("k-1"));
        assert!(!conversation.is_quiet());
        conversation.take_off("k-1", NOW + Duration::SECOND);
        assert!(conversation.early.names("k-1"), "its own retry goes on");
        conversation.take_off("k-2", NOW + Duration::SECOND);
        assert!(conversation.early.is_none());
    }
}
