//! Sending webhooks: signed, in order per conversation, with retries.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::http::header::CONTENT_TYPE;
use futures::future::{join, join_all};
use serde_json::Value;

use crate::{
    agent::Agent,
    app::App,
    event::Event,
    faults::{About, WebhookStrike},
    moment::Moment,
    records::WebhookAttempt,
    world::World,
};

/// An event on its way, with all that is needed to send it.
struct Delivery {
    conversation: String,
    event: Event,
    agent: Agent,
    data: Value,
    strike: WebhookStrike,
    timeout: Duration,
    retry_delays: Vec<Duration>,
    /// When set, every attempt states this instead of its own time.
    timestamp: Option<Moment>,
}

/// Starts sending a conversation's waiting events, unless a task does so already.
pub(crate) fn send_waiting(app: &Arc<App>, conversation: &str) {
    {
        let mut world = app.world();
        match world.conversation_mut(conversation) {
            Ok(found) if !found.delivering && !found.outbox.is_empty() => found.delivering = true,
            _ => return,
        }
    }
    app.spawn(work_off(Arc::clone(app), conversation.to_owned()));
}

async fn work_off(app: Arc<App>, conversation: String) {
    loop {
        let next = app
            .world()
            .next_delivery(&conversation, app.now(), Moment::now());
        app.changed();
        let Some(delivery) = next else {
            return;
        };
        match delivery.strike.detached {
            None => deliver(&app, &delivery).await,
            Some(delay) => {
                let task_app = Arc::clone(&app);
                app.spawn(async move {
                    tokio::time::sleep(delay).await;
                    deliver(&task_app, &delivery).await;
                });
            }
        }
    }
}

impl World {
    /// The next event to send, or `None`, after which nobody is sending for this conversation any more.
    /// Events whose assignment is over are written down as never sent.
    /// `sent_at` is the machine's time: a receiver refuses what seems to be old or of the future.
    fn next_delivery(&mut self, id: &str, now: Moment, sent_at: Moment) -> Option<Delivery> {
        loop {
            let conversation = self.conversations.get_mut(id)?;
            let Some(event) = conversation.outbox.pop_front() else {
                conversation.delivering = false;
                return None;
            };
            let current = conversation.assignment == event.assignment
                && conversation.virtual_agent() == Some(event.agent.as_str());
            let agent = self.agents.get(&event.agent).filter(|_| current);
            let contact = self.contacts.get(&conversation.contact);
            let (Some(agent), Some(contact)) = (agent, contact) else {
                conversation.undelivered.remove(&event.key);
                conversation.webhooks.push(WebhookAttempt {
                    at: now,
                    event: event.event_type(),
                    message_id: event.message_id().map(String::from),
                    key: event.key,
                    attempt: 0,
                    copy: 0,
                    status: None,
                    error: Some("not sent: the conversation is no longer with the agent".into()),
                    latency_ms: 0,
                    answer: None,
                });
                continue;
            };
            let about = About {
                conversation: Some(id),
                agents: std::slice::from_ref(&event.agent),
            };
            let mut strike = self.faults.strike_webhook(about, sent_at);
            if !self.config.ordered_webhooks {
                strike.detached.get_or_insert(Duration::ZERO);
            }
            return Some(Delivery {
                data: event.data(conversation, contact, agent.inbound_detail),
                conversation: id.into(),
                agent: agent.clone(),
                event,
                strike,
                timeout: self.config.webhook_timeout,
                retry_delays: self.config.retry_delays.clone(),
                timestamp: (!self.config.retries_renew_timestamp).then_some(sent_at),
            });
        }
    }
}

/// Sends an event until it is answered or given up.
async fn deliver(app: &App, delivery: &Delivery) {
    let copies = join_all((1..=delivery.strike.copies).map(|copy| attempt(app, delivery, 1, copy)));
    let (delivered, copies) = join(insist(app, delivery), copies).await;
    {
        let mut world = app.world();
        let (id, event) = (&delivery.conversation, &delivery.event);
        if !delivered && !copies.contains(&true) {
            world.give_up(id, event, app.now());
        }
        if let Ok(conversation) = world.conversation_mut(id) {
            conversation.undelivered.remove(&event.key);
        }
    }
    app.changed();
}

/// The event itself, with its retries. True once it is answered.
async fn insist(app: &App, delivery: &Delivery) -> bool {
    if attempt(app, delivery, 1, 0).await {
        return true;
    }
    for (number, &delay) in (2..).zip(&delivery.retry_delays) {
        tokio::time::sleep(delay).await;
        if attempt(app, delivery, number, 0).await {
            return true;
        }
    }
    false
}

/// One attempt, written down with its outcome. True for a 200: any other status is a failure, as the
/// vendor asks for "200 OK".
async fn attempt(app: &App, delivery: &Delivery, number: u32, copy: u32) -> bool {
    let at = app.now();
    let begun = Instant::now();
    let outcome = exchange(
        app,
        delivery,
        delivery.timestamp.unwrap_or_else(Moment::now),
    )
    .await;
    let latency_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut record = WebhookAttempt {
        at,
        event: delivery.event.event_type(),
        message_id: delivery.event.message_id().map(String::from),
        key: delivery.event.key.clone(),
        attempt: number,
        copy,
        status: None,
        error: None,
        latency_ms,
        answer: None,
    };
    let delivered = {
        let mut world = app.world();
        match outcome {
            Ok((status, body)) => {
                record.status = Some(status);
                if status == 200 {
                    let now = app.now();
                    let (id, event) = (&delivery.conversation, &delivery.event);
                    record.answer = Some(world.answer(id, event, &body, now));
                } else {
                    record.error = Some("the answer is not 200".into());
                }
            }
            Err(error) => record.error = Some(error),
        }
        let delivered = record.answer.is_some();
        tracing::info!(
            conversation = delivery.conversation,
            attempt = number,
            status = record.status,
            error = record.error,
            latency_ms,
            "webhook sent"
        );
        if let Ok(conversation) = world.conversation_mut(&delivery.conversation) {
            conversation.webhooks.push(record);
        }
        delivered
    };
    app.changed();
    delivered
}

/// Sends the event and reads the whole answer.
async fn exchange(
    app: &App,
    delivery: &Delivery,
    timestamp: Moment,
) -> Result<(u16, Vec<u8>), String> {
    let agent = &delivery.agent;
    let body = delivery.event.envelope(&delivery.data, timestamp);
    let request = app
        .http
        .post(agent.webhook_url.clone())
        .timeout(delivery.timeout)
        .header(CONTENT_TYPE.as_str(), "application/json")
        .header(agent.dialect.signature_header(), agent.sign(&body))
        .body(body);
    let in_words = |error: reqwest::Error| {
        if error.is_timeout() {
            format!("no answer within {} ms", delivery.timeout.as_millis())
        } else if error.is_connect() {
            "can't connect".into()
        } else {
            error.without_url().to_string()
        }
    };
    let answer = request.send().await.map_err(in_words)?;
    let status = answer.status().as_u16();
    let body = answer.bytes().await.map_err(in_words)?;
    Ok((status, body.into()))
}
