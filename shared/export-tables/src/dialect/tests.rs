use super::*;

fn encoding(first: &[u8]) -> Encoding {
    sniff(first, true).encoding
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn a_byte_order_mark_decides_and_is_not_text() {
    for (first, encoding, mark) in [
        (&b"\xef\xbb\xbfa"[..], Encoding::Utf8, 3),
        (b"\xff\xfea\0", Encoding::Utf16Le, 2),
        (b"\xfe\xff\0a", Encoding::Utf16Be, 2),
    ] {
        assert_eq!(sniff(first, true), Sniffed { encoding, mark });
    }
}

#[test]
fn utf_16_is_seen_without_a_mark_by_its_alternating_nuls() {
    assert_eq!(
        encoding(&utf16("Team ID,Team", u16::to_le_bytes)),
        Encoding::Utf16Le
    );
    assert_eq!(
        encoding(&utf16("Team ID,Team", u16::to_be_bytes)),
        Encoding::Utf16Be
    );
    assert_eq!(encoding(b"a\0bc"), Encoding::Utf8);
}

#[test]
fn ascii_and_nothing_are_utf_8() {
    assert_eq!(encoding(b"Team ID,Team Name\n"), Encoding::Utf8);
    assert_eq!(encoding(b""), Encoding::Utf8);
}

#[test]
fn latin_letters_of_one_byte_are_windows_1252() {
    assert_eq!(encoding(b"Team ID\nd\xe9j\xe0 vu\n"), Encoding::Windows1252);
    // The euro sign of Windows-1252, which Latin 1 does not have.
    assert_eq!(encoding(b"Team ID\n10 \x80\n"), Encoding::Windows1252);
}

#[test]
fn a_broken_byte_in_a_utf_8_file_does_not_make_it_windows_1252() {
    let text = "Team ID\ndéjà vu\n".as_bytes();
    let broken = [text, b"d\xe9\n"].concat();
    assert_eq!(encoding(&broken), Encoding::Utf8);
}

#[test]
fn a_character_cut_by_the_end_of_what_is_looked_at_is_not_broken() {
    let text = "Team ID\né";
    let cut = &text.as_bytes()[..text.len() - 1];
    assert_eq!(sniff(cut, false).encoding, Encoding::Utf8);
    assert_eq!(sniff(cut, true).encoding, Encoding::Windows1252);
}
