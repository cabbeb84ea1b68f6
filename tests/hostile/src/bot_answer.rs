//! What a bot answers: a byte for its kind, one for the contact's medium, one for the agent's settings,
//! then the body of its answer.

use std::collections::BTreeMap;

use bots::{BotError, reading};
use conversation::{
    Action, Answer, BedrockSettings, BotAnswer, DialogflowSettings, Internal, LexSettings,
    LocalText, MAX_MESSAGES, MAX_SESSION_BYTES, MessageSettings, Plan, PlanFor, Trigger, Turn,
    TurnSettings, choose, first_word,
};
use serde_json::json;
use sparkcentral::{Dialect, Features, MediumId, renders_shortcodes, text_limit};
use time::OffsetDateTime;

use crate::input::Input;

mod shortcodes;

/// Bytes that an error's text may have: it stands in a log line.
const LONGEST_PROBLEM: usize = 4 * 1024;
const MEDIA: [&str; 7] = ["rtm", "fb", "instagram", "sms", "whatsapp", "twit", "email"];

/// Reads an answer and plans what it becomes, and then the answer to the turn after it.
pub fn check(data: &[u8]) {
    let mut input = Input(data);
    let (kind, medium, flags) = (input.byte(), input.byte(), input.byte());
    let body = input.0;
    if body.len() > bots::MAX_RESPONSE_BYTES {
        return;
    }
    let mut turn = turn(flags);
    for _ in 0..2 {
        let answer = match read(kind, &turn, body) {
            Ok(answer) => answer,
            Err(problem) => {
                let text = problem.to_string();
                assert!(text.len() <= LONGEST_PROBLEM, "{} bytes", text.len());
                return;
            }
        };
        if let Some(session) = &answer.session {
            assert!(session.to_string().len() <= MAX_SESSION_BYTES);
            turn.session = session.clone();
        }
        planned(answer, &turn.trigger, medium, flags);
    }
}

fn turn(flags: u8) -> Turn {
    let trigger = match flags & 3 {
        0 => Trigger::Started,
        1 => Trigger::Delegated,
        _ => Trigger::Message {
            text: "hello".to_owned(),
            message_id: None,
            payload: None,
        },
    };
    Turn {
        version: 1,
        turn_id: "turn-1".to_owned(),
        agent: "shop".to_owned(),
        conversation_id: "conversation-1".to_owned(),
        episode: 1,
        trigger,
        language: Input::bit(flags, 2).then(|| "en".to_owned()),
        topics: vec!["known".to_owned()],
        internal: Internal::default(),
        history: Vec::new(),
        session: serde_json::Value::Null,
        received_at: OffsetDateTime::UNIX_EPOCH,
        answer_by: OffsetDateTime::UNIX_EPOCH,
    }
}

fn read(kind: u8, turn: &Turn, body: &[u8]) -> Result<Answer, BotError> {
    match kind % 5 {
        0 => reading::http(body),
        1 => reading::rasa(body, &turn.topics),
        2 => reading::dialogflow(&dialogflow(), turn, body),
        3 => reading::lex(&lex(), turn, body),
        _ => reading::bedrock(&bedrock(), turn, body),
    }
}

fn dialogflow() -> DialogflowSettings {
    serde_json::from_value(json!({
        "agent": "projects/p/locations/global/agents/a",
        "topics": {"intent": ["topic"]},
        "attributes": {"plan": "plan"},
        "restore_page": true,
        "resolve_at_end": true,
        "not_understood_after": 2,
    }))
    .unwrap()
}

fn lex() -> LexSettings {
    serde_json::from_value(json!({
        "bot_id": "ABCDEFGHIJ",
        "bot_alias_id": "TSTALIASID",
        "topics": {"intent": "topic"},
        "slot_attributes": {"plan": "plan"},
        "handover_intents": ["people"],
        "resolve_intents": ["bye"],
    }))
    .unwrap()
}

fn bedrock() -> BedrockSettings {
    serde_json::from_value(json!({
        "model_id": "model",
        "system_prompt": "You help.",
        "topics": ["topic"],
        "attributes": {"plan": "The plan"},
        "quick_replies": true,
    }))
    .unwrap()
}

