//! Virtual Agents, Users, Teams and User Presence.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    conversation::{Author, Conversation},
    exports::{
        cells::{between, mean, seconds},
        facts::{HandoverReason, handover},
        people::{self, Human, Shift, Who, changes},
        scope::Scope,
        work::{Outcome, Performance, Spent, performance, spent},
    },
    history::{Owner, Reason},
};

pub(crate) const VIRTUAL_AGENTS: &[&str] = &[
    "Agent ID",
    "Agent Name",
    "Medium",
    "Channel",
    "Channel Display Name",
    "Total Conversations",
    "Handover to Agent",
    "Handover due to error",
    "Resolved",
    "Total Conversations with Topic",
    "Total Messages Tagged",
    "Total Tags Applied",
];

pub(crate) const USERS: &[&str] = &[
    "Created At",
    "User ID",
    "User Name",
    "User Email Address",
    "User Reference",
    "Available Time (s)",
    "Away Time (s)",
    "Contacts Handled",
    "Avg. Handle Time (s)",
    "Handle Time (s)",
    "No-Reply Time (s)",
    "Cherry-Picking Time (s)",
    "Replies",
    "Resolves With Reply",
    "Resolves No-Reply",
    "Tags Added",
];

pub(crate) const TEAMS: &[&str] = &[
    "Created At",
    "Team ID",
    "Team Name",
    "Resolves With Reply",
    "Resolves without Reply",
    "Avg. First Response Time (s)",
    "Avg. Resolution Time (s)",
    "Total Handle Time (s)",
    "Total No-Reply Time (s)",
    "Total Cherry-Picking Time (s)",
    "Avg. Handle Time (s)",
    "Contacts Helped",
];

pub(crate) const USER_PRESENCE: &[&str] = &[
    "User ID",
    "User Name",
    "User Email Address",
    "Type",
    "Away State",
    "From",
    "To",
    "Duration (s)",
];

/// What a virtual agent did in one channel: conversations by id, messages by id.
#[derive(Default)]
struct Tally<'a> {
    spoke: BTreeSet<&'a str>,
    handed_over: BTreeSet<&'a str>,
    failed: BTreeSet<&'a str>,
    resolved: BTreeSet<&'a str>,
    topics: usize,
    tagged: BTreeSet<&'a str>,
    tags: usize,
}

/// By virtual agent's id, and medium and channel.
type Tallies<'a> = BTreeMap<(&'a str, [String; 3]), Tally<'a>>;

/// The tallies of one channel.
struct InChannel<'t, 'a> {
    tallies: &'t mut Tallies<'a>,
    channel: [String; 3],
}

impl<'a> InChannel<'_, 'a> {
    fn of(&mut self, agent: &'a str) -> &mut Tally<'a> {
        let key = (agent, self.channel.clone());
        self.tallies.entry(key).or_default()
    }
}

/// One row per virtual agent and channel in which it had a conversation or did something in the window.
pub(crate) fn virtual_agents(scope: &Scope<'_>) -> Vec<Vec<String>> {
    let mut tallies = Tallies::new();
    for conversation in scope.conversations() {
        tally(scope, conversation, &mut tallies);
    }
    let row = |((id, channel), tally): ((&str, [String; 3]), Tally<'_>)| {
        let [id, name, ..] = scope.agent_cells(Some(Who::VirtualAgent(id)));
        let counts = [
            tally.spoke.len(),
            tally.handed_over.len(),
            tally.failed.len(),
            tally.resolved.len(),
            // The header says conversations, its description says topics: the description has it.
            tally.topics,
            tally.tagged.len(),
            tally.tags,
        ];
        let mut row = vec![id, name];
        row.extend(channel);
        row.extend(counts.map(|count| count.to_string()));
        row
    };
    tallies.into_iter().map(row).collect()
}

