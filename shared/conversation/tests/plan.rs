//! From a bot's actions to replies.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::collections::BTreeMap;

use conversation::{
    Action, Answer, Attachment, BadAnswer, HandoverReason, MAX_ACTIONS, MessageSettings, Plan,
    PlanFor, PlannedReply, ReplyAction, for_rest,
};
use proptest::prelude::*;
use sparkcentral::{Complete, Dialect, Features, MediumId, Reply, Tags};

fn plan_with(
    actions: Vec<Action>,
    features: &Features,
    medium: Option<&str>,
) -> Result<Plan, BadAnswer> {
    let medium = medium.map(MediumId::new);
    Plan::of(
        &Answer {
            actions,
            session: None,
        },
        &PlanFor {
            features,
            messages: &MessageSettings::default(),
            medium: medium.as_ref(),
            language: None,
            id: "turn-1",
        },
    )
}

fn replies(plan: &Plan) -> Vec<Reply> {
    let replies = plan.replies.iter();
    replies.map(|planned| planned.reply.clone()).collect()
}

fn plan(actions: Vec<Action>) -> Plan {
    plan_with(actions, &Dialect::Sparkcentral.default_features(), None).unwrap()
}

fn say(text: &str) -> Action {
    Action::say(text)
}

fn texts(plan: &Plan) -> Vec<String> {
    let reply = |planned: &PlannedReply| planned.reply.clone();
    let replies: Vec<Reply> = plan.replies.iter().map(reply).collect();
    let messages = replies.iter().flat_map(Reply::messages);
    messages
        .filter_map(|message| message.text.clone())
        .collect()
}

#[test]
fn messages_become_one_reply_each_in_order_unless_the_dialect_takes_several() {
    let actions = || vec![say("one"), say("two"), say("three")];
    let single = plan(actions());
    assert_eq!(single.replies.len(), 3);
    assert_eq!(texts(&single), ["one", "two", "three"]);
    let several = plan_with(actions(), &Dialect::Inbox.default_features(), None).unwrap();
    assert_eq!(several.replies.len(), 1);
    assert_eq!(texts(&several), ["one", "two", "three"]);
}

#[test]
fn topics_and_attributes_go_with_the_message_before_them() {
    let attributes = BTreeMap::from([("order".to_owned(), "17".to_owned())]);
    let plan = plan(vec![
        say("one"),
        Action::Topics {
            topics: vec!["orders".into()],
        },
        say("two"),
        Action::Attributes {
            attributes: attributes.clone(),
        },
    ]);
    assert_eq!(plan.replies[0].reply.apply_topics, ["orders"]);
    assert_eq!(plan.replies[1].reply.set_contact_attributes, attributes);
}

#[test]
fn with_a_handover_topics_and_attributes_wait_for_it() {
    let attributes = BTreeMap::from([("order".to_owned(), "17".to_owned())]);
    let plan = plan(vec![
        say("a person will help"),
        Action::Topics {
            topics: vec!["orders".into()],
        },
        Action::Attributes {
            attributes: attributes.clone(),
        },
        Action::hand_over(Some(HandoverReason::ContactAsked)),
    ]);
    assert_eq!(replies(&plan), [Reply::text("a person will help")]);
    let handover = plan.handover.as_ref().unwrap();
    assert_eq!(handover.reason, HandoverReason::ContactAsked);
    assert_eq!(handover.topics, ["orders"]);
    assert_eq!(handover.attributes, attributes);
    assert_eq!(
        plan.inline(),
        None,
        "a handover is never the webhook's answer"
    );
}

#[test]
fn resolving_completes_the_last_reply() {
    let plan = plan(vec![say("bye"), Action::Resolve]);
    assert!(plan.resolves);
    assert_eq!(plan.replies.len(), 1);
    assert_eq!(plan.replies[0].reply.complete, Some(Complete::Resolved));
    assert!(plan.inline().is_some());
}

#[test]
fn nothing_to_say_is_an_empty_inline_answer() {
    assert_eq!(plan(vec![]).inline(), Some(Reply::default()));
}

#[test]
fn two_replies_don_t_fit_into_one_response() {
    assert_eq!(plan(vec![say("one"), say("two")]).inline(), None);
}

#[test]
fn what_the_dialect_does_not_know_is_left_out_and_named() {
    let plan = plan(vec![
        Action::Typing { on: true },
        Action::Note { text: "n".into() },
        say("hi"),
    ]);
    assert_eq!(plan.left_out, ["typing", "note"]);
    assert_eq!(replies(&plan), [Reply::text("hi")]);
}

#[test]
fn free_text_never_forms_a_shortcode() {
    let text = &texts(&plan(vec![say("see %[x](reply:y)")]))[0];
    assert!(!sparkcentral::rich_text::has_opener(text), "{text}");
}

#[test]
fn a_shortcode_that_is_meant_stays_one() {
    let text = "Our [shop] is %[here](https://shop.example.com)";
    let meant = Action::Reply(ReplyAction {
        text: Some(text.into()),
        rich_text: true,
        ..ReplyAction::default()
    });
    assert_eq!(texts(&plan(vec![meant])), [text]);
}

#[test]
fn every_problem_of_an_answer_is_named_with_its_place() {
    let actions = vec![
        say("  "),
        Action::Reply(ReplyAction {
            attachment: Some(Attachment::Uploaded("../x".into())),
            ..ReplyAction::default()
        }),
        Action::Attributes {
            attributes: BTreeMap::from([("no spaces".into(), "v".into())]),
        },
        Action::Resolve,
        say("after the end"),
    ];
    let error = plan_with(actions, &Features::default(), None)
        .unwrap_err()
        .to_string();
    for expected in [
        "actions[0]",
        "actions[1].attachment",
        "actions[2].attributes",
        "actions[4]",
    ] {
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn bad_attributes_of_a_handover_are_found_before_the_handover_is_asked_for() {
    let attributes = BTreeMap::from([("no spaces".to_owned(), "v".to_owned())]);
    let actions = vec![Action::Attributes { attributes }, Action::hand_over(None)];
    assert!(plan_with(actions, &Features::default(), None).is_err());
}

#[test]
fn a_runaway_answer_is_refused() {
    let actions = vec![say("again"); MAX_ACTIONS + 1];
    assert!(plan_with(actions, &Features::default(), None).is_err());
}

#[test]
fn tags_name_their_message_over_rest_and_are_left_out_where_it_has_no_id() {
    let features = Dialect::Inbox.default_features();
    let tagged = plan_with(
        vec![Action::Tags {
            tags: vec!["t".into()],
        }],
        &features,
        None,
    )
    .unwrap();
    let reply = tagged.replies[0].reply.clone();
    assert_eq!(
        reply.apply_tags,
        Some(Tags::OnThisMessage(vec!["t".into()]))
    );
    let named = for_rest(reply.clone(), Some("m")).apply_tags.unwrap();
    assert!(matches!(named, Tags::OnMessages(tags) if tags[0].message_id == "m"));
    assert_eq!(for_rest(reply, None).apply_tags, None);
}

proptest! {
    #[test]
    fn a_long_text_is_split_for_its_medium_and_no_character_is_lost(text in "[a-zA-Zäé .😀]{1,6000}") {
        prop_assume!(!text.trim().is_empty());
        let plan = plan_with(vec![say(&text)], &Features::default(), Some("fb")).unwrap();
        let limit = sparkcentral::text_limit(&MediumId::new("fb")).unwrap();
        let pieces = texts(&plan);
        prop_assert!(pieces.iter().all(|piece| limit.allows(piece)));
        prop_assert_eq!(pieces.concat(), text);
    }
}
