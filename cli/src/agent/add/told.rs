//! What is said about an agent that was registered.

use anyhow::Result;
use conversation::AgentSettings;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sparkcentral::Dialect;

use super::given::Given;
use crate::agent::command_line;
use crate::agent::tokens::{Made, role_word};
use crate::output::{self, visible};
use crate::place::Place;

/// An agent that was registered, with what was made for it and must be shown once.
pub(crate) struct Registered {
    agent: String,
    webhook_url: String,
    settings: AgentSettings,
    api_tokens: Vec<Made>,
    signing_key: Option<SecretString>,
    /// Whether the screens were told of while the agent was made.
    was_asked: bool,
}

impl Registered {
    pub(crate) fn new(
        agent: String,
        webhook_url: String,
        settings: AgentSettings,
        given: Given,
        was_asked: bool,
    ) -> Self {
        Self {
            agent,
            webhook_url,
            settings,
            api_tokens: given.api_tokens,
            signing_key: given.bot.new_signing_key().cloned(),
            was_asked,
        }
    }

    pub(crate) fn print(&self, place: &Place, as_json: bool) -> Result<()> {
        if as_json {
            let mut made = json!({
                "agent": self.agent,
                "webhook_url": self.webhook_url,
                "dialect": self.settings.dialect,
                "region": self.settings.region,
                "bot": self.settings.bot.kind(),
                "secret": place.agent_secret(&self.agent),
                "api_tokens": self.api_tokens,
            });
            if let Some(key) = &self.signing_key {
                made["signing_key"] = key.expose_secret().into();
            }
            return output::json(&made);
        }
        let doctor = command_line(place, &format!("doctor {}", self.agent));
        output::print(&self.text(&doctor))
    }

    fn text(&self, doctor: &str) -> String {
        let mut text = format!(
            "Agent {} is registered.\n  bot          {}\n  webhook URL  {}\n",
            self.agent,
            self.settings.bot.kind(),
            self.webhook_url
        );
        let mut secrets = String::new();
        for Made { name, role, token } in &self.api_tokens {
            secrets.push_str(&format!(
                "  API token {} ({})\n    {}\n",
                visible(name),
                role_word(*role),
                token.expose_secret()
            ));
        }
        if let Some(key) = &self.signing_key {
            secrets.push_str(&format!(
                "  signing key, for the bot\n    {}\n",
                key.expose_secret()
            ));
        }
        if !secrets.is_empty() {
            text.push_str("\nShown only now, so put them where they are needed:\n");
            text.push_str(&secrets);
        }
        let product = match self.settings.dialect {
            Dialect::Sparkcentral => "Sparkcentral",
            Dialect::Inbox => "Hootsuite Inbox",
        };
        let mut left = vec![
            "Edit the virtual agent, and enable the channels in which the bot shall answer.",
            "Create the topics that the bot and the handovers use: unknown ones are ignored without a word.",
        ];
        if !self.was_asked {
            left.insert(
                0,
                "Give the virtual agent the webhook URL above, if it has another one.",
            );
        }
        text.push_str(&format!("\nLeft to do in {product}:\n"));
        for (place, what) in left.iter().enumerate() {
            text.push_str(&format!("  {}. {what}\n", place + 1));
        }
        text.push_str(&format!("\nThen check everything:\n  {doctor}\n"));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::{settings, tokens};

    #[test]
    fn what_was_made_is_shown_once_and_what_is_left_to_do_follows() {
        let settings = settings::parse("region = \"us\"\n[bot]\nkind = \"script\"\n").unwrap();
        let mut registered = Registered {
            agent: "shop".into(),
            webhook_url: "https://api.example.com/webhooks/shop".into(),
            settings,
            api_tokens: Vec::new(),
            signing_key: None,
            was_asked: true,
        };
        let text = registered.text("sparkbridge doctor shop");
        assert!(
            text.starts_with("Agent shop is registered.\n  bot          script\n"),
            "{text}"
        );
        assert!(!text.contains("Shown only now"), "{text}");
        assert!(text.ends_with("  sparkbridge doctor shop\n"), "{text}");
        registered
            .api_tokens
            .push(tokens::wanted("bot:viewer").unwrap().make().unwrap());
        registered.signing_key = Some("whsec_x".into());
        let text = registered.text("");
        let token = registered.api_tokens[0].token.expose_secret();
        assert!(
            text.contains(&format!("  API token bot (viewer)\n    {token}\n")),
            "{text}"
        );
        assert!(text.contains("    whsec_x\n"), "{text}");
    }
}
