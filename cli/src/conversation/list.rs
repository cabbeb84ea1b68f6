//! `sparkbridge conversation list`: the conversations of the table.

use anyhow::{Context, Result};
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use conversation::State;
use platform::{Listed, Listing, Store, Wanted};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::known_agent;
use super::moment::stamp;
use crate::output::{self, Align, Table, number, one_line};
use crate::{progress, span};

const STATES: [State; 4] = [
    State::WithBot,
    State::HandingOver,
    State::WithAgent,
    State::Resolved,
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only those of this agent.
    #[arg(long, value_name = "AGENT", value_parser = NonEmptyStringValueParser::new())]
    agent: Option<String>,
    /// Only those in this state.
    #[arg(long, value_name = "STATE", value_parser = state_parser())]
    state: Option<State>,
    /// Only those of which something changed within this time: 30d, 2h, 15m.
    #[arg(long, value_name = "TIME", value_parser = span::seconds)]
    since: Option<u32>,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
}

fn state_parser() -> impl TypedValueParser<Value = State> {
    let names = PossibleValuesParser::new(STATES.map(State::as_str));
    names.try_map(|name| {
        let mut states = STATES.into_iter();
        states
            .find(|state| state.as_str() == name)
            .ok_or("no such state")
    })
}

pub(crate) async fn run(store: &Store, args: &Args, json: bool) -> Result<()> {
    if let Some(agent) = &args.agent {
        known_agent(store, agent).await?;
    }
    let now = OffsetDateTime::now_utc();
    let wanted = Wanted {
        agent: args.agent.clone(),
        state: args.state,
        changed_since: args
            .since
            .map(|secs| now - Duration::seconds(i64::from(secs))),
    };
    let reading = progress::spinner("reading the table");
    let listing = store
        .newest_conversations(&wanted, args.limit as usize, now)
        .await;
    drop(reading);
    let listing = listing.context("reading the conversations")?;
    if json {
        return output::json(&as_json(&listing));
    }
    output::print(&table(&listing.newest))?;
    for note in notes(&listing) {
        eprintln!("{note}");
    }
    Ok(())
}

fn table(listed: &[Listed]) -> String {
    if listed.is_empty() {
        return "no conversations\n".to_owned();
    }
    let mut table = Table::new([
        ("agent", Align::Left),
        ("conversation", Align::Left),
        ("state", Align::Left),
        ("episode", Align::Right),
        ("channel", Align::Left),
        ("waiting", Align::Right),
        ("changed (UTC)", Align::Left),
    ]);
    for Listed {
        conversation,
        changed_at,
    } in listed
    {
        let medium = conversation.medium().map(AsRef::<str>::as_ref);
        let channel: Vec<&str> = medium
            .into_iter()
            .chain(conversation.channel_id())
            .collect();
        table.row([
            conversation.agent.clone(),
            conversation.id.clone(),
            conversation.state.as_str().to_owned(),
            conversation.episode.to_string(),
            one_line(&channel.join("/")),
            conversation.queued.len().to_string(),
            stamp(*changed_at),
        ]);
    }
    table.render()
}

/// What the list does not say itself.
fn notes(listing: &Listing) -> Vec<String> {
    let mut notes = Vec::new();
    let (shown, found) = (listing.newest.len() as u64, listing.found as u64);
    if shown < found {
        notes.push(format!(
            "these are the newest {} of {}: --limit shows more, filters say which",
            number(shown),
            number(found)
        ));
    }
    if listing.unreadable > 0 {
        notes.push(format!(
            "{} more can't be read by this version: use the one that is deployed",
            number(listing.unreadable as u64)
        ));
    }
    notes
}

fn as_json(listing: &Listing) -> Value {
    let rfc3339 = |at: OffsetDateTime| at.format(&Rfc3339).ok();
    let listed = listing.newest.iter().map(
        |Listed {
             conversation,
             changed_at,
         }| {
            json!({
                "agent": conversation.agent,
                "conversation_id": conversation.id,
                "state": conversation.state,
                "state_since": rfc3339(conversation.changed_at),
                "episode": conversation.episode,
                "medium": conversation.medium(),
                "channel_id": conversation.channel_id(),
                "turns_waiting": conversation.queued.len(),
                "changed_at": rfc3339(*changed_at),
            })
        },
    );
    json!({
        "conversations": listed.collect::<Vec<_>>(),
        "found": listing.found,
        "unreadable": listing.unreadable,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use conversation::Conversation;

    fn listing() -> Listing {
        let mut conversation = Conversation::new("demo", "c-1", OffsetDateTime::UNIX_EPOCH);
        conversation.queued = vec!["k-1".into(), "k-2".into()];
        let details = json!({"channelId": "channel-1", "medium": "fb"});
        conversation.channel_details = serde_json::from_value(details).unwrap();
        let bare = Conversation {
            state: State::Resolved,
            ..Conversation::new("other-demo", "c-2", OffsetDateTime::UNIX_EPOCH)
        };
        let at = OffsetDateTime::UNIX_EPOCH + Duration::seconds(61);
        Listing {
            newest: [conversation, bare]
                .map(|conversation| Listed {
                    conversation,
                    changed_at: at,
                })
                .into(),
            found: 1_200,
            unreadable: 1,
        }
    }

    #[test]
    fn a_list_has_a_line_for_each_conversation() {
        assert_eq!(
            table(&listing().newest),
            "agent       conversation  state     episode  channel       waiting  changed (UTC)\n\
             demo        c-1           with_bot        1  fb/channel-1        2  1970-01-01 00:01:01\n\
             other-demo  c-2           resolved        1                      0  1970-01-01 00:01:01\n"
        );
        assert_eq!(table(&[]), "no conversations\n");
    }

    #[test]
    fn what_is_not_listed_is_said() {
        let notes = notes(&listing());
        assert!(notes[0].contains("newest 2 of 1,200"), "{notes:?}");
        assert!(notes[1].starts_with("1 more can't be read"), "{notes:?}");
        assert!(super::notes(&Listing::default()).is_empty());
    }

    #[test]
    fn the_list_as_json_names_everything() {
        let told = as_json(&listing());
        assert_eq!(
            (&told["found"], &told["unreadable"]),
            (&json!(1_200), &json!(1))
        );
        assert_eq!(
            told["conversations"][0],
            json!({
                "agent": "demo", "conversation_id": "c-1", "state": "with_bot",
                "state_since": "1970-01-01T00:00:00Z", "episode": 1, "medium": "fb",
                "channel_id": "channel-1", "turns_waiting": 2, "changed_at": "1970-01-01T00:01:01Z",
            })
        );
    }
}
