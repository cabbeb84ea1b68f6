use proptest::prelude::*;

use super::*;

#[test]
fn addresses_and_numbers_of_people_are_taken_out_and_the_rest_stays() {
    for (text, redacted) in [
        ("Mail me: contact-1@example.com.", "Mail me: [email]."),
        ("<contact.1+x@mail.example.co.uk>", "<[email]>"),
        ("a@b, c@d", "[email], [email]"),
        ("@mention and 2 @ 5", "@mention and 2 @ 5"),
        ("IBAN BE68 5390 0754 7034 please", "IBAN [iban] please"),
        ("be68539007547034", "[iban]"),
        ("NL91-ABNA-0417-1643-00", "[iban]"),
        ("FR14 2004 1010 0505 0001 3M02 606!", "[iban]!"),
        // One digit wrong: no IBAN, and a number too long to stay all the same.
        ("BE68 5390 0754 7035", "BE[phone]"),
        ("card 4111 1111 1111 1111 ok", "card [card] ok"),
        ("4111-1111-1111-1111", "[card]"),
        ("378282246310005", "[card]"),
        ("4111 1111 1111 1112", "[number]"),
        ("+32 470 12 34 56", "[phone]"),
        ("call (555) 123-4567 now", "call [phone] now"),
        ("+44 (0) 20 7946 0958", "[phone]"),
        ("0470123456", "[phone]"),
        ("12 34 56 78", "[phone]"),
        ("order 1234567", "order 1234567"),
        ("order 12345678", "order [number]"),
        ("ORD-1234", "ORD-1234"),
        ("on 2026-10-05 14:30", "on 2026-10-05 14:30"),
        ("5.10.2026, 05/10/2026.", "5.10.2026, 05/10/2026."),
        ("31.31.2026.55", "[phone]"),
        ("2026-10-05-1234", "[phone]"),
        ("1234 2026-10-05", "[phone]"),
        ("12:30, 3.50 EUR, (2), 1 + 1", "12:30, 3.50 EUR, (2), 1 + 1"),
        ("٠١٢٣٤٥٦٧٨٩", "[number]"),
        ("12\u{200B}34\u{200B}5678", "[phone]"),
        ("", ""),
    ] {
        assert_eq!(redact(text), redacted, "{text}");
    }
}

/// A card number: the check digit makes the sum fit.
fn card(digits: &[u32]) -> String {
    let check = (0..10).find(|check| {
        let number: Vec<char> = digits
            .iter()
            .chain([check])
            .filter_map(|digit| char::from_digit(*digit, 10))
            .collect();
        passes_luhn(&number)
    });
    let all = digits.iter().copied().chain(check);
    all.filter_map(|digit| char::from_digit(digit, 10))
        .collect()
}

fn grouped(number: &str, size: usize, separator: &str) -> String {
    let characters: Vec<char> = number.chars().collect();
    let groups = characters
        .chunks(size)
        .map(|group| group.iter().collect::<String>());
    groups.collect::<Vec<_>>().join(separator)
}

fn longest_digits(text: &str) -> usize {
    text.split(|c: char| !c.is_numeric())
        .map(str::len)
        .max()
        .unwrap_or(0)
}

proptest! {
    #[test]
    fn no_text_makes_it_fail_and_redacting_twice_changes_nothing(text in ".{0,200}") {
        let once = redact(&text);
        prop_assert_eq!(redact(&once), once.clone());
        prop_assert!(longest_digits(&once) < LONG * 4);
    }

    #[test]
    fn no_long_number_stays_whatever_is_around_it(
        before in "[a-zA-Zé .,!?]{0,20}",
        number in "[0-9]{8,40}",
        after in "[a-zA-Zé .,!?]{0,20}",
    ) {
        let redacted = redact(&format!("{before}{number}{after}"));
        prop_assert!(longest_digits(&redacted) < LONG, "{}", redacted);
    }

    #[test]
    fn no_card_number_stays_however_it_is_grouped(
        digits in proptest::collection::vec(0..10_u32, 12..=18),
        separator in "[ .-]?",
        size in 2..6_usize,
    ) {
        let text = grouped(&card(&digits), size, &separator);
        let redacted = redact(&format!("my card: {text}!"));
        prop_assert!(!redacted.contains(|c: char| c.is_numeric()), "{}", redacted);
    }

    #[test]
    fn no_address_stays_whatever_is_around_it(
        before in "[a-z ,;:<(]{0,10}",
        local in "[a-zA-Z0-9._+-]{0,12}[a-z0-9]",
        domain in "[a-z0-9][a-z0-9-]{0,10}\\.[a-z]{2,6}",
        after in "[ ,;:>)]{0,10}",
    ) {
        let address = format!("{local}@{domain}");
        let redacted = redact(&format!("{before}{address}{after}"));
        prop_assert!(!redacted.contains('@') && redacted.contains("[email]"), "{}", redacted);
    }

    #[test]
    fn an_iban_of_any_country_is_taken_out_with_or_without_groups(
        country in "[A-Z]{2}",
        account in "[0-9A-Z]{11,30}",
        is_grouped in any::<bool>(),
    ) {
        // The check digits that fit.
        let fits = |check: &u32| {
            let whole = format!("{country}{check:02}{account}");
            has_check_digits(&whole.chars().collect::<Vec<_>>())
        };
        let check = (2..=98).find(fits);
        prop_assert!(check.is_some());
        let whole = format!("{country}{:02}{account}", check.unwrap());
        let text = if is_grouped { grouped(&whole, 4, " ") } else { whole };
        prop_assert_eq!(redact(&format!("to {text}.")), "to [iban].");
    }
}
