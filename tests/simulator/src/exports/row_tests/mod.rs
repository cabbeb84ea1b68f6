//! Rows against what happened, without clock and disk.

mod agreement;
mod examples;

use chrono_tz::Tz;
use serde_json::Value;

use crate::{
    agent::{AgentSpec, HandoffRule, Kind, spec},
    config::Config,
    contact::{Attribute, ContactFields, ContactSpec},
    conversation::{Channel, Via},
    exports::{
        kind::ExportType,
        scope::{Scope, Window},
        sheet::Sheet,
    },
    moment::Moment,
    moves::{Beginning, ContactMessage},
    world::World,
};

fn at(seconds: i64) -> Moment {
    Moment::from_unix(seconds)
}

/// "bot" picks up in the Shop and hands over to New, "helper" has what it is given and gives it back.
fn world() -> World {
    let bot = AgentSpec {
        channels: Some(vec!["Shop".into()]),
        ..spec("bot")
    };
    let helper = AgentSpec {
        kind: Kind::Delegation,
        handoff_rule: HandoffRule::PreviousAgent,
        ..spec("helper")
    };
    World::new(Config {
        agents: vec![bot, helper],
        ..Config::default()
    })
    .unwrap()
}

fn beginning(channel: &str, medium: &str, contact: &str, text: Option<&str>) -> Beginning {
    Beginning {
        agent: None,
        medium: medium.into(),
        channel: Channel {
            id: format!("id-{channel}"),
            name: channel.into(),
        },
        contact: ContactSpec::Full(ContactFields {
            primary_identifier: contact.into(),
            secondary_identifier: "+1".into(),
            medium_contact_profile_id: None,
            picture_url: String::new(),
            vip: false,
            attributes: vec![Attribute {
                attribute: "company".into(),
                value: "a \"b\", c".into(),
                source: "MEDIUM".into(),
            }],
        }),
        language: Some("nl".into()),
        message: text.map(said),
    }
}

fn said(text: &str) -> ContactMessage {
    ContactMessage {
        text: Some(text.into()),
        ..ContactMessage::default()
    }
}

/// The virtual agent that has it says this.
fn answer(world: &mut World, id: &str, body: Value, now: Moment) {
    let conversation = world.conversation(id).unwrap();
    let Some(agent) = conversation.virtual_agent().map(String::from) else {
        return;
    };
    let last = conversation.messages.last().map(|m| m.id.clone());
    let agent = world.agent(&agent).unwrap().clone();
    world
        .apply(id, &agent, body, Via::WebhookAnswer, last.as_deref(), now)
        .unwrap();
}

fn sheet(world: &World, kind: ExportType, from: i64, to: i64) -> Sheet {
    let window = Window {
        from: at(from),
        to: at(to),
    };
    let scope = Scope {
        world,
        window,
        now: at(to),
        zone: Tz::UTC,
    };
    Sheet::new(kind, &scope)
}

/// The cells of a column, top down.
fn column<'a>(sheet: &'a Sheet, header: &str) -> Vec<&'a str> {
    let place = sheet.headers.iter().position(|h| h == header).unwrap();
    sheet.rows.iter().map(|row| row[place].as_str()).collect()
}
