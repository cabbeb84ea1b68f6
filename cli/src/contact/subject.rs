//! Whom an erasure is about: what was given, and what was learnt from rows that are surely theirs.
//!
//! A row is theirs by Sparkcentral's id of the contact. What other contacts may share, such as a
//! telephone number, decides only where a row names no contact, and not where another contact is known
//! to have it too. Rows of a conversation that goes are theirs whoever is named in them.

use std::collections::BTreeSet;

use export_tables::erase::{Mentions, Whose, hashed};

/// Whom an erasure is about. Not `Debug`: it names a person.
#[derive(Clone, Default)]
pub(crate) struct Subject {
    hash_key: Option<Vec<u8>>,
    given: Texts,
    contacts: Texts,
    identifiers: Texts,
    conversations: Texts,
    /// Identifiers that another contact has too.
    shared: Texts,
    /// Other contacts with one of the identifiers.
    others: Texts,
    /// Contacts that have what was given, where it is no contact's id.
    owners: Texts,
}

/// Whose a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// By the contact's id.
    Theirs,
    /// It names no contact, and one of their identifiers.
    TheirsUnnamed,
    /// Of a conversation that goes.
    OfTheirConversation,
    /// Another contact's with one of their identifiers.
    Shared,
    /// Nobody of interest's.
    Other,
}

impl Verdict {
    pub(crate) fn goes(self) -> bool {
        matches!(
            self,
            Self::Theirs | Self::TheirsUnnamed | Self::OfTheirConversation
        )
    }
}

/// Texts as they are compared, with what stands for them in hashed columns.
#[derive(Clone, Default)]
struct Texts {
    compared: BTreeSet<String>,
    plain: BTreeSet<String>,
}

impl Texts {
    fn has(&self, text: &str) -> bool {
        self.compared.contains(&compared(text))
    }

    /// Whether it is new. An empty text never is.
    fn add(&mut self, text: &str, hash_key: Option<&[u8]>) -> bool {
        if text.trim().is_empty() || !self.plain.insert(text.to_owned()) {
            return false;
        }
        if let Some(key) = hash_key {
            let trimmed = text.trim().to_owned();
            for spelling in [text.to_owned(), trimmed, compared(text)] {
                self.compared.extend(hashed(key, &spelling));
            }
        }
        self.compared.insert(compared(text))
    }
}

/// Addresses are the same in any case; everything else is compared as it is.
fn compared(text: &str) -> String {
    let text = text.trim();
    match text.contains('@') {
        true => text.to_lowercase(),
        false => text.to_owned(),
    }
}

impl Subject {
    /// Whoever `given` stands for. `hash_key`: of the stage's hashed columns.
    pub(crate) fn new(given: &str, hash_key: Option<Vec<u8>>) -> Self {
        let mut subject = Self {
            hash_key,
            ..Self::default()
        };
        let key = subject.hash_key.as_deref();
        subject.given.add(given, key);
        subject.identifiers.add(given, key);
        subject
    }

    /// Whose a row is.
    pub(crate) fn verdict(&self, whose: &Whose) -> Verdict {
        let mut identifiers = whose.identifiers.iter();
        if !whose.contact.trim().is_empty() {
            if self.contacts.has(&whose.contact) || self.given.has(&whose.contact) {
                return Verdict::Theirs;
            }
            if self.conversations.has(&whose.conversation) {
                return Verdict::OfTheirConversation;
            }
            return match identifiers.any(|text| self.identifiers.has(text)) {
                true => Verdict::Shared,
                false => Verdict::Other,
            };
        }
        if self.conversations.has(&whose.conversation) {
            return Verdict::OfTheirConversation;
        }
        match identifiers.any(|text| self.identifiers.has(text) && !self.shared.has(text)) {
            true => Verdict::TheirsUnnamed,
            false => Verdict::Other,
        }
    }

    /// Learns from a row; whether anything is new.
    pub(crate) fn learn(&mut self, whose: &Whose) -> bool {
        let key = self.hash_key.clone();
        let key = key.as_deref();
        match self.verdict(whose) {
            Verdict::Theirs => {
                let mut new = self.contacts.add(&whose.contact, key);
                for text in &whose.identifiers {
                    new |= self.identifiers.add(text, key);
                }
                new | self.conversations.add(&whose.conversation, key)
            }
            Verdict::TheirsUnnamed => self.conversations.add(&whose.conversation, key),
            Verdict::Shared => {
                let mut new = self.others.add(&whose.contact, key);
                for text in &whose.identifiers {
                    if self.given.has(text) {
                        new |= self.owners.add(&whose.contact, key);
                    }
                    if self.identifiers.has(text) {
                        new |= self.shared.add(text, key);
                    }
                }
                new
            }
            Verdict::OfTheirConversation | Verdict::Other => false,
        }
    }

    pub(crate) fn has_conversation(&self, conversation: &str) -> bool {
        self.conversations.has(conversation)
    }

    /// How many contacts have what was given, where it is no contact's own id. A contact counts once,
    /// in plain or as a hash.
    pub(crate) fn owners(&self) -> usize {
        let hashes = self.owners.plain.iter().filter_map(|text| self.hash(text));
        let hashes: BTreeSet<String> = hashes.collect();
        let owners = self.owners.plain.iter();
        owners.filter(|text| !hashes.contains(*text)).count()
    }

