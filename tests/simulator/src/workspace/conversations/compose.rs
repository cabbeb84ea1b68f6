//! The forms under a conversation: what the customer writes, what an agent does, how it was.

use maud::{Markup, html};

use crate::{
    conversation::Conversation,
    history::{Owner, Queue},
    world::World,
};

use super::one::Typed;

pub(super) fn forms(world: &World, conversation: &Conversation, typed: &Typed) -> Markup {
    let at = |act: &str| format!("/workspace/conversations/{}/{act}", conversation.id);
    html! {
        div.composers {
            form.compose.contact method="post" action=(at("messages")) aria-labelledby="as-customer" data-act {
                h2 #as-customer { "Write as the customer" }
                label.visually-hidden for="message" { "Message as the customer" }
                textarea #message name="message" rows="3" data-send { (typed.message) }
                details.small open[!typed.file.is_empty()] {
                    summary { "With a file" }
                    label for="file" { "Name of the file" }
                    input #file name="file" value=(typed.file) autocomplete="off";
                    p.muted { "Sparkcentral tells bots no files: only the text arrives." }
                }
                p.actions { button.primary { "Send as customer" } }
            }
            form.compose.human method="post" action=(at("reply")) aria-labelledby="as-agent" data-act {
                h2 #as-agent { "Reply as an agent" }
                label.visually-hidden for="reply" { "Reply" }
                textarea #reply name="reply" rows="3" required data-send { (typed.reply) }
                div.inline {
                    label for="agent" { "Agent" }
                    input #agent name="agent" value=(typed.agent()) required autocomplete="off" data-stays;
                    button.primary { "Send reply" }
                }
                @if world.agents.len() > 1 { div.inline { (bots(world, conversation, typed)) } }
                p.actions {
                    button formaction=(at("take")) formnovalidate { "Take" }
                    button formaction=(at("delegate")) formnovalidate { "Delegate to the bot" }
                    button formaction=(at("resolve")) formnovalidate { "Resolve" }
                }
                p #hint.small.muted data-live { (hint(world, conversation)) }
            }
        }
        p.with-script.small.muted hidden { "Enter sends, Shift and Enter starts a new line." }
        div #survey data-live { @if asks_how_it_was(conversation) { (survey(&at("csat"), typed)) } }
    }
}

fn bots(world: &World, conversation: &Conversation, typed: &Typed) -> Markup {
    let chosen = Some(typed.bot.as_str()).filter(|bot| !bot.is_empty());
    let chosen = chosen.or(conversation.agent.as_deref());
    html! {
        label for="bot" { "Bot" }
        select #bot name="bot" data-stays {
            @for agent in world.agents.values() {
                option value=(agent.id) selected[chosen == Some(&agent.id)] { (agent.name) }
            }
        }
    }
}

/// Who has the conversation, and what follows from it.
fn hint(world: &World, conversation: &Conversation) -> Markup {
    let channel = world.channels.get(&conversation.channel.id);
    let auto_ownership = channel.is_ok_and(|channel| channel.auto_ownership);
    html! {
        @match (&conversation.owner, conversation.queue) {
            (_, Queue::Resolved) => { "It is resolved. Take it to reply; if the customer writes, it begins again." }
            (Some(Owner::VirtualAgent { id }), _) => {
                "The bot " (id) " has it. A reply takes it from the bot, which is not told."
            }
            (Some(Owner::Human { name }), _) => {
                (name) " has it: others take it first. The bot is told nothing until it is delegated."
            }
            (None, _) if auto_ownership => { "Nobody has it. Who replies first has it from then on." }
            (None, _) => { "Nobody has it, and in this channel a reply doesn’t change that: take it." }
        }
    }
}

/// Sparkcentral asks once a conversation is over, and takes one answer.
fn asks_how_it_was(conversation: &Conversation) -> bool {
    conversation.queue == Queue::Resolved && conversation.csat.is_none()
}

fn survey(action: &str, typed: &Typed) -> Markup {
    html! {
        form.compose.contact method="post" action=(action) aria-labelledby="how-it-was" data-act {
            h2 #how-it-was { "Answer the survey as the customer" }
            div.inline {
                span { label for="score" { "Score" }
                select #score name="score" {
                    option value="5" { "5, very satisfied" }
                    option value="4" { "4, satisfied" }
                    option value="3" { "3, neutral" }
                    option value="2" { "2, unsatisfied" }
                    option value="1" { "1, very unsatisfied" }
                    option value="skipped" { "Skip the survey" }
                } }
                span { label for="comment" { "Comment" }
                    input #comment name="comment" value=(typed.comment) autocomplete="off"; }
                button { "Send answer" }
            }
        }
    }
}
