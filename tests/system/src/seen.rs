//! Reading what Sparkcentral and conversation-api show of a conversation.

use serde_json::Value;

/// Texts the virtual agent said, in order.
pub fn said_by_bot(seen: &Value) -> Vec<String> {
    spoken(seen)
        .map(|message| message["text"].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// The virtual agent's messages, in order.
pub fn spoken(seen: &Value) -> impl Iterator<Item = &Value> {
    list(&seen["messages"])
        .iter()
        .filter(|message| message["author"] == "virtual_agent")
}

/// How each message of the virtual agent came: `webhook_answer` or `rest`.
pub fn ways(seen: &Value) -> Vec<&str> {
    spoken(seen)
        .filter_map(|message| message["via"].as_str())
        .collect()
}

/// Topics applied or at least asked for, in lower case: the simulator, like Sparkcentral, ignores unknown
/// names.
pub fn topics(seen: &Value) -> Vec<String> {
    let both = [&seen["topics"], &seen["ignored_topics"]];
    both.into_iter()
        .flat_map(list)
        .filter_map(|topic| topic.as_str().map(str::to_lowercase))
        .collect()
}

/// Why the conversation is where it is.
pub fn last_reason(seen: &Value) -> &str {
    let last = list(&seen["history"]).last();
    last.and_then(|change| change["reason"].as_str())
        .unwrap_or_default()
}

/// Whether the virtual agent gave the conversation to people, who have not taken it yet.
pub fn handed_over(seen: &Value) -> bool {
    seen["queue"] == "New" && last_reason(seen) == "handover"
}

/// What conversation-api tells of the contact's and the bot's words, in order.
pub fn transcript(told: &Value) -> &[Value] {
    list(&told["transcript"])
}

/// Deliveries of the stored replies, in order.
pub fn deliveries(told: &Value) -> Vec<&Value> {
    let entries = transcript(told).iter();
    entries.filter_map(|entry| entry.get("delivery")).collect()
}

/// A list, which may be absent.
fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