/// What must hold of what an answer becomes.
fn planned(answer: Answer, trigger: &Trigger, medium: u8, flags: u8) {
    let settings = TurnSettings {
        delegated_text: Input::bit(flags, 3).then(|| LocalText::from("hi")),
        ..TurnSettings::default()
    };
    let BotAnswer::Now(answer) = first_word(BotAnswer::Now(answer), trigger, &settings, Some("en"))
    else {
        return;
    };
    let medium = MEDIA.get(usize::from(medium) % (MEDIA.len() + 1));
    let medium = medium.map(|id| MediumId::new(*id));
    let features = features(flags);
    let messages = MessageSettings {
        attachment_text: Input::bit(flags, 6).then(|| LocalText::from("see %[our](reply:site)")),
        ..MessageSettings::default()
    };
    let wanted = PlanFor {
        features: &features,
        messages: &messages,
        medium: medium.as_ref(),
        language: Some("en"),
        id: "turn-1",
    };
    let plan = Plan::of(&answer, &wanted);
    assert!(plan == Plan::of(&answer, &wanted), "planned differently");
    match plan {
        Ok(plan) => limits(&answer, &plan, &wanted),
        Err(problem) => assert!(problem.to_string().len() <= LONGEST_PROBLEM),
    }
}

fn features(flags: u8) -> Features {
    if Input::bit(flags, 4) {
        return Features {
            send_messages: true,
            indicate_typing: true,
            conversation_notes: true,
            apply_tags: true,
        };
    }
    let dialect = if Input::bit(flags, 5) {
        Dialect::Inbox
    } else {
        Dialect::Sparkcentral
    };
    dialect.default_features()
}

fn limits(answer: &Answer, plan: &Plan, wanted: &PlanFor<'_>) {
    let replies = answer.actions.iter().filter_map(|action| match action {
        Action::Reply(reply) => Some(reply),
        _ => None,
    });
    let rich = replies.clone().any(|reply| reply.rich_text);
    let tappable: usize = replies
        .map(|reply| reply.quick_replies.len() + reply.links.len())
        .sum();
    let mut messages = 0;
    let mut buttons = 0;
    for planned in &plan.replies {
        assert!(
            planned
                .reply
                .validate(wanted.features, wanted.medium)
                .is_ok()
        );
        for message in planned.reply.messages() {
            messages += 1;
            let text = message.text.as_deref().unwrap_or_default();
            assert!(!text.trim().is_empty() || message.attachment.is_some());
            let limit = wanted.medium.and_then(text_limit);
            assert!(limit.is_none_or(|limit| limit.allows(text)));
            if !rich {
                buttons += shortcodes::buttons(text);
            }
        }
        for note in &planned.reply.apply_conversation_notes {
            assert_eq!(shortcodes::openers(&note.text), 0);
        }
        if let Some(upload) = &planned.upload {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            assert!(upload.name.bytes().all(fits) && upload.name.len() < 128);
            let instead = upload.instead.as_deref().unwrap_or_default();
            assert_eq!(shortcodes::openers(instead), 0);
        }
    }
    assert!(messages <= MAX_MESSAGES);
    let shown = wanted.medium.is_some_and(renders_shortcodes);
    assert!(buttons <= if shown { tappable } else { 0 });
    let summary = plan.handover.as_ref().and_then(|to| to.summary.as_deref());
    assert_eq!(shortcodes::openers(summary.unwrap_or_default()), 0);
    if let Some(inline) = plan.inline() {
        assert!(inline.validate(wanted.features, wanted.medium).is_ok());
    }
    chosen(plan);
}

/// Each answer offered is found by what its button brings back.
fn chosen(plan: &Plan) {
    let mut by_button = BTreeMap::new();
    for choice in &plan.choices {
        if let Some(button) = &choice.button {
            by_button.entry(button.trim()).or_insert(&choice.payload);
        }
    }
    for (button, payload) in by_button {
        let found = choose(&plan.choices, "", Some(button)).unwrap();
        assert!(
            found.payload == *payload,
            "a button brings another's payload"
        );
    }
}
