//! The faults by name: what people will see, what each can strike, what else can be said about it.

use crate::{
    fault_spec::{
        FaultKind,
        Target::{self, Conversations, Presence, Token},
    },
    workspace::words,
};

/// A fault and what people are told about it.
pub(super) struct Switch {
    pub(super) kind: FaultKind,
    /// As the control face names it.
    pub(super) value: &'static str,
    /// What will be seen.
    pub(super) seen: &'static str,
    /// What it can strike; empty for webhooks.
    pub(super) on: &'static [Target],
    pub(super) own: Option<Own>,
}

/// A field only some faults have.
pub(super) struct Own {
    pub(super) field: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) min: u32,
    pub(super) max: u32,
}

const fn delay(hint: &'static str) -> Option<Own> {
    Some(Own {
        field: "delay_ms",
        label: "Delay (milliseconds)",
        hint,
        min: 0,
        max: 600_000,
    })
}

pub(super) const WEBHOOKS: [Switch; 2] = [
    Switch {
        kind: FaultKind::DuplicateWebhook,
        value: "duplicate_webhook",
        seen: "The same webhook comes twice at once. Both are answered, the bot is asked once.",
        on: &[],
        own: Some(Own {
            field: "copies",
            label: "Copies",
            hint: "Beside the webhook itself. Empty: 1.",
            min: 1,
            max: 20,
        }),
    },
    Switch {
        kind: FaultKind::ReorderWebhooks,
        value: "reorder_webhooks",
        seen: "A webhook is late and the next one overtakes it. Every message is still answered once.",
        on: &[],
        own: delay("Empty: 300."),
    },
];

pub(super) const CALLS: [Switch; 7] = [
    Switch {
        kind: FaultKind::DropAfterAccept,
        value: "drop_after_accept",
        seen: "A reply arrives, but the connection breaks before the answer. The outbox shows it as unknown: it may have arrived, so it is only sent again if the agent's settings say so.",
        on: &[Conversations],
        own: None,
    },
    Switch {
        kind: FaultKind::Slow,
        value: "slow",
        seen: "Sparkcentral looks at the call late. The reply comes later; if that takes too long, it may have arrived, and the outbox shows it as unknown.",
        on: &[Conversations, Token, Presence],
        own: delay("Empty: 1000."),
    },
    Switch {
        kind: FaultKind::TokenExpired,
        value: "token_expired",
        seen: "401, and the token is gone for good. Sparkbridge asks for a new one and sends the reply once more.",
        on: &[Conversations, Token],
        own: None,
    },
    Switch {
        kind: FaultKind::Unauthorized,
        value: "unauthorized",
        seen: "401, as if the credentials were wrong. Sparkbridge tries a new token once; twice in a row is a failed attempt.",
        on: &[Conversations, Token, Presence],
        own: None,
    },
    Switch {
        kind: FaultKind::NotFound,
        value: "not_found",
        seen: "404, as if somebody had taken the conversation. The bot stops, and what it still had to say is dropped.",
        on: &[Conversations, Token],
        own: None,
    },
    Switch {
        kind: FaultKind::RateLimited,
        value: "rate_limited",
        seen: "429, too many requests. The reply is sent again later and arrives once.",
        on: &[Conversations, Token, Presence],
        own: None,
    },
    Switch {
        kind: FaultKind::ServerError,
        value: "server_error",
        seen: "Sparkcentral fails. After 500 and 503 the reply is sent again; after any other it may have arrived, and is unknown.",
        on: &[Conversations, Token, Presence],
        own: Some(Own {
            field: "status",
            label: "Status",
            hint: "500 to 599. Empty: 500.",
            min: 500,
            max: 599,
        }),
    },
];

/// The control face's name of a target, and ours.
pub(super) fn target(target: Target) -> (&'static str, &'static str) {
    match target {
        Conversations => ("conversations", "Replies and attachments"),
        Token => ("token", "Requests for a token"),
        Presence => ("presence", "Presence and waiting times"),
    }
}

/// The form of a fault, if there is such a fault. It is also the form's id.
pub(super) fn named(fault: &str) -> Option<&'static str> {
    let mut all = WEBHOOKS.iter().chain(&CALLS);
    all.find(|switch| switch.value == fault)
        .map(|switch| switch.value)
}

/// "Duplicate webhook".
pub(super) fn name(kind: FaultKind) -> String {
    let mut all = WEBHOOKS.iter().chain(&CALLS);
    let found = all.find(|switch| switch.kind == kind);
    words::sentence(&words::plain(found.map_or("", |switch| switch.value)))
}

/// What a fault strikes, in words.
pub(super) fn struck(kind: FaultKind, on: Target) -> &'static str {
    match kind {
        FaultKind::DuplicateWebhook | FaultKind::ReorderWebhooks => "Webhooks",
        _ => target(on).1,
    }
}
