//! Who waits in the queues, and since when.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    conversation::{Author, Conversation, Direction},
    history::Queue,
    moment::Moment,
    presence::Waiting,
    refusal::Refusal,
    world::World,
};

/// What the vendor's contract calls a metric request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MetricRequest {
    status: RequestedQueue,
    channel_ids: Option<Vec<String>>,
    team_ids: Option<Vec<String>>,
    medium_id: Option<String>,
    group_by: Option<GroupBy>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum RequestedQueue {
    New,
    Pending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum GroupBy {
    Channel,
    Owner,
    Topic,
    Team,
}

/// Which figure is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metric {
    LongestWait,
    Contacts,
}

impl World {
    /// The answer of the contract: one value, or one per channel somebody waits in.
    ///
    /// # Errors
    /// [`Refusal::Malformed`]: another grouping than by channel, which the simulator doesn't have.
    pub(crate) fn metric(
        &self,
        metric: Metric,
        request: &MetricRequest,
        told: Waiting,
        now: Moment,
    ) -> Result<Value, Refusal> {
        if !matches!(request.group_by, None | Some(GroupBy::Channel)) {
            return Err(Refusal::malformed("the simulator groups by CHANNEL alone"));
        }
        let mut channels = BTreeMap::<&str, Vec<Moment>>::new();
        for conversation in self.conversations.values() {
            if self.is_meant(conversation, request)
                && let Some(since) = waiting_since(conversation)
            {
                let channel = conversation.channel.id.as_str();
                channels.entry(channel).or_default().push(since);
            }
        }
        let told = match metric {
            Metric::LongestWait => told.seconds,
            Metric::Contacts => told.contacts,
        };
        let figure = |waiting: &mut dyn Iterator<Item = Moment>| match (told, metric) {
            (Some(told), _) => told,
            (None, Metric::Contacts) => waiting.count() as u64,
            (None, Metric::LongestWait) => {
                waiting.min().map_or(0, |since| now.seconds_since(since))
            }
        };
        if request.group_by.is_none() {
            let value = figure(&mut channels.values().flatten().copied());
            return Ok(json!({ "value": value }));
        }
        if told.is_some() {
            // Said of each channel that is asked for, whether or not somebody waits there.
            for channel in request.channel_ids.iter().flatten() {
                channels.entry(channel).or_default();
            }
        }
        let values: BTreeMap<_, _> = channels
            .into_iter()
            .map(|(id, waiting)| (id, json!({ "value": figure(&mut waiting.into_iter()) })))
            .collect();
        Ok(json!({ "value": values }))
    }

    fn is_meant(&self, conversation: &Conversation, request: &MetricRequest) -> bool {
        let queue = match request.status {
            RequestedQueue::New => Queue::New,
            RequestedQueue::Pending => Queue::Pending,
        };
        let channel = &conversation.channel.id;
        // The contract doesn't say what makes a conversation a team's: here, the team's access to the channel.
        let has_team = |teams: &Vec<String>| {
            let known = self.channels.get(channel);
            known.is_ok_and(|known| teams.iter().any(|team| known.access.has_team(team)))
        };
        conversation.queue == queue
            && request
                .channel_ids
                .as_ref()
                .is_none_or(|ids| ids.contains(channel))
            && request
                .medium_id
                .as_ref()
                .is_none_or(|id| *id == conversation.medium)
            && request.team_ids.as_ref().is_none_or(has_team)
    }
}