    /// Makes those who have what was given the ones that go, where it is no contact's own id. Whether
    /// there are any.
    pub(crate) fn adopt_owners(&mut self) -> bool {
        if !self.contacts.plain.is_empty() || self.owners.plain.is_empty() {
            return false;
        }
        self.contacts = std::mem::take(&mut self.owners);
        self.shared = Texts::default();
        self.others = Texts::default();
        true
    }

    pub(crate) fn conversations(&self) -> usize {
        let hashes = self.conversations.plain.iter();
        let hashes: BTreeSet<String> = hashes.filter_map(|text| self.hash(text)).collect();
        let plain = self.conversations.plain.iter();
        plain.filter(|text| !hashes.contains(*text)).count()
    }

    /// Other contacts that have one of the identifiers: it stays with them.
    pub(crate) fn others(&self) -> usize {
        let others = self.others.plain.iter();
        others.filter(|text| !self.contacts.has(text)).count()
    }

    fn hash(&self, text: &str) -> Option<String> {
        hashed(self.hash_key.as_deref()?, text)
    }

    /// Finds them in what is no row.
    pub(crate) fn mentions(&self) -> Option<Mentions> {
        let own = self.identifiers.plain.iter();
        let own = own.filter(|text| !self.shared.has(text));
        let sure = self.contacts.plain.iter().chain(&self.conversations.plain);
        let texts = own.chain(sure).chain(&self.given.plain);
        Mentions::of(texts.map(|text| text.trim()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(contact: &str, identifiers: &[&str], conversation: &str) -> Whose {
        Whose {
            contact: contact.into(),
            identifiers: identifiers.iter().map(|&text| text.to_owned()).collect(),
            conversation: conversation.into(),
        }
    }

    #[test]
    fn what_is_known_grows_from_rows_that_are_theirs() {
        let mut subject = Subject::new("0-1", None);
        assert!(subject.learn(&row("0-1", &["a@example.com", "+1"], "c-1")));
        assert!(
            !subject.learn(&row("0-1", &["a@example.com", ""], "c-1")),
            "known"
        );
        assert_eq!(
            subject.verdict(&row("", &["A@Example.com "], "")),
            Verdict::TheirsUnnamed
        );
        assert_eq!(
            subject.verdict(&row("", &["+1"], "")),
            Verdict::TheirsUnnamed
        );
        assert_eq!(
            subject.verdict(&row("0-2", &[], "c-1")),
            Verdict::OfTheirConversation
        );
        assert_eq!(subject.verdict(&row("0-2", &["x"], "c-2")), Verdict::Other);
        assert_eq!(subject.conversations(), 1);
    }

    #[test]
    fn a_shared_number_takes_nobody_else_along() {
        let mut subject = Subject::new("0-1", None);
        subject.learn(&row("0-1", &["+1"], "c-1"));
        let other = row("0-2", &["+1", "b@example.com"], "c-2");
        assert_eq!(subject.verdict(&other), Verdict::Shared);
        subject.learn(&other);
        assert_eq!(subject.others(), 1);
        assert_eq!(subject.verdict(&row("", &["+1"], "c-2")), Verdict::Other);
        assert_eq!(
            subject.verdict(&row("0-2", &["b@example.com"], "")),
            Verdict::Other
        );
        assert!(!subject.has_conversation("c-2"));
    }

    #[test]
    fn an_address_stands_for_the_contact_that_has_it() {
        let mut subject = Subject::new("A@example.com", None);
        subject.learn(&row("0-1", &["a@example.com"], "c-1"));
        assert_eq!(subject.owners(), 1);
        assert!(subject.adopt_owners());
        assert_eq!(subject.verdict(&row("0-1", &[], "")), Verdict::Theirs);
        assert!(!subject.adopt_owners(), "once");
        let mut two = Subject::new("+1", None);
        two.learn(&row("0-1", &["+1"], ""));
        two.learn(&row("0-2", &["+1"], ""));
        assert_eq!(two.owners(), 2);
    }

    #[test]
    fn a_hashed_column_is_read_by_its_key() {
        let key = Some(vec![7; 32]);
        let hash = |text: &str| hashed(&[7; 32], text).unwrap();
        let mut subject = Subject::new("0-1", key);
        subject.learn(&row(&hash("0-1"), &[&hash("+1")], "c-1"));
        subject.learn(&row("0-1", &["+1"], "c-1"));
        assert_eq!(
            subject.verdict(&row("", &[&hash("+1")], "")),
            Verdict::TheirsUnnamed
        );
        assert_eq!(
            subject.verdict(&row("", &[], &hash("c-1"))),
            Verdict::OfTheirConversation
        );
        let mut owned = Subject::new("+1", Some(vec![7; 32]));
        owned.learn(&row("0-1", &["+1"], ""));
        owned.learn(&row(&hash("0-1"), &[&hash("+1")], ""));
        assert_eq!(owned.owners(), 1);
    }

    proptest! {
        #[test]
        fn nothing_empty_is_ever_a_reason(
            rows in proptest::collection::vec(
                ("(|0-[12])", "(| |\\+[12])", "(|c-[12])"), 0..12),
        ) {
            let mut subject = Subject::new("0-1", None);
            for (contact, identifier, conversation) in &rows {
                subject.learn(&row(contact, &[identifier], conversation));
            }
            prop_assert_eq!(subject.verdict(&row("", &["", " "], "")), Verdict::Other);
            prop_assert_eq!(subject.verdict(&row("0-3", &["", " "], "")), Verdict::Other);
            prop_assert!(subject.verdict(&row("0-3", &["+1"], "c-9")) != Verdict::Theirs);
        }
    }
}
