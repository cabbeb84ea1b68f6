use serde_json::{Value, json};

use super::*;
use crate::event::{Event, parse};

const DETAILS: &str = include_str!("../../fixtures/channel_details.json");
const STARTED: &[u8] = include_bytes!("../../fixtures/conversation_started.json");
const INBOUND_FULL: &[u8] = include_bytes!("../../fixtures/inbound_full.json");

fn assigned() -> Assigned {
    match parse(STARTED).unwrap().data {
        Event::ConversationStarted(assigned) => assigned,
        other => panic!("{other:?}"),
    }
}

fn inbound() -> Inbound {
    match parse(INBOUND_FULL).unwrap().data {
        Event::InboundMessageReceived(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_documented_example_comes_back_as_it_is() {
    let details: ChannelDetails = serde_json::from_str(DETAILS).unwrap();
    assert_eq!(details.channel_id, "12345");
    assert_eq!(details.medium, Some(MediumId::from("twit")));
    assert_eq!(details.contact_attributes.as_ref().unwrap().len(), 5);
    let sent: Value = serde_json::from_str(DETAILS).unwrap();
    assert_eq!(serde_json::to_value(&details).unwrap(), sent);
}

#[test]
fn a_started_conversation_fills_every_required_field() {
    let details = serde_json::to_value(ChannelDetails::from_assigned(&assigned())).unwrap();
    assert_eq!(
        details,
        json!({
            "channelId": "0-01f00000003-000-2a2b2c2d",
            "medium": "smooch-rtm",
            "contactProfile": {
                "id": "0-01f00000002-000-1a1b1c1d",
                "mediumContactProfileId": "1000000000000001",
                "primaryIdentifier": "contact-1@example.com",
                "secondaryIdentifier": "",
                "pictureUrl": "https://example.com/pictures/contact-1?size=50%26crop%3D1",
                "vip": false,
            },
            "contactAttributes": [
                {"attribute": "smooch-rtm-page-title", "value": "Order status", "source": "MEDIUM"},
                {"attribute": "smooch-rtm-browser-language", "value": "nl-BE", "source": "MEDIUM"},
            ],
        })
    );
}

#[test]
fn a_bare_event_gives_empty_required_fields_and_no_optional_ones() {
    let bare = Assigned {
        conversation_id: "c-1".to_owned(),
        contact_profile: Some(ContactProfile::default()),
        ..Assigned::default()
    };
    let details = serde_json::to_value(ChannelDetails::from(&bare)).unwrap();
    assert_eq!(
        details,
        json!({
            "channelId": "",
            "contactProfile": {
                "id": "", "mediumContactProfileId": "", "primaryIdentifier": "",
                "secondaryIdentifier": "", "pictureUrl": "", "vip": false,
            },
        })
    );
}

#[test]
fn a_message_updates_what_it_tells_and_keeps_the_rest() {
    let mut details = ChannelDetails::from_assigned(&assigned());
    let before = details.clone();
    details.merge_inbound(&Inbound::default());
    assert_eq!(details, before);

    details.merge_inbound(&inbound());
    assert_eq!(details.channel_id, "0-01f00000005-000-4a4b4c4d");
    assert_eq!(details.medium, Some(MediumId::from("instagram")));
    assert_eq!(details.contact_attributes, before.contact_attributes);
    let profile = details.contact_profile.unwrap();
    assert_eq!(profile.primary_identifier, "contact-3@example.com");
}

#[test]
fn another_contacts_message_leaves_nothing_of_the_first_contacts_profile() {
    let mut details = ChannelDetails::from_assigned(&assigned());
    let stranger = Inbound {
        contact_profile: Some(ContactProfile {
            id: Some("someone-else".to_owned()),
            vip: Some(true),
            ..ContactProfile::default()
        }),
        ..Inbound::default()
    };
    details.merge_inbound(&stranger);
    let profile = details.contact_profile.unwrap();
    assert_eq!(
        profile,
        SessionProfile {
            id: "someone-else".to_owned(),
            vip: true,
            ..SessionProfile::default()
        }
    );
}

#[test]
fn debug_shows_no_identifiers() {
    let details = ChannelDetails::from_assigned(&assigned());
    let shown = format!("{details:?} {:?}", details.contact_profile);
    assert!(!shown.contains("example.com") && !shown.contains("Order status"));
    let attributes = format!("{:?}", details.contact_attributes);
    assert!(!attributes.contains("Order status"));
}