/// Since when a contact waits for a word, if they do. In New it is one of a human: that a virtual agent
/// said goodbye doesn't end the wait, which begins at the latest when the conversation came there.
fn waiting_since(conversation: &Conversation) -> Option<Moment> {
    let entered = conversation
        .history
        .iter()
        .rev()
        .take_while(|change| change.queue == conversation.queue)
        .last()?;
    let messages = &conversation.messages;
    let unanswered = messages
        .iter()
        .rev()
        .take_while(|message| message.direction == Direction::Inbound)
        .last()
        .map(|message| message.at);
    let replied = messages
        .iter()
        .any(|message| message.author == Author::Human && message.step > entered.step);
    let written = messages
        .iter()
        .any(|message| message.author == Author::Contact);
    if conversation.queue != Queue::New || replied || !written {
        return unanswered;
    }
    Some(unanswered.map_or(entered.at, |since| since.min(entered.at)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        agent::spec,
        config::Config,
        contact::ContactSpec,
        conversation::{Channel, Via},
        moves::{Beginning, ContactMessage},
    };

    fn at(seconds: i64) -> Moment {
        Moment::from_unix(seconds)
    }

    fn world() -> World {
        World::new(Config {
            agents: vec![spec("bot")],
            ..Config::default()
        })
        .unwrap()
    }

    fn begin(world: &mut World, channel: &str, medium: &str, seconds: i64) -> String {
        let beginning = Beginning {
            agent: Some("bot".into()),
            medium: medium.into(),
            channel: Channel {
                id: channel.into(),
                name: channel.into(),
            },
            contact: ContactSpec::Name("contact-1".into()),
            language: None,
            message: Some(ContactMessage {
                text: Some("Hello".into()),
                ..ContactMessage::default()
            }),
        };
        world.begin(beginning, at(seconds)).unwrap()
    }

    fn ask(world: &World, metric: Metric, request: Value, seconds: i64) -> Value {
        let request = serde_json::from_value(request).unwrap();
        let told = Waiting::default();
        world.metric(metric, &request, told, at(seconds)).unwrap()["value"].clone()
    }

    fn longest(world: &World, status: &str, seconds: i64) -> Value {
        let request = json!({ "status": status });
        ask(world, Metric::LongestWait, request, seconds)
    }

    #[test]
    fn a_contact_waits_in_new_from_the_handover_until_a_human_replies() {
        let mut world = world();
        let id = begin(&mut world, "c", "rtm", 0);
        assert_eq!(longest(&world, "PENDING", 10), 10);
        assert_eq!(longest(&world, "NEW", 10), 0);
        let agent = world.agent("bot").unwrap().clone();
        let goodbye = json!({"sendMessage": {"text": "Wait"}, "complete": "HANDOVER"});
        world
            .apply(&id, &agent, goodbye, Via::Rest, None, at(100))
            .unwrap();
        assert_eq!(longest(&world, "PENDING", 130), 0);
        assert_eq!(longest(&world, "NEW", 130), 30);
        world
            .human_reply(&id, Some("agent-1".into()), "Hi".into(), at(140))
            .unwrap();
        assert_eq!(longest(&world, "NEW", 150), 0);
        assert_eq!(longest(&world, "PENDING", 150), 0);
    }

    #[test]
    fn a_question_the_agent_never_answered_counts_from_when_it_was_asked() {
        let mut world = world();
        begin(&mut world, "c", "rtm", 0);
        assert!(world.expire(at(300)));
        assert_eq!(longest(&world, "NEW", 301), 301);
    }

    #[test]
    fn waiting_contacts_are_counted_by_channel_and_medium() {
        let mut world = world();
        begin(&mut world, "c", "rtm", 0);
        begin(&mut world, "c", "rtm", 5);
        begin(&mut world, "d", "twit", 7);
        for (request, expected) in [
            (json!({"status": "PENDING"}), json!(3)),
            (json!({"status": "NEW"}), json!(0)),
            (json!({"status": "PENDING", "channelIds": ["c"]}), json!(2)),
            (json!({"status": "PENDING", "mediumId": "twit"}), json!(1)),
            (json!({"status": "PENDING", "teamIds": ["t"]}), json!(0)),
            (
                json!({"status": "PENDING", "groupBy": "CHANNEL"}),
                json!({"c": {"value": 2}, "d": {"value": 1}}),
            ),
        ] {
            assert_eq!(
                ask(&world, Metric::Contacts, request.clone(), 10),
                expected,
                "{request}"
            );
        }
        let grouped = json!({"status": "PENDING", "groupBy": "CHANNEL"});
        assert_eq!(
            ask(&world, Metric::LongestWait, grouped, 10),
            json!({"c": {"value": 10}, "d": {"value": 3}})
        );
    }

    #[test]
    fn what_was_told_goes_before_what_is_counted() {
        let world = world();
        let told = Waiting {
            seconds: Some(77),
            contacts: None,
        };
        let ask = |metric, request| {
            let request = serde_json::from_value(request).unwrap();
            world.metric(metric, &request, told, at(0)).unwrap()["value"].clone()
        };
        let new = json!({"status": "NEW"});
        assert_eq!(ask(Metric::LongestWait, new.clone()), 77);
        assert_eq!(ask(Metric::Contacts, new), 0);
        let grouped = json!({"status": "NEW", "groupBy": "CHANNEL", "channelIds": ["c"]});
        assert_eq!(
            ask(Metric::LongestWait, grouped),
            json!({"c": {"value": 77}})
        );
    }
}