fn tally<'a>(scope: &Scope<'_>, c: &'a Conversation, tallies: &mut Tallies<'a>) {
    let channel = scope.channel_cells(c);
    let mut here = InChannel { tallies, channel };
    for message in c.messages.iter().filter(|m| scope.window.contains(m.at)) {
        if let (Author::VirtualAgent, Some(agent)) = (message.author, &message.by) {
            here.of(agent).spoke.insert(&c.id);
        }
    }
    for (change, before) in changes(c).filter(|(change, _)| scope.window.contains(change.at)) {
        if let Some(Owner::VirtualAgent { id }) = &change.owner {
            here.of(id);
        }
        if let Some((agent, reason)) = handover(change, before) {
            here.of(agent).handed_over.insert(&c.id);
            if reason == HandoverReason::VaEncounteredError {
                here.of(agent).failed.insert(&c.id);
            }
        }
        if let (Reason::ResolvedByAgent, Some(Owner::VirtualAgent { id })) = (change.reason, before)
        {
            here.of(id).resolved.insert(&c.id);
        }
    }
    for topic in &c.applied_topics {
        if scope.window.contains(topic.at) {
            here.of(&topic.by).topics += 1;
        }
    }
    for tag in c.tags.iter().filter(|tag| scope.window.contains(tag.at)) {
        let tally = here.of(&tag.by);
        tally.tags += 1;
        tally.tagged.insert(&tag.message_id);
    }
}

/// Handled, resolved without reply, cherry-picked.
fn times(scope: &Scope<'_>, performance: &Performance<'_>) -> [Spent; 3] {
    [
        Outcome::Handled,
        Outcome::ResolvedWithoutReply,
        Outcome::CherryPicked,
    ]
    .map(|outcome| spent(&performance.spells, outcome, Some(&scope.window)))
}

/// The human agents whose first to last act touches the window.
fn present<'a>(scope: &Scope<'a>) -> impl Iterator<Item = (Human<'a>, Shift)> + use<'a> {
    let window = scope.window;
    people::shifts(scope.world)
        .into_iter()
        .filter(move |(_, shift)| window.touches(shift.first, shift.last))
}

/// One row per human agent who was there in the window.
pub(crate) fn users(scope: &Scope<'_>) -> Vec<Vec<String>> {
    let row = |(human, shift): (Human<'_>, Shift)| {
        let did = performance(scope, |other| other == human);
        let [handled, no_reply, cherry_picked] = times(scope, &did);
        vec![
            scope.date_time_or_empty(did.first_outbound),
            human.id(),
            human.0.into(),
            human.email(),
            human.reference(),
            seconds(scope.window.share(shift.first, shift.last)),
            // Nobody is ever away.
            seconds(0),
            did.contacts.len().to_string(),
            mean(&handled.spells),
            seconds(handled.total()),
            seconds(no_reply.total()),
            seconds(cherry_picked.total()),
            did.replies.to_string(),
            did.resolves_with_reply.to_string(),
            did.resolves_without_reply.to_string(),
            // Only virtual agents tag.
            0.to_string(),
        ]
    };
    present(scope).map(row).collect()
}

/// The one team, if a human agent wrote in the window.
pub(crate) fn teams(scope: &Scope<'_>) -> Vec<Vec<String>> {
    let did = performance(scope, |_| true);
    if did.replies == 0 {
        return Vec::new();
    }
    let [handled, no_reply, cherry_picked] = times(scope, &did);
    vec![vec![
        scope.date_time_or_empty(did.first_outbound),
        people::team_id(),
        people::TEAM.into(),
        did.resolves_with_reply.to_string(),
        did.resolves_without_reply.to_string(),
        mean(&did.first_responses),
        mean(&did.resolutions),
        seconds(handled.total()),
        seconds(no_reply.total()),
        seconds(cherry_picked.total()),
        mean(&handled.spells),
        did.contacts.len().to_string(),
    ]]
}

/// One row per human agent who was there in the window: all of the interval, also what is outside.
pub(crate) fn user_presence(scope: &Scope<'_>) -> Vec<Vec<String>> {
    let row = |(human, shift): (Human<'_>, Shift)| {
        vec![
            human.id(),
            human.0.into(),
            human.email(),
            "Available".into(),
            String::new(),
            scope.date_time(shift.first),
            scope.date_time(shift.last),
            seconds(between(shift.first, shift.last)),
        ]
    };
    present(scope).map(row).collect()
}
