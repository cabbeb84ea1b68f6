//! What every played bot has to say.

pub const GREETING: &str = "Welcome to the shop.";
pub const ANSWER: &str = "We are open until six.";
pub const PERSON: &str = "A colleague will take over.";
pub const THANKS: &str = "You are welcome.";
pub const AGAIN: &str = "I am back.";
pub const NOT_UNDERSTOOD: &str = "I did not understand that.";

/// Applied when the contact asks a question. The operator has made it in Sparkcentral.
pub const TOPIC: &str = "opening-hours";

/// What a bot wants to become of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It stays.
    Stay,
    /// People take over.
    HandOver,
    /// It is done.
    Resolve,
}

/// One thing to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thought {
    /// The intent a service of that kind would tell.
    pub intent: &'static str,
    pub text: &'static str,
    pub wish: Wish,
    pub topic: Option<&'static str>,
}

/// What to say to a contact's words. Services that begin a conversation by words of the adapter's hear
/// `hello`, or `back` where a person gave the conversation to the bot.
pub fn think(heard: &str) -> Thought {
    let heard = heard.to_lowercase();
    let known = [
        ("question", "OpeningHours", ANSWER, Wish::Stay),
        ("person", "TalkToPerson", PERSON, Wish::HandOver),
        ("thanks", "Goodbye", THANKS, Wish::Resolve),
        ("hello", "Welcome", GREETING, Wish::Stay),
        ("back", "WelcomeBack", AGAIN, Wish::Stay),
    ];
    let found = known.iter().find(|(word, ..)| heard.contains(word));
    let (_, intent, text, wish) =
        *found.unwrap_or(&("", "FallbackIntent", NOT_UNDERSTOOD, Wish::Stay));
    let topic = (text == ANSWER).then_some(TOPIC);
    Thought {
        intent,
        text,
        wish,
        topic,
    }
}
