//! An answer in the making, for services that say things in whatever order.

use std::collections::BTreeMap;

use conversation::{Action, ReplyAction};

/// What is to be done, put in the order in which it can be done.
#[derive(Default)]
pub(crate) struct Draft {
    said: Vec<Action>,
    topics: Vec<String>,
    attributes: BTreeMap<String, String>,
    end: Option<Action>,
}

impl Draft {
    /// Adds an action. Of several ends the first handover counts, or else the close.
    pub(crate) fn add(&mut self, action: Action) {
        match action {
            Action::Topics { topics } => {
                for topic in topics {
                    if !self.topics.contains(&topic) {
                        self.topics.push(topic);
                    }
                }
            }
            Action::Attributes { attributes } => self.attributes.extend(attributes),
            Action::Handover { .. } => {
                if !matches!(self.end, Some(Action::Handover { .. })) {
                    self.end = Some(action);
                }
            }
            Action::Resolve => {
                self.end.get_or_insert(action);
            }
            Action::Reply(_)
            | Action::Tags { .. }
            | Action::Note { .. }
            | Action::Typing { .. } => {
                self.said.push(action);
            }
        }
    }

    /// Adds a topic, unless the conversation has it already.
    pub(crate) fn add_topic(&mut self, topic: &str, applied: &[String]) {
        if !topic.trim().is_empty() && !applied.iter().any(|known| known == topic) {
            self.add(Action::Topics {
                topics: vec![topic.to_owned()],
            });
        }
    }

    /// Says a text, unless it is blank.
    pub(crate) fn say(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.add(Action::say(text.trim()));
        }
    }

    /// What was said last, to put something tappable under it; a reply without text where nothing was.
    pub(crate) fn last_reply(&mut self) -> &mut ReplyAction {
        let is_reply = |action: &Action| matches!(action, Action::Reply(_));
        let index = self.said.iter().rposition(is_reply).unwrap_or_else(|| {
            self.said.push(Action::Reply(ReplyAction::default()));
            self.said.len() - 1
        });
        match &mut self.said[index] {
            Action::Reply(reply) => reply,
            _ => unreachable!("the index is a reply's"),
        }
    }

    /// Whether the contact gets to see something.
    pub(crate) fn speaks(&self) -> bool {
        self.said
            .iter()
            .any(|action| matches!(action, Action::Reply(_)))
    }

    /// Whether the conversation leaves the bot.
    pub(crate) fn ends(&self) -> bool {
        self.end.is_some()
    }

    /// What is said, then topics and attributes, then the end.
    pub(crate) fn into_actions(self) -> Vec<Action> {
        let mut actions = self.said;
        if !self.topics.is_empty() {
            actions.push(Action::Topics {
                topics: self.topics,
            });
        }
        if !self.attributes.is_empty() {
            actions.push(Action::Attributes {
                attributes: self.attributes,
            });
        }
        actions.extend(self.end);
        actions
    }
}

#[cfg(test)]
mod tests {
    use conversation::HandoverReason;

    use super::*;

    #[test]
    fn words_come_first_and_the_end_comes_last() {
        let mut draft = Draft::default();
        let attributes = BTreeMap::from([("plan".to_owned(), "gold".to_owned())]);
        draft.add(Action::Resolve);
        draft.add_topic("Orders", &[]);
        draft.add(Action::hand_over(Some(HandoverReason::BotAsked)));
        draft.add(Action::Attributes {
            attributes: attributes.clone(),
        });
        draft.add(Action::hand_over(Some(HandoverReason::ContactAsked)));
        draft.add_topic("Orders", &[]);
        draft.add_topic("Known", &["Known".to_owned()]);
        draft.add_topic(" ", &[]);
        draft.add(Action::Resolve);
        assert!(draft.ends() && !draft.speaks());
        draft.say(" Hello ");
        draft.say(" \n");
        assert!(draft.speaks());
        let expected = [
            Action::say("Hello"),
            Action::Topics {
                topics: vec!["Orders".to_owned()],
            },
            Action::Attributes { attributes },
            Action::hand_over(Some(HandoverReason::BotAsked)),
        ];
        assert!(draft.into_actions() == expected);
    }
}
